//! People in and out: files of other programs become entries, and entries become changes of the book. Pure.
//!
//! ```text
//! bytes ─► detect ─► one reader for each format ─► entries ─► plan (merge: who is who) ─► changes and a report
//!                    (csv, mastodon, opml, ..)
//! book ─► one writer for each format ─► bytes
//! ```
//!
//! A format's reader and writer stand in one file. Nothing in a file is ever run or fetched; what a line says wrongly is
//! a [`Problem`] with its number, and the lines around it are taken.

mod csv;
mod detect;
mod diary;
mod entry;
mod goodreads;
mod google;
mod instagram;
mod json;
mod linkedin;
mod mastodon;
mod merge;
mod opml;
mod plan;
mod readers;
mod same;
mod table;
mod vcard;
mod x;

use std::collections::BTreeSet;

use crate::{
    api::{Diary, Error, ErrorKind, ImportFormat, Next, PeopleFormat, Problem},
    domain::{Book, Contact, journal::History},
    feed,
};

pub use entry::{Entry, Wish};
pub use plan::{Plan, plan};

/// The largest file that is read, in bytes. Base64 and a line of the socket hold it with room to spare, and ten
/// thousand people with all that is known of them take a tenth.
pub const MAX_BYTES: usize = 32 << 20;

/// The most entries of one file. A person is kept for a good word; nobody has one for more.
pub const MAX_ENTRIES: usize = 30_000;

/// What was read in a file, or in a list that anybody can see.
#[derive(Debug)]
pub struct Sheet {
    /// The format, or the network.
    pub format: &'static str,
    pub entries: Vec<Entry>,
    pub problems: Vec<Problem>,
}

/// Reads a file. `file` is its bare name.
///
/// # Errors
/// When it is too large, in no format that we know, or in one that must be asked for by name.
pub fn read(bytes: &[u8], file: &str, format: Option<ImportFormat>) -> Result<Sheet, Error> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large());
    }
    let text = decoded(bytes)?;
    let format = match format {
        Some(format) => format,
        None => detect::format(&text, file)?,
    };
    let mut sheet = Sheet::empty(format.as_str());
    match format {
        ImportFormat::Csv => csv::read(&text, &mut sheet)?,
        ImportFormat::Json => json::read(&text, &mut sheet)?,
        ImportFormat::Mastodon => mastodon::follows(&text, &mut sheet)?,
        ImportFormat::MastodonLists => mastodon::lists(&text, &mut sheet)?,
        ImportFormat::MastodonBlocks => mastodon::suppressed(&text, Wish::Block, &mut sheet)?,
        ImportFormat::MastodonMutes => mastodon::suppressed(&text, Wish::Mute, &mut sheet)?,
        ImportFormat::Opml => opml::read(&text, &mut sheet)?,
        ImportFormat::Vcard => vcard::read(&text, &mut sheet)?,
        ImportFormat::Linkedin => linkedin::read(&text, &mut sheet)?,
        ImportFormat::Goodreads => goodreads::read(&text, &mut sheet)?,
        ImportFormat::Google => google::read(&text, &mut sheet)?,
        ImportFormat::X => x::read(&text, &mut sheet)?,
        ImportFormat::Instagram => instagram::read(&text, &mut sheet)?,
        ImportFormat::Readers => readers::read(&text, &mut sheet)?,
    }
    Ok(sheet)
}

/// Writes people, or the diary, in a format.
#[must_use]
pub fn write(book: &Book, history: &History, diary: impl FnOnce() -> Diary, format: PeopleFormat) -> String {
    match format {
        PeopleFormat::Csv => csv::write(book, history),
        PeopleFormat::Json => json::write(book, history),
        PeopleFormat::Opml => opml::write(book),
        PeopleFormat::Vcard => vcard::write(book),
        PeopleFormat::Mastodon => mastodon::write(book),
        PeopleFormat::Markdown => diary::write(&diary()),
    }
}

/// The text of a file, in whichever character set it was written.
fn decoded(bytes: &[u8]) -> Result<String, Error> {
    let unpack = |what: &str, hint: &str| {
        Err(Error::failed(format!("this is {what}, not a list of people")).hint(hint.to_owned()))
    };
    match bytes {
        [b'P', b'K', 3 | 5, ..] => {
            return unpack(
                "a ZIP archive (or a spreadsheet)",
                "unpack it and import the file inside; save a spreadsheet as CSV",
            );
        }
        [0x1f, 0x8b, ..] => return unpack("a packed file", "unpack it first"),
        [b'%', b'P', b'D', b'F', ..] => return unpack("a PDF", "export the list as CSV"),
        _ => {}
    }
    let text = feed::decode(bytes, None);
    if text.contains('\0') {
        return unpack("no text", "CSV, JSON, OPML and vCard files can be read");
    }
    if text.trim().is_empty() {
        return Err(Error::failed("the file is empty").hint("nothing was changed"));
    }
    Ok(text)
}

/// The file as a whole does not look like what it should be.
fn not_this(format: ImportFormat, why: impl std::fmt::Display) -> Error {
    Error::failed(format!("this cannot be read as {}: {why}", format.as_str())).hint(Next::AnyFormat)
}

/// The refusal of a file that no import should be.
#[must_use]
pub fn too_large() -> Error {
    let most = MAX_BYTES >> 20;
    Error::new(ErrorKind::Failed, format!("the file is larger than {most} MiB, more than any list of people should be"))
        .hint("nothing was changed; export only the people, without pictures, or split the file")
}

impl Sheet {
    fn empty(format: &'static str) -> Sheet {
        Sheet { format, entries: Vec::new(), problems: Vec::new() }
    }

    /// The people of a list on a network.
    ///
    /// # Errors
    /// When there are more than one import takes.
    pub fn of_network(network: &'static str, people: impl IntoIterator<Item = Entry>) -> Result<Sheet, Error> {
        let mut sheet = Sheet::empty(network);
        people.into_iter().try_for_each(|entry| sheet.push(entry))?;
        Ok(sheet)
    }

    /// Takes an entry in, unless nobody can be told by it.
    fn push(&mut self, entry: Entry) -> Result<(), Error> {
        let line = entry.line;
        self.problems.extend(entry.problems().map(|message| Problem { line, message }));
        if entry.is_nobody() {
            if entry.problems().next().is_none() {
                self.problem(line, "neither a name nor an address is in it");
            }
        } else if self.entries.len() == MAX_ENTRIES {
            return Err(Error::failed(format!("there are more than {MAX_ENTRIES} people in this file"))
                .hint("nothing was changed; a good word is for people: choose, and import fewer"));
        } else {
            self.entries.push(entry);
        }
        Ok(())
    }

    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem { line, message: message.into() });
    }
}

/// Everybody who is to be written, by name.
fn in_order(book: &Book) -> impl Iterator<Item = &Contact> {
    let mut people: Vec<_> = book.people().collect();
    people.sort_by_cached_key(|contact| (contact.name.to_lowercase(), contact.id.clone()));
    people.into_iter()
}

/// The names of somebody's audiences, in the order of the alphabet.
fn audiences_of<'a>(book: &'a Book, contact: &'a Contact) -> BTreeSet<&'a str> {
    contact.audiences.iter().filter_map(|id| book.audience(id)).map(|audience| audience.name.as_str()).collect()
}
