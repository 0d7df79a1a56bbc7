//! Audiences: the map, the list that says the same, and what is suggested.

use std::hash::{DefaultHasher, Hash, Hasher};

use maud::{Markup, html};

use super::{
    map, token,
    words::{clean, encoded, name},
};
use crate::api::{AudienceMap, AudienceRow, Error};

/// Suggestions on one screen: more is a list nobody reads.
const SUGGESTED: usize = 12;

/// The page. `suggested` is what was suggested, or why nothing is.
#[must_use]
pub fn page(form: &str, all: &AudienceMap, suggested: Result<&[AudienceRow], &Error>) -> Markup {
    let (picture, drawn) = map::picture(all);
    html! {
        h1 { "Audiences" }
        p class="lead" { "Whom your work may speak to, and why. Each leads to others." }
        div id="map" data-part {
            @if all.audiences.is_empty() {
                p { "None is kept yet. Keep one of those below, or begin your own." }
            } @else {
                (picture)
                @if drawn < all.audiences.len() { p class="quiet" { "The picture has " (drawn) " of them; the list has all." } }
                h2 { "Kept" }
                ul class="audiences" { @for row in &all.audiences { (kept(form, row, all)) } }
            }
        }
        section aria-labelledby="suggested" {
            h2 id="suggested" { "Have you thought of these?" }
            @match suggested {
                Ok(rows) => (suggestions(form, rows)),
                Err(error) => {
                    p { (clean(&error.message, 300)) }
                    p { a href="/settings" { "Say what you write, and its genre" } }
                }
            }
        }
        (own(form, all))
    }
}

fn kept(form: &str, row: &AudienceRow, all: &AudienceMap) -> Markup {
    let ties = all.ties.iter().filter_map(|tie| {
        let other = if tie.from == row.name { &tie.to } else { (tie.to == row.name).then_some(&tie.from)? };
        Some((other, &tie.bridge))
    });
    html! {
        li {
            strong { (name(&row.name)) } " "
            @if row.contacts == 0 {
                span class="quiet" { "nobody yet · " a href={ "/people/new?audience=" (encoded(&row.name)) } { "add somebody" } }
            } @else {
                a class="quiet" href={ "/people?audience=" (encoded(&row.name)) } { (row.contacts) @if row.contacts == 1 { " contact" } @else { " contacts" } }
            }
            @if !row.bridge.is_empty() { p dir="auto" { (clean(&row.bridge, 300)) @if let Some(via) = &row.via { span class="quiet" { " (from " (name(via)) ")" } } } }
            @for (other, bridge) in ties { p class="quiet" { "Tied to " (name(other)) ": " bdi { (clean(bridge, 300)) } } }
            form method="post" action="/audiences/drop" class="inline" {
                (token(form))
                input type="hidden" name="id" value=(row.id);
                button class="text" aria-label={ "Drop " (clean(&row.name, 100)) } { "Drop" }
            }
        }
    }
}

fn suggestions(form: &str, rows: &[AudienceRow]) -> Markup {
    let mut open: Vec<&AudienceRow> = rows.iter().filter(|row| !row.kept).collect();
    // Equals come in another order at each asking; here they stand still, or a press would hit another one.
    open.sort_by_cached_key(|row| {
        let mut hash = DefaultHasher::new();
        row.id.hash(&mut hash);
        (row.distance, hash.finish())
    });
    html! {
        @if open.is_empty() { p { "Nothing new for now. Another work, or another genre, leads to others." } }
        ul class="audiences" {
            @for row in open.into_iter().take(SUGGESTED) {
                li {
                    strong { (name(&row.name)) }
                    @if let Some(via) = &row.via { span class="quiet" { " · from " (name(via)) } }
                    p dir="auto" { (clean(&row.bridge, 300)) }
                    form method="post" action="/audiences/keep" class="row" {
                        (token(form))
                        input type="hidden" name="id" value=(row.id);
                        button aria-label={ "Keep " (clean(&row.name, 100)) } { "Keep" }
                        button class="text" formaction="/audiences/drop" aria-label={ "Not for me: " (clean(&row.name, 100)) } { "Not for me" }
                    }
                }
            }
        }
    }
}

/// The author's own audience, and a tie between two.
fn own(form: &str, all: &AudienceMap) -> Markup {
    html! {
        details {
            summary { "Begin your own" }
            form method="post" action="/audiences" class="calm" {
                (token(form))
                div class="field" { label for="name" { "Who are they?" } input id="name" name="name" required autocomplete="off"; }
                div class="field" {
                    label for="via" { "What leads there" }
                    select id="via" name="via" {
                        option value="" { "nothing yet" }
                        @for work in &all.works { option value=(work.id) { (clean(&work.title, 80)) } }
                        @for row in &all.audiences { option value=(row.id) { (clean(&row.name, 80)) } }
                    }
                }
                div class="field" { label for="bridge" { "Why? One sentence" } input id="bridge" name="bridge" autocomplete="off"; }
                p { button { "Begin" } }
            }
        }
        @if all.audiences.len() > 1 {
            details {
                summary { "Tie two together" }
                form method="post" action="/audiences/tie" class="calm" {
                    (token(form))
                    @for (key, label) in [("from", "One"), ("to", "The other")] {
                        div class="field" {
                            label for=(key) { (label) }
                            select id=(key) name=(key) { @for row in &all.audiences { option value=(row.id) { (clean(&row.name, 80)) } } }
                        }
                    }
                    div class="field" { label for="why" { "The bridge: why?" } input id="why" name="bridge" required autocomplete="off"; }
                    p { button { "Tie" } }
                }
            }
        }
    }
}
