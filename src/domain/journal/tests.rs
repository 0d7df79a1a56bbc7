//! Every sentence of the decisions on what a day means, as a test.

use std::collections::HashSet;

use jiff::{civil::date, tz::TimeZone};

use super::*;
use crate::domain::{Book, Change, Contact, Stage};

const TODAY: Date = date(2026, 11, 22);

/// An event today, at a minute after nine, on a device. The nonce falls with the minute: keys do not tell time.
fn at(minute: i8, contact: &str, device: &str, what: What) -> Event {
    on(TODAY, minute, contact, device, what)
}

fn on(date: Date, minute: i8, contact: &str, device: &str, what: What) -> Event {
    let at = date.at(9, minute, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
    Event { date, contact: contact.into(), device: device.into(), nonce: format!("{}", 99 - minute), at, what }
}

fn book(events: &[Event]) -> Book {
    let mut book = Book::default();
    for event in events {
        book.apply(&Change::Event(event.clone()));
    }
    book
}

fn item(url: &str) -> Item {
    Item { title: url.to_owned(), url: url.to_owned(), ..Item::default() }
}

fn shown() -> What {
    What::Shown { item: None }
}

fn later() -> What {
    What::Later { until: Timestamp::UNIX_EPOCH }
}

fn passed() -> What {
    What::Passed { reason: None }
}

fn done() -> What {
    What::Done { network: None, item: None, text: None, url: None }
}

fn step(events: &[Event]) -> Step {
    Day::of(&book(events), TODAY).with(&"maria".into()).step
}

fn past(events: &[Event]) -> Past {
    History::until(&book(events), TODAY).of(&"maria".into())
}

fn person(events: &[Event]) -> Option<Id> {
    Day::of(&book(events), TODAY).person
}

#[test]
fn done_beats_skipped_beats_passed_beats_later_beats_opened_beats_shown() {
    let rising = [shown(), What::Opened, later(), passed(), What::Skipped, done()];
    let steps = [Step::Shown, Step::Opened, Step::Later, Step::Passed, Step::Skipped, Step::Done];
    for (high, step_of_high) in rising.iter().zip(steps) {
        for (low, _) in rising.iter().zip(steps).filter(|(_, step)| *step <= step_of_high) {
            let events = [at(1, "maria", "a", high.clone()), at(2, "maria", "b", low.clone())];
            assert_eq!(step(&events), step_of_high, "{high:?} then {low:?}");
        }
    }
}

#[test]
fn every_event_reads_back_as_it_was_written() {
    let until = "2026-11-22T10:00:00Z".parse().unwrap();
    let whats = [
        What::Picked,
        What::Shown { item: Some(item("https://example.org/1")) },
        What::Later { until },
        What::Passed { reason: Some("not today".to_owned()) },
        done(),
        What::Undone { event: "a/b/c/d".to_owned() },
    ];
    for what in whats {
        let event = at(1, "maria", "a", what);
        assert_eq!(Event::read(&event.key(), &event.value()), Some(event));
    }
}

#[test]
fn a_date_in_a_key_has_one_spelling() {
    let value = at(1, "maria", "a", shown()).value();
    assert!(Event::read("2026-11-22/maria/a/1", &value).is_some());
    for date in ["20261122", "2026-11-22T10:00", "+002026-11-22", "", "today"] {
        assert_eq!(Event::read(&format!("{date}/maria/a/1"), &value), None, "{date}");
    }
}

#[test]
fn an_event_of_a_later_version_is_kept_and_not_counted() {
    let event = Event::read("2026-11-22/maria/a/1", r#"{"at":"2026-11-22T10:00:00Z","what":"sung","loudly":true}"#);
    let event = event.unwrap();
    assert_eq!(event.what, What::Unknown);
    assert_eq!(step(&[event]), Step::Planned);
}

#[test]
fn a_day_done_on_two_laptops_counts_once_and_keeps_both_entries() {
    let events = [at(1, "maria", "a", done()), at(2, "maria", "b", done()), at(3, "ben", "b", done())];
    let book = book(&events);
    assert_eq!(Ledger::on(&book, TODAY).days, 1);
    assert_eq!(past(&events).times, 1);
    assert_eq!(book.journal.len(), 3);
}

#[test]
fn of_two_people_shown_by_laptops_apart_the_earlier_is_todays() {
    let events = [at(2, "ben", "a", shown()), at(1, "maria", "b", shown())];
    assert_eq!(person(&events), Some("maria".into()));
    let same_time = [at(1, "maria", "b", shown()), at(1, "ben", "a", shown())];
    assert_eq!(person(&same_time), Some("ben".into()));
}

#[test]
fn a_later_done_never_loses() {
    let events = [at(1, "maria", "a", shown()), at(2, "ben", "b", shown()), at(9, "ben", "b", done())];
    assert_eq!(person(&events), Some("ben".into()));
}

#[test]
fn the_authors_latest_choice_beats_who_was_shown() {
    let events = [at(1, "ann", "a", shown()), at(2, "ben", "a", What::Picked), at(3, "maria", "b", What::Picked)];
    assert_eq!(person(&events), Some("maria".into()));
}

#[test]
fn a_choice_counts_again_only_when_it_is_later_than_the_pass() {
    let again = [at(1, "maria", "b", passed()), at(2, "maria", "a", What::Picked)];
    assert_eq!(person(&again), Some("maria".into()));
    let over = [at(1, "maria", "b", What::Picked), at(2, "maria", "a", passed())];
    assert_eq!(person(&over), None);
}

#[test]
fn a_skip_ends_the_day_until_the_author_chooses_somebody() {
    let skip = [at(1, "maria", "a", shown()), at(2, "maria", "a", What::Skipped)];
    let day = book(&skip);
    let day = Day::of(&day, TODAY);
    assert!(day.skipped && !day.done);
    let chosen = [skip[0].clone(), skip[1].clone(), at(3, "ben", "a", What::Picked)];
    assert!(!Day::of(&book(&chosen), TODAY).skipped);
    assert_eq!(person(&chosen), Some("ben".into()));
}

#[test]
fn the_item_is_that_of_the_first_notification() {
    let show = |url: &str| What::Shown { item: Some(item(url)) };
    let book = book(&[at(2, "maria", "a", show("second")), at(1, "maria", "b", show("first"))]);
    let day = Day::of(&book, TODAY);
    assert_eq!(day.with(&"maria".into()).item, Some(&item("first")));
}

#[test]
fn an_undone_event_does_not_count() {
    let act = at(1, "maria", "a", done());
    let undo = at(2, "maria", "a", What::Undone { event: act.key() });
    assert_eq!(step(&[at(0, "maria", "a", shown()), act, undo]), Step::Shown);
}

#[test]
fn undo_takes_back_the_latest_act_and_then_the_one_before() {
    let (first, second) = (at(1, "maria", "a", passed()), at(2, "ben", "b", done()));
    let mut book = book(&[first.clone(), second.clone(), at(3, "ben", "a", shown())]);
    assert_eq!(latest_act(&book, TODAY).map(|(_, event)| event), Some(&second));
    book.apply(&Change::Event(at(4, "ben", "a", What::Undone { event: second.key() })));
    assert_eq!(latest_act(&book, TODAY).map(|(_, event)| event), Some(&first));
}

#[test]
fn an_event_more_than_a_day_ahead_counts_when_its_date_comes() {
    let (tomorrow, after) = (date(2026, 11, 23), date(2026, 11, 24));
    let book = book(&[on(tomorrow, 1, "maria", "a", done()), on(after, 1, "ben", "a", done())]);
    let history = History::until(&book, TODAY);
    assert_eq!(history.of(&"maria".into()).done, Some(tomorrow));
    assert_eq!(history.of(&"ben".into()).done, None);
    assert_eq!(History::until(&book, tomorrow).of(&"ben".into()).done, Some(after));
}

#[test]
fn done_and_opened_rest_a_person_for_the_whole_cooldown() {
    for events in
        [vec![at(1, "maria", "a", done())], vec![at(1, "maria", "a", What::Opened), at(2, "maria", "a", later())]]
    {
        assert_eq!((past(&events).rests, past(&events).half_rests), (Some(TODAY), None), "{events:?}");
    }
}

#[test]
fn shown_passed_and_skipped_rest_a_person_for_half_of_it() {
    for what in [shown(), passed(), What::Skipped, later()] {
        let past = past(&[at(1, "maria", "a", what.clone())]);
        assert_eq!((past.rests, past.half_rests), (None, Some(TODAY)), "{what:?}");
    }
}

#[test]
fn only_done_is_support_in_the_ledger() {
    let acts = [shown(), What::Opened, passed(), What::Skipped, What::Answered];
    let events: Vec<_> = (1..).zip(acts).map(|(minute, what)| at(minute, &format!("p{minute}"), "a", what)).collect();
    assert_eq!(Ledger::on(&book(&events), TODAY), Ledger::default());
}

#[test]
fn the_ledger_counts_people_supported_and_those_who_wrote_back() {
    let events = [at(1, "maria", "a", done()), at(2, "ben", "a", done()), at(3, "maria", "a", What::Answered)];
    let ledger = Ledger::on(&book(&events), TODAY);
    assert_eq!((ledger.supported, ledger.answered, ledger.days), (2, 1, 1));
}

#[test]
fn every_item_of_a_done_is_shared_and_one_that_was_only_shown_is_not() {
    let gave = |url: &str| What::Done { network: None, item: Some(item(url)), text: None, url: None };
    let events = [
        at(1, "maria", "a", gave("one")),
        at(2, "maria", "b", gave("two")),
        at(3, "ben", "a", What::Shown { item: Some(item("three")) }),
        at(4, "ben", "a", done()),
    ];
    let shared = History::until(&book(&events), TODAY).shared;
    assert_eq!(shared, HashSet::from(["one".to_owned(), "two".to_owned()]));
}

#[test]
fn strength_halves_in_thirty_missed_days_but_not_in_a_pause() {
    let start = date(2026, 10, 23);
    let mut book = book(&[on(start, 1, "maria", "a", done())]);
    let fresh = Ledger::on(&book, start).strength;
    let missed = Ledger::on(&book, date(2026, 11, 23)).strength;
    assert!((missed - fresh / 2.0).abs() < 0.001, "{fresh} to {missed}");
    let mut settings = book.settings.clone();
    settings.pauses.insert(date(2026, 10, 24), date(2027, 1, 1));
    book.apply(&Change::Settings(settings));
    assert_eq!(Ledger::on(&book, date(2026, 11, 23)).strength, fresh);
}

#[test]
fn days_add_to_the_stage_and_never_take_from_it() {
    let answered = past(&[at(1, "maria", "a", done()), at(2, "maria", "a", What::Answered)]);
    let supported = past(&[at(1, "maria", "a", done())]);
    assert_eq!(answered.stage(Stage::Noticed), Stage::Allied);
    assert_eq!(supported.stage(Stage::Noticed), Stage::Supporting);
    assert_eq!(supported.stage(Stage::Allied), Stage::Allied);
    assert_eq!(Past::default().stage(Stage::Following), Stage::Following);
}

#[test]
fn the_journal_follows_a_merge_by_hand() {
    let mut book = book(&[at(1, "mary", "a", done())]);
    for (id, into) in [("maria", None), ("mary", Some("maria".into()))] {
        let contact = Contact { id: id.into(), name: id.to_owned(), merged_into: into, ..Contact::default() };
        book.apply(&Change::Contact(contact));
    }
    assert_eq!(History::until(&book, TODAY).of(&"maria".into()).times, 1);
}
