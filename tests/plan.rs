//! The plan stands: against a new person, between laptops apart, and whatever is in the book.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and prints its figures")]

use std::collections::{BTreeMap, BTreeSet};

use goodword::domain::{
    Audience, Book, Change, Contact, Event, History, Id, Item, ItemKind, Notice, NoticeKind, Priority, What,
    contact::Mute,
    days_since, notice,
    pick::{self, By, Nobody},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date},
    tz::TimeZone,
};
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 22);

fn day(number: i32) -> Date {
    TODAY.checked_add(number.days()).unwrap()
}

fn contact(number: usize) -> Contact {
    Contact {
        id: format!("p{number:03}").into(),
        name: format!("Person {number}"),
        why: "a good sort".to_owned(),
        audiences: BTreeSet::from([format!("a{}", number % 3).as_str().into()]),
        added: Some(day(-100)),
        ..Contact::default()
    }
}

fn book(people: usize) -> Book {
    let mut book = Book::default();
    for number in 0..3 {
        let (id, name) = (Id::from(format!("a{number}")), format!("group {number}"));
        book.apply(&Change::Audience(Audience { id, slug: name.clone(), name, ..Audience::default() }));
    }
    for number in 0..people {
        book.apply(&Change::Contact(contact(number)));
    }
    plan(&mut book, TODAY);
    book
}

fn plan(book: &mut Book, today: Date) {
    for change in pick::plan(book, today) {
        book.apply(&change);
    }
}

fn note(book: &mut Book, date: Date, contact: &Id, what: What) {
    let nonce = book.journal.len().to_string();
    let at = Timestamp::from_second(1_800_000_000 + i64::try_from(book.journal.len()).unwrap()).unwrap();
    book.apply(&Change::Event(Event { date, contact: contact.clone(), device: "laptop".into(), nonce, at, what }));
}

fn done() -> What {
    What::Done { network: None, item: None, text: None, url: None }
}

fn passed() -> What {
    What::Passed { reason: None }
}

fn edit(book: &mut Book, id: &Id, edit: impl FnOnce(&mut Contact)) {
    let mut contact = book.contacts[id].clone();
    edit(&mut contact);
    book.apply(&Change::Contact(contact));
}

fn person_of(book: &Book, date: Date) -> Result<pick::Chosen, Nobody> {
    pick::person_of(book, &History::until(book, date), date)
}

fn launch(contact: &Id, noticed: Date) -> Change {
    let item = Item { title: "Out now".to_owned(), url: format!("https://example.org/{contact}"), ..Item::default() };
    Change::Notice(Notice { contact: contact.clone(), kind: NoticeKind::Launch, date: noticed, item })
}

#[test]
fn fourteen_days_are_planned_each_with_somebody_else() {
    let book = book(40);
    assert_eq!(book.plan.keys().copied().collect::<Vec<_>>(), (0..14).map(day).collect::<Vec<_>>());
    assert_eq!(book.plan.values().collect::<BTreeSet<_>>().len(), 14);
}

#[test]
fn a_plan_that_stands_writes_nothing() {
    for people in [1, 2, 5, 15, 40] {
        assert_eq!(pick::plan(&book(people), TODAY), [], "{people} people");
    }
}

#[test]
fn off_days_and_pauses_have_no_plan() {
    let mut book = Book::default();
    book.apply(&Change::Contact(contact(1)));
    book.apply(&Change::Contact(contact(2)));
    let mut settings = book.settings.clone();
    settings.set("weekdays", "mon,tue", TODAY).unwrap();
    settings.pauses.insert(day(0), day(7));
    book.apply(&Change::Settings(settings));
    plan(&mut book, TODAY);
    // The 22nd is a Sunday: of two Mondays and Tuesdays the pause takes the first.
    assert_eq!(book.plan.keys().copied().collect::<Vec<_>>(), [day(8), day(9)]);
}

#[test]
fn one_more_person_moves_no_day() {
    for people in [2, 3, 5, 6, 14, 15, 16, 40] {
        let mut book = book(people);
        let before = book.plan.clone();
        let newcomer = Contact { added: Some(TODAY), priority: Priority::High, ..contact(999) };
        book.apply(&Change::Contact(newcomer));
        plan(&mut book, TODAY);
        assert_eq!(book.plan, before, "{people} people");
    }
}

#[test]
fn somebody_passed_or_muted_is_replaced_without_touching_other_days() {
    let mut book = book(40);
    let before = book.plan.clone();
    let (today, third) = (before[&day(0)].clone(), before[&day(3)].clone());
    note(&mut book, TODAY, &today, passed());
    edit(&mut book, &third, |contact| contact.mute = Some(Mute::Always));
    plan(&mut book, TODAY);
    let changed: Vec<_> = (0..14).filter(|n| book.plan[&day(*n)] != before[&day(*n)]).collect();
    assert_eq!(changed, [0, 3]);
    assert!(!before.values().any(|id| *id == book.plan[&day(0)]), "the substitute was planned for another day");
}

#[test]
fn supporting_somebody_early_frees_their_planned_day() {
    let mut book = book(40);
    let early = book.plan[&day(5)].clone();
    note(&mut book, TODAY, &early, done());
    plan(&mut book, TODAY);
    assert_ne!(book.plan[&day(5)], early);
}

#[test]
fn a_fresh_notice_moves_tomorrow_and_never_today() {
    let mut book = book(40);
    let before = book.plan.clone();
    let news = book.contacts.keys().find(|id| !before.values().any(|planned| planned == *id)).unwrap().clone();
    book.apply(&launch(&news, TODAY));
    plan(&mut book, TODAY);
    assert_eq!(book.plan[&day(0)], before[&day(0)]);
    assert_eq!(book.plan[&day(1)], news);
    let others = (2..14).map(day);
    assert!(others.clone().all(|date| book.plan[&date] == before[&date]));
    assert_eq!(pick::plan(&book, TODAY), []);
}

/// What the author is told of: somebody's items before, the new one, and what it is.
fn remarkable() -> [(&'static str, Vec<Item>, Item, NoticeKind); 5] {
    let item = |title: &str, days_ago: i32| {
        let noon = day(-days_ago).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        let url = format!("https://example.org/{days_ago}");
        Item { title: title.to_owned(), url, published: Some(noon), ..Item::default() }
    };
    let post = |days_ago| Item { kind: ItemKind::Post, ..item("", days_ago) };
    let weekly: Vec<_> = (1..20).map(|week| item("Another week", week * 7)).collect();
    [
        ("a quiet person returns", vec![item("Goodbye for now", 200)], item("Hello again", 1), NoticeKind::Return),
        ("a first post in 90 days", vec![post(91)], post(0), NoticeKind::Return),
        ("a launch", weekly.clone(), item("Out now: The Button Ledger", 0), NoticeKind::Launch),
        ("episode 100", weekly.clone(), item("Episode 100: a coat of 1863", 0), NoticeKind::Milestone),
        ("ten years", weekly, item("10 years of sewing", 0), NoticeKind::Milestone),
    ]
}

#[test]
fn whatever_is_remarkable_moves_tomorrow_and_never_today() {
    for (about, known, new, kind) in remarkable() {
        let mut book = book(40);
        let before = book.plan.clone();
        let unplanned = book.people().find(|contact| !before.values().any(|planned| *planned == contact.id));
        let somebody = unplanned.unwrap().clone();
        let notices = notice::of_new_items(&somebody, &known, &[new], TODAY);
        assert_eq!(notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [kind], "{about}");
        notices.into_iter().for_each(|notice| book.apply(&Change::Notice(notice)));
        plan(&mut book, TODAY);
        assert_eq!(book.plan[&day(0)], before[&day(0)], "{about}: today stays");
        assert_eq!(book.plan[&day(1)], somebody.id, "{about}: tomorrow is theirs");
    }
}

#[test]
fn a_notice_brings_a_planned_day_forward() {
    let mut book = book(40);
    let news = book.plan[&day(9)].clone();
    book.apply(&launch(&news, TODAY));
    plan(&mut book, TODAY);
    let dates: Vec<_> = book.plan.iter().filter(|(_, id)| **id == news).map(|(date, _)| *date).collect();
    // Not before the other two audiences had their turn: news do not make it one audience twice in a row.
    assert!(dates.len() == 1 && dates[0] <= day(3), "{dates:?}");
}

#[test]
fn the_authors_choice_beats_the_plan_and_keeps_its_person_free() {
    let mut book = book(40);
    let (third, free) = (book.plan[&day(3)].clone(), book.contacts.keys().next_back().unwrap().clone());
    note(&mut book, day(7), &third, What::Picked);
    note(&mut book, TODAY, &free, What::Picked);
    plan(&mut book, TODAY);
    assert_ne!(book.plan[&day(3)], third, "four days before the author's own choice for them");
    let chosen = person_of(&book, TODAY).unwrap();
    assert_eq!((chosen.contact, chosen.by), (free, By::Author));
    assert_eq!(person_of(&book, day(7)).unwrap().contact, third);
}

#[test]
fn someone_else_is_the_next_in_rank_until_nobody_is_left() {
    let mut book = book(3);
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let chosen = person_of(&book, TODAY).unwrap().contact;
        assert!(seen.insert(chosen.clone()));
        note(&mut book, TODAY, &chosen, passed());
    }
    assert_eq!(person_of(&book, TODAY), Err(Nobody::EveryonePassed));
}

#[test]
fn somebody_shown_today_stays_todays_person_until_muted() {
    let mut book = book(40);
    let other = book.contacts.keys().next_back().unwrap().clone();
    note(&mut book, TODAY, &other, What::Shown { item: None });
    assert_eq!(person_of(&book, TODAY).unwrap().contact, other);
    edit(&mut book, &other, |contact| contact.mute = Some(Mute::Always));
    assert_ne!(person_of(&book, TODAY).unwrap().contact, other);
}

#[test]
fn a_day_that_is_done_stays_done_with_whom_it_was() {
    let mut book = book(5);
    let chosen = person_of(&book, TODAY).unwrap().contact;
    note(&mut book, TODAY, &chosen, done());
    edit(&mut book, &chosen, |contact| contact.never = true);
    assert_eq!(person_of(&book, TODAY).unwrap().contact, chosen);
    edit(&mut book, &chosen, |contact| contact.removed = Some(TODAY));
    assert_eq!(person_of(&book, TODAY), Err(Nobody::Over));
}

#[test]
fn when_there_is_nobody_the_reason_is_said() {
    let mut book = Book::default();
    assert_eq!(person_of(&book, TODAY), Err(Nobody::NoContacts));
    let waiting = Contact { why: String::new(), ..contact(1) };
    let id = waiting.id.clone();
    book.apply(&Change::Contact(waiting));
    assert_eq!(person_of(&book, TODAY), Err(Nobody::NobodyHasWhy { waiting: 1 }));
    book.apply(&launch(&id, TODAY));
    assert_eq!(person_of(&book, TODAY).unwrap().contact, id);
    edit(&mut book, &id, |contact| contact.mute = Some(Mute::Until(day(5))));
    assert_eq!(person_of(&book, TODAY), Err(Nobody::NobodyWelcome { until: Some(day(5)) }));
    edit(&mut book, &id, |contact| (contact.mute, contact.why) = (None, "cool".to_owned()));
    note(&mut book, day(-1), &id, done());
    assert_eq!(person_of(&book, TODAY), Err(Nobody::EveryoneRests { until: day(6), waiting: 0 }));
    let mut settings = book.settings.clone();
    settings.set("pause_until", &day(3).to_string(), TODAY).unwrap();
    book.apply(&Change::Settings(settings.clone()));
    assert_eq!(person_of(&book, TODAY), Err(Nobody::Paused { until: day(3) }));
    settings.set("pause_until", "", TODAY).unwrap();
    settings.set("weekdays", "mon", TODAY).unwrap();
    book.apply(&Change::Settings(settings));
    assert_eq!(person_of(&book, TODAY), Err(Nobody::DayOff { next: Some(day(1)) }));
}

#[test]
fn who_rests_is_told_without_a_word_that_nobody_put_in_and_who_waits_for_a_why_is_counted() {
    let mut book = book(1);
    let somebody = book.contacts.keys().next().unwrap().clone();
    note(&mut book, day(-1), &somebody, What::Skipped);
    for (waiting, said) in [
        "Whoever could be picked rests until 2026-11-24.",
        "Whoever could be picked rests until 2026-11-24. One person waits for your word on why they are cool.",
        "Whoever could be picked rests until 2026-11-24. 2 people wait for your word on why they are cool.",
    ]
    .into_iter()
    .enumerate()
    {
        let nobody = person_of(&book, TODAY).unwrap_err();
        assert_eq!(nobody, Nobody::EveryoneRests { until: day(2), waiting });
        assert_eq!(nobody.to_string(), said);
        book.apply(&Change::Contact(Contact { why: String::new(), ..contact(10 + waiting) }));
    }
}

#[test]
fn laptops_apart_for_fourteen_days_agree_on_every_planned_day() {
    let (mut desk, mut train) = (book(60), book(60));
    for number in 0..14 {
        let today = day(number);
        for (book, act) in [(&mut desk, done()), (&mut train, What::Skipped)] {
            plan(book, today);
            let chosen = person_of(book, today).unwrap().contact;
            note(book, today, &chosen, What::Shown { item: None });
            if number % 3 > 0 {
                note(book, today, &chosen, act);
            }
        }
        // One of them meets new people meanwhile.
        let newcomer = Contact { added: Some(today), ..contact(100 + usize::try_from(number).unwrap()) };
        desk.apply(&Change::Contact(newcomer));
        assert_eq!(person_of(&desk, today), person_of(&train, today), "day {number}");
    }
}

#[test]
fn laptops_apart_differ_only_on_the_day_of_whom_one_of_them_refused() {
    let (mut desk, mut train) = (book(60), book(60));
    let refused = desk.plan[&day(4)].clone();
    edit(&mut desk, &refused, |contact| contact.never = true);
    for number in 0..14 {
        let today = day(number);
        plan(&mut desk, today);
        plan(&mut train, today);
        let (one, other) = (person_of(&desk, today).unwrap().contact, person_of(&train, today).unwrap().contact);
        assert_eq!(one != other, number == 4, "day {number}");
        note(&mut desk, today, &one, done());
        note(&mut train, today, &other, done());
    }
}

/// Ten thousand people and ten years of days, to be measured by hand with an optimized build:
/// `CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo nextest run --test plan --run-ignored only --no-capture`
#[test]
#[ignore = "prints times; asserts none"]
fn the_time_for_ten_thousand_people_and_ten_years() {
    let mut book = Book::default();
    for number in 0..10_000 {
        let contact = contact(number);
        let handles = BTreeMap::from([("mastodon".to_owned(), format!("@{}@example.org", contact.id))]);
        book.apply(&Change::Contact(Contact { id: format!("p{number:05}").into(), handles, ..contact }));
    }
    let ids: Vec<_> = book.contacts.keys().cloned().collect();
    for number in 0..3650 {
        let id = &ids[usize::try_from(number * 7 % 10_000).unwrap()];
        for what in [What::Shown { item: None }, What::Opened, done()] {
            note(&mut book, day(number - 3650), id, what);
        }
    }
    let time = |what: &str, work: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        work();
        println!("{what}: {:?}", start.elapsed());
    };
    time("folding people", &mut || assert_eq!(book.people().count(), 10_000));
    let mut history = History::default();
    time("history", &mut || history = History::until(&book, TODAY));
    time("rank", &mut || assert!(!pick::rank(&book, &history, TODAY).is_empty()));
    let mut changes = Vec::new();
    time("a first plan of 14 days", &mut || changes = pick::plan_with(&book, &history));
    for change in &changes {
        book.apply(change);
    }
    time("a plan that stands", &mut || assert_eq!(pick::plan_with(&book, &history), []));
    time("person of the day", &mut || assert!(pick::person_of(&book, &history, TODAY).is_ok()));
}

prop_compose! {
    fn any_date()(kind in 0..20, number in -40..40_i32) -> Date {
        match kind {
            0 => Date::MIN,
            1 => Date::MAX,
            2 => Date::MAX.yesterday().unwrap(),
            _ => day(number),
        }
    }
}

fn any_what() -> impl Strategy<Value = What> {
    let item = prop::option::of((0..5).prop_map(|n| Item { url: format!("u{n}"), ..Item::default() }));
    prop_oneof![
        Just(What::Picked),
        item.clone().prop_map(|item| What::Shown { item }),
        Just(What::Opened),
        any_second().prop_map(|until| What::Later { until }),
        Just(passed()),
        Just(What::Skipped),
        item.prop_map(|item| What::Done { network: None, item, text: None, url: None }),
        Just(What::Answered),
        (0..12_usize).prop_map(|n| What::Undone { event: format!("{TODAY}/p{n:03}/a/{n}") }),
        Just(What::Unknown),
    ]
}

fn any_second() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => (0..2_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap()),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
    ]
}

prop_compose! {
    fn any_contact()(
        number in 0..12_usize, has_why in any::<bool>(), mute in prop::option::of(any_date()), never in prop::bool::weighted(0.1),
        added in prop::option::of(any_date()), removed in prop::option::weighted(0.1, any_date()),
        merged in prop::option::weighted(0.2, 0..14_usize), high in any::<bool>(), handle in 0..20_u8,
    ) -> Contact {
        Contact {
            why: if has_why { "cool".to_owned() } else { String::new() },
            mute: mute.map(|day| if high { Mute::Always } else { Mute::Until(day) }),
            never, added, removed,
            merged_into: merged.map(|n| format!("p{n:03}").into()),
            priority: if high { Priority::High } else { Priority::Low },
            handles: BTreeMap::from([("x".to_owned(), handle.to_string())]),
            ..contact(number)
        }
    }
}

prop_compose! {
    fn any_event()(date in any_date(), number in 0..14_usize, nonce in 0..12_u8, at in any_second(), what in any_what()) -> Event {
        Event { date, contact: format!("p{number:03}").into(), device: "a".into(), nonce: nonce.to_string(), at, what }
    }
}

prop_compose! {
    fn any_book()(
        contacts in prop::collection::vec(any_contact(), 0..14),
        events in prop::collection::vec(any_event(), 0..40),
        plan in prop::collection::vec((any_date(), 0..14_usize), 0..10),
        notices in prop::collection::vec((any_date(), 0..14_usize), 0..4),
        pause in prop::option::weighted(0.2, (any_date(), any_date())),
        cooldown in 0..400_u16,
    ) -> Book {
        let mut book = Book::default();
        let id = |number: usize| -> Id { format!("p{number:03}").into() };
        let plans = plan.into_iter().map(|(date, number)| Change::Plan(date, Some(id(number))));
        let notices = notices.into_iter().map(|(date, number)| launch(&id(number), date));
        let contacts = contacts.into_iter().map(Change::Contact);
        for change in contacts.chain(events.into_iter().map(Change::Event)).chain(plans).chain(notices) {
            book.apply(&change);
        }
        book.settings.cooldown_days = cooldown;
        book.settings.pauses.extend(pause);
        book
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn no_book_makes_the_pick_panic(book in any_book(), today in any_date(), date in any_date()) {
        let history = History::until(&book, today);
        let _ = person_of(&book, date);
        for ranked in pick::rank(&book, &history, date) {
            prop_assert!(ranked.score.is_finite());
        }
        for number in 0..14 {
            let id = format!("p{number:03}").into();
            let item = Item { published: Some(Timestamp::MAX), ..Item::default() };
            let said = pick::reasons(&book, &history, date, &TimeZone::UTC, &id, Some(&item));
            prop_assert_eq!(said.is_empty(), book.contact(&id).is_none());
        }
        let _ = goodword::domain::journal::Ledger::on(&book, date);
    }

    #[test]
    fn equal_books_give_equal_plans_and_a_plan_is_made_once(book in any_book(), today in any_date()) {
        let mut planned = book.clone();
        plan(&mut planned, today);
        prop_assert_eq!(pick::plan(&book, today), pick::plan(&book.clone(), today));
        prop_assert_eq!(pick::plan(&planned, today), vec![]);
    }

    #[test]
    fn nobody_is_ever_picked_who_is_not_welcome(book in any_book(), date in any_date()) {
        if let Ok(chosen) = person_of(&book, date) {
            let day = goodword::domain::journal::Day::of(&book, date);
            let contact = book.contact(&chosen.contact).unwrap();
            prop_assert!(day.done || day.skipped || contact.is_welcome(date));
        }
        let history = History::until(&book, date);
        for ranked in pick::rank(&book, &history, date) {
            let contact = book.contact(&ranked.contact).unwrap();
            prop_assert!(contact.is_welcome(date));
            let done = history.of(&ranked.contact).done;
            prop_assert!(done.is_none_or(|done| days_since(done, date) >= 2));
        }
    }
}
