//! The document against the pure book: it must say the same, however it was written, merged or read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use goodword::{
    document::{Document, LoadError, WriteError, json},
    domain::{
        Book, Change, Id,
        record::{Root, Scalar, Write},
    },
};
use proptest::{collection, prelude::*};
use support::{applied, change, person};

fn document(actor: u8) -> Document {
    Document::new([actor; 16]).unwrap()
}

/// Commits changes one by one, as a device does.
fn write(document: &mut Document, book: &mut Book, changes: &[Change]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for change in changes {
        let writes = change.writes(book);
        bytes.extend(document.commit(&writes).unwrap().unwrap_or_default());
        writes.iter().for_each(|write| book.read(write));
    }
    bytes
}

fn note(root: Root, key: &str, value: &str) -> Write {
    Write::Note { root, key: key.into(), value: Some(value.into()) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_document_says_what_the_pure_book_says(changes in collection::vec(change(), 0..25)) {
        let (mut document, mut book) = (document(1), Book::default());
        write(&mut document, &mut book, &changes);
        prop_assert_eq!(&applied(&changes), &book);
        prop_assert_eq!(&document.book(), &book);
        let again = Document::load([document.save().as_slice()], [2; 16]).unwrap();
        prop_assert_eq!(again.book(), book);
    }

    #[test]
    fn three_laptops_converge_in_any_order(
        parts in collection::vec(collection::vec(change(), 0..10), 3),
        order in Just([0_usize, 1, 2]).prop_shuffle(),
    ) {
        let mut documents = [document(1), document(2), document(3)];
        let mut books = [(); 3].map(|()| Book::default());
        let bytes: Vec<Vec<u8>> =
            (0..3).map(|n| write(&mut documents[n], &mut books[n], &parts[n])).collect();
        for (n, mine) in documents.iter_mut().enumerate() {
            let start = n;
            for step in 0..3 {
                let from = order[(start + step) % 3];
                let received = mine.receive(&bytes[from]).unwrap();
                // The book that was brought up to date by what was touched is the one that is read afresh.
                mine.update(&mut books[n], received.touched);
                prop_assert_eq!(&books[n], &mine.book());
            }
        }
        prop_assert_eq!(documents[0].heads_hex(), documents[1].heads_hex());
        prop_assert_eq!(documents[1].heads_hex(), documents[2].heads_hex());
        prop_assert_eq!(&books[0], &books[1]);
        prop_assert_eq!(&books[1], &books[2]);
    }

    #[test]
    fn edits_after_a_meeting_touch_what_they_change(
        before in collection::vec(change(), 0..10),
        mine in collection::vec(change(), 0..10),
        theirs in collection::vec(change(), 0..10),
    ) {
        let (mut a, mut book_a) = (document(1), Book::default());
        write(&mut a, &mut book_a, &before);
        let mut b = Document::load([a.save().as_slice()], [2; 16]).unwrap();
        let mut book_b = b.book();
        write(&mut a, &mut book_a, &mine);
        write(&mut b, &mut book_b, &theirs);
        let received = a.receive(&b.save()).unwrap();
        a.update(&mut book_a, received.touched);
        prop_assert_eq!(&book_a, &a.book());
        b.receive(&a.save()).unwrap();
        prop_assert_eq!(b.book(), book_a);
    }

    #[test]
    fn json_gives_the_same_book_back(changes in collection::vec(change(), 0..25)) {
        let (mut document, mut book) = (document(1), Book::default());
        write(&mut document, &mut book, &changes);
        let parsed = json::parse(&document.to_json().unwrap()).unwrap();
        let mut copy = self::document(2);
        copy.commit(&parsed.writes).unwrap();
        prop_assert_eq!(copy.book(), book);
        prop_assert_eq!(parsed.skipped, Vec::<String>::new());
    }
}

#[test]
fn taking_the_same_in_twice_does_nothing() {
    let (mut a, mut b) = (document(1), document(2));
    write(&mut a, &mut Book::default(), &[Change::Contact(person("maria", "Maria"))]);
    assert_eq!(b.receive(&a.save()).unwrap().changes, 1);
    let again = b.receive(&a.save()).unwrap();
    assert_eq!((again.changes, again.bytes), (0, Vec::new()));
}

#[test]
fn what_a_later_version_wrote_survives_our_edits() {
    let mut doc = document(1);
    let mut book = Book::default();
    write(&mut doc, &mut book, &[Change::Contact(person("maria", "Maria"))]);
    let (root, id) = (Root::Contacts, Id::from("maria"));
    let field = |field: &str| Write::Field { root, id: id.clone(), field: field.into(), value: Some("new".into()) };
    doc.commit(&[field("aura"), note(Root::Journal, "a key of tomorrow", "{\"what\":\"hummed\"}")]).unwrap();
    let mut edited = book.contacts[&id].clone();
    edited.why = "changed".into();
    write(&mut doc, &mut book, &[Change::Contact(edited)]);
    let json: serde_json::Value = serde_json::from_slice(&doc.to_json().unwrap()).unwrap();
    assert_eq!(json["contacts"]["maria"]["aura"], "new");
    assert_eq!(json["contacts"]["maria"]["why"], "changed");
    assert_eq!(json["journal"]["a key of tomorrow"], "{\"what\":\"hummed\"}");
    assert_eq!(doc.book(), book);
}

#[test]
fn a_removal_is_a_tombstone_that_a_concurrent_edit_does_not_lose() {
    let mut a = document(1);
    let mut book = Book::default();
    write(&mut a, &mut book, &[Change::Contact(person("maria", "Maria"))]);
    let mut b = Document::load([a.save().as_slice()], [2; 16]).unwrap();
    let maria = book.contacts[&Id::from("maria")].clone();
    let removed = goodword::domain::Contact { removed: Some(support::day(2)), ..maria.clone() };
    let renamed = goodword::domain::Contact { name: "Maria Ruiz".into(), ..maria };
    write(&mut a, &mut book.clone(), &[Change::Contact(removed)]);
    write(&mut b, &mut book, &[Change::Contact(renamed)]);
    a.receive(&b.save()).unwrap();
    let merged = a.book().contacts[&Id::from("maria")].clone();
    assert_eq!((merged.name.as_str(), merged.removed), ("Maria Ruiz", Some(support::day(2))));
}

#[test]
fn a_write_to_a_record_that_is_not_there_is_refused_and_nothing_of_the_commit_is_made() {
    let mut doc = document(1);
    let (root, id) = (Root::Contacts, Id::from("nobody"));
    let heads = doc.heads_hex();
    let field = Write::Field { root, id: id.clone(), field: "name".into(), value: Some("x".into()) };
    let error = doc.commit(&[note(Root::Plan, "2026-01-01", "maria"), field]).unwrap_err();
    assert_eq!(error, WriteError::NoRecord { root, id: id.clone() });
    assert_eq!((doc.heads_hex(), doc.book()), (heads, Book::default()));
    let create = Write::Create { root, id: id.clone() };
    let member = |set: &str| {
        let (id, set, key) = (id.clone(), set.to_owned(), "k".to_owned());
        Write::Member { root, id, set, key, value: Some(Scalar::Bool(true)) }
    };
    let error = doc.commit(&[create.clone(), member("badges")]).unwrap_err();
    assert_eq!(error, WriteError::NoSet { root, id: id.clone(), set: "badges".into() });
    assert_eq!(doc.commit(&[note(Root::Contacts, "k", "v")]), Err(WriteError::WrongRoot(Root::Contacts)));
    assert_eq!(
        doc.commit(&[Write::Create { root: Root::Plan, id: id.clone() }]),
        Err(WriteError::WrongRoot(Root::Plan))
    );
    assert!(doc.commit(&[create.clone(), member("feeds")]).unwrap().is_some());
    assert_eq!(doc.commit(&[create]).unwrap(), None, "creating what exists does nothing");
}

#[test]
fn a_file_that_did_not_begin_as_a_book_is_refused() {
    let other = include_bytes!("data/not-a-book.automerge");
    assert!(matches!(Document::open(other, [1; 16]), Err(LoadError::NotABook)));
    assert!(matches!(document(1).receive(other), Err(LoadError::NotABook)));
    assert!(matches!(Document::open(b"", [1; 16]), Err(LoadError::Unreadable(_))));
    assert!(matches!(Document::open(b"{}", [1; 16]), Err(LoadError::Unreadable(_))));
}

#[test]
fn a_change_whose_past_is_missing_is_refused() {
    let (mut doc, mut book) = (document(1), Book::default());
    write(&mut doc, &mut book, &[Change::Contact(person("a", "A"))]);
    let second = write(&mut doc, &mut book, &[Change::Contact(person("b", "B"))]);
    let mut other = document(2);
    assert!(matches!(other.receive(&second), Err(LoadError::Incomplete)));
    assert_eq!(other.book(), Book::default());
}

#[test]
fn the_file_of_the_first_release_opens_for_ever() {
    let bytes = include_bytes!("data/book-v1.automerge");
    let document = Document::open(bytes, [7; 16]).unwrap();
    assert_eq!(document.heads_hex(), [include_str!("data/book-v1.heads").trim()]);
    assert_eq!(document.book(), applied(&first_release()));
}

/// What is in that file.
fn first_release() -> Vec<Change> {
    use goodword::domain::{Audience, Device, Settings, Tie, Work, book::Schema};
    let work = Work { id: "w".into(), title: "The Gray Coat".into(), genre: "historical".into(), ..Work::default() };
    let audience = |id: &str, name: &str| Audience {
        id: id.into(),
        name: name.into(),
        slug: name.to_lowercase(),
        via: Some("w".into()),
        bridge: "they will check your buttons".into(),
        hashtags: ["CivilWar".to_owned()].into(),
        added: Some(support::day(0)),
        removed: None,
    };
    let tie = Tie { id: "t".into(), from: "a".into(), to: "b".into(), bridge: "both sew".into(), removed: None };
    let mut settings = Settings { name: "Ada".into(), seeds: ["5eed".to_owned()].into(), ..Settings::default() };
    settings.set("pause_until", "2026-01-09", support::day(5)).unwrap();
    let device =
        Device { id: "d".into(), name: "attic".into(), hub: true, added: Some(support::day(0)), ..Device::default() };
    let mut changes = vec![
        Change::Schema(Schema { writer: 1, oldest_writer: 1 }),
        Change::Settings(settings),
        Change::Device(device),
        Change::Work(work),
        Change::Audience(audience("a", "Reenactors")),
        Change::Audience(audience("b", "Tailors")),
        Change::Tie(tie),
        Change::Plan(support::day(3), Some("0190a1b2-0000-7000-8000-000000000001".into())),
    ];
    changes.extend(support::big(3, 4));
    changes
}

#[test]
#[ignore = "wrote the file of the first release once"]
fn write_the_file_of_the_first_release() {
    let mut document = document(9);
    write(&mut document, &mut Book::default(), &first_release());
    let path = |name: &str| format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::write(path("book-v1.automerge"), document.save()).unwrap();
    std::fs::write(path("book-v1.heads"), document.heads_hex().join("\n") + "\n").unwrap();
    let mut other = automerge::AutoCommit::new();
    automerge::transaction::Transactable::put(&mut other, automerge::ROOT, "notes", "not ours").unwrap();
    std::fs::write(path("not-a-book.automerge"), other.save()).unwrap();
}
