//! Killed at any moment, an acknowledged change is still there; with a full disk, nothing is lost and work goes on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use goodword::{
    domain::{Change, Id},
    replica::{CommitError, Replica},
    store::{self, StoreError},
};
use support::person;

/// Set for the process that writes: its folder, and the number of its first person.
const HOME: &str = "GOODWORD_TEST_HOME";
const FIRST: &str = "GOODWORD_TEST_FIRST";
/// How many times the writer is killed; more where somebody has the time.
const ROUNDS: &str = "GOODWORD_CRASH_ROUNDS";

fn actor(n: u64) -> [u8; 16] {
    let mut actor = [7; 16];
    actor[..8].copy_from_slice(&n.to_be_bytes());
    actor
}

fn add(replica: &mut Replica, n: u64) -> Result<(), CommitError> {
    // Some are long, so that a kill meets pages half written; the log is checkpointed again and again.
    let mut contact = person(&format!("p{n}"), &format!("Person {n}"));
    contact.notes = "x".repeat(if n.is_multiple_of(3) { 20_000 } else { 10 });
    replica.commit(&[Change::Contact(contact)])
}

fn child(test: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", test, "--nocapture"]).env(HOME, home);
    command
}

#[test]
#[ignore = "run by the tests below in a process of its own"]
fn writer() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let mut replica = Replica::open(Path::new(&home), actor(first)).unwrap();
    // The parent ends this; a bound all the same.
    for n in first..first + 1_000_000 {
        add(&mut replica, n).unwrap();
        writeln!(std::io::stdout(), "\nack {n}").unwrap();
        if n % 7 == 0 {
            replica.compact().unwrap();
        }
    }
}

fn kill_at(mut writer: Child, acks: usize, micros: u64) -> Vec<u64> {
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let number = |line: String| line.strip_prefix("ack ").and_then(|n| n.parse().ok());
    let mut heard: Vec<u64> = lines.by_ref().map_while(Result::ok).filter_map(number).take(acks).collect();
    thread::sleep(Duration::from_micros(micros));
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What was written before the kill was acknowledged, whether we had read it or not.
    heard.extend(lines.map_while(Result::ok).filter_map(number));
    heard
}

#[test]
fn what_was_acknowledged_is_there_after_kill_9() {
    let rounds: u64 = std::env::var(ROUNDS).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(30);
    let folder = tempfile::tempdir().unwrap();
    let mut ledger: BTreeSet<u64> = BTreeSet::new();
    for round in 0..rounds {
        let first = ledger.last().map_or(0, |last| last + 10);
        let mut command = child("writer", folder.path());
        let writer =
            command.env(FIRST, first.to_string()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // A different moment each round, the same ones each run.
        let seed = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let heard = kill_at(writer, 2 + usize::try_from(seed % 9).unwrap(), seed % 5_000);
        assert!(heard.len() >= 2, "round {round}: {heard:?}");
        ledger.extend(heard);
        let replica = Replica::open(folder.path(), actor(round)).unwrap();
        let missing: Vec<_> =
            ledger.iter().filter(|n| !replica.book().contacts.contains_key(&Id::from(format!("p{n}")))).collect();
        assert!(missing.is_empty(), "round {round}: {missing:?} of {}", ledger.len());
    }
    assert!(ledger.len() as u64 >= rounds * 2);
}

/// Runs a test of this file with file-size signals ignored, so that a write past a limit fails as on a full disk.
fn with_file_limits(test: &str, home: &Path) {
    let exe = std::env::current_exe().unwrap();
    let script = "trap '' XFSZ; exec \"$0\" --ignored --exact \"$1\" --nocapture";
    let output = Command::new("sh").args(["-c", script]).arg(exe).arg(test).env(HOME, home).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

fn limit_files(bytes: Option<u64>) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limits = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, rustix::process::Rlimit { current: bytes, ..limits }).unwrap();
}

#[test]
fn every_write_that_fails_leaves_the_book_whole_and_the_next_one_works() {
    let folder = tempfile::tempdir().unwrap();
    with_file_limits("fail_every_write", folder.path());
}

#[test]
#[ignore = "run by the test above in a process of its own"]
fn fail_every_write() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let home = Path::new(&home);
    let mut replica = Replica::open(home, actor(1)).unwrap();
    add(&mut replica, 0).unwrap();
    let wal = home.join("goodword.db-wal");
    let (mut n, mut failures) = (0, 0);
    // From nothing to more than a commit needs, half a page at a time: each write of a commit fails in its turn.
    for room in (0..60_000_u64).step_by(2_048) {
        let (book, heads) = (replica.book().clone(), replica.heads_hex());
        limit_files(Some(fs::metadata(&wal).unwrap().len() + room));
        n += 3;
        let result = add(&mut replica, n);
        limit_files(None);
        if let Err(error) = result {
            failures += 1;
            let told = matches!(error, CommitError::Store(StoreError::Full | StoreError::Disk(_)));
            assert!(told, "{error:?}");
            assert_eq!((replica.book(), replica.heads_hex()), (&book, heads), "with {room} bytes of room");
            add(&mut replica, n).unwrap();
        }
        assert!(replica.book().contacts.contains_key(&Id::from(format!("p{n}"))));
    }
    assert!(failures > 8, "{failures}");
    let mut uncompacted = 0;
    for room in (0..120_000_u64).step_by(8_192) {
        limit_files(Some(room));
        uncompacted += u32::from(replica.compact().is_err());
        limit_files(None);
        n += 3;
        add(&mut replica, n).unwrap();
    }
    assert!(uncompacted > 0);
    let book = replica.book().clone();
    drop(replica);
    assert_eq!(Replica::open(home, actor(2)).unwrap().book(), &book);
}

/// A disk of 2 MB in a mount namespace of its own, which goes when the process goes.
const SMALL_DISK: &str = "mount -t tmpfs -o size=2m tmpfs \"$GOODWORD_TEST_HOME\" && \
                          exec \"$0\" --ignored --exact fill_the_disk --nocapture";

#[test]
fn on_a_full_disk_the_book_stays_whole_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let allowed = Command::new("unshare").args(["-rm", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mount namespace may be made here");
        return;
    }
    let exe = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    let output = command.args(["-rm", "sh", "-c", SMALL_DISK]).arg(exe).env(HOME, folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

#[test]
#[ignore = "run by the test above in a process of its own"]
fn fill_the_disk() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let home = Path::new(&home);
    let mut replica = Replica::open(home, actor(1)).unwrap();
    for n in 0..10 {
        add(&mut replica, n).unwrap();
    }
    let filler = home.join("somebody else's film");
    for round in 0..5 {
        // Until the write fails, a byte at a time at the end: not one page is left.
        let mut film = fs::File::create(&filler).unwrap();
        for piece in [65_536, 4_096, 1] {
            while film.write_all(&vec![1; piece]).is_ok() {}
        }
        let (book, heads) = (replica.book().clone(), replica.heads_hex());
        let mut failed = None;
        for n in 0..40 {
            let n = 1_000 + round * 100 + n * 3;
            let before = replica.book().clone();
            if let Err(error) = add(&mut replica, n) {
                assert_eq!(replica.book(), &before);
                failed = Some(error);
                break;
            }
        }
        assert!(matches!(failed, Some(CommitError::Store(StoreError::Full))), "{failed:?}");
        assert!(replica.back_up(support::day(0)).is_err());
        assert_eq!(replica.backups().unwrap(), []);
        assert!(replica.book().contacts.len() >= book.contacts.len() && !heads.is_empty());
        drop(film);
        fs::remove_file(&filler).unwrap();
        add(&mut replica, 5_000 + round).unwrap();
    }
    let book = replica.book().clone();
    drop(replica);
    assert_eq!(Replica::open(home, actor(2)).unwrap().book(), &book);
}

#[test]
fn a_crash_while_the_store_is_made_leaves_no_half_store() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("goodword.db.new"), b"half").unwrap();
    let mut replica = Replica::open(folder.path(), actor(1)).unwrap();
    add(&mut replica, 1).unwrap();
    assert!(!folder.path().join("goodword.db.new").exists());
    assert!(folder.path().join(store::FILE).exists());
}
