//! What is written down of a look, and what is not.

use jiff::civil::date;
use proptest::{collection, prelude::*, sample};

use super::*;
use crate::domain::Contact;

const TODAY: Date = date(2026, 11, 22);

fn evidence(deed: Deed, day: i8, url: &str) -> Evidence {
    let (contact, network) = ("maria".into(), "bluesky".to_owned());
    Evidence { contact, network, deed, date: date(2026, 11, day), url: format!("https://{url}"), ended: None }
}

fn over(deed: Deed) -> Evidence {
    Evidence { ended: Some(TODAY), ..evidence(deed, 22, "") }
}

fn look(book: &mut Book, found: &[Evidence]) -> usize {
    let changes = news(book, found.to_vec(), TODAY);
    changes.iter().for_each(|change| book.apply(change));
    changes.len()
}

fn known(book: &Book, deed: Deed) -> Option<Evidence> {
    book.bond(&"maria".into(), TODAY).get("bluesky", deed).cloned()
}

#[test]
fn a_second_look_that_finds_the_same_writes_nothing() {
    let mut book = Book::default();
    let found = [evidence(Deed::Liked, 12, "a"), evidence(Deed::Liked, 14, "b"), evidence(Deed::Follows, 20, "p")];
    assert_eq!(look(&mut book, &found), 2);
    assert_eq!(known(&book, Deed::Liked), Some(evidence(Deed::Liked, 14, "b")));
    assert_eq!(look(&mut book, &found), 0);
    let again_today = [evidence(Deed::Follows, 22, "p"), evidence(Deed::Liked, 12, "a")];
    assert_eq!(look(&mut book, &again_today), 0);
}

#[test]
fn a_newer_deed_of_the_kind_replaces_the_known_one_after_a_week() {
    let mut book = Book::default();
    look(&mut book, &[evidence(Deed::Liked, 10, "a")]);
    assert_eq!(look(&mut book, &[evidence(Deed::Liked, 16, "b")]), 0);
    assert_eq!(look(&mut book, &[evidence(Deed::Liked, 17, "b")]), 1);
    assert_eq!(known(&book, Deed::Liked), Some(evidence(Deed::Liked, 17, "b")));
    assert_eq!(book.evidence.len(), 1, "of each deed the latest alone");
}

#[test]
fn a_follow_that_ended_is_written_down_as_ended_and_one_that_never_was_is_not() {
    let mut book = Book::default();
    assert_eq!(look(&mut book, &[over(Deed::Follows)]), 0);
    look(&mut book, &[evidence(Deed::Follows, 10, "p")]);
    assert_eq!(look(&mut book, &[over(Deed::Follows)]), 1);
    assert_eq!(known(&book, Deed::Follows), Some(Evidence { ended: Some(TODAY), ..evidence(Deed::Follows, 10, "p") }));
    assert_eq!(look(&mut book, &[over(Deed::Follows)]), 0);
    assert_eq!(look(&mut book, &[evidence(Deed::Follows, 22, "p")]), 1);
    assert_eq!(known(&book, Deed::Follows), Some(evidence(Deed::Follows, 22, "p")));
}

#[test]
fn what_a_network_dates_ahead_happened_today() {
    let mut book = Book::default();
    look(&mut book, &[evidence(Deed::Answered, 30, "a")]);
    assert_eq!(known(&book, Deed::Answered).map(|found| found.date), Some(TODAY));
}

#[test]
fn what_was_found_of_a_double_is_known_of_the_person() {
    let mut book = Book::default();
    for (id, merged_into) in [("maria", None), ("mary", Some("maria".into()))] {
        book.apply(&Change::Contact(Contact { id: id.into(), merged_into, ..Contact::default() }));
    }
    book.apply(&Change::Evidence(Evidence { contact: "mary".into(), ..evidence(Deed::Follows, 10, "p") }));
    assert_eq!(look(&mut book, &[evidence(Deed::Follows, 20, "p")]), 0);
    assert_eq!(look(&mut book, &[over(Deed::Follows)]), 1);
    assert!(!book.bond(&"mary".into(), TODAY).has(Deed::Follows), "the last word counts, whichever double it is on");
}

#[test]
fn what_cannot_be_read_is_not_evidence_and_no_address_leads_elsewhere() {
    for (key, value) in [
        ("maria/bluesky", r#"{"date":"2026-11-22"}"#),
        ("maria/bluesky/hummed", r#"{"date":"2026-11-22"}"#),
        ("maria/bluesky/liked/x", r#"{"date":"2026-11-22"}"#),
        ("maria/bluesky/liked", r#"{"date":"yesterday"}"#),
        ("maria/bluesky/liked", "true"),
    ] {
        assert_eq!(Evidence::read(key, value), None, "{key} {value}");
    }
    for url in ["javascript:alert(1)", "file:///etc/passwd", "bsky.app"] {
        let value = format!(r#"{{"date":"2026-11-22","url":"{url}","tomorrow":1}}"#);
        assert_eq!(Evidence::read("maria/bluesky/liked", &value).map(|found| found.url), Some(String::new()), "{url}");
    }
}

pub(in crate::domain) fn any_evidence() -> impl Strategy<Value = Evidence> {
    let deeds = vec![
        Deed::Follows,
        Deed::Liked,
        Deed::Boosted,
        Deed::Replied,
        Deed::FollowsBack,
        Deed::LikedBack,
        Deed::BoostedBack,
        Deed::Answered,
    ];
    let who = sample::select(vec!["maria", "mary"]);
    let network = sample::select(vec!["bluesky", "mastodon"]);
    let day = || (1..29_i8).prop_map(|day| date(2026, 11, day));
    let url = sample::select(vec!["", "https://a.example/1", "https://a.example/2"]);
    (who, network, sample::select(deeds), day(), url, proptest::option::of(day())).prop_map(
        |(who, network, deed, date, url, ended)| {
            let ended = ended.filter(|_| deed.lasts());
            Evidence { contact: who.into(), network: network.to_owned(), deed, date, url: url.to_owned(), ended }
        },
    )
}

proptest! {
    #[test]
    fn everything_reads_back_as_it_was_written(evidence in any_evidence()) {
        prop_assert_eq!(Evidence::read(&evidence.key(), &evidence.value()), Some(evidence));
    }

    #[test]
    fn any_text_is_evidence_or_none(key in "\\PC{0,60}", value in "\\PC{0,120}") {
        _ = Evidence::read(&key, &value);
        _ = Evidence::read("maria/bluesky/liked", &value);
    }

    #[test]
    fn two_laptops_that_find_the_same_write_the_same(found in collection::vec(any_evidence(), 0..20)) {
        let book = Book::default();
        let back: Vec<_> = found.iter().rev().cloned().collect();
        let written = news(&book, found, TODAY);
        prop_assert_eq!(&written, &news(&book, back, TODAY));
    }

    #[test]
    fn eight_notes_a_network_are_all_that_is_kept_of_a_person(looks in collection::vec(collection::vec(any_evidence(), 0..8), 0..12)) {
        let mut book = Book::default();
        for (day, found) in (1..).zip(looks) {
            let changes = news(&book, found, date(2026, 12, day));
            changes.iter().for_each(|change| book.apply(change));
        }
        prop_assert!(book.evidence.len() <= 2 * 2 * 8);
    }
}
