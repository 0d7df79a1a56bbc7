//! Settings, each with what it is for; the work; and the laptops.

use maud::{Markup, html};

use super::{complaint, token, words::clean};
use crate::{
    api::{Error, SettingRow, WorkRow},
    domain::settings::VOICES,
};

/// The week as `weekdays` spells it.
const WEEK: [(&str, &str); 7] =
    [("mon", "Mon"), ("tue", "Tue"), ("wed", "Wed"), ("thu", "Thu"), ("fri", "Fri"), ("sat", "Sat"), ("sun", "Sun")];

/// How settings are called among people; a key that is not here goes by its own name.
fn label(key: &str) -> &str {
    match key {
        "name" => "Your name",
        "daily_at" => "The hour",
        "weekdays" => "Days",
        "zone" => "Time zone",
        "cooldown_days" => "Rest between two good words",
        "pause_until" => "Pause until",
        "networks" => "Where you post",
        "language" => "Language",
        "voice" => "Voice",
        "mastodon" => "Your Mastodon handle",
        "bluesky" => "Your Bluesky handle",
        "contact_address" => "How a site can reach you",
        other => other,
    }
}

/// The page. `rows` hold what was typed where something was wrong.
#[must_use]
pub fn page(form: &str, rows: &[SettingRow], works: &[WorkRow], error: Option<&Error>) -> Markup {
    html! {
        h1 { "Settings" }
        p class="lead" { "These hold on all your laptops." }
        (complaint(error))
        form id="settings" method="post" action="/settings" class="calm" {
            (token(form))
            @for row in rows { (field(row)) }
            p { button class="main" { "Save" } }
        }
        section aria-labelledby="works" {
            h2 id="works" { "What you write" }
            p class="quiet" { "Drafts never mention it. It is where audiences grow from." }
            @for work in works { (self::work(form, work)) }
            details open[works.is_empty()] {
                summary { "Add a work" }
                (work_form(form, "/works", None))
            }
        }
        section aria-labelledby="browser" {
            h2 id="browser" { "This browser" }
            p class="quiet" { "It may look into your book for 30 days after you opened it with goodword open." }
            form method="post" action="/leave" { (token(form)) button { "Shut the book in this browser" } }
        }
    }
}

fn field(row: &SettingRow) -> Markup {
    let (key, value) = (row.key.as_str(), row.value.as_str());
    let hint = format!("{key}-hint");
    html! {
        @match key {
            "weekdays" => {
                fieldset class="field" aria-describedby=(hint) {
                    legend { (label(key)) }
                    div class="choices" {
                        @for (day, name) in WEEK {
                            label { input type="checkbox" name=(key) value=(day) checked[is_on(value, day)]; " " (name) }
                        }
                    }
                    p class="quiet" id=(hint) { (row.about) }
                }
            }
            _ => {
                div class="field" {
                    label for=(key) { (label(key)) }
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
                    p class="quiet" id=(hint) { (clean(&row.about, 300)) }
                }
            }
        }
    }
}

/// A day of `weekdays`, which is `all` or a list.
fn is_on(value: &str, day: &str) -> bool {
    value == "all" || value.split([',', ' ']).any(|word| word == day)
}

fn work(form: &str, work: &WorkRow) -> Markup {
    html! {
        details {
            summary { bdi { (clean(&work.title, 200)) } @if !work.genre.is_empty() { span class="quiet" { " · " (clean(&work.genre, 200)) } } }
            (work_form(form, &format!("/works/{}", work.id), Some(work)))
            form method="post" action=(format!("/works/{}/remove", work.id)) { (token(form)) button class="text" { "Remove this work" } }
        }
    }
}

fn work_form(form: &str, action: &str, work: Option<&WorkRow>) -> Markup {
    let id = work.map_or("new", |work| work.id.as_str());
    let field = |key: &str, label: &str, value: Option<&str>| {
        html! {
            div class="field" {
                label for=(format!("{key}-{id}")) { (label) }
                input id=(format!("{key}-{id}")) name=(key) value=(value.unwrap_or_default()) autocomplete="off";
            }
        }
    };
    html! {
        form method="post" action=(action) class="calm" {
            (token(form))
            (field("title", "Title", work.map(|work| work.title.as_str())))
            (field("genre", "Genre", work.map(|work| work.genre.as_str())))
            (field("blurb", "What it is about", work.map(|work| work.blurb.as_str())))
            (field("link", "Its own page", work.map(|work| work.link.as_str())))
            p { button { "Save" } }
        }
    }
}

/// What this version can do about other laptops: nothing, and it says so.
#[must_use]
pub fn laptops(here: &str) -> Markup {
    html! {
        h1 { "Your laptops" }
        p class="lead" { "This version keeps the book on one laptop: this one." }
        p { "It lies in " code { (clean(here, 400)) } ". To carry it elsewhere, write it to a file and take that in on the other laptop:" }
        pre { code { "goodword export book.automerge\ngoodword import-book book.automerge" } }
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
