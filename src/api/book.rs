//! Answers about the book: works, audiences, contacts, feeds, settings.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{DiaryEntry, ItemRow, Named, NextStepRow};
use crate::domain::{Kind, Priority, Stage};

/// One work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkRow {
    pub id: String,
    pub title: String,
    pub genre: String,
    /// When and where it plays, the hero's job, what it turns on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub blurb: String,
    pub link: String,
}

/// What a brainstorm brought up. With `--json` only the rows are printed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Brainstorm {
    pub rows: Vec<AudienceRow>,
    /// Questions that unlock the author's own ideas, in another order each time.
    pub prompts: Vec<String>,
    /// Words that the graph of interests does not know.
    pub unknown: Vec<String>,
}

/// One audience, kept or suggested.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AudienceRow {
    pub id: String,
    pub name: String,
    pub kept: bool,
    /// The name of the work, genre or audience that leads here.
    pub via: Option<String>,
    pub bridge: String,
    pub hashtags: Vec<String>,
    /// Steps from the work or genre.
    pub distance: u32,
    /// How many contacts are in it.
    pub contacts: usize,
    /// When somebody in it was last supported, also if they have left since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<Date>,
    /// Where such people gather.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gather: String,
    /// The whole way of a suggestion: the word or audience it began with, and the stops after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// What holds them together: hobby, profession, cause, institution, fandom, place, life-stage or maker.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The months in which they are at their liveliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_season: bool,
}

/// One audience with its people and ties.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AudienceDetail {
    #[serde(flatten)]
    pub row: AudienceRow,
    pub people: Vec<Named>,
    pub ties: Vec<TieRow>,
    /// Where it leads in the graph of interests, without what the author dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leads: Vec<AudienceRow>,
}

/// A tie as seen from one of its ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TieRow {
    pub name: String,
    pub bridge: String,
}

/// One contact in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactRow {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    pub stage: Stage,
    pub audiences: Vec<String>,
    pub handles: BTreeMap<String, String>,
    pub feeds: Vec<String>,
    pub why: String,
    pub muted: bool,
    pub never: bool,
    pub last_supported: Option<Date>,
}

/// One screenful of contacts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactPage {
    pub rows: Vec<ContactRow>,
    /// How many there are in all.
    pub total: usize,
    pub skip: usize,
}

/// The works, the audiences around them, and what ties them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AudienceMap {
    pub works: Vec<WorkRow>,
    pub audiences: Vec<AudienceRow>,
    pub ties: Vec<TieLine>,
    /// Questions that unlock the author's own ideas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<String>,
}

/// A tie with both its ends, by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TieLine {
    pub from: String,
    pub to: String,
    pub bridge: String,
}

/// One contact whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactDetail {
    #[serde(flatten)]
    pub row: ContactRow,
    pub site: String,
    pub email: String,
    pub notes: String,
    pub priority: Priority,
    pub mute: Option<String>,
    pub added: Option<Date>,
    /// The latest items, newest first.
    pub items: Vec<ItemRow>,
    pub history: Vec<DiaryEntry>,
    /// What anybody can see between the two, the latest first: why the stage is what it is.
    #[serde(default)]
    pub evidence: Vec<EvidenceRow>,
    #[serde(default)]
    pub next_step: Option<NextStepRow>,
    /// What the author should know about what was just done ("no feed was found at ..").
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// One thing that public data shows. `deed` is `follows`, `liked`, `boosted` or `replied` for what the author did,
/// `follows_back`, `liked_back`, `boosted_back` or `answered` for what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRow {
    pub network: String,
    pub deed: String,
    /// The author did it; else they did.
    pub by_you: bool,
    /// When it happened; of a like whose day nobody tells, when the post was written; of a follow, when it was found.
    pub date: Date,
    /// Where it can be looked at.
    pub url: Option<String>,
    /// In words, such as "you follow them".
    pub said: String,
}

/// What was done, in a sentence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub said: String,
}

/// The health of one feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedRow {
    pub url: String,
    pub title: String,
    pub contacts: Vec<String>,
    pub items: usize,
    pub last_fetched: Option<Timestamp>,
    pub next: Option<Timestamp>,
    pub failures: u32,
    pub error: Option<String>,
}

/// One setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettingRow {
    pub key: String,
    pub value: String,
    pub about: String,
}
