//! `settings`: what the author decides once for all laptops.

use jiff::Timestamp;

use super::Home;
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
