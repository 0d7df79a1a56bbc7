//! The pick: whose turn it is on a day, and why. The same on every laptop that holds the same book.

mod plan;
mod rank;
mod reasons;
mod table;

use std::fmt;

use jiff::civil::Date;

pub use plan::{PLAN_DAYS, plan, plan_with};
pub use rank::{Parts, Ranked, rank};
pub use reasons::{audience_of, reasons, span};

use self::table::Table;
use super::{
    Book, Change, Id,
    journal::{Day, History},
};

/// The person of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The id that leads for this person; in the book.
    pub contact: Id,
    pub by: By,
}

/// What made somebody the person of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The author's own choice.
    Author,
    /// Something already happened with them on this day.
    Journal,
    Plan,
    /// Nobody was planned, or the planned person cannot be picked any more.
    Rank,
}

/// Why there is nobody on a day; `Display` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nobody {
    /// No contacts at all.
    NoContacts,
    /// Everybody is muted or never to be picked; a mute ends on this day.
    NobodyWelcome {
        until: Option<Date>,
    },
    /// This many people wait for the author to say why they are cool.
    NobodyHasWhy {
        waiting: usize,
    },
    /// Everybody who could be picked stood before the author too lately. So many more wait for a why.
    EveryoneRests {
        until: Date,
        waiting: usize,
    },
    /// The author asked for somebody else until nobody was left.
    EveryonePassed,
    Paused {
        until: Date,
    },
    /// Not one of the author's weekdays.
    DayOff {
        next: Option<Date>,
    },
    /// Done or skipped, with somebody who has left the book since.
    Over,
}

impl Nobody {
    /// The first day on which that may be over by itself, where one is known.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        match self {
            Nobody::EveryoneRests { until, .. } | Nobody::Paused { until } => Some(*until),
            Nobody::NobodyWelcome { until } | Nobody::DayOff { next: until } => *until,
            Nobody::NoContacts | Nobody::NobodyHasWhy { .. } | Nobody::EveryonePassed | Nobody::Over => None,
        }
    }

    /// How many people could be picked if the author said why they are cool, where that would help.
    #[must_use]
    pub fn waiting(&self) -> Option<usize> {
        match self {
            Nobody::NobodyHasWhy { waiting } | Nobody::EveryoneRests { waiting, .. } => Some(*waiting),
            _ => None,
        }
    }
}

impl fmt::Display for Nobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Nobody::NoContacts => f.write_str("There is nobody in the book yet."),
            Nobody::NobodyWelcome { until: None } => f.write_str("Everybody in the book is muted or set to never."),
            Nobody::NobodyWelcome { until: Some(day) } => write!(f, "Everybody in the book is muted until {day}."),
            Nobody::NobodyHasWhy { waiting: 1 } => f.write_str("One person waits for your word on why they are cool."),
            Nobody::NobodyHasWhy { waiting } => write!(f, "{waiting} people wait for your word on why they are cool."),
            Nobody::EveryoneRests { until, waiting: 0 } => write!(f, "Whoever could be picked rests until {until}."),
            Nobody::EveryoneRests { until, waiting } => {
                let wait = Nobody::NobodyHasWhy { waiting: *waiting };
                write!(f, "Whoever could be picked rests until {until}. {wait}")
            }
            Nobody::EveryonePassed => f.write_str("You have passed on everybody who could be picked today."),
            Nobody::Paused { until } => write!(f, "Paused until {until}."),
            Nobody::DayOff { next: Some(day) } => write!(f, "A day off; the next one is {day}."),
            Nobody::DayOff { next: None } => f.write_str("A day off."),
            Nobody::Over => f.write_str("Today is taken care of."),
        }
    }
}

/// The person of a day: what happened first, then the author's plan for it, then the rank.
///
/// Resting rules do not touch somebody with whom the day has begun. Whoever was muted, removed or set to never since
/// is let go, unless the day is done or skipped with them. `history` must have been read on that date or later.
pub fn person_of(book: &Book, history: &History, date: Date) -> Result<Chosen, Nobody> {
    begun(book, date).unwrap_or_else(|| of_table(&Table::new(book, history), date))
}

/// [`person_of`] today and [`plan`], which both look at everybody in the book.
pub fn today_and_plan(book: &Book, history: &History) -> (Result<Chosen, Nobody>, Vec<Change>) {
    let (today, table) = (history.as_of, Table::new(book, history));
    let person = begun(book, today).unwrap_or_else(|| of_table(&table, today));
    (person, plan::plan_on(table))
}

/// What is settled about a day without asking who is there.
pub(super) fn begun(book: &Book, date: Date) -> Option<Result<Chosen, Nobody>> {
    let day = Day::of(book, date);
    let over = day.done || day.skipped;
    if let Some(contact) = day.person.as_ref().and_then(|id| book.contact(id))
        && (over || contact.is_welcome(date))
    {
        let chosen = !over && day.chosen() == day.person.as_ref();
        let by = if chosen { By::Author } else { By::Journal };
        return Some(Ok(Chosen { contact: contact.id.clone(), by }));
    }
    if over {
        return Some(Err(Nobody::Over));
    }
    if let Some(until) = book.settings.paused_until(date) {
        return Some(Err(Nobody::Paused { until }));
    }
    let is_off = !book.settings.is_on(date);
    is_off.then(|| Err(Nobody::DayOff { next: next_on_day(book, date) }))
}

fn of_table(table: &Table<'_>, date: Date) -> Result<Chosen, Nobody> {
    let refused = table.passed_on(date);
    let planned = table.planned(date, &refused).map(|place| (place, By::Plan));
    let person = planned.or_else(|| table.best(date, &refused).map(|place| (place, By::Rank)));
    match person {
        Some((place, by)) => Ok(Chosen { contact: table.people[place].contact.id.clone(), by }),
        None => Err(why_nobody(table, date, &refused)),
    }
}

fn next_on_day(book: &Book, date: Date) -> Option<Date> {
    std::iter::successors(date.tomorrow().ok(), |day| day.tomorrow().ok())
        .take(366)
        .find(|day| book.settings.is_on(*day))
}

fn why_nobody(table: &Table<'_>, date: Date, refused: &[usize]) -> Nobody {
    if table.people.is_empty() {
        return Nobody::NoContacts;
    }
    if !refused.is_empty() {
        return Nobody::EveryonePassed;
    }
    let places = || 0..table.people.len();
    let rest = table.rest(date);
    let welcome = places().filter(|place| table.people[*place].contact.is_welcome(date));
    let (pickable, waiting): (Vec<_>, Vec<_>) = welcome.partition(|place| table.is_pickable(*place, date));
    let waiting = waiting.len();
    if let Some(until) = pickable.into_iter().filter_map(|place| table.rested_from(place, rest)).min() {
        return Nobody::EveryoneRests { until, waiting };
    }
    if waiting > 0 {
        return Nobody::NobodyHasWhy { waiting };
    }
    let mutes = places().map(|place| table.people[place].contact).filter(|contact| !contact.never);
    let until = mutes.filter_map(|contact| match contact.mute {
        Some(super::contact::Mute::Until(day)) => Some(day),
        _ => None,
    });
    Nobody::NobodyWelcome { until: until.min() }
}
