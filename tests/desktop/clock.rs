//! The real daemon under a clock that the test moves (libfaketime): over the hour, back, forth by days, over midnight.

use std::path::PathBuf;

use super::{
    author::{Author, OFFER},
    rig::Rig,
};

/// A clock that stands until it is moved; the monotonic one goes on.
pub struct Clock(PathBuf);

impl Clock {
    pub fn set(&self, to: &str) {
        let new = self.0.with_extension("new");
        std::fs::write(&new, to).unwrap();
        std::fs::rename(new, &self.0).unwrap();
    }
}

pub fn author(now: &str, hour: &str) -> Option<(Author, Clock)> {
    author_on(now, hour, Rig::start)
}

fn author_on(now: &str, hour: &str, rig: fn() -> Option<Rig>) -> Option<(Author, Clock)> {
    let library = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|dir| dir.path());
    let Some(library) = library.map(|dir| dir.join("faketime/libfaketime.so.1")).find(|path| path.is_file()) else {
        assert!(std::env::var_os("CI").is_none(), "libfaketime is missing");
        eprintln!("skipped: libfaketime is missing");
        return None;
    };
    let rig = rig()?;
    let clock = Clock(rig.dir().join("clock"));
    clock.set(now);
    let environment = [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", clock.0.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("TZ", "UTC".to_owned()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Some((Author::at(rig, hour, environment), clock))
}

/// From here on only the clock can tell the daemon anything: it has found its server.
pub fn start(author: &mut Author) {
    author.start();
    author.until("the server is known", || author.cli(&["status"])["desktop"]["server"].is_string());
}

#[test]
fn the_alarm_itself_rings_when_the_hour_comes() {
    let Some((mut author, clock)) = author("2026-11-22 08:59:30", "09:00") else { return };
    start(&mut author);
    assert_eq!(author.cli(&["status"])["schedule"]["next"], "2026-11-22T09:00:00+00:00[UTC]");
    assert_eq!(author.rig.on_screen(), 0);
    clock.set("2026-11-22 09:00:01");
    // Nobody asks the daemon anything from here on.
    author.until("the notification", || author.rig.on_screen() == 1);
}

#[test]
#[ignore = "takes up to a minute: the alarm's slice"]
fn a_clock_that_jumps_over_the_hour_is_noticed_within_a_slice() {
    let Some((mut author, clock)) = author("2026-11-22 07:00:00", "09:00") else { return };
    start(&mut author);
    clock.set("2026-11-22 10:00:00");
    let since = std::time::Instant::now();
    while author.rig.on_screen() == 0 {
        assert!(since.elapsed().as_secs() < 70, "nobody looked at the clock");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    println!("noticed after {:?}", since.elapsed());
}

#[test]
fn days_away_bring_one_person_and_a_clock_set_back_none() {
    let Some((mut author, clock)) = author("2026-11-22 08:00:00", "09:00") else { return };
    author.start();
    clock.set("2026-11-22 10:00:00");
    author.cli(&["today"]);
    author.until_state("Maria Ruiz", "shown");
    author.cli(&["done"]);
    author.until_gone();
    clock.set("2026-11-22 08:30:00");
    author.cli(&["today"]);
    clock.set("2026-11-22 11:00:00");
    author.cli(&["today"]);
    assert_eq!((author.rig.shown().len(), author.rig.on_screen()), (1, 0));
    clock.set("2026-11-30 11:00:00");
    author.cli(&["today"]);
    author.until("one more", || author.rig.on_screen() == 1);
    author.cli(&["today"]);
    assert_eq!((author.rig.shown().len(), author.written("shown")), (2, 2));
}

#[test]
fn midnight_takes_the_open_notification_down_and_the_hour_brings_the_next() {
    let Some((mut author, clock)) = author("2026-11-22 23:50:00", "09:00") else { return };
    author.start();
    author.until_shown(&[OFFER]);
    author.until_state("Maria Ruiz", "shown");
    clock.set("2026-11-23 00:00:10");
    author.cli(&["today"]);
    author.until_gone();
    clock.set("2026-11-23 09:00:00");
    author.cli(&["today"]);
    author.until("the next day's", || author.rig.on_screen() == 1);
    assert_eq!(author.written("shown"), 2);
}

#[test]
fn later_comes_again_at_its_time_and_stays_closed_when_it_is_closed() {
    let Some((mut author, clock)) = author("2026-11-22 10:00:00", "09:00") else { return };
    author.start();
    author.until_state("Maria Ruiz", "shown");
    // A clock that stands would let both happen in one instant.
    clock.set("2026-11-22 10:01:00");
    author.cli(&["later", "119m"]);
    author.until_gone();
    clock.set("2026-11-22 11:59:00");
    author.cli(&["today"]);
    assert_eq!(author.rig.on_screen(), 0);
    clock.set("2026-11-22 12:00:00");
    author.cli(&["today"]);
    author.until_shown(&[OFFER, OFFER]);
    author.rig.dismiss();
    author.until_gone();
    clock.set("2026-11-22 12:05:00");
    for _ in 0..3 {
        author.cli(&["today"]);
    }
    // Other laptops hear of both.
    assert_eq!((author.rig.shown().len(), author.written("shown")), (2, 2));
}

#[test]
fn a_server_that_comes_an_hour_later_shows_the_day_once() {
    let Some((mut author, clock)) = author_on("2026-11-22 08:59:00", "09:00", Rig::without_server) else { return };
    author.start();
    for minute in ["09:00", "09:20", "09:59"] {
        clock.set(&format!("2026-11-22 {minute}:30"));
        author.cli(&["today"]);
    }
    assert_eq!(author.cli(&["today"])["state"], "planned");
    clock.set("2026-11-22 10:00:30");
    author.rig.start_dunst();
    author.until_shown(&[OFFER]);
    author.until_state("Maria Ruiz", "shown");
    author.cli(&["today"]);
    assert_eq!((author.rig.shown().len(), author.written("shown")), (1, 1));
}
