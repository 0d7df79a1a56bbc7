//! `settings`: what the author decides once for all laptops.

use jiff::Timestamp;

use super::Home;
use crate::{
    api::{Answer, Error, Next, Request, SettingRow},
    domain::{Change, settings::KEYS, typed},
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    let today = home.clock(now).date();
    if let Request::SettingsSet { key, value } = request {
        if key == "zone" && !matches!(value.trim(), "device" | "") {
            jiff::tz::TimeZone::get(value.trim()).map_err(|_| {
                Error::usage(format!("there is no zone \"{}\"", value.trim()))
                    .hint("write device, or a name such as Europe/Berlin")
            })?;
        }
        let value = match key.as_str() {
            "language" if !value.trim().is_empty() => language(home, &value)?,
            _ => checked(&key, &value)?,
        };
        let mut settings = home.book().settings.clone();
        settings.set(&key, &value, today).map_err(|why| Error::usage(why).hint(Next::Settings))?;
        home.commit(&[Change::Settings(settings)])?;
    }
    let settings = &home.book().settings;
    let row = |(key, about): &(&str, &str)| SettingRow {
        key: (*key).to_owned(),
        value: settings.get(key, today).unwrap_or_default(),
        about: (*about).to_owned(),
    };
    Ok(Answer::Settings(KEYS.iter().map(row).collect()))
}

/// A language there is a phrase book for: drafts in another one would not be what the author asked for.
fn language(home: &Home, value: &str) -> Result<String, Error> {
    let value = value.trim().to_lowercase();
    let code = value.split('-').next().unwrap_or_default();
    let known: Vec<_> = home.phrases.languages().map(|(code, _)| code).collect();
    if known.contains(&code) && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(value);
    }
    let message = format!("there is no phrase book for \"{value}\"; there are {}", known.join(", "));
    Err(Error::usage(message)
        .hint("write a short name, such as en or de; a book of your own goes into the folder phrases"))
}

/// The values that are free text, within their limits and in their normal form; the settings know the others.
fn checked(key: &str, value: &str) -> Result<String, typed::Wrong> {
    match key {
        "name" => typed::one_line("name", value, typed::MAX_NAME),
        "mastodon" | "bluesky" => Ok(typed::handle(key, value)?.unwrap_or_default()),
        // It is sent in a header, so that a site's owner can write or look there.
        "contact_address" if value.contains('@') => typed::email_address(value),
        "contact_address" if value.trim().is_empty() => Ok(String::new()),
        "contact_address" => typed::web_address("contact_address", value),
        _ => Ok(value.to_owned()),
    }
}
