//! LinkedIn's `Connections.csv`: a preamble of notes, then the table.

use super::{
    Entry, Sheet, not_this,
    table::{Columns, delimiter, first, records},
};
use crate::{
    api::{Error, ImportFormat},
    domain::Stage,
};

/// The preamble is a few lines; nobody reads on for ever.
const PREAMBLE: usize = 20;

/// How many lines stand before the table's header.
pub fn preamble(text: &str) -> Option<usize> {
    let is_header = |line: &str| {
        let line = line.to_lowercase();
        ["first name", "last name", "connected on"].iter().all(|column| line.contains(column))
    };
    text.lines().take(PREAMBLE).position(is_header)
}

/// `First Name,Last Name,URL,Email Address,Company,Position,Connected On`. Most people show no e-mail address.
pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let Some(before) = preamble(text) else {
        return Err(not_this(
            ImportFormat::Linkedin,
            "no line names the columns First Name, Last Name and Connected On",
        ));
    };
    let at: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let table = text.get(at..).unwrap_or_default();
    let records = records(table, delimiter(table), sheet)?;
    for problem in &mut sheet.problems {
        problem.line += before;
    }
    let Some((header, records)) = records.split_first() else { return Ok(()) };
    let columns = Columns::of(header);
    let column = |name| columns.named(&[name]);
    let (names, family, url) = (column("first name"), column("last name"), column("url"));
    let (email, company, position) = (column("email address"), column("company"), column("position"));
    for record in records {
        let mut entry = Entry::at(record.line + before);
        if record.width() < columns.len() {
            sheet.problem(
                entry.line,
                format!("this line has {} of {} columns; the file may be cut off", record.width(), columns.len()),
            );
            continue;
        }
        entry.name(&format!("{} {}", first(record, &names), first(record, &family)));
        entry.page(first(record, &url));
        entry.email(first(record, &email));
        let work: Vec<_> =
            [first(record, &position), first(record, &company)].into_iter().filter(|word| !word.is_empty()).collect();
        entry.note(&work.join(", "));
        entry.contact.stage = Stage::Following;
        sheet.push(entry)?;
    }
    Ok(())
}
