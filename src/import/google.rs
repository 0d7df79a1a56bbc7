//! Google Contacts' CSV, the columns of today (`First Name`, `Labels`) and of earlier years (`Given Name`,
//! `Group Membership`). Several values stand in one cell with ` ::: ` between them.

use super::{
    Entry, Sheet, not_this,
    table::{Columns, Record, delimiter, first, folded, quiet_back, records},
};
use crate::{
    api::{Error, ImportFormat},
    domain::Kind,
};

/// Whether these columns are Google's.
pub fn is_google(columns: &Columns) -> bool {
    columns.has("organization name")
        || !columns.numbered("e-mail ", " - value").is_empty()
        || !columns.numbered("organization ", " - name").is_empty()
}

pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let records = records(text, delimiter(text), sheet)?;
    let Some((header, records)) = records.split_first() else { return Ok(()) };
    let columns = Columns::of(header);
    if !is_google(&columns) {
        return Err(not_this(ImportFormat::Google, "its first line has no column E-mail 1 - Value"));
    }
    let named = |names: &[&str]| columns.named(names);
    let whole = named(&["name", "file as"]);
    let parts = [["first name", "given name"], ["middle name", "additional name"], ["last name", "family name"]];
    let parts = parts.map(|names| named(&names));
    let organisation = [named(&["organization name"]), columns.numbered("organization ", " - name")].concat();
    let emails = columns.numbered("e-mail ", " - value");
    let sites = columns.numbered("website ", " - value");
    let (notes, labels) = (named(&["notes"]), named(&["labels", "group membership"]));
    for record in records {
        let mut entry = Entry::at(record.line);
        let name = parts
            .iter()
            .map(|columns| first(record, columns))
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        let organisation = quiet_back(first(record, &organisation));
        match (name.as_str(), first(record, &whole)) {
            ("", "") if !organisation.is_empty() => {
                entry.name(organisation);
                entry.contact.kind = Kind::Organisation;
            }
            ("", whole) => entry.name(quiet_back(whole)),
            (name, _) => entry.name(quiet_back(name)),
        }
        values(record, &emails).for_each(|email| entry.email(email));
        values(record, &sites).for_each(|site| entry.page(site));
        entry.note(quiet_back(first(record, &notes)));
        // `* myContacts` and its like are Google's own, and everybody is in them.
        values(record, &labels)
            .filter(|label| !label.starts_with('*') && folded(label) != "mycontacts")
            .for_each(|label| entry.audience(label));
        sheet.push(entry)?;
    }
    Ok(())
}

fn values<'a>(record: &'a Record, columns: &'a [usize]) -> impl Iterator<Item = &'a str> {
    columns
        .iter()
        .flat_map(|column| record.cell(*column).split(" ::: "))
        .map(str::trim)
        .filter(|value| !value.is_empty())
}
