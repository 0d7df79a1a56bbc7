//! People as JSON: what we write ourselves, and read again whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Entry, Sheet, not_this};
use crate::{
    api::{Error, ImportFormat},
    domain::{Book, Kind, Priority, Stage, bond, journal::History},
};

/// Somebody, as `contact export people.json` writes them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Person {
    name: String,
    kind: Kind,
    why: String,
    audiences: Vec<String>,
    handles: BTreeMap<String, String>,
    feeds: Vec<String>,
    site: String,
    email: String,
    notes: String,
    priority: Priority,
    stage: Stage,
    /// `always`, or the day on which it ends.
    mute: Option<String>,
    never: bool,
}

pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let people: Vec<Value> = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| not_this(ImportFormat::Json, error))?;
    if !people.is_empty() && !people.iter().any(|person| person.get("name").is_some()) {
        return Err(not_this(ImportFormat::Json, "nobody in it has a name"));
    }
    let mut lines = places(text, "\"name\"");
    for (place, person) in people.into_iter().enumerate() {
        // Each has one name, so the lines of the names are theirs.
        let has_name = person.get("name").is_some();
        let line = if has_name { lines.next() } else { None }.unwrap_or(place + 1);
        match serde_json::from_value::<Person>(person) {
            Ok(person) => sheet.push(entry(line, person))?,
            Err(error) => sheet.problem(line, error.to_string()),
        }
    }
    Ok(())
}

fn entry(line: usize, person: Person) -> Entry {
    let mut entry = Entry::at(line);
    entry.name(&person.name);
    entry.why(&person.why);
    entry.note(&person.notes);
    entry.email(&person.email);
    entry.site(&person.site);
    person.audiences.iter().for_each(|name| entry.audience(name));
    person.feeds.iter().for_each(|feed| entry.feed(feed));
    person.handles.iter().for_each(|(network, handle)| entry.handle(network, handle));
    match person.mute.map(|mute| mute.parse()) {
        Some(Ok(mute)) => entry.contact.mute = Some(mute),
        Some(Err(_)) => entry.complain("mute is neither \"always\" nor a day"),
        None => {}
    }
    entry.contact.kind = person.kind;
    entry.contact.priority = person.priority;
    entry.contact.stage = person.stage;
    entry.contact.never = person.never;
    entry
}

/// Everybody with all that is known of them, one on a line.
pub fn write(book: &Book, history: &History) -> String {
    let person = |contact: &crate::domain::Contact| Person {
        name: contact.name.clone(),
        kind: contact.kind,
        why: contact.why.clone(),
        audiences: super::audiences_of(book, contact).into_iter().map(str::to_owned).collect(),
        handles: contact.handles.clone(),
        feeds: contact.feeds.iter().cloned().collect(),
        site: contact.site.clone(),
        email: contact.email.clone(),
        notes: contact.notes.clone(),
        priority: contact.priority,
        stage: bond::stage(book, history, contact),
        mute: contact.mute.map(|mute| mute.to_string()),
        never: contact.never,
    };
    let people: Vec<_> =
        super::in_order(book).filter_map(|contact| serde_json::to_string(&person(contact)).ok()).collect();
    format!("[\n{}\n]\n", people.join(",\n"))
}

/// The lines on which a word stands, from 1: a JSON parser no longer knows where a value was.
pub fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let (mut line, mut counted) = (1, 0);
    text.match_indices(word).map(move |(at, _)| {
        line += text.as_bytes().get(counted..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        counted = at;
        line
    })
}
