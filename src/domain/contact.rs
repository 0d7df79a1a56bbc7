//! A contact: a person, organisation or cause that the author thinks is cool, and says why.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    Id,
    record::{Record, Root, Scalar, parsed, read_text, shown, text, truth},
};

/// Somebody to put in a good word for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    pub id: Id,
    pub name: String,
    pub kind: Kind,
    /// The author's own sentence on why they are cool; empty for imported people who wait for one.
    pub why: String,
    /// Ids of audiences.
    pub audiences: BTreeSet<Id>,
    /// Network name (`mastodon`, `bluesky`, `x`, ..) to the handle as people write it there.
    pub handles: BTreeMap<String, String>,
    /// Addresses of feeds.
    pub feeds: BTreeSet<String>,
    pub site: String,
    pub email: String,
    /// Private: never leaves the author's devices, never in a log.
    pub notes: String,
    pub priority: Priority,
    /// How far the relationship had come when the author last said so; see [`crate::domain::journal`] for what the days add.
    pub stage: Stage,
    pub mute: Option<Mute>,
    /// Final: never picked, never suggested.
    pub never: bool,
    pub added: Option<Date>,
    /// A tombstone: the day it was removed.
    pub removed: Option<Date>,
    /// Merged by hand into another contact, which the journal then counts for.
    pub merged_into: Option<Id>,
}

/// What sort of contact this is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Person,
    Organisation,
    Cause,
}

/// How much the author wants to be reminded of somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

/// How far a relationship has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    #[default]
    Noticed,
    Following,
    Engaging,
    Supporting,
    Allied,
}

/// Left in peace for a while, or until the author says otherwise; the longer is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mute {
    /// Until the start of this day.
    Until(Date),
    Always,
}

impl Contact {
    /// Part of the book at all: neither removed nor merged into somebody else.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.removed.is_none() && self.merged_into.is_none()
    }

    /// Muted on this day.
    #[must_use]
    pub fn is_muted(&self, on: Date) -> bool {
        match self.mute {
            None => false,
            Some(Mute::Always) => true,
            Some(Mute::Until(day)) => on < day,
        }
    }

    /// May be chosen on this day, as far as the author's own word goes (the cooldown is the pick's affair).
    #[must_use]
    pub fn is_welcome(&self, on: Date) -> bool {
        self.is_present() && !self.never && !self.is_muted(on)
    }
}

impl Record for Contact {
    const ROOT: Root = Root::Contacts;

    fn id(&self) -> &Id {
        &self.id
    }

    fn set_id(&mut self, id: Id) {
        self.id = id;
    }

    fn fields(&self) -> Vec<(&'static str, Option<Scalar>)> {
        vec![
            ("name", text(&self.name)),
            ("kind", (self.kind != Kind::default()).then(|| self.kind.as_str().into())),
            ("why", text(&self.why)),
            ("site", text(&self.site)),
            ("email", text(&self.email)),
            ("notes", text(&self.notes)),
            ("priority", (self.priority != Priority::default()).then(|| self.priority.as_str().into())),
            ("stage", (self.stage != Stage::default()).then(|| self.stage.as_str().into())),
            ("mute", shown(self.mute.as_ref())),
            ("never", truth(self.never)),
            ("added", shown(self.added.as_ref())),
            ("removed", shown(self.removed.as_ref())),
            ("merged_into", shown(self.merged_into.as_ref())),
        ]
    }

    fn sets(&self) -> Vec<BTreeMap<String, Scalar>> {
        vec![
            self.audiences.iter().map(|id| (id.to_string(), true.into())).collect(),
            self.handles.iter().map(|(network, handle)| (network.clone(), handle.as_str().into())).collect(),
            self.feeds.iter().map(|url| (url.clone(), true.into())).collect(),
        ]
    }

    fn read_field(&mut self, field: &str, value: Option<&Scalar>) {
        match field {
            "name" => self.name = read_text(value),
            "kind" => self.kind = parsed(value).unwrap_or_default(),
            "why" => self.why = read_text(value),
            "site" => self.site = read_text(value),
            "email" => self.email = read_text(value),
            "notes" => self.notes = read_text(value),
            "priority" => self.priority = parsed(value).unwrap_or_default(),
            "stage" => self.stage = parsed(value).unwrap_or_default(),
            "mute" => self.mute = parsed(value),
            "never" => self.never = value.is_some_and(Scalar::is_true),
            "added" => self.added = parsed(value),
            "removed" => self.removed = parsed(value),
            "merged_into" => self.merged_into = value.and_then(Scalar::text).map(Id::from),
            _ => {}
        }
    }

    fn read_member(&mut self, set: &str, key: &str, value: Option<&Scalar>) {
        match (set, value) {
            ("audiences", Some(_)) => _ = self.audiences.insert(key.into()),
            ("audiences", None) => _ = self.audiences.remove(key),
            ("feeds", Some(_)) => _ = self.feeds.insert(key.to_owned()),
            ("feeds", None) => _ = self.feeds.remove(key),
            ("handles", Some(Scalar::Text(handle))) => _ = self.handles.insert(key.to_owned(), handle.clone()),
            ("handles", None) => _ = self.handles.remove(key),
            _ => {}
        }
    }
}

/// The words of a closed list, both ways: one place where each is spelled.
macro_rules! spelled {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word as the book and the interface spell it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok($type::$variant),)+
                    other => Err(format!("\"{other}\" is none of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

pub(super) use spelled;

spelled!(Kind { Person = "person", Organisation = "organisation", Cause = "cause" });
spelled!(Priority { Low = "low", Normal = "normal", High = "high" });
spelled!(Stage {
    Noticed = "noticed",
    Following = "following",
    Engaging = "engaging",
    Supporting = "supporting",
    Allied = "allied",
});

impl std::fmt::Display for Mute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Mute::Always => f.write_str("always"),
            Mute::Until(day) => write!(f, "{day}"),
        }
    }
}

impl std::str::FromStr for Mute {
    type Err = jiff::Error;
    fn from_str(word: &str) -> Result<Self, jiff::Error> {
        if word == "always" { Ok(Mute::Always) } else { word.parse().map(Mute::Until) }
    }
}
