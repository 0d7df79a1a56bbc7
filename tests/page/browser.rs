//! Scenes in a real Chromium; what each does stands in the scripts beside this file.

use std::net::TcpListener;

use goodword::{
    domain::{Change, Contact, Event, What},
    replica::Replica,
};
use jiff::{ToSpan, Zoned};
use serde_json::json;

use crate::rig::{Rig, play, play_with};

fn furnished() -> Rig {
    let rig = Rig::start();
    rig.furnish();
    rig.tell(&["pick", "Maria Ruiz"]);
    rig
}

/// A port that nobody has, for a network of the scene's own.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A home with a year of good words in it, with holes as in any year.
fn a_year() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let now = Zoned::now();
    let person = |n: i64| {
        Change::Contact(Contact {
            id: format!("friend{n}").into(),
            name: format!("Friend {n}"),
            why: "They answer every letter".to_owned(),
            ..Contact::default()
        })
    };
    let done = |back: i64| {
        let at = now.checked_sub(back.days()).unwrap();
        let what = What::Done {
            network: Some("bluesky".to_owned()),
            item: None,
            text: Some("A good word.".to_owned()),
            url: None,
        };
        Event {
            date: at.date(),
            contact: format!("friend{}", back % 9).into(),
            device: "d".into(),
            nonce: format!("n{back}"),
            at: at.timestamp(),
            what,
        }
    };
    let answered = |n: i64| Event { nonce: format!("a{n}"), what: What::Answered, ..done(n) };
    let days = (1..360).filter(|back| back % 7 < 4 && !(120..150).contains(back));
    let events = days.map(done).chain([9, 10, 11].map(answered)).map(Change::Event);
    let changes: Vec<Change> = (0..9).map(person).chain(events).collect();
    Replica::open(home.path(), [9; 16]).unwrap().commit(&changes).unwrap();
    home
}

#[test]
fn the_first_run_leads_from_nothing_to_the_first_draft() {
    play(&Rig::start(), "first-run");
}

#[test]
fn a_whole_day_is_done_in_the_browser() {
    let port = free_port();
    let network =
        format!("[endpoints]\nbluesky_api = \"http://127.0.0.1:1/\"\nbluesky = \"http://127.0.0.1:{port}/compose\"\n");
    let rig = Rig::start_with(tempfile::tempdir().unwrap(), &network);
    rig.furnish();
    rig.tell(&["pick", "Maria Ruiz"]);
    play_with(&rig, "day", &json!({ "port": port }));
}

#[test]
fn a_persons_stage_shows_its_evidence_and_today_the_next_step() {
    let port = free_port();
    let network = format!("[endpoints]\nbluesky_api = \"http://127.0.0.1:{port}/\"\n");
    let rig = Rig::start_with(tempfile::tempdir().unwrap(), &network);
    rig.furnish();
    rig.tell(&["settings", "set", "mastodon", ""]);
    rig.tell(&["pick", "Maria Ruiz"]);
    play_with(&rig, "bond", &json!({ "port": port }));
}

#[test]
fn two_laptops_are_paired_renamed_parted_and_paired_again() {
    let (desk, lap) = (Rig::start(), Rig::start());
    desk.furnish();
    lap.tell(&["contact", "add", "Ben Bee", "--why", "Keeps bees and a diary of each hive"]);
    play_with(&desk, "laptops", &json!({ "other": { "home": lap.home.path() } }));
}

#[test]
fn a_change_elsewhere_shows_and_takes_no_typed_word_away() {
    play(&furnished(), "live");
}

#[test]
fn people_come_along_from_a_file_that_is_dropped_after_a_look_at_it() {
    play(&Rig::start(), "import");
}

#[test]
fn whom_the_author_follows_comes_along_without_a_file() {
    let port = free_port();
    let network = format!("[endpoints]\nbluesky_api = \"http://127.0.0.1:{port}/\"\n");
    let rig = Rig::start_with(tempfile::tempdir().unwrap(), &network);
    play_with(&rig, "follows", &json!({ "port": port }));
}

#[test]
fn people_are_found_at_an_address_and_through_whom_it_recommends() {
    play(&Rig::start(), "discover");
}

#[test]
fn everything_of_today_is_reached_by_keyboard() {
    play(&furnished(), "keyboard");
}

#[test]
fn every_room_is_accessible_light_dark_and_narrow() {
    let rig = Rig::start_with(a_year(), "");
    rig.furnish();
    rig.tell(&["done", "Tom Okafor", "--network", "bluesky"]);
    rig.tell(&["contact", "answered", "Tom Okafor"]);
    play(&rig, "looks");
}

#[test]
fn a_day_is_done_without_scripting() {
    play(&furnished(), "without-script");
}

#[test]
fn another_site_gets_nothing_also_under_a_name_that_points_at_us() {
    play(&furnished(), "rebinding");
}

#[test]
fn hostile_text_does_nothing_in_a_browser() {
    let rig = Rig::start();
    crate::text::infest(&rig);
    play(&rig, "harmless");
}
