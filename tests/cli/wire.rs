//! The JSON of the main answers, word by word as the interface promises it.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

use crate::{GOODWORD, Home, file, site_with_feed};

/// Every promised key is there. Keys may be added, never taken away.
#[track_caller]
fn has(value: &Value, keys: &str) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let missing: BTreeSet<_> = keys.split_whitespace().filter(|key| !object.contains_key(*key)).collect();
    assert!(missing.is_empty(), "{missing:?} are missing in {value}");
}

fn book() -> Home {
    let home = Home::with_daemon();
    let site = site_with_feed();
    home.ok(&["settings", "set", "networks", "bluesky"]);
    home.ok(&["work", "add", "The Button Ledger", "--genre", "historical fiction"]);
    home.ok(&["audience", "add", "Sewers", "--via", "The Button Ledger", "--bridge", "they read the stitching"]);
    let add = ["contact", "add", "Maria Ruiz", "--why", "She sews", "--audience", "Sewers", "--feed"];
    home.ok(&[&add[..], &[&format!("{site}/rss.xml"), "--bluesky", "maria.example"]].concat());
    home
}

#[test]
fn the_answers_have_the_promised_keys() {
    let home = book();
    let today = home.json(&["today"]);
    has(&today, "date state contact audience reasons item draft later_until");
    has(&today["contact"], "id name");
    has(&today["item"], "title url published feed");
    has(&today["draft"], "network text length limit share_url");
    has(&home.json(&["draft"]), "network text length limit share_url fits");
    home.ok(&["done"]);
    let diary = home.json(&["diary"]);
    has(&diary, "entries ledger");
    has(&diary["entries"][0], "date contact state network item_url text device at");
    has(&diary["ledger"], "supported answered days strength");
    let status = home.json(&["status"]);
    has(&status, "version pid uptime_s home document schedule desktop feeds page peers");
    has(&status["document"], "contacts audiences journal bytes heads");
    has(&status["schedule"], "daily_at zone next");
    has(&status["desktop"], "server actions");
    has(&status["feeds"], "total failing last_refresh");
    let people = home.json(&["contact", "list"]);
    has(&people[0], "id name kind stage audiences handles feeds why muted never last_supported");
    for list in [home.json(&["audience", "list"]), home.json(&["audience", "suggest"])] {
        has(&list[0], "id name kept via bridge hashtags distance contacts");
    }
    has(&home.json(&["doctor"])[0], "check ok message hint");
    has(&home.json(&["count", "--network", "x", "hello"]), "network length limit fits");
    has(&home.json(&["backup", "now"])[0], "file date bytes");
    let feed = file(
        home.dir.path(),
        "f.xml",
        b"<rss><channel><title>T</title><item><title>I</title><link>https://a.example/1</link></item></channel></rss>",
    );
    let inspected = home.json(&["feeds", "inspect", &feed]);
    has(&inspected, "title dialect items");
    has(&inspected["items"][0], "title url published");
}

#[test]
fn the_page_is_given_by_its_address_and_only_by_a_daemon() {
    let opened = book().json(&["open"]);
    assert!(opened["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{opened}");
    Home::empty().fails(4, "service", &["open", "--print"]);
}

#[test]
fn the_next_time_is_rfc_9557_to_the_second() {
    let home = book();
    let next = home.json(&["status"])["schedule"]["next"].as_str().unwrap().to_owned();
    let parsed: jiff::Zoned = next.parse().unwrap();
    assert_eq!(parsed.subsec_nanosecond(), 0, "{next}");
}

#[test]
fn every_command_that_succeeds_says_exactly_one_line_of_json() {
    let home = book();
    for args in [
        &["settings", "list"][..],
        &["settings", "set", "voice", "wry"],
        &["work", "list"],
        &["feeds", "list"],
        &["feeds", "refresh"],
        &["service", "status", "--print"],
        &["service", "install", "--print"],
        &["completions", "bash"],
        &["man"],
        &["later"],
        &["undo"],
        &["skip"],
        &["init"],
    ] {
        home.json(args);
    }
}

#[test]
fn people_who_write_control_characters_do_not_write_on_the_terminal() {
    let home = Home::empty();
    home.ok(&["contact", "add", "Mallory", "--why", "w", "--notes", "a\u{1b}[2Jb\u{9b}c"]);
    let shown = home.ok(&["contact", "show", "Mallory"]);
    assert!(shown.contains("[2J") && !shown.contains(['\u{1b}', '\u{9b}']), "{shown:?}");
}

#[test]
fn help_says_what_there_is_and_every_command_is_explained() {
    let home = Home::empty();
    for args in [&["--help"][..], &["help"], &["contact", "--help"], &["audience", "--help"], &["settings", "--help"]] {
        let help = home.ok(args);
        let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
        for line in commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            assert!(line.split_whitespace().count() > 2, "{args:?} explains nothing: {line:?}");
        }
    }
    assert!(home.ok(&["--version"]).starts_with("goodword "));
    assert!(!home.path().exists(), "asking for help begins no book");
}

#[test]
fn a_home_that_cannot_be_used_is_explained() {
    let home = Home::empty();
    let at = |path: &std::path::Path, words: &str| {
        for command in ["today", "status"] {
            let output = home.command().env("GOODWORD_HOME", path).arg(command).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            // 5 is for what cannot be trusted.
            assert!(matches!(output.status.code(), Some(1 | 5)), "{command}: {said}");
            assert!(said.contains(words) && !said.contains("os error"), "{command}: {said}");
        }
    };
    let dir = home.dir.path();
    at(file(dir, "a-file", b"hello").as_ref(), "is a file");
    at(&dir.join("a-file/below"), "is a file");
    at(&dir.join("x".repeat(150)), "choose a shorter home");
    std::fs::create_dir(dir.join("open")).unwrap();
    Command::new("chmod").arg("777").arg(dir.join("open")).status().unwrap();
    at(&dir.join("open"), "others may write");
    if rustix::process::geteuid().is_root() {
        std::fs::create_dir(dir.join("foreign")).unwrap();
        std::os::unix::fs::chown(dir.join("foreign"), Some(4242), None).unwrap();
        at(&dir.join("foreign"), "belongs to another user");
        assert_eq!(std::fs::read_dir(dir.join("foreign")).unwrap().count(), 0, "nothing is put there");
    } else {
        std::fs::create_dir(dir.join("kept")).unwrap();
        Command::new("chmod").arg("500").arg(dir.join("kept")).status().unwrap();
        at(&dir.join("kept/below"), "nothing can be written");
    }
}

#[test]
fn an_empty_home_variable_counts_as_unset() {
    let home = Home::empty();
    let output = home.command().env("GOODWORD_HOME", "").args(["status", "--json"]).output().unwrap();
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(status["home"].as_str().unwrap().starts_with(home.dir.path().to_str().unwrap()), "{status}");
    assert!(Command::new(GOODWORD).arg("--version").status().unwrap().success());
}

#[test]
fn the_manual_names_every_command_with_its_options() {
    let page = Home::empty().ok(&["man"]);
    for words in
        ["goodword contact add", "goodword audience suggest", r"\-\-why", "goodword settings set", ".TH goodword 1"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains(r"goodword\-demo(1)"), "it sends nobody to pages that are not there");
}
