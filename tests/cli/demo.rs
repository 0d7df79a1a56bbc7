//! The demo: a whole day, with nothing taken from this machine and nothing left on it.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::{Daemon, Home};

#[test]
fn once_prints_exactly_one_day_as_json() {
    let home = Home::empty();
    let day = home.json(&["demo", "--once"]);
    for key in ["contact", "item", "draft"] {
        assert!(day[key].is_object(), "{key}: {day}");
    }
    assert!(day["draft"]["share_url"].as_str().unwrap().starts_with("https://"), "{day}");
    assert!(day["draft"]["text"].as_str().unwrap().contains(day["item"]["url"].as_str().unwrap()), "{day}");
}

#[test]
fn once_touches_neither_the_authors_home_nor_a_daemon_nor_leaves_anything_behind() {
    let home = Home::with_daemon();
    let heads = home.heads();
    let scratch = home.dir.path().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let output = home.command().args(["demo", "--once"]).env("TMPDIR", &scratch).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{err}");
    assert!(out.contains("A good word for") && out.contains("Open it there: https://"), "{out}");
    assert!(err.contains("goodword init"), "what comes next: {err}");
    assert_eq!(home.heads(), heads);
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
}

#[test]
fn a_home_that_cannot_be_used_is_nothing_to_the_demo() {
    let home = Home::empty();
    let file = crate::file(home.dir.path(), "a-file", b"");
    let output = home.command().args(["demo", "--once"]).env("GOODWORD_HOME", file).output().unwrap();
    assert!(output.status.success());
}

#[test]
fn without_a_desktop_it_prints_the_notification_and_runs_until_it_is_stopped() {
    let home = Home::empty();
    let scratch = home.dir.path().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let mut command = home.command();
    let child = command.arg("demo").env("TMPDIR", &scratch).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut demo = Daemon(child.unwrap());
    let mut said = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    // Ends with the buttons, or with the demo.
    let told: Vec<_> = said.by_ref().map_while(Result::ok).take_while(|line| !line.contains("[Done]")).collect();
    let told = told.join("\n");
    assert!(told.contains("  | A good word for ") && told.contains("came out"), "{told}");
    let why: Vec<_> = BufReader::new(demo.0.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.contains("Ctrl-C"))
        .collect();
    assert!(why.iter().any(|line| line.contains("no desktop")), "{why:?}");
    assert!(why.iter().any(|line| line.contains("http://127.0.0.1:")), "where the page is: {why:?}");
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 1, "its home is there while it runs");
    assert!(demo.interrupt(), "Ctrl-C is a good end");
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "nothing is left behind");
}
