//! `init` on a terminal: the questions, wrong answers, and a terminal that goes away.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{GOODWORD, Home, site_with_feed};

/// Types these lines at a terminal, and gives what was on the screen; nothing where there is no `script` to make one.
fn typed(home: &Home, lines: &[&str]) -> Option<String> {
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &format!("'{GOODWORD}' init"), "/dev/null"]).env_clear();
    for (name, value) in home.command().get_envs() {
        script.env(name, value.unwrap_or_default());
    }
    let child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no script(1) to make a terminal");
        return None;
    };
    child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let screen = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    if String::from_utf8_lossy(&output.stderr).contains("pseudo-terminal") {
        eprintln!("skipped: this machine has no terminals to give");
        return None;
    }
    assert!(output.status.success(), "{screen}{}", String::from_utf8_lossy(&output.stderr));
    Some(screen)
}

#[test]
fn the_first_two_minutes_are_a_few_questions_and_end_with_a_day() {
    let home = Home::empty();
    let site = site_with_feed();
    let lines = [
        "Nora Ashby",
        "The Button Ledger",
        "historical fiction",
        "myspace",
        "bluesky",
        "Maria Ruiz",
        "",
        "Maria sews every buttonhole by hand",
        "Sewers",
        "maria",
        "maria.example",
        "no address",
        &site,
    ];
    let Some(screen) = typed(&home, &lines) else { return };
    for words in [
        "\"myspace\" is no network",
        "Who might love it?",
        "it cannot be left out",
        "\"maria\" is not a handle on bluesky",
        "\"no address\" is not a web address",
        "Found what they publish",
        "A good word for Maria Ruiz?",
        "How to sew a sack coat",
        "goodword service install",
    ] {
        assert!(screen.contains(words), "{words:?} is missing in {screen}");
    }
    let maria = home.json(&["contact", "show", "Maria"]);
    assert_eq!(maria["handles"], json!({ "bluesky": "maria.example" }));
    assert_eq!(maria["audiences"], json!(["Sewers"]));
}

#[test]
fn enter_alone_changes_nothing_of_a_book_that_is_there() {
    let home = Home::empty();
    home.ok(&["settings", "set", "networks", "mastodon,bluesky"]);
    home.ok(&["settings", "set", "mastodon", "@nora@writers.example"]);
    home.ok(&["settings", "set", "name", "Nora"]);
    let before = home.json(&["settings", "list"]);
    if typed(&home, &["", "", "", ""]).is_some() {
        assert_eq!(home.json(&["settings", "list"]), before);
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_questions_and_keeps_the_answers() {
    let home = Home::empty();
    if typed(&home, &["Nora Ashby", "", "", "Maria Ruiz"]).is_some() {
        let settings = home.json(&["settings", "list"]);
        assert!(settings.as_array().unwrap().iter().any(|row| row["value"] == "Nora Ashby"), "{settings}");
    }
}
