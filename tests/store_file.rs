//! The store's file: private, never trusted blindly, never overwritten.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use goodword::{
    domain::{Item, ItemKind},
    store::{
        ChunkKind, Feed, Store, StoreError, backup,
        feeds::{ITEMS_PER_FEED, InAll},
        lock::{Lock, LockError},
    },
};
use jiff::{Timestamp, civil::date};
use proptest::prelude::*;
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn db(&self) -> PathBuf {
        self.0.path().join("goodword.db")
    }

    /// A store with a snapshot and two increments, closed.
    fn filled() -> Home {
        let home = Home::new();
        let mut store = Store::open(&home.db()).unwrap();
        store.append(ChunkKind::Snapshot, &[1; 9_000]).unwrap();
        store.append(ChunkKind::Increment, b"two").unwrap();
        store.append(ChunkKind::Increment, b"three").unwrap();
        home
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn chunks_come_back_in_order_from_the_latest_snapshot_on() {
    let home = Home::filled();
    let mut store = Store::open(&home.db()).unwrap();
    let chunks = store.chunks().unwrap();
    let kinds: Vec<_> = chunks.iter().map(|chunk| chunk.kind).collect();
    assert_eq!(kinds, [ChunkKind::Snapshot, ChunkKind::Increment, ChunkKind::Increment]);
    assert_eq!(chunks[2].bytes, b"three");
    store.compact(b"all").unwrap();
    store.append(ChunkKind::Increment, b"four").unwrap();
    let bytes: Vec<_> = store.chunks().unwrap().into_iter().map(|chunk| chunk.bytes).collect();
    assert_eq!(bytes, [b"all".to_vec(), b"four".to_vec()]);
    assert_eq!(store.size().unwrap(), (2, 7));
}

#[test]
fn only_the_owner_may_read_any_of_its_files() {
    let home = Home::new();
    let mut store = Store::open(&home.db()).unwrap();
    store.append(ChunkKind::Snapshot, b"private").unwrap();
    let _lock = Lock::take(home.0.path(), Duration::ZERO).unwrap();
    for name in home.names() {
        assert_eq!(mode(&home.0.path().join(&name)), 0o600, "{name}");
    }
    assert_eq!(home.names(), ["goodword.db", "goodword.db-shm", "goodword.db-wal", "goodword.lock"]);
}

#[test]
fn files_that_are_no_store_are_told_apart_and_left_as_they_are() {
    let foreign = |home: &Home| {
        let db = rusqlite::Connection::open(home.db()).unwrap();
        db.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    };
    let newer = |home: &Home| {
        drop(Store::open(&home.db()).unwrap());
        rusqlite::Connection::open(home.db()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    };
    type Make<'a> = &'a dyn Fn(&Home);
    let cases: [(&str, Make<'_>, &str); 5] = [
        ("empty", &|home| fs::write(home.db(), b"").unwrap(), "Damaged"),
        ("text", &|home| fs::write(home.db(), "dear diary, ".repeat(400)).unwrap(), "Damaged"),
        ("another program's", &foreign, "Foreign"),
        ("a later program's", &newer, "Newer"),
        ("only a log", &|home| fs::write(home.0.path().join("goodword.db-wal"), b"log").unwrap(), "Damaged"),
    ];
    for (name, make, expected) in cases {
        let home = Home::new();
        make(&home);
        let read = |home: &Home| {
            home.names().into_iter().map(|name| fs::read(home.0.path().join(name)).unwrap()).collect::<Vec<_>>()
        };
        let before = read(&home);
        let error = Store::open(&home.db()).unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{name}: {error:?}");
        assert_eq!(read(&home), before, "{name}");
    }
}

#[test]
fn a_truncated_store_is_found_damaged() {
    let home = Home::filled();
    let file = File::options().write(true).open(home.db()).unwrap();
    file.set_len(fs::metadata(home.db()).unwrap().len() / 2 / 4096 * 4096).unwrap();
    assert!(matches!(Store::open(&home.db()), Err(StoreError::Damaged { .. })));
}

#[test]
fn what_is_set_aside_is_whole_and_never_overwrites_what_was_set_aside_before() {
    let home = Home::new();
    for name in ["goodword.db", "goodword.db-wal", "goodword.db-shm"] {
        fs::write(home.0.path().join(name), name).unwrap();
    }
    let replace = |bytes| Store::replace(&home.db(), "2026-11-22T09-00", bytes).unwrap();
    let (store, first) = replace(b"new");
    assert_eq!(fs::read(first.unwrap()).unwrap(), b"goodword.db");
    assert_eq!(store.chunks().unwrap()[0].bytes, b"new");
    drop(store);
    fs::write(home.db(), "again").unwrap();
    let (store, second) = replace(b"newer");
    assert_eq!(fs::read(second.unwrap()).unwrap(), b"again");
    drop(store);
    let stamp = "goodword.db.set-aside-2026-11-22T09-00";
    let kept = [
        "goodword.db".to_owned(),
        stamp.to_owned(),
        format!("{stamp}-1"),
        format!("{stamp}-shm"),
        format!("{stamp}-wal"),
    ];
    assert_eq!(home.names(), kept);
    assert_eq!(mode(&home.db()), 0o600);
}

#[test]
fn a_replacement_that_a_crash_cut_off_is_finished_and_never_by_an_old_log() {
    let home = Home::new();
    let (store, _) = Store::replace(&home.db(), "x", b"new").unwrap();
    drop(store);
    // As after a crash between the two renames: the old store is set aside, the new one waits.
    let waiting = home.0.path().join("goodword.db.restored");
    fs::rename(home.db(), &waiting).unwrap();
    fs::write(home.0.path().join("goodword.db-wal"), "the old store's log").unwrap();
    Store::finish_replacing(&home.db()).unwrap();
    assert!(waiting.exists() && !home.db().exists(), "the old log is still to be set aside");
    fs::remove_file(home.0.path().join("goodword.db-wal")).unwrap();
    Store::finish_replacing(&home.db()).unwrap();
    assert_eq!(Store::open(&home.db()).unwrap().chunks().unwrap()[0].bytes, b"new");
    assert!(!waiting.exists());
}

/// Every file with its bytes and its time: what a look must not change.
fn state(home: &Home) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
    let of = |name: String| {
        let path = home.0.path().join(&name);
        (name, fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap())
    };
    home.names().into_iter().map(of).collect()
}

#[test]
fn a_look_reads_everything_and_leaves_no_trace() {
    let empty = Home::new();
    assert_eq!(Store::look(&empty.db()).unwrap().chunks().unwrap(), []);
    assert_eq!(state(&empty), []);
    let home = Home::filled();
    let before = state(&home);
    assert_eq!(Store::look(&home.db()).unwrap().chunks().unwrap().len(), 3);
    assert_eq!(state(&home), before);
}

#[test]
fn a_look_reads_the_log_of_a_process_that_is_writing_or_was_killed() {
    let home = Home::filled();
    let mut store = Store::open(&home.db()).unwrap();
    store.append(ChunkKind::Increment, b"four").unwrap();
    let killed = Home::new();
    for name in ["goodword.db", "goodword.db-wal"] {
        fs::copy(home.0.path().join(name), killed.0.path().join(name)).unwrap();
    }
    for home in [&home, &killed] {
        let before = state(home);
        assert_eq!(Store::look(&home.db()).unwrap().chunks().unwrap().last().unwrap().bytes, b"four");
        assert_eq!(state(home), before);
    }
}

#[test]
fn a_damaged_store_with_a_log_stays_byte_by_byte_as_it_was_found() {
    let home = Home::filled();
    let mut store = Store::open(&home.db()).unwrap();
    store.append(ChunkKind::Increment, &[4; 9_000]).unwrap();
    let damaged = Home::new();
    for name in ["goodword.db", "goodword.db-wal"] {
        fs::copy(home.0.path().join(name), damaged.0.path().join(name)).unwrap();
    }
    let mut bytes = fs::read(damaged.db()).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(0x55);
    fs::write(damaged.db(), bytes).unwrap();
    let read = || ["goodword.db", "goodword.db-wal"].map(|name| fs::read(damaged.0.path().join(name)).unwrap());
    let before = read();
    let opened = Store::open(&damaged.db()).and_then(|store| store.chunks().map(|_| ()));
    assert!(matches!(opened, Err(StoreError::Damaged { .. })), "{opened:?}");
    assert_eq!(read(), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_never_gives_other_chunks(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let home = Home::filled();
        let chunks = Store::open(&home.db()).unwrap().chunks().unwrap();
        let mut bytes = fs::read(home.db()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(home.db(), &bytes).unwrap();
        // Either it is found out, or the bit lay where it does no harm.
        if let Ok(read) = Store::open(&home.db()).and_then(|store| store.chunks()) {
            prop_assert_eq!(read, chunks, "byte {}", at);
        }
    }
}

#[test]
fn one_process_owns_a_home_and_the_other_is_told_who() {
    let home = Home::new();
    let held = Lock::take(home.0.path(), Duration::ZERO).unwrap();
    let error = Lock::take(home.0.path(), Duration::ZERO).unwrap_err();
    assert!(matches!(error, LockError::Held { pid: Some(pid) } if pid == std::process::id()), "{error:?}");
    let path = home.0.path().to_owned();
    let waiting = std::thread::spawn(move || Lock::take(&path, Duration::from_secs(60)).map(|_| ()));
    drop(held);
    waiting.join().unwrap().unwrap();
}

#[test]
fn what_a_device_keeps_for_itself_is_kept_and_forgotten() {
    let home = Home::new();
    let mut store = Store::open(&home.db()).unwrap();
    store.device_set("id", Some("a")).unwrap();
    store.device_set("id", Some("b")).unwrap();
    store.device_set("token", Some("t")).unwrap();
    store.device_set("token", None).unwrap();
    drop(store);
    let store = Store::open(&home.db()).unwrap();
    assert_eq!(store.device_get("id").unwrap().as_deref(), Some("b"));
    assert_eq!(store.device_get("token").unwrap(), None);
}

fn item(n: u32, published: Option<i64>) -> Item {
    Item {
        title: format!("Post {n}"),
        url: format!("https://example.org/{n}"),
        published: published.map(|seconds| Timestamp::from_second(seconds).unwrap()),
        feed: "https://example.org/feed".into(),
        kind: ItemKind::Episode,
        summary: "words".into(),
        warning: Some("spiders".into()),
    }
}

#[test]
fn a_feed_keeps_its_newest_items_and_its_health() {
    let home = Home::new();
    let mut store = Store::open(&home.db()).unwrap();
    let now = Timestamp::from_second(1_000_000).unwrap();
    let mut feed =
        Feed { url: "https://example.org/feed".into(), etag: Some("e".into()), failures: 2, ..Feed::default() };
    feed.next_at = Some(now);
    let items: Vec<_> = (0..150).map(|n| item(n, Some(i64::from(n)))).collect();
    store.save_feed(&feed, &items, now).unwrap();
    let read = store.items_of(&[&feed.url]).unwrap();
    assert_eq!(read.len(), ITEMS_PER_FEED);
    assert_eq!((&read[0], &read[99]), (&items[149], &items[50]));
    assert_eq!(store.feed(&feed.url).unwrap().as_ref(), Some(&feed));
    // A failed fetch has no items and takes none away.
    feed.error = Some("timed out".into());
    store.save_feed(&feed, &[], now).unwrap();
    assert_eq!(store.items_of(&[&feed.url, "https://elsewhere.example"]).unwrap().len(), ITEMS_PER_FEED);
    assert_eq!(store.feeds().unwrap(), [feed]);
    store.keep_feeds(|_| false).unwrap();
    assert_eq!((store.feeds().unwrap().len(), store.items_of(&["https://example.org/feed"]).unwrap().len()), (0, 0));
}

#[test]
fn feeds_are_counted_and_those_at_rest_told_without_reading_them_all() {
    let home = Home::new();
    let mut store = Store::open(&home.db()).unwrap();
    assert_eq!(store.feeds_in_all().unwrap(), InAll::default());
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    for (url, asked, next, failures) in [("a", 100, Some(200), 0), ("b", 150, Some(300), 3), ("c", 120, None, 0)] {
        let (fetched_at, next_at) = (Some(at(asked)), next.map(at));
        let feed = Feed { url: url.into(), fetched_at, next_at, failures, ..Feed::default() };
        store.save_feed(&feed, &[], at(asked)).unwrap();
    }
    assert_eq!(store.feeds_in_all().unwrap(), InAll { total: 3, failing: 1, fetched_at: Some(at(150)) });
    let resting = |now| store.resting_feeds(at(now)).unwrap();
    assert_eq!(
        (resting(199), resting(200), resting(300)),
        (["a".into(), "b".into()].into(), ["b".into()].into(), [].into())
    );
}

#[test]
fn an_item_without_a_date_counts_from_when_it_was_first_seen() {
    let home = Home::new();
    let mut store = Store::open(&home.db()).unwrap();
    let feed = Feed { url: "https://example.org/feed".into(), ..Feed::default() };
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    store.save_feed(&feed, &[item(1, None)], at(100)).unwrap();
    store.save_feed(&feed, &[item(1, None), item(2, Some(200))], at(300)).unwrap();
    let titles: Vec<_> = store.items_of(&[&feed.url]).unwrap().into_iter().map(|item| item.title).collect();
    assert_eq!(titles, ["Post 2", "Post 1"]);
}

#[test]
fn a_backup_that_was_damaged_since_is_not_one_of_the_fourteen() {
    let home = Home::new();
    let folder = home.0.path().join("backups");
    fs::create_dir_all(folder.join("goodword-2026-10-01.automerge")).unwrap();
    for day in 1..=20 {
        backup::write(&folder, date(2026, 11, day), b"good", |_| true, |read| read == b"good").unwrap();
        if day % 5 == 0 {
            fs::write(folder.join(format!("goodword-2026-11-{day:02}.automerge")), "torn").unwrap();
        }
    }
    let good = backup::list(&folder, date(2026, 11, 20))
        .unwrap()
        .into_iter()
        .filter(|backup| fs::read(&backup.path).unwrap() == b"good");
    assert_eq!(good.map(|backup| backup.date.day()).next_back(), Some(4));
}

#[test]
fn fourteen_backups_are_kept_and_a_bad_one_never_takes_a_good_ones_place() {
    let home = Home::new();
    let folder = home.0.path().join("backups");
    assert_eq!(backup::list(&folder, date(2026, 11, 20)).unwrap(), []);
    for day in 1..=20 {
        backup::write(&folder, date(2026, 11, day), b"good", |read| read == b"good", |_| true).unwrap();
    }
    assert!(backup::write(&folder, date(2026, 11, 20), b"bad", |_| false, |_| true).is_err());
    fs::write(folder.join("letters.txt"), "not ours").unwrap();
    let dates: Vec<_> =
        backup::list(&folder, date(2026, 11, 20)).unwrap().into_iter().map(|backup| backup.date).collect();
    assert_eq!(dates, (7..=20).rev().map(|day| date(2026, 11, day)).collect::<Vec<_>>());
    assert_eq!(fs::read(folder.join("goodword-2026-11-20.automerge")).unwrap(), b"good");
    assert_eq!((mode(&folder), mode(&folder.join("goodword-2026-11-20.automerge"))), (0o700, 0o600));
    assert!(folder.join("letters.txt").exists());
}

#[test]
fn a_backup_that_a_wrong_clock_dated_is_never_the_newest_and_goes_first() {
    let home = Home::new();
    let folder = home.0.path().join("backups");
    let write = |day| backup::write(&folder, day, b"good", |_| true, |_| true).unwrap();
    write(date(2026, 11, 1));
    write(date(2031, 1, 1));
    write(date(2026, 11, 2));
    let dates = |today| backup::list(&folder, today).unwrap().into_iter().map(|backup| backup.date).collect::<Vec<_>>();
    assert_eq!(dates(date(2026, 11, 2)), [date(2026, 11, 2), date(2026, 11, 1), date(2031, 1, 1)]);
    // A journey to the west makes yesterday's backup one of tomorrow.
    assert_eq!(dates(date(2026, 11, 1))[0], date(2026, 11, 2));
    (3..=15).for_each(|day| _ = write(date(2026, 11, day)));
    assert!(!dates(date(2026, 11, 15)).contains(&date(2031, 1, 1)));
    assert_eq!(dates(date(2026, 11, 15)).len(), backup::KEPT);
}

#[test]
fn what_is_written_beside_a_compaction_follows_it() {
    let home = Home::new();
    let mut daemon = Store::open(&home.db()).unwrap();
    daemon.append(ChunkKind::Snapshot, b"one").unwrap();
    daemon.append(ChunkKind::Increment, b"two").unwrap();
    let mut keeper = Store::beside(&home.db()).unwrap();
    assert_eq!(keeper.chunks().unwrap().len(), 2);
    daemon.append(ChunkKind::Increment, b"three").unwrap();
    keeper.compact(b"one and two").unwrap();
    drop(keeper);
    daemon.append(ChunkKind::Increment, b"four").unwrap();
    let bytes = |store: &Store| store.chunks().unwrap().into_iter().map(|chunk| chunk.bytes).collect::<Vec<_>>();
    assert_eq!(bytes(&daemon), [&b"one and two"[..], b"three", b"four"]);
    drop(daemon);
    assert_eq!(bytes(&Store::open(&home.db()).unwrap()), [&b"one and two"[..], b"three", b"four"]);
}
