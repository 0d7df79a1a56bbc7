//! The protocol: what the command line (and later the page) asks of the daemon, and what it answers.
//!
//! Over the socket everything is one JSON value a line, UTF-8, at most [`MAX_LINE`] bytes. The client sends a [`Call`];
//! the daemon answers with any number of [`Line::Progress`] and then one [`Line::Answer`] or [`Line::Error`]. A
//! connection may make several calls, one after the other. A client of another version gets an error that says
//! "restart the service". No path ever crosses the socket: files are read and written by the client.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::domain::{Kind, Priority, Stage, journal::Ledger};

/// The longest line either side accepts, in bytes.
pub const MAX_LINE: usize = 64 << 20;

/// This program's version; client and daemon must have the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    pub total: usize,
    /// What was just finished.
    pub note: String,
}

/// Everything that can be asked. A `name` is an id, an exact name or an unambiguous beginning of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// The day's person, with reasons and draft; plans the days to come if that was not done yet. Never records `shown`.
    Today,
    /// The draft for one network; `turn` walks on through other phrasings; `text` is the author's own wording to be
    /// counted and checked in place of ours.
    Draft {
        network: Option<String>,
        turn: u32,
        text: Option<String>,
    },
    /// A shout-out was made: for today's person, or for somebody else by name.
    Done {
        name: Option<String>,
        network: Option<String>,
        item: Option<String>,
        url: Option<String>,
        text: Option<String>,
    },
    /// Again at a later hour of today: `45m`, `17:30`; in an hour when nothing is said.
    Later {
        when: Option<String>,
    },
    Another {
        why_not: Option<String>,
    },
    Skip,
    /// Takes back the latest act of today.
    Undo,
    /// The author's own choice for a day; today when none is said.
    Pick {
        name: String,
        on: Option<Date>,
    },
    Diary {
        since: Option<Date>,
    },
    WorkAdd(WorkForm),
    WorkEdit {
        name: String,
        form: WorkForm,
    },
    WorkRemove {
        name: String,
    },
    WorkList,
    AudienceAdd {
        name: String,
        via: Option<String>,
        bridge: Option<String>,
        hashtags: Vec<String>,
    },
    AudienceSuggest {
        work: Option<String>,
        genre: Option<String>,
        depth: u8,
    },
    /// Keep suggestions, by their ids.
    AudienceKeep {
        ids: Vec<String>,
    },
    AudienceDrop {
        ids: Vec<String>,
    },
    AudienceList,
    AudienceShow {
        name: String,
    },
    AudienceTie {
        from: String,
        to: String,
        bridge: String,
    },
    ContactAdd(ContactForm),
    ContactEdit {
        name: String,
        form: ContactForm,
    },
    ContactList {
        audience: Option<String>,
        stage: Option<Stage>,
        search: Option<String>,
    },
    ContactShow {
        name: String,
    },
    ContactMute {
        name: String,
        until: Option<Date>,
    },
    ContactUnmute {
        name: String,
    },
    ContactNever {
        name: String,
    },
    ContactAnswered {
        name: String,
    },
    ContactRemove {
        name: String,
    },
    /// Fetch now: everybody's feeds, or one contact's.
    FeedsRefresh {
        name: Option<String>,
    },
    FeedsList,
    SettingsList,
    SettingsSet {
        key: String,
        value: String,
    },
    Status,
    Doctor,
    /// A one-time address of the page, for the author's browser.
    PageOpen,
    /// A one-time token for a session. Asked by the page.
    PageEnter {
        token: String,
    },
    /// Whether a session holds. Asked by the page at each request.
    PageCheck {
        session: String,
    },
    PageLeave {
        session: String,
    },
    /// The author opened the draft in a network without our notification: it rests the person like the button does.
    Opened,
    /// One screenful of contacts; `skip` counts those before it.
    ContactPage {
        audience: Option<String>,
        stage: Option<Stage>,
        search: Option<String>,
        skip: usize,
    },
    /// Works, kept audiences and all ties.
    AudienceMap,
    BackupNow,
    BackupList,
    /// Takes a book in from the bytes (Base64) of a backup or an export.
    BookImport {
        bytes: String,
    },
    /// The whole book, as a standard Automerge file or as JSON.
    BookExport {
        format: ExportFormat,
    },
}

/// The forms in which a book leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    Automerge,
    Json,
}

/// What the author says about a work; what is not said stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkForm {
    pub title: Option<String>,
    pub genre: Option<String>,
    pub blurb: Option<String>,
    pub link: Option<String>,
}

/// What the author says about a contact; what is not said stays, and an empty text takes a value away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactForm {
    pub name: Option<String>,
    pub kind: Option<Kind>,
    pub why: Option<String>,
    pub audiences: Vec<String>,
    /// Audiences to leave.
    pub leave: Vec<String>,
    pub feeds: Vec<String>,
    /// Feeds to drop.
    pub drop_feeds: Vec<String>,
    /// Network to handle; an empty handle takes it away.
    pub handles: BTreeMap<String, String>,
    pub site: Option<String>,
    pub email: Option<String>,
    pub notes: Option<String>,
    pub priority: Option<Priority>,
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
    Audience(AudienceDetail),
    Contacts(Vec<ContactRow>),
    Contact(ContactDetail),
    ContactPage(ContactPage),
    AudienceMap(AudienceMap),
    /// Where the page is; from `open` with a token in it that is good once.
    Page(PageStatus),
    /// The secret of a session, for a cookie.
    Session(String),
    /// What was done, in one sentence, for acts that have no answer of their own.
    Said(Said),
    Feeds(Vec<FeedRow>),
    Settings(Vec<SettingRow>),
    Status(Status),
    Doctor(Vec<Check>),
    Backups(Vec<BackupRow>),
    /// A file's bytes as Base64, for the client to write.
    File(FileBytes),
}

/// `goodword today`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Today {
    pub date: Date,
    pub state: State,
    pub contact: Option<Named>,
    /// The audience this person stands for today, by name.
    pub audience: Option<String>,
    pub reasons: Vec<String>,
    pub item: Option<ItemRow>,
    pub draft: Option<DraftRow>,
    pub later_until: Option<Timestamp>,
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

/// An id with the name to show for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// An item as answers show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    pub title: String,
    pub url: String,
    pub published: Option<Timestamp>,
    pub feed: String,
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

/// One work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkRow {
    pub id: String,
    pub title: String,
    pub genre: String,
    pub blurb: String,
    pub link: String,
}

/// One audience, kept or suggested.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// Where such people gather.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gather: String,
}

/// One audience with its people and ties.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AudienceDetail {
    #[serde(flatten)]
    pub row: AudienceRow,
    pub people: Vec<Named>,
    pub ties: Vec<TieRow>,
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
    /// What the author should know about what was just done ("no feed was found at ..").
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
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

/// `goodword status`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    pub version: String,
    /// The daemon's process, or null when none runs.
    pub pid: Option<u32>,
    pub uptime_s: Option<u64>,
    pub home: String,
    pub document: DocumentStatus,
    pub schedule: ScheduleStatus,
    pub desktop: DesktopStatus,
    pub feeds: FeedsStatus,
    pub page: Option<PageStatus>,
    pub peers: Vec<PeerStatus>,
}

/// The book in figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocumentStatus {
    pub contacts: usize,
    pub audiences: usize,
    pub journal: usize,
    pub bytes: u64,
    pub heads: Vec<String>,
}

/// When the next person comes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScheduleStatus {
    pub daily_at: String,
    pub zone: String,
    /// RFC 9557, or null in an endless pause.
    pub next: Option<String>,
}

/// The notification server, if one is there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DesktopStatus {
    pub server: Option<String>,
    pub actions: bool,
}

/// The feeds in figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedsStatus {
    pub total: usize,
    pub failing: usize,
    pub last_refresh: Option<Timestamp>,
}

/// Where the page is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageStatus {
    pub url: String,
}

/// Another of the author's devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerStatus {
    pub device: String,
    pub name: String,
    pub connected: bool,
    pub in_sync: bool,
    pub last_seen: Option<Timestamp>,
}

/// One thing that `doctor` looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    pub check: String,
    pub ok: bool,
    pub message: String,
    pub hint: Option<String>,
}

/// One backup of the book.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupRow {
    pub file: String,
    pub date: Date,
    pub bytes: u64,
}

/// A file for the client to write.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileBytes {
    pub base64: String,
}

/// Why something was not done: what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Error {
    pub kind: ErrorKind,
    pub message: String,
    pub hint: Option<String>,
}

/// The kinds of errors, each with its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// 1: it was tried and did not work.
    Failed,
    /// 1: no such person, audience or work.
    NotFound,
    /// 1: several have this name.
    Ambiguous,
    /// 2: this cannot be asked like that.
    Usage,
    /// 3: nothing to do.
    Nothing,
    /// 4: the daemon could not be reached where it is needed.
    Unreachable,
    /// 5: limits, trust, a newer document.
    Refused,
}

impl ErrorKind {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Failed | ErrorKind::NotFound | ErrorKind::Ambiguous => 1,
            ErrorKind::Usage => 2,
            ErrorKind::Nothing => 3,
            ErrorKind::Unreachable => 4,
            ErrorKind::Refused => 5,
        }
    }
}

impl Error {
    /// An error without a hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hint: None }
    }

    /// It was tried and did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// This cannot be asked like that.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// The same error, with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
