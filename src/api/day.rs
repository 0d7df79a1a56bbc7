//! Answers about a day: the person, the draft, the diary.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::domain::{Audience, Contact, bond::StepKind, journal::Ledger};

/// `goodword today`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Today {
    pub date: Date,
    pub state: State,
    pub contact: Option<Named>,
    /// The audience this person stands for today, by name.
    pub audience: Option<String>,
    pub reasons: Vec<String>,
    /// Why there is nobody; `reasons` say it in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nobody: Option<Nobody>,
    /// How many people could be picked if the author said why they are cool, on a day without anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<usize>,
    pub item: Option<ItemRow>,
    pub draft: Option<DraftRow>,
    pub later_until: Option<Timestamp>,
    /// The hour of `later_until` where the author is, HH:MM: a client may run in another zone than the fixed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later_at: Option<String>,
    /// A small thing that the author may do for this person next, by hand.
    #[serde(default)]
    pub next_step: Option<NextStepRow>,
    /// What the author should know about what was just done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// The state of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Planned,
    Shown,
    Opened,
    Later,
    Done,
    Skipped,
    Passed,
    None,
}

/// Why there is nobody on a day, for whoever offers a way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nobody {
    NoContacts,
    NobodyWelcome,
    NobodyHasWhy,
    EveryoneRests,
    EveryonePassed,
    Paused,
    DayOff,
    Over,
}

/// An id with the name to show for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl From<&Contact> for Named {
    fn from(contact: &Contact) -> Named {
        Named { id: contact.id.to_string(), name: contact.name.clone() }
    }
}

impl From<&Audience> for Named {
    fn from(audience: &Audience) -> Named {
        Named { id: audience.id.to_string(), name: audience.name.clone() }
    }
}

/// An item as answers show it. A post that has no title is called by its first words, and a content warning stands
/// before the title; what has neither title nor words has an empty one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    pub title: String,
    pub url: String,
    pub published: Option<Timestamp>,
    pub feed: String,
}

/// The next gentle step: `step` is `follow`, `like` or `share`. Nobody takes it but the author, at `url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStepRow {
    pub step: StepKind,
    pub network: String,
    /// One sentence.
    pub said: String,
    /// Their profile on that network.
    pub url: String,
}

/// A draft as answers show it. `share_url` opens the network with the text filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    pub network: String,
    pub text: String,
    pub length: usize,
    pub limit: usize,
    pub share_url: Option<String>,
    /// The item may be about grief or loss: read it before anything is said about it.
    #[serde(default)]
    pub read_first: bool,
}

/// `goodword draft`: the draft, and what the critic says of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DraftAnswer {
    #[serde(flatten)]
    pub draft: DraftRow,
    pub fits: bool,
    pub contact: Named,
    pub checks: Vec<Judgement>,
}

/// One rule of a welcome shout-out, and whether the draft keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Judgement {
    pub rule: String,
    pub ok: bool,
    pub message: String,
}

/// `goodword diary`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Diary {
    pub entries: Vec<DiaryEntry>,
    pub ledger: Ledger,
}

/// One person on one day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DiaryEntry {
    pub date: Date,
    pub contact: Named,
    pub state: State,
    pub network: Option<String>,
    pub item_url: Option<String>,
    pub text: Option<String>,
    /// The device's name.
    pub device: String,
    pub at: Timestamp,
}
