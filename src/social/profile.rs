//! Somebody as a network or a site shows them, and whether they ask not to be found.

use serde::{Deserialize, Serialize};

/// Somebody as a network shows them to anybody. Texts are plain and short, whatever was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// `mastodon` or `bluesky`.
    pub network: String,
    /// As people write it: `@user@host`, `name.bsky.social`.
    pub handle: String,
    /// What its network knows it by: an account's id on its instance, a DID.
    pub id: String,
    /// What they call themselves; their handle where they say nothing.
    pub name: String,
    /// What they say of themselves.
    pub about: String,
    /// Their profile's page.
    pub url: String,
    pub links: Vec<Link>,
    pub followers: u64,
    /// Why nobody may suggest them, in words; they may still be added by hand.
    pub asks: Option<String>,
    /// That they are not suggested to strangers is all they ask.
    pub only_not_suggested: bool,
    /// A program, or a group that only passes on: nobody to put in a good word for.
    pub automatic: bool,
}

/// A link on a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub url: String,
    /// The network itself saw that the page links back.
    pub verified: bool,
}

/// Words in a profile with which people ask programs to leave them alone.
const ASKED: [&str; 4] = ["#nobot", "#nobots", "#noindex", "#nosearch"];

/// Whether a text asks programs not to list whoever wrote it (`#nobot` and its kin); gives the word.
#[must_use]
pub fn asks_not_to_be_listed(text: &str) -> Option<&'static str> {
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '#' || c == '_'));
    words.find_map(|word| ASKED.into_iter().find(|asked| word.eq_ignore_ascii_case(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_that_asks_is_found_in_a_text_and_not_inside_another_word() {
        for text in ["I sew. #NoBot", "#nobots,please", "(#noindex)", "a\n#nobot"] {
            assert!(asks_not_to_be_listed(text).is_some(), "{text}");
        }
        for text in ["", "nobot", "#nobotany", "#notabot", "#no bot"] {
            assert!(asks_not_to_be_listed(text).is_none(), "{text}");
        }
    }
}
