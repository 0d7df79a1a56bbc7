//! The author's laptops.

use maud::{Markup, html};

use super::words::clean;

/// What this version can do about other laptops: nothing, and it says so.
#[must_use]
pub fn page(here: &str) -> Markup {
    html! {
        h1 { "Your laptops" }
        p class="lead" { "This version keeps the book on one laptop: this one." }
        p { "It lies in " code { (clean(here, 400)) } ". To carry it elsewhere, write it to a file and take that in on the other laptop:" }
        pre { code { "goodword export book.automerge\ngoodword import-book book.automerge" } }
    }
}
