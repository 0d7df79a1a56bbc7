//! The protocol: what the command line and the page ask of the daemon, and what it answers.
//!
//! Over the socket everything is one JSON value a line, UTF-8, at most [`MAX_LINE`] bytes. The client sends a [`Call`];
//! the daemon answers with any number of [`Line::Progress`] and then one [`Line::Answer`] or [`Line::Error`]. A
//! connection may make several calls, one after the other. A client of another version gets an error that says
//! "restart the service". No path ever crosses the socket: files are read and written by the client.

mod book;
mod day;
mod device;
mod discover;
mod error;
mod next;
mod people;
mod request;
mod status;

use serde::{Deserialize, Serialize};

pub use book::*;
pub use day::*;
pub use device::*;
pub use discover::*;
pub use error::{Error, ErrorKind};
pub use next::Next;
#[cfg(test)]
pub use next::each;
pub use people::*;
pub use request::*;
pub use status::*;

/// The longest line either side accepts, in bytes.
pub const MAX_LINE: usize = 64 << 20;

/// This program's version; client and daemon must have the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A number with its noun, wherever the author reads one.
#[must_use]
pub fn counted<N: std::fmt::Display + PartialEq + From<u8>>(number: N, one: &str, several: &str) -> String {
    if number == N::from(1) { format!("1 {one}") } else { format!("{number} {several}") }
}

/// One call of a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The client's [`VERSION`].
    pub goodword: String,
    pub request: Request,
}

/// One line of the daemon's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Progress(Progress),
    Answer(Box<Answer>),
    Error(Error),
}

/// How far a long request has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Progress {
    pub done: usize,
    /// Nought where nobody can say how much there is: then the note is what is done now.
    pub total: usize,
    /// What was just finished.
    pub note: String,
}

/// Everything that can be answered. With `--json` the content is printed as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "answer", content = "content", rename_all = "snake_case")]
pub enum Answer {
    Today(Today),
    Draft(DraftAnswer),
    Diary(Diary),
    Works(Vec<WorkRow>),
    Audiences(Vec<AudienceRow>),
    Brainstorm(Brainstorm),
    Audience(AudienceDetail),
    Contacts(Vec<ContactRow>),
    Contact(ContactDetail),
    Imported(Imported),
    /// Who was found at an address; nobody is in the book by that.
    Found(FoundPerson),
    Discovery(Discovery),
    ContactPage(ContactPage),
    AudienceMap(AudienceMap),
    /// Where the page is; from `open` with a token in it that is good once.
    Page(PageStatus),
    /// The secret of a session, for a cookie.
    Session(String),
    /// The session holds.
    Visit(Visit),
    /// What was done, in one sentence, for acts that have no answer of their own.
    Said(Said),
    Feeds(Vec<FeedRow>),
    Settings(Vec<SettingRow>),
    Status(Status),
    Doctor(Vec<Check>),
    Backups(Vec<BackupRow>),
    Devices(Vec<DeviceRow>),
    Invited(Invited),
    Joined(Joined),
    Sync(SyncStatus),
    /// A file's bytes as Base64, for the client to write.
    File(FileBytes),
}
