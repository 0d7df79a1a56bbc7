//! One nudge for an author with several laptops: who shows the day, and who waits for how long. Pure, on a clock that the
//! test moves.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, time::Duration};

use goodword::domain::{
    Book, Change, Contact, Event, Id, What,
    decide::{Button, Desk, Effect, Input, Question, Surroundings},
};
use jiff::{ToSpan, Zoned};

struct Laptop {
    id: Id,
    desk: Desk,
    /// What stands on its screen.
    screen: Option<Question>,
}

struct World {
    book: Book,
    now: Zoned,
    laptops: Vec<Laptop>,
    written: u32,
    /// Nobody hears of a laptop that is apart, and it hears of nobody.
    apart: BTreeSet<usize>,
}

impl World {
    fn of(laptops: usize, now: &str) -> World {
        let mut book = Book::default();
        for name in ["Maria", "Tom", "Ben"] {
            let person = Contact { id: name.into(), name: name.into(), why: "cool".into(), ..Contact::default() };
            book.apply(&Change::Contact(person));
        }
        let laptop = |n| Laptop { id: format!("laptop {n}").into(), desk: Desk::Clear, screen: None };
        let laptops = (0..laptops).map(laptop).collect();
        World { book, now: now.parse().unwrap(), laptops, written: 0, apart: BTreeSet::new() }
    }

    fn around(&self, at: usize) -> Surroundings {
        let is_there = |other: &usize| *other != at && !self.apart.contains(other) && !self.apart.contains(&at);
        let others = (0..self.laptops.len()).filter(is_there).map(|other| self.laptops[other].id.clone()).collect();
        Surroundings {
            now: self.now.clone(),
            can_notify: true,
            me: self.laptops[at].id.clone(),
            others,
            grace: Duration::ZERO,
        }
    }

    fn step(&mut self, at: usize, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let around = self.around(at);
            for effect in self.laptops[at].desk.decide(&self.book, &around, input) {
                match effect {
                    Effect::Record { date, contact, what } => {
                        self.written += 1;
                        let (device, nonce) = (self.laptops[at].id.clone(), format!("{:04}", self.written));
                        let event = Event { date, contact, device, nonce, at: self.now.timestamp(), what };
                        self.book.apply(&Change::Event(event));
                    }
                    Effect::Prepare { date, contact, .. } => {
                        inputs.push(Input::Prepared { date, contact, idle: false })
                    }
                    Effect::Raise(question) => {
                        self.laptops[at].screen = Some(question.clone());
                        inputs.push(Input::Raised { question, item: None });
                    }
                    Effect::TakeDown => self.laptops[at].screen = None,
                    Effect::LookAgain(when) if when <= self.now.timestamp() => inputs.push(Input::Tick),
                    Effect::LookAgain(_) | Effect::Plan | Effect::OpenDraft { .. } | Effect::OpenPage => {}
                }
            }
        }
    }

    fn all_look(&mut self) {
        (0..self.laptops.len()).for_each(|at| self.step(at, Input::Tick));
    }

    fn wait(&mut self, seconds: i64) {
        self.now = self.now.checked_add(seconds.seconds()).unwrap();
        self.all_look();
    }

    fn shows(&self) -> Vec<usize> {
        (0..self.laptops.len()).filter(|at| self.laptops[*at].screen.is_some()).collect()
    }
}

const MORNING: &str = "2026-11-22T09:00:00+01:00[Europe/Berlin]";

#[test]
fn at_the_hour_one_of_three_connected_laptops_shows_it_and_no_other_follows() {
    let mut world = World::of(3, MORNING);
    world.all_look();
    world.all_look();
    assert_eq!(world.shows().len(), 1);
    for _ in 0..10 {
        world.wait(60);
        assert_eq!(world.shows().len(), 1);
    }
}

#[test]
fn where_the_first_does_not_show_it_the_next_does_within_two_minutes() {
    let mut world = World::of(3, MORNING);
    // Nobody sits at the one that would be first: it is connected, and raises nothing.
    world.all_look();
    let first = world.shows()[0];
    let mut world = World::of(3, MORNING);
    let others: Vec<usize> = (0..3).filter(|at| *at != first).collect();
    let mut waited = 0;
    while world.shows().is_empty() {
        assert!(waited <= 120, "nobody shows it");
        others.iter().for_each(|at| world.step(*at, Input::Tick));
        world.now = world.now.checked_add(10.seconds()).unwrap();
        waited += 10;
    }
    assert!(waited > 60, "it did not wait for word of it");
    others.iter().for_each(|at| world.step(*at, Input::Tick));
    assert_eq!(world.shows().len(), 1);
}

#[test]
fn a_laptop_that_is_alone_waits_for_nobody_and_one_that_left_is_followed() {
    let mut world = World::of(2, MORNING);
    world.all_look();
    world.all_look();
    let first = world.shows()[0];
    world.apart.insert(first);
    world.step(1 - first, Input::Tick);
    assert_eq!(world.shows(), [0, 1], "the one that left still has it on its screen");
    // Together again: the one that showed it last keeps it.
    world.apart.clear();
    world.all_look();
    assert_eq!(world.shows(), [1 - first]);
}

#[test]
fn a_press_anywhere_clears_every_screen() {
    for button in [Button::Done, Button::NotToday] {
        let mut world = World::of(2, MORNING);
        world.apart.extend([0, 1]);
        world.all_look();
        assert_eq!(world.shows(), [0, 1]);
        let question = world.laptops[0].screen.clone().unwrap();
        world.step(0, Input::Pressed(question, button));
        world.apart.clear();
        world.all_look();
        assert_eq!(world.shows(), [0; 0], "{button:?}");
    }
}

#[test]
fn a_click_opens_the_page_and_writes_nothing_and_the_question_outlives_its_closing() {
    let mut world = World::of(1, MORNING);
    world.all_look();
    for opened in [false, true] {
        if opened {
            let offer = world.laptops[0].screen.clone().unwrap();
            world.step(0, Input::Pressed(offer, Button::Open));
        }
        let question = world.laptops[0].screen.clone().unwrap();
        assert_eq!(question.opened, opened);
        let (around, book, desk) = (world.around(0), &world.book, &mut world.laptops[0].desk);
        let clicked = desk.decide(book, &around, Input::Pressed(question.clone(), Button::Page));
        assert_eq!(clicked, [Effect::OpenPage, Effect::Raise(question.clone())]);
        // The server closes what is clicked, and says that the author did; only then it has the next.
        assert_eq!(desk.decide(book, &around, Input::Closed(question.clone())), []);
        assert_eq!(desk.decide(book, &around, Input::Raised { question: question.clone(), item: None }), []);
        assert_eq!(*desk, Desk::Up(question));
    }
}

#[test]
fn a_click_on_a_day_that_is_over_opens_the_page_all_the_same() {
    let mut world = World::of(1, MORNING);
    world.all_look();
    let question = world.laptops[0].screen.clone().unwrap();
    world.step(0, Input::Pressed(question.clone(), Button::Done));
    let (around, desk) = (world.around(0), &mut world.laptops[0].desk);
    let clicked = desk.decide(&world.book, &around, Input::Pressed(question, Button::Page));
    assert_eq!(clicked, [Effect::OpenPage, Effect::LookAgain(world.now.timestamp())]);
}

#[test]
fn somebody_else_comes_up_where_it_was_pressed() {
    for pressed in [0, 1] {
        let mut world = World::of(2, MORNING);
        world.apart.insert(1 - pressed);
        world.step(pressed, Input::Tick);
        world.apart.clear();
        let question = world.laptops[pressed].screen.clone().unwrap();
        world.step(pressed, Input::Pressed(question.clone(), Button::Another));
        world.all_look();
        assert_eq!(world.shows(), [pressed]);
        assert_ne!(world.laptops[pressed].screen.as_ref().unwrap().contact, question.contact);
    }
}

#[test]
fn two_who_acted_on_two_people_while_apart_keep_both_and_the_day_counts_once() {
    let mut world = World::of(2, MORNING);
    let date = world.now.date();
    for (number, (person, device)) in [("Maria", "laptop 0"), ("Tom", "laptop 1")].into_iter().enumerate() {
        let what = What::Done { network: None, item: None, text: None, url: None };
        let (nonce, at) = (format!("n{number}"), world.now.timestamp());
        world.book.apply(&Change::Event(Event {
            date,
            contact: person.into(),
            device: device.into(),
            nonce,
            at,
            what,
        }));
    }
    world.all_look();
    assert_eq!(world.shows(), [0; 0]);
    let ledger = goodword::domain::journal::Ledger::on(&world.book, date);
    assert_eq!((ledger.supported, ledger.days), (2, 1));
}
