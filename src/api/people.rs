//! People in and out: the formats of other programs, and what became of a file.

use serde::{Deserialize, Serialize};

/// The formats in which people come in. On the wire and on the command line they are spelled as [`ImportFormat::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportFormat {
    /// A table with named columns: `name`, `why`, `audiences`, `mastodon`, `email` ..
    Csv,
    /// What `contact export people.json` writes.
    Json,
    /// Accounts that are followed on Mastodon.
    Mastodon,
    MastodonLists,
    MastodonBlocks,
    MastodonMutes,
    /// Feeds of a feed reader or a podcast player.
    Opml,
    Vcard,
    Linkedin,
    Goodreads,
    /// Google Contacts.
    Google,
    /// `following.js`, `block.js` or `mute.js` of an X archive.
    X,
    /// `following.json` or `blocked_accounts.json` of Instagram's export.
    Instagram,
    /// A newsletter's list of subscribers: private data of readers, taken only when it is asked for by this name.
    Readers,
}

/// The formats in which people go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeopleFormat {
    /// Everything that is known of them, for a spreadsheet.
    Csv,
    /// The same, for programs.
    Json,
    /// Their feeds, in folders by audience.
    Opml,
    /// For an address book; without private notes.
    Vcard,
    /// Their Mastodon handles, as Mastodon imports follows.
    Mastodon,
    /// The diary, to be read.
    Markdown,
}

/// A closed list as it is spelled, both ways, with a helpful error.
macro_rules! spelled {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// All of them, as they are spelled.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The word on the wire and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }
        }
        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok($type::$variant),)+
                    other => Err(format!("\"{other}\" is none of {}", $type::WORDS.join(", "))),
                }
            }
        }
    };
}

spelled!(ImportFormat {
    Csv = "csv",
    Json = "json",
    Mastodon = "mastodon",
    MastodonLists = "mastodon-lists",
    MastodonBlocks = "mastodon-blocks",
    MastodonMutes = "mastodon-mutes",
    Opml = "opml",
    Vcard = "vcard",
    Linkedin = "linkedin",
    Goodreads = "goodreads",
    Google = "google",
    X = "x",
    Instagram = "instagram",
    Readers = "readers",
});

spelled!(PeopleFormat {
    Csv = "csv",
    Json = "json",
    Opml = "opml",
    Vcard = "vcard",
    Mastodon = "mastodon",
    Markdown = "markdown",
});

/// What an import did, or with `dry_run` would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// People who are new in the book.
    pub added: usize,
    /// Times somebody who is in the book, or came earlier in the file, was told apart no longer and gained something.
    pub merged: usize,
    /// Blocks and mutes that are honoured from now on.
    pub suppressed: usize,
    /// Those who changed nothing: they are known as they are, or the author does not want them.
    pub skipped: usize,
    /// What could not be read. A line is taken without the part that is named, or not at all.
    pub problems: Vec<Problem>,
    /// How many problems more there are than are listed.
    pub more_problems: usize,
    /// As what the file was read.
    pub format: String,
    pub dry_run: bool,
    /// The audiences that people came into.
    pub audiences: Vec<ImportedAudience>,
    /// What becomes of the first entries, in the order of the file.
    pub rows: Vec<ImportedRow>,
    /// How many entries more there are than are listed.
    pub more_rows: usize,
    /// What list it was, in words, where it was no file: "whom @nora@books.example follows".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub list: String,
    /// Those of the list who were not taken in, by what they ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// The list goes on, longer than is read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_people: bool,
}

/// People of a list who are not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// "they ask not to be indexed"
    pub why: String,
    pub people: usize,
}

/// Something that could not be read. `line` counts from 1; 0 means the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub line: usize,
    pub message: String,
}

/// An audience of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedAudience {
    pub name: String,
    /// It was not kept before.
    pub new: bool,
    /// How many came into it.
    pub people: usize,
}

/// One entry of a file, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRow {
    pub line: usize,
    pub name: String,
    pub fate: Fate,
    /// Whom the entry was merged with; why it was skipped; how it is suppressed. Empty for those who were added.
    pub note: String,
    pub audiences: Vec<String>,
}

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    Added,
    Merged,
    Suppressed,
    Skipped,
}
