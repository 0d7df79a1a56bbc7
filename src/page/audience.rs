//! One audience: who is in it, where it leads, and what ties it to others.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    Again,
    audiences::{standing, steps},
    complaint, token,
    words::{clean, encoded, name},
};
use crate::api::{AudienceDetail, AudienceRow};

/// People that are named here; the list of people has all.
const NAMED: usize = 24;
/// Audiences that a tie may lead to, in the list to choose from.
const CHOICES: usize = 200;

/// The page. `kept` are all audiences of the book, to tie this one to.
#[must_use]
pub fn page(form: &str, all: &AudienceDetail, kept: &[AudienceRow], today: Date, again: Option<Again<'_>>) -> Markup {
    let row = &all.row;
    let typed = |key: &str| again.map_or("", |again| again.text(key));
    html! {
        (complaint(again.map(|again| again.error)))
        div id="audience" data-part {
            p class="kicker" { "Audience" @if let Some(via) = &row.via { ", from " (name(via)) } }
            h1 class="person" { (name(&row.name)) }
            @if !row.bridge.is_empty() { p class="why" dir="auto" { "“" (clean(&row.bridge, 300)) "”" } }
            p class="quiet" { (standing(row, today)) @for tag in row.hashtags.iter().take(3) { " · #" (clean(tag, 64)) } }
            (people(all))
            section aria-labelledby="leads" {
                h2 id="leads" { "Where it leads" }
                @if all.leads.is_empty() {
                    p { "Nobody has drawn a way on from here yet. Whom do they buy from, teach, marry, argue with? " a href="/audiences#own" { "Keep your own idea" } }
                } @else {
                    (steps(form, &all.leads.iter().collect::<Vec<_>>(), Some(&row.id)))
                }
            }
            @if !all.ties.is_empty() {
                section aria-labelledby="ties" {
                    h2 id="ties" { "Tied to" }
                    ul class="audiences" {
                        @for tie in &all.ties {
                            li { div {
                                @match kept.iter().find(|other| other.name == tie.name) {
                                    Some(other) => { a href={ "/audiences/" (encoded(&other.id)) } { (name(&tie.name)) } }
                                    None => { strong { (name(&tie.name)) } }
                                }
                                p dir="auto" { (clean(&tie.bridge, 300)) }
                            } }
                        }
                    }
                }
            }
        }
        @if kept.len() > 1 {
            details open[again.is_some()] {
                summary { "Tie it to another" }
                form method="post" action="/audiences/tie" class="calm" {
                    (token(form))
                    input type="hidden" name="from" value=(row.id);
                    div class="field" {
                        label for="to" { "The other" }
                        select id="to" name="to" { @for other in kept.iter().filter(|other| other.id != row.id).take(CHOICES) { option value=(other.id) selected[other.id == typed("to")] { (clean(&other.name, 80)) } } }
                    }
                    div class="field" { label for="bridge" { "The bridge: why do they know each other?" } input id="bridge" name="bridge" value=(typed("bridge")) required autocomplete="off"; }
                    p { button { "Tie" } }
                }
            }
        }
        details {
            summary { "Drop it" }
            p { "It leaves the map and is not suggested again. The people in it stay." }
            form method="post" action="/audiences/drop" class="inline" { (token(form)) button name="id" value=(row.id) { "Yes, drop it" } }
        }
    }
}

fn people(all: &AudienceDetail) -> Markup {
    let id = encoded(&all.row.id);
    html! {
        section aria-labelledby="people" {
            h2 id="people" { "Who is in it" }
            @if all.people.is_empty() {
                p { "Nobody yet. Who of them do you think is cool?" }
            } @else {
                ul class="names" {
                    @for person in all.people.iter().take(NAMED) { li { a href={ "/people/" (encoded(&person.id)) } { (name(&person.name)) } } }
                }
            }
            div class="row" {
                a class="button" href={ "/discover?audience=" (id) } { "Find people" }
                a class="button" href={ "/people/new?audience=" (id) } { "Add somebody" }
                @if all.people.len() > NAMED { a class="button" href={ "/people?audience=" (id) } { "All " (all.people.len()) } }
            }
        }
    }
}
