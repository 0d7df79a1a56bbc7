//! The journal: events as they happened, the fold that makes a day of them, and what the past says of a person.
//!
//! Nothing here is stored but the events: two laptops that hold the same events hold the same day.

mod day;
mod history;
mod ledger;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

pub use self::{
    day::{Day, Moment, Step, latest_act, live_on, telling},
    history::{History, Past, last_that_counts},
    ledger::Ledger,
};
use super::{Id, Item};

/// One thing that happened between the author and a contact. Immutable once written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The civil date where the author was.
    pub date: Date,
    pub contact: Id,
    /// The device it happened on.
    pub device: Id,
    /// Random text that makes the key unique.
    pub nonce: String,
    pub at: Timestamp,
    pub what: What,
}

/// What can happen on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum What {
    /// The author chose this person for the date.
    Picked,
    /// A notification was really raised, with this item.
    Shown {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Item>,
    },
    /// The draft was opened in the author's network.
    Opened,
    Later {
        until: Timestamp,
    },
    /// The author asked for somebody else.
    Passed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The author let the day go.
    Skipped,
    /// A shout-out that the author really made: the only support there is.
    Done {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Item>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Where the shout-out can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// They wrote back.
    Answered,
    /// The event with this key does not count.
    Undone {
        event: String,
    },
    /// Something that a later version knows: kept, not counted.
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct Written {
    at: Timestamp,
    #[serde(flatten)]
    what: What,
}

impl Event {
    /// The key in the book: `date/contact/device/nonce`. Keys of one date lie together.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.date, self.contact, self.device, self.nonce)
    }

    /// The value in the book: one line of JSON.
    #[must_use]
    pub fn value(&self) -> String {
        serde_json::to_string(&Written { at: self.at, what: self.what.clone() }).unwrap_or_default()
    }

    /// Reads an event; nothing when this version cannot read it (it stays in the document all the same).
    #[must_use]
    pub fn read(key: &str, value: &str) -> Option<Event> {
        let mut parts = key.splitn(4, '/');
        let day = parts.next()?;
        let date = day.parse::<Date>().ok()?;
        // One spelling only (dates have several): events of one date must lie together.
        if date.to_string() != day {
            return None;
        }
        let (contact, device, nonce) = (parts.next()?.into(), parts.next()?.into(), parts.next()?.to_owned());
        let Written { at, what } = serde_json::from_str(value).ok()?;
        Some(Event { date, contact, device, nonce, at, what })
    }
}

#[cfg(test)]
mod tests;
