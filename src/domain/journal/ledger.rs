//! What was given over the years, in four numbers.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use crate::domain::{Book, Deed};

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
