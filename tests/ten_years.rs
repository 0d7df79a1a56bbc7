//! Ten years of days in a moment: whom the pick chooses when an author lives with it.
//!
//! `cargo nextest run --test ten_years --no-capture` prints the figures.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and prints its figures")]

use std::collections::{BTreeMap, BTreeSet};

use goodword::domain::{
    Audience, Book, Change, Contact, Event, History, Id, Item, Notice, NoticeKind, Priority, What,
    contact::Mute,
    days_since,
    id::stable_hash,
    pick::{self, Nobody},
};
use jiff::{
    ToSpan,
    civil::{Date, date},
    tz::TimeZone,
};

const START: Date = date(2026, 11, 22);
const TEN_YEARS: i32 = 3652;

/// Dice that fall the same way every time: numbers below `sides`.
struct Dice {
    seed: &'static str,
    thrown: u64,
}

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.thrown += 1;
        stable_hash(&[self.seed, &self.thrown.to_string()]) % sides
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

fn event(date: Date, contact: &Id, device: &str, second: i64, what: What) -> Event {
    let at = date.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let at = at.checked_add(second.seconds()).unwrap();
    Event { date, contact: contact.clone(), device: device.into(), nonce: second.to_string(), at, what }
}

fn done(item: Option<Item>) -> What {
    What::Done { network: None, item, text: None, url: None }
}

fn person(number: usize, audiences: &[usize], added: Date) -> Contact {
    Contact {
        id: format!("person-{number:05}").into(),
        name: format!("Person {number}"),
        why: "knows how buttons were made".to_owned(),
        audiences: audiences.iter().map(|n| audience_id(*n)).collect(),
        handles: BTreeMap::from([("mastodon".to_owned(), format!("@p{number}@example.org"))]),
        added: Some(added),
        ..Contact::default()
    }
}

fn audience_id(number: usize) -> Id {
    format!("audience-{number:02}").into()
}

fn book_with(audiences: usize) -> Book {
    let mut book = Book::default();
    let mut settings = book.settings.clone();
    settings.seeds.insert("a seed".to_owned());
    book.apply(&Change::Settings(settings));
    for number in 0..audiences {
        let (id, name) = (audience_id(number), format!("group {number}"));
        book.apply(&Change::Audience(Audience { id, slug: name.clone(), name, ..Audience::default() }));
    }
    book
}

/// Writes the plan for the days from today on.
fn plan(book: &mut Book, today: Date) {
    for change in pick::plan(book, today) {
        book.apply(&change);
    }
}

/// What a simulated life left behind.
#[derive(Default)]
struct Diary {
    /// All days before the present one: to read the whole journal anew each day would take most of the time.
    past: History,
    /// Who was shown on each date, the passed ones too, in order.
    shown: Vec<(Date, Id)>,
    /// Who was supported.
    done: Vec<(Date, Id)>,
    nobody: Vec<(Date, Nobody)>,
    /// People who could be picked, by date.
    pickable: BTreeMap<Date, usize>,
}

/// One day of an author who does 60 % of the days, passes 15 %, skips 10 % and overlooks the rest.
fn live(book: &mut Book, today: Date, dice: &mut Dice, diary: &mut Diary) {
    let pickable = book.people().filter(|c| c.is_welcome(today) && !c.why.is_empty()).count();
    diary.pickable.insert(today, pickable);
    if !book.settings.is_on(today) {
        return;
    }
    let mut history = diary.past.and_on(book, today);
    for change in pick::plan_with(book, &history) {
        book.apply(&change);
    }
    for turn in 0..20 {
        if turn > 0 {
            history = diary.past.and_on(book, today);
        }
        let chosen = match pick::person_of(book, &history, today) {
            Ok(chosen) => chosen.contact,
            Err(nobody) => return diary.nobody.push((today, nobody)),
        };
        diary.shown.push((today, chosen.clone()));
        let mut note = |second, what| book.apply(&Change::Event(event(today, &chosen, "laptop", second, what)));
        note(turn * 60, What::Shown { item: None });
        match dice.below(100) {
            0..60 => {
                note(turn * 60 + 1, What::Opened);
                note(turn * 60 + 2, done(None));
                return diary.done.push((today, chosen));
            }
            60..75 => note(turn * 60 + 1, What::Passed { reason: None }),
            75..85 => return note(turn * 60 + 1, What::Skipped),
            _ => return,
        }
    }
}

fn cooldown(setting: u16, pickable: usize) -> i32 {
    let few = i32::try_from(pickable).unwrap() - 1;
    i32::from(setting).min(few).max(2)
}

fn assert_no_repeats(diary: &Diary, setting: u16) {
    let mut last: BTreeMap<&Id, Date> = BTreeMap::new();
    let supported: BTreeSet<_> = diary.done.iter().cloned().collect();
    for (date, id) in &diary.shown {
        if let Some(before) = last.get(id) {
            // A day less is allowed to a planned day, when a person joined a book of few.
            let rest = cooldown(setting, diary.pickable[date].saturating_sub(1));
            let rest = if supported.contains(&(*before, id.clone())) { rest } else { (rest / 2).max(2) };
            assert!(days_since(*before, *date) >= rest, "{id} came on {before} and on {date}, within {rest} days");
        }
        last.insert(id, *date);
    }
}

#[test]
fn ten_years_with_three_hundred_people_leave_nobody_out() {
    let mut dice = Dice { seed: "ten years", thrown: 0 };
    let mut diary = Diary::default();
    let mut book = book_with(12);
    // Uneven: the first audience has a third of all people, the last a handful.
    let sizes = [100, 60, 40, 25, 20, 15, 12, 10, 8, 5, 3, 2];
    let rooms: Vec<usize> = (0..12).flat_map(|room| std::iter::repeat_n(room, sizes[room])).collect();
    let mut waiting: Vec<(usize, usize)> = rooms.into_iter().enumerate().collect();
    let mut joined: BTreeMap<Id, Date> = BTreeMap::new();
    let mut left: BTreeSet<Id> = BTreeSet::new();
    let mut late = waiting.split_off(200);
    late.extend(waiting.split_off(190));
    let add = |book: &mut Book, today, (number, room): (usize, usize), dice: &mut Dice| {
        let mut rooms = vec![room];
        if dice.percent(15) {
            rooms.push(usize::try_from(dice.below(12)).unwrap());
        }
        if dice.percent(3) {
            rooms.clear();
        }
        let mut contact = person(number, &rooms, today);
        contact.priority = match dice.below(20) {
            0..2 => Priority::High,
            2..4 => Priority::Low,
            _ => Priority::Normal,
        };
        book.apply(&Change::Contact(contact.clone()));
        contact.id
    };
    for who in waiting {
        let id = add(&mut book, START, who, &mut dice);
        joined.insert(id, START);
    }
    let mut today = START;
    for day in 0..TEN_YEARS {
        if day % 20 == 19 && !late.is_empty() {
            let who = late.remove(usize::try_from(dice.below(late.len() as u64)).unwrap());
            let id = add(&mut book, today, who, &mut dice);
            joined.insert(id, today);
        }
        let any = |book: &Book, dice: &mut Dice| {
            let place = usize::try_from(dice.below(book.people().count() as u64)).unwrap();
            book.people().nth(place).unwrap().clone()
        };
        if dice.percent(1) {
            let mut contact = any(&book, &mut dice);
            left.insert(contact.id.clone());
            match dice.below(3) {
                0 => contact.mute = Some(Mute::Until(today.checked_add(90.days()).unwrap())),
                1 => contact.never = true,
                _ => contact.removed = Some(today),
            }
            book.apply(&Change::Contact(contact));
        }
        // About one notice for each person in two years.
        if dice.percent(40) {
            let contact = any(&book, &mut dice).id;
            let item =
                Item { title: "Out now".to_owned(), url: format!("https://example.org/{day}"), ..Item::default() };
            book.apply(&Change::Notice(Notice { contact, kind: NoticeKind::Launch, date: today, item }));
        }
        if day % 180 == 100 {
            let mut settings = book.settings.clone();
            let until = today.checked_add(12.days()).unwrap().to_string();
            settings.set("pause_until", &until, today).unwrap();
            book.apply(&Change::Settings(settings));
        }
        live(&mut book, today, &mut dice, &mut diary);
        diary.past = diary.past.and_on(&book, today);
        today = today.tomorrow().unwrap();
    }

    assert_eq!(diary.past, History::until(&book, diary.past.as_of));
    assert_no_repeats(&diary, book.settings.cooldown_days);
    assert!(diary.nobody.is_empty(), "{:?}", diary.nobody);

    // The longest that anybody who was never muted, nor removed, waited to be shown; from the day they joined.
    let longest = |dates: &[(Date, Id)], id: &Id| {
        let mut last = joined[id];
        let mut wait = 0;
        for date in dates.iter().filter(|(_, who)| who == id).map(|(date, _)| *date).chain([today]) {
            wait = wait.max(days_since(last, date));
            last = date;
        }
        wait
    };
    let stayed: Vec<_> = joined.keys().filter(|id| !left.contains(*id)).cloned().collect();
    let mut shown: Vec<_> = stayed.iter().map(|id| longest(&diary.shown, id)).collect();
    let mut supported: Vec<_> = stayed.iter().map(|id| longest(&diary.done, id)).collect();
    shown.sort_unstable();
    supported.sort_unstable();
    println!("{} people, {} shown, {} done in ten years", joined.len(), diary.shown.len(), diary.done.len());
    println!("longest wait to be shown: median {}, worst {} days", shown[shown.len() / 2], shown[shown.len() - 1]);
    let worst = supported[supported.len() - 1];
    println!("longest wait for support: median {}, worst {worst} days", supported[supported.len() / 2]);
    println!("audience  people  share of people  share of picks  longest gap");
    let mut gaps = Vec::new();
    for room in 0..12 {
        let theirs = |id: &Id| book.contacts[id].audiences.contains(&audience_id(room));
        let people = joined.keys().filter(|id| theirs(id)).count();
        let dates: Vec<_> = diary.shown.iter().filter(|(_, id)| theirs(id)).map(|(date, _)| *date).collect();
        let gap = dates.windows(2).map(|two| days_since(two[0], two[1])).max().unwrap();
        let percent = |part: usize, whole: usize| part * 1000 / whole;
        let (people_share, picks) = (percent(people, joined.len()), percent(dates.len(), diary.shown.len()));
        println!(
            "{room:>8} {people:>7} {:>14}.{}% {:>13}.{}% {gap:>8} days",
            people_share / 10,
            people_share % 10,
            picks / 10,
            picks % 10
        );
        gaps.push(gap);
    }
    let repeats = diary.shown.windows(2).filter(|two| {
        let rooms = |id: &Id| book.contacts[id].audiences.clone();
        !rooms(&two[0].1).is_disjoint(&rooms(&two[1].1))
    });
    println!("the same audience twice in a row: {} of {}", repeats.count(), diary.shown.len());
    assert!(shown[shown.len() - 1] < 3 * 365, "somebody was forgotten");
    assert!(gaps.iter().all(|gap| *gap < 365), "an audience was starved: {gaps:?}");
}

fn small(people: usize, days: i32) -> Diary {
    let mut dice = Dice { seed: "few", thrown: 0 };
    let mut diary = Diary::default();
    let mut book = book_with(2);
    for number in 0..people {
        book.apply(&Change::Contact(person(number, &[number % 2], START)));
    }
    let mut today = START;
    for _ in 0..days {
        live(&mut book, today, &mut dice, &mut diary);
        diary.past = diary.past.and_on(&book, today);
        today = today.tomorrow().unwrap();
    }
    println!("{people:>3} people: {} shown, {} days without anybody in {days}", diary.shown.len(), diary.nobody.len());
    diary
}

#[test]
fn few_people_come_round_without_tiring_anybody() {
    for people in [2, 5, 15] {
        let diary = small(people, 365);
        assert_no_repeats(&diary, 14);
        for (date, nobody) in &diary.nobody {
            assert!(matches!(nobody, Nobody::EveryonePassed | Nobody::EveryoneRests { .. }), "{date}: {nobody}");
        }
        let quiet = diary.nobody.iter().filter(|(_, nobody)| matches!(nobody, Nobody::EveryoneRests { .. })).count();
        assert!(quiet <= 12, "{people} people: {quiet} silent days in a year");
        assert!(diary.shown.iter().any(|(date, _)| days_since(START, *date) == 3), "{people} people: nobody on day 4");
    }
}

#[test]
fn somebody_alone_comes_back_weekly() {
    let mut book = book_with(1);
    book.apply(&Change::Contact(person(1, &[0], START)));
    let mut dates = Vec::new();
    let mut today = START;
    for _ in 0..28 {
        plan(&mut book, today);
        if let Ok(chosen) = pick::person_of(&book, &History::until(&book, today), today) {
            book.apply(&Change::Event(event(today, &chosen.contact, "laptop", 1, done(None))));
            dates.push(days_since(START, today));
        }
        today = today.tomorrow().unwrap();
    }
    assert_eq!(dates, [0, 7, 14, 21]);
}
