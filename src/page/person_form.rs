//! A person, to be written or changed.

use maud::{Markup, html};

use super::{
    complaint, discover, token,
    words::{KINDS, PRIORITIES, network},
};
use crate::{
    api::{ContactDetail, Error, FoundPerson},
    domain::{Kind, Priority},
};

/// Networks on which a person has a handle that we know how to write.
pub const HANDLES: [&str; 3] = ["mastodon", "bluesky", "x"];

/// What stands in the fields, as it is typed: lists with commas, feeds one a line.
pub type Typed<'a> = &'a (dyn Fn(&str) -> String + Sync);

/// What a contact's fields say.
#[must_use]
pub fn fields(who: &ContactDetail, key: &str) -> String {
    let row = &who.row;
    match key {
        "name" => row.name.clone(),
        "why" => row.why.clone(),
        "kind" => row.kind.to_string(),
        "priority" => who.priority.to_string(),
        "audiences" => row.audiences.join(", "),
        "feeds" => row.feeds.join("\n"),
        "site" => who.site.clone(),
        "email" => who.email.clone(),
        "notes" => who.notes.clone(),
        other => row.handles.get(other).cloned().unwrap_or_default(),
    }
}

/// Who is written.
#[derive(Clone, Copy, Debug)]
pub enum Writing<'a> {
    /// Somebody new, from nothing.
    Blank,
    /// Somebody new, from what was found at an address.
    Found(&'a FoundPerson),
    /// Somebody who is in the book.
    Known,
}

/// The form. `action` is where it goes; a new person has no page to go back to.
#[must_use]
pub fn page(
    form: &str,
    action: &str,
    who: Writing<'_>,
    typed: Typed<'_>,
    known: &[String],
    error: Option<&Error>,
) -> Markup {
    let line = |key: &str, label: &str, hint: &str, kind: &str, required: bool| {
        html! {
            div class="field" {
                label for=(key) { (label) }
                input id=(key) name=(key) type=(kind) value=(typed(key)) required[required] autocomplete="off" aria-describedby=[(!hint.is_empty()).then(|| format!("{key}-hint"))]
                    list=[(key == "audiences").then_some("known")];
                @if !hint.is_empty() { p class="quiet" id=(format!("{key}-hint")) { (hint) } }
            }
        }
    };
    let lines = |key: &str, label: &str, hint: &str, rows: u8, required: bool| {
        html! {
            div class="field" {
                label for=(key) { (label) }
                textarea id=(key) name=(key) rows=(rows) dir="auto" required[required] aria-describedby=(format!("{key}-hint")) { "\n" (typed(key)) }
                p class="quiet" id=(format!("{key}-hint")) { (hint) }
            }
        }
    };
    let choice = |key: &str, label: &str, words: [&str; 3], usual: &str| {
        let now = Some(typed(key)).filter(|now| !now.is_empty()).unwrap_or_else(|| usual.to_owned());
        html! {
            div class="field" {
                label for=(key) { (label) }
                select id=(key) name=(key) { @for word in words { option value=(word) selected[word == now] { (word) } } }
            }
        }
    };
    let is_new = !matches!(who, Writing::Known);
    html! {
        h1 { @if is_new { "Somebody new" } @else { "Edit" } }
        (complaint(error))
        @match who {
            Writing::Blank => (by_address(form, &typed("address"), &typed("audiences"))),
            Writing::Found(found) => { (discover::found(found)) p { "Say why they are cool, mend what is not right, and save." } }
            Writing::Known => {}
        }
        form method="post" action=(action) class="calm" {
            (token(form))
            (line("name", "Name", "", "text", true))
            (lines("why", "Why are they cool?", "One sentence in your own words; it is what the drafts are made of.", 3, is_new))
            (line("audiences", "Audiences", "With commas between them; a new one is begun.", "text", false))
            datalist id="known" { @for audience in known.iter().take(200) { option value=(audience) {} } }
            (line("site", "Site", "Their feed is looked for there.", "text", false))
            (lines("feeds", "Feeds", "One address a line.", 2, false))
            fieldset {
                legend { "Handles" }
                div class="two" {
                    (line("mastodon", network("mastodon"), "@user@host", "text", false))
                    (line("bluesky", network("bluesky"), "name.bsky.social", "text", false))
                    (line("x", network("x"), "@name", "text", false))
                    (line("email", "E-mail", "", "email", false))
                }
            }
            (lines("notes", "Notes", "Only yours: they never leave your laptops.", 3, false))
            div class="two" {
                (choice("kind", "What they are", KINDS.map(Kind::as_str), "person"))
                (choice("priority", "How much you want to be reminded", PRIORITIES.map(Priority::as_str), "normal"))
            }
            p class="row" { button class="main" { "Save" } a class="button" href=(if is_new { "/people" } else { action.trim_end_matches("/edit") }) { "Leave it" } }
        }
    }
}

/// One address is enough to begin with.
fn by_address(form: &str, address: &str, audiences: &str) -> Markup {
    html! {
        form method="post" action="/people/find" class="calm item" {
            (token(form))
            input type="hidden" name="audiences" value=(audiences);
            label for="address" { "One address of theirs is enough" }
            div class="row address" {
                input id="address" name="address" value=(address) required autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="address-hint";
                button { "Look there" }
            }
            p class="quiet" id="address-hint" { "A site, a handle such as @maria@sewing.example, or a link to a profile. Or write it all yourself below." }
        }
    }
}
