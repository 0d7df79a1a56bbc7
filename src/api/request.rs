//! Everything that can be asked of the daemon.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ImportFormat, PeopleFormat};
use crate::domain::{Kind, Priority, Stage};

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
    /// Who is behind an address: a site, a handle, a link to a profile. Changes nothing.
    ContactFind {
        address: String,
    },
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
    /// Takes people in from the bytes (Base64) of another program's file, all or nothing; `file` is its bare name, a
    /// hint where the bytes leave a doubt. No `format` means: find out. A dry run changes nothing.
    ContactImport {
        bytes: String,
        file: Option<String>,
        format: Option<ImportFormat>,
        /// Everybody in the file also comes into this audience; a new one is created.
        audience: Option<String>,
        dry_run: bool,
    },
    /// Takes people in from a list that anybody can see, all or nothing: whom the account at an address follows, a list
    /// or a starter pack. Whoever asks to be left alone is left out, and counted.
    ContactImportFrom {
        address: String,
        /// As in [`Request::ContactImport`].
        audience: Option<String>,
        dry_run: bool,
    },
    ContactExport {
        format: PeopleFormat,
    },
    /// A handful of people for an audience, from what anybody can see; or those at an address. Changes nothing.
    Discover {
        audience: Option<String>,
        from: Option<String>,
        /// The ids of a handful that is being decided on: whoever is left of it, as they stood. That is no new look.
        #[serde(default)]
        still: Vec<String>,
    },
    /// Keep somebody who was discovered.
    DiscoverKeep {
        id: String,
        why: String,
        audience: Option<String>,
    },
    /// Not for me: never offered again, on any laptop.
    DiscoverDrop {
        ids: Vec<String>,
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
    /// Every browser has to be let in anew.
    PageLeaveAll,
    /// The author opened the draft in a network without our notification: it rests the person like the button does.
    Opened,
    /// One screenful of contacts; `skip` counts those before it.
    ContactPage {
        audience: Option<String>,
        stage: Option<Stage>,
        search: Option<String>,
        /// Only those who wait for the author to say why they are cool.
        #[serde(default)]
        waiting: bool,
        skip: usize,
    },
    /// Works, kept audiences and all ties.
    AudienceMap,
    DeviceList,
    /// Opens this laptop to one more, for five minutes and one guess. Needs a daemon.
    DeviceInvite,
    /// Waits for what becomes of the open invitation. Needs a daemon.
    DeviceInvited,
    /// Joins the laptop that gave this code or ticket. Needs a daemon.
    DeviceJoin {
        at: String,
    },
    /// A new name; this device's unless another is named.
    DeviceRename {
        name: String,
        device: Option<String>,
    },
    /// From now on it hears nothing of the book any more. This cannot be undone.
    DeviceRemove {
        name: String,
    },
    /// How the other laptops and the shared folder stand; `now` tries them first.
    Sync {
        now: bool,
    },
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
    #[serde(default)]
    pub about: Option<String>,
    pub blurb: Option<String>,
    pub link: Option<String>,
}

/// What the author says about a contact; what is not said stays, and an empty text takes a value away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactForm {
    /// One address of theirs; what is found there is taken where nothing is said. Only to add.
    #[serde(default)]
    pub address: Option<String>,
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
