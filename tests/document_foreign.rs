//! Another program may do to the document what ours never would; what we show must still be what is in it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, transaction::Transactable};
use goodword::{
    document::{Document, LoadError},
    domain::{Book, Change, Event, Settings, What, record::Root},
};
use proptest::{collection, prelude::*, sample};

/// One thing that another program does at a path.
#[derive(Clone, Debug)]
enum Act {
    Put(ScalarValue),
    PutMap,
    PutList,
    PutText,
    Delete,
    Count,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => sample::select(vec![
            ScalarValue::Str("2026-01-03".into()),
            ScalarValue::Str("id-1".into()),
            ScalarValue::Str("{\"what\":\"opened\",\"at\":\"2026-01-03T00:00:00Z\"}".into()),
            ScalarValue::Int(7),
            ScalarValue::Uint(7),
            ScalarValue::F64(0.5),
            ScalarValue::Null,
            ScalarValue::Boolean(true),
            ScalarValue::Timestamp(1),
            ScalarValue::Counter(1.into()),
            ScalarValue::Bytes(vec![1, 2]),
        ]).prop_map(Act::Put),
        1 => Just(Act::PutMap),
        1 => Just(Act::PutList),
        1 => Just(Act::PutText),
        2 => Just(Act::Delete),
        1 => Just(Act::Count),
    ]
}

/// Keys that mean something to us, and one that does not; never a root alone, which nobody can mend.
fn path() -> impl Strategy<Value = Vec<String>> {
    let roots = Root::ALL.map(Root::name).to_vec();
    let keys =
        vec!["id-0", "id-1", "2026-01-02", "2026-01-02/id-0/id-1/a", "zone", "pause/2026-01-02", "oldest_writer", "?"];
    let fields = vec!["name", "removed", "feeds", "handles", "audiences", "hashtags", "never", "merged_into", "?"];
    let members = vec!["a", "b", "https://example.org/feed", "?"];
    let rest = (sample::select(keys), sample::select(fields), sample::select(members), 2..=4_usize);
    (sample::select(roots), rest).prop_map(|(root, (key, field, member, depth))| {
        [root, key, field, member].iter().take(depth).map(|key| (*key).to_owned()).collect()
    })
}

/// Does it where the path can be walked; another program makes no maps on its way.
fn perform(doc: &mut Automerge, path: &[String], act: &Act) {
    let mut place = ROOT;
    let (last, way) = path.split_last().unwrap();
    for key in way {
        match doc.get(&place, key.as_str()) {
            Ok(Some((value, id))) if value.to_objtype() == Some(ObjType::Map) => place = id,
            _ => return,
        }
    }
    let mut tx = doc.transaction();
    let place: &ObjId = &place;
    match act {
        Act::Put(value) => tx.put(place, last.as_str(), value.clone()).unwrap(),
        Act::PutMap => _ = tx.put_object(place, last.as_str(), ObjType::Map).unwrap(),
        Act::PutList => {
            let list = tx.put_object(place, last.as_str(), ObjType::List).unwrap();
            tx.insert(list, 0, "first").unwrap();
        }
        Act::PutText => {
            let text = tx.put_object(place, last.as_str(), ObjType::Text).unwrap();
            tx.splice_text(text, 0, 0, "words").unwrap();
        }
        Act::Delete => _ = tx.delete(place, last.as_str()),
        Act::Count => _ = tx.increment(place, last.as_str(), 2),
    }
    tx.commit();
}

/// Things that are there and can be read, at the paths above: what can be read may become what cannot.
fn readable() -> [Change; 3] {
    let (contact, device, nonce) = ("id-0".into(), "id-1".into(), "a".into());
    let (date, at) = (support::day(1), jiff::Timestamp::UNIX_EPOCH);
    let mut settings = Settings::default();
    settings.set("pause_until", "2026-01-09", date).unwrap();
    let event = Event { date, contact, device, nonce, at, what: What::Opened };
    [Change::Event(event), Change::Settings(settings), Change::Contact(support::person("id-0", "Maria"))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_another_program_does_the_updated_book_is_the_one_read_afresh(
        before in collection::vec(support::change(), 0..15),
        rounds in collection::vec(
            (collection::vec((path(), act()), 1..8), collection::vec(support::change(), 0..4)),
            1..4,
        ),
    ) {
        let mut ours = Document::new([1; 16]).unwrap();
        let mut book = Book::default();
        let write = |document: &mut Document, book: &mut Book, changes: &[Change]| {
            for change in changes {
                let writes = change.writes(book);
                if document.commit(&writes).is_ok() {
                    writes.iter().for_each(|write| book.read(write));
                }
            }
        };
        write(&mut ours, &mut book, &readable());
        write(&mut ours, &mut book, &before);
        for (acts, meanwhile) in rounds {
            let mut theirs = Automerge::load(&ours.save()).unwrap();
            for (path, act) in &acts {
                perform(&mut theirs, path, act);
            }
            write(&mut ours, &mut book, &meanwhile);
            let received = ours.receive(&theirs.save()).unwrap();
            ours.update(&mut book, received.touched.clone());
            prop_assert_eq!(&book, &ours.book(), "{:?}", received.touched);
        }
    }
}

#[test]
fn a_document_nested_without_end_is_refused() {
    let mut theirs = Automerge::load(&Document::new([1; 16]).unwrap().save()).unwrap();
    let mut tx = theirs.transaction();
    let (_, mut place) = tx.get(ROOT, "contacts").unwrap().unwrap();
    for _ in 0..20_000 {
        place = tx.put_object(&place, "k", ObjType::Map).unwrap();
    }
    tx.commit();
    let bytes = theirs.save();
    let mut ours = Document::new([2; 16]).unwrap();
    assert!(matches!(Document::open(&bytes, [2; 16]), Err(LoadError::TooBig(_))));
    assert!(matches!(ours.receive(&bytes), Err(LoadError::TooBig(_))));
}

/// A chain of maps in a document's contacts, and the changes that make it: all at once, or a few at a time.
fn nested(times: usize, levels: usize) -> Automerge {
    let mut theirs = Automerge::load(&Document::new([1; 16]).unwrap().save()).unwrap();
    let (_, mut place) = theirs.get(ROOT, "contacts").unwrap().unwrap();
    for _ in 0..times {
        let mut tx = theirs.transaction();
        for _ in 0..levels {
            place = tx.put_object(&place, "k", ObjType::Map).unwrap();
        }
        tx.commit();
    }
    theirs
}

#[test]
fn changes_that_nest_without_end_are_refused_however_many_come_at_once() {
    for (times, levels) in [(1, 20_000), (1, 40), (40, 1), (3, 20)] {
        let theirs = nested(times, levels);
        let mut ours = Document::new([2; 16]).unwrap();
        let refused = theirs.get_changes(&[]).iter().find_map(|change| ours.receive(change.raw_bytes()).err());
        assert!(matches!(refused, Some(LoadError::TooBig(_))), "{times} times {levels}: {refused:?}");
    }
    let mut ours = Document::new([2; 16]).unwrap();
    for change in nested(6, 4).get_changes(&[]) {
        ours.receive(change.raw_bytes()).unwrap();
    }
}
