//! Document and store together: what was committed is what is read, and nothing unreadable is ever replaced.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/bombs.rs"]
mod bombs;
mod support;

use std::{fs, path::Path};

use automerge::sync::{ChunkList, Message, MessageVersion};
use goodword::{
    document::{Document, Exchange},
    domain::{
        Book, Change,
        book::{SCHEMA, Schema},
        record::{Root, Write},
    },
    replica::{CommitError, ImportError, OpenError, Replica},
    store::StoreError,
};
use proptest::{collection, prelude::*};
use support::{applied, change, day, person};

fn open(folder: &Path) -> Result<Replica, OpenError> {
    // As at a real start: never the same actor twice.
    static STARTS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let n = STARTS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut actor = [3; 16];
    actor[..8].copy_from_slice(&n.to_be_bytes());
    Replica::open(folder, actor)
}

fn contact(id: &str) -> Change {
    Change::Contact(person(id, id))
}

/// What changes make of a book, with the shape that a first commit writes.
fn expected(changes: &[Change]) -> Book {
    let mut book = applied(changes);
    if book != Book::default() {
        book.apply(&Change::Schema(Schema { writer: SCHEMA, oldest_writer: SCHEMA }));
    }
    book
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_reopened_book_is_the_pure_book(
        sessions in collection::vec((collection::vec(collection::vec(change(), 1..4), 0..5), any::<bool>()), 1..4)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut made = Vec::new();
        let mut touched = false;
        for (commits, compact) in sessions {
            let mut replica = open(folder.path()).unwrap();
            for changes in commits {
                let before = replica.heads_hex();
                replica.commit(&changes).unwrap();
                touched |= replica.heads_hex() != before;
                made.extend(changes);
            }
            if compact {
                replica.compact().unwrap();
            }
            let mut pure = applied(&made);
            if touched {
                pure.apply(&Change::Schema(Schema { writer: SCHEMA, oldest_writer: SCHEMA }));
            }
            prop_assert_eq!(replica.book(), &pure);
            drop(replica);
            let reopened = open(folder.path()).unwrap();
            prop_assert_eq!(reopened.book(), &pure);
        }
    }
}

#[test]
fn later_changes_of_one_commit_see_the_earlier_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    let changes = [Change::Contact(person("a", "First")), Change::Contact(person("a", "Second")), contact("a")];
    replica.commit(&changes).unwrap();
    assert_eq!(replica.book(), &expected(&changes));
    assert_eq!(open(folder.path()).unwrap().book(), replica.book());
}

#[test]
fn a_commit_that_changes_nothing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[]).unwrap();
    replica.commit(&[Change::Plan(day(1), None)]).unwrap();
    assert!(replica.is_empty());
    replica.commit(&[contact("a")]).unwrap();
    let (heads, bytes) = (replica.heads_hex(), replica.bytes().unwrap());
    replica.commit(&[contact("a")]).unwrap();
    assert_eq!((replica.heads_hex(), replica.bytes().unwrap()), (heads, bytes));
}

#[test]
fn a_book_that_a_newer_program_closed_to_us_can_be_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    let newer = Change::Schema(Schema { writer: SCHEMA + 1, oldest_writer: SCHEMA + 1 });
    replica.commit(&[contact("a"), newer]).unwrap();
    let heads = replica.heads_hex();
    assert!(matches!(replica.commit(&[contact("b")]), Err(CommitError::Refused(_))));
    assert_eq!(replica.heads_hex(), heads);
    assert!(replica.import(br#"{"contacts":{"b":{"name":"B"}}}"#).is_err());
    assert!(open(folder.path()).unwrap().book().refuses_writes());
    let other = tempfile::tempdir().unwrap();
    let mut other = open(other.path()).unwrap();
    assert!(matches!(other.import(&replica.export_automerge()), Err(ImportError::Newer)));
    assert!(matches!(other.import(&replica.export_json().unwrap()), Err(ImportError::Json(_))));
    assert!(other.is_empty());
}

#[test]
fn many_increments_ask_for_a_compaction_that_keeps_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    for n in 0..520 {
        replica.commit(&[Change::Plan(day(n), Some("maria".into()))]).unwrap();
    }
    assert!(replica.needs_compaction());
    let (book, heads) = (replica.book().clone(), replica.heads_hex());
    replica.compact().unwrap();
    assert!(!replica.needs_compaction());
    drop(replica);
    let mut replica = open(folder.path()).unwrap();
    assert_eq!((replica.book(), replica.heads_hex()), (&book, heads));
    replica.commit(&[contact("a")]).unwrap();
    assert_eq!(open(folder.path()).unwrap().book(), replica.book());
}

#[test]
fn two_books_begun_apart_merge_without_losing_anybody() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut one, mut two) = (open(one.path()).unwrap(), open(two.path()).unwrap());
    one.commit(&[contact("a"), contact("both")]).unwrap();
    two.commit(&[contact("b"), contact("c")]).unwrap();
    let report = one.import(&two.export_automerge()).unwrap();
    assert!(report.changes > 0 && !report.was_empty);
    two.import(&one.export_automerge()).unwrap();
    assert_eq!((one.book(), one.heads_hex()), (two.book(), two.heads_hex()));
    let names: Vec<_> = one.book().contacts.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["a", "b", "both", "c"]);
    assert_eq!(one.import(&two.export_automerge()).unwrap().changes, 0);
}

#[test]
fn json_fills_in_what_is_missing_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    let json = br#" {"contacts":{"a":{"name":"Another","email":"a@example.org","feeds":{"https://a.example":true}},
                      "b":{"name":"B","feeds":{},"audiences":{},"handles":{},"aura":{"of":"tomorrow"}}},
             "badges":{"gold":1}}"#;
    let report = replica.import(json).unwrap();
    assert_eq!(report.skipped, ["badges", "contacts/b/aura"]);
    let a = &replica.book().contacts["a"];
    assert_eq!((a.name.as_str(), a.email.as_str(), a.feeds.len()), ("a", "a@example.org", 1));
    assert_eq!(open(folder.path()).unwrap().book(), replica.book());
    let error = replica.import(br#"{"contacts":{"c":{"name":"C","feeds":["x"]}}}"#).unwrap_err();
    assert!(error.to_string().contains("contacts/c/feeds"), "{error}");
    for wrong in [&b"{\"hello\":1}"[..], b"{", b"[]", b"PK\x03\x04"] {
        assert!(replica.import(wrong).is_err());
    }
    assert!(!replica.book().contacts.contains_key("c"));
}

#[test]
fn a_backup_is_the_whole_book_and_opens_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    let path = replica.back_up(day(0)).unwrap();
    assert!(path.ends_with("backups/goodword-2026-01-01.automerge"));
    let other = tempfile::tempdir().unwrap();
    let mut other = open(other.path()).unwrap();
    assert!(other.import(&fs::read(path).unwrap()).unwrap().was_empty);
    assert_eq!((other.book(), other.heads_hex()), (replica.book(), replica.heads_hex()));
}

fn damage(folder: &Path) -> Vec<u8> {
    let path = folder.join("goodword.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..64].fill(0x55);
    fs::write(&path, &bytes).unwrap();
    bytes
}

#[test]
fn an_unreadable_book_is_told_left_alone_and_recovered_from_the_newest_good_backup() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    replica.back_up(day(0)).unwrap();
    replica.commit(&[contact("b")]).unwrap();
    let newer = replica.back_up(day(1)).unwrap();
    drop(replica);
    fs::write(newer, b"torn").unwrap();
    let bytes = damage(folder.path());

    let OpenError::Unreadable { backup: Some(backup), .. } = open(folder.path()).unwrap_err() else { panic!() };
    assert_eq!(backup.date, day(0), "the newest one that can be read");
    assert_eq!(fs::read(folder.path().join("goodword.db")).unwrap(), bytes);

    let good = fs::read(&backup.path).unwrap();
    let (replica, aside) = Replica::recover(folder.path(), "2026-11-22", &good, [9; 16]).unwrap();
    assert_eq!(replica.book(), &expected(&[contact("a")]));
    assert_eq!(fs::read(aside.unwrap()).unwrap(), bytes);
    drop(replica);
    assert_eq!(open(folder.path()).unwrap().book(), &expected(&[contact("a")]));
}

#[test]
fn a_book_is_recovered_from_an_exported_json_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    let (json, book) = (replica.export_json().unwrap(), replica.book().clone());
    drop(replica);
    damage(folder.path());
    drop(Replica::recover(folder.path(), "x", &json, [9; 16]).unwrap());
    assert_eq!(open(folder.path()).unwrap().book(), &book);
}

#[test]
fn a_look_shows_the_book_and_cannot_change_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    let mut looked = Replica::look(folder.path()).unwrap();
    assert_eq!((looked.book(), looked.heads_hex()), (replica.book(), replica.heads_hex()));
    drop(replica);
    looked = Replica::look(folder.path()).unwrap();
    assert!(looked.commit(&[contact("b")]).is_err());
    assert!(!open(folder.path()).unwrap().book().contacts.contains_key("b"));
}

#[test]
fn a_saved_book_is_sealed_and_an_altered_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&support::big(60, 30)).unwrap();
    let mut bytes = replica.export_automerge();
    assert!(goodword::document::limits::is_sealed(&bytes));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    assert!(!goodword::document::limits::is_sealed(&bytes));
    assert!(!goodword::document::limits::is_sealed(&bytes[..middle]) && !goodword::document::limits::is_sealed(b""));
}

#[test]
fn a_recovery_with_a_bad_backup_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap().commit(&[contact("a")]).unwrap();
    let bytes = damage(folder.path());
    assert!(Replica::recover(folder.path(), "x", b"torn", [9; 16]).is_err());
    assert_eq!(fs::read(folder.path().join("goodword.db")).unwrap(), bytes);
}

#[test]
fn a_chunk_that_was_altered_is_an_error_and_not_a_smaller_book() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    replica.commit(&[contact("b")]).unwrap();
    drop(replica);
    let db = rusqlite::Connection::open(folder.path().join("goodword.db")).unwrap();
    db.execute("UPDATE chunks SET bytes = substr(bytes, 1, 20) WHERE id = 2", []).unwrap();
    drop(db);
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(&error, OpenError::Unreadable { backup: None, why } if why.contains("part 2")), "{error}");
}

#[test]
fn a_book_that_is_gone_while_its_backups_are_there_is_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    let backup = replica.back_up(day(0)).unwrap();
    let book = replica.book().clone();
    drop(replica);
    fs::remove_file(folder.path().join("goodword.db")).unwrap();
    assert!(matches!(open(folder.path()), Err(OpenError::Missing { .. })));
    let (replica, aside) = Replica::recover(folder.path(), "x", &fs::read(backup).unwrap(), [9; 16]).unwrap();
    assert_eq!((replica.book(), aside), (&book, None));
}

#[test]
fn a_store_of_a_later_version_is_not_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap();
    let db = rusqlite::Connection::open(folder.path().join("goodword.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    assert!(matches!(open(folder.path()), Err(OpenError::Store(StoreError::Newer { .. }))));
}

#[test]
fn what_the_disk_refuses_is_taken_back_from_the_document_and_the_next_change_is_kept() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("a")]).unwrap();
    let (heads, book) = (replica.heads_hex(), replica.book().clone());
    let mut theirs = open(other.path()).unwrap();
    theirs.commit(&[contact("theirs")]).unwrap();
    let db = rusqlite::Connection::open(folder.path().join(goodword::store::FILE)).unwrap();
    let refuse = "CREATE TRIGGER full BEFORE INSERT ON chunks BEGIN SELECT RAISE(FAIL, 'no room'); END";
    for _ in 0..2 {
        db.execute_batch(refuse).unwrap();
        assert!(matches!(replica.commit(&[contact("b")]), Err(CommitError::Store(_))));
        assert!(matches!(replica.import(&theirs.export_automerge()), Err(ImportError::Commit(_))));
        assert_eq!((replica.heads_hex(), replica.book()), (heads.clone(), &book), "it is as it was");
        db.execute_batch("DROP TRIGGER full").unwrap();
    }
    replica.commit(&[contact("c")]).unwrap();
    replica.import(&theirs.export_automerge()).unwrap();
    let names = |replica: &Replica| replica.book().people().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&replica), ["a", "c", "theirs"]);
    let heads = replica.heads_hex();
    drop(replica);
    let again = open(folder.path()).unwrap();
    assert_eq!((again.heads_hex(), names(&again)), (heads, vec!["a".into(), "c".into(), "theirs".into()]));
}

/// A message with this change and nothing else.
fn bringing(change: Vec<u8>) -> Vec<u8> {
    let (heads, need, have, flags) = (Vec::new(), Vec::new(), Vec::new(), None);
    Message { heads, need, have, changes: ChunkList::from(vec![change]), flags, version: MessageVersion::V1 }.encode()
}

#[test]
fn a_peers_change_that_breaks_off_halfway_leaves_the_book_as_it_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = open(folder.path()).unwrap();
    replica.commit(&[contact("maria")]).unwrap();
    let shared = Document::open(&replica.export_automerge(), [1; 16]).unwrap();
    let mut theirs = shared.clone();
    let why =
        Write::Field { root: Root::Contacts, id: "maria".into(), field: "why".into(), value: Some("kind".into()) };
    theirs.commit(&[why]).unwrap();
    let honest = theirs.changes_after(&shared.heads_hex());
    // Of all changes of one byte those that automerge begins to lay on the book, and panics.
    let mutants = (0..honest.len()).flat_map(|at| (0..8).map(move |bit| (at, bit)));
    let mutants = mutants.map(|(at, bit)| {
        let mut mutant = honest.clone();
        mutant[at] ^= 1 << bit;
        bombs::reseal(&mut mutant);
        bringing(mutant)
    });
    let tears = |message: &Vec<u8>| {
        let mut document = shared.clone();
        _ = Exchange::default().read(&mut document, message, true);
        document.is_torn()
    };
    let tearing: Vec<_> = mutants.filter(tears).collect();
    assert!(!tearing.is_empty());
    let (heads, book) = (replica.heads_hex(), replica.book().clone());
    for message in tearing {
        assert!(replica.hear(&mut Exchange::default(), &message).is_err());
        assert_eq!((replica.heads_hex(), replica.book()), (heads.clone(), &book));
    }
    assert_eq!(replica.hear(&mut Exchange::default(), &bringing(honest)).unwrap(), 1);
    replica.commit(&[contact("paul")]).unwrap();
    let book = replica.book().clone();
    assert_eq!(book.contacts.len(), 2);
    drop(replica);
    assert_eq!(open(folder.path()).unwrap().book(), &book);
}
