//! Answers about the author's devices: who belongs together, who is connected, what is in step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Named, PeerStatus};

/// One of the author's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    pub id: String,
    pub name: String,
    /// The one that answers.
    pub this: bool,
    pub hub: bool,
    /// A civil date.
    pub added: Option<String>,
    /// When it was removed, if it was: RFC 3339.
    pub removed: Option<String>,
}

/// `device invite`: what to type on the other laptop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Short, for a laptop on the same network.
    pub code: String,
    /// Long, for anywhere that an address of this laptop can be reached.
    pub ticket: String,
    pub expires: Timestamp,
}

/// Two devices belong together now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The other device.
    pub joined: Named,
    /// People in the book of this device before.
    pub people_before: usize,
    /// People in the one book that both hold now.
    pub people: usize,
    /// Both hold the same book already; else it is still on its way.
    pub in_sync: bool,
}

/// `goodword sync`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncStatus {
    pub peers: Vec<PeerStatus>,
    pub folder: Option<FolderStatus>,
    /// What is wrong on this laptop itself, and what to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<String>,
}

/// The shared folder, if `config.toml` names one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderStatus {
    pub path: String,
    pub last_read: Option<Timestamp>,
    pub last_written: Option<Timestamp>,
    pub error: Option<String>,
}
