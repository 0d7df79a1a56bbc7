//! The journal: events as they happened, the fold that makes a day of them, and what the past says of a person.
//!
//! Nothing here is stored but the events: two laptops that hold the same events hold the same day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Book, Id, Item};

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
        let date = parts.next()?.parse().ok()?;
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
    /// The author chose this person, at this time.
    pub picked: Option<Timestamp>,
    /// The first time something showed this person: breaks the tie between laptops apart.
    pub first: Option<(Timestamp, &'a str)>,
    /// The item that the first `shown` told of.
    pub item: Option<&'a Item>,
    pub later_until: Option<Timestamp>,
    pub answered: bool,
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
    /// The author let the day go.
    pub skipped: bool,
}

impl<'a> Day<'a> {
    /// Folds the events of one date.
    #[must_use]
    pub fn of(book: &'a Book, date: Date) -> Day<'a> {
        let undone = undone(book, date);
        let mut day = Day::default();
        for (key, event) in book.events_on(date).filter(|(key, _)| !undone.contains(key.as_str())) {
            let contact = book.lead(&event.contact).clone();
            let moment = day.moments.entry(contact.clone()).or_insert_with(|| Moment { contact, ..Moment::default() });
            moment.take(key, event);
        }
        day.done = day.moments.values().any(|moment| moment.step == Step::Done);
        day.skipped = !day.done && day.moments.values().any(|moment| moment.step == Step::Skipped);
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
        let chosen = self.moments.values().filter(|moment| moment.step < Step::Passed && moment.picked.is_some());
        chosen
            .max_by_key(|moment| moment.picked)
            .map(|moment| moment.contact.clone())
            .or_else(|| first(|step| step > Step::Planned && step < Step::Passed))
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
    fn take(&mut self, key: &'a str, event: &'a Event) {
        let step = match &event.what {
            What::Picked => {
                self.picked = self.picked.max(Some(event.at));
                // Chosen again after they were passed: the author changed their mind.
                if self.step == Step::Passed {
                    self.step = Step::Planned;
                }
                Step::Planned
            }
            What::Shown { item } => {
                if self.item.is_none() {
                    self.item = item.as_ref();
                }
                Step::Shown
            }
            What::Opened => Step::Opened,
            What::Later { until } => {
                self.later_until = self.later_until.max(Some(*until));
                Step::Later
            }
            What::Passed { .. } => Step::Passed,
            What::Skipped => Step::Skipped,
            What::Done { item, .. } => {
                if let Some(item) = item {
                    self.item = Some(item);
                }
                Step::Done
            }
            What::Answered => {
                self.answered = true;
                return;
            }
            What::Undone { .. } | What::Unknown => return,
        };
        if step > Step::Planned {
            let now = Some((event.at, key));
            self.first = if self.first.is_none() { now } else { self.first.min(now) };
        }
        self.step = self.step.max(step);
    }
}

/// Keys of the events of a date that do not count.
fn undone(book: &Book, date: Date) -> BTreeSet<&str> {
    let keys = book.events_on(date).filter_map(|(_, event)| match &event.what {
        What::Undone { event } => Some(event.as_str()),
        _ => None,
    });
    keys.collect()
}

/// The latest act of a date that an `undo` would take back, with its key.
#[must_use]
pub fn latest_act(book: &Book, date: Date) -> Option<(&str, &Event)> {
    let undone = undone(book, date);
    let acts = book.events_on(date).filter(|(key, event)| {
        let is_act = !matches!(event.what, What::Shown { .. } | What::Undone { .. } | What::Unknown);
        is_act && !undone.contains(key.as_str())
    });
    acts.max_by_key(|(key, event)| (event.at, *key)).map(|(key, event)| (key.as_str(), event))
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
    /// How many dates they were supported on.
    pub times: u32,
    /// They wrote back at least once.
    pub answered: bool,
}

/// Everybody's past up to a date.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub people: HashMap<Id, Past>,
    /// Dates with at least one support.
    pub done_days: BTreeSet<Date>,
    /// Addresses of items that were shared: each once, ever.
    pub shared: BTreeSet<String>,
}

impl History {
    /// Reads the journal before and on `today`, and a day more (a laptop further east); an event dated later than
    /// that comes from a wrong clock and counts only when its date comes.
    #[must_use]
    pub fn until(book: &Book, today: Date) -> History {
        let last = today.tomorrow().unwrap_or(today);
        let mut history = History::default();
        for date in book.dates_until(last) {
            let day = Day::of(book, date);
            if day.done {
                history.done_days.insert(date);
            }
            for (id, moment) in day.moments {
                let past = history.people.entry(id).or_default();
                past.answered |= moment.answered;
                match moment.step {
                    Step::Done => {
                        past.done = Some(date);
                        past.rests = Some(date);
                        past.times += 1;
                        let url = moment.item.map(|item| item.url.as_str()).filter(|url| !url.is_empty());
                        history.shared.extend(url.map(str::to_owned));
                    }
                    Step::Opened => past.rests = Some(date),
                    Step::Shown | Step::Later | Step::Passed | Step::Skipped => past.half_rests = Some(date),
                    Step::Planned => {}
                }
            }
        }
        history
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
        let history = History::until(book, today);
        let given = history.people.values().filter(|past| past.times > 0);
        let (mut supported, mut answered) = (0, 0);
        for past in given {
            supported += 1;
            answered += u32::from(past.answered);
        }
        let mut strength: f64 = 0.0;
        let mut day = history.done_days.first().copied();
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
