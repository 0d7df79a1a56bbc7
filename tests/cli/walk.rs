//! A new author's first week, step by step; the same with a daemon and without.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::{Home, file, site_with_feed, today};

fn walk(home: &Home) {
    begins(home);
    has_a_day(home);
    acts_and_takes_it_back(home);
    looks_after_people(home);
    thinks_of_audiences(home);
    takes_the_book_along(home);
}

#[test]
fn an_author_walks_through_everything_without_a_daemon() {
    walk(&Home::empty());
}

#[test]
fn an_author_walks_through_everything_with_a_daemon() {
    walk(&Home::with_daemon());
}

fn begins(home: &Home) {
    let nobody = home.run(&["today", "--json"]);
    assert_eq!((nobody.code, &nobody.json()["state"]), (3, &json!("none")), "nobody is in an empty book");
    let init = home.ok(&["init", "--name", "Nora", "--work", "The Button Ledger", "--genre", "historical fiction"]);
    assert!(init.contains("contact add"), "what comes next: {init}");
    home.ok(&["init", "--name", "Nora Ashby", "--work", "The Button Ledger"]);
    assert_eq!(home.json(&["work", "list"]).as_array().unwrap().len(), 1, "init twice is one work");
    assert_eq!(home.ok(&["settings", "set", "networks", "bluesky,mastodon"]), "networks is bluesky,mastodon now.\n");
    let site = site_with_feed();
    let why = "Maria sews every buttonhole by hand";
    let audience = "Civil War re-enactors";
    home.ok(&["audience", "add", audience, "--via", "The Button", "--bridge", "they will check your buttons"]);
    let add = ["contact", "add", "Maria Ruiz", "--why", why, "--audience", audience, "--site", &site];
    let maria = home.json(&[&add[..], &["--bluesky", "@Maria.example"]].concat());
    assert_eq!(maria["feeds"], json!([format!("{site}/rss.xml")]), "the feed is found: {maria}");
    assert_eq!(maria["handles"], json!({ "bluesky": "maria.example" }));
    home.ok(&["contact", "add", "Marta Silva", "--why", "She answers every letter", "--audience", "Museum folk"]);
}

fn has_a_day(home: &Home) {
    home.ok(&["pick", "Maria"]);
    let day = home.json(&["today"]);
    assert_eq!(day["contact"]["name"], "Maria Ruiz");
    assert_eq!(day["item"]["url"], "https://maria.example/coat", "without what tracks readers");
    let text = day["draft"]["text"].as_str().unwrap();
    assert!(text.contains("https://maria.example/coat") && text.contains("@maria.example"), "{text}");
    let share = day["draft"]["share_url"].as_str().unwrap();
    assert!(share.starts_with("https://bsky.app/intent/compose?text="), "{share}");
    assert_ne!(home.json(&["draft", "--turn", "1"])["text"], day["draft"]["text"]);
    assert!(home.ok(&["draft", "--explain"]).contains("ok  length"));
    let editor = file(home.dir.path(), "editor", b"#!/bin/sh\nprintf 'My own words' > \"$1\"\n");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = home.command().args(["draft", "--edit", "--json"]).env("EDITOR", editor).output().unwrap();
    let edited: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&edited["text"], &edited["length"]), (&json!("My own words"), &json!(12)));
}

fn acts_and_takes_it_back(home: &Home) {
    let item = |day: &serde_json::Value| day["item"]["title"].clone();
    let later = home.json(&["later", "45m"]);
    assert_eq!((&later["state"], item(&later)), (&json!("later"), json!("How to sew a sack coat")));
    assert!(later["later_until"].is_string());
    home.fails(2, "skip", &["later", "13h"]);
    home.ok(&["undo"]);
    let skipped = home.json(&["skip"]);
    assert_eq!(skipped["state"], "skipped");
    home.fails(3, "undo", &["done"]);
    assert!(home.ok(&["undo"]).contains("the day is open again"));
    assert_eq!(home.json(&["another", "--why-not", "not today"])["contact"]["name"], "Marta Silva");
    let nobody = home.run(&["another", "--json"]);
    assert_eq!((nobody.code, &nobody.json()["state"]), (3, &json!("none")));
    home.ok(&["undo"]);
    home.ok(&["undo"]);
    let before = home.json(&["today"]);
    let done = home.json(&["done", "--network", "bluesky"]);
    assert_eq!((&done["state"], &done["draft"]["text"]), (&json!("done"), &before["draft"]["text"]));
    assert_eq!(home.json(&["today"])["draft"]["text"], before["draft"]["text"], "what went out stays what it was");
    home.fails(3, "already", &["done"]);
    home.ok(&["done", "Marta", "--network", "mastodon", "--text", "Thank you, Marta"]);
    let undone = home.ok(&["undo"]);
    assert!(undone.contains("stays posted; only you can remove it there"), "{undone}");
    let diary = home.json(&["diary", "--since", &today().to_string()]);
    assert_eq!(diary["entries"].as_array().unwrap().len(), 1, "{diary}");
    assert_eq!(diary["ledger"]["supported"], 1);
    home.ok(&["contact", "answered", "Maria"]);
    assert_eq!(home.json(&["diary"])["ledger"]["answered"], 1);
}

fn looks_after_people(home: &Home) {
    home.fails(1, "Maria Ruiz", &["contact", "show", "Mar"]);
    let id = home.json(&["contact", "show", "marta silva"])["id"].as_str().unwrap().to_owned();
    assert_eq!(home.json(&["contact", "show", &id])["name"], "Marta Silva", "an id is a name");
    home.ok(&[
        "contact",
        "edit",
        "Marta",
        "--priority",
        "high",
        "--mastodon",
        "@marta@m.example",
        "--audience",
        "Letters",
    ]);
    let marta = home.json(&["contact", "list", "--audience", "Letters"]);
    assert_eq!(marta[0]["handles"]["mastodon"], "@marta@m.example");
    home.fails(
        1,
        "Marta Silva already has",
        &["contact", "add", "Double", "--why", "w", "--mastodon", "@marta@m.example"],
    );
    home.ok(&["contact", "mute", "Marta"]);
    assert_eq!(home.json(&["contact", "list", "--search", "letter"])[0]["muted"], true);
    home.ok(&["contact", "unmute", "Marta"]);
    home.ok(&["contact", "never", "Marta"]);
    home.fails(5, "final", &["pick", "Marta", "--on", &today().tomorrow().unwrap().to_string()]);
    assert!(home.ok(&["contact", "remove", "Marta"]).contains("stays in the diary"));
    home.fails(1, "contact list", &["contact", "show", "Marta"]);
    let feeds = home.json(&["feeds", "refresh", "Maria"]);
    assert_eq!((&feeds[0]["items"], &feeds[0]["error"]), (&json!(1), &json!(null)));
}

fn thinks_of_audiences(home: &Home) {
    let all = home.json(&["audience", "suggest", "--genre", "historical fiction"]);
    let id = all[0]["id"].as_str().unwrap();
    let text = home.ok(&["audience", "suggest", "--genre", "historical fiction"]);
    assert!(text.lines().count() < 45 && text.contains("audience keep"), "a screenful: {text}");
    let kept = home.json(&["audience", "keep", id]);
    assert!(kept.as_array().unwrap().iter().any(|row| row["name"] == all[0]["name"] && row["kept"] == true));
    home.ok(&["audience", "drop", id]);
    let again = home.json(&["audience", "suggest", "--genre", "historical fiction"]);
    assert!(again.as_array().unwrap().iter().all(|row| row["id"] != id), "dropped is dropped");
    let tied = home.json(&["audience", "tie", "Civil", "Museum", "--bridge", "they lend each other coats"]);
    assert_eq!(tied["ties"], json!([{ "name": "Museum folk", "bridge": "they lend each other coats" }]));
}

#[test]
fn somebody_comes_into_a_suggested_audience_by_the_name_it_is_shown_with() {
    let home = Home::empty();
    let all = home.json(&["audience", "suggest", "--genre", "historical fiction", "--depth", "2"]);
    let ids: Vec<&str> = all.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    let kept = home.json(&[&["audience", "keep"], ids.as_slice()].concat());
    let names: Vec<String> =
        kept.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    let all = names.iter().flat_map(|name| ["--audience", name]);
    home.ok(&["contact", "add", "Maria", "--why", "w"].into_iter().chain(all).collect::<Vec<_>>());
    let file = home.dir.path().join("tom.csv");
    std::fs::write(&file, format!("name,why,audiences\nTom,w,\"{}\"\n", names.join(";"))).unwrap();
    home.ok(&["contact", "import", file.to_str().unwrap()]);
    let after = home.json(&["audience", "list"]);
    assert_eq!(after.as_array().unwrap().len(), names.len(), "none of them was made twice");
    assert!(after.as_array().unwrap().iter().all(|row| row["contacts"] == 2), "{after}");
}

fn takes_the_book_along(home: &Home) {
    let second = Home::empty();
    for name in ["book.json", "book.automerge"] {
        let path = home.dir.path().join(name);
        let path = path.to_str().unwrap();
        home.ok(&["export", path]);
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        second.ok(&["import-book", path]);
        assert_eq!(second.json(&["contact", "list"]), home.json(&["contact", "list"]), "{name}");
    }
    assert_eq!(second.json(&["diary"])["ledger"], home.json(&["diary"])["ledger"]);
    let backups = home.json(&["backup", "now"]);
    home.ok(&["backup", "restore", backups[0]["file"].as_str().unwrap()]);
    assert_eq!(home.json(&["backup", "list"]), backups);
}

#[test]
fn with_and_without_a_daemon_the_answers_are_the_same() {
    let mut home = Home::with_daemon();
    home.ok(&[
        "contact",
        "add",
        "Maria Ruiz",
        "--why",
        "She sews",
        "--audience",
        "Sewers",
        "--bluesky",
        "maria.example",
    ]);
    home.ok(&["work", "add", "The Button Ledger", "--genre", "historical fiction"]);
    home.ok(&["today"]);
    home.ok(&["done", "--network", "bluesky"]);
    let asks: [&[&str]; 13] = [
        &["today"],
        &["draft"],
        &["diary"],
        &["work", "list"],
        &["audience", "list"],
        &["audience", "show", "Sewers"],
        &["contact", "list"],
        &["contact", "show", "Maria"],
        &["contact", "show", "nobody"],
        &["feeds", "list"],
        &["settings", "list"],
        &["done"],
        &["pick", "Maria", "--on", "2001-01-01"],
    ];
    let answers = |home: &Home| -> Vec<_> {
        let both = asks.iter().flat_map(|ask| [home.run(ask), home.run(&[ask, &["--json"][..]].concat())]);
        both.map(|ran| (ran.code, ran.out, ran.err)).collect()
    };
    let with = answers(&home);
    let status = home.json(&["status"]);
    assert!(home.stop(), "SIGTERM is a good end");
    assert_eq!(answers(&home), with);
    let without = home.json(&["status"]);
    assert_eq!((&without["document"], &without["pid"]), (&status["document"], &json!(null)));
    assert!(status["pid"].is_u64());
}

#[test]
fn a_second_daemon_waits_and_then_says_who_holds_the_home() {
    let home = Home::with_daemon();
    let pid = home.json(&["status"])["pid"].to_string();
    let second = home.run(&["daemon"]);
    assert_eq!(second.code, 4, "{}", second.err);
    assert!(second.err.contains(&format!("process {pid}")), "{}", second.err);
    home.ok(&["contact", "list"]);
}

#[test]
fn a_command_beside_a_home_that_is_held_says_who_holds_it() {
    let home = Home::empty();
    home.ok(&["contact", "list"]);
    let _held = goodword::store::lock::Lock::take(&home.path(), std::time::Duration::ZERO).unwrap();
    let pid = std::process::id();
    home.fails(4, &format!("process {pid}"), &["contact", "list"]);
    assert_eq!(home.json(&["status"])["pid"], json!(null), "status needs no lock");
}

#[test]
fn commands_that_meet_a_starting_daemon_are_all_served() {
    let mut home = Home::empty();
    std::thread::scope(|scope| {
        let (path, dir) = (home.path(), home.dir.path().to_owned());
        for n in 0..5 {
            let (path, dir) = (path.clone(), dir.clone());
            scope.spawn(move || {
                let mut command = std::process::Command::new(crate::GOODWORD);
                command.env_clear().env("HOME", dir).env("GOODWORD_HOME", path);
                let output = command.args(["contact", "add", &format!("Person {n}"), "--why", "w"]).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            });
        }
        home.start();
    });
    assert_eq!(home.json(&["contact", "list"]).as_array().unwrap().len(), 5);
}

fn twenty_at_once(home: &Home) {
    std::thread::scope(|scope| {
        for n in 0..20 {
            scope
                .spawn(move || home.ok(&["contact", "add", &format!("Person {n}"), "--why", "w", "--audience", "All"]));
        }
    });
    assert_eq!(home.json(&["contact", "list", "--audience", "All"]).as_array().unwrap().len(), 20, "nobody is lost");
    assert_eq!(home.json(&["audience", "list"]).as_array().unwrap().len(), 1, "nobody made a second audience");
}

#[test]
fn twenty_commands_at_once_all_succeed_without_a_daemon() {
    twenty_at_once(&Home::empty());
}

#[test]
fn twenty_commands_at_once_all_succeed_with_a_daemon() {
    twenty_at_once(&Home::with_daemon());
}

#[test]
fn two_people_added_at_once_keep_each_their_own_feed() {
    let home = Home::with_daemon();
    let sites: Vec<_> = (0..6).map(|_| site_with_feed()).collect();
    std::thread::scope(|scope| {
        for (n, site) in sites.iter().enumerate() {
            let home = &home;
            scope.spawn(move || home.ok(&["contact", "add", &format!("Person {n}"), "--why", "w", "--site", site]));
        }
    });
    for (n, site) in sites.iter().enumerate() {
        let person = home.json(&["contact", "show", &format!("Person {n}")]);
        assert_eq!(person["feeds"], json!([format!("{site}/rss.xml")]));
    }
}

#[test]
fn where_the_author_is_it_is_noon_whenever_the_tests_run() {
    let home = Home::empty();
    home.ok(&["contact", "add", "Maria Ruiz", "--why", "She sews"]);
    let next: jiff::Zoned = home.json(&["status"])["schedule"]["next"].as_str().unwrap().parse().unwrap();
    assert!((11..=13).contains(&next.hour()), "{next}");
}

#[test]
fn a_daemon_that_was_killed_leaves_nothing_in_the_way() {
    let mut home = Home::with_daemon();
    home.ok(&["contact", "add", "Maria Ruiz", "--why", "She sews"]);
    home.kill();
    assert!(home.socket().exists(), "its socket is still there");
    assert_eq!(home.json(&["status"])["pid"], json!(null));
    home.ok(&["contact", "add", "Marta Silva", "--why", "She writes"]);
    home.start();
    assert_eq!(home.json(&["contact", "list"]).as_array().unwrap().len(), 2);
    assert!(home.stop());
    assert!(!home.socket().exists(), "a daemon that ends well takes its socket along");
}

#[test]
fn in_a_pause_nobody_is_picked_and_the_reason_is_said() {
    let home = Home::empty();
    home.ok(&["contact", "add", "Maria Ruiz", "--why", "She sews"]);
    let until = today().checked_add(jiff::Span::new().days(10)).unwrap().to_string();
    home.ok(&["settings", "set", "pause_until", &until]);
    let day = home.run(&["today", "--json"]);
    assert_eq!((day.code, &day.json()["state"]), (3, &json!("none")));
    assert!(day.json()["reasons"].to_string().contains(&until), "{}", day.out);
    home.fails(3, &until, &["done"]);
    home.ok(&["settings", "set", "pause_until", ""]);
    home.ok(&["today"]);
}

#[test]
fn what_is_taken_back_in_a_pause_is_no_failure() {
    let home = Home::empty();
    home.ok(&["contact", "add", "Maria Ruiz", "--why", "She sews"]);
    let until = today().checked_add(jiff::Span::new().days(10)).unwrap().to_string();
    home.ok(&["settings", "set", "pause_until", &until]);
    for act in ["pick", "done"] {
        home.ok(&[act, "Maria"]);
        assert_eq!(home.json(&["undo"])["state"], "none", "{act}");
    }
}

#[test]
fn an_item_is_known_by_an_address_with_what_tracks_readers() {
    let home = Home::empty();
    home.ok(&["contact", "add", "Maria Ruiz", "--why", "She sews", "--feed", &format!("{}/rss.xml", site_with_feed())]);
    assert_eq!(home.json(&["today"])["item"]["title"], "How to sew a sack coat");
    let done = home.json(&["done", "--item", "https://maria.example/coat?utm_source=letter&fbclid=1"]);
    assert_eq!(
        (&done["item"]["url"], &done["item"]["title"]),
        (&json!("https://maria.example/coat"), &json!("How to sew a sack coat"))
    );
}

#[test]
fn two_homes_do_not_see_each_other() {
    let (one, two) = (Home::with_daemon(), Home::with_daemon());
    one.ok(&["contact", "add", "Maria Ruiz", "--why", "She sews"]);
    assert_eq!(two.json(&["contact", "list"]), json!([]));
    assert_ne!(one.json(&["status"])["pid"], two.json(&["status"])["pid"]);
}
