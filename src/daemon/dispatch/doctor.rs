//! `doctor`: looks for what is wrong, and says how to mend it.

use std::os::unix::fs::PermissionsExt;

use jiff::{Timestamp, civil::date};

use super::Home;
use crate::api::Check;

/// No clock of a working laptop is before the first release.
const FIRST_RELEASE: jiff::civil::Date = date(2026, 11, 1);

pub fn checks(home: &Home, now: Timestamp) -> Vec<Check> {
    vec![
        book(home),
        disk(home),
        backups(home, now),
        folders(home),
        clock(home, now),
        people(home, now),
        feeds(home),
        desktop(home),
        daemon(home),
    ]
}

fn well(check: &str, message: impl Into<String>) -> Check {
    Check { check: check.to_owned(), ok: true, message: message.into(), hint: None }
}

fn ill(check: &str, message: impl Into<String>, hint: impl Into<String>) -> Check {
    Check { check: check.to_owned(), ok: false, message: message.into(), hint: Some(hint.into()) }
}

fn book(home: &Home) -> Check {
    if home.book().refuses_writes() {
        return ill(
            "book",
            "a newer goodword wrote this book, so this one only reads it",
            "update goodword on this laptop",
        );
    }
    well("book", format!("{} people, {} events", home.book().people().count(), home.book().journal.len()))
}

fn disk(home: &Home) -> Check {
    match home.replica.store().check() {
        Ok(()) => well("database", "whole"),
        Err(error) => ill(
            "database",
            error.to_string(),
            "goodword backup restore FILE goes on from a backup; the damaged file is kept",
        ),
    }
}

fn backups(home: &Home, now: Timestamp) -> Check {
    let hint = "goodword backup now makes one; the daemon makes one a day";
    match home.replica.backups() {
        Err(error) => ill("backups", error.to_string(), hint),
        Ok(backups) => match backups.first() {
            None => ill("backups", "there is none yet", hint),
            Some(newest) => {
                let age = home.clock(now).date().since(newest.date).map(|span| span.get_days()).unwrap_or_default();
                let message = format!("{} of them, the newest of {}", backups.len(), newest.date);
                if age > 7 { ill("backups", message, hint) } else { well("backups", message) }
            }
        },
    }
}

fn folders(home: &Home) -> Check {
    let data = &home.folders.data;
    match std::fs::metadata(data) {
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => ill(
            "folders",
            format!("others on this machine can look into {}", data.display()),
            format!("chmod 700 '{}'", data.display()),
        ),
        Ok(_) => well("folders", data.display().to_string()),
        Err(error) => ill("folders", format!("{}: {error}", data.display()), "goodword init makes them anew"),
    }
}

fn clock(home: &Home, now: Timestamp) -> Check {
    let clock = home.clock(now);
    let zone = clock.time_zone().iana_name().map(str::to_owned);
    if clock.date() < FIRST_RELEASE {
        return ill(
            "clock",
            format!("this laptop thinks it is {}", clock.date()),
            "set the clock; until then days are counted wrong",
        );
    }
    let ahead = home
        .book()
        .journal
        .values()
        .map(|event| event.at)
        .max()
        .filter(|last| *last > now + jiff::SignedDuration::from_hours(36));
    if let Some(last) = ahead {
        let message = format!(
            "the diary has an entry from {}, which is still to come",
            last.to_zoned(clock.time_zone().clone()).date()
        );
        return ill("clock", message, "one of your laptops had a wrong clock; the entry counts when its day comes");
    }
    match zone {
        Some(zone) => well("clock", format!("{} in {zone}", clock.strftime("%Y-%m-%d %H:%M"))),
        None => ill(
            "clock",
            "this laptop does not say which time zone it is in",
            "goodword settings set zone Europe/Berlin fixes one",
        ),
    }
}

fn people(home: &Home, now: Timestamp) -> Check {
    let today = super::day::today(home, now);
    match today.contact {
        Some(contact) => well("today", format!("{} ({:?})", contact.name, today.state).to_lowercase()),
        None => ill(
            "today",
            today.reasons.first().cloned().unwrap_or_default(),
            today.reasons.get(1).cloned().unwrap_or_default(),
        ),
    }
}

fn feeds(home: &Home) -> Check {
    let feeds = home.replica.store().feeds().unwrap_or_default();
    let failing: Vec<_> = feeds.iter().filter(|feed| feed.failures > 2).collect();
    match failing.as_slice() {
        [] => well("feeds", format!("{} feeds, none of them failing for long", feeds.len())),
        [first, ..] => ill(
            "feeds",
            format!(
                "{} of {} cannot be read; {}: {}",
                failing.len(),
                feeds.len(),
                first.url,
                first.error.as_deref().unwrap_or("no answer")
            ),
            "goodword feeds list shows all; open the address in a browser to see whether it moved",
        ),
    }
}

fn desktop(home: &Home) -> Check {
    match (&home.desktop, home.since, home.may_notify()) {
        (_, _, false) => well("desktop", "this device does not notify (config.toml)"),
        (_, None, _) => well("desktop", "known while the daemon runs"),
        (Some((server, true)), ..) => well("desktop", server.clone()),
        (Some((server, false)), ..) => ill(
            "desktop",
            format!("{server} shows no buttons"),
            "goodword today has the draft; goodword done, another and skip are the buttons",
        ),
        (None, Some(_), _) => {
            ill("desktop", "no notification server answers", "the day waits for one; goodword today shows it here")
        }
    }
}

fn daemon(home: &Home) -> Check {
    match home.since {
        Some(_) => well("daemon", "running"),
        None => ill("daemon", "not running", "goodword service install starts it with your desktop"),
    }
}
