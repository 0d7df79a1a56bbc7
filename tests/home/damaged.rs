//! A damaged home is refused or set aside with words that help, and never overwritten.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use goodword::{
    domain::{
        Change,
        book::{SCHEMA, Schema},
    },
    replica::Replica,
};

use crate::laptop::{GOODWORD, Laptop, Said, plain, said};

const ADD: [&str; 5] = ["contact", "add", "Ben", "--why", "kind"];

/// What, why, and what next; with the code that was promised.
fn helps(said: &Said, code: i32, word: &str) {
    let (message, hint) = said.error();
    assert_eq!(said.code, code, "{said:?}");
    assert!(message.contains(word), "{word}: {said:?}");
    assert!(!hint.trim().is_empty(), "no hint: {said:?}");
}

/// Every command in a home whose database cannot be read, then the way back.
fn is_refused_then_restored(name: &str, laptop: &Laptop, word: &str) {
    eprintln!("{name}");
    let before = fs::read(laptop.db());
    let backup = laptop.backup();
    for words in [&["status"][..], &["today"], &ADD] {
        helps(&laptop.run(words), 5, word);
    }
    helps(&laptop.refused_daemon(), 5, word);
    let json = laptop.run(&["today", "--json"]).json();
    assert_eq!(json["error"]["kind"], "refused", "{json}");
    assert!(laptop.findings().iter().any(|check| check == "book"), "{:?}", laptop.findings());
    assert_eq!(fs::read(laptop.db()).ok(), before.as_ref().ok().cloned(), "{name} was altered");

    let restored = laptop.run(&["backup", "restore", backup.to_str().unwrap()]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(laptop.names(), ["Maria"]);
    assert_eq!(laptop.run(&ADD).code, 0);
    let aside = fs::read_dir(laptop.home()).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = aside.filter(|path| path.display().to_string().contains(".db.set-aside-")).collect();
    if let Ok(bytes) = before {
        let kept = aside.iter().find(|path| fs::read(path).is_ok_and(|kept| kept == bytes)).unwrap();
        assert!(restored.out.contains(kept.to_str().unwrap()), "{restored:?}");
    }
    // From now on there is a book that can be read: the same backup again is merged.
    let again = laptop.run(&["backup", "restore", backup.to_str().unwrap()]);
    assert!(again.code == 0 && again.out.contains("already"), "{again:?}");
    assert_eq!(laptop.names(), ["Ben", "Maria"]);
}

#[test]
fn an_unreadable_database_is_refused_kept_and_replaced_only_when_the_author_says_so() {
    let edit = |edit: &dyn Fn(&mut Vec<u8>)| {
        let laptop = Laptop::with_maria();
        let mut bytes = fs::read(laptop.db()).unwrap();
        edit(&mut bytes);
        fs::write(laptop.db(), bytes).unwrap();
        laptop
    };
    let half = edit(&|bytes| bytes.truncate(bytes.len() / 2));
    is_refused_then_restored("truncated", &half, "damaged");
    is_refused_then_restored("torn in a page", &edit(&|bytes| bytes.truncate(bytes.len() - 5_000)), "damaged");
    is_refused_then_restored("empty", &edit(&Vec::clear), "empty");
    is_refused_then_restored("text", &edit(&|bytes| *bytes = b"dear diary, ".repeat(900)), "damaged");
    is_refused_then_restored("its head gone", &edit(&|bytes| bytes[..100].fill(0)), "damaged");
    is_refused_then_restored(
        "its end gone",
        &edit(&|bytes| {
            let end = bytes.len();
            bytes[end - 8_000..].fill(0x55)
        }),
        "damaged",
    );

    let foreign = Laptop::with_maria();
    fs::remove_file(foreign.db()).unwrap();
    let bookmarks = rusqlite::Connection::open(foreign.db()).unwrap();
    bookmarks.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    drop(bookmarks);
    is_refused_then_restored("another program's", &foreign, "not a store of goodword's");

    let altered = Laptop::with_maria();
    let db = rusqlite::Connection::open(altered.db()).unwrap();
    db.execute("UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE id = 2", []).unwrap();
    drop(db);
    is_refused_then_restored("a part altered", &altered, "altered");

    let gone = Laptop::with_maria();
    fs::remove_file(gone.db()).unwrap();
    is_refused_then_restored("gone", &gone, "no book");

    let folder = Laptop::with_maria();
    fs::remove_file(folder.db()).unwrap();
    fs::create_dir(folder.db()).unwrap();
    is_refused_then_restored("a folder", &folder, "not a file");
}

#[test]
fn a_flipped_bit_anywhere_is_refused_or_harmless() {
    let whole = Laptop::with_maria();
    let bytes = fs::read(whole.db()).unwrap();
    let mut refused = 0;
    for n in 0..64_usize {
        let laptop = Laptop::new();
        fs::create_dir(laptop.home()).unwrap();
        let mut flipped = bytes.clone();
        // The head densely, the rest in steps that meet every page.
        let at = if n < 24 { n * 4 + 1 } else { n * 7_919 % bytes.len() };
        flipped[at] ^= 1 << (n % 8);
        fs::write(laptop.db(), &flipped).unwrap();
        let (status, today) = (laptop.run(&["status"]), laptop.run(&["today"]));
        if today.code == 0 {
            assert_eq!(laptop.names(), ["Maria"], "byte {at}");
        } else {
            refused += 1;
            assert!(matches!(today.code, 1 | 5) && matches!(status.code, 1 | 5 | 0), "byte {at}: {today:?} {status:?}");
            assert!(!today.error().1.is_empty(), "byte {at}: {today:?}");
            assert_eq!(fs::read(laptop.db()).unwrap(), flipped, "byte {at}");
            assert!(!laptop.findings().is_empty(), "byte {at}");
        }
    }
    assert!(refused > 8, "{refused}");
}

#[test]
fn a_newer_stores_file_is_left_to_the_newer_program() {
    let laptop = Laptop::with_maria();
    let db = rusqlite::Connection::open(laptop.db()).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = fs::read(laptop.db()).unwrap();
    let backup = laptop.backup();
    for words in [&["status"][..], &["today"], &ADD, &["backup", "restore", backup.to_str().unwrap()]] {
        helps(&laptop.run(words), 5, "newer");
    }
    helps(&laptop.refused_daemon(), 5, "newer");
    assert!(laptop.findings().contains(&"database".to_owned()));
    assert_eq!(fs::read(laptop.db()).unwrap(), before);
}

#[test]
fn a_newer_book_is_shown_and_not_written() {
    let laptop = Laptop::with_maria();
    let newer = Change::Schema(Schema { writer: SCHEMA + 1, oldest_writer: SCHEMA + 1 });
    Replica::open(&laptop.home(), [8; 16]).unwrap().commit(&[newer]).unwrap();
    assert_eq!(laptop.run(&["status"]).code, 0);
    assert_eq!(laptop.run(&["today"]).code, 0);
    assert_eq!(laptop.names(), ["Maria"]);
    for words in [&ADD[..], &["done"], &["settings", "set", "voice", "warm"]] {
        let said = laptop.run(words);
        helps(&said, 5, "newer");
        assert!(said.error().1.contains("update"), "{said:?}");
    }
    assert!(laptop.findings().contains(&"book".to_owned()));
    let mut daemon = laptop.daemon();
    assert_eq!(daemon.ask(&crate::laptop::add("Ben"))["error"]["kind"], "refused");
    assert_eq!(laptop.names(), ["Maria"]);
    assert!(daemon.is_alive());
}

#[test]
fn a_configuration_that_cannot_be_read_is_named_and_left() {
    for garbage in [&b"colour = 1"[..], b"\xff\xfe\x00", b"{\"json\": true}", b"[Unit]\nDescription=foreign\n"] {
        let laptop = Laptop::with_maria();
        let file = laptop.home().join("config.toml");
        fs::write(&file, garbage).unwrap();
        for words in [&["status"][..], &["today"], &ADD] {
            helps(&laptop.run(words), 2, "config.toml");
        }
        helps(&laptop.refused_daemon(), 2, "config.toml");
        assert!(laptop.findings().contains(&"config".to_owned()));
        assert_eq!(fs::read(&file).unwrap(), garbage);
        fs::remove_file(&file).unwrap();
        assert_eq!(laptop.names(), ["Maria"]);
    }
}

#[test]
fn what_is_in_the_sockets_place_is_told_and_left() {
    let laptop = Laptop::with_maria();
    let socket = laptop.home().join("run/goodword.sock");
    // Left by a daemon that was killed: in nobody's way.
    drop(laptop.daemon());
    assert!(socket.exists());
    assert_eq!(laptop.names(), ["Maria"]);
    drop(laptop.daemon());
    fs::remove_file(&socket).unwrap();

    fs::write(&socket, "a letter").unwrap();
    assert_eq!((laptop.run(&["status"]).code, laptop.run(&["today"]).code), (0, 0));
    helps(&laptop.refused_daemon(), 1, "not a socket");
    assert!(laptop.findings().contains(&"socket".to_owned()));
    assert_eq!(fs::read(&socket).unwrap(), b"a letter");
    fs::remove_file(&socket).unwrap();

    fs::create_dir(&socket).unwrap();
    assert_eq!((laptop.run(&["status"]).code, laptop.run(&["today"]).code), (0, 0));
    helps(&laptop.refused_daemon(), 1, "not a socket");
    assert!(laptop.findings().contains(&"socket".to_owned()));
}

#[test]
fn small_things_out_of_place_do_not_keep_the_author_out() {
    let laptop = Laptop::with_maria();
    fs::write(laptop.home().join("goodword.lock"), b"\xff\x00garbage").unwrap();
    fs::remove_dir_all(laptop.home().join("run")).unwrap();
    fs::write(laptop.home().join("backups/goodword-2026-01-01.automerge"), "torn").unwrap();
    fs::write(laptop.home().join("backups/letters.txt"), "not ours").unwrap();
    fs::write(laptop.home().join("goodword.db.new"), "half").unwrap();
    assert!(laptop.findings().contains(&"backups".to_owned()));
    assert_eq!(laptop.names(), ["Maria"]);
    assert_eq!(laptop.run(&ADD).code, 0);
    assert_eq!(laptop.run(&["backup", "now"]).code, 0);
    assert!(laptop.daemon().is_alive());
    assert!(laptop.home().join("backups/letters.txt").exists());
}

#[test]
fn a_file_where_a_folder_should_be_and_a_folder_where_the_lock_should_be_are_named() {
    for (name, is_folder, finding) in
        [("run", false, "folders"), ("backups", false, "folders"), ("goodword.lock", true, "lock")]
    {
        let laptop = Laptop::with_maria();
        let path = laptop.home().join(name);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
        if is_folder {
            fs::create_dir(&path).unwrap()
        } else {
            fs::write(&path, "mine").unwrap()
        }
        assert_eq!(laptop.run(&["status"]).code, 0);
        for words in [&["today"][..], &ADD] {
            helps(&laptop.run(words), 1, name);
        }
        helps(&laptop.refused_daemon(), 1, name);
        assert!(laptop.findings().contains(&finding.to_owned()), "{name}: {:?}", laptop.findings());
        assert!(is_folder || fs::read(&path).unwrap() == b"mine");
    }
}

#[test]
fn a_home_that_others_may_write_to_or_own_is_refused() {
    let laptop = Laptop::with_maria();
    fs::set_permissions(laptop.home(), fs::Permissions::from_mode(0o777)).unwrap();
    helps(&laptop.run(&["today"]), 5, "others may write");
    helps(&laptop.refused_daemon(), 5, "others may write");
    assert_eq!(laptop.run(&["status"]).code, 0);
    assert!(laptop.findings().contains(&"folders".to_owned()));
    fs::set_permissions(laptop.home(), fs::Permissions::from_mode(0o700)).unwrap();
    if std::os::unix::fs::chown(laptop.home(), Some(4242), None).is_err() {
        eprintln!("skipped in part: only root can give a folder away");
        return;
    }
    helps(&laptop.run(&["today"]), 5, "belongs to another user");
    helps(&laptop.refused_daemon(), 5, "belongs to another user");
    assert!(laptop.findings().contains(&"folders".to_owned()));
}

/// Root may write anywhere but on a disk that is mounted to be read only.
const READ_ONLY: &str = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && shift && exec \"$@\"";

fn in_read_only(home: &Path, words: &[&str]) -> Option<Said> {
    let allowed = Command::new("unshare").args(["-rm", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mount namespace may be made here");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", READ_ONLY, "sh"]).arg(home).arg(GOODWORD).args(words);
    Some(said(plain(&mut command).env("GOODWORD_HOME", home)))
}

#[test]
fn a_read_only_home_can_be_looked_at_and_says_why_it_cannot_be_written() {
    let laptop = Laptop::with_maria();
    let home = laptop.home();
    let Some(status) = in_read_only(&home, &["status"]) else { return };
    assert_eq!(status.code, 0, "{status:?}");
    for words in [&["today"][..], &ADD, &["daemon"]] {
        helps(&in_read_only(&home, words).unwrap(), 1, "ead-only");
    }
    let doctor = in_read_only(&home, &["doctor", "--json"]).unwrap().json();
    let folders = doctor.as_array().unwrap().iter().find(|check| check["check"] == "folders").unwrap();
    assert_eq!(folders["ok"], false);
    assert_eq!(laptop.names(), ["Maria"]);
}

#[test]
fn a_database_that_may_not_be_written_says_so() {
    let laptop = Laptop::with_maria();
    fs::set_permissions(laptop.db(), fs::Permissions::from_mode(0o400)).unwrap();
    let said = laptop.run(&ADD);
    if said.code == 0 {
        eprintln!("skipped: this user may write anything");
        return;
    }
    helps(&said, 1, "written");
    assert_eq!(laptop.run(&["status"]).code, 0);
}
