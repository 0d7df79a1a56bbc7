//! `settings set`: says what the setting is now; the whole list would bury it.

use super::{Printed, client, printed};
use crate::{
    api::{Answer, Error, Request},
    platform::Folders,
};

pub fn set(folders: &Folders, key: String, value: String) -> Result<Printed, Error> {
    let answer = client::ask(folders, Request::SettingsSet { key: key.clone(), value })?;
    let now = match &answer {
        Answer::Settings(rows) => rows.iter().find(|row| row.key == key).map(|row| row.value.clone()),
        _ => None,
    };
    let mut both = printed(answer);
    if let Some(now) = now {
        both.text = if now.is_empty() { format!("{key} is unset now.\n") } else { format!("{key} is {now} now.\n") };
    }
    Ok(both)
}
