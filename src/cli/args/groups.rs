//! The commands that have commands of their own.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use crate::{
    api::{ImportFormat, PeopleFormat},
    cli::wrong::day,
    domain::{Kind, Priority, Stage},
};

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
        /// A new title
        #[arg(long)]
        title: Option<String>,
        #[command(flatten)]
        fields: WorkFields,
    },
    /// What is in the book
    List,
    /// Take it out; the diary keeps what happened
    Remove { name: String },
}

#[derive(Debug, Args)]
pub struct WorkFields {
    /// Its genre, such as historical fiction
    #[arg(long)]
    pub genre: Option<String>,
    /// When and where it plays, the hero's job, what it turns on: "1863, Atlanta, a nurse, letters"
    #[arg(long, value_name = "WORDS")]
    pub about: Option<String>,
    /// What it is about, in a sentence
    #[arg(long)]
    pub blurb: Option<String>,
    /// Where it can be read or bought
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
    /// Those you keep
    List,
    /// One of them, with its people and ties
    Show { name: String },
    /// Tie two audiences, with one sentence saying why
    Tie {
        from: String,
        to: String,
        /// One sentence on why the one leads to the other
        #[arg(long, value_name = "TEXT")]
        bridge: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Contact {
    /// Add somebody you think is cool, and say why
    Add {
        /// Their name, or an address of theirs: https://their.site, @user@host, name.bsky.social, a link to a profile
        name: String,
        #[command(flatten)]
        fields: ContactFields,
    },
    /// Everybody, or those you look for
    List {
        /// Only those in this audience
        #[arg(long)]
        audience: Option<String>,
        /// Only those so far along: noticed, following, engaging, supporting, allied
        #[arg(long)]
        stage: Option<Stage>,
        /// Only those with this text somewhere
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// All you know of somebody, and what they did lately
    Show { name: String },
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
        #[arg(long, value_name = "DATE", value_parser = day)]
        until: Option<Date>,
    },
    /// They may be picked again
    Unmute { name: String },
    /// Never pick or suggest them again; this is final
    Never { name: String },
    /// They wrote back
    Answered { name: String },
    /// Take somebody out of the book; the diary keeps what happened
    Remove { name: String },
}

/// One person, or whole files of them.
#[derive(Debug, Subcommand)]
pub enum Contacts {
    #[command(flatten)]
    One(Box<Contact>),
    /// Take people in: from a file of another program (Mastodon, OPML, vCard, LinkedIn, CSV ..), or whom you follow
    Import(Import),
    /// Write everybody to a file: .csv, .json, .opml, .vcf, or .md for the diary
    Export {
        file: PathBuf,
        /// csv, json, opml, vcard, mastodon or markdown; the file's ending says it too
        #[arg(long)]
        format: Option<PeopleFormat>,
    },
}

#[derive(Debug, Args)]
pub struct Import {
    /// A file that the other program exported; or your handle (@you.bsky.social, @you@host), or the link to a list or
    /// a starter pack on Bluesky
    #[arg(value_name = "FILE|HANDLE|LINK")]
    pub from: std::ffi::OsString,
    /// What it is, when goodword guesses wrong: csv, mastodon, opml .. (auto unless said)
    #[arg(long, default_value = "auto", value_parser = import_format, hide_default_value = true)]
    pub format: ImportFormatOrAuto,
    /// Everybody also comes into this audience; a new one is created
    #[arg(long)]
    pub audience: Option<String>,
    /// Only say what would happen
    #[arg(long)]
    pub dry_run: bool,
}

/// Nothing means: find out.
pub type ImportFormatOrAuto = Option<ImportFormat>;

fn import_format(word: &str) -> Result<ImportFormatOrAuto, String> {
    if word == "auto" { Ok(None) } else { word.parse().map(Some) }
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
    /// Their handle on Mastodon
    #[arg(long, value_name = "@USER@HOST")]
    pub mastodon: Option<String>,
    /// Their handle on Bluesky
    #[arg(long, value_name = "HANDLE")]
    pub bluesky: Option<String>,
    /// Their handle on X
    #[arg(long, value_name = "HANDLE")]
    pub x: Option<String>,
    /// Their name on Threads
    #[arg(long, value_name = "HANDLE")]
    pub threads: Option<String>,
    /// Their name on Instagram
    #[arg(long, value_name = "HANDLE")]
    pub instagram: Option<String>,
    /// Their page on LinkedIn
    #[arg(long, value_name = "URL")]
    pub linkedin: Option<String>,
    /// Their e-mail address
    #[arg(long)]
    pub email: Option<String>,
    /// Private: never leaves your own devices
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
    /// low, normal or high
    #[arg(long)]
    pub priority: Option<Priority>,
}

/// Asks your own Mastodon instance, Bluesky and the people in your book whom they recommend. Whoever asks not to be
/// indexed is never shown.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Discover {
    /// For this audience; the one with the fewest people unless said
    pub audience: Option<String>,
    /// Look at this place instead: a site, a feed, a profile, a starter pack or a list on Bluesky
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    #[command(subcommand)]
    pub choice: Option<DiscoverChoice>,
}

#[derive(Debug, Subcommand)]
pub enum DiscoverChoice {
    /// Take somebody into your book
    Keep {
        id: String,
        /// Why they are cool, in your own words
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// The audience they belong to; the one they were found for unless said
        #[arg(long, value_name = "AUDIENCE")]
        audience: Option<String>,
    },
    /// Not for me: never show them again, on any of my laptops
    Drop {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
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
    /// Every setting, its value and what it is for
    List,
    /// Change one; an empty value takes it back
    Set { key: String, value: String },
}

#[derive(Debug, Subcommand)]
pub enum Service {
    /// From now on, once a day, even after a restart
    Install {
        /// Only print what would be installed
        #[arg(long)]
        print: bool,
    },
    /// No longer; the book stays
    Uninstall {
        /// Only print what would be done
        #[arg(long)]
        print: bool,
    },
    /// Is it installed, and does it run?
    Status {
        /// Print the file that is, or would be, installed
        #[arg(long)]
        print: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Device {
    /// Let another laptop in: shows what to type there
    Invite,
    /// Join the laptop that shows this code or ticket
    Join {
        #[arg(value_name = "CODE|TICKET")]
        at: String,
    },
    /// Your laptops
    List,
    /// Give this laptop another name
    Rename {
        name: String,
        /// Another laptop than this one
        #[arg(long, value_name = "NAME")]
        device: Option<String>,
    },
    /// A laptop that was sold, lost or stolen: from now on it hears nothing
    Remove { name: String },
}

#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Make one now
    Now,
    /// Those there are, newest first
    List,
    /// Take the book back from a backup
    Restore { file: PathBuf },
}

/// What the daemon has done beside it, by this program.
#[derive(Debug, Subcommand)]
pub enum KeepHouse {
    /// Make the backup of a day
    BackUp {
        #[arg(value_name = "DATE", value_parser = day)]
        date: Date,
    },
    /// Put one snapshot in the place of all changes
    Compact,
}
