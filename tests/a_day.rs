//! Days of a home with a clock of our own: the same requests as every author makes, at times we choose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test prints, and fails by panicking"
)]

use std::{path::Path, time::Duration};

use goodword::{
    api::{Answer, ContactForm, Diary, Error, ErrorKind, Nobody, Request, State, Today},
    daemon::{dispatch::dispatch, home::Home},
    platform::Folders,
};
use jiff::{Timestamp, ToSpan};

/// A home whose clock is a number that we move. Berlin, whatever zone this machine is in.
struct Author {
    home: Home,
    now: Timestamp,
    folder: tempfile::TempDir,
}

impl Author {
    fn new(contacts: usize) -> Author {
        let folder = tempfile::tempdir().unwrap();
        let home = open(folder.path());
        let mut author = Author { home, now: "2026-11-23T08:00:00+01:00".parse().unwrap(), folder };
        author.said("zone", "Europe/Berlin");
        author.said("networks", "bluesky");
        for number in 0..contacts {
            let form = ContactForm {
                name: Some(format!("Contact {number}")),
                why: Some("They mend what others throw away".to_owned()),
                audiences: vec![format!("Audience {}", number % 3)],
                ..ContactForm::default()
            };
            author.ask(Request::ContactAdd(form)).unwrap();
        }
        author
    }

    fn said(&mut self, key: &str, value: &str) {
        self.ask(Request::SettingsSet { key: key.to_owned(), value: value.to_owned() }).unwrap();
    }

    fn ask(&mut self, request: Request) -> Result<Answer, Error> {
        // Nobody does two things in one instant.
        self.now += 1.second();
        dispatch(&mut self.home, self.now, request)
    }

    fn day(&mut self, request: Request) -> Today {
        match self.ask(request).unwrap() {
            Answer::Today(today) => today,
            other => panic!("not a day: {other:?}"),
        }
    }

    fn today(&mut self) -> Today {
        self.day(Request::Today)
    }

    fn person(&mut self) -> String {
        self.today().contact.expect("somebody for today").name
    }

    fn done(&mut self) -> Today {
        self.day(Request::Done { name: None, network: None, item: None, url: None, text: None })
    }

    fn diary(&mut self) -> Diary {
        match self.ask(Request::Diary { since: None }).unwrap() {
            Answer::Diary(diary) => diary,
            other => panic!("not a diary: {other:?}"),
        }
    }

    /// When `status` says that somebody comes next, and the service's line.
    fn hears(&mut self) -> (String, String) {
        let Ok(Answer::Status(status)) = self.ask(Request::Status) else { panic!("not a status") };
        (status.schedule.next.unwrap(), self.home.in_words(self.now))
    }

    fn sleep(&mut self, days: i64) {
        self.now += (24 * days).hours();
    }

    /// Ends the program and starts it again.
    fn restart(self) -> Author {
        let Author { home, now, folder } = self;
        drop(home);
        Author { home: open(folder.path()), now, folder }
    }
}

fn open(folder: &Path) -> Home {
    Home::open(&Folders::under(&folder.join("home")).unwrap(), Duration::ZERO).unwrap()
}

#[test]
fn a_day_is_planned_done_and_remembered_over_a_restart() {
    let mut author = Author::new(5);
    let planned = author.today();
    assert_eq!(planned.state, State::Planned);
    let done = author.done();
    assert_eq!((done.state, &done.contact), (State::Done, &planned.contact));
    let mut author = author.restart();
    assert_eq!(author.today().state, State::Done);
    let diary = author.diary();
    assert_eq!((diary.entries.len(), diary.ledger.supported, diary.ledger.days), (1, 1, 1));
    assert_eq!(diary.entries[0].text, planned.draft.map(|draft| draft.text));
}

#[test]
fn every_day_of_a_week_has_somebody_else() {
    let mut author = Author::new(8);
    let mut met = Vec::new();
    for _ in 0..7 {
        let name = author.person();
        assert!(!met.contains(&name), "{name} again after {met:?}");
        met.push(name);
        author.done();
        author.sleep(1);
    }
    assert_eq!(author.diary().ledger.supported, 7);
}

#[test]
fn a_week_off_leaves_one_person_and_no_backlog() {
    let mut author = Author::new(8);
    author.done();
    author.sleep(8);
    author.person();
    author.done();
    let diary = author.diary();
    assert_eq!(diary.entries.len(), 2);
    let error = author.ask(Request::Skip).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Nothing);
}

#[test]
fn a_new_author_with_two_people_hears_from_us_on_day_four() {
    let mut author = Author::new(2);
    let mut days_with_somebody = 0;
    for _ in 0..4 {
        if author.today().contact.is_some() {
            days_with_somebody += 1;
            author.done();
        }
        author.sleep(1);
    }
    assert!(days_with_somebody >= 3, "{days_with_somebody} of 4 days");
}

#[test]
fn someone_else_walks_on_until_nobody_is_left_and_undo_walks_back() {
    let mut author = Author::new(3);
    let mut passed = vec![author.person()];
    for _ in 0..2 {
        let next = author.day(Request::Another { why_not: None }).contact.unwrap().name;
        assert!(!passed.contains(&next));
        passed.push(next);
    }
    let none = author.day(Request::Another { why_not: None });
    assert_eq!((none.state, none.contact), (State::None, None));
    assert!(none.reasons[0].contains("passed"), "{:?}", none.reasons);
    let back = author.day(Request::Undo);
    assert_eq!(back.contact.unwrap().name, passed[2]);
}

#[test]
fn later_is_later_and_the_day_is_open_again_when_it_comes() {
    let mut author = Author::new(3);
    let later = author.day(Request::Later { when: Some("2h".to_owned()) });
    assert_eq!(later.state, State::Later);
    assert_eq!(later.later_until, Some(author.now + 2.hours()));
    author.now += 2.hours();
    assert_ne!(author.today().state, State::Later);
    assert_eq!(author.ask(Request::Later { when: Some("20h".to_owned()) }).unwrap_err().kind, ErrorKind::Usage);
}

#[test]
fn a_later_hour_is_told_on_the_clock_it_was_said_on() {
    let mut author = Author::new(3);
    let later = author.day(Request::Later { when: Some("17:30".to_owned()) });
    assert_eq!(later.later_at.as_deref(), Some("17:30"));
    assert_eq!(author.day(Request::Skip).later_at, None);
}

#[test]
fn an_empty_value_takes_a_setting_back() {
    let mut author = Author::new(0);
    for (key, value, usual) in [("language", "de", "en"), ("daily_at", "07:30", "09:00"), ("weekdays", "mon", "all")] {
        author.said(key, value);
        author.said(key, "");
        let Ok(Answer::Settings(rows)) = author.ask(Request::SettingsList) else { panic!("no settings") };
        assert_eq!(rows.iter().find(|row| row.key == key).unwrap().value, usual, "{key}");
    }
}

#[test]
fn the_words_of_a_day_are_the_same_again_after_an_undo() {
    let mut author = Author::new(3);
    let planned = author.today().draft.unwrap();
    author.done();
    assert_eq!(author.day(Request::Undo).draft.unwrap(), planned);
}

#[test]
fn while_the_others_rest_those_who_wait_for_a_why_are_told_of() {
    let mut author = Author::new(1);
    author.day(Request::Skip);
    author.sleep(1);
    let rest = author.today();
    assert_eq!(rest.reasons[0], "Whoever could be picked rests until 2026-11-26.");
    assert_eq!(rest.waiting, Some(0));
    let follows = "Account address,Show boosts,Notify on new posts,Languages\n\
                   maria@sewing.example,true,false,\njonas@books.example,true,false,\n";
    let bytes = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, follows);
    let (file, format, audience) = (Some("following_accounts.csv".to_owned()), None, None);
    author.ask(Request::ContactImport { bytes, file, format, audience, dry_run: false }).unwrap();
    let rest = author.today();
    assert!(rest.reasons[0].ends_with("2026-11-26. 2 people wait for your word on why they are cool."), "{rest:?}");
    assert!(rest.reasons[1].contains("--why"), "{rest:?}");
    assert_eq!((rest.nobody, rest.waiting), (Some(Nobody::EveryoneRests), Some(2)));
}

#[test]
fn somebody_is_said_to_wait_only_where_somebody_does() {
    const TOMORROW: &str = "2026-11-24T09:00:00+01:00[Europe/Berlin]";
    let said = |next: &str, words: &str| (next.to_owned(), words.to_owned());
    let mut author = Author::new(0);
    author.now += 2.hours();
    assert_eq!(author.hears(), said(TOMORROW, "There is nobody in the book yet"));
    let mut author = Author::new(1);
    author.now += 2.hours();
    let (now, words) = author.hears();
    assert!(now.starts_with("2026-11-23T10:00:"), "{now}");
    assert_eq!(words, "Somebody waits for a good word today");
    author.day(Request::Later { when: Some("17:30".to_owned()) });
    let later = "2026-11-23T17:30:00+01:00[Europe/Berlin]";
    assert_eq!(author.hears(), said(later, "The next good word: Mon 23 Nov, 17:30"));
    author.day(Request::Another { why_not: None });
    assert_eq!(author.hears(), said(TOMORROW, "You have passed on everybody who could be picked today"));
    author.day(Request::Undo);
    author.done();
    author.sleep(1);
    let rested = "2026-11-30T09:00:00+01:00[Europe/Berlin]";
    assert_eq!(author.hears(), said(rested, "Whoever could be picked rests until 2026-11-30"));
}

#[test]
fn a_skipped_day_ends_and_the_next_one_begins() {
    let mut author = Author::new(3);
    let person = author.person();
    assert_eq!(author.day(Request::Skip).state, State::Skipped);
    author.sleep(1);
    assert_ne!(author.person(), person);
}

#[test]
fn the_authors_own_choice_beats_the_plan_on_its_day() {
    let mut author = Author::new(6);
    let planned = author.person();
    let wanted = (0..6).map(|n| format!("Contact {n}")).find(|name| *name != planned).unwrap();
    let on = author.now.to_zoned(jiff::tz::TimeZone::UTC).date().checked_add(3.days()).unwrap();
    author.ask(Request::Pick { name: wanted.clone(), on: Some(on) }).unwrap();
    author.sleep(3);
    assert_eq!(author.person(), wanted);
    assert!(author.today().reasons[0].contains("You chose"), "{:?}", author.today().reasons);
}

#[test]
fn somebody_else_may_be_supported_and_the_day_counts_once() {
    let mut author = Author::new(4);
    let planned = author.person();
    let other = (0..4).map(|n| format!("Contact {n}")).find(|name| *name != planned).unwrap();
    let name = Some(other.clone());
    author.day(Request::Done {
        name,
        network: Some("x".to_owned()),
        item: None,
        url: None,
        text: Some("Look at this!".to_owned()),
    });
    assert_eq!(author.today().state, State::Done);
    let diary = author.diary();
    assert_eq!(
        (diary.entries[0].contact.name.as_str(), diary.entries[0].network.as_deref()),
        (other.as_str(), Some("x"))
    );
    assert_eq!(diary.ledger.days, 1);
}

#[test]
fn travel_never_gives_a_date_two_days_of_work() {
    let mut author = Author::new(6);
    author.said("zone", "Pacific/Kiritimati");
    let (first, date) = (author.person(), author.today().date);
    author.done();
    // West over the date line: the same instant is still yesterday there.
    author.said("zone", "Pacific/Honolulu");
    assert_eq!(author.today().date, date.yesterday().unwrap());
    let second = author.person();
    author.done();
    assert_ne!(first, second);
    // A day later it is the first date again: it is done wherever you fly.
    author.sleep(1);
    assert_eq!((author.today().date, author.today().state), (date, State::Done));
}

#[test]
fn a_pause_and_a_day_off_say_so_and_pass() {
    let mut author = Author::new(3);
    author.said("pause_until", "2099-01-01");
    let paused = author.today();
    assert_eq!((paused.state, paused.contact.is_none()), (State::None, true));
    assert!(paused.reasons[0].contains("Paused"));
    author.said("pause_until", "");
    assert!(author.today().contact.is_some());
    // 23 November 2026 is a Monday.
    author.said("weekdays", "tue,wed");
    assert!(author.today().reasons[0].contains("day off"), "{:?}", author.today().reasons);
}

#[test]
fn an_item_is_shared_once_and_a_wrong_request_changes_nothing() {
    let mut author = Author::new(3);
    let heads = |author: &mut Author| match author.ask(Request::Status).unwrap() {
        Answer::Status(status) => status.document.heads,
        other => panic!("not a status: {other:?}"),
    };
    author.today();
    let before = heads(&mut author);
    for wrong in [
        Request::Done { name: Some("Nobody".to_owned()), network: None, item: None, url: None, text: None },
        Request::Done { name: None, network: Some("friendster".to_owned()), item: None, url: None, text: None },
        Request::Done { name: None, network: None, item: Some("javascript:1".to_owned()), url: None, text: None },
        Request::Pick { name: "Contact".to_owned(), on: None },
        Request::Pick { name: "Contact 1".to_owned(), on: Some("2020-01-01".parse().unwrap()) },
        Request::Later { when: Some("yesterday".to_owned()) },
        Request::ContactAdd(ContactForm { name: Some("No why".to_owned()), ..ContactForm::default() }),
        Request::ContactMute { name: "Contact 1".to_owned(), until: Some("2020-01-01".parse().unwrap()) },
        Request::SettingsSet { key: "zone".to_owned(), value: "Mars/Olympus".to_owned() },
        Request::BookImport { bytes: "not base64".to_owned() },
    ] {
        assert!(author.ask(wrong.clone()).is_err(), "{wrong:?}");
    }
    assert_eq!(heads(&mut author), before);
}

#[test]
fn two_people_with_one_handle_or_one_feed_are_one_person_and_refused() {
    let mut author = Author::new(0);
    let person = |name: &str, feed: &str, handle: &str| {
        Request::ContactAdd(ContactForm {
            name: Some(name.to_owned()),
            why: Some("They mend what others throw away".to_owned()),
            feeds: vec![format!("https://{feed}.example/feed")],
            handles: [("x".to_owned(), handle.to_owned())].into(),
            ..ContactForm::default()
        })
    };
    author.ask(person("Maria", "maria", "maria")).unwrap();
    assert!(author.ask(person("Mary", "maria", "mary")).unwrap_err().message.contains("Maria already has"));
    assert!(author.ask(person("Mary", "mary", "MARIA")).unwrap_err().message.contains("Maria already has"));
    author.ask(person("Maria", "another", "another")).unwrap();
}

#[test]
fn an_audience_that_is_kept_under_its_name_is_not_suggested_as_another() {
    let mut author = Author::new(0);
    let add =
        |name: &str| Request::AudienceAdd { name: name.to_owned(), via: None, bridge: None, hashtags: Vec::new() };
    author.ask(add("Civil War re-enactors")).unwrap();
    let genre = Some("historical fiction".to_owned());
    let Answer::Brainstorm(found) = author.ask(Request::AudienceSuggest { work: None, genre, depth: 2 }).unwrap()
    else {
        panic!("not a brainstorm");
    };
    let rows = found.rows;
    let mine: Vec<_> = rows.iter().filter(|row| row.name == "Civil War re-enactors").collect();
    assert!(mine.len() == 1 && mine[0].kept, "{mine:?}");
    assert!(rows.iter().any(|row| !row.kept));
}

#[test]
fn an_hour_that_was_put_off_may_be_brought_forward() {
    let mut author = Author::new(3);
    author.day(Request::Later { when: Some("3h".to_owned()) });
    let sooner = author.day(Request::Later { when: Some("30m".to_owned()) });
    assert_eq!(sooner.later_until, Some(author.now + 30.minutes()));
}

#[test]
fn a_language_without_a_phrase_book_is_refused() {
    let mut author = Author::new(1);
    let speak = |value: &str| Request::SettingsSet { key: "language".to_owned(), value: value.to_owned() };
    assert!(author.ask(speak("tlh")).unwrap_err().message.contains("no phrase book"));
    author.ask(speak("de-CH")).unwrap();
}
