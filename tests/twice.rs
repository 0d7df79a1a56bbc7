//! Somebody who is in the book twice, as after two laptops have imported the same people and then met, and an audience
//! that was made on both: each is one, and what the author says of it holds for all of it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, time::Duration};

use goodword::{
    api::{Answer, ContactDetail, ContactForm, Error, Request},
    daemon::{dispatch::dispatch, home::Home},
    domain::{Audience, Change, Contact, Mute},
    platform::Folders,
};
use jiff::{Timestamp, ToSpan, civil::date};

const FEED: &str = "https://maria.example/feed";

struct Author {
    home: Home,
    now: Timestamp,
    _folder: tempfile::TempDir,
}

impl Author {
    fn new() -> Author {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&Folders::under(&folder.path().join("home")).unwrap(), Duration::ZERO).unwrap();
        Author { home, now: "2026-11-23T08:00:00+01:00".parse().unwrap(), _folder: folder }
    }

    /// With Maria, made here, and made on another laptop, each in an audience that was made there.
    fn with_maria_twice() -> Author {
        let mut author = Author::new();
        let audience = |id: &str| Audience {
            id: id.into(),
            name: "Teachers".into(),
            slug: "teachers".into(),
            ..Audience::default()
        };
        let maria = |id: &str, teachers: &str| Contact {
            id: id.into(),
            name: "Maria".to_owned(),
            why: "She mends hats".to_owned(),
            handles: BTreeMap::from([("mastodon".to_owned(), "@maria@sewing.example".to_owned())]),
            audiences: [teachers.into()].into(),
            ..Contact::default()
        };
        let other = Contact {
            notes: "met in May".to_owned(),
            site: "https://maria.example/".to_owned(),
            feeds: [FEED.to_owned()].into(),
            ..maria("m2", "t2")
        };
        let changes = [
            Change::Audience(audience("t1")),
            Change::Audience(audience("t2")),
            Change::Contact(maria("m1", "t2")),
            Change::Contact(other),
        ];
        author.home.commit(&changes).unwrap();
        author
    }

    fn ask(&mut self, request: Request) -> Result<Answer, Error> {
        self.now += 1.second();
        dispatch(&mut self.home, self.now, request)
    }

    fn maria(&mut self, request: Request) -> ContactDetail {
        match self.ask(request).unwrap() {
            Answer::Contact(detail) => detail,
            other => panic!("not a person: {other:?}"),
        }
    }

    fn edit(&mut self, form: ContactForm) -> ContactDetail {
        self.maria(Request::ContactEdit { name: "Maria".to_owned(), form })
    }

    fn names(&self) -> Vec<&str> {
        self.home.book().people().map(|contact| contact.name.as_str()).collect()
    }

    fn audiences(&mut self) -> Vec<String> {
        match self.ask(Request::AudienceList).unwrap() {
            Answer::Audiences(rows) => rows.into_iter().map(|row| row.name).collect(),
            other => panic!("no audiences: {other:?}"),
        }
    }
}

#[test]
fn what_is_taken_away_from_a_person_does_not_come_back_from_their_double() {
    let mut author = Author::with_maria_twice();
    let form = ContactForm {
        notes: Some(String::new()),
        site: Some(String::new()),
        drop_feeds: vec![FEED.to_owned()],
        ..ContactForm::default()
    };
    let maria = author.edit(form);
    assert_eq!((maria.notes.as_str(), maria.site.as_str(), maria.row.feeds.len()), ("", "", 0));
    assert_eq!(maria.row.why, "She mends hats", "nothing was said of it");
}

#[test]
fn a_priority_holds_for_a_person_and_their_double() {
    let mut author = Author::with_maria_twice();
    let form = |priority: &str| ContactForm { priority: Some(priority.parse().unwrap()), ..ContactForm::default() };
    assert_eq!(author.edit(form("low")).priority.to_string(), "low");
    assert_eq!(author.edit(form("high")).priority.to_string(), "high");
    let why = ContactForm { why: Some("She mends coats".to_owned()), ..ContactForm::default() };
    assert_eq!(author.edit(why).priority.to_string(), "high", "nothing was said of it");
}

#[test]
fn a_person_stays_one_when_the_handle_that_made_them_one_is_another_or_none() {
    let mut author = Author::with_maria_twice();
    for handle in ["@maria@hats.example", ""] {
        let handles = BTreeMap::from([("mastodon".to_owned(), handle.to_owned())]);
        let maria = author.edit(ContactForm { handles, ..ContactForm::default() });
        assert_eq!(maria.row.handles.get("mastodon").map_or("", String::as_str), handle);
        assert_eq!(author.names(), ["Maria"]);
    }
}

#[test]
fn the_longer_of_two_mutes_holds() {
    let mut author = Author::with_maria_twice();
    let mut both: Vec<_> = author.home.book().contacts.values().cloned().collect();
    both[0].mute = Some(Mute::Until(date(2026, 11, 1)));
    both[1].mute = Some(Mute::Always);
    author.home.commit(&both.into_iter().map(Change::Contact).collect::<Vec<_>>()).unwrap();
    let show = Request::ContactShow { name: "Maria".to_owned() };
    assert_eq!(author.maria(show).mute.as_deref(), Some("always"));
}

#[test]
fn a_mute_that_is_over_is_told_no_more() {
    let mut author = Author::with_maria_twice();
    let until = Some(date(2026, 12, 1));
    let muted = author.maria(Request::ContactMute { name: "Maria".to_owned(), until });
    assert_eq!(muted.mute.as_deref(), Some("2026-12-01"));
    author.now += (24 * 30).hours();
    let after = author.maria(Request::ContactShow { name: "Maria".to_owned() });
    assert_eq!((after.mute, after.row.muted), (None, false));
}

#[test]
fn an_audience_that_was_made_twice_is_named_once_and_can_be_left() {
    let mut author = Author::with_maria_twice();
    let join = ContactForm { audiences: vec!["Teachers".to_owned()], ..ContactForm::default() };
    assert_eq!(author.edit(join).row.audiences, ["Teachers"]);
    let leave = ContactForm { leave: vec!["Teachers".to_owned()], ..ContactForm::default() };
    assert_eq!(author.edit(leave.clone()).row.audiences, [""; 0]);
    assert!(author.ask(Request::ContactEdit { name: "Maria".to_owned(), form: leave }).is_err());
}

#[test]
fn an_audience_that_was_made_twice_is_dropped_once() {
    let mut author = Author::with_maria_twice();
    assert_eq!(author.audiences(), ["Teachers"]);
    author.ask(Request::AudienceDrop { ids: vec!["Teachers".to_owned()] }).unwrap();
    assert_eq!(author.audiences(), [""; 0]);
}

#[test]
fn a_suggestion_that_is_dropped_is_not_the_beginning_of_a_name_that_is_kept() {
    let mut author = Author::new();
    let add =
        |name: &str| Request::AudienceAdd { name: name.to_owned(), via: None, bridge: None, hashtags: Vec::new() };
    author.ask(add("Librarians of Ohio")).unwrap();
    author.ask(Request::AudienceDrop { ids: vec!["librarians".to_owned()] }).unwrap();
    assert_eq!(author.audiences(), ["Librarians of Ohio"]);
    assert!(author.home.book().refusals.contains("audience/librarians"));
}

#[test]
fn a_diary_since_a_day_to_come_is_empty() {
    let mut author = Author::with_maria_twice();
    let done = Request::Done { name: Some("Maria".to_owned()), network: None, item: None, url: None, text: None };
    author.ask(done).unwrap();
    let Answer::Diary(diary) = author.ask(Request::Diary { since: Some(date(2099, 1, 1)) }).unwrap() else {
        panic!("not a diary");
    };
    assert_eq!(diary.entries.len(), 0);
}

#[test]
fn two_people_who_shared_an_address_by_mistake_are_two_when_it_is_mended() {
    let mut author = Author::with_maria_twice();
    let jonas = author.home.book().contacts.get("m2").cloned().unwrap();
    author.home.commit(&[Change::Contact(Contact { name: "Jonas".to_owned(), ..jonas })]).unwrap();
    assert_eq!(author.names(), ["Maria"]);
    let handles = BTreeMap::from([("mastodon".to_owned(), String::new())]);
    author.edit(ContactForm { handles, ..ContactForm::default() });
    assert_eq!(author.names(), ["Maria", "Jonas"]);
}
