//! One date: its events folded into what happened with each person, and what became of the day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};

use super::{Event, What};
use crate::domain::{Book, Id, Item};

/// How far one person's day has come; a later one beats an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    #[default]
    Planned,
    Shown,
    Opened,
    Later,
    Passed,
    Skipped,
    Done,
}

/// What happened with one person on one date.
#[derive(Clone, Debug, Default)]
pub struct Moment<'a> {
    pub contact: Id,
    pub step: Step,
    /// The draft was opened, whatever came after it.
    pub opened: bool,
    /// The author chose this person; the latest time.
    pub picked: Option<Timestamp>,
    /// The first time something showed this person: breaks the tie between laptops apart.
    pub first: Option<(Timestamp, &'a str)>,
    /// The item of the first `done` that had one, else of the first `shown`: the same draft on every laptop.
    pub item: Option<&'a Item>,
    /// Every item that was shared with a `done`.
    pub shared: Vec<&'a Item>,
    pub later_until: Option<Timestamp>,
    /// The device that showed it last; nobody since it was put off or chosen anew.
    pub on: Option<&'a Id>,
    pub answered: bool,
    /// How far it came without a refusal.
    reached: Step,
    /// Passed or skipped since the author last chose this person.
    refused: Option<Step>,
}

/// One date, folded.
#[derive(Clone, Debug, Default)]
pub struct Day<'a> {
    pub moments: BTreeMap<Id, Moment<'a>>,
    /// The person of the day, if an event says so: the one done, else the author's latest choice, else the first shown
    /// who was not passed.
    pub person: Option<Id>,
    /// At least one person was supported.
    pub done: bool,
    /// The author let the day go, and chose nobody afterwards.
    pub skipped: bool,
    /// The device where something happened last: most likely the author sits there.
    pub last: Option<&'a Id>,
}

impl<'a> Day<'a> {
    /// Folds the events of one date.
    #[must_use]
    pub fn of(book: &'a Book, date: Date) -> Day<'a> {
        Day::fold(book, book.events_on(date).map(|(key, event)| (key.as_str(), event)).collect())
    }

    /// The order of the keys is that of ids and dice; what came first is told by the clock, and by the key between
    /// two laptops that acted in the same instant.
    pub(super) fn fold(book: &'a Book, mut events: Vec<(&'a str, &'a Event)>) -> Day<'a> {
        let undone = undone(&events);
        events.retain(|(key, _)| !undone.contains(key));
        events.sort_unstable_by_key(|(key, event)| (event.at, *key));
        let mut day = Day::default();
        for (key, event) in events {
            let contact = book.lead(&event.contact);
            day.last = Some(&event.device);
            if !day.moments.contains_key(contact) {
                day.moments.insert(contact.clone(), Moment { contact: contact.clone(), ..Moment::default() });
            }
            if let Some(moment) = day.moments.get_mut(contact) {
                moment.take(key, event);
            }
            match event.what {
                What::Skipped => day.skipped = true,
                What::Picked => day.skipped = false,
                _ => {}
            }
        }
        day.done = day.moments.values().any(|moment| moment.step == Step::Done);
        day.skipped &= !day.done;
        day.person = day.settle();
        day
    }

    fn settle(&self) -> Option<Id> {
        let first = |step: fn(Step) -> bool| {
            let those = self.moments.values().filter(|moment| step(moment.step) && moment.first.is_some());
            those.min_by_key(|moment| moment.first).map(|moment| moment.contact.clone())
        };
        if self.done {
            return first(|step| step == Step::Done);
        }
        if self.skipped {
            return first(|step| step == Step::Skipped);
        }
        self.chosen().cloned().or_else(|| first(|step| step > Step::Planned && step < Step::Passed))
    }

    /// Whom the author chose for this date, and has not refused since.
    #[must_use]
    pub fn chosen(&self) -> Option<&Id> {
        let chosen = self.moments.values().filter(|moment| moment.step < Step::Passed && moment.picked.is_some());
        chosen.max_by_key(|moment| moment.picked).map(|moment| &moment.contact)
    }

    /// The moment of one person; a quiet one where nothing happened.
    #[must_use]
    pub fn with(&self, contact: &Id) -> Moment<'a> {
        self.moments.get(contact).cloned().unwrap_or_else(|| Moment { contact: contact.clone(), ..Moment::default() })
    }

    /// Passed on this date: not to be offered again.
    #[must_use]
    pub fn is_passed(&self, contact: &Id) -> bool {
        self.moments.get(contact).is_some_and(|moment| moment.step == Step::Passed)
    }
}

impl<'a> Moment<'a> {
    /// Takes one event in; in the order of time.
    fn take(&mut self, key: &'a str, event: &'a Event) {
        match &event.what {
            What::Picked => {
                self.picked = Some(event.at);
                self.on = None;
                // Chosen again after they were refused: the author changed their mind.
                self.refused = None;
            }
            What::Shown { item } => {
                self.on = Some(&event.device);
                self.reached = self.reached.max(Step::Shown);
                self.item = self.item.or(item.as_ref());
            }
            What::Opened => {
                self.on = Some(&event.device);
                self.opened = true;
                self.reached = self.reached.max(Step::Opened);
            }
            What::Later { until } => {
                // The author's last word: an hour may also be brought forward.
                self.later_until = Some(*until);
                self.on = None;
                self.reached = Step::Later;
            }
            What::Passed { .. } => self.refused = self.refused.max(Some(Step::Passed)),
            What::Skipped => self.refused = Some(Step::Skipped),
            What::Done { item, .. } => {
                if self.shared.is_empty() {
                    self.item = item.as_ref().or(self.item);
                }
                self.shared.extend(item);
                self.reached = Step::Done;
            }
            What::Answered => self.answered = true,
            What::Undone { .. } | What::Unknown => {}
        }
        // Nothing comes after done: neither a `later` nor a refusal on a laptop that had not heard of it.
        if self.step == Step::Done || self.reached == Step::Done {
            self.step = Step::Done;
        } else {
            self.step = self.refused.unwrap_or(self.reached);
        }
        let seen = !matches!(event.what, What::Picked | What::Answered | What::Undone { .. } | What::Unknown);
        if seen && self.first.is_none() {
            self.first = Some((event.at, key));
        }
    }
}

/// Keys of the events of a date that do not count. An `undone` stands beside what it takes back, on the same date.
fn undone<'a>(events: &[(&'a str, &'a Event)]) -> BTreeSet<&'a str> {
    let keys = events.iter().filter_map(|(_, event)| match &event.what {
        What::Undone { event } => Some(event.as_str()),
        _ => None,
    });
    keys.collect()
}

/// The events of a date that count, by key.
pub fn live_on(book: &Book, date: Date) -> impl Iterator<Item = (&str, &Event)> {
    let events: Vec<_> = book.events_on(date).map(|(key, event)| (key.as_str(), event)).collect();
    let undone = undone(&events);
    events.into_iter().filter(move |(key, _)| !undone.contains(key))
}

/// The latest act of a date that an `undo` would take back, with its key.
#[must_use]
pub fn latest_act(book: &Book, date: Date) -> Option<(&str, &Event)> {
    let is_act = |event: &Event| !matches!(event.what, What::Shown { .. } | What::Undone { .. } | What::Unknown);
    let acts = live_on(book, date).filter(|(_, event)| is_act(event));
    acts.max_by_key(|(key, event)| (event.at, *key))
}

/// The event that tells of a person's day when it has come so far: the last of its kind.
#[must_use]
pub fn telling<'a>(book: &'a Book, date: Date, contact: &Id, step: Step) -> Option<&'a Event> {
    let theirs = live_on(book, date).filter(|(_, event)| {
        book.lead(&event.contact) == contact
            && match &event.what {
                What::Picked => step == Step::Planned,
                What::Shown { .. } => step == Step::Shown,
                What::Opened => step == Step::Opened,
                What::Later { .. } => step == Step::Later,
                What::Passed { .. } => step == Step::Passed,
                What::Skipped => step == Step::Skipped,
                What::Done { .. } => step == Step::Done,
                _ => false,
            }
    });
    theirs.map(|(_, event)| event).max_by_key(|event| event.at)
}
