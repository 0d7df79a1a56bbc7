//! An X archive's `following.js`, `block.js` and `mute.js`: JSON behind a few words of JavaScript, which is never run.
//!
//! X writes numbers in the place of names. Such an entry has a page that opens, and the author says who it is.

use serde_json::Value;

use super::{Entry, Sheet, Wish, not_this};
use crate::{
    api::{Error, ImportFormat},
    domain::Stage,
};

/// How the file begins.
pub const START: &str = "window.YTD.";

pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let source = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let (head, json) = match source.strip_prefix(START).and_then(|rest| rest.split_once('=')) {
        Some((head, json)) => (head.split('.').next().unwrap_or_default().trim(), json.trim()),
        None => ("following", source),
    };
    let (key, wish) = match head {
        "following" => ("following", Wish::Meet),
        "block" => ("blocking", Wish::Block),
        "mute" => ("muting", Wish::Mute),
        "follower" => {
            return Err(not_this(ImportFormat::X, "these are the people who follow you, not those you follow")
                .hint("the archive has following.js beside it"));
        }
        other => return Err(not_this(ImportFormat::X, format!("\"{other}\" is no list of people"))),
    };
    let json = json.trim_end_matches([';', ' ', '\n', '\r', '\t']);
    let accounts: Vec<Value> = serde_json::from_str(json).map_err(|error| not_this(ImportFormat::X, error))?;
    // Each account's place in the file, as its number of the list: the file is one long value.
    let word = format!("\"{key}\"");
    let mut lines = super::json::places(source, &word);
    for (place, account) in accounts.iter().enumerate() {
        let line = lines.next().unwrap_or(place + 1);
        let Some(account) = account.get(key) else {
            sheet.problem(line, format!("entry {} is no account", place + 1));
            continue;
        };
        let text = |name| account.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut entry = Entry::at(line).wishing(wish);
        let (id, link) = (text("accountId"), text("userLink"));
        entry.page(link);
        if entry.contact.handles.is_empty() && !id.is_empty() {
            entry.name(&format!("X account {id}"));
            if entry.contact.site.is_empty() {
                entry.page(&format!("https://x.com/intent/user?user_id={id}"));
            }
        }
        if wish == Wish::Meet {
            entry.contact.stage = Stage::Following;
        }
        sheet.push(entry)?;
    }
    Ok(())
}
