//! What several tests share: random changes of a book, and a device's folder.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::{BTreeMap, BTreeSet};

use goodword::domain::{
    Audience, Book, Change, Contact, Deed, Device, Event, Evidence, Id, Item, Kind, Mute, Notice, NoticeKind, Priority,
    Settings, Stage, Tie, What, Work,
};
use jiff::{Timestamp, civil::Date};
use proptest::{collection, option, prelude::*, sample};

pub fn day(n: i16) -> Date {
    jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(n)).unwrap()
}

pub fn person(id: &str, name: &str) -> Contact {
    Contact { id: id.into(), name: name.into(), why: "sews what others only draw".into(), ..Contact::default() }
}

/// Few ids and few words, so that changes meet.
fn id() -> impl Strategy<Value = Id> {
    (0..5_u8).prop_map(|n| Id::from(format!("id-{n}")))
}

fn word() -> impl Strategy<Value = String> {
    sample::select(vec!["", "a", "b", "Maria Ruiz", "été 🌱", "\"quoted\"\n{}"]).prop_map(str::to_owned)
}

fn words() -> impl Strategy<Value = BTreeSet<String>> {
    collection::btree_set(sample::select(vec!["a", "b", "https://example.org/feed"]).prop_map(str::to_owned), 0..3)
}

fn date() -> impl Strategy<Value = Date> {
    (0..6_i16).prop_map(day)
}

fn contact() -> impl Strategy<Value = Contact> {
    let names = (id(), word(), word(), word(), words(), words());
    let rest = (
        sample::select(vec![Kind::Person, Kind::Cause]),
        sample::select(vec![Priority::Low, Priority::Normal, Priority::High]),
        sample::select(vec![Stage::Noticed, Stage::Allied]),
        option::of(sample::select(vec![Mute::Always, Mute::Until(day(3))])),
        any::<bool>(),
        option::of(date()),
        option::of(id()),
    );
    (names, rest).prop_map(|((id, name, why, notes, groups, feeds), rest)| {
        let (kind, priority, stage, mute, never, removed, merged_into) = rest;
        let handles: BTreeMap<_, _> = groups.iter().map(|word| (word.clone(), name.clone())).collect();
        let audiences = groups.into_iter().map(Id::from).collect();
        let contact =
            Contact { id, name, why, notes, kind, priority, stage, mute, never, removed, ..Contact::default() };
        Contact { audiences, handles, feeds, merged_into, ..contact }
    })
}

fn what() -> impl Strategy<Value = What> {
    let item = Item { title: "A sack coat".into(), url: "https://example.org/coat".into(), ..Item::default() };
    let done =
        What::Done { network: Some("x".into()), item: Some(item.clone()), text: Some("Look!".into()), url: None };
    let until = Timestamp::UNIX_EPOCH;
    sample::select(vec![What::Picked, What::Shown { item: Some(item) }, What::Later { until }, What::Skipped, done])
}

fn settings() -> impl Strategy<Value = Settings> {
    (word(), 2..40_u16, option::of(word()), words()).prop_map(|(name, cooldown_days, zone, seeds)| {
        let zone = zone.filter(|zone| !zone.is_empty());
        Settings {
            name: name.trim().to_owned(),
            cooldown_days,
            zone: zone.map(|z| z.trim().to_owned()),
            seeds,
            ..Settings::default()
        }
    })
}

/// Any change that a program could make, on few ids.
pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => contact().prop_map(Change::Contact),
        2 => (id(), word(), words(), option::of(date())).prop_map(|(id, name, hashtags, removed)| {
            Change::Audience(Audience { id, slug: name.clone(), name, hashtags, removed, ..Audience::default() })
        }),
        1 => (id(), id(), id(), word()).prop_map(|(id, from, to, bridge)| {
            Change::Tie(Tie { id, from, to, bridge, removed: None })
        }),
        1 => (id(), word()).prop_map(|(id, title)| Change::Work(Work { id, title, ..Work::default() })),
        1 => (id(), word(), any::<bool>()).prop_map(|(id, name, hub)| {
            Change::Device(Device { id, name, hub, ..Device::default() })
        }),
        2 => settings().prop_map(Change::Settings),
        4 => (date(), id(), id(), word(), what()).prop_map(|(date, contact, device, nonce, what)| {
            Change::Event(Event { date, contact, device, nonce, at: Timestamp::UNIX_EPOCH, what })
        }),
        3 => (date(), option::of(id())).prop_map(|(date, contact)| Change::Plan(date, contact)),
        1 => (date(), id(), word()).prop_map(|(date, contact, url)| {
            let item = Item { url, ..Item::default() };
            Change::Notice(Notice { contact, kind: NoticeKind::Launch, date, item })
        }),
        2 => (id(), any::<bool>(), date(), option::of(date())).prop_map(|(contact, is_follow, date, ended)| {
            let (deed, network) = (if is_follow { Deed::Follows } else { Deed::Answered }, "bluesky".to_owned());
            Change::Evidence(Evidence { contact, network, deed, date, url: String::new(), ended })
        }),
    ]
}

/// The book that changes make without any document.
pub fn applied(changes: &[Change]) -> Book {
    let mut book = Book::default();
    changes.iter().for_each(|change| book.apply(change));
    book
}

/// A book of the size we are made for: people with sets, and days with three events each.
pub fn big(people: u32, days: u16) -> Vec<Change> {
    let mut changes = Vec::new();
    for n in 0..people {
        let mut contact = person(&format!("0190a1b2-0000-7000-8000-{n:012}"), &format!("Person {n}"));
        contact.audiences = BTreeSet::from([format!("audience-{}", n % 40).into()]);
        contact.handles = BTreeMap::from([("mastodon".to_owned(), format!("@person{n}@example.org"))]);
        contact.feeds = BTreeSet::from([format!("https://person{n}.example.org/feed.xml")]);
        contact.notes = format!("met at the fair in {}", 1990 + n % 30);
        contact.added = Some(day(0));
        changes.push(Change::Contact(contact));
    }
    for n in 0..days {
        let date = jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(n)).unwrap();
        let contact: Id = format!("0190a1b2-0000-7000-8000-{:012}", u32::from(n) % people.max(1)).into();
        let done = What::Done { network: Some("x".into()), item: None, text: Some("Look at this".into()), url: None };
        for (step, what) in [What::Shown { item: None }, What::Opened, done].into_iter().enumerate() {
            let at = Timestamp::UNIX_EPOCH;
            let (device, nonce) = ("laptop".into(), format!("{n}-{step}"));
            changes.push(Change::Event(Event { date, contact: contact.clone(), device, nonce, at, what }));
        }
    }
    changes
}
