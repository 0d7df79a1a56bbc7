//! Answers about the program itself: what runs, what is wrong, what is kept.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// `goodword status`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    pub version: String,
    /// The daemon's process, or null when none runs.
    pub pid: Option<u32>,
    pub uptime_s: Option<u64>,
    pub home: String,
    pub document: DocumentStatus,
    pub schedule: ScheduleStatus,
    pub desktop: DesktopStatus,
    pub feeds: FeedsStatus,
    pub page: Option<PageStatus>,
    pub peers: Vec<PeerStatus>,
}

/// The book in figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocumentStatus {
    pub contacts: usize,
    pub audiences: usize,
    pub journal: usize,
    pub bytes: u64,
    pub heads: Vec<String>,
}

/// When the next person comes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScheduleStatus {
    pub daily_at: String,
    pub zone: String,
    /// RFC 9557, or null in an endless pause.
    pub next: Option<String>,
}

/// The notification server, if one is there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DesktopStatus {
    pub server: Option<String>,
    pub actions: bool,
}

/// The feeds in figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedsStatus {
    pub total: usize,
    pub failing: usize,
    pub last_refresh: Option<Timestamp>,
}

/// What every page needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Visit {
    /// The date where the author is.
    pub today: Date,
    /// The zone in which they read hours.
    pub zone: String,
    /// How many contacts the book has.
    pub contacts: usize,
}

/// Where the page is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageStatus {
    pub url: String,
}

/// Another of the author's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerStatus {
    pub device: String,
    pub name: String,
    pub connected: bool,
    pub in_sync: bool,
    pub last_seen: Option<Timestamp>,
    /// What is wrong with it, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// One thing that `doctor` looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    pub check: String,
    pub ok: bool,
    pub message: String,
    pub hint: Option<String>,
}

/// One backup of the book.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupRow {
    pub file: String,
    pub date: Date,
    pub bytes: u64,
}

/// A file for the client to write.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileBytes {
    pub base64: String,
}
