//! The journal: events as they happened, the fold that makes a day of them, and what the past says of a person.
//!
//! Nothing here is stored but the events: two laptops that hold the same events hold the same day.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Book, Deed, Id, Item, Stage};

/// One thing that happened between the author and a contact. Immutable once written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The civil date where the author was.
    pub date: Date,
    pub contact: Id,
    /// The device it happened on.
    pub device: Id,
    /// Random text that makes the key unique.
    pub nonce: String,
    pub at: Timestamp,
    pub what: What,
}

/// What can happen on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum What {
    /// The author chose this person for the date.
    Picked,
    /// A notification was really raised, with this item.
    Shown {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Item>,
    },
    /// The draft was opened in the author's network.
    Opened,
    Later {
        until: Timestamp,
    },
    /// The author asked for somebody else.
    Passed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The author let the day go.
    Skipped,
    /// A shout-out that the author really made: the only support there is.
    Done {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Item>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Where the shout-out can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// They wrote back.
    Answered,
    /// The event with this key does not count.
    Undone {
        event: String,
    },
    /// Something that a later version knows: kept, not counted.
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct Written {
    at: Timestamp,
    #[serde(flatten)]
    what: What,
}

impl Event {
    /// The key in the book: `date/contact/device/nonce`. Keys of one date lie together.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.date, self.contact, self.device, self.nonce)
    }

    /// The value in the book: one line of JSON.
    #[must_use]
    pub fn value(&self) -> String {
        serde_json::to_string(&Written { at: self.at, what: self.what.clone() }).unwrap_or_default()
    }

    /// Reads an event; nothing when this version cannot read it (it stays in the document all the same).
    #[must_use]
    pub fn read(key: &str, value: &str) -> Option<Event> {
        let mut parts = key.splitn(4, '/');
        let day = parts.next()?;
        let date = day.parse::<Date>().ok()?;
        // One spelling only (dates have several): events of one date must lie together.
        if date.to_string() != day {
            return None;
        }
        let (contact, device, nonce) = (parts.next()?.into(), parts.next()?.into(), parts.next()?.to_owned());
        let Written { at, what } = serde_json::from_str(value).ok()?;
        Some(Event { date, contact, device, nonce, at, what })
    }
}

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
    fn fold(book: &'a Book, mut events: Vec<(&'a str, &'a Event)>) -> Day<'a> {
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

/// What the past says of one person. Dates only; a person without a past has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Last supported: the only date that counts as support.
    pub done: Option<Date>,
    /// Last date that rests a person for the whole cooldown: done or opened.
    pub rests: Option<Date>,
    /// Last date that rests a person for half of it: shown without an act, passed, skipped.
    pub half_rests: Option<Date>,
    /// Last passed over for somebody else, and not supported on that date.
    pub passed: Option<Date>,
    /// How many dates they were supported on.
    pub times: u32,
    /// They wrote back at least once.
    pub answered: bool,
}

impl Past {
    /// The last date on which this person stood before the author, whatever came of it.
    #[must_use]
    pub fn turn(&self) -> Option<Date> {
        self.rests.max(self.half_rests)
    }

    /// How far the relationship has come: what the author last said, and what the days add to it.
    #[must_use]
    pub fn stage(&self, said: Stage) -> Stage {
        let shown = match self {
            Past { answered: true, .. } => Stage::Allied,
            Past { times: 1.., .. } => Stage::Supporting,
            _ => Stage::Noticed,
        };
        said.max(shown)
    }
}

/// Everybody's past up to a date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The day it was read on.
    pub as_of: Date,
    pub people: HashMap<Id, Past>,
    /// Dates with at least one support.
    pub done_days: BTreeSet<Date>,
    /// Addresses of items that were shared: each once, ever.
    pub shared: HashSet<String>,
}

/// The last date whose events count on a day: one more, for a laptop further east. What is dated later comes from a
/// wrong clock and counts only when its date comes.
#[must_use]
pub fn last_that_counts(today: Date) -> Date {
    today.tomorrow().unwrap_or(today)
}

impl History {
    /// Reads the journal up to [`last_that_counts`], in one pass: the keys of a date lie together.
    #[must_use]
    pub fn until(book: &Book, today: Date) -> History {
        let last = last_that_counts(today);
        let mut history = History { as_of: today, ..History::default() };
        let mut events = book.journal.iter().filter(|(_, event)| event.date <= last).peekable();
        while let Some((key, event)) = events.next() {
            let mut day = vec![(key.as_str(), event)];
            while let Some((key, event)) = events.next_if(|(_, next)| next.date == event.date) {
                day.push((key.as_str(), event));
            }
            history.add(event.date, Day::fold(book, day));
        }
        history
    }

    /// Takes one more date in: for a simulation that has read all dates before it and writes no more on those.
    #[must_use]
    pub fn and_on(&self, book: &Book, today: Date) -> History {
        let mut history = History { as_of: today, ..self.clone() };
        history.add(today, Day::of(book, today));
        history
    }

    fn add(&mut self, date: Date, day: Day<'_>) {
        if day.done {
            self.done_days.insert(date);
        }
        for (id, moment) in day.moments {
            let past = self.people.entry(id).or_default();
            let mark = |last: &mut Option<Date>| *last = (*last).max(Some(date));
            past.answered |= moment.answered;
            match moment.step {
                Step::Done => {
                    mark(&mut past.done);
                    mark(&mut past.rests);
                    past.times += 1;
                }
                Step::Opened => mark(&mut past.rests),
                Step::Later if moment.opened => mark(&mut past.rests),
                Step::Passed => {
                    mark(&mut past.half_rests);
                    mark(&mut past.passed);
                }
                Step::Shown | Step::Later | Step::Skipped => mark(&mut past.half_rests),
                Step::Planned => {}
            }
            let urls = moment.shared.iter().map(|item| &item.url).filter(|url| !url.is_empty());
            self.shared.extend(urls.cloned());
        }
    }

    /// The past of one person.
    #[must_use]
    pub fn of(&self, contact: &Id) -> Past {
        self.people.get(contact).cloned().unwrap_or_default()
    }
}

/// The giving ledger: what was given, never what was got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// People supported at least once.
    pub supported: u32,
    /// Of these, people who wrote back.
    pub answered: u32,
    /// Days with a shout-out.
    pub days: u32,
    /// 0 to 1: grows with each day done, fades slowly with days missed.
    pub strength: f64,
}

/// How much of the way to 1 a day done brings the strength.
const STRENGTH_GROWTH: f64 = 0.08;
/// Missed days after which half of the strength is left.
const STRENGTH_HALF_LIFE_DAYS: f64 = 30.0;

impl Ledger {
    /// Counts the journal as of a day. Today itself fades nothing: it is not over.
    #[must_use]
    pub fn on(book: &Book, today: Date) -> Ledger {
        let history = book.history(today);
        let given = history.people.iter().filter(|(_, past)| past.times > 0);
        let (mut supported, mut answered) = (0, 0);
        for (id, past) in given {
            supported += 1;
            // Said by the author or seen in public: one who wrote back counts once.
            answered += u32::from(past.answered || book.bond(id, today).has(Deed::Answered));
        }
        let mut strength: f64 = 0.0;
        // A century is enough: a clock that was wrong by millennia must not make the count slow.
        let oldest = today.checked_sub(100.years()).unwrap_or(Date::MIN);
        let mut day = history.done_days.range(oldest..).next().copied();
        while let Some(date) = day.filter(|date| *date <= today) {
            if history.done_days.contains(&date) {
                strength += (1.0 - strength) * STRENGTH_GROWTH;
            } else if date < today && book.settings.is_on(date) {
                strength *= 0.5_f64.powf(1.0 / STRENGTH_HALF_LIFE_DAYS);
            }
            day = date.tomorrow().ok();
        }
        let days = u32::try_from(history.done_days.len()).unwrap_or(u32::MAX);
        Ledger { supported, answered, days, strength: (strength * 1000.0).round() / 1000.0 }
    }
}

#[cfg(test)]
mod tests;
