//! The rank: everybody who may be picked on a date, best first, and what the order is made of.
//!
//! Scores are sums and quotients of small whole numbers and nothing else: a logarithm or a power may differ in its
//! last digit between two systems, and then two laptops would disagree on a day.

use jiff::civil::Date;

use super::table::{Person, Rest, Table};
use crate::domain::{Book, Id, Priority, days_since, id::stable_hash, journal::History};

/// What waiting for [`WAIT_DAYS`] is worth.
const WAIT_WEIGHT: f64 = 50.0;
const WAIT_DAYS: i32 = 365;
/// What each further year of waiting is worth, for [`LONG_WAIT_YEARS`] years. With more people than a year has good
/// days everybody waits for a year, and then priority, audience and dice would decide alone: in `tests/ten_years.rs`
/// somebody among 300 people was not shown for 3408 days without this slope, and for 839 at most with it.
const LONG_WAIT_WEIGHT: f64 = 20.0;
const LONG_WAIT_YEARS: i32 = 10;
/// Somebody new has waited this long already.
const NEW_HEAD_START: i32 = 90;
/// Somebody who was passed over for another has waited only this long since: else those whom the author never takes
/// would stand at the front of every other week. The longest wait to be shown falls to 758 days with it, as their
/// days go to others; who is passed again and again waits longer for support (1978 days at most, 871 without).
const PASSED_HEAD_START: i32 = 180;

/// What an audience that was not met for [`ROTATION_DAYS`] is worth.
const ROTATION_WEIGHT: f64 = 25.0;
const ROTATION_DAYS: i32 = 30;

/// What a new notice is worth.
const NOTICE_WEIGHT: f64 = 20.0;
/// What a high priority is worth; a low one costs as much.
const PRIORITY_WEIGHT: f64 = 15.0;
/// Whoever is planned or chosen for a day soon comes after everybody who is free: a substitute for today must not
/// tear a hole into tomorrow.
const PROMISED_WEIGHT: f64 = -200.0;

/// One place in the order for a date.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    pub contact: Id,
    /// The sum of the parts.
    pub score: f64,
    pub parts: Parts,
}

/// What a score is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// For the days since they were supported.
    pub waiting: f64,
    /// For the days since their audience had its turn.
    pub rotation: f64,
    /// For something remarkable.
    pub notice: f64,
    /// For the author's own word.
    pub priority: f64,
    /// Below zero for somebody who is planned or chosen for a day soon.
    pub promised: f64,
}

impl Parts {
    /// The sum.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.waiting + self.rotation + self.notice + self.priority + self.promised
    }
}

/// Everybody who may be picked on a date, best first.
///
/// `history` must have been read on that date or later ([`History::until`]). Equal scores are ordered by a hash of the
/// book's seed, the date and the contact, so adding one contact does not reshuffle the rest.
#[must_use]
pub fn rank(book: &Book, history: &History, date: Date) -> Vec<Ranked> {
    let table = Table::new(book, history);
    let refused = table.passed_on(date);
    let rest = table.rest(date);
    let those = table.those_for(date, rest, &refused);
    let mut ranked: Vec<_> = those
        .map(|(place, parts)| Ranked { contact: table.people[place].contact.id.clone(), score: parts.score(), parts })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    for equals in ranked.chunk_by_mut(|a, b| a.score.total_cmp(&b.score).is_eq()) {
        if equals.len() > 1 {
            equals.sort_by_cached_key(|ranked| table.lot(date, &ranked.contact));
        }
    }
    ranked
}

impl Table<'_> {
    /// The parts of one person's score.
    pub fn score(&self, place: usize, date: Date, rest: Rest) -> Parts {
        let Person { contact, audiences, .. } = &self.people[place];
        let waited = self.waited(place, date);
        let year = waited.min(WAIT_DAYS);
        let longer = (waited - year).min(WAIT_DAYS * LONG_WAIT_YEARS);
        let waiting = share(year, WAIT_DAYS) * WAIT_WEIGHT + share(longer, WAIT_DAYS) * LONG_WAIT_WEIGHT;
        let turns = audiences.iter().filter_map(|audience| self.turns.get(*audience));
        let since = turns.map(|turn| turn.map_or(ROTATION_DAYS, |turn| days_since(turn, date)));
        let rotation = share(since.max().unwrap_or(ROTATION_DAYS).clamp(0, ROTATION_DAYS), ROTATION_DAYS);
        let rotation = rotation * ROTATION_WEIGHT;
        let notice = self.notice_of(place, date) * NOTICE_WEIGHT;
        let priority = match contact.priority {
            Priority::Low => -PRIORITY_WEIGHT,
            Priority::Normal => 0.0,
            Priority::High => PRIORITY_WEIGHT,
        };
        let promised = if self.is_promised(place, date, rest) { PROMISED_WEIGHT } else { 0.0 };
        Parts { waiting, rotation, notice, priority, promised }
    }

    /// Days that somebody has waited for support.
    fn waited(&self, place: usize, date: Date) -> i32 {
        let Person { contact, past, .. } = &self.people[place];
        let waited = match (past.done, contact.added) {
            (Some(done), _) => days_since(done, date),
            (None, Some(added)) => days_since(added, date).max(0) + NEW_HEAD_START,
            // Nobody knows since when: as long as counts.
            (None, None) => WAIT_DAYS,
        };
        let passed = past.passed.map_or(waited, |passed| days_since(passed, date) + PASSED_HEAD_START);
        waited.min(passed).max(0)
    }

    /// Everybody who may be picked on a date, by place.
    pub fn those_for(&self, date: Date, rest: Rest, refused: &[usize]) -> impl Iterator<Item = (usize, Parts)> {
        let may = (0..self.people.len()).filter(move |place| self.may(*place, date, rest) && !refused.contains(place));
        may.map(move |place| (place, self.score(place, date, rest)))
    }

    /// The first of the rank, without sorting the rest.
    pub fn best(&self, date: Date, refused: &[usize]) -> Option<usize> {
        let those = self.those_for(date, self.rest(date), refused);
        self.first_of(date, those.map(|(place, parts)| (place, parts.score())))
    }

    /// The first in rank among some with their scores.
    pub fn first_of(&self, date: Date, those: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
        let lot = |place: usize| self.lot(date, &self.people[place].contact.id);
        let first = those.reduce(|best, next| {
            let order = next.1.total_cmp(&best.1);
            if order.then_with(|| lot(best.0).cmp(&lot(next.0))).is_gt() { next } else { best }
        });
        first.map(|(place, _)| place)
    }

    /// The dice of a date: lower comes first.
    fn lot(&self, date: Date, contact: &Id) -> u64 {
        stable_hash(&[self.book.settings.seed(), &date.to_string(), contact.as_str()])
    }
}

fn share(part: i32, whole: i32) -> f64 {
    f64::from(part) / f64::from(whole)
}
