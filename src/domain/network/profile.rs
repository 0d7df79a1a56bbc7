//! Profiles: the address of somebody's page on a network, read as their handle there.

use url::{Host, Url};

/// Sites with pages at `/@name` that are no Mastodon.
const NOT_MASTODON: [&str; 14] = [
    "medium.com",
    "youtube.com",
    "tiktok.com",
    "substack.com",
    "threads.net",
    "threads.com",
    "instagram.com",
    "x.com",
    "twitter.com",
    "t.me",
    "rumble.com",
    "odysee.com",
    "vocal.media",
    "lnk.bio",
];

/// Pages of the networks themselves, where a person's name would be.
const NOBODY: [&str; 16] = [
    "about", "accounts", "explore", "hashtag", "home", "i", "intent", "jobs", "login", "messages", "p", "privacy",
    "reel", "search", "share", "stories",
];

/// The network and the handle that an address of a profile means; nothing where it is another page. Whether the handle
/// is a sound one, [`typed::handle`](crate::domain::typed::handle) says.
#[must_use]
pub fn profile(address: &str) -> Option<(&'static str, String)> {
    let address = address.trim();
    let full = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let url = Url::parse(&full).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let Some(Host::Domain(host)) = url.host() else { return None };
    let host = ["www.", "m.", "mobile."].iter().find_map(|prefix| host.strip_prefix(prefix)).unwrap_or(host);
    let parts: Vec<_> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let name = |name: &str| (!NOBODY.contains(&name.to_ascii_lowercase().as_str())).then(|| name.to_owned());
    match (host, parts.as_slice()) {
        ("bsky.app", ["profile", handle]) if !handle.starts_with("did:") => Some(("bluesky", (*handle).to_owned())),
        ("x.com" | "twitter.com", [user]) => Some(("x", name(user)?)),
        ("threads.net" | "threads.com", [user]) => Some(("threads", user.strip_prefix('@')?.to_owned())),
        // The second is what a data export of theirs writes.
        ("instagram.com", [user] | ["_u", user]) => Some(("instagram", name(user)?)),
        (host, ["in", slug]) if host == "linkedin.com" || host.ends_with(".linkedin.com") => {
            Some(("linkedin", percent_decoded(slug)))
        }
        (_, [user]) if !NOT_MASTODON.contains(&host) => {
            let user = user.strip_prefix('@')?;
            Some(("mastodon", if user.contains('@') { format!("@{user}") } else { format!("@{user}@{host}") }))
        }
        (_, ["users", user]) => Some(("mastodon", format!("@{user}@{host}"))),
        _ => None,
    }
}

fn percent_decoded(text: &str) -> String {
    let pair = format!("a={}", text.replace('+', "%2B"));
    let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
    decoded.map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::profile;

    #[test]
    fn the_address_of_a_profile_is_a_handle() {
        for (address, network, handle) in [
            ("https://bsky.app/profile/maria.bsky.social", "bluesky", "maria.bsky.social"),
            ("https://twitter.com/maria_r?lang=de", "x", "maria_r"),
            ("x.com/maria_r", "x", "maria_r"),
            ("https://www.instagram.com/_u/maria.sews", "instagram", "maria.sews"),
            ("https://www.threads.net/@maria", "threads", "maria"),
            ("https://de.linkedin.com/in/maria-ruiz/", "linkedin", "maria-ruiz"),
            ("https://www.linkedin.com/in/j%C3%BCrgen", "linkedin", "jürgen"),
            ("https://sewing.example/@maria", "mastodon", "@maria@sewing.example"),
            ("https://sewing.example/@maria@other.example", "mastodon", "@maria@other.example"),
            ("https://sewing.example/users/maria", "mastodon", "@maria@sewing.example"),
        ] {
            assert_eq!(profile(address), Some((network, handle.to_owned())), "{address}");
        }
    }

    #[test]
    fn another_page_is_nobody() {
        for address in [
            "https://medium.com/@maria",
            "https://www.youtube.com/@maria",
            "https://twitter.com/intent/user?user_id=12",
            "https://x.com/search",
            "https://bsky.app/profile/did:plc:abc",
            "https://example.org/maria",
            "https://127.0.0.1/@maria",
            "mailto:maria@example.org",
            "",
        ] {
            assert_eq!(profile(address), None, "{address}");
        }
    }
}
