//! `doctor`: looks for what is wrong, and says how to mend it.

mod laptops;
mod places;

use jiff::{Timestamp, Zoned, civil::date};

use super::Home;
use crate::{
    api::{Check, Error, counted},
    domain::bond::OPEN,
    platform::Folders,
    social::relations::Own,
};

/// No clock of a working laptop is before the first release.
const FIRST_RELEASE: jiff::civil::Date = date(2026, 11, 1);

/// Looks at an open home.
pub fn checks(home: &Home, now: Timestamp) -> Vec<Check> {
    let mut checks = outside(&home.folders, home.since.is_some(), home.clock(now));
    checks.extend([
        book(home),
        database(home),
        clock(home, now),
        people(home, now),
        feeds(home),
        handles(home),
        desktop(home),
        daemon(home),
        laptops::laptops(home, now),
    ]);
    checks.extend(laptops::folder(home));
    checks
}

/// Looks at a home that cannot be opened, and says what of it can be mended.
pub fn without_home(folders: &Folders, why: Error, now: Timestamp) -> Vec<Check> {
    let clock = now.to_zoned(jiff::tz::TimeZone::system());
    let mut checks = outside(folders, false, clock.clone());
    checks.push(places::database(folders));
    checks.extend(wrong_clock(&clock));
    checks.push(ill("book", why.message, why.hint.map(String::from).unwrap_or_default()));
    checks
}

fn outside(folders: &Folders, is_daemon: bool, clock: Zoned) -> Vec<Check> {
    let mut checks = vec![places::folders(folders), places::room(folders), places::config(folders)];
    if !is_daemon {
        checks.push(places::lock(folders));
    }
    checks.extend([laptops::key(folders), places::socket(folders), places::backups(folders, clock.date())]);
    checks
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
    let people = counted(home.book().people().count(), "person", "people");
    well("book", format!("{people}, {}", counted(home.book().journal.len(), "event", "events")))
}

fn database(home: &Home) -> Check {
    match home.replica.store().check() {
        Ok(()) => well("database", "whole"),
        Err(error) => ill(
            "database",
            error.to_string(),
            "goodword backup restore FILE goes on from a backup; the damaged file is kept",
        ),
    }
}

fn wrong_clock(clock: &Zoned) -> Option<Check> {
    (clock.date() < FIRST_RELEASE).then(|| {
        let message = format!("this laptop thinks it is {}", clock.date());
        ill("clock", message, "set the clock; until then days are counted wrong")
    })
}

fn clock(home: &Home, now: Timestamp) -> Check {
    let clock = home.clock(now);
    let zone = clock.time_zone().iana_name().map(str::to_owned);
    if let Some(wrong) = wrong_clock(&clock) {
        return wrong;
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
        Some(contact) => well("today", format!("{} ({})", contact.name, format!("{:?}", today.state).to_lowercase())),
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
        [] => well("feeds", format!("{}, none of them failing for long", counted(feeds.len(), "feed", "feeds"))),
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

/// The author's own handles: without them nobody can see what is between the author and the people of the book.
fn handles(home: &Home) -> Check {
    let state = home.relations();
    let mut said = Vec::new();
    for (network, place) in OPEN {
        let has_people = home.book().people().any(|contact| contact.handles.contains_key(network.as_str()));
        let Some(handle) = home.book().settings.handle_on(network) else {
            if has_people {
                said.push(format!(
                    "some of your people are on {place}; with your own handle there (goodword settings set {network} \
                     YOURS) it is seen who follows and who answers"
                ));
            }
            continue;
        };
        match state.own.get(network.as_str()) {
            Some(Own { is_unknown: true, .. }) => {
                let hint = format!("look at how it is written: goodword settings set {network} YOURS");
                return ill("handles", format!("{place} does not know your handle {handle}"), hint);
            }
            Some(Own { problem: Some(problem), .. }) => said.push(format!("{handle}: {problem}")),
            _ => said.push(handle.to_owned()),
        }
    }
    let said = if said.is_empty() { "nobody of yours is on Bluesky or Mastodon".to_owned() } else { said.join("; ") };
    well("handles", said)
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
