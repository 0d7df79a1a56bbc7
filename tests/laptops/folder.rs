//! Two laptops that are never on together stay in step through a folder.

use serde_json::json;

use crate::{
    ask, configure,
    laptop::{Laptop, add},
    names, pair, quiet_laptop, until,
};

fn with_folder(laptop: &Laptop, name: &str, folder: &std::path::Path) {
    let folder = folder.display();
    configure(laptop, &format!("name = \"{name}\"\ndiscovery = false\npage_port = 0\nfolder = \"{folder}\"\n"));
}

fn files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.map(Result::unwrap).map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[test]
fn laptops_that_are_never_on_together_hold_one_book_and_nobody_else_reads_it() {
    let shared = tempfile::tempdir().unwrap();
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    one.kill();
    two.kill();
    with_folder(&desk, "desk", shared.path());
    with_folder(&lap, "lap", shared.path());
    for round in 0..3 {
        for (laptop, name) in [(&desk, "desk"), (&lap, "lap")] {
            let mut daemon = laptop.daemon();
            // All that the other wrote comes out of the folder, and what is written here is in it before the end.
            let expected = if name == "desk" { 2 * round } else { 2 * round + 1 };
            until("the other's people are here", || names(&mut daemon).len() == expected);
            ask(&mut daemon, &add(&format!("Person of the {name}, round {round}")));
            until("it is in the folder", || {
                let sync = ask(&mut daemon, &json!({ "do": "sync", "now": false }));
                sync["folder"]["error"].is_null() && daemon_has_written(laptop)
            });
            daemon.kill();
        }
    }
    assert!(files(shared.path()) > 2);
    let seen = std::process::Command::new("grep").args(["-r", "Person of"]).arg(shared.path()).output().unwrap();
    assert!(seen.stdout.is_empty(), "the folder's carrier can read names");
}

/// Everything the book has is in the folder: this device's own note of it says so.
fn daemon_has_written(laptop: &Laptop) -> bool {
    let heads = laptop.run(&["status", "--json"]).json()["document"]["heads"].clone();
    let db = store_text(laptop);
    heads.as_array().unwrap().iter().all(|head| db.contains(head.as_str().unwrap()))
}

/// The store is looked at as bytes: its log and file hold the note as text.
fn store_text(laptop: &Laptop) -> String {
    let read = |suffix: &str| std::fs::read(format!("{}{suffix}", laptop.db().display())).unwrap_or_default();
    String::from_utf8_lossy(&[read(""), read("-wal")].concat()).into_owned()
}

#[test]
fn a_folder_that_is_away_is_told_and_stalls_nothing() {
    let desk = quiet_laptop("desk");
    let lap = quiet_laptop("lap");
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    one.kill();
    two.kill();
    with_folder(&desk, "desk", std::path::Path::new("/proc/nowhere/at/all"));
    let mut one = desk.daemon();
    ask(&mut one, &add("Maria"));
    until("it is told", || !ask(&mut one, &json!({ "do": "sync", "now": true }))["folder"]["error"].is_null());
    assert_eq!(names(&mut one), ["Maria"]);
    assert!(desk.findings().contains(&"folder".to_owned()));
}
