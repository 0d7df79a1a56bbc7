//! Share links: the author's own network, opened with the text filled in. No key, no password; a press posts it.

use url::{Url, form_urlencoded};

use super::{Contact, Settings, network::Network};

/// Where the networks are. Settings of the device, so that a test can point them elsewhere.
///
/// Each is an address without a query; Mastodon's is the author's own instance, unless one is set here.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    pub bluesky: String,
    /// `None`: the host of the author's own handle.
    pub mastodon: Option<String>,
    pub x: String,
    pub threads: String,
    pub linkedin: String,
    pub facebook: String,
    pub reddit: String,
    /// Where Bluesky shows to anybody who somebody is.
    pub bluesky_api: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Endpoints {
            bluesky: "https://bsky.app/intent/compose".to_owned(),
            mastodon: None,
            x: "https://x.com/intent/post".to_owned(),
            threads: "https://www.threads.net/intent/post".to_owned(),
            linkedin: "https://www.linkedin.com/sharing/share-offsite/".to_owned(),
            facebook: "https://www.facebook.com/sharer/sharer.php".to_owned(),
            reddit: "https://www.reddit.com/submit".to_owned(),
            bluesky_api: "https://public.api.bsky.app".to_owned(),
        }
    }
}

/// What is to be shared.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// The whole text, as the author sees it.
    pub text: &'a str,
    /// The text's one link, which stands at its end where it has one.
    pub link: Option<&'a str>,
    /// An e-mail's subject.
    pub subject: &'a str,
}

/// The address that opens the author's network with the text filled in; none where the text is copied by hand.
///
/// X, Threads and Reddit take the link apart from the text and put it back themselves; LinkedIn and Facebook take
/// nothing but the link, and the text is copied.
#[must_use]
pub fn share_url(
    network: Network,
    shared: Shared<'_>,
    contact: &Contact,
    settings: &Settings,
    endpoints: &Endpoints,
) -> Option<String> {
    let Shared { text, link, subject } = shared;
    let query = |base: &str, parts: &[(&str, &str)]| {
        let parts: Vec<_> = parts.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
        format!("{base}{}{}", if base.contains('?') { '&' } else { '?' }, parts.join("&"))
    };
    // Taken apart only where it is the end: X would put it back there.
    let apart = link.and_then(|link| Some((text.strip_suffix(link)?.trim_end(), link)));
    let with_url = |base: &str, key: &str| match apart {
        Some((text, link)) => query(base, &[(key, text), ("url", link)]),
        None => query(base, &[(key, text)]),
    };
    Some(match network {
        Network::Bluesky => query(&endpoints.bluesky, &[("text", text)]),
        Network::Mastodon => {
            let own = || Some(format!("https://{}/share", own_instance(&settings.mastodon)?));
            query(&endpoints.mastodon.clone().or_else(own)?, &[("text", text)])
        }
        Network::X => with_url(&endpoints.x, "text"),
        Network::Threads => with_url(&endpoints.threads, "text"),
        Network::LinkedIn => query(&endpoints.linkedin, &[("url", link?)]),
        Network::Facebook => query(&endpoints.facebook, &[("u", link?)]),
        Network::Reddit => match link {
            Some(link) => query(&endpoints.reddit, &[("url", link), ("title", text)]),
            None => query(&endpoints.reddit, &[("title", text)]),
        },
        Network::Email => {
            let lines = text.replace("\r\n", "\n").replace('\n', "\r\n");
            query(
                &format!("mailto:{}", encoded_address(contact.email.trim())),
                &[("subject", subject), ("body", &lines)],
            )
        }
        // To whom only the author knows.
        Network::Library => query("mailto:", &[("subject", subject), ("body", &text.replace('\n', "\r\n"))]),
        // Where reviews are written nobody can tell from here; the page of the thing is the nearest.
        Network::Review => link?.to_owned(),
        Network::Instagram
        | Network::Letter
        | Network::Newsletter
        | Network::NewsletterMarkdown
        | Network::NewsletterHtml
        | Network::Blog
        | Network::BlogMarkdown
        | Network::BlogHtml
        | Network::Plain => return None,
    })
}

/// The host of `@you@host`.
fn own_instance(handle: &str) -> Option<String> {
    let (user, host) = handle.trim().trim_start_matches('@').split_once('@')?;
    let address = Url::parse(&format!("https://{host}/")).ok()?;
    let plain = !user.is_empty() && address.path() == "/" && address.query().is_none() && address.username().is_empty();
    let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
    plain.then(|| address.host_str().map(|host| format!("{host}{port}"))).flatten()
}

/// Percent-encoded as RFC 3986 wants it in a query: a space is `%20`, never `+`.
fn encoded(text: &str) -> String {
    // The form encoding leaves `*-._` and letters and digits alone, and makes a space a plus; a plus it encodes.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// An address of e-mail keeps its `@`. (RFC 6068)
fn encoded_address(address: &str) -> String {
    encoded(address).replace("%40", "@")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(network: Network, text: &str, link: Option<&str>) -> Option<String> {
        let settings = Settings { mastodon: "@ada@books.example".to_owned(), ..Settings::default() };
        let contact = Contact { email: "maria+hi@example.org".to_owned(), ..Contact::default() };
        share_url(network, Shared { text, link, subject: "A good word" }, &contact, &settings, &Endpoints::default())
    }

    #[test]
    fn each_network_has_its_own_form() {
        let link = "https://example.org/a?b=c&d=e";
        let text = format!("Größe & 50% + 1\n\n{link}");
        let all = "Gr%C3%B6%C3%9Fe%20%26%2050%25%20%2B%201";
        let url = "https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc%26d%3De";
        let share = |network| shared(network, &text, Some(link)).unwrap_or_default();
        assert_eq!(share(Network::Bluesky), format!("https://bsky.app/intent/compose?text={all}%0A%0A{url}"));
        assert_eq!(share(Network::Mastodon), format!("https://books.example/share?text={all}%0A%0A{url}"));
        assert_eq!(share(Network::X), format!("https://x.com/intent/post?text={all}&url={url}"));
        assert_eq!(share(Network::Threads), format!("https://www.threads.net/intent/post?text={all}&url={url}"));
        assert_eq!(share(Network::LinkedIn), format!("https://www.linkedin.com/sharing/share-offsite/?url={url}"));
        assert_eq!(share(Network::Facebook), format!("https://www.facebook.com/sharer/sharer.php?u={url}"));
        assert_eq!(
            share(Network::Email),
            format!("mailto:maria%2Bhi@example.org?subject=A%20good%20word&body={all}%0D%0A%0D%0A{url}")
        );
        assert_eq!(
            shared(Network::Reddit, "A b", Some(link)),
            Some(format!("https://www.reddit.com/submit?url={url}&title=A%20b"))
        );
        assert_eq!(shared(Network::Plain, &text, Some(link)), None);
    }

    #[test]
    fn without_a_link_or_an_instance_there_is_nothing_to_open() {
        assert_eq!(shared(Network::Facebook, "a", None), None);
        assert_eq!(shared(Network::X, "a b", None).as_deref(), Some("https://x.com/intent/post?text=a%20b"));
        for handle in ["", "ada", "@ada", "@ada@", "@ada@evil.example/path?x=", "@a@b@c"] {
            let settings = Settings { mastodon: handle.to_owned(), ..Settings::default() };
            let shared = Shared { text: "a", link: None, subject: "" };
            assert_eq!(
                share_url(Network::Mastodon, shared, &Contact::default(), &settings, &Endpoints::default()),
                None,
                "{handle}"
            );
        }
    }
}
