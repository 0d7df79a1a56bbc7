//! Today: one person, why, what they did, and the words for it.

use jiff::{civil::Date, tz::TimeZone};
use maud::{Markup, html};

use super::{
    complaint,
    person::next_step,
    token,
    words::{ago, capital, clean, clean_lines, day, encoded, hour, link, name, network, short_day},
};
use crate::{
    api::{ContactDetail, DraftAnswer, DraftRow, Error, ItemRow, Judgement, Nobody, State, Today},
    domain::{
        journal::Ledger,
        network::{Network, Unit},
    },
};

/// Everything that today shows.
#[derive(Debug)]
pub struct View<'a> {
    pub form: &'a str,
    pub today: &'a Today,
    pub person: Option<&'a ContactDetail>,
    /// The draft as it is shown, with what the critic says of it.
    pub draft: Option<&'a DraftAnswer>,
    /// What went out today, as the diary has it.
    pub went_out: Option<&'a str>,
    /// Where the author posts, dearest first.
    pub networks: &'a [String],
    /// How often the author asked for other words.
    pub turn: u32,
    /// The words are the author's own and not ours.
    pub is_edited: bool,
    pub error: Option<&'a Error>,
    pub zone: &'a TimeZone,
    /// The book has nobody in it yet.
    pub is_empty: bool,
    pub ledger: &'a Ledger,
    /// Something was pressed today.
    pub can_undo: bool,
}

/// Where this view can be fetched again.
#[must_use]
pub fn address(network: &str, turn: u32) -> String {
    format!("/?network={}&turn={turn}", encoded(network))
}

/// The whole page.
#[must_use]
pub fn page(view: &View<'_>) -> Markup {
    let today = view.today;
    let person = today.contact.as_ref().map(|contact| contact.id.as_str()).unwrap_or_default();
    html! {
        div id="who" data-part data-of=(person) {
            p class="date" { (day(today.date)) }
            @match (&today.contact, today.state) {
                (None, _) | (_, State::None) => (nobody(view)),
                (_, State::Skipped) => (skipped(view)),
                (Some(contact), State::Done) => (done(view, &contact.name)),
                (Some(contact), _) => (somebody(view, &contact.id, &contact.name)),
            }
        }
        @if is_open(today) && let Some(draft) = view.draft {
            (editor(view, draft, person))
            (acts(view, person))
        }
        @if let (State::Done, Some(text)) = (today.state, view.went_out) {
            section id="words" data-part data-of=(person) aria-label="Your words" {
                blockquote dir="auto" class="said kept" { (clean_lines(text)) }
            }
        }
    }
}

fn is_open(today: &Today) -> bool {
    matches!(today.state, State::Planned | State::Shown | State::Opened | State::Later)
}

fn nobody(view: &View<'_>) -> Markup {
    html! {
        @if view.is_empty {
            h1 { "Who is the first?" }
            p class="lead" { "goodword puts in a good word for one person every day. It needs one person to begin with: somebody you think is cool, and why." }
            p class="row" { a class="button main" href="/welcome" { "Begin" } a class="button" href="/people/new" { "Add somebody" } }
        } @else {
            h1 { "Nobody today" }
            @if let Some(reason) = view.today.reasons.first() { p class="lead" { (clean(reason, 600)) } }
            (way_on(view))
            (undo(view))
        }
    }
}

/// What can be done about a day without anybody.
fn way_on(view: &View<'_>) -> Markup {
    let button = |main: bool, to: &str, words: &str| html! { a class=(if main { "button main" } else { "button" }) href=(to) { (words) } };
    let wait = view.today.waiting.is_some_and(|waiting| waiting > 0);
    html! {
        @match view.today.nobody {
            Some(Nobody::NobodyHasWhy | Nobody::EveryoneRests) if wait => {
                p { "One sentence in your own words is enough; the drafts are made of it." }
                p class="row" { (button(true, "/people?stage=waiting", "Say why they are cool")) (button(false, "/people/new", "Add somebody")) }
            }
            Some(Nobody::Paused) => {
                form method="post" action="/settings" class="row" {
                    (token(view.form))
                    button class="main" name="pause_until" value="" { "End the pause" }
                    (button(false, "/people", "Choose somebody yourself"))
                }
            }
            Some(Nobody::NobodyHasWhy | Nobody::EveryoneRests | Nobody::EveryonePassed | Nobody::DayOff | Nobody::Over) => {
                p { "There is nothing to do: enjoy the day. Or choose somebody yourself, on their own page." }
                p class="row" { (button(false, "/people", "Choose somebody")) (button(false, "/people/new", "Add somebody")) @if view.today.nobody == Some(Nobody::DayOff) { (button(false, "/settings", "Change the days")) } }
            }
            Some(Nobody::NobodyWelcome) => {
                p { "Unmute somebody on their own page, or add somebody new." }
                p class="row" { (button(true, "/people/new", "Add somebody")) (button(false, "/people", "Look through the people")) }
            }
            Some(Nobody::NoContacts) | None => {
                p class="row" { (button(true, "/people/new", "Add somebody")) (button(false, "/settings", "Settings")) }
            }
        }
    }
}

fn skipped(view: &View<'_>) -> Markup {
    html! {
        h1 { "A day off" }
        p class="lead" { "You let today go. It costs nothing; somebody waits tomorrow." }
        (undo(view))
    }
}

fn done(view: &View<'_>, who: &str) -> Markup {
    html! {
        h1 { "Done. Thank you." }
        p class="lead" { "You put in a good word for " (name(who)) " today." }
        @if view.ledger.supported > 1 {
            p class="quiet" { (view.ledger.supported) " people have had one from you by now" @if view.ledger.answered > 0 { ", and " (view.ledger.answered) " wrote back" } "." }
        }
        p class="row" { a class="button" href="/diary" { "See the garden" } }
        (undo(view))
    }
}

fn undo(view: &View<'_>) -> Markup {
    html! {
        @if view.can_undo {
            form method="post" action="/undo" class="inline" {
                (token(view.form))
                button id="undo" class="text" { "Undo my last press of today" }
            }
        }
    }
}

fn somebody(view: &View<'_>, id: &str, who: &str) -> Markup {
    let today = view.today;
    html! {
        p class="kicker" { "A good word for" }
        h1 class="person" { a href={ "/people/" (encoded(id)) } { (name(who)) } }
        @if let Some(person) = view.person {
            @if !person.row.why.is_empty() {
                p class="why" dir="auto" { "“" (clean(&person.row.why, 1_000)) "”" }
            }
            p class="quiet" { (since(person.row.last_supported, today.date)) @if let Some(audience) = &today.audience { " · " bdi { (clean(audience, 120)) } } }
        }
        @for reason in &today.reasons { p class="reason" dir="auto" { (clean(reason, 600)) } }
        @if let Some(step) = &today.next_step { (next_step(step)) }
        @if let Some(item) = &today.item { (read_first(item, today.draft.as_ref(), view.zone)) }
        @if today.state == State::Opened { (went_out(view, id)) }
        @if let (State::Later, Some(until)) = (today.state, today.later_until) {
            p class="note" { "You will be asked again at " strong { (hour(until, view.zone)) } "." }
        }
    }
}

fn since(last: Option<Date>, today: Date) -> String {
    match last {
        None => "Your first good word for them".to_owned(),
        Some(date) if date == today => "Also supported earlier today".to_owned(),
        Some(date) => format!("Last supported {}", ago(date, today)),
    }
}

fn read_first(item: &ItemRow, draft: Option<&DraftRow>, zone: &TimeZone) -> Markup {
    html! {
        div class="item" {
            p class="label" { "Read it first" }
            p { (link(&item.url, &item.title)) }
            @if let Some(at) = item.published {
                p class="quiet" { (short_day(at.to_zoned(zone.clone()).date())) }
            }
            @if draft.is_some_and(|draft| draft.read_first) {
                p class="note" { "This may be about grief or loss. Read it before you say anything." }
            }
        }
    }
}

fn went_out(view: &View<'_>, person: &str) -> Markup {
    html! {
        div class="ask" {
            p { strong { "Did it go out?" } }
            form method="post" class="row" {
                (token(view.form))
                input type="hidden" name="person" value=(person);
                button class="main" formaction="/done" form="draft" { "Done" }
                button formaction="/skip" { "Not today" }
            }
        }
    }
}

fn editor(view: &View<'_>, answer: &DraftAnswer, person: &str) -> Markup {
    let draft = &answer.draft;
    let mut networks: Vec<&str> = view.networks.iter().map(String::as_str).collect();
    if !networks.contains(&draft.network.as_str()) {
        networks.push(&draft.network);
    }
    if !networks.contains(&"plain") {
        networks.push("plain");
    }
    html! {
        section id="editor" data-part data-of=(person) aria-labelledby="draft-title" {
            h2 id="draft-title" { "The draft" }
            (complaint(view.error))
            form id="draft" method="post" action="/draft" {
                // What Enter in a field or a browser's own way of sending does: look at it again.
                (token(view.form))
                input type="hidden" name="person" value=(person);
                input type="hidden" name="network" value=(draft.network);
                input type="hidden" name="turn" value=(view.turn);
                div class="networks" role="group" aria-label="Written for" {
                    @for key in networks {
                        button name="to" value=(key) aria-pressed=(if key == draft.network { "true" } else { "false" }) { (network(key)) }
                    }
                }
                label class="hidden" for="text" { "The draft for " (network(&draft.network)) }
                textarea id="text" name="text" dir="auto" rows="7" spellcheck="true" data-edited=[view.is_edited.then_some("")] aria-describedby="count" { "\n" (draft.text) }
                (count(answer))
                div class="row" {
                    @if draft.share_url.is_some() {
                        button class="main" formaction="/open" formtarget="_blank" { "Open in " (network(&draft.network)) }
                    }
                    button type="button" data-copy="text" hidden { "Copy" }
                    button name="turn-to" value=(view.turn.wrapping_add(1)) { "Other words" }
                    noscript { button { "Count again" } }
                }
            }
        }
    }
}

/// How long the text is, and whatever of it is not welcome. Fetched alone while the author types.
#[must_use]
pub fn count(answer: &DraftAnswer) -> Markup {
    let draft = &answer.draft;
    html! {
        div id="count" class=(if answer.fits { "fits" } else { "over" }) {
            p { output for="text" { (draft.length) " of " (draft.limit) @if is_words(&draft.network) { " words" } } @if !answer.fits { " · too long for " (network(&draft.network)) } }
            @for Judgement { message, .. } in answer.checks.iter().filter(|check| !check.ok && check.rule != "length") {
                p class="quiet" { (capital(message, 300)) }
            }
        }
    }
}

/// Whether a place is counted in words; nearly all count characters, in one way or another.
fn is_words(network: &str) -> bool {
    network.parse::<Network>().is_ok_and(|network| network.rules().unit == Unit::Words)
}

fn acts(view: &View<'_>, person: &str) -> Markup {
    html! {
        section id="acts" data-part data-of=(person) aria-label="What now" {
            form method="post" class="row" {
                (token(view.form))
                input type="hidden" name="person" value=(person);
                button formaction="/done" form="draft" { "Done" }
                button formaction="/another" { "Someone else" }
                span class="later" {
                    button formaction="/later" { "Later" }
                    label class="hidden" for="when" { "When" }
                    select id="when" name="when" {
                        option value="1h" { "in an hour" }
                        option value="2h" { "in two hours" }
                        option value="4h" { "in four hours" }
                    }
                }
                button class="text" formaction="/skip" { "Skip today" }
            }
            (undo(view))
        }
    }
}

/// The way out to a network: leads on by itself, and says where to.
#[must_use]
pub fn leaving(url: &str, to: &str) -> Markup {
    html! {
        (maud::DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="refresh" content={ "0;url=" (url) };
                title { "To your network · goodword" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/style.css";
            }
            body { main { p class="lead" { a href=(url) rel="noreferrer" { "Go on to " (network(to)) } } } }
        }
    }
}
