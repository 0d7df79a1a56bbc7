//! Instagram's export: `following.json`, and the people who are blocked or restricted there.

use serde_json::Value;

use super::{Entry, Sheet, Wish, not_this};
use crate::{
    api::{Error, ImportFormat},
    domain::Stage,
};

/// The lists of the export, and what is wished of those in them.
pub const LISTS: [(&str, Wish); 3] = [
    ("relationships_following", Wish::Meet),
    ("relationships_blocked_users", Wish::Block),
    ("relationships_restricted_users", Wish::Mute),
];

/// `{"relationships_following":[{"title":"","string_list_data":[{"href","value","timestamp"}]}]}`; in some years the
/// name stands in `title` and nowhere else.
pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let file: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| not_this(ImportFormat::Instagram, error))?;
    let found = LISTS.iter().find_map(|(name, wish)| Some((file.get(name)?.as_array()?, *wish)));
    let Some((accounts, wish)) = found.or_else(|| Some((file.as_array()?, Wish::Meet))) else {
        return Err(not_this(ImportFormat::Instagram, "there is no relationships_following in it"));
    };
    let mut lines = super::json::places(text, "\"string_list_data\"");
    for (place, account) in accounts.iter().enumerate() {
        let line = lines.next().unwrap_or(place + 1);
        let said = account.get("string_list_data").and_then(|list| list.get(0));
        let of = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let (href, value) = (of(said.and_then(|said| said.get("href"))), of(said.and_then(|said| said.get("value"))));
        let title = of(account.get("title"));
        let mut entry = Entry::at(line).wishing(wish);
        match [value, title].into_iter().find(|name| !name.is_empty()) {
            Some(name) => entry.handle("instagram", &name),
            None => entry.page(&href),
        }
        if wish == Wish::Meet {
            entry.contact.stage = Stage::Following;
        }
        sheet.push(entry)?;
    }
    Ok(())
}
