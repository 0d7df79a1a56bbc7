//! The past: what all dates together say of each person.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;

use super::{Day, Step};
use crate::domain::{Book, Id, Stage};

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
