//! The words of the command line. Help texts are written for authors, not for engineers.

mod groups;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

pub use self::groups::*;
use super::wrong::day;

/// A good word for one person, every day.
///
/// goodword picks one person a day from the people you think are cool, looks at what they really did lately, drafts a
/// shout-out and shows it to you. Nothing is ever posted without your press.
#[derive(Debug, Parser)]
#[command(name = "goodword", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// Keep everything under this folder, as GOODWORD_HOME does (two folders behave as two laptops)
    #[arg(long, global = true, value_name = "DIR")]
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
        #[arg(long, value_name = "DATE", value_parser = day)]
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
        /// Whose way of counting
        #[arg(long)]
        network: String,
        /// The text, or - to read it from standard input byte for byte
        text: Option<String>,
    },
    /// What happened, and whom you supported
    Diary {
        /// From this day on, YYYY-MM-DD
        #[arg(long, value_name = "DATE", value_parser = day)]
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
    Contact(Contacts),
    /// People for an audience, from what anybody can see: a handful, for you to choose from
    Discover(Discover),
    /// What they publish
    #[command(subcommand)]
    Feeds(Feeds),
    /// What you decide once for all your laptops
    #[command(subcommand)]
    Settings(Settings),
    /// Your laptops: one book on all of them
    #[command(subcommand)]
    Device(Device),
    /// Are your laptops in step?
    Sync {
        /// Try to reach all of them first
        #[arg(long)]
        now: bool,
    },
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
    /// What the daemon has done beside it
    #[command(hide = true, subcommand)]
    KeepHouse(KeepHouse),
}

#[derive(Debug, Args)]
pub struct Init {
    /// Your name
    #[arg(long)]
    pub name: Option<String>,
    /// The title of what you write
    #[arg(long, value_name = "TITLE")]
    pub work: Option<String>,
    /// Its genre, such as historical fiction
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
    /// The network; the first of yours unless said
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
