//! 100,000 days of one device: zones, sleeps, restarts, clocks that jump, servers that die, an author with moods.
//! Whatever happens: one person a date unless somebody else was asked for, no day missed while awake after the hour,
//! no backlog.

use std::collections::{BTreeMap, BTreeSet};

use goodword::domain::{
    Book, Change, Contact, Event, Id, Settings, What,
    decide::{Button, Desk, Effect, Input, Surroundings},
    journal::{Day, History, Step},
    pick,
    schedule::{self, Due},
};
use jiff::{Span, Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};

/// SplitMix64: enough dice for a simulation, and one seed replays a failure.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "UTC",
];

const HOURS: [&str; 5] = ["00:00", "02:30", "09:00", "17:45", "23:59"];

struct World {
    seed: u64,
    dice: Dice,
    book: Book,
    desk: Desk,
    now: Timestamp,
    zone: TimeZone,
    server: bool,
    /// What really stands on the screen.
    screen: Option<(Date, Id)>,
    alarm: Option<Timestamp>,
    shown: BTreeMap<Date, BTreeSet<Id>>,
    /// Somebody else was asked for, or chosen, so often on a date.
    asked: BTreeMap<Date, usize>,
    raised: u64,
    events: u64,
}

impl World {
    fn new(seed: u64) -> World {
        let mut dice = Dice(seed);
        let mut book = Book::default();
        let mut settings = Settings::default();
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let start = start + Span::new().hours(i64::try_from(dice.below(24 * 700)).unwrap());
        let today = start.to_zoned(TimeZone::UTC).date();
        settings.set("daily_at", dice.pick(&HOURS), today).unwrap();
        if dice.chance(30) {
            settings.set("weekdays", "mon,wed,sat", today).unwrap();
        }
        settings.seeds.insert(format!("{seed}"));
        book.apply(&Change::Settings(settings));
        for number in 0..2 + dice.below(9) {
            let contact = Contact {
                id: format!("c{number}").into(),
                name: format!("Contact {number}"),
                why: "they are cool".to_owned(),
                added: Some(today),
                ..Contact::default()
            };
            book.apply(&Change::Contact(contact));
        }
        let zone = TimeZone::get(dice.pick(&ZONES)).unwrap();
        World {
            seed,
            dice,
            book,
            desk: Desk::Clear,
            now: start,
            zone,
            server: true,
            screen: None,
            alarm: None,
            shown: BTreeMap::new(),
            asked: BTreeMap::new(),
            raised: 0,
            events: 0,
        }
    }

    fn clock(&self) -> Zoned {
        self.now.to_zoned(self.zone.clone())
    }

    fn record(&mut self, date: Date, contact: Id, what: What) {
        self.events += 1;
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
            assert!(rounds < 50, "seed {}: the day goes round in circles", self.seed);
            let around = Surroundings { now: self.clock(), can_notify: self.server };
            for effect in self.desk.decide(&self.book, &around, input) {
                match effect {
                    Effect::Record { date, contact, what } => {
                        if matches!(what, What::Passed { .. }) {
                            *self.asked.entry(date).or_default() += 1;
                        }
                        self.record(date, contact, what);
                    }
                    Effect::Plan => {
                        for change in pick::plan(&self.book, self.clock().date()) {
                            self.book.apply(&change);
                        }
                    }
                    Effect::Prepare { date, contact } => {
                        let idle = self.dice.chance(5);
                        inputs.push(Input::Prepared { date, contact, idle });
                    }
                    Effect::Raise { date, contact, .. } => {
                        assert_eq!(date, self.clock().date(), "seed {}: raised for another day", self.seed);
                        if self.dice.chance(97) {
                            self.screen = Some((date, contact.clone()));
                            self.shown.entry(date).or_default().insert(contact.clone());
                            self.raised += 1;
                            inputs.push(Input::Raised { date, contact, item: None });
                        } else {
                            self.screen = None;
                            inputs.push(Input::NotRaised);
                        }
                    }
                    Effect::TakeDown => self.screen = None,
                    Effect::OpenDraft { .. } => {}
                    Effect::LookAgain(at) if at <= self.now => inputs.push(Input::Tick),
                    Effect::LookAgain(at) => self.alarm = Some(at),
                }
            }
        }
    }

    fn check(&self) {
        let (today, seed) = (self.clock().date(), self.seed);
        for (date, people) in &self.shown {
            let asked = self.asked.get(date).copied().unwrap_or_default();
            assert!(people.len() <= 1 + asked, "seed {seed}: {people:?} on {date}, asked for {asked} more");
        }
        if let Some((date, _)) = &self.screen {
            assert_eq!(*date, today, "seed {seed}: yesterday's notification is still up");
        }
    }

    /// After a tick that found everything in place, the day is open on the screen or there is a reason why not.
    fn check_not_missed(&self) {
        let (clock, seed) = (self.clock(), self.seed);
        let date = clock.date();
        let due = schedule::due(&self.book, &clock) == Due::Now;
        let day = Day::of(&self.book, date);
        let Ok(person) = pick::person_of(&self.book, &History::until(&self.book, date), date) else { return };
        let moment = day.with(&person.contact);
        let later = moment.step == Step::Later && moment.later_until.is_some_and(|until| until > self.now);
        let dismissed = matches!(&self.desk, Desk::Dismissed { .. });
        if due && self.server && !later && !dismissed && self.screen.is_none() {
            // Idle, or the server refused: then it looks again within a minute.
            let soon = self.alarm.is_some_and(|at| at <= self.now + 61.seconds());
            assert!(
                soon,
                "seed {seed}: {clock} is due, {:?} is not on the screen and nobody looks again",
                person.contact
            );
        }
        if let Due::At(at) = schedule::due(&self.book, &clock) {
            assert!(self.alarm.is_some_and(|alarm| alarm <= at), "seed {seed}: the alarm oversleeps {at}");
        }
    }

    fn author(&mut self) {
        let Some((date, contact)) = self.screen.clone() else { return };
        match self.dice.below(100) {
            0..35 => self.press(Button::Done),
            35..50 => self.press(Button::Open),
            50..60 => {
                self.press(Button::Another);
                self.step(Input::Tick);
            }
            60..65 => self.press(Button::NotToday),
            65..72 => {
                self.screen = None;
                self.step(Input::Closed);
            }
            72..80 => {
                if let Ok(until) = schedule::later(Some("2h"), &self.clock()) {
                    self.record(date, contact, What::Later { until });
                    self.step(Input::Tick);
                }
            }
            80..84 => {
                // Two presses at once.
                self.press(Button::Done);
                self.press(Button::Done);
            }
            _ => {}
        }
    }

    fn press(&mut self, button: Button) {
        if button == Button::Done || button == Button::NotToday {
            let asked = self.screen.clone();
            self.step(Input::Pressed(button));
            if let Some((date, contact)) = asked {
                let step = Day::of(&self.book, date).with(&contact).step;
                assert!(step >= Step::Skipped, "seed {}: a press was lost", self.seed);
            }
        } else {
            self.step(Input::Pressed(button));
        }
    }

    /// Something happens to the laptop, or time simply passes.
    fn live(&mut self) {
        match self.dice.below(100) {
            0..4 => {
                // Asleep for up to nine days: no tick until it wakes.
                self.now += Span::new().minutes(i64::try_from(self.dice.below(9 * 24 * 60)).unwrap());
            }
            4..7 => {
                self.zone = TimeZone::get(self.dice.pick(&ZONES)).unwrap();
            }
            7..9 => {
                let hours = i64::try_from(self.dice.below(96)).unwrap() - 48;
                self.now += Span::new().hours(hours);
            }
            9..12 => {
                // kill -9: the server takes the notification of a dead connection down.
                self.desk = Desk::Clear;
                self.screen = None;
            }
            12..15 => {
                if self.server {
                    self.server = false;
                    self.screen = None;
                    self.step(Input::ServerGone);
                } else {
                    self.server = true;
                }
            }
            15..55 => {
                // Awake: a tick at least once a minute; those in between find nothing new.
                let next = self.alarm.filter(|at| *at > self.now).unwrap_or(self.now + 1.minute());
                self.now = next;
            }
            _ => self.now += Span::new().minutes(1 + i64::try_from(self.dice.below(300)).unwrap()),
        }
        let before = self.raised;
        let people: usize = self.shown.values().map(BTreeSet::len).sum();
        self.step(Input::Tick);
        let after: usize = self.shown.values().map(BTreeSet::len).sum();
        assert!(self.raised <= before + 1 && after <= people + 1, "seed {}: a backlog was shown", self.seed);
        self.check();
        self.check_not_missed();
        if self.dice.chance(60) {
            self.author();
            self.check();
        }
    }
}

/// Days that the suite lives through; more by the environment variable of the same name.
fn days() -> u64 {
    std::env::var("GOODWORD_DAYS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

#[test]
fn one_person_a_date_no_day_missed_and_no_backlog() {
    let wanted = days();
    let (mut lived, mut worlds, mut raised, mut ticks) = (0, 0_u64, 0, 0_u64);
    while lived < wanted {
        let mut world = World::new(worlds);
        let start = world.now;
        for _ in 0..600 {
            world.live();
            ticks += 1;
        }
        let days = world.now.duration_since(start).as_hours() / 24;
        lived += u64::try_from(days.max(1)).unwrap();
        raised += world.raised;
        worlds += 1;
    }
    println!("{lived} days in {worlds} worlds: {ticks} moments, {raised} notifications");
    assert!(raised > lived / 4, "the simulation must show people to prove anything");
}

#[test]
fn waking_twice_is_harmless() {
    for seed in 0..50 {
        let mut world = World::new(seed);
        for _ in 0..40 {
            world.live();
        }
        world.step(Input::Tick);
        if world.screen.is_some() {
            let (desk, events) = (world.desk.clone(), world.events);
            for _ in 0..3 {
                world.step(Input::Tick);
            }
            assert_eq!((world.desk.clone(), world.events), (desk, events), "seed {seed}");
        }
    }
}
