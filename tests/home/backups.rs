//! Fourteen daily backups, and files of this release that open for ever.

use std::{fs, path::Path, thread};

use goodword::document::Document;
use jiff::{ToSpan, civil::date};
use serde_json::json;

use crate::laptop::{Laptop, Said, add, goodword, said};

/// What the daemon has done beside it.
fn keep_house(laptop: &Laptop, words: &[&str]) -> Said {
    said(goodword(&laptop.home()).args(["--json", "keep-house"]).args(words))
}

#[test]
fn a_verified_backup_of_each_of_the_last_fourteen_days_is_kept() {
    let laptop = Laptop::new();
    assert_eq!(laptop.run(&["contact", "add", "Maria", "--why", "kind"]).code, 0);
    let first = date(2027, 2, 20);
    let day = |day: i64| first.checked_add(day.days()).unwrap().to_string();
    for number in 0..40 {
        // Twice is harmless.
        for _ in 0..2 {
            assert_eq!(keep_house(&laptop, &["back-up", &day(number)]).code, 0);
        }
    }
    let mut files: Vec<_> =
        fs::read_dir(laptop.home().join("backups")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let expected = (26..40).map(|number| format!("goodword-{}.automerge", day(number)));
    let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, expected.collect::<Vec<_>>());
    for file in files {
        let book = Document::open(&fs::read(file).unwrap(), [1; 16]).unwrap().book();
        assert!(book.contacts.values().any(|contact| contact.name == "Maria"));
    }
}

#[test]
fn a_backup_that_is_asked_for_holds_what_the_daemon_answered_last() {
    let laptop = Laptop::with_maria();
    let mut daemon = laptop.daemon();
    for name in ["Ben", "Tom"] {
        assert!(daemon.ask(&add(name)).get("answer").is_some());
        let backups = daemon.ask(&json!({ "do": "backup_now" }));
        assert_eq!(backups["answer"]["content"].as_array().unwrap().len(), 1, "{backups}");
        let book = Document::open(&fs::read(laptop.backup()).unwrap(), [1; 16]).unwrap().book();
        assert!(book.contacts.values().any(|contact| contact.name == name));
    }
}

#[test]
fn the_house_is_kept_beside_a_daemon_that_writes_and_nothing_is_lost() {
    let laptop = Laptop::with_maria();
    let mut daemon = laptop.daemon();
    let mut step = 0;
    for chore in [&["compact"][..], &["back-up", "2027-01-01"]].repeat(5) {
        thread::scope(|scope| {
            let keeper = scope.spawn(|| keep_house(&laptop, chore));
            // In the midst of writing, whichever is quicker.
            while step % 20 != 19 || !keeper.is_finished() {
                step += 1;
                let said = daemon.ask(&add(&format!("Person {step}")));
                assert!(said.get("answer").is_some(), "{said}");
            }
            let kept = keeper.join().unwrap();
            assert_eq!(kept.code, 0, "{kept:?}");
            step += 1;
            assert!(daemon.ask(&add(&format!("Person {step}"))).get("answer").is_some());
        });
    }
    daemon.kill();
    assert_eq!(laptop.names().len(), step + 1);
    assert!(step >= 200 && laptop.findings().iter().all(|check| check != "database" && check != "book"));
}

#[test]
fn a_house_that_cannot_be_kept_is_told_and_nothing_is_made() {
    let nobody = Laptop::new();
    let said = keep_house(&nobody, &["compact"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(!nobody.home().exists(), "{said:?}");
    let laptop = Laptop::with_maria();
    let mut damaged = fs::read(laptop.db()).unwrap();
    damaged[..100].fill(0);
    fs::write(laptop.db(), &damaged).unwrap();
    for words in [&["compact"][..], &["back-up", "2027-01-01"]] {
        let said = keep_house(&laptop, words);
        assert_eq!((said.code, said.json()["error"]["kind"].as_str()), (5, Some("refused")), "{said:?}");
    }
    assert_eq!(fs::read(laptop.db()).unwrap(), damaged);
}

#[test]
fn a_database_of_the_first_release_opens_for_ever() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/home-v1.db");
    let laptop = Laptop::new();
    fs::create_dir(laptop.home()).unwrap();
    fs::copy(kept, laptop.db()).unwrap();
    assert_eq!(laptop.run(&["status", "--json"]).json()["document"]["contacts"], 2);
    assert_eq!(laptop.names(), ["Maria Ruiz", "The Button Museum"]);
    let diary = laptop.run(&["diary", "--json"]).json();
    let entry = diary["entries"].as_array().unwrap().iter().find(|entry| entry["state"] == "done").unwrap();
    assert_eq!(entry["contact"]["name"], "Maria Ruiz");
    let settings = laptop.run(&["settings", "list", "--json"]).json();
    assert!(settings.as_array().unwrap().iter().any(|row| row["key"] == "voice" && row["value"] == "wry"));
    assert_eq!(laptop.run(&["contact", "add", "Ben", "--why", "kind"]).code, 0);
    assert_eq!(laptop.names(), ["Ben", "Maria Ruiz", "The Button Museum"]);
}
