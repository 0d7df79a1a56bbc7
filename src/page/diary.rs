//! The diary: a garden, whom you supported with what, and who answered. Nothing here counts what was missed.

use std::collections::BTreeSet;

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    garden,
    words::{clean, encoded, link, name, network, short_day},
};
use crate::api::{ContactRow, Diary, DiaryEntry, State};

pub use garden::first_day;

/// Entries on one screen.
const SCREENFUL: usize = 20;

fn done(diary: &Diary) -> Vec<&DiaryEntry> {
    diary.entries.iter().filter(|entry| entry.state == State::Done).collect()
}

/// The good words before a day, or all of them, the newest first: one screen, and those behind it. A screen holds all of
/// its last day, since the next one begins before that day.
fn screen<'a, 'b>(done: &'b [&'a DiaryEntry], before: Option<Date>) -> (&'b [&'a DiaryEntry], &'b [&'a DiaryEntry]) {
    let until = |day: Date| done.partition_point(|entry| entry.date >= day);
    let rest = &done[before.map_or(0, until)..];
    rest.split_at(rest.get(SCREENFUL - 1).map_or(rest.len(), |last| until(last.date) - (done.len() - rest.len())))
}

/// Whether there are good words that stand on no screen up to this one.
#[must_use]
pub fn has_earlier(diary: &Diary, before: Option<Date>) -> bool {
    !screen(&done(diary), before).1.is_empty()
}

/// The page: the diary as far back as this screen needs it, the people who wrote back, and the good words before
/// `before` if it is said.
#[must_use]
pub fn page(diary: &Diary, answered: &[ContactRow], today: Date, before: Option<Date>) -> Markup {
    let done = done(diary);
    let ids: BTreeSet<String> = answered.iter().map(|row| row.id.clone()).collect();
    let (screen, earlier) = screen(&done, before);
    let ledger = &diary.ledger;
    html! {
        div id="diary" data-part {
            h1 { "The garden" }
            @if ledger.days == 0 {
                p class="lead" { "Bare earth, for now. Every good word plants something." }
            } @else {
                p class="lead" {
                    (ledger.supported) @if ledger.supported == 1 { " person" } @else { " people" } " supported"
                    @if ledger.answered > 0 { ", " (ledger.answered) " wrote back" } "."
                }
            }
            div class="wide" tabindex="0" role="region" aria-label="The garden, which may be wider than the window" { (garden::picture(&done, &ids, today)) }
            @if ledger.days > 0 { (strength(ledger.strength)) }
            @if !answered.is_empty() {
                h2 { "They wrote back" }
                p { @for (n, row) in answered.iter().enumerate() { @if n > 0 { ", " } a href={ "/people/" (encoded(&row.id)) } { (name(&row.name)) } } }
            }
            @if !screen.is_empty() {
                h2 { "Good words" }
                ol class="diary dated" {
                    @for entry in screen { (line(entry)) }
                }
            }
            @if !done.is_empty() {
                p class="row" {
                    @if let (Some(last), false) = (screen.last(), earlier.is_empty()) { a class="button" href={ "/diary?before=" (last.date) } { "Earlier" } }
                    a class="button" href="/people/export/markdown" download { "Take the diary with you" }
                }
            }
        }
    }
}

fn line(entry: &DiaryEntry) -> Markup {
    html! {
        li {
            time class="quiet" datetime=(entry.date) { (short_day(entry.date)) }
            div {
                p {
                    a href={ "/people/" (encoded(&entry.contact.id)) } { (name(&entry.contact.name)) }
                    @if let Some(key) = entry.network.as_deref().filter(|key| *key != "plain") { " " span class="quiet" { "on " (network(key)) } }
                }
                @if let Some(text) = &entry.text { blockquote dir="auto" { (clean(text, 500)) } }
                @if let Some(url) = &entry.item_url { p class="quiet" { (link(url, url)) } }
            }
        }
    }
}

/// How well the garden is rooted. It grows with every good word; a day without one takes next to nothing.
fn strength(strength: f64) -> Markup {
    let share = strength.clamp(0.0, 1.0);
    let words = match share {
        0.0..0.05 => "The first seeds.",
        0.05..0.3 => "It has taken root.",
        0.3..0.7 => "It is growing well.",
        _ => "It is deeply rooted.",
    };
    html! {
        p { (words) " " span class="quiet" { "It grows with every good word, and a day without one costs it next to nothing." } }
        svg class="root" viewBox="0 0 600 12" preserveAspectRatio="none" role="img" aria-label=(format!("Strength {} of 100", (share * 100.0).round())) {
            rect class="ground" x="0" y="2" width="600" height="8" rx="4" {}
            rect class="grown" x="0" y="2" width=((share * 600.0).round()) height="8" rx="4" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};

    use super::*;
    use crate::{api::Named, domain::journal::Ledger};

    fn diary(dates: &[Date]) -> Diary {
        let entry = |(n, date): (usize, &Date)| DiaryEntry {
            date: *date,
            contact: Named { id: format!("c{n}"), name: format!("Person {n}") },
            state: State::Done,
            network: None,
            item_url: None,
            text: None,
            device: "laptop".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        Diary { entries: dates.iter().enumerate().map(entry).collect(), ledger: Ledger::default() }
    }

    #[test]
    fn each_good_word_stands_on_one_screen_also_where_a_day_has_several() {
        let today = date(2026, 11, 22);
        // The 20th and the 21st word are of one day, and so are 30 of another.
        let days = |from: i64, to: i64| (from..to).map(move |n| today.saturating_sub(n.days()));
        let dates: Vec<Date> =
            days(0, 20).chain(days(19, 30)).chain([date(2020, 1, 1); 30]).chain([date(2019, 1, 1)]).collect();
        let diary = diary(&dates);
        let done = done(&diary);
        let (mut before, mut seen) = (None, Vec::new());
        loop {
            let (shown, earlier) = screen(&done, before);
            seen.extend(shown.iter().map(|entry| entry.contact.id.clone()));
            if earlier.is_empty() {
                break;
            }
            before = shown.last().map(|last| last.date);
        }
        assert_eq!(seen, done.iter().map(|entry| entry.contact.id.clone()).collect::<Vec<_>>());
        assert!(has_earlier(&diary, None) && !has_earlier(&diary, Some(date(2020, 1, 1))));
    }

    #[test]
    fn the_garden_of_a_year_counts_no_older_flower() {
        let today = date(2026, 11, 22);
        let shown = page(&diary(&[today, date(2024, 11, 22)]), &[], today, None).into_string();
        assert!(shown.contains("The garden of the last year: one flower"), "{shown}");
        assert!(shown.contains("Person 0") && shown.contains("Person 1"), "{shown}");
    }
}
