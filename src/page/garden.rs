//! The garden: a year at a glance. A flower for each day with a good word; other days are simply grass.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};

use super::words::{clean, short_day};
use crate::api::DiaryEntry;

/// Weeks in the picture.
pub const WEEKS: i64 = 53;
const STEP: i64 = 17;
const PETALS: [(f64, f64); 5] = [(0.0, -3.6), (3.4, -1.1), (2.1, 2.9), (-2.1, 2.9), (-3.4, -1.1)];

/// The year that ends on a day. `answered` are ids of people who wrote back: theirs are in bloom.
#[must_use]
pub fn picture(done: &[&DiaryEntry], answered: &BTreeSet<String>, today: Date) -> Markup {
    let first = first_day(today);
    let place = |date: Date| i64::from((date - first).get_days());
    let mut days: BTreeMap<Date, Vec<&DiaryEntry>> = BTreeMap::new();
    for entry in done.iter().filter(|entry| (0..WEEKS * 7).contains(&place(entry.date))) {
        days.entry(entry.date).or_default().push(entry);
    }
    let places = days.iter().map(|(date, entries)| {
        let n = place(*date);
        (date, entries, 12 + n / 7 * STEP, 24 + n % 7 * STEP)
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
            defs {
                g id="leaf" {
                    path d="M0 6V-1" {}
                    path d="M0 3C-5 3-6-1-6-3-2-3 0-1 0 3zM0 0C0-4 2-6 6-6 6-3 5 0 0 0z" {}
                }
                g id="bloom" {
                    @for (cx, cy) in PETALS { circle cx=(cx) cy=(cy) r="3.1" {} }
                    circle class="heart" r="1.9" {}
                }
            }
            rect class="grass" x="2" y="13" width=(4 + WEEKS * STEP) height=(9 + 7 * STEP) rx="10" {}
            @for (x, month) in months { text x=(x) y="10" { (month) } }
            @for (date, entries, x, y) in places {
                @let blooms = entries.iter().any(|entry| answered.contains(&entry.contact.id));
                g class=(if blooms { "bloom" } else { "leaf" }) {
                    use href=(if blooms { "#bloom" } else { "#leaf" }) x=(x + sway(*date, 7)) y=(y + sway(*date, 3)) {}
                    title { (short_day(*date)) ": " (entries.iter().map(|entry| clean(&entry.contact.name, 60)).collect::<Vec<_>>().join(", ")) }
                }
            }
        }
    }
}

/// Nothing in a garden stands in a straight line; the same day always stands in the same place.
fn sway(date: Date, times: i64) -> i64 {
    (i64::from(date.day_of_year()) * times + i64::from(date.year())) % 5 - 2
}

/// The Monday on which the picture begins.
#[must_use]
pub fn first_day(today: Date) -> Date {
    let back = i64::from(today.weekday().to_monday_zero_offset()) + (WEEKS - 1) * 7;
    today.checked_sub(back.days()).unwrap_or(today)
}
