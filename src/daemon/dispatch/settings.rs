//! `settings`: what the author decides once for all laptops.

use jiff::Timestamp;

use super::{Home, typed};
use crate::{
    api::{Answer, Error, Request, SettingRow},
    domain::{Change, settings::KEYS},
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
        let value = checked(&key, &value)?;
        let mut settings = home.book().settings.clone();
        settings
            .set(&key, &value, today)
            .map_err(|why| Error::usage(why).hint("goodword settings list shows every setting"))?;
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

/// The values that are free text, within their limits and in their normal form; the settings know the others.
fn checked(key: &str, value: &str) -> Result<String, Error> {
    match key {
        "name" => typed::one_line("name", value, typed::MAX_NAME),
        "mastodon" | "bluesky" => Ok(typed::handle(key, value)?.unwrap_or_default()),
        // It is sent in a header, so that a site's owner can write or look there.
        "contact_address" if value.contains('@') => typed::email_address(value),
        "contact_address" if value.trim().is_empty() => Ok(String::new()),
        "contact_address" => typed::web_address("contact_address", value),
        "language" => {
            let value = value.trim().to_lowercase();
            let is_tag =
                (2..=35).contains(&value.len()) && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let wrong =
                || Error::usage(format!("\"{value}\" is no language")).hint("write a short name, such as en or de");
            is_tag.then_some(value.clone()).ok_or_else(wrong)
        }
        _ => Ok(value.to_owned()),
    }
}
