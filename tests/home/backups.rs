//! Fourteen daily backups, and files of this release that open for ever.

use std::{fs, path::Path, time::Duration};

use goodword::{daemon::home::Home, document::Document, platform::Folders};
use jiff::{ToSpan, civil::date, tz::TimeZone};

use crate::laptop::Laptop;

#[test]
fn the_daemon_keeps_a_verified_backup_of_each_of_the_last_fourteen_days() {
    let laptop = Laptop::new();
    assert_eq!(laptop.run(&["contact", "add", "Maria", "--why", "kind"]).code, 0);
    let mut home = Home::open(&Folders::under(&laptop.home()).unwrap(), Duration::ZERO).unwrap();
    let first = date(2027, 2, 20);
    for day in 0..40 {
        let noon = first.checked_add(day.days()).unwrap().at(12, 0, 0, 0);
        let now = noon.to_zoned(TimeZone::system()).unwrap().timestamp();
        home.keep_house(now);
        // Waking twice is harmless.
        home.keep_house(now + Duration::from_secs(60));
    }
    let mut files: Vec<_> =
        fs::read_dir(laptop.home().join("backups")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let expected = (26..40).map(|day| format!("goodword-{}.automerge", first.checked_add(day.days()).unwrap()));
    let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, expected.collect::<Vec<_>>());
    for file in files {
        let book = Document::open(&fs::read(file).unwrap(), [1; 16]).unwrap().book();
        assert!(book.contacts.values().any(|contact| contact.name == "Maria"));
    }
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
