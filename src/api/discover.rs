//! Answers about people who are not in the book yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ItemRow, Named};
use crate::domain::Kind;

/// Who was found at an address. Nobody is in the book by that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FoundPerson {
    /// As the author gave it.
    pub address: String,
    pub name: String,
    pub kind: Kind,
    /// What they say of themselves.
    pub about: String,
    pub site: String,
    pub feeds: Vec<String>,
    pub handles: Vec<FoundHandle>,
    /// What they did lately, newest first.
    pub items: Vec<ItemRow>,
    /// Why nobody may suggest them; the author may still add them by hand.
    pub asks: Option<String>,
    /// The contact who is in the book already under one of these handles or feeds.
    pub known: Option<Named>,
}

/// One handle of somebody who was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundHandle {
    pub network: String,
    pub handle: String,
    pub url: String,
    /// Site and profile each say that the other is theirs.
    pub verified: bool,
}

/// `discover`: a handful of people, and what the author should know of the search.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Discovery {
    /// The audience they are for, by name; empty where an address was given without one.
    pub audience: String,
    pub candidates: Vec<CandidateRow>,
    /// How many more were found; ask again for them.
    pub more: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// Somebody who may be cool: only the author can say so.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CandidateRow {
    /// For `discover keep` and `discover drop`.
    pub id: String,
    pub name: String,
    pub about: String,
    /// Where to look at them.
    pub url: String,
    pub handles: BTreeMap<String, String>,
    pub site: String,
    pub feeds: Vec<String>,
    pub latest: Option<ItemRow>,
    /// Why they match.
    pub reasons: Vec<String>,
}
