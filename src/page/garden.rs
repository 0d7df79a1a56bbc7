//! The garden: a year at a glance. A flower for each day with a good word; other days are simply grass.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};

use super::words::{clean, short_day};
use crate::api::DiaryEntry;

/// Weeks in the picture.
pub const WEEKS: i64 = 53;
const STEP: i64 = 17;

/// The year that ends on a day. `answered` are ids of people who wrote back: theirs are in bloom.
#[must_use]
pub fn picture(done: &[&DiaryEntry], answered: &BTreeSet<String>, today: Date) -> Markup {
    let mut days: BTreeMap<Date, Vec<&DiaryEntry>> = BTreeMap::new();
    for entry in done {
        days.entry(entry.date).or_default().push(entry);
    }
    let first = first_day(today);
    let places = days.iter().filter_map(|(date, entries)| {
        let n = i64::from((*date - first).get_days());
        (0..WEEKS * 7).contains(&n).then_some((date, entries, 12 + n / 7 * STEP, 24 + n % 7 * STEP))
    });
    let months = (0..WEEKS * 7).filter_map(|n| {
        let date = first.checked_add(n.days()).ok()?;
        (date.day() == 1 && n / 7 < WEEKS - 2).then(|| (12 + n / 7 * STEP, date.strftime("%b").to_string()))
    });
    let label = match days.len() {
        0 => "The garden of the last year: still bare".to_owned(),
        1 => "The garden of the last year: one flower".to_owned(),
        many => format!("The garden of the last year: {many} flowers"),
    };
    html! {
        svg class="garden" viewBox=(format!("0 0 {} {}", 8 + WEEKS * STEP, 24 + 7 * STEP)) role="img" aria-label=(label) {
            rect class="grass" x="2" y="13" width=(4 + WEEKS * STEP) height=(9 + 7 * STEP) rx="10" {}
            @for (x, month) in months { text x=(x) y="9" { (month) } }
            @for (date, entries, x, y) in places {
                @let blooms = entries.iter().any(|entry| answered.contains(&entry.contact.id));
                g class=(if blooms { "bloom" } else { "leaf" }) {
                    circle cx=(x) cy=(y) r=(if blooms { 6 } else { 5 });
                    @if blooms { circle class="heart" cx=(x) cy=(y) r="2"; }
                    title { (short_day(*date)) ": " (entries.iter().map(|entry| clean(&entry.contact.name, 60)).collect::<Vec<_>>().join(", ")) }
                }
            }
        }
    }
}

/// The Monday on which the picture begins.
#[must_use]
pub fn first_day(today: Date) -> Date {
    let back = i64::from(today.weekday().to_monday_zero_offset()) + (WEEKS - 1) * 7;
    today.checked_sub(back.days()).unwrap_or(today)
}
