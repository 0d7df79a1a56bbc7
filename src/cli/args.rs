//! The words of the command line. Help texts are written for authors, not for engineers.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

use crate::{
    api::{ContactForm, Request, WorkForm},
    domain::{Kind, Priority, Stage},
};

/// A good word for one person, every day.
///
/// goodword picks one person a day from the people you think are cool, looks at what they really did lately, drafts a
/// shout-out and shows it to you. Nothing is ever posted without your press.
#[derive(Debug, Parser)]
#[command(name = "goodword", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// Keep everything under this folder (two folders behave as two laptops)
    #[arg(long, global = true, env = "GOODWORD_HOME", value_name = "DIR", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// Print one line of JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// See a whole day with a sample author, in a temporary home
    Demo {
        /// Print the day and exit
        #[arg(long)]
        once: bool,
    },
    /// The first two minutes: who you are, what you write, whom you think is cool
    Init(Init),
    /// Run in the foreground until SIGTERM or Ctrl-C (what the service runs)
    Daemon,
    /// Today's person, why, what they did, and the draft
    Today,
    /// The draft for one network
    Draft(Draft),
    /// It went out: remember it (with a NAME: I supported somebody else today)
    Done(Done),
    /// Show today's person again later: 45m, 2h, 17:30 (one hour unless said)
    Later {
        #[arg(value_name = "DURATION|HH:MM")]
        when: Option<String>,
    },
    /// Somebody else for today
    Another {
        /// Why not this person today
        #[arg(long, value_name = "TEXT")]
        why_not: Option<String>,
    },
    /// Let today go; it costs nothing
    Skip,
    /// Take back the latest act of today
    Undo,
    /// Choose the person for a day yourself
    Pick {
        name: String,
        /// The day, YYYY-MM-DD; today unless said
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
    /// Open the page in the browser
    Open {
        /// Print the one-time address instead
        #[arg(long)]
        print: bool,
    },
    /// Does a text fit a network?
    Count {
        #[arg(long)]
        network: String,
        /// The text, or - to read it from standard input byte for byte
        text: Option<String>,
    },
    /// What happened, and whom you supported
    Diary {
        /// From this day on, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        since: Option<Date>,
    },
    /// What you write
    #[command(subcommand)]
    Work(Work),
    /// The groups your work may speak to
    #[command(subcommand)]
    Audience(Audience),
    /// The people, organisations and causes you think are cool
    #[command(subcommand)]
    Contact(Box<Contact>),
    /// What they publish
    #[command(subcommand)]
    Feeds(Feeds),
    /// What you decide once for all your laptops
    #[command(subcommand)]
    Settings(Settings),
    /// Let goodword start with your desktop
    #[command(subcommand)]
    Service(Service),
    /// What is running, and when it is next
    Status,
    /// Look for what is wrong, and how to mend it
    Doctor,
    /// Copies of the book on this laptop
    #[command(subcommand)]
    Backup(Backup),
    /// Write the whole book to a file: .json, or .automerge (a standard Automerge file)
    Export { file: PathBuf },
    /// Take a book in from a file that `export` wrote
    ImportBook { file: PathBuf },
    /// Completions for a shell
    Completions { shell: clap_complete::Shell },
    /// The manual page
    Man,
}

#[derive(Debug, Args)]
pub struct Init {
    /// Your name
    #[arg(long)]
    pub name: Option<String>,
    /// The title of what you write
    #[arg(long, value_name = "TITLE")]
    pub work: Option<String>,
    #[arg(long)]
    pub genre: Option<String>,
}

#[derive(Debug, Args)]
pub struct Draft {
    /// Where it is for: bluesky, mastodon, x .., or email, letter, newsletter, newsletter-html, review, library ..
    #[arg(long)]
    pub network: Option<String>,
    /// Change the words in your editor ($VISUAL or $EDITOR), counted as the network counts
    #[arg(long)]
    pub edit: bool,
    /// Say which rules of a welcome shout-out the draft was held against
    #[arg(long)]
    pub explain: bool,
    /// Another phrasing: 1, 2, 3 ..
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub turn: u32,
}

#[derive(Debug, Args)]
pub struct Done {
    /// Somebody else than today's person
    pub name: Option<String>,
    #[arg(long)]
    pub network: Option<String>,
    /// The address of what you shared
    #[arg(long, value_name = "URL")]
    pub item: Option<String>,
    /// Where your shout-out can be read
    #[arg(long)]
    pub url: Option<String>,
    /// The words you really used
    #[arg(long)]
    pub text: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Work {
    /// Add what you write
    Add {
        title: String,
        #[command(flatten)]
        fields: WorkFields,
    },
    /// Change it
    Edit {
        name: String,
        #[arg(long)]
        title: Option<String>,
        #[command(flatten)]
        fields: WorkFields,
    },
    List,
    Remove {
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct WorkFields {
    #[arg(long)]
    pub genre: Option<String>,
    #[arg(long)]
    pub blurb: Option<String>,
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Audience {
    /// Add a group your work may speak to
    Add {
        name: String,
        /// The work or audience that leads there
        #[arg(long, value_name = "PARENT")]
        via: Option<String>,
        /// One sentence on why that one leads there
        #[arg(long, value_name = "TEXT")]
        bridge: Option<String>,
        /// A hashtag they use, without #
        #[arg(long = "hashtag", value_name = "CamelCase")]
        hashtags: Vec<String>,
    },
    /// Think of groups you have not thought of
    Suggest {
        /// For this work; all of them unless said
        #[arg(long)]
        work: Option<String>,
        /// For this genre, or several words: "historical, nurses, letters"
        #[arg(long, conflicts_with = "work")]
        genre: Option<String>,
        /// How far to go: 1 or 2 steps
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
        depth: u8,
    },
    /// Keep suggestions, by their ids
    Keep {
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Not for me: do not suggest these again, or stop keeping them
    Drop {
        #[arg(required = true)]
        ids: Vec<String>,
    },
    List,
    Show {
        name: String,
    },
    /// Tie two audiences, with one sentence saying why
    Tie {
        from: String,
        to: String,
        #[arg(long, value_name = "TEXT")]
        bridge: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Contact {
    /// Add somebody you think is cool, and say why
    Add {
        name: String,
        #[command(flatten)]
        fields: ContactFields,
    },
    List {
        #[arg(long)]
        audience: Option<String>,
        #[arg(long)]
        stage: Option<Stage>,
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    Show {
        name: String,
    },
    /// Change what you said of somebody; an empty text takes a value away
    Edit {
        name: String,
        /// A new name
        #[arg(long = "name", value_name = "NAME")]
        new_name: Option<String>,
        #[command(flatten)]
        fields: ContactFields,
        /// Leave this audience
        #[arg(long, value_name = "AUDIENCE")]
        leave: Vec<String>,
        /// Drop this feed
        #[arg(long, value_name = "URL")]
        drop_feed: Vec<String>,
    },
    /// Leave somebody in peace for a while
    Mute {
        name: String,
        /// Until this day, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
    },
    Unmute {
        name: String,
    },
    /// Never pick or suggest them again; this is final
    Never {
        name: String,
    },
    /// They wrote back
    Answered {
        name: String,
    },
    Remove {
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct ContactFields {
    /// Why they are cool, in your own words
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    /// person, organisation or cause
    #[arg(long)]
    pub kind: Option<Kind>,
    /// An audience they belong to; a new one is created
    #[arg(long = "audience", value_name = "AUDIENCE")]
    pub audiences: Vec<String>,
    /// The address of a feed (RSS, Atom, JSON Feed)
    #[arg(long = "feed", value_name = "URL")]
    pub feeds: Vec<String>,
    /// Their site; its feed is looked for
    #[arg(long, value_name = "URL")]
    pub site: Option<String>,
    #[arg(long, value_name = "@USER@HOST")]
    pub mastodon: Option<String>,
    #[arg(long, value_name = "HANDLE")]
    pub bluesky: Option<String>,
    #[arg(long, value_name = "HANDLE")]
    pub x: Option<String>,
    #[arg(long)]
    pub email: Option<String>,
    /// Private: never leaves your own devices
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
    /// low, normal or high
    #[arg(long)]
    pub priority: Option<Priority>,
}

#[derive(Debug, Subcommand)]
pub enum Feeds {
    /// Fetch now: everybody's feeds, or one contact's
    Refresh { name: Option<String> },
    /// The health of each feed
    List,
    /// What we read in a file or at an address
    Inspect { source: String },
}

#[derive(Debug, Subcommand)]
pub enum Settings {
    List,
    Set { key: String, value: String },
}

#[derive(Debug, Subcommand)]
pub enum Service {
    Install {
        /// Only print what would be installed
        #[arg(long)]
        print: bool,
    },
    Uninstall {
        /// Only print what would be done
        #[arg(long)]
        print: bool,
    },
    Status {
        /// Print the file that is, or would be, installed
        #[arg(long)]
        print: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Make one now
    Now,
    List,
    /// Take the book back from a backup
    Restore {
        file: PathBuf,
    },
}

impl From<Draft> for Request {
    fn from(draft: Draft) -> Self {
        Request::Draft { network: draft.network, turn: draft.turn, text: None }
    }
}

impl From<Done> for Request {
    fn from(done: Done) -> Self {
        let Done { name, network, item, url, text } = done;
        Request::Done { name, network, item, url, text }
    }
}

impl From<Work> for Request {
    fn from(work: Work) -> Self {
        let form =
            |title, fields: WorkFields| WorkForm { title, genre: fields.genre, blurb: fields.blurb, link: fields.link };
        match work {
            Work::Add { title, fields } => Request::WorkAdd(form(Some(title), fields)),
            Work::Edit { name, title, fields } => Request::WorkEdit { name, form: form(title, fields) },
            Work::List => Request::WorkList,
            Work::Remove { name } => Request::WorkRemove { name },
        }
    }
}

impl From<Audience> for Request {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Add { name, via, bridge, hashtags } => Request::AudienceAdd { name, via, bridge, hashtags },
            Audience::Suggest { work, genre, depth } => Request::AudienceSuggest { work, genre, depth },
            Audience::Keep { ids } => Request::AudienceKeep { ids },
            Audience::Drop { ids } => Request::AudienceDrop { ids },
            Audience::List => Request::AudienceList,
            Audience::Show { name } => Request::AudienceShow { name },
            Audience::Tie { from, to, bridge } => Request::AudienceTie { from, to, bridge },
        }
    }
}

impl From<Contact> for Request {
    fn from(contact: Contact) -> Self {
        match contact {
            Contact::Add { name, fields } => Request::ContactAdd(ContactForm { name: Some(name), ..fields.into() }),
            Contact::List { audience, stage, search } => Request::ContactList { audience, stage, search },
            Contact::Show { name } => Request::ContactShow { name },
            Contact::Edit { name, new_name, fields, leave, drop_feed } => Request::ContactEdit {
                name,
                form: ContactForm { name: new_name, leave, drop_feeds: drop_feed, ..fields.into() },
            },
            Contact::Mute { name, until } => Request::ContactMute { name, until },
            Contact::Unmute { name } => Request::ContactUnmute { name },
            Contact::Never { name } => Request::ContactNever { name },
            Contact::Answered { name } => Request::ContactAnswered { name },
            Contact::Remove { name } => Request::ContactRemove { name },
        }
    }
}

impl From<ContactFields> for ContactForm {
    fn from(fields: ContactFields) -> Self {
        let handles = [("mastodon", fields.mastodon), ("bluesky", fields.bluesky), ("x", fields.x)];
        let handles: BTreeMap<_, _> =
            handles.into_iter().filter_map(|(network, handle)| Some((network.to_owned(), handle?))).collect();
        ContactForm {
            kind: fields.kind,
            why: fields.why,
            audiences: fields.audiences,
            feeds: fields.feeds,
            handles,
            site: fields.site,
            email: fields.email,
            notes: fields.notes,
            priority: fields.priority,
            ..ContactForm::default()
        }
    }
}
