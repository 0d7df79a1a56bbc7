//! From what the author typed to feeds: the address itself, what the page announces, and where such sites keep theirs.

use url::Url;

use super::{
    Feed,
    answer::{FetchError, Job},
    fetch::{Fetcher, read},
    markup::{Token, Tokens},
    text,
};

/// A feed that was found, fetched and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub address: String,
    pub feed: Feed,
}

/// Why no feed was found, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoverError {
    #[error("{0}")]
    Unreachable(#[from] FetchError),
    #[error("no feed was found at {0}; look on the page for \"RSS\" or \"Subscribe\" and enter that address")]
    NoFeed(String),
}

/// How much of a page is searched for announcements, in bytes.
const SEARCHED: usize = 1024 * 1024;

/// How many announced feeds are tried.
const ANNOUNCED: usize = 5;

/// The types under which feeds are announced.
const TYPES: [&str; 4] =
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"];

/// Where sites keep their feeds: WordPress and Substack, Ghost and Tumblr, many generators, Blogger.
const USUAL_PATHS: [&str; 6] = ["feed", "rss", "feed.xml", "atom.xml", "index.xml", "feeds/posts/default"];

/// Finds the feeds of a site; the best comes first. What the author typed may lack `https://`.
///
/// # Errors
/// When the address cannot be reached, or there is no feed behind it.
pub async fn discover(fetcher: &Fetcher, typed: &str) -> Result<Vec<Found>, DiscoverError> {
    let start = address_typed(typed).ok_or_else(|| FetchError::BadAddress(typed.trim().to_owned()))?;
    let job = Job { url: start.to_string(), ..Job::default() };
    // Some sites refuse their pages to programs but not their feeds: then the guesses are left.
    let (found, unreachable) = match fetcher.page(&job).await.map(|fetched| fetched.content) {
        Ok(Some(page)) => {
            let base = Url::parse(&page.address).unwrap_or_else(|_| start.clone());
            let html = String::from_utf8_lossy(&page.body).into_owned();
            if let Ok(feed) = read(page).await {
                return Ok(vec![Found { address: base.into(), feed }]);
            }
            (discover_in(fetcher, &announced(&html, &base), &base).await, None)
        }
        Ok(None) => (discover_in(fetcher, &[], &start).await, None),
        Err(error @ (FetchError::Status(_) | FetchError::TooLarge(_))) => {
            (discover_in(fetcher, &[], &start).await, Some(error))
        }
        Err(error) => return Err(error.into()),
    };
    match unreachable {
        Some(error) if found.is_empty() => Err(error.into()),
        _ if found.is_empty() => Err(DiscoverError::NoFeed(start.into())),
        _ => Ok(found),
    }
}

/// The feeds of a page that was read: those it announces, else the first that is where such sites keep theirs.
pub async fn discover_in(fetcher: &Fetcher, announced: &[Url], page: &Url) -> Vec<Found> {
    let mut found = Vec::new();
    for address in announced.iter().take(ANNOUNCED) {
        found.extend(try_feed(fetcher, address, page).await.ok().flatten());
    }
    if !found.is_empty() {
        return found;
    }
    for guess in guesses(page) {
        match try_feed(fetcher, &guess, page).await {
            Ok(None) | Err(FetchError::Status(400..500) | FetchError::NotAFeed(_) | FetchError::Gone) => {}
            Ok(Some(feed)) => return vec![feed],
            // A site in trouble, or one that asks us to wait, is not asked eleven times more.
            Err(_) => break,
        }
    }
    found
}

async fn try_feed(fetcher: &Fetcher, address: &Url, page: &Url) -> Result<Option<Found>, FetchError> {
    let job = Job { url: address.to_string(), led_by: Some(page.to_string()), ..Job::default() };
    let fetched = fetcher.feed(&job).await?;
    let address = fetched.moved_to.unwrap_or(job.url);
    Ok(fetched.content.map(|feed| Found { address, feed }))
}

/// The address that was meant: `https://` is added where nothing is said, `feed:` is taken away.
#[must_use]
pub fn address_typed(typed: &str) -> Option<Url> {
    let typed = typed.trim();
    let bare = typed.strip_prefix("feed://").or_else(|| typed.strip_prefix("feed:")).unwrap_or(typed);
    let has_scheme =
        bare.split_once("://").is_some_and(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphanumeric()));
    let url = Url::parse(&if has_scheme { bare.to_owned() } else { format!("https://{bare}") }).ok()?;
    let named = url.host_str().is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace));
    (matches!(url.scheme(), "http" | "https") && named).then_some(url)
}

/// The feeds that a page announces with `<link rel="alternate">`, in its order, comments last.
#[must_use]
pub fn announced(html: &str, address: &Url) -> Vec<Url> {
    let mut base = address.clone();
    let mut links: Vec<(bool, String)> = Vec::new();
    let mut passing_over: Option<&str> = None;
    for token in Tokens::new(text::prefix(html, SEARCHED)) {
        let (name, attributes) = match token {
            Token::Open { name, attributes, .. } if passing_over.is_none() => (name, attributes),
            Token::Close { name, .. } if passing_over.is_some_and(|over| over.eq_ignore_ascii_case(name)) => {
                passing_over = None;
                continue;
            }
            _ => continue,
        };
        let value = |wanted: &str| {
            let found = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.trim()).unwrap_or_default()
        };
        match name.to_ascii_lowercase().as_str() {
            "script" | "style" | "noscript" | "template" => passing_over = Some(name),
            "base" => base = address.join(value("href")).unwrap_or(base),
            "link" => {
                let is_alternate = value("rel").split_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate"));
                let media_type = value("type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                if is_alternate && TYPES.contains(&media_type.as_str()) && !value("href").is_empty() {
                    let of_comments = [value("title"), value("href")].iter().any(|said| is_of_comments(said));
                    links.push((of_comments, value("href").to_owned()));
                }
            }
            _ => {}
        }
    }
    links.sort_by_key(|(of_comments, _)| *of_comments);
    unique(links.iter().filter_map(|(_, href)| base.join(href).ok()))
}

fn is_of_comments(said: &str) -> bool {
    let said = said.to_lowercase();
    ["comment", "kommentar", "commentaire", "comentario", "replies"].iter().any(|word| said.contains(word))
}

/// Where the feed may be when the page announces none: the site's own ways first, then the usual paths under the page
/// and under the site's root.
#[must_use]
pub fn guesses(address: &Url) -> Vec<Url> {
    let host = address.host_str().unwrap_or_default().trim_start_matches("www.");
    let segments: Vec<_> = address.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let own = match (host, segments.as_slice()) {
        ("youtube.com" | "m.youtube.com", ["channel", channel, ..]) => {
            Some(format!("https://www.youtube.com/feeds/videos.xml?channel_id={channel}"))
        }
        ("youtube.com" | "m.youtube.com", ["playlist"]) => {
            let list = address.query_pairs().find(|(name, _)| name == "list").map(|(_, list)| list.into_owned());
            list.map(|list| format!("https://www.youtube.com/feeds/videos.xml?playlist_id={list}"))
        }
        ("medium.com", [name, ..]) => Some(format!("https://medium.com/feed/{name}")),
        ("bsky.app", ["profile", name, ..]) => Some(format!("https://bsky.app/profile/{name}/rss")),
        // A Mastodon profile, or one of its kin.
        (_, [name, ..]) if name.starts_with('@') => Some(format!("/{name}.rss")),
        _ => None,
    };
    let own = own.and_then(|own| address.join(&own).ok());
    let mut folder = address.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    if let Ok(mut parts) = folder.path_segments_mut() {
        // `/blog` and `/blog/` are the same to the author.
        parts.pop_if_empty().push("");
    }
    let root = address.join("/").ok();
    let folders = std::iter::once(folder).chain(root);
    let usual = folders.flat_map(|folder| USUAL_PATHS.iter().filter_map(move |path| folder.join(path).ok()));
    unique(own.into_iter().chain(usual))
}

fn unique(addresses: impl Iterator<Item = Url>) -> Vec<Url> {
    let mut seen = Vec::new();
    for address in addresses {
        if seen.len() < 64 && !seen.contains(&address) && matches!(address.scheme(), "http" | "https") {
            seen.push(address);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(addresses: Vec<Url>) -> Vec<String> {
        addresses.into_iter().map(String::from).collect()
    }

    #[test]
    fn announced_feeds_come_in_order_and_those_of_comments_last() {
        let html = r#"<!doctype html><head><base href="/blog/">
            <script>document.write('<link rel="alternate" type="application/rss+xml" href="/no">')</script>
            <LINK REL=alternate TYPE=application/rss+xml TITLE="Comments" HREF="comments/feed">
            <link rel="stylesheet alternate" type="application/rss+xml; charset=utf-8" href="feed?a=1&amp;b=2">
            <link rel="alternate" type="application/json+oembed" href="/oembed">
            <link rel="alternate" type="application/feed+json" href="https://other.example/feed.json">"#;
        let page = Url::parse("https://example.org/about/me").unwrap();
        assert_eq!(
            strings(announced(html, &page)),
            [
                "https://example.org/blog/feed?a=1&b=2",
                "https://other.example/feed.json",
                "https://example.org/blog/comments/feed",
            ]
        );
    }

    #[test]
    fn each_kind_of_site_is_guessed_its_own_way() {
        for (address, first) in [
            (
                "https://www.youtube.com/channel/UC123/videos",
                "https://www.youtube.com/feeds/videos.xml?channel_id=UC123",
            ),
            ("https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"),
            ("https://medium.com/@ada/story-1", "https://medium.com/feed/@ada"),
            ("https://bsky.app/profile/ada.example", "https://bsky.app/profile/ada.example/rss"),
            ("https://mastodon.example/@ada", "https://mastodon.example/@ada.rss"),
            ("https://example.org/blog?x=1", "https://example.org/blog/feed"),
            ("https://example.org", "https://example.org/feed"),
        ] {
            assert_eq!(strings(guesses(&Url::parse(address).unwrap())).first().map(String::as_str), Some(first));
        }
    }

    #[test]
    fn what_the_author_typed_is_understood() {
        let typed = |text: &str| address_typed(text).map(String::from);
        assert_eq!(typed(" example.org/blog ").as_deref(), Some("https://example.org/blog"));
        assert_eq!(typed("feed://example.org/rss").as_deref(), Some("https://example.org/rss"));
        assert_eq!(typed("feed:http://example.org/").as_deref(), Some("http://example.org/"));
        for nonsense in ["", "two words", "ftp://example.org/", "mailto:a@example.org", "https://"] {
            assert!(
                typed(nonsense).is_none_or(|url| nonsense.contains('@') && url.starts_with("https://")),
                "{nonsense}"
            );
        }
    }
}
