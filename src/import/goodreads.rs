//! Goodreads' library: the authors of books that got four or five stars are people to thank.

use std::collections::BTreeMap;

use super::{
    Entry, Sheet, not_this,
    table::{Columns, first, records},
};
use crate::api::{Error, ImportFormat};

/// Stars from which an author is somebody to thank.
const LIKED: u8 = 4;
/// Titles that are noted of one author.
const TITLES: usize = 5;

/// Whether these columns are Goodreads'.
pub fn is_goodreads(columns: &Columns) -> bool {
    ["author", "my rating", "title"].iter().all(|name| columns.has(name))
}

/// `Book Id,Title,Author,..,My Rating,..`; an ISBN is written as a formula and not looked at.
pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let records = records(text, b',', sheet)?;
    let Some((header, records)) = records.split_first() else { return Ok(()) };
    let columns = Columns::of(header);
    if !is_goodreads(&columns) {
        return Err(not_this(ImportFormat::Goodreads, "its first line has no columns Title, Author and My Rating"));
    }
    let (author, title, rating) =
        (columns.named(&["author"]), columns.named(&["title"]), columns.named(&["my rating"]));
    // By author, in the order of the file.
    let mut thanked: BTreeMap<String, Entry> = BTreeMap::new();
    let mut titles: BTreeMap<String, usize> = BTreeMap::new();
    for record in records {
        if record.width() < columns.len() {
            let message =
                format!("this line has {} of {} columns; the file may be cut off", record.width(), columns.len());
            sheet.problem(record.line, message);
            continue;
        }
        let stars: u8 = match first(record, &rating) {
            "" => 0,
            stars => match stars.parse() {
                Ok(stars) => stars,
                Err(_) => {
                    sheet.problem(record.line, format!("\"{stars}\" is no number of stars"));
                    continue;
                }
            },
        };
        let name = first(record, &author).split_whitespace().collect::<Vec<_>>().join(" ");
        if stars < LIKED {
            continue;
        }
        let entry = thanked.entry(name.to_lowercase()).or_insert_with(|| {
            let mut entry = Entry::at(record.line);
            entry.name(&name);
            entry
        });
        let count = titles.entry(name.to_lowercase()).or_default();
        *count += 1;
        if *count <= TITLES {
            entry.note(&format!("You gave \"{}\" {stars} stars.", first(record, &title)));
        }
    }
    let mut thanked: Vec<_> = thanked.into_values().collect();
    thanked.sort_by_key(|entry| entry.line);
    thanked.into_iter().try_for_each(|entry| sheet.push(entry))
}
