//! Scenes in a real Chromium; what each does stands in `drive.mjs`.

use std::net::TcpListener;

use crate::rig::{Rig, play};

fn furnished() -> Rig {
    let rig = Rig::start();
    rig.furnish();
    rig
}

#[test]
fn the_first_run_leads_from_nothing_to_the_first_draft() {
    play(&Rig::start(), "first-run", 0);
}

#[test]
fn a_whole_day_is_done_in_the_browser() {
    // A port that nobody has, for a network that takes the draft.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let network = format!("[endpoints]\nbluesky = \"http://127.0.0.1:{port}/compose\"\n");
    let rig = Rig::start_with(tempfile::tempdir().unwrap(), &network);
    rig.furnish();
    play(&rig, "day", port);
}

#[test]
fn a_change_elsewhere_shows_and_takes_no_typed_word_away() {
    play(&furnished(), "live", 0);
}

#[test]
fn everything_of_today_is_reached_by_keyboard() {
    play(&furnished(), "keyboard", 0);
}

#[test]
fn every_room_is_accessible_light_dark_and_narrow() {
    let rig = furnished();
    rig.tell(&["done", "Tom Okafor", "--network", "bluesky"]);
    rig.tell(&["contact", "answered", "Tom Okafor"]);
    play(&rig, "looks", 0);
}

#[test]
fn a_day_is_done_without_scripting() {
    play(&furnished(), "without-script", 0);
}

#[test]
fn hostile_text_does_nothing_in_a_browser() {
    let rig = Rig::start();
    crate::text::infest(&rig);
    play(&rig, "harmless", 0);
}
