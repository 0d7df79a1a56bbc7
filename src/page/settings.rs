//! Settings, each with what it is for; the work; the book as a file; and this browser.

use maud::{Markup, html};

use super::{
    Again, complaint, token,
    words::{clean, network},
};
use crate::{
    api::{SettingRow, WorkRow},
    domain::{network::RULES, settings::VOICES},
};

/// The week as `weekdays` spells it.
const WEEK: [(&str, &str); 7] =
    [("mon", "Mon"), ("tue", "Tue"), ("wed", "Wed"), ("thu", "Thu"), ("fri", "Fri"), ("sat", "Sat"), ("sun", "Sun")];

/// A setting's key, how it is called among people, and what it is for.
type About = (&'static str, &'static str, &'static str);

/// The settings in groups, each with its name and its explanation.
const GROUPS: [(&str, &[About]); 4] = [
    (
        "The day",
        &[
            (
                "daily_at",
                "The hour",
                "When the day's person is shown. If the laptop sleeps then, it is shortly after it wakes.",
            ),
            ("weekdays", "Days", "On the others nobody is picked, and nothing fades."),
            (
                "cooldown_days",
                "Days of rest between two good words for the same person",
                "From 2 to 365. With few people it is shorter by itself.",
            ),
            ("pause_until", "Pause until", "Nobody is picked before this day. Leave it empty to go on."),
            ("zone", "Time zone", "device is the clock of the laptop you use; or a fixed one, such as Europe/Berlin."),
        ],
    ),
    (
        "Where you speak",
        &[
            ("networks", "Where a draft may go", "A draft is written for the first of them on which the person is."),
            ("mastodon", "Your Mastodon handle", "@you@host: drafts open on your own server, and its limit is used."),
            ("bluesky", "Your Bluesky handle", "you.bsky.social"),
        ],
    ),
    (
        "How it sounds",
        &[
            ("voice", "Voice", "How the drafts sound before you make them yours."),
            ("language", "Language of the drafts", "en or de; or another one that you wrote phrases for."),
        ],
    ),
    (
        "You",
        &[
            ("name", "Your name", "Signs letters and e-mails."),
            (
                "contact_address",
                "How the owner of a site can reach you",
                "A polite visitor says who it is: sent along when feeds are read. You can leave it empty.",
            ),
        ],
    ),
];

/// The page. `rows` hold what was typed where one of them was wrong.
#[must_use]
pub fn page(form: &str, rows: &[SettingRow], works: &[WorkRow], again: Option<Again<'_>>) -> Markup {
    let row = |key: &str| rows.iter().find(|row| row.key == key);
    html! {
        h1 { "Settings" }
        p class="lead" { "These hold on all your laptops." }
        (complaint(again.map(|again| again.error)))
        form id="settings" method="post" action="/settings" class="calm" {
            (token(form))
            @for (n, (name, fields)) in GROUPS.iter().enumerate() {
                fieldset id=(format!("group-{n}")) data-part {
                    legend { (name) }
                    @for (key, label, about) in *fields { @if let Some(row) = row(key) { (field(row, label, about)) } }
                }
            }
            p { button class="main" { "Save" } }
        }
        section id="written" data-part aria-labelledby="works" {
            h2 id="works" { "What you write" }
            p class="quiet" { "Drafts never mention it. It is where audiences grow from." }
            @for work in works { (self::work(form, work, again)) }
            details open[works.is_empty() || again.is_some_and(|again| again.of == NEW_WORK)] {
                summary { "Add a work" }
                (work_form(form, NEW_WORK, None, again))
            }
        }
        section aria-labelledby="book" {
            h2 id="book" { "Your book" }
            p { "Everything goodword knows is in one book, and it is yours. Take it with you whenever you like." }
            p class="row" {
                a class="button" href="/book.json" download { "As JSON" }
                a class="button" href="/book.automerge" download { "As an Automerge file" }
            }
            p class="quiet" { "The files hold your notes: keep them to yourself. A copy is also put aside on this laptop every day." }
        }
        section aria-labelledby="browser" {
            h2 id="browser" { "This browser" }
            p class="quiet" { "It may look into your book for 30 days from when you opened it." }
            form method="post" action="/leave" class="row" {
                (token(form))
                button { "Shut the book in this browser" }
                button class="text" formaction="/leave/all" { "Shut it in every browser" }
            }
        }
    }
}

fn field(row: &SettingRow, label: &str, about: &str) -> Markup {
    let (key, value) = (row.key.as_str(), row.value.as_str());
    let hint = format!("{key}-hint");
    html! {
        @match key {
            "weekdays" => {
                fieldset class="field" aria-describedby=(hint) {
                    legend { (label) }
                    div class="choices" {
                        @for (day, name) in WEEK {
                            label { input type="checkbox" name=(key) value=(day) checked[is_on(value, day)]; " " (name) }
                        }
                    }
                    p class="quiet" id=(hint) { (about) }
                }
            }
            "networks" => (networks(value, label, about)),
            _ => {
                div class="field" {
                    label for=(key) { (label) }
                    @match key {
                        "voice" => {
                            select id=(key) name=(key) aria-describedby=(hint) {
                                @for voice in VOICES.iter().flat_map(|voice| [(*voice).to_owned(), format!("{voice}+emoji")]) {
                                    option value=(voice) selected[voice == value] { (voice.replace("+emoji", ", with one emoji")) }
                                }
                            }
                        }
                        "daily_at" => { input id=(key) name=(key) type="time" value=(value) required aria-describedby=(hint); }
                        "pause_until" => { input id=(key) name=(key) type="date" value=(value) aria-describedby=(hint); }
                        "cooldown_days" => { input id=(key) name=(key) type="number" min="2" max="365" value=(value) aria-describedby=(hint); }
                        _ => { input id=(key) name=(key) value=(value) autocomplete="off" aria-describedby=(hint); }
                    }
                    p class="quiet" id=(hint) { (about) }
                }
            }
        }
    }
}

/// The author's networks in their order, then all others; and which of them is dearest.
fn networks(value: &str, label: &str, about: &str) -> Markup {
    let chosen: Vec<&str> = value.split([',', ' ']).filter(|word| !word.is_empty()).collect();
    let others = RULES.iter().map(|rules| rules.name).filter(|name| !chosen.contains(name));
    let dearest = chosen.first().copied().unwrap_or_default();
    html! {
        fieldset class="field" aria-describedby="networks-hint" {
            legend { (label) }
            div class="choices many" {
                @for key in chosen.iter().copied().chain(others) {
                    label { input type="checkbox" name="networks" value=(key) checked[chosen.contains(&key)]; " " (network(key)) }
                }
            }
            p class="quiet" id="networks-hint" { (about) }
            div class="field" {
                label for="dearest" { "The first of them" }
                select id="dearest" name="dearest" {
                    option value="" { "as they stand" }
                    @for rules in &RULES { option value=(rules.name) selected[rules.name == dearest] { (network(rules.name)) } }
                }
            }
        }
    }
}

/// A day of `weekdays`, which is `all` or a list.
fn is_on(value: &str, day: &str) -> bool {
    value == "all" || value.split([',', ' ']).any(|word| word == day)
}

/// Where a new work is sent.
pub const NEW_WORK: &str = "/works";

fn work(form: &str, work: &WorkRow, again: Option<Again<'_>>) -> Markup {
    let action = format!("{NEW_WORK}/{}", work.id);
    html! {
        details open[again.is_some_and(|again| again.of == action)] {
            summary { bdi { (clean(&work.title, 200)) } @if !work.genre.is_empty() { span class="quiet" { " · " (clean(&work.genre, 200)) } } }
            (work_form(form, &action, Some(work), again))
            form method="post" action={ (action) "/remove" } { (token(form)) button class="text" { "Remove this work" } }
        }
    }
}

fn work_form(form: &str, action: &str, work: Option<&WorkRow>, again: Option<Again<'_>>) -> Markup {
    let id = work.map_or("new", |work| work.id.as_str());
    let again = again.filter(|again| again.of == action);
    let field = |key: &str, label: &str, value: Option<&str>| {
        let typed = again.map(|again| again.text(key));
        html! {
            div class="field" {
                label for=(format!("{key}-{id}")) { (label) }
                input id=(format!("{key}-{id}")) name=(key) value=(typed.or(value).unwrap_or_default()) autocomplete="off";
            }
        }
    };
    html! {
        form method="post" action=(action) class="calm" {
            (token(form))
            (field("title", "Title", work.map(|work| work.title.as_str())))
            (field("genre", "Genre", work.map(|work| work.genre.as_str())))
            (field("about", "When, where, who, what: 1863, Atlanta, a nurse, letters", work.map(|work| work.about.as_str())))
            (field("blurb", "What it is about", work.map(|work| work.blurb.as_str())))
            (field("link", "Its own page", work.map(|work| work.link.as_str())))
            p { button { "Save" } }
        }
    }
}

/// The last page of a session.
#[must_use]
pub fn left() -> Markup {
    html! {
        (maud::DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width, initial-scale=1"; title { "goodword" } }
            body { main { h1 { "Shut" } p { "This browser no longer sees your book. " code { "goodword open" } " opens it again." } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::KEYS;

    #[test]
    fn every_setting_is_explained() {
        let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, fields)| fields.iter().map(|(key, ..)| *key)).collect();
        for (key, _) in KEYS {
            assert!(grouped.contains(&key), "{key}");
        }
    }
}
