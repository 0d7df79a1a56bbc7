//! The plan: who is meant for the next days, written into the book so that laptops which are apart agree.
//!
//! Planned days of the past stay where they are. Taking one away would write once more into a document that keeps its
//! history anyway, and a laptop that was apart could write the day again; what is left is some 40 bytes a day.

use jiff::civil::Date;

use super::table::Table;
use crate::domain::{
    Book, Change,
    journal::{Day, History, last_that_counts},
};

/// How many days are planned, with today.
pub const PLAN_DAYS: usize = 14;

/// What the plan lacks for the days from `today` on; nothing when it stands. Off days have no plan.
///
/// A planned person stays as long as they can be picked on that day; a fresh notice may move tomorrow or later, never
/// today. What already happened on a day, and the author's own choice for it, stand before the plan. Equal books give
/// equal plans, and applying a plan twice does nothing.
#[must_use]
pub fn plan(book: &Book, today: Date) -> Vec<Change> {
    book.plan_ahead(today)
}

/// [`plan`], for a caller that has read the journal already; `history.as_of` is today.
#[must_use]
pub fn plan_with(book: &Book, history: &History) -> Vec<Change> {
    plan_on(Table::new(book, history))
}

/// The same on a table, whose days to come count as supported afterwards.
pub(super) fn plan_on(mut table: Table<'_>) -> Vec<Change> {
    let (book, today) = (table.book, table.history.as_of);
    let mut changes = Vec::new();
    let days = std::iter::successors(Some(today), |date| date.tomorrow().ok()).take(PLAN_DAYS);
    for date in days.filter(|date| book.settings.is_on(*date)) {
        let place = match settled(&table, date) {
            Settled::By(place) => Some(place),
            Settled::Over => None,
            Settled::Open => {
                let place = choose(&table, date, today);
                let planned = book.plan.get(&date).and_then(|id| table.place(id));
                if let Some(place) = place.filter(|place| planned != Some(*place)) {
                    changes.push(Change::Plan(date, Some(table.people[place].contact.id.clone())));
                }
                place
            }
        };
        if let Some(place) = place {
            table.support(place, date);
        }
    }
    changes
}

enum Settled {
    By(usize),
    /// Done or skipped with somebody who has left the book.
    Over,
    Open,
}

/// What events say of a day. Of a day further ahead only the author's choice is believed: the rest is a wrong clock.
fn settled(table: &Table<'_>, date: Date) -> Settled {
    if date > last_that_counts(table.history.as_of) {
        return table.choice(date).map_or(Settled::Open, Settled::By);
    }
    let day = Day::of(table.book, date);
    let over = day.done || day.skipped;
    let person = day.person.as_ref().and_then(|id| table.place(id));
    match person.filter(|place| over || table.people[*place].contact.is_welcome(date)) {
        Some(place) => Settled::By(place),
        None if over => Settled::Over,
        None => Settled::Open,
    }
}

fn choose(table: &Table<'_>, date: Date, today: Date) -> Option<usize> {
    let refused = table.passed_on(date);
    let place = table.planned(date, &refused).or_else(|| table.best(date, &refused))?;
    if date == today || table.has_fresh_notice(place, date) {
        return Some(place);
    }
    // Promises do not count here: whoever has news may move from a later day to this one.
    let rest = table.rest(date);
    let bare = |place: usize| {
        let parts = table.score(place, date, rest);
        parts.score() - parts.promised
    };
    let free = table.with_fresh_notices(date).filter(|place| table.may(*place, date, rest) && !refused.contains(place));
    let better = free.filter(|place| !table.is_chosen_soon(*place, date, rest)).map(|place| (place, bare(place)));
    let now = bare(place);
    table.first_of(date, better.filter(|(_, score)| *score > now)).or(Some(place))
}
