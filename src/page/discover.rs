//! People who are not in the book yet: a handful for an audience, each to be kept with a why or let go; and somebody
//! who was found at one address.

use maud::{Markup, html};

use super::{
    Again, complaint,
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
    /// The ids of a handful that is being decided on, with commas between them; none for the next handful.
    pub still: String,
}

impl Asked {
    /// The address of this search.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/discover?audience={}&from={}", encoded(&self.audience), encoded(&self.from))
    }

    /// Where the rest of the handful is.
    #[must_use]
    pub fn rest(&self) -> String {
        format!("{}&still={}", self.address(), encoded(&self.still))
    }
}

/// The page: what was found, or why nobody was.
#[must_use]
pub fn page(
    form: &str,
    asked: &Asked,
    found: Result<&Discovery, &Error>,
    audiences: &[AudienceRow],
    again: Option<Again<'_>>,
) -> Markup {
    html! {
        h1 { "Find people" }
        (complaint(again.map(|again| again.error)))
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
                @let still = found.candidates.iter().map(|candidate| candidate.id.as_str()).collect::<Vec<_>>().join(",");
                // Where none was named, the smallest was meant: it stays so when somebody of this handful is kept.
                @let meant = audiences.iter().find(|kept| asked.audience.is_empty() && kept.name == found.audience);
                @let audience = meant.map_or_else(|| asked.audience.clone(), |kept| kept.id.clone());
                @let asked = Asked { audience, still, ..asked.clone() };
                ul class="candidates" { @for (n, candidate) in found.candidates.iter().enumerate() { (self::candidate(form, &asked, candidate, n, again)) } }
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

fn candidate(form: &str, asked: &Asked, candidate: &CandidateRow, n: usize, again: Option<Again<'_>>) -> Markup {
    let why = format!("why-{n}");
    let typed = again.filter(|again| again.of == candidate.id).map_or("", |again| again.text("why"));
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
                input type="hidden" name="still" value=(asked.still);
                input type="hidden" name="id" value=(candidate.id);
                label for=(why) { "Why are they cool?" }
                input id=(why) name="why" value=(typed) dir="auto" required autocomplete="off" placeholder="One sentence, in your own words";
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

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> CandidateRow {
        CandidateRow {
            id: id.to_owned(),
            name: format!("Person {id}"),
            about: String::new(),
            url: String::new(),
            handles: std::collections::BTreeMap::new(),
            site: String::new(),
            feeds: Vec::new(),
            latest: None,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn a_why_that_was_refused_is_still_there_and_so_is_everybody_else() {
        let candidates = vec![person("a1"), person("b2")];
        let found = Discovery { audience: String::new(), candidates, more: 0, remarks: Vec::new() };
        let typed = [("why".to_owned(), "She sews".to_owned())];
        let error = Error::usage("that did not work");
        let again = Again { of: "b2", typed: &typed, error: &error };
        let shown = page("token", &Asked::default(), Ok(&found), &[], Some(again)).into_string();
        assert!(shown.contains("That did not work."), "{shown}");
        let (first, second) = shown.split_once("Person b2").unwrap();
        assert!(!first.contains("She sews") && second.contains("value=\"She sews\""), "{shown}");
        assert_eq!(shown.matches("name=\"still\" value=\"a1,b2\"").count(), 2, "{shown}");
    }

    #[test]
    fn the_audience_that_was_meant_is_meant_still_when_somebody_of_the_handful_is_decided_on() {
        let candidates = vec![person("a1")];
        let found = Discovery { audience: "Teachers".to_owned(), candidates, more: 0, remarks: Vec::new() };
        let kept = |id: &str, name: &str| AudienceRow { id: id.into(), name: name.into(), ..AudienceRow::default() };
        let audiences = [kept("s", "Sewers"), kept("t", "Teachers")];
        let shown = page("token", &Asked::default(), Ok(&found), &audiences, None).into_string();
        assert!(shown.contains("type=\"hidden\" name=\"audience\" value=\"t\""), "{shown}");
    }
}
