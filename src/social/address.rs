//! What an author types or pastes for somebody: a site, a handle, a link to a profile.

use url::Url;

use super::{
    bluesky::{self, Place},
    json,
    mastodon::Acct,
};

/// The address of somebody in public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Mastodon(Acct),
    /// A handle or a DID.
    Bluesky(String),
    /// A link to a list of people, or a starter pack.
    People(Place),
    Web(Url),
    /// `their.site`: a site perhaps, or a handle on Bluesky, or nothing but a name with a dot.
    Domain(Url),
}

/// Reads what was typed; nothing for what is plainly a name.
#[must_use]
pub fn address(typed: &str) -> Option<Address> {
    let typed = typed.trim();
    if typed.is_empty() || typed.len() > 2_000 || typed.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    if let Some(place) = Place::of_link(typed) {
        return Some(match place {
            Place::Actor(actor) => Address::Bluesky(actor),
            place => Address::People(place),
        });
    }
    if let Some(url) = json::web(typed) {
        return Some(Address::Web(url));
    }
    let is_marked = typed.starts_with('@') || typed.starts_with("acct:");
    if is_marked && let Ok(acct) = typed.parse() {
        return Some(Address::Mastodon(acct));
    }
    let bare = typed.trim_start_matches('@');
    let (domain, path) = bare.split_once('/').unwrap_or((bare, ""));
    let ends = |domain: &str| domain.rsplit('.').next().is_some_and(|end| tld::exist(&end.to_ascii_lowercase()));
    if bluesky::is_handle(bare) && (typed.starts_with('@') || bare.to_ascii_lowercase().ends_with(".bsky.social")) {
        return Some(Address::Bluesky(bare.to_ascii_lowercase()));
    }
    if typed.starts_with('@') || !bluesky::is_handle(domain) || !ends(domain) {
        return None;
    }
    let url = json::web(&format!("https://{bare}"))?;
    Some(if path.is_empty() { Address::Domain(url) } else { Address::Web(url) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_authors_paste_is_understood() {
        let web = |url: &str| Some(Address::Web(Url::parse(url).unwrap()));
        let bluesky = |actor: &str| Some(Address::Bluesky(actor.to_owned()));
        for (typed, meant) in [
            ("https://their.site", web("https://their.site/")),
            (" http://127.0.0.1:8765/maria ", web("http://127.0.0.1:8765/maria")),
            ("their.site/about", web("https://their.site/about")),
            ("their.site", Some(Address::Domain(Url::parse("https://their.site/").unwrap()))),
            ("@maria@sewing.example", Some(Address::Mastodon("@maria@sewing.example".parse().unwrap()))),
            ("Maria.bsky.social", bluesky("maria.bsky.social")),
            ("@maria.example", bluesky("maria.example")),
            ("https://bsky.app/profile/maria.example", bluesky("maria.example")),
            ("did:plc:abc", None),
        ] {
            assert_eq!(address(typed), meant, "{typed}");
        }
    }

    #[test]
    fn a_name_is_a_name() {
        for name in
            ["Maria Ruiz", "Maria", "J.R.R. Tolkien", "J.R.R.Tolkien", "maria@sewing.example", "@maria", "", "St."]
        {
            assert_eq!(address(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_none(text in "\\PC{0,60}", tail in "[@a-z.:/#?%-]{0,30}") {
            _ = (address(&text), address(&tail));
        }
    }
}
