//! Notices: something remarkable about a contact, worth moving the plan for. They are in the book, so that every
//! laptop sees the same ones; a device's own feed cache never decides a pick.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    Id, days_since,
    id::stable_hash,
    item::Item,
    journal::{History, last_that_counts},
};

/// Days over which a notice fades to nothing.
pub const FADE_DAYS: i32 = 14;
/// Days in which it is fresh enough to move the plan.
const FRESH_DAYS: i32 = 7;

/// One remarkable thing. The key in the book is `contact/hash of the address`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    #[serde(skip)]
    pub contact: Id,
    pub kind: NoticeKind,
    /// The day it was noticed.
    pub date: Date,
    pub item: Item,
}

/// Why it is remarkable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// First item after at least 90 quiet days.
    Return,
    /// A book, an opening, a first episode.
    Launch,
    /// Episode 100, ten years.
    Milestone,
    /// A kind that a later version knows.
    #[serde(other)]
    Other,
}

impl Notice {
    /// The key under which the book holds it: noticing one thing twice changes nothing.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{:016x}", self.contact, stable_hash(&[&self.item.url]))
    }
    /// How much it still says on a day: 1 when it is new, nothing after [`FADE_DAYS`], nothing once its item was
    /// shared. A notice dated by a clock that runs ahead says nothing until its day comes.
    #[must_use]
    pub fn strength(&self, history: &History, on: Date) -> f64 {
        let ahead = self.date > last_that_counts(history.as_of);
        let age = days_since(self.date, on).max(0);
        if ahead || age >= FADE_DAYS || self.is_used_up(history) {
            return 0.0;
        }
        f64::from(FADE_DAYS - age) / f64::from(FADE_DAYS)
    }

    /// New enough to move a planned day.
    #[must_use]
    pub fn is_fresh(&self, history: &History, on: Date) -> bool {
        self.strength(history, on) > 0.0 && days_since(self.date, on) < FRESH_DAYS
    }

    fn is_used_up(&self, history: &History) -> bool {
        match self.item.url.as_str() {
            "" => history.people.get(&self.contact).is_some_and(|past| past.done >= Some(self.date)),
            url => history.shared.contains(url),
        }
    }
}
