//! A full disk: each write fails once in its turn, is told with what to do, and costs nothing that was there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use goodword::document::Document;
use serde_json::json;

use crate::killed::can_trace;
use crate::laptop::{Daemon, GOODWORD, Laptop, Said, add, goodword, plain, said};
use crate::small_disk::{disk, fill, on_a_small_disk};

fn is_about_room(said: &Said) {
    assert_eq!(said.code, 1, "{said:?}");
    let (message, hint) = said.error();
    assert!(message.starts_with("goodword: ") && hint.contains("room"), "{said:?}");
}

/// Runs a command whose files may not grow past so many blocks of 512 bytes: a write past that fails, as on a full disk.
fn with_blocks(home: &Path, blocks: u64, words: &[&str]) -> Said {
    let script = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", &blocks.to_string(), GOODWORD]).args(words);
    said(plain(&mut command).env("GOODWORD_HOME", home))
}

#[test]
fn every_write_that_fails_is_told_and_the_same_command_works_when_there_is_room() {
    let laptop = Laptop::with_maria();
    let (mut failed, mut worked) = (0, 0);
    // From nothing to more than a command writes, half a page at a time.
    for blocks in (0..160).step_by(4) {
        let name = format!("Ben {blocks}");
        let words = ["contact", "add", &name, "--why", "kind"];
        let before = laptop.names();
        let told = with_blocks(&laptop.home(), blocks, &words);
        if told.code == 0 {
            worked += 1;
            assert!(laptop.names().contains(&name), "acknowledged with {blocks} blocks, and not there");
            continue;
        }
        failed += 1;
        is_about_room(&told);
        assert_eq!(laptop.names(), before, "{blocks} blocks");
        assert_eq!(laptop.run(&words).code, 0, "{blocks} blocks");
        assert!(laptop.names().contains(&name), "{blocks} blocks");
    }
    assert!(failed > 8 && worked > 2, "{failed} failed, {worked} worked");
    assert!(laptop.findings().iter().all(|check| check != "database" && check != "book"));
}

/// A call to the kernel, and how it fails.
type Fault = (&'static str, &'static str);

/// What writes, each with the calls to the kernel by which it does, and by which it reads what is there.
const ACTS: [(&str, &[Fault]); 3] = [
    (
        "add",
        &[
            ("pwrite64", "EIO"),
            ("pwrite64", "ENOSPC"),
            ("fsync", "EIO"),
            ("ftruncate", "ENOSPC"),
            ("openat", "EIO"),
            ("unlink", "EIO"),
            ("pread64", "EIO"),
        ],
    ),
    (
        "back up",
        &[
            ("write", "ENOSPC"),
            ("fsync", "EIO"),
            ("rename", "EIO"),
            ("openat", "EIO"),
            ("unlink", "EIO"),
            ("pread64", "EIO"),
            ("read", "EIO"),
        ],
    ),
    (
        "compact",
        &[("pwrite64", "ENOSPC"), ("fsync", "EIO"), ("ftruncate", "EIO"), ("openat", "EIO"), ("pread64", "EIO")],
    ),
];

/// Runs a command in which one call to the kernel fails, the so-manieth of its kind in the author's home; and whether
/// there was such a call.
fn with_fault(laptop: &Laptop, call: &str, error: &str, when: u32, words: &[&str]) -> (Said, bool) {
    let trace = laptop.home().with_extension("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-o"]).arg(&trace).args(["-e", &format!("trace={call}")]);
    // Only what touches the home: a shared library that cannot be read is somebody else's test.
    command.arg("-P").arg(laptop.home()).args(paths(laptop).iter().flat_map(|path| ["-P", path]));
    command.args(["-e", &format!("inject={call}:error={error}:when={when}"), GOODWORD]).args(words);
    let said = said(plain(&mut command).env("GOODWORD_HOME", laptop.home()));
    let felt = fs::read_to_string(trace).unwrap().contains("(INJECTED)");
    (said, felt)
}

/// Every file that goodword makes in a home.
fn paths(laptop: &Laptop) -> Vec<String> {
    let backup = "backups/goodword-2027-01-01.automerge";
    let names = ["goodword.db", "goodword.db-wal", "goodword.db-shm", "goodword.db-journal", "backups", backup];
    let paths = names.iter().flat_map(|name| [(*name).to_owned(), format!("{name}.new")]);
    paths.map(|name| laptop.home().join(name).display().to_string()).collect()
}

#[test]
fn each_call_to_the_disk_fails_in_its_turn_and_nothing_is_lost() {
    if !can_trace() {
        return;
    }
    let laptop = Laptop::with_maria();
    for (act, (call, error)) in ACTS.iter().flat_map(|(act, faults)| faults.iter().map(move |fault| (*act, *fault))) {
        let mut told = 0;
        for when in 1.. {
            assert!(when < 100, "{act}: {call} has no end");
            let name = format!("{act} {call} {error} {when}");
            let add = ["contact", "add", &name, "--why", "kind"];
            let words: &[&str] = match act {
                "add" => &add,
                "back up" => &["keep-house", "back-up", "2027-01-01"],
                _ => &["keep-house", "compact"],
            };
            let before = laptop.names();
            let (said, felt) = with_fault(&laptop, call, error, when, words);
            let after = laptop.names();
            assert!(before.iter().all(|known| after.contains(known)), "{name}: {said:?}");
            if said.code == 0 {
                assert!(act != "add" || after.contains(&name), "{name} was acknowledged: {said:?}");
            } else {
                told += 1;
                let (message, hint) = said.error();
                assert!(message.starts_with("goodword: ") && !hint.is_empty(), "{name}: {said:?}");
            }
            for (path, bytes) in backups(&laptop) {
                assert!(Document::open(&bytes, [1; 16]).is_ok(), "{name}: {}", path.display());
            }
            // The disk is well again.
            assert_eq!(laptop.run(&["settings", "set", "name", &name]).code, 0, "{name}");
            if !felt {
                assert!(when > 1, "{act} has no {call}: what writes is another call by now");
                eprintln!("{act}: {} calls of {call} failed with {error}, {told} were told", when - 1);
                break;
            }
        }
    }
    assert!(laptop.findings().iter().all(|check| check != "database" && check != "book"));
}

fn backups(laptop: &Laptop) -> Vec<(PathBuf, Vec<u8>)> {
    let all = fs::read_dir(laptop.home().join("backups")).unwrap().map(|entry| entry.unwrap().path());
    let whole = all.filter(|path| path.extension().is_some_and(|ending| ending == "automerge"));
    whole.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn a_home_that_cannot_be_begun_for_want_of_room_can_be_begun_later() {
    for blocks in (0..96).step_by(8) {
        let laptop = Laptop::new();
        let told = with_blocks(&laptop.home(), blocks, &["contact", "add", "Maria", "--why", "kind"]);
        if told.code != 0 {
            is_about_room(&told);
            assert_eq!(laptop.run(&["contact", "add", "Maria", "--why", "kind"]).code, 0, "{blocks} blocks");
        }
        assert_eq!(laptop.names(), ["Maria"], "{blocks} blocks");
    }
}

#[test]
fn a_restore_without_room_leaves_the_damaged_file_where_it_is() {
    let laptop = Laptop::with_maria();
    let mut damaged = fs::read(laptop.db()).unwrap();
    damaged[..100].fill(0);
    fs::write(laptop.db(), &damaged).unwrap();
    let backup = laptop.backup();
    let words = ["backup", "restore", backup.to_str().unwrap()];
    let mut failed = 0;
    for blocks in (0..160).step_by(8) {
        let told = with_blocks(&laptop.home(), blocks, &words);
        if told.code == 0 {
            break;
        }
        failed += 1;
        is_about_room(&told);
        if laptop.db().exists() && fs::read(laptop.db()).unwrap() != damaged {
            // The new one is in its place, and only what came after failed.
            break;
        }
    }
    assert!(failed > 2, "{failed}");
    let again = laptop.run(&words);
    assert_eq!((again.code, laptop.names()), (0, vec!["Maria".to_owned()]), "{again:?}");
    let all = fs::read_dir(laptop.home()).unwrap().map(|entry| entry.unwrap().path());
    let kept = all.filter(|path| fs::read(path).is_ok_and(|bytes| bytes == damaged)).count();
    assert_eq!(kept, 1, "the damaged file is kept");
}

#[test]
fn on_a_full_disk_commands_and_daemon_say_so_live_on_and_work_when_there_is_room() {
    on_a_small_disk("full::commands_and_daemon_on_a_full_disk");
}

#[test]
#[ignore = "run by the test above on a disk of its own"]
fn commands_and_daemon_on_a_full_disk() {
    let Some(disk) = disk() else { return };
    let (home, film) = (disk.join("home"), disk.join("somebody else's film"));
    let run = |words: &[&str]| said(goodword(&home).args(words));
    let done = || run(&["diary", "--json"]).json()["ledger"]["supported"].as_u64().unwrap();
    assert_eq!(run(&["contact", "add", "Maria", "--why", "kind"]).code, 0);

    fill(&film);
    is_about_room(&run(&["contact", "add", "Ben", "--why", "kind"]));
    is_about_room(&run(&["done", "Maria"]));
    is_about_room(&run(&["backup", "now"]));
    assert_eq!(run(&["status"]).code, 0);
    let doctor = run(&["doctor", "--json"]).json();
    assert!(doctor.as_array().unwrap().iter().any(|check| check["check"] == "room" && check["ok"] == false));
    fs::remove_file(&film).unwrap();
    assert_eq!((run(&["done", "Maria"]).code, done()), (0, 1));

    let mut daemon = Daemon::of(goodword(&home).arg("daemon"), &home);
    assert!(daemon.ask(&add("Ben")).get("answer").is_some());
    fill(&film);
    // What is in the log already has room for a little: until it has none.
    let refused = (0..200).map(|n| daemon.ask(&add(&format!("Person {n}")))).find(|said| said.get("error").is_some());
    let refused = refused.unwrap();
    assert_eq!(refused["error"]["kind"], "failed", "{refused}");
    assert!(refused["error"]["hint"].as_str().unwrap().contains("room"), "{refused}");
    let ben = json!({ "do": "done", "name": "Ben", "network": null, "item": null, "url": null, "text": null });
    assert!(daemon.ask(&ben).get("error").is_some());
    is_about_room(&run(&["done", "Ben"]));
    assert!(daemon.is_alive());
    assert_eq!(done(), 1);
    fs::remove_file(&film).unwrap();
    assert!(daemon.ask(&ben).get("answer").is_some());
    assert!(daemon.is_alive());
    daemon.kill();
    assert_eq!(done(), 2);
}
