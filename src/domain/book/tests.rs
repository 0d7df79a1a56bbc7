//! Who is who in a book that two laptops wrote.

use jiff::civil::date;

use super::*;
use crate::domain::{contact::Mute, journal::What};

fn contact(id: &str) -> Contact {
    Contact { id: id.into(), name: id.to_owned(), why: format!("why of {id}"), ..Contact::default() }
}

fn with_handle(id: &str, handle: &str) -> Contact {
    Contact { handles: BTreeMap::from([("mastodon".to_owned(), handle.to_owned())]), ..contact(id) }
}

proptest::proptest! {
    /// An edit refuses exactly what reading would fold.
    #[test]
    fn what_is_refused_as_a_double_is_what_would_be_folded(
        handles in ["[aAäÄ]{1,2}", "[aAäÄ]{1,2}"],
        emails in ["([aAÄä]@b)?", "([aAÄä]@b)?"],
        feeds in ["[fg]?", "[fg]?"],
    ) {
        let person = |place: usize, id: &str| Contact {
            email: emails[place].clone(),
            feeds: [feeds[place].clone()].into_iter().filter(|feed| !feed.is_empty()).collect(),
            ..with_handle(id, &handles[place])
        };
        let (one, other) = (person(0, "1"), person(1, "2"));
        let refused = shared_mark(&one, &other).is_some();
        proptest::prop_assert_eq!(refused, people(&book([one, other])).len() == 1);
    }
}

fn into(id: &str, other: &str) -> Contact {
    Contact { merged_into: Some(other.into()), ..contact(id) }
}

fn book(contacts: impl IntoIterator<Item = Contact>) -> Book {
    let mut book = Book::default();
    for contact in contacts {
        book.apply(&Change::Contact(contact));
    }
    book
}

fn people(book: &Book) -> Vec<&str> {
    book.people().map(|contact| contact.id.as_str()).collect()
}

#[test]
fn the_same_handle_feed_or_email_makes_one_person_and_the_smallest_id_leads() {
    let feed = |id| Contact { feeds: BTreeSet::from(["https://maria.example/feed".to_owned()]), ..contact(id) };
    let email = |id, email: &str| Contact { email: email.to_owned(), ..contact(id) };
    for (one, other) in [
        (with_handle("a", "@maria@example.org"), with_handle("b", "@Maria@Example.org")),
        (feed("a"), feed("b")),
        (email("a", "maria@example.org"), email("b", "Maria@example.org")),
    ] {
        let book = book([other, one]);
        assert_eq!(people(&book), ["a"]);
        assert_eq!(book.lead(&"b".into()), &"a".into());
        assert_eq!(book.contact(&"b".into()).unwrap().why, "why of a");
    }
}

#[test]
fn an_equal_name_makes_nobody_the_same() {
    let book = book([contact("a"), Contact { name: "a".to_owned(), ..contact("b") }]);
    assert_eq!(people(&book), ["a", "b"]);
}

#[test]
fn a_double_brings_its_audiences_and_what_the_lead_lacks() {
    let lead = Contact { why: String::new(), ..with_handle("a", "@m@x.org") };
    let double = Contact { audiences: BTreeSet::from(["sewing".into()]), ..with_handle("b", "@m@x.org") };
    let book = book([lead, double]);
    let maria = book.contact(&"a".into()).unwrap();
    assert_eq!((maria.name.as_str(), maria.why.as_str()), ("a", "why of b"));
    assert!(maria.audiences.contains("sewing"));
}

#[test]
fn of_several_doubles_the_earlier_fills_the_gap() {
    let lead = Contact { why: String::new(), ..with_handle("a", "@m@x.org") };
    let doubles = ["b", "c", "d", "e", "f"].map(|id| with_handle(id, "@m@x.org"));
    let book = book(doubles.into_iter().chain([lead]));
    assert_eq!(book.contact(&"a".into()).unwrap().why, "why of b");
}

#[test]
fn somebody_with_two_handles_ties_two_doubles_together() {
    let both = Contact { email: "m@x.org".to_owned(), ..with_handle("c", "@m@x.org") };
    let book = book([with_handle("a", "@m@x.org"), Contact { email: "m@x.org".to_owned(), ..contact("b") }, both]);
    assert_eq!(people(&book), ["a"]);
}

#[test]
fn merging_by_hand_makes_the_other_one_lead_and_chains_are_followed() {
    let book = book([into("a", "b"), into("b", "c"), contact("c")]);
    assert_eq!(people(&book), ["c"]);
    assert_eq!(book.lead(&"a".into()), &"c".into());
}

#[test]
fn a_double_of_somebody_merged_is_that_person_too() {
    let merged = Contact { merged_into: Some("z".into()), ..with_handle("a", "@m@x.org") };
    let book = book([merged, with_handle("b", "@m@x.org"), contact("z")]);
    assert_eq!(people(&book).len(), 1);
    assert_eq!(book.lead(&"a".into()), book.lead(&"z".into()));
}

#[test]
fn two_laptops_that_merge_a_pair_into_each_other_lose_nobody() {
    let book = book([into("a", "b"), into("b", "a")]);
    assert_eq!(people(&book), ["a"]);
    assert!(book.contact(&"b".into()).unwrap().is_welcome(date(2026, 11, 22)));
}

#[test]
fn whoever_was_merged_into_somebody_unknown_stays() {
    let book = book([into("a", "nobody")]);
    assert_eq!(people(&book), ["a"]);
    assert!(book.contact(&"a".into()).unwrap().is_present());
}

#[test]
fn a_tombstone_takes_a_person_out_and_whoever_was_merged_into_them() {
    let gone = Contact { removed: Some(date(2026, 11, 22)), ..contact("b") };
    let book = book([into("a", "b"), gone]);
    assert_eq!(people(&book), [""; 0]);
    assert_eq!(book.contact(&"a".into()), None);
    assert_eq!(book.contacts.len(), 2, "nothing is deleted");
}

#[test]
fn never_and_muted_hold_for_every_double() {
    let never = Contact { never: true, ..with_handle("b", "@m@x.org") };
    let muted = Contact { mute: Some(Mute::Always), ..with_handle("c", "@n@x.org") };
    let book = book([with_handle("a", "@m@x.org"), never, with_handle("d", "@n@x.org"), muted]);
    assert!(book.people().all(|contact| !contact.is_welcome(date(2026, 11, 22))));
}

#[test]
fn never_is_final_even_when_the_person_is_removed_and_made_again() {
    let gone = Contact { never: true, removed: Some(date(2026, 11, 1)), ..with_handle("a", "@m@x.org") };
    let book = book([gone, with_handle("b", "@m@x.org")]);
    assert!(book.contact(&"b".into()).unwrap().never);
}

#[test]
fn audiences_fold_by_slug_and_the_smallest_id_leads() {
    let audience = |id: &str, slug: &str| Audience { id: id.into(), slug: slug.to_owned(), ..Audience::default() };
    let mut book = Book::default();
    for audience in [audience("b", "sewing"), audience("a", "sewing"), audience("c", "history")] {
        book.apply(&Change::Audience(audience));
    }
    assert_eq!(book.kept_audiences().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(book.audience(&"b".into()).unwrap().id, "a".into());
    book.apply(&Change::Audience(Audience { removed: Some(date(2026, 11, 22)), ..audience("a", "sewing") }));
    assert_eq!(book.audience(&"b".into()).unwrap().id, "b".into());
}

#[test]
fn a_change_of_the_journal_keeps_who_is_who() {
    let mut book = book([with_handle("a", "@m@x.org"), with_handle("b", "@m@x.org")]);
    assert_eq!(people(&book), ["a"]);
    book.apply(&Change::Plan(date(2026, 11, 22), Some("a".into())));
    assert_eq!(people(&book), ["a"]);
    book.apply(&Change::Contact(contact("c")));
    assert_eq!(people(&book), ["a", "c"]);
}

/// Any of the edits that can make two people one, or leave them be.
fn edit(book: &Book, who: u8, what: u8) -> Change {
    let (id, other): (Id, Id) = (format!("id-{who}").into(), format!("id-{}", what % 4).into());
    let known = book.contacts.get(&id).cloned().unwrap_or_else(|| contact(id.as_str()));
    let handles = |handle: &str| BTreeMap::from([("x".to_owned(), handle.to_owned())]);
    Change::Contact(match what {
        0..4 => Contact { merged_into: Some(other), ..known },
        4 => Contact { merged_into: None, ..known },
        5 | 6 => Contact { handles: handles(if what == 5 { "ruiz" } else { "kaya" }), ..known },
        7 => Contact { email: "m@x.org".to_owned(), ..known },
        8 => Contact { removed: Some(date(2026, 11, 1)), ..known },
        9 => Contact { never: !known.never, ..known },
        10 => Contact { why: format!("{}!", known.why), ..known },
        11 => Contact { audiences: BTreeSet::from([other]), ..known },
        12 => Contact { feeds: BTreeSet::from(["https://x.org/feed".to_owned()]), ..known },
        _ => {
            let done = What::Done { network: None, item: None, text: None, url: None };
            let (nonce, at) = (format!("{}", book.journal.len()), jiff::Timestamp::UNIX_EPOCH);
            return Change::Event(Event {
                date: date(2026, 11, 20),
                contact: id,
                device: other,
                nonce,
                at,
                what: done,
            });
        }
    })
}

proptest::proptest! {
    #[test]
    fn what_a_book_remembers_is_what_it_would_find_out_again(
        edits in proptest::collection::vec((0_u8..4, 0_u8..15), 1..40),
    ) {
        let today = date(2026, 11, 22);
        let mut book = Book::default();
        for (who, what) in edits {
            book.apply(&edit(&book, who, what));
            let (contacts, journal) = (book.contacts.clone(), book.journal.clone());
            let anew = Book { contacts, journal, ..Book::default() };
            proptest::prop_assert_eq!(book.people().collect::<Vec<_>>(), anew.people().collect::<Vec<_>>());
            proptest::prop_assert_eq!(book.history(today), anew.history(today));
        }
    }
}
