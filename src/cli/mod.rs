//! The command line: reads words, asks the daemon (or does the work itself), prints.

pub mod args;
mod book;
mod client;
mod contact;
mod count;
mod demo;
mod device;
mod discover;
mod draft;
mod feeds;
mod import;
mod init;
mod man;
mod open;
mod questions;
mod render;
mod requests;
mod service;
mod settings;
mod wrong;

use std::io::{IsTerminal, Write};

use clap::{CommandFactory, Parser, error::ErrorKind as ClapError};

use self::args::{Cli, Command};
use crate::{
    api::{Answer, Error, ErrorKind, Next, Request, Said, State},
    daemon::{home::Home, house, once},
    platform::{self, Folders},
    server::Handle,
};

/// What a command prints: text for people, or one line of JSON.
pub(crate) struct Printed {
    text: String,
    json: String,
    /// Nothing to do, said in the answer itself.
    nothing: bool,
}

/// Runs one command line and gives the process's exit code.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> u8 {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let wants_json = arguments.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json");
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ClapError::DisplayHelp | ClapError::DisplayVersion) => {
            print(&error.to_string());
            return 0;
        }
        // A command without its word is a question for help, and no help is short enough for JSON.
        Err(error) if error.kind() == ClapError::DisplayHelpOnMissingArgumentOrSubcommand && !wants_json => {
            eprint(&error.to_string());
            return ErrorKind::Usage.exit_code();
        }
        Err(error) => {
            let command = wrong::command_of(&arguments, &Cli::command());
            return fail(wrong::usage(&error, &command), wants_json);
        }
    };
    let json = cli.json;
    match perform(cli) {
        Ok(Some(printed)) => {
            let nothing = if printed.nothing { ErrorKind::Nothing.exit_code() } else { 0 };
            print(&if json { printed.json + "\n" } else { printed.text });
            nothing
        }
        Ok(None) => 0,
        Err(error) => fail(error, json),
    }
}

fn fail(error: Error, json: bool) -> u8 {
    let error = wrong::clipped(error);
    if json {
        let wrapped = serde_json::json!({ "error": error });
        print(&format!("{wrapped}\n"));
    }
    eprint(&wrong::tame(&format!("goodword: {}\n", error.message)));
    if let Some(hint) = &error.hint {
        eprint(&wrong::tame(&format!("  {hint}\n")));
    }
    error.kind.exit_code()
}

fn perform(cli: Cli) -> Result<Option<Printed>, Error> {
    let json = cli.json;
    // The demo has a home of its own and must not even look at another.
    if let Command::Demo { once } = cli.command {
        return demo::run(once, json).map(|()| None);
    }
    // Not clap's `env`: an empty variable counts as unset, and the variable is no option somebody typed.
    let home = cli.home.or_else(|| std::env::var_os("GOODWORD_HOME").filter(|home| !home.is_empty()).map(Into::into));
    let folders = || platform::folders(home.as_deref()).map_err(|error| Error::failed(error.to_string()));
    let ask = |request: Request| client::ask(&folders()?, request).map(printed).map(Some);
    match cli.command {
        Command::Demo { .. } => Ok(None),
        Command::Init(init) => init::run(&folders()?, init, json).map(Some),
        Command::Daemon => daemon(&folders()?).map(|()| None),
        Command::Today => ask(Request::Today),
        Command::Draft(draft) => draft::run(&folders()?, draft).map(Some),
        Command::Done(done) => ask(done.into()),
        Command::Later { when } => ask(Request::Later { when }),
        Command::Another { why_not } => ask(Request::Another { why_not }),
        Command::Skip => ask(Request::Skip),
        Command::Undo => ask(Request::Undo),
        Command::Pick { name, on } => ask(Request::Pick { name, on }),
        Command::Open { print } => open::run(&folders()?, print || json).map(Some),
        Command::Count { network, text } => count::run(&network, text).map(Some),
        Command::Diary { since } => ask(Request::Diary { since }),
        Command::Work(work) => ask(work.into()),
        Command::Audience(audience) => ask(audience.into()),
        Command::Discover(words) => discover::run(&folders()?, words, json).map(Some),
        Command::Contact(words) => match words {
            args::Contacts::One(one) => match *one {
                args::Contact::Add { name, fields } => contact::add(&folders()?, name, fields, json).map(Some),
                other => ask(other.into()),
            },
            args::Contacts::Import(words) => import::take_in(&folders()?, words).map(Some),
            args::Contacts::Export { file, format } => import::write_out(&folders()?, &file, format).map(Some),
        },
        Command::Feeds(args::Feeds::Refresh { name }) => ask(Request::FeedsRefresh { name }),
        Command::Feeds(args::Feeds::List) => ask(Request::FeedsList),
        Command::Feeds(args::Feeds::Inspect { source }) => feeds::inspect(&source).map(Some),
        Command::Settings(args::Settings::List) => ask(Request::SettingsList),
        Command::Settings(args::Settings::Set { key, value }) => settings::set(&folders()?, key, value).map(Some),
        Command::Device(command) => device::run(&folders()?, command, json).map(Some),
        Command::Sync { now } => ask(Request::Sync { now }),
        Command::Service(command) => service::run(&folders()?, &command).map(Some),
        Command::Status => ask(Request::Status),
        Command::Doctor => ask(Request::Doctor),
        Command::Backup(args::Backup::Now) => ask(Request::BackupNow),
        Command::Backup(args::Backup::List) => ask(Request::BackupList),
        Command::Backup(args::Backup::Restore { file }) => book::restore(&folders()?, &file).map(Some),
        Command::Export { file } => book::export(&folders()?, &file).map(Some),
        Command::ImportBook { file } => book::take_in(&folders()?, &file).map(Some),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "goodword", &mut script);
            Ok(Some(plain(String::from_utf8_lossy(&script).into_owned())))
        }
        Command::KeepHouse(chore) => {
            house::keep(&folders()?, chore.into())?;
            Ok(Some(printed(Answer::Said(Said { said: "done".to_owned() }))))
        }
        Command::Man => {
            let page = man::page(Cli::command()).map_err(|error| Error::failed(error.to_string()))?;
            Ok(Some(plain(page)))
        }
    }
}

/// What the service runs.
fn daemon(folders: &Folders) -> Result<(), Error> {
    let home = Home::open(folders, once::LOCK_WAIT)?;
    let filter = tracing_subscriber::EnvFilter::try_from_env("GOODWORD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("goodword={},warn", home.config.log)));
    _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    if std::io::stderr().is_terminal() {
        eprint(&format!("goodword is running; Ctrl-C stops it. {}.\n", home.in_words(jiff::Timestamp::now())));
    }
    let (handle, ear) = Handle::new();
    let ran = platform::run(move || crate::daemon::run(home, ear, handle));
    let failed = |error: std::io::Error| Error::failed(format!("the daemon could not run: {error}")).hint(Next::Doctor);
    ran.map_err(failed)?.map_err(failed)
}

/// An answer in both forms.
pub(crate) fn printed(answer: Answer) -> Printed {
    // What was taken back was something, also where it leaves a day without anybody.
    let nothing = matches!(&answer, Answer::Today(today) if today.state == State::None && today.remarks.is_empty());
    Printed { text: wrong::tame(&render::text(&answer)), json: content(&answer), nothing }
}

/// Something that only people or shells read; as JSON it is a text.
fn plain(text: String) -> Printed {
    let json = serde_json::Value::String(text.clone()).to_string();
    Printed { text, json, nothing: false }
}

/// The answer without the protocol's envelope.
fn content(answer: &Answer) -> String {
    // Scripts asked for the audiences; the questions are for people.
    if let Answer::Brainstorm(found) = answer {
        return serde_json::to_string(&found.rows).unwrap_or_default();
    }
    let mut value = serde_json::to_value(answer).unwrap_or_default();
    value.get_mut("content").map(serde_json::Value::take).unwrap_or_default().to_string()
}

/// The one place that writes to standard output. A reader that went away (`| head`) is no error.
fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    _ = stdout.write_all(text.as_bytes());
    _ = stdout.flush();
}

fn eprint(text: &str) {
    _ = std::io::stderr().write_all(text.as_bytes());
}
