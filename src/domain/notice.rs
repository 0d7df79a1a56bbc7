//! Notices: something remarkable about a contact, worth moving the plan for. They are in the book, so that every
//! laptop sees the same ones; a device's own feed cache never decides a pick.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Id, id::stable_hash, item::Item};

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
}
