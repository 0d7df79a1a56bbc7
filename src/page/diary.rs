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

/// The page: `diary` of the last year, the people who wrote back, and the entries before `before` if it is said.
#[must_use]
pub fn page(diary: &Diary, answered: &[ContactRow], today: Date, before: Option<Date>) -> Markup {
    let done: Vec<&DiaryEntry> = diary.entries.iter().filter(|entry| entry.state == State::Done).collect();
    let ids: BTreeSet<String> = answered.iter().map(|row| row.id.clone()).collect();
    let mut shown = done.iter().filter(|entry| before.is_none_or(|day| entry.date < day)).peekable();
    let screen: Vec<&&DiaryEntry> = shown.by_ref().take(SCREENFUL).collect();
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
                    @for entry in &screen { (line(entry)) }
                }
                p class="row" {
                    @if let (Some(_), Some(last)) = (shown.peek(), screen.last()) { a class="button" href={ "/diary?before=" (last.date) } { "Earlier" } }
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
