//! What to do next, in words of the page: where to go, and what to press there.

use std::borrow::Cow;

use maud::{Markup, html};

use super::{
    sentence,
    words::{clean, encoded},
};
use crate::api::{Named, Next};

/// A way on: where it leads, and the words of its link.
type Way = Option<(String, String)>;

/// One sentence, and a link to the place if it is another one.
#[must_use]
pub fn next(next: &Next) -> Markup {
    let (words, way) = said(next);
    html! {
        @if !words.is_empty() { (sentence(&words)) }
        @if let Some((to, press)) = way { " " a href=(to) { (press) } }
    }
}

fn said(next: &Next) -> (Cow<'_, str>, Way) {
    let here = |words: &'static str| (Cow::from(words), None);
    let there =
        |words: &'static str, to: &str, press: &str| (Cow::from(words), Some((to.to_owned(), press.to_owned())));
    let person = |words: &'static str, who: &Named, end: &str, press: &str| {
        let name = clean(&who.name, 80);
        (Cow::from(words), Some((format!("/people/{}{end}", encoded(&who.id)), press.replace("NAME", &name))))
    };
    match next {
        Next::Words(words) => (Cow::from(words), None),
        Next::Undo => there("What you pressed last today can be taken back.", "/#undo", "Undo is on today’s page"),
        Next::Later => here("Choose a shorter time, or skip today."),
        Next::Nobody(_) => there("", "/", "See what can be done about today"),
        Next::Unmute(who) => person("Unmute them first.", who, "#care", "To NAME"),
        Next::MuteForGood => here("Choose a day to come, or leave it empty to mute for good."),
        Next::Why => here("One sentence in your own words; the drafts are made of it."),
        Next::Name => here("Write their name in the first field."),
        Next::Edit(who) => person("You can change what you said of them.", who, "/edit", "Edit NAME"),
        Next::AddFeed(who) => person("", who, "/edit#feeds", "Add a feed of NAME"),
        Next::ByName => here("See whether it opens in your browser. Or write it all yourself below."),
        Next::People => there("", "/people", "See everybody"),
        Next::LookAgain => there("Whoever was found is remembered for a while only.", "/discover", "Look again"),
        Next::OwnServer => there(
            "Look at a site or a handle that you know, above. And with your own Mastodon handle, your server is asked too.",
            "/settings#mastodon",
            "Write your handle",
        ),
        Next::Hashtags => here("Look at a site, a handle or a starter pack that you know: write it above."),
        Next::Audience(which) => (
            Cow::from(""),
            Some((format!("/audiences/{}", encoded(&which.id)), format!("See {}", clean(&which.name, 80)))),
        ),
        Next::Audiences => there("", "/audiences", "See your audiences"),
        Next::AudiencesAndWorks => there("Choose what leads there from the list.", "/audiences#own", "Try again"),
        Next::FirstAudience => {
            there("Begin with an idea of whom your work may speak to.", "/audiences", "Think of some")
        }
        Next::Suggestions => there("", "/audiences#suggested", "See what is suggested now"),
        Next::Genre | Next::Genres => {
            there("Audiences grow from what you write, and its genre.", "/settings#works", "Say it")
        }
        Next::Works => there("", "/settings#works", "See your works"),
        Next::Laptops => there("", "/laptops", "See your laptops"),
        Next::InviteHere => here("Show a new code here, and type it on the other laptop."),
        Next::InviteThere => here("Show a new code on the other laptop, and type it here."),
        Next::RemoveElsewhere => here("Remove it from another of your laptops."),
        Next::AnyFormat => here("Choose “Find out” for where it comes from."),
        Next::Readers => here(
            "Nothing was changed. If they agreed to it, choose “Your newsletter’s readers” for where it comes from.",
        ),
        Next::Settings => there("", "/settings", "See the settings"),
        Next::Doctor => here("Try again in a moment. If it stays so, “goodword doctor” in a terminal looks closer."),
        // Nobody who sees the page reads of these; the command is what helps, wherever it is read.
        Next::Busy | Next::StartDaemon | Next::Restart | Next::OpenPage | Next::Restore(_) | Next::Backups => {
            (Cow::from(format!("In a terminal: {next}")), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::each;

    #[test]
    fn the_page_says_what_to_press_and_names_a_command_only_for_a_terminal() {
        for one in each() {
            let html = next(&one).into_string();
            assert!(!html.trim().is_empty(), "{one:?}");
            assert!(!html.contains("--") && (!html.contains("goodword") || html.contains("terminal")), "{html}");
        }
    }

    #[test]
    fn a_name_in_a_way_on_is_harmless() {
        let who = Named { id: "a/b\"".to_owned(), name: "<b>\u{202e}NAME".to_owned() };
        let html = next(&Next::Edit(who)).into_string();
        assert!(html.contains("/people/a%2Fb%22/edit") && html.contains("&lt;b&gt;NAME"), "{html}");
    }
}
