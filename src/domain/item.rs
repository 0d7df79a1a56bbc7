//! An item: something a contact did and published.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One post, article, episode, video, book or event, as a feed told us of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Plain text on one line; may be empty (a short post has no title).
    pub title: String,
    /// The canonical address, without tracking parameters; may be empty.
    pub url: String,
    #[serde(default)]
    pub published: Option<Timestamp>,
    /// The address of the feed it came from.
    #[serde(default)]
    pub feed: String,
    #[serde(default, skip_serializing_if = "ItemKind::is_article")]
    pub kind: ItemKind,
    /// The first words of its text as plain text, at most [`SUMMARY_CHARS`] characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The source's own content warning, carried over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// How much of an item's text is kept.
pub const SUMMARY_CHARS: usize = 280;

/// What sort of thing an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    #[default]
    Article,
    Episode,
    Video,
    Book,
    Event,
    Artwork,
    Cause,
    Post,
    /// A kind that a later version knows.
    #[serde(other)]
    Other,
}

impl ItemKind {
    fn is_article(&self) -> bool {
        *self == ItemKind::Article
    }
}
