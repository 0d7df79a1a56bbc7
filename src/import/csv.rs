//! A plain table with named columns: what an author writes by hand, and what we write ourselves.

use ::csv::{QuoteStyle, Terminator, WriterBuilder};

use super::{
    Entry, Sheet, not_this,
    table::{Columns, Record, delimiter, first, joined, parted, quiet, quiet_back, records},
};
use crate::{
    api::{Error, ImportFormat},
    domain::{Book, Contact, Mute, bond, journal::History},
};

/// The columns in the order in which they are written, each with the other names under which it is read.
const COLUMNS: [(&str, &[&str]); 20] = [
    ("name", &["name", "full name", "display name"]),
    ("kind", &["kind", "type"]),
    ("why", &["why", "why cool", "reason", "why are they cool", "why are they cool?"]),
    (
        "audiences",
        &["audiences", "audience", "groups", "group", "labels", "tags", "categories", "category", "list", "folder"],
    ),
    ("mastodon", &["mastodon", "fediverse"]),
    ("bluesky", &["bluesky", "bsky"]),
    ("x", &["x", "twitter", "x / twitter", "x (twitter)"]),
    ("threads", &["threads"]),
    ("instagram", &["instagram"]),
    ("linkedin", &["linkedin"]),
    ("email", &["email", "e-mail", "mail", "email address", "e-mail address"]),
    ("site", &["site", "website", "web site", "url", "web", "homepage", "link", "blog"]),
    ("feeds", &["feeds", "feed", "rss", "atom", "feed url", "rss feed", "podcast"]),
    ("notes", &["notes", "note", "comment", "comments"]),
    ("priority", &["priority"]),
    ("stage", &["stage"]),
    ("muted", &["muted", "mute", "muted until"]),
    ("never", &["never"]),
    ("first name", &["first name", "given name", "forename", "firstname"]),
    ("last name", &["last name", "family name", "surname", "lastname"]),
];

/// The columns that are ours to write; the last two are only read.
const WRITTEN: usize = 18;

const NETWORKS: [&str; 6] = ["mastodon", "bluesky", "x", "threads", "instagram", "linkedin"];

/// Whether these columns say who somebody is.
pub fn is_known(columns: &Columns) -> bool {
    let who = |name: &str| !place(columns, name).is_empty();
    NETWORKS.into_iter().chain(["name", "email", "site", "feeds", "first name"]).any(who)
}

fn place(columns: &Columns, name: &str) -> Vec<usize> {
    let names = COLUMNS.iter().find(|(column, _)| *column == name).map_or(&[][..], |(_, names)| *names);
    columns.named(names)
}

pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let records = records(text, delimiter(text), sheet)?;
    let Some((header, records)) = records.split_first() else {
        return Err(not_this(ImportFormat::Csv, "no line of it can be read"));
    };
    let columns = Columns::of(header);
    if !is_known(&columns) {
        return Err(not_this(ImportFormat::Csv, "its first line names no column that we know")
            .hint("the first line names the columns, such as name,why,mastodon,site,audiences"));
    }
    let columns = COLUMNS.map(|(name, _)| (name, place(&columns, name)));
    for record in records {
        sheet.push(entry(record, &columns))?;
    }
    Ok(())
}

fn entry(record: &Record, columns: &[(&str, Vec<usize>)]) -> Entry {
    let mut entry = Entry::at(record.line);
    let mut names = Vec::new();
    for (column, places) in columns {
        let cell = quiet_back(first(record, places));
        match *column {
            "name" => entry.name(cell),
            "first name" | "last name" if !cell.is_empty() => names.push(cell),
            "why" => entry.why(cell),
            "notes" => entry.note(cell),
            "email" => entry.email(cell),
            "site" => entry.page(cell),
            "audiences" => all(record, places).iter().for_each(|name| entry.audience(name)),
            "feeds" => all(record, places).iter().for_each(|feed| entry.feed(feed)),
            network if NETWORKS.contains(&network) => entry.handle(network, cell),
            _ if cell.is_empty() => {}
            "kind" => match cell.to_lowercase().parse() {
                Ok(kind) => entry.contact.kind = kind,
                Err(why) => entry.complain(format!("the kind {why}")),
            },
            "priority" => match cell.to_lowercase().parse() {
                Ok(priority) => entry.contact.priority = priority,
                Err(why) => entry.complain(format!("the priority {why}")),
            },
            "stage" => match cell.to_lowercase().parse() {
                Ok(stage) => entry.contact.stage = stage,
                Err(why) => entry.complain(format!("the stage {why}")),
            },
            "muted" => match (truth(cell), cell.parse()) {
                (_, Ok(mute)) => entry.contact.mute = Some(mute),
                (Some(truth), _) => entry.contact.mute = truth.then_some(Mute::Always),
                _ => entry.complain(format!("\"{cell}\" is no day, nor yes or no (column muted)")),
            },
            "never" => match truth(cell) {
                Some(truth) => entry.contact.never = truth,
                None => entry.complain(format!("\"{cell}\" is neither yes nor no (column never)")),
            },
            _ => {}
        }
    }
    if entry.contact.name.is_empty() {
        entry.name(&names.join(" "));
    }
    entry
}

fn all(record: &Record, places: &[usize]) -> Vec<String> {
    places.iter().flat_map(|place| parted(record.cell(*place))).collect()
}

fn truth(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" | "always" => Some(true),
        "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Everybody, for a spreadsheet: no cell is one that it would run.
pub fn write(book: &Book, history: &History) -> String {
    let mut writer =
        WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    _ = writer.write_record(COLUMNS.iter().take(WRITTEN).map(|(name, _)| name));
    for contact in super::in_order(book) {
        _ = writer.write_record(COLUMNS.iter().take(WRITTEN).map(|(name, _)| cell(book, history, contact, name)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn cell(book: &Book, history: &History, contact: &Contact, column: &str) -> String {
    let value = match column {
        "name" => &contact.name,
        "why" => &contact.why,
        "email" => &contact.email,
        "site" => &contact.site,
        "notes" => &contact.notes,
        "audiences" => return joined(super::audiences_of(book, contact)),
        "feeds" => return joined(contact.feeds.iter().map(String::as_str)),
        "kind" => contact.kind.as_str(),
        "priority" => contact.priority.as_str(),
        "stage" => bond::stage(book, history, contact).as_str(),
        "muted" => return contact.mute.map(|mute| mute.to_string()).unwrap_or_default(),
        "never" => return if contact.never { "yes".to_owned() } else { String::new() },
        // Without the sign that a spreadsheet would take for a formula.
        network => contact.handles.get(network).map(|handle| handle.trim_start_matches('@')).unwrap_or_default(),
    };
    quiet(value).into_owned()
}
