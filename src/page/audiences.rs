//! Audiences: the map, the list that says the same, what is suggested, and questions that lead to one's own.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    Again, complaint, map,
    next::next,
    sentence, token,
    words::{ago, clean, encoded, name},
};
use crate::api::{AudienceMap, AudienceRow, Error, counted};

/// Suggestions on the first screen.
const SUGGESTED: usize = 6;
/// Behind them; more is a list nobody reads.
const MORE: usize = 24;
/// Kept audiences on one screen of the list.
const SCREENFUL: usize = 60;
/// Days after which an audience was not met lately: two of the usual cooldowns.
const LONG: i32 = 30;

/// Which of the kept audiences the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    All,
    /// Those with nobody in them yet.
    Empty,
    /// Those of whom nobody was supported lately.
    Unmet,
}

/// The lists there are.
pub const SHOWN: [Shown; 3] = [Shown::All, Shown::Empty, Shown::Unmet];

impl Shown {
    /// Its word in an address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Shown::All => "",
            Shown::Empty => "empty",
            Shown::Unmet => "unmet",
        }
    }

    fn has(self, row: &AudienceRow, today: Date) -> bool {
        match self {
            Shown::All => true,
            Shown::Empty => row.contacts == 0,
            Shown::Unmet => is_unmet(row, today),
        }
    }

    fn called(self) -> &'static str {
        match self {
            Shown::All => "All",
            Shown::Empty => "Nobody yet",
            Shown::Unmet => "Not met lately",
        }
    }
}

/// Somebody is in it, and nobody of them was supported lately.
pub(super) fn is_unmet(row: &AudienceRow, today: Date) -> bool {
    row.contacts > 0 && row.met.is_none_or(|met| (today - met).get_days() > LONG)
}

/// What the page is made of.
#[derive(Debug)]
pub struct View<'a> {
    pub form: &'a str,
    pub map: &'a AudienceMap,
    /// What was suggested, or why nothing is.
    pub suggested: Result<&'a [AudienceRow], &'a Error>,
    pub today: Date,
    pub shown: Shown,
    /// Which of the questions is asked.
    pub ask: usize,
    pub again: Option<Again<'a>>,
}

/// The page.
#[must_use]
pub fn page(view: &View<'_>) -> Markup {
    let View { form, map: all, today, .. } = *view;
    html! {
        h1 { "Audiences" }
        p class="lead" { "Whom your work may speak to, and why. Each leads to others." }
        (complaint(view.again.map(|again| again.error)))
        div id="map" data-part {
            @if all.audiences.is_empty() {
                p class="note" { "None is kept yet. Keep one of those below that makes you think “of course”, or begin your own." }
            } @else {
                @let drawn = map::picture(all, today);
                (drawn.picture)
                @if drawn.count < all.audiences.len() { p class="quiet" { "The picture has the nearest " (drawn.count) "; the list has all." } }
                (list(view))
            }
        }
        section aria-labelledby="suggested" {
            h2 id="suggested" { "Have you thought of these?" }
            @match view.suggested {
                Ok(rows) => (suggestions(form, rows)),
                Err(error) => {
                    p { (sentence(&error.message)) }
                    @if let Some(hint) = &error.hint { p { (next(hint)) } }
                }
            }
        }
        (own(view))
    }
}

fn list(view: &View<'_>) -> Markup {
    let View { form, map: all, today, shown, .. } = *view;
    let rows: Vec<&AudienceRow> = all.audiences.iter().filter(|row| shown.has(row, today)).collect();
    html! {
        h2 id="kept" { "Kept" }
        nav class="chips" aria-label="Which audiences" {
            @for which in SHOWN {
                @let count = all.audiences.iter().filter(|row| which.has(row, today)).count();
                @if count > 0 || which == shown {
                    a href={ "/audiences?shown=" (which.as_str()) "#kept" } aria-current=[(which == shown).then_some("true")] { (which.called()) " " span class="quiet" { (count) } }
                }
            }
        }
        @if rows.is_empty() { p { "None is like that any more." } }
        form method="post" action="/audiences/drop" {
            (token(form))
            ul class="audiences" {
                @for row in rows.iter().take(SCREENFUL) { (kept(row, today)) }
            }
        }
        @if rows.len() > SCREENFUL { p class="quiet" { "And " (rows.len() - SCREENFUL) " more: the lists above part them." } }
    }
}

/// Where an audience's own page is.
pub(super) fn address(row: &AudienceRow) -> String {
    format!("/audiences/{}", encoded(&row.id))
}

fn kept(row: &AudienceRow, today: Date) -> Markup {
    html! {
        li {
            div {
                a href=(address(row)) { (name(&row.name)) }
                @if !row.bridge.is_empty() { p dir="auto" { (clean(&row.bridge, 300)) } }
                p class="quiet" { (standing(row, today)) @if let Some(via) = &row.via { " · from " (name(via)) } }
            }
            div class="row" {
                @if row.contacts == 0 { a class="button" href={ "/discover?audience=" (encoded(&row.id)) } aria-label={ "Find people for " (clean(&row.name, 100)) } { "Find people" } }
                button class="text" name="id" value=(row.id) aria-label={ "Drop " (clean(&row.name, 100)) } { "Drop" }
            }
        }
    }
}

/// Who is in it, and when they were met.
pub(super) fn standing(row: &AudienceRow, today: Date) -> String {
    if row.contacts == 0 {
        return "Nobody yet".to_owned();
    }
    let people = counted(row.contacts, "contact", "contacts");
    match row.met {
        None => format!("{people}, not met yet"),
        Some(met) => format!("{people}, last met {}", ago(met, today)),
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
    let rest = open.split_off(open.len().min(SUGGESTED));
    html! {
        @if open.is_empty() { p { "Nothing new for now. Another work, or another genre, leads to others." } }
        (steps(form, &open, None))
        @if !rest.is_empty() {
            details {
                summary { "More" }
                (steps(form, rest.get(..MORE.min(rest.len())).unwrap_or_default(), None))
            }
        }
    }
}

/// Suggestions to keep or drop, one form for all. `back` is the audience whose page they stand on.
pub(super) fn steps(form: &str, rows: &[&AudienceRow], back: Option<&str>) -> Markup {
    html! {
        @if !rows.is_empty() {
            form method="post" action="/audiences/keep" {
                (token(form))
                @if let Some(id) = back { input type="hidden" name="back" value=(id); }
                ul class="audiences" { @for row in rows { (suggestion(row, back.is_some())) } }
            }
        }
    }
}

fn suggestion(row: &AudienceRow, is_on_its_parents: bool) -> Markup {
    let via = row.via.as_ref().filter(|_| !is_on_its_parents);
    html! {
        li {
            div {
                @if row.kept { a href=(address(row)) { (name(&row.name)) } } @else { strong { (name(&row.name)) } }
                p dir="auto" { (clean(&row.bridge, 300)) }
                p class="quiet" dir="auto" { (clean(&row.gather, 200)) @if let Some(via) = via { " From " (name(via)) "." } }
            }
            div class="row" {
                @if row.kept { span class="tag" { "kept" } } @else {
                    button name="id" value=(row.id) aria-label={ "Keep " (clean(&row.name, 100)) } { "Keep" }
                    button class="text" name="id" value=(row.id) formaction="/audiences/drop" aria-label={ "Not for me: " (clean(&row.name, 100)) } { "Not for me" }
                }
            }
        }
    }
}

/// A question, and a place for what it brings up.
fn own(view: &View<'_>) -> Markup {
    let View { form, map: all, ask, again, .. } = *view;
    let typed = |key: &str| again.map_or("", |again| again.text(key));
    let question = all.prompts.get(ask.checked_rem(all.prompts.len()).unwrap_or_default());
    html! {
        section id="own" aria-labelledby="own-title" {
            h2 id="own-title" { "An idea of your own" }
            @if let Some(question) = question {
                p class="question" { (clean(question, 200)) }
                @if all.prompts.len() > 1 { p { a href={ "/audiences?ask=" (ask.wrapping_add(1) % all.prompts.len()) "#own" } { "Ask me something else" } } }
            }
            form method="post" action="/audiences" class="calm" {
                (token(form))
                input type="hidden" name="ask" value=(ask);
                div class="field" { label for="name" { "Who are they?" } input id="name" name="name" value=(typed("name")) required autocomplete="off"; }
                div class="field" { label for="bridge" { "Why might they care? One sentence" } input id="bridge" name="bridge" value=(typed("bridge")) autocomplete="off"; }
                div class="field" {
                    label for="via" { "What leads there" }
                    select id="via" name="via" {
                        @for work in all.works.iter().take(SCREENFUL) { option value=(work.id) selected[work.id == typed("via")] { (clean(&work.title, 80)) } }
                        @for row in all.audiences.iter().take(SCREENFUL) { option value=(row.id) selected[row.id == typed("via")] { (clean(&row.name, 80)) } }
                        option value="" selected[again.is_some() && typed("via").is_empty()] { "nothing yet" }
                    }
                }
                p { button { "Keep it" } }
            }
        }
    }
}
