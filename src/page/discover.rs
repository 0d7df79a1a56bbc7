//! People who are not in the book yet: a handful for an audience, each to be kept with a why or let go; and somebody
//! who was found at one address.

use maud::{Markup, html};

use super::{
    next::next,
    sentence, token,
    words::{capital, clean, encoded, link, name, network},
};
use crate::api::{AudienceRow, CandidateRow, Discovery, Error, FoundPerson, ItemRow, counted};

/// Why somebody may be a match: at most so many reasons.
const REASONS: usize = 3;

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The id of an audience; the daemon chooses when it is empty.
    pub audience: String,
    /// An address whose recommendations are wanted.
    pub from: String,
}

impl Asked {
    /// The address of this search.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/discover?audience={}&from={}", encoded(&self.audience), encoded(&self.from))
    }
}

/// The page: what was found, or why nobody was.
#[must_use]
pub fn page(form: &str, asked: &Asked, found: Result<&Discovery, &Error>, audiences: &[AudienceRow]) -> Markup {
    html! {
        h1 { "Find people" }
        p class="lead" { "A handful at a time, from what anybody can see. Keep only whom you really think is cool." }
        form method="get" action="/discover" class="filter find" {
            label class="hidden" for="audience" { "Audience" }
            select id="audience" name="audience" {
                option value="" { "the smallest audience" }
                @for audience in audiences.iter().take(300) { option value=(audience.id) selected[audience.id == asked.audience] { (clean(&audience.name, 60)) } }
            }
            label class="hidden" for="from" { "Somebody whose recommendations you trust" }
            input id="from" name="from" value=(clean(&asked.from, 400)) autocomplete="off" placeholder="or a site, a handle, a starter pack";
            button { "Look" }
        }
        p class="quiet" { "Looking asks public servers, politely, and can take a few seconds. Whoever asks not to be suggested is not." }
        @match found {
            Ok(found) => {
                h2 { @if found.audience.is_empty() { "Who was found there" } @else { "For " (name(&found.audience)) } }
                @for remark in found.remarks.iter().take(4) { p class="note" { (capital(remark, 300)) } }
                ul class="candidates" { @for (n, candidate) in found.candidates.iter().enumerate() { (self::candidate(form, asked, candidate, n)) } }
                p class="row" {
                    a class="button" href=(asked.address()) { @if found.more > 0 { "Others: " (counted(found.more, "more was found", "more were found")) } @else { "Look again" } }
                }
            }
            Err(error) => {
                div class="note" {
                    p { (sentence(&error.message)) }
                    @if let Some(hint) = &error.hint { p { (next(hint)) } }
                }
            }
        }
    }
}

fn candidate(form: &str, asked: &Asked, candidate: &CandidateRow, n: usize) -> Markup {
    let why = format!("why-{n}");
    html! {
        li {
            h3 { (link(&candidate.url, &candidate.name)) }
            @if !candidate.about.is_empty() { p dir="auto" { (clean(&candidate.about, 300)) } }
            @for reason in candidate.reasons.iter().take(REASONS) { p class="quiet" { (capital(reason, 200)) } }
            @if let Some(item) = &candidate.latest { p { "Lately: " (latest(item)) } }
            p class="quiet" { @for (n, (key, handle)) in candidate.handles.iter().take(4).enumerate() { @if n > 0 { " · " } (network(key)) " " bdi { (clean(handle, 100)) } } }
            form method="post" action="/discover/keep" class="keep" {
                (token(form))
                input type="hidden" name="audience" value=(asked.audience);
                input type="hidden" name="from" value=(asked.from);
                input type="hidden" name="id" value=(candidate.id);
                label for=(why) { "Why are they cool?" }
                input id=(why) name="why" dir="auto" required autocomplete="off" placeholder="One sentence, in your own words";
                div class="row" {
                    button aria-label={ "Keep " (clean(&candidate.name, 100)) } { "Keep" }
                    button class="text" formaction="/discover/drop" formnovalidate aria-label={ "Not for me: " (clean(&candidate.name, 100)) } { "Not for me" }
                }
            }
        }
    }
}

fn latest(item: &ItemRow) -> Markup {
    html! { (link(&item.url, &item.title)) @if let Some(at) = item.published { " " span class="quiet" { (at.strftime("%-d %b %Y")) } } }
}

/// What was found at an address, above the form that it fills in.
#[must_use]
pub fn found(person: &FoundPerson) -> Markup {
    html! {
        div class="item" {
            p class="label" { "Found at " bdi { (clean(&person.address, 200)) } }
            p { strong { (name(&person.name)) } }
            @if !person.about.is_empty() { p dir="auto" { (clean(&person.about, 400)) } }
            @for handle in person.handles.iter().take(6) {
                p class="quiet" { (network(&handle.network)) ": " (link(&handle.url, &handle.handle)) @if handle.verified { " · each says that the other is theirs" } }
            }
            @for item in person.items.iter().take(3) { p { (latest(item)) } }
            @if person.feeds.is_empty() { p class="quiet" { "No feed was found there." } }
        }
        @if let Some(known) = &person.known { p class="note" { "They are in your book already: " a href={ "/people/" (encoded(&known.id)) } { (name(&known.name)) } "." } }
        @if let Some(asks) = &person.asks { p class="note" { (capital(asks, 300)) ". They are not suggested by programs; you may add them by hand all the same." } }
    }
}
