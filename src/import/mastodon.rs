//! Mastodon's own exports: accounts that are followed, lists, mutes and blocks.
//! (docs.joinmastodon.org/user/moving; the headers are those of its exporter)

use super::{
    Entry, Sheet, Wish, not_this,
    table::{Columns, Record, records},
};
use crate::{
    api::{Error, ImportFormat},
    domain::{Book, Stage},
};

const ADDRESS: &str = "account address";

/// `Account address,Show boosts,Notify on new posts,Languages`; long ago without a header.
pub fn follows(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let records = records(text, b',', sheet)?;
    let (column, records) = addressed(&records);
    if !records.iter().any(|record| is_address(record.cell(column))) && !records.is_empty() {
        return Err(not_this(ImportFormat::Mastodon, "no line begins with an account such as maria@sewing.example"));
    }
    for record in records {
        let mut entry = account(record, column);
        entry.contact.stage = Stage::Following;
        sheet.push(entry)?;
    }
    Ok(())
}

/// No header, `title,acct`: a list is an audience.
pub fn lists(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    for record in &records(text, b',', sheet)? {
        if record.width() < 2 {
            sheet.problem(record.line, "a list's line has a title and an account; this one may be cut off");
            continue;
        }
        let mut entry = account(record, 1);
        entry.contact.stage = Stage::Following;
        entry.audience(record.cell(0));
        sheet.push(entry)?;
    }
    Ok(())
}

/// Blocks (no header, one account a line) and mutes (`Account address,Hide notifications`).
pub fn suppressed(text: &str, wish: Wish, sheet: &mut Sheet) -> Result<(), Error> {
    let records = records(text, b',', sheet)?;
    let (column, records) = addressed(&records);
    for record in records {
        sheet.push(account(record, column).wishing(wish))?;
    }
    Ok(())
}

/// The column with the accounts, and the records without a header.
fn addressed(records: &[Record]) -> (usize, &[Record]) {
    let header = records.first().map(Columns::of);
    match header.map(|columns| columns.named(&[ADDRESS])).unwrap_or_default().first() {
        Some(column) => (*column, records.get(1..).unwrap_or_default()),
        None => (0, records),
    }
}

fn account(record: &Record, column: usize) -> Entry {
    let mut entry = Entry::at(record.line);
    match record.cell(column) {
        "" => entry.complain("there is no account in this line"),
        address => entry.handle("mastodon", address),
    }
    entry
}

/// An account as these files write it: `user@host`, without an `@` before it.
pub fn is_address(cell: &str) -> bool {
    crate::domain::typed::handle("mastodon", cell).is_ok_and(|handle| handle.is_some()) && !cell.contains('/')
}

/// Everybody's handle, as Mastodon imports follows.
pub fn write(book: &Book) -> String {
    let mut text = "Account address,Show boosts,Notify on new posts,Languages\n".to_owned();
    // No handle has a comma or a quotation mark in it, and without its first sign none is a formula.
    for contact in super::in_order(book).filter(|contact| !contact.never) {
        if let Some(handle) = contact.handles.get("mastodon") {
            text.push_str(&format!("{},true,false,\n", handle.trim_start_matches('@')));
        }
    }
    text
}
