//! From a sheet to the changes of the book and a report.

use jiff::civil::Date;

use super::{Sheet, Wish, entry::stand_in, merge::Merge};
use crate::{
    api::{Error, Fate, Imported, ImportedRow},
    domain::{
        Book, Change, Contact, Id,
        audience::slug,
        typed::{MAX_NAME, Wrong, one_line},
    },
    import::Entry,
};

/// Rows of a report, and problems: who has more looks into the file.
const MOST_ROWS: usize = 500;
const MOST_PROBLEMS: usize = 1_000;

/// The most people of a book, of refusals, and of text about people in bytes: together they stay well below the limits
/// of a document (`document::limits`).
const MOST_PEOPLE: usize = 40_000;
const MOST_REFUSALS: usize = 100_000;
const MOST_TEXT: usize = 24 << 20;

/// What an import would do.
#[derive(Debug)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub report: Imported,
}

/// Holds a sheet against the book: all of it is one list of changes, and a dry run just does not commit them. `audience` is one that everybody comes into; `new_id` gives ids for what is new.
///
/// # Errors
/// When the book would grow past what laptops can send each other, or the audience has no name.
pub fn plan(
    book: &Book,
    sheet: Sheet,
    audience: Option<&str>,
    today: Date,
    new_id: &mut dyn FnMut() -> Id,
) -> Result<Plan, Error> {
    let audience = audience.map(|name| named(book, name)).transpose()?;
    let mut merge = Merge::of(book, today, new_id);
    let mut report = Imported {
        added: 0,
        merged: 0,
        suppressed: 0,
        skipped: 0,
        more_problems: sheet.problems.len().saturating_sub(MOST_PROBLEMS),
        problems: Vec::new(),
        format: sheet.format.to_owned(),
        dry_run: false,
        audiences: Vec::new(),
        more_rows: sheet.entries.len().saturating_sub(MOST_ROWS),
        rows: Vec::new(),
        list: String::new(),
        left_out: Vec::new(),
        more_people: false,
    };
    let mut problems = sheet.problems;
    problems.sort_by_key(|problem| problem.line);
    problems.truncate(MOST_PROBLEMS);
    report.problems = problems;
    for mut entry in sheet.entries {
        if let Some(name) = audience.as_ref().filter(|_| entry.wish == Wish::Meet) {
            entry.audience(name);
        }
        if entry.contact.name.is_empty() {
            entry.contact.name = stand_in(&entry.contact);
        }
        let (fate, note) = merge.take(&entry);
        match fate {
            Fate::Added => report.added += 1,
            Fate::Merged => report.merged += 1,
            Fate::Suppressed => report.suppressed += 1,
            Fate::Skipped => report.skipped += 1,
        }
        if report.rows.len() < MOST_ROWS {
            let Entry { line, contact, audiences, .. } = entry;
            report.rows.push(ImportedRow { line, name: contact.name, fate, note, audiences });
        }
    }
    report.audiences = merge.audiences_met();
    let changes = merge.changes();
    bounded(book, &changes)?;
    Ok(Plan { changes, report })
}

/// A book that grew past what a document may hold could never be sent to another laptop, or restored.
fn bounded(book: &Book, changes: &[Change]) -> Result<(), Error> {
    let (mut people, mut text) = (book.contacts.len(), book.contacts.values().map(weight).sum::<usize>());
    let mut refusals = book.refusals.len();
    for change in changes {
        match change {
            Change::Contact(contact) => {
                people += usize::from(!book.contacts.contains_key(&contact.id));
                text += weight(contact);
            }
            Change::Refusal(..) => refusals += 1,
            _ => {}
        }
    }
    let over =
        [(people, MOST_PEOPLE, "people"), (refusals, MOST_REFUSALS, "refusals"), (text, MOST_TEXT, "bytes of text")];
    match over.into_iter().find(|(is, most, _)| is > most) {
        Some((is, most, what)) => {
            Err(Error::failed(format!("with this file the book would hold {is} {what}; {most} is the most"))
                .hint("nothing was changed; import only those you would put in a good word for"))
        }
        None => Ok(()),
    }
}

/// How much somebody takes in a document, in bytes and about.
fn weight(contact: &Contact) -> usize {
    let texts = [&contact.name, &contact.why, &contact.site, &contact.email, &contact.notes];
    texts.into_iter().chain(contact.handles.values()).chain(&contact.feeds).map(String::len).sum()
}

/// An audience's name as the author keeps it.
fn named(book: &Book, name: &str) -> Result<String, Wrong> {
    let by_id = book.audience(&Id::from(name.trim())).map(|audience| audience.name.clone());
    let name = by_id.map_or_else(|| one_line("audience", name, MAX_NAME), Ok)?;
    if slug(&name).is_empty() {
        return Err(Wrong { message: format!("\"{name}\" is no name for an audience"), hint: None });
    }
    Ok(name)
}
