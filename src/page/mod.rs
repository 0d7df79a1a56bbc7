//! How the page looks: answers in, HTML out. Pure: no clock, no request, no daemon.
//!
//! Every text goes through maud's escaping; addresses become links only through [`words::link`]. There is no inline
//! script and no inline style, and nothing is fetched from anywhere but ourselves.

pub mod audience;
pub mod audiences;
pub mod diary;
pub mod discover;
mod garden;
pub mod import;
pub mod laptops;
mod map;
mod next;
pub mod people;
pub mod person;
pub mod person_form;
pub mod settings;
pub mod today;
pub mod welcome;
pub mod words;

use maud::{DOCTYPE, Markup, html};

use crate::api::Error;

pub const STYLE: &str = include_str!("style.css");
pub const SCRIPT: &str = include_str!("page.js");
pub const ICON: &str = include_str!("icon.svg");
/// The header with which the script asks.
pub const LIVE: &str = "x-goodword-live";

/// What stands around every page.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Never a person's name: titles are seen by whoever looks over the author's shoulder at a list of windows.
    pub title: &'a str,
    /// The address of the room this page belongs to.
    pub place: &'a str,
    /// The token that every form carries.
    pub form: &'a str,
    /// Where this page can be fetched again when something changed; empty for a page that stands still.
    pub here: &'a str,
    /// A sentence about what was just done.
    pub said: Option<&'a str>,
}

/// A form that comes back since something in it is wrong: what was typed stands in it still.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// Which of the page's forms: the address it was sent to, or the id of what it is about.
    pub of: &'a str,
    /// Its fields with what was typed in each.
    pub typed: &'a [(String, String)],
    pub error: &'a Error,
}

impl<'a> Again<'a> {
    /// What was typed in a field.
    #[must_use]
    pub fn text(&self, field: &str) -> &'a str {
        self.typed.iter().find(|(name, _)| name == field).map_or("", |(_, text)| text.as_str())
    }
}

const ROOMS: [(&str, &str); 6] = [
    ("/", "Today"),
    ("/people", "People"),
    ("/audiences", "Audiences"),
    ("/diary", "Diary"),
    ("/laptops", "Laptops"),
    ("/settings", "Settings"),
];

/// A whole document.
#[must_use]
pub fn framed(frame: &Frame<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (frame.title) " · goodword" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/style.css";
                script src="/page.js" defer {}
            }
            body data-here=[(!frame.here.is_empty()).then_some(frame.here)] {
                a class="skip" href="#main" { "Skip to the page" }
                header {
                    nav aria-label="Rooms" {
                        @for (address, name) in ROOMS {
                            a href=(address) aria-current=[(address == frame.place).then_some("page")] { (name) }
                        }
                    }
                }
                main id="main" tabindex="-1" {
                    div id="said" role="status" {
                        @if let Some(said) = frame.said { p { (words::clean(said, 600)) } }
                    }
                    @if !frame.here.is_empty() {
                        div id="changed" role="status" hidden {
                            p { "This changed elsewhere. What you typed is still here. " a href=(frame.here) { "Show the change" } }
                        }
                    }
                    (body)
                }
                footer { p { "One good word a day." } }
            }
        }
    }
}

/// The token that makes a form ours.
#[must_use]
pub fn token(form: &str) -> Markup {
    html! { input type="hidden" name="form" value=(form); }
}

/// What went wrong, and what to do next.
#[must_use]
pub fn trouble(error: &Error) -> Markup {
    html! {
        section class="trouble" role="alert" {
            h1 { "This did not work" }
            p { (sentence(&error.message)) }
            @if let Some(hint) = &error.hint { p class="quiet" { (next::next(hint)) } }
            p { a href="/" { "Back to today" } }
        }
    }
}

/// What went wrong with a form that is shown again.
#[must_use]
pub fn complaint(error: Option<&Error>) -> Markup {
    html! {
        @if let Some(error) = error {
            div class="complaint" role="alert" {
                p { (sentence(&error.message)) }
                @if let Some(hint) = &error.hint { p class="quiet" { (next::next(hint)) } }
            }
        }
    }
}

/// What an error says, as a sentence: the command line writes no capital and no full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let text = words::capital(text.trim_end(), 600);
    if text.ends_with(['.', '?', '!', '…']) { text } else { format!("{text}.") }
}

/// For everybody without a session. No style, no script, no picture: those need one too.
#[must_use]
pub fn stranger() -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "goodword" }
            }
            body {
                main {
                    h1 { "This page is its author's own" }
                    p { "Its author opens it from the day’s notification, or with this command on the laptop it runs on:" }
                    pre { code { "goodword open" } }
                    p { "If you came from an address that worked before: each is good once. The command gives a new one." }
                }
            }
        }
    }
}
