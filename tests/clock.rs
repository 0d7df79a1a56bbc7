//! 100,000 days of one device: zones, sleeps, restarts, clocks that jump, servers that die, an author with moods.
//! Whatever happens: one person a date unless somebody else was asked for, no day missed while awake after the hour,
//! no backlog.
//!
//! Each world replays from its number: `GOODWORD_WORLD=17 cargo nextest run --test clock one_person`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test prints, and fails by panicking")]

#[path = "support/dice.rs"]
mod dice;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::AddAssign,
    time::Duration,
};

use dice::Dice;
use goodword::domain::{
    Book, Change, Contact, Event, Id, Settings, What,
    decide::{Button, Desk, Effect, Input, Question, Surroundings},
    journal::Day,
    pick,
    schedule::{self, Due},
};
use jiff::{Span, Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};

/// Both sides of the date line, half and quarter hours, a clock change of half an hour, one at midnight (Beirut).
const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Pago_Pago",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Beirut",
    "America/Santiago",
    "UTC",
];

const HOURS: [&str; 5] = ["00:00", "02:30", "09:00", "17:45", "23:59"];

/// What a run has really met: a simulation proves nothing about what never happened in it.
#[derive(Debug, Default)]
struct Met {
    days: u64,
    moments: u64,
    raised: u64,
    /// Clock changes lived through, forwards and backwards.
    springs: u64,
    autumns: u64,
    /// Midnight passed under an open notification.
    midnights: u64,
    /// Travel put the date back, or forward by a day.
    dates_again: u64,
    dates_skipped: u64,
    paused: u64,
    days_off: u64,
    laters_come: u64,
    dismissed: u64,
    /// Nobody was there, or the server refused, and the next look found it well.
    held: u64,
    absences: u64,
}

impl AddAssign for Met {
    fn add_assign(&mut self, other: Met) {
        self.days += other.days;
        self.moments += other.moments;
        self.raised += other.raised;
        self.springs += other.springs;
        self.autumns += other.autumns;
        self.midnights += other.midnights;
        self.dates_again += other.dates_again;
        self.dates_skipped += other.dates_skipped;
        self.paused += other.paused;
        self.days_off += other.days_off;
        self.laters_come += other.laters_come;
        self.dismissed += other.dismissed;
        self.held += other.held;
        self.absences += other.absences;
    }
}

struct World {
    number: u64,
    dice: Dice,
    book: Book,
    desk: Desk,
    now: Timestamp,
    zone: TimeZone,
    server: bool,
    /// Somebody is at the keyboard and the server takes what it is given, whatever the dice say.
    kind: bool,
    /// What really stands on the screen.
    screen: Option<Question>,
    /// Closed without a word: may not come again before this device starts anew or a later hour is asked for.
    dismissed: Option<Question>,
    alarm: Option<Timestamp>,
    shown: BTreeMap<Date, BTreeSet<Id>>,
    /// Somebody else was asked for so often on a date.
    asked: BTreeMap<Date, usize>,
    events: u64,
    met: Met,
}

impl World {
    fn new(number: u64) -> World {
        let mut dice = Dice(number);
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let start = start + Span::new().hours(dice.amount(24 * 700));
        let today = start.to_zoned(TimeZone::UTC).date();
        let mut book = Book::default();
        let mut settings = Settings::default();
        settings.set("daily_at", dice.pick(&HOURS), today).unwrap();
        if dice.chance(30) {
            settings.set("weekdays", "mon,wed,sat", today).unwrap();
        }
        settings.seeds.insert(format!("{number}"));
        book.apply(&Change::Settings(settings));
        for person in 0..2 + dice.below(9) {
            let contact = Contact {
                id: format!("c{person}").into(),
                name: format!("Contact {person}"),
                why: "they are cool".to_owned(),
                added: Some(today),
                ..Contact::default()
            };
            book.apply(&Change::Contact(contact));
        }
        let zone = TimeZone::get(dice.pick(&ZONES)).unwrap();
        World {
            number,
            dice,
            book,
            desk: Desk::Clear,
            now: start,
            zone,
            server: true,
            kind: false,
            screen: None,
            dismissed: None,
            alarm: None,
            shown: BTreeMap::new(),
            asked: BTreeMap::new(),
            events: 0,
            met: Met::default(),
        }
    }

    fn clock(&self) -> Zoned {
        self.now.to_zoned(self.zone.clone())
    }

    fn record(&mut self, date: Date, contact: Id, what: What) {
        self.events += 1;
        if matches!(what, What::Passed { .. }) {
            *self.asked.entry(date).or_default() += 1;
        }
        let nonce = format!("{:08}", self.events);
        let event = Event { date, contact, device: "d".into(), nonce, at: self.now, what };
        self.book.apply(&Change::Event(event));
    }

    /// Feeds an input in and does what the daemon would do, at once.
    fn step(&mut self, input: Input) {
        let mut inputs = vec![input];
        let mut rounds = 0;
        while let Some(input) = inputs.pop() {
            rounds += 1;
            assert!(rounds < 20, "world {}: the day goes round in circles", self.number);
            let grace = Duration::from_secs(if self.dice.chance(20) { self.dice.below(20) } else { 0 });
            let (me, others) = ("d".into(), BTreeSet::new());
            let around = Surroundings { now: self.clock(), can_notify: true, me, others, grace };
            let mut alarm: Option<Timestamp> = None;
            for effect in self.desk.decide(&self.book, &around, input) {
                match effect {
                    Effect::Record { date, contact, what } => self.record(date, contact, what),
                    Effect::Plan => {
                        for change in pick::plan(&self.book, self.clock().date()) {
                            self.book.apply(&change);
                        }
                    }
                    Effect::Prepare { date, contact, .. } => {
                        let idle = !self.kind && self.dice.chance(5);
                        inputs.push(Input::Prepared { date, contact, idle });
                    }
                    Effect::Raise(question) => inputs.push(self.raise(question)),
                    Effect::TakeDown => self.screen = None,
                    Effect::OpenDraft { .. } | Effect::OpenPage => {}
                    Effect::LookAgain(at) if at <= self.now => inputs.push(Input::Tick),
                    Effect::LookAgain(at) => alarm = Some(alarm.map_or(at, |other| other.min(at))),
                }
            }
            self.alarm = alarm.or(self.alarm);
        }
    }

    fn raise(&mut self, question: Question) -> Input {
        let (number, date) = (self.number, question.date);
        assert_eq!(date, self.clock().date(), "world {number}: raised for another day");
        assert_ne!(self.dismissed.as_ref(), Some(&question), "world {number}: what was closed is back unasked");
        if !self.server || (!self.kind && self.dice.chance(3)) {
            self.screen = None;
            return Input::NotRaised(question);
        }
        self.screen = Some(question.clone());
        self.shown.entry(date).or_default().insert(question.contact.clone());
        self.met.raised += 1;
        Input::Raised { question, item: None }
    }

    fn check(&self) {
        let (today, number) = (self.clock().date(), self.number);
        for date in self.shown.keys().rev().take(4) {
            let people = &self.shown[date];
            let asked = self.asked.get(date).copied().unwrap_or_default();
            assert!(people.len() <= 1 + asked, "world {number}: {people:?} on {date}, asked for {asked} more");
        }
        if let Some(question) = &self.screen {
            assert_eq!(question.date, today, "world {number}: another day's notification is still up");
            let over = Day::of(&self.book, today);
            assert!(!over.done && !over.skipped, "world {number}: {today} is over and still on the screen");
        }
    }

    /// After a tick the day's question is on the screen, or there is a reason why not. Where the reason is only that
    /// nobody was there or the server refused, the next minute shows it.
    fn check_not_missed(&mut self) {
        let (clock, number) = (self.clock(), self.number);
        match schedule::due(&self.book, &clock) {
            Due::Now => {}
            Due::At(at) => {
                assert!(self.alarm.is_some_and(|alarm| alarm <= at), "world {number}: the alarm oversleeps {at}");
                return;
            }
            Due::Never => return,
        }
        if self.screen.is_some() || !self.server || matches!(self.desk, Desk::Dismissed { .. }) {
            return;
        }
        let history = goodword::domain::journal::History::until(&self.book, clock.date());
        let Ok(person) = pick::person_of(&self.book, &history, clock.date()) else { return };
        let until = Day::of(&self.book, clock.date()).with(&person.contact).later_until;
        if until.is_some_and(|until| until > self.now) {
            return;
        }
        let soon = self.alarm.filter(|at| *at > self.now && *at <= self.now + 61.seconds());
        let Some(soon) = soon else {
            panic!("world {number}: {clock} is due, {} is not on the screen and nobody looks again", person.contact)
        };
        self.now = soon;
        if self.clock().date() == clock.date() {
            self.kind = true;
            self.step(Input::Tick);
            self.kind = false;
            let up = self.screen.as_ref().map(|question| &question.contact);
            assert_eq!(up, Some(&person.contact), "world {number}: held at {clock} and forgotten");
            self.met.held += 1;
        }
    }

    fn author(&mut self) {
        let Some(question) = self.screen.clone() else { return };
        match self.dice.below(100) {
            0..35 => self.press(Button::Done),
            35..50 => self.press(Button::Open),
            50..60 => self.press(Button::Another),
            60..65 => self.press(Button::NotToday),
            65..72 => {
                self.screen = None;
                self.dismissed = Some(question.clone());
                self.met.dismissed += 1;
                self.step(Input::Closed(question));
                self.step(Input::Tick);
            }
            72..80 => {
                if let Ok(until) = schedule::later(Some("2h"), &self.clock()) {
                    self.record(question.date, question.contact, What::Later { until });
                    self.dismissed = None;
                    self.step(Input::Tick);
                    assert_eq!(self.screen, None, "world {}: later is not now", self.number);
                    if self.dice.chance(50) {
                        self.now = until;
                        self.kind = true;
                        self.step(Input::Tick);
                        self.kind = false;
                        assert!(self.screen.is_some(), "world {}: the later hour came", self.number);
                        self.met.laters_come += 1;
                    }
                }
            }
            80..82 => {
                // Two presses at once.
                self.press(Button::Done);
                self.step(Input::Pressed(question, Button::Done));
            }
            82..84 => {
                self.kind = true;
                self.press(Button::Page);
                self.kind = false;
            }
            84..87 => {
                // The second press falls on a notification that was only just being replaced.
                self.press(Button::Another);
                self.step(Input::Pressed(question, Button::Another));
            }
            _ => {}
        }
    }

    fn press(&mut self, button: Button) {
        let Some(question) = self.screen.clone() else { return };
        if button == Button::Page {
            // Servers close what is clicked.
            self.screen = None;
        }
        self.step(Input::Pressed(question.clone(), button));
        let day = Day::of(&self.book, question.date);
        let moment = day.with(&question.contact);
        let heard = match button {
            // It says nothing about the day: the question is up again.
            Button::Page => self.screen.as_ref() == Some(&question),
            Button::Open => moment.opened,
            Button::Done => day.done,
            Button::NotToday => day.skipped,
            Button::Another => day.is_passed(&question.contact),
        };
        assert!(heard, "world {}: {button:?} was lost", self.number);
    }

    /// Something happens to the laptop, or time simply passes.
    fn live(&mut self) {
        let before = (self.clock(), self.screen.clone());
        let mut sleeps = false;
        match self.dice.below(100) {
            0..6 => {
                // Asleep for up to nine days: no tick until it wakes.
                self.now += Span::new().minutes(self.dice.amount(9 * 24 * 60));
                sleeps = true;
            }
            6..10 => self.zone = TimeZone::get(self.dice.pick(&ZONES)).unwrap(),
            10..12 => self.now += Span::new().hours(self.dice.amount(96) - 48),
            12..15 => {
                // kill -9: what is on the screen is taken down at the next start.
                (self.desk, self.screen, self.dismissed) = (Desk::Clear, None, None);
            }
            15..18 => {
                self.server = !self.server;
                if !self.server {
                    self.screen = None;
                    self.step(Input::ServerGone);
                }
            }
            18..20 => self.pause(),
            20..55 => {
                // Awake: the alarm rings.
                self.now = self.alarm.filter(|at| *at > self.now).unwrap_or(self.now + 1.minute());
            }
            55..60 => self.now = self.before_a_clock_change(),
            _ => self.now += Span::new().minutes(1 + self.dice.amount(300)),
        }
        // Another date is a new beginning, also when it comes twice.
        let today = self.clock().date();
        self.dismissed.take_if(|closed| closed.date != today);
        self.tell_what_was_met(&before.0, before.1.is_some(), sleeps);
        let people = self.people_shown();
        let raised = self.met.raised;
        self.step(Input::Tick);
        let backlog = self.met.raised > raised + 1 || self.people_shown() > people + 1;
        assert!(!backlog, "world {}: a backlog was shown", self.number);
        self.check();
        self.check_not_missed();
        self.check();
        if self.dice.chance(60) {
            self.author();
            self.check();
        }
    }

    fn people_shown(&self) -> usize {
        self.shown.values().map(BTreeSet::len).sum()
    }

    fn pause(&mut self) {
        let today = self.clock().date();
        let until = today.checked_add(Span::new().days(self.dice.amount(9))).unwrap().to_string();
        let until = if self.dice.chance(50) { until } else { String::new() };
        let mut settings = self.book.settings.clone();
        if settings.set("pause_until", &until, today).is_ok() {
            self.book.apply(&Change::Settings(settings));
        }
    }

    /// The evening before the next clock change of this zone, if one is near; the hours then pass over it.
    fn before_a_clock_change(&self) -> Timestamp {
        let near = self.now + Span::new().hours(24 * 40);
        let next = self.zone.following(self.now).next().map(|change| change.timestamp());
        next.filter(|at| *at < near).map_or(self.now + 7.minutes(), |at| (at - 3.hours()).max(self.now + 7.minutes()))
    }

    fn tell_what_was_met(&mut self, before: &Zoned, was_up: bool, slept: bool) {
        let (now, met) = (self.now.to_zoned(self.zone.clone()), &mut self.met);
        if before.time_zone() == now.time_zone() && now > *before {
            met.springs += u64::from(now.offset() > before.offset());
            met.autumns += u64::from(now.offset() < before.offset());
        } else if before.time_zone() != now.time_zone() {
            met.dates_again += u64::from(now.date() < before.date());
            met.dates_skipped += u64::from(now.date() > before.date());
        }
        met.midnights += u64::from(was_up && now.date() > before.date());
        met.absences += u64::from(slept && self.now.duration_since(before.timestamp()).as_hours() > 48);
        met.paused += u64::from(self.book.settings.paused_until(now.date()).is_some());
        met.days_off += u64::from(!self.book.settings.is_on(now.date()));
    }
}

/// Days that the suite lives through; more by the environment variable of the same name.
fn days() -> u64 {
    std::env::var("GOODWORD_DAYS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

/// Lives one world to its end. Most are short, for a long journal only makes them slow; every fiftieth is not.
fn world(number: u64) -> Met {
    let mut world = World::new(number);
    let start = world.now;
    for _ in 0..if number.is_multiple_of(50) { 400 } else { 60 } {
        world.live();
        world.met.moments += 1;
    }
    let days = world.now.duration_since(start).as_hours() / 24;
    world.met.days = u64::try_from(days).unwrap_or_default();
    world.met
}

#[test]
fn one_person_a_date_no_day_missed_and_no_backlog() {
    if let Ok(number) = std::env::var("GOODWORD_WORLD") {
        return println!("{:#?}", world(number.parse().unwrap()));
    }
    let threads = 2;
    let share = days() / threads;
    let lives: Vec<_> = (0..threads)
        .map(|thread| {
            std::thread::spawn(move || {
                let (mut met, mut number) = (Met::default(), thread);
                while met.days < share {
                    met += world(number);
                    number += threads;
                }
                met
            })
        })
        .collect();
    let mut met = Met::default();
    lives.into_iter().for_each(|life| met += life.join().unwrap());
    println!("{met:#?}");
    let rare = [met.springs, met.autumns, met.midnights, met.dates_again, met.dates_skipped, met.paused];
    let rarer = [met.days_off, met.laters_come, met.dismissed, met.held, met.absences];
    assert!(rare.iter().chain(&rarer).all(|count| *count > met.days / 2_000), "too little happened: {met:#?}");
    assert!(met.raised > met.days / 4, "the simulation must show people to prove anything: {met:#?}");
}

#[test]
fn waking_twice_is_harmless() {
    for number in 0..50 {
        let mut world = World::new(number);
        for _ in 0..40 {
            world.live();
        }
        world.kind = true;
        world.step(Input::Tick);
        let (desk, events) = (world.desk.clone(), world.events);
        for _ in 0..3 {
            world.step(Input::Tick);
        }
        assert_eq!((world.desk.clone(), world.events), (desk, events), "world {number}");
    }
}
