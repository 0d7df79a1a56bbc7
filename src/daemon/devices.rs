//! What this device keeps of the others: its own key, who belongs to the circle, where each was last reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::{errors, home::Home};
use crate::{
    api::{Error, ErrorKind, Next, PeerStatus},
    domain::{Device, Id},
    platform::Folders,
    replica::Replica,
    sync::{Circle, DeviceKey, Key, KeyFileError, net::Known, random},
};

/// The file of this device's key, beside the book.
const KEY_FILE: &str = "device.key";
/// The names under which the store keeps the circle, and what is remembered of each device in it.
const CIRCLE_KEY: &str = "circle";
const MET_KEY: &str = "met";
/// How many addresses of a device are remembered.
const MOST_ADDRESSES: usize = 8;

/// What is remembered of another device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Met {
    /// Where it was reached last, latest first.
    pub addresses: Vec<SocketAddr>,
    pub seen: Option<Timestamp>,
}

/// This device's key, made when there is none yet.
pub(super) fn own_key(folders: &Folders) -> Result<DeviceKey, Error> {
    DeviceKey::read_or_make(&folders.data.join(KEY_FILE), &random()).map_err(errors::key)
}

/// This device's key where it has one.
pub(super) fn read_key(folders: &Folders) -> Result<Option<DeviceKey>, Error> {
    DeviceKey::read(&folders.data.join(KEY_FILE)).map_err(errors::key)
}

/// The circle as it was kept. What cannot be read is an error: an empty circle would let a removed device in again.
pub(super) fn circle_kept(replica: &Replica, key: Option<&DeviceKey>) -> Result<Circle, Error> {
    let Some(key) = key else { return Ok(Circle::new(nobody())) };
    let mut circle = Circle::new(key.public());
    if let Some(text) = replica.store().device_get(CIRCLE_KEY).map_err(errors::store)? {
        let unreadable = |why: String| {
            Error::new(ErrorKind::Refused, format!("which laptops belong together cannot be read: {why}"))
                .hint(Next::Backups)
        };
        let bytes = BASE64_STANDARD.decode(text).map_err(|error| unreadable(error.to_string()))?;
        circle.hear(&bytes).map_err(|error| unreadable(error.to_string()))?;
    }
    Ok(circle)
}

/// A home that is only looked at may have no key yet; nobody has this one.
fn nobody() -> Key {
    DeviceKey::new(&[0; 32]).public()
}

/// Keeps a key that nobody lets in any more under another name.
pub(super) fn set_key_aside(folders: &Folders, now: &Zoned) -> Result<(), Error> {
    let path = folders.data.join(KEY_FILE);
    let aside = folders.data.join(format!("{KEY_FILE}.set-aside-{}", now.strftime("%Y-%m-%dT%H-%M-%S")));
    std::fs::rename(&path, &aside).map_err(|error| errors::key(KeyFileError::Io { path, error }))
}

/// What was remembered of the others. A memory that cannot be read is no memory: they are found again.
pub(super) fn met_before(replica: &Replica) -> BTreeMap<Key, Met> {
    let text = replica.store().device_get(MET_KEY).ok().flatten().unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

impl Home {
    /// Keeps what the circle says now.
    pub(super) fn keep_circle(&mut self) -> Result<(), Error> {
        let text = BASE64_STANDARD.encode(self.circle.encode());
        self.replica.store_mut().device_set(CIRCLE_KEY, Some(&text)).map_err(errors::store)
    }

    /// The device with this key, as the book tells of it.
    pub(super) fn device_with(&self, key: &Key) -> Option<&Device> {
        let text = key.to_string();
        self.book().devices.values().find(|device| device.key == text)
    }

    /// How people call the device with this key.
    pub(super) fn name_of_device(&self, key: &Key) -> String {
        let named = self.device_with(key).map(|device| device.name.clone()).filter(|name| !name.is_empty());
        named.unwrap_or_else(|| format!("a laptop ({})", key.short()))
    }

    /// The ids under which connected devices write in the journal.
    pub(super) fn ids_of(&self, keys: &BTreeSet<Key>) -> BTreeSet<Id> {
        keys.iter().filter_map(|key| self.device_with(key)).map(|device| device.id.clone()).collect()
    }

    /// Whom the network may let in, and where they were.
    pub(super) fn known(&self) -> BTreeMap<Key, Known> {
        let known = |key: &Key| {
            let addresses = self.met.get(key).map(|met| met.addresses.clone()).unwrap_or_default();
            (*key, Known { addresses, relay: self.config.relay_address() })
        };
        self.circle.members().iter().map(known).collect()
    }

    /// The others, for `status`.
    pub(super) fn peer_rows(&self) -> Vec<PeerStatus> {
        let row = |key: &Key| {
            let standing = self.peers.standing(key, &self.replica);
            PeerStatus {
                device: self.device_with(key).map_or_else(|| key.to_string(), |device| device.id.to_string()),
                name: self.name_of_device(key),
                connected: standing.connected,
                in_sync: standing.in_sync,
                last_seen: self.met.get(key).and_then(|met| met.seen),
                trouble: self.peers.trouble(key).map(str::to_owned),
            }
        };
        self.circle.members().iter().map(row).collect()
    }

    /// What keeps this laptop itself from the others, in words that say what to do.
    pub(super) fn own_troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        if let Some(removed) = self.circle.was_i_removed() {
            let day = removed.at.to_zoned(jiff::tz::TimeZone::system()).date();
            troubles.push(format!(
                "on {day}, {} removed this laptop. It keeps the book as it was then and hears nothing more. If that was a \
                 mistake: invite it there, and join here with the new code",
                self.name_of_device(&removed.by)
            ));
        } else if self.circle.am_i_left_out() {
            troubles.push(
                "the laptop that linked this one to the others was removed: invite this one on one of them, and join here \
                 with the new code"
                    .to_owned(),
            );
        }
        if self.peers.is_twin_here() {
            troubles.push(super::peers::TWIN_HERE.to_owned());
        }
        if self.circle_unkept {
            troubles.push(
                "which laptops belong together has changed, and could not be written to this one's disk: make room there \
                 before you switch it off"
                    .to_owned(),
            );
        }
        troubles.extend(self.network_troubles.iter().cloned());
        troubles
    }

    /// Remembers that a device was here.
    pub(super) fn remember_seen(&mut self, key: Key, now: Timestamp) {
        self.remember(key, |met| met.seen = Some(now));
    }

    /// Remembers where a device was reached.
    pub(super) fn remember_addresses(&mut self, key: Key, addresses: Vec<SocketAddr>) {
        self.remember(key, |met| {
            let mut all = addresses;
            all.extend(met.addresses.iter().filter(|old| !all.contains(old)).copied().collect::<Vec<_>>());
            all.truncate(MOST_ADDRESSES);
            met.addresses = all;
        });
    }

    fn remember(&mut self, key: Key, change: impl FnOnce(&mut Met)) {
        let before = self.met.get(&key).cloned();
        change(self.met.entry(key).or_default());
        if before.as_ref() == self.met.get(&key) {
            return;
        }
        self.met.retain(|key, _| self.circle.is_member(key));
        let kept = serde_json::to_string(&self.met).map_err(|error| error.to_string());
        let kept = kept.and_then(|text| {
            self.replica.store_mut().device_set(MET_KEY, Some(&text)).map_err(|error| error.to_string())
        });
        if let Err(error) = kept {
            tracing::warn!(error, "where the other laptops are could not be remembered");
        }
    }
}
