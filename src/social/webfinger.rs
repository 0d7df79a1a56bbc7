//! WebFinger (RFC 7033): from an account's address, or the address of its page, to where it lives.

use serde_json::Value;
use url::Url;

use super::{Ask, Client, LookupError, json, mastodon::Acct};

/// What a host says of one of its accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finger {
    /// The account's canonical address.
    pub acct: Option<Acct>,
    /// Its actor in ActivityPub; none for accounts that are not of the fediverse.
    pub actor: Option<String>,
    /// Its page for people.
    pub page: Option<String>,
}

/// Asks a host about an account (`acct:user@host`) or an address.
///
/// # Errors
/// [`LookupError::Nothing`] where the host does not know it, or has no WebFinger.
pub async fn look_up(client: &Client, base: &Url, resource: &str, led_by: Option<&str>) -> Result<Finger, LookupError> {
    let ask = Ask::json(base, ".well-known/webfinger").with("resource", resource);
    let ask = match led_by {
        Some(page) => ask.led_by(page),
        None => ask,
    };
    Ok(read(&client.json(&ask).await?.value))
}

/// Reads a JSON Resource Descriptor.
#[must_use]
pub fn read(jrd: &Value) -> Finger {
    let links: Vec<_> = json::list(jrd, "links", 32).collect();
    let link = |rel: &str, media: &str| {
        let fits = |link: &&&Value| {
            json::word(link, "rel") == Some(rel)
                && json::word(link, "type").is_none_or(|said| said.to_ascii_lowercase().contains(media))
        };
        links.iter().find(fits).and_then(|link| json::link(link, "href"))
    };
    Finger {
        acct: json::word(jrd, "subject").and_then(|subject| subject.parse().ok()),
        actor: link("self", "json"),
        page: link("http://webfinger.net/rel/profile-page", "html"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::social::json::tests::any_json;

    #[test]
    fn an_account_that_lives_elsewhere_is_found_there() {
        let jrd = serde_json::json!({
            "subject": "acct:maria@mariasews.example",
            "links": [
                {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://social.example/@maria"},
                {"rel": "self", "type": "application/activity+json", "href": "https://social.example/users/maria"},
                {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": "https://social.example/a?uri={uri}"}
            ]
        });
        let finger = read(&jrd);
        assert_eq!(finger.acct.map(|acct| acct.to_string()).as_deref(), Some("@maria@mariasews.example"));
        assert_eq!(finger.actor.as_deref(), Some("https://social.example/users/maria"));
        assert_eq!(finger.page.as_deref(), Some("https://social.example/@maria"));
    }

    proptest! {
        #[test]
        fn any_json_is_a_descriptor(value in any_json()) {
            _ = read(&value);
        }
    }
}
