//! The first two minutes: the questions of `init` on one page.

use maud::{Markup, html};

use super::{complaint, token, words::network};
use crate::api::Error;

/// The networks that are offered first; settings know more.
pub const NETWORKS: [&str; 5] = ["bluesky", "mastodon", "x", "threads", "linkedin"];

/// What stands in a field: what was typed before something was wrong, or what the book has.
pub type Typed<'a> = &'a (dyn Fn(&str) -> String + Sync);

/// The page. `posts_on` are the networks that are chosen.
#[must_use]
pub fn page(form: &str, typed: Typed<'_>, posts_on: &[String], error: Option<&Error>) -> Markup {
    let field = |key: &str, label: &str, hint: &str, required: bool| {
        html! {
            div class="field" {
                label for=(key) { (label) }
                input id=(key) name=(key) value=(typed(key)) autocomplete="off" required[required] aria-describedby=(format!("{key}-hint"));
                p class="quiet" id=(format!("{key}-hint")) { (hint) }
            }
        }
    };
    html! {
        h1 { "Two minutes, then the first person" }
        p class="lead" { "Writers are told to talk about themselves. goodword turns that round: one person a day, and a good word for them." }
        (complaint(error))
        form method="post" action="/welcome" class="calm" {
            (token(form))
            fieldset {
                legend { "You" }
                (field("name", "Your name", "Signs letters and e-mails.", false))
                div class="two" {
                    (field("title", "What you write", "The title of a book, a story, a blog.", false))
                    (field("genre", "Its genre", "Such as historical fiction.", false))
                }
            }
            fieldset {
                legend { "Where you post" }
                div class="choices" {
                    @for key in NETWORKS {
                        label { input type="checkbox" name="networks" value=(key) checked[posts_on.iter().any(|on| on == key)]; " " (network(key)) }
                    }
                }
                (field("mastodon", "Your own handle on Mastodon", "@you@host, if you post there: drafts open on your own server.", false))
            }
            fieldset {
                legend { "One person you think is cool" }
                p class="quiet" { "Or an organisation, or a cause. Start with just one." }
                (field("person", "Who", "Their name.", true))
                div class="field" {
                    label for="why" { "Why are they cool?" }
                    textarea id="why" name="why" rows="3" required aria-describedby="why-hint" { "\n" (typed("why")) }
                    p class="quiet" id="why-hint" { "One sentence, in your own words. The first draft is made of it." }
                }
                div class="two" {
                    (field("audience", "What group they belong to", "Such as history teachers. You can leave it out.", false))
                    (field("site", "Their site or feed", "So that you hear what they do. You can leave it out.", false))
                }
            }
            p { button class="main" { "Show me my first day" } }
        }
    }
}
