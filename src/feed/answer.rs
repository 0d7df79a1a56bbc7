//! What a server may answer, and what went wrong in words for the author.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED, LINK, RETRY_AFTER,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Feed, ParseError, date};

/// What the server gave us to ask again with, kept and sent byte for byte (an ETag with its quotes).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// One thing to fetch; a feed unless something else is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    pub url: String,
    /// Where it moved for good, as it said the last time: it is asked there.
    pub moved_to: Option<String>,
    pub validators: Validators,
    pub wants: Wants,
    /// Whose answer led here, where it was not the author: what the world says may not lead to a private address.
    pub led_by: Option<String>,
}

/// What is asked for: it decides how we ask, and how much we take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wants {
    #[default]
    Feed,
    /// A web page.
    Page,
    /// An answer of a program's interface.
    Json,
}

impl Wants {
    pub(super) fn accept(self) -> &'static str {
        match self {
            Wants::Feed => {
                "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.7, */*;q=0.5"
            }
            Wants::Page => "text/html, application/xhtml+xml;q=0.9, application/xml;q=0.8, */*;q=0.5",
            Wants::Json => "application/json, application/jrd+json, */*;q=0.1",
        }
    }

    /// At most so many bytes. JSON in memory can be sixteen times as large as on the wire.
    pub(super) fn most(self, feeds: usize) -> usize {
        match self {
            Wants::Feed => feeds,
            Wants::Page => feeds.min(2 << 20),
            Wants::Json => feeds.min(1 << 20),
        }
    }
}

/// A successful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched<T = Feed> {
    /// None: nothing changed since the validators were given.
    pub content: Option<T>,
    /// To be kept in place of those that were sent.
    pub validators: Validators,
    /// Where the feed lives from now on, when the server said so for good (301, 308).
    pub moved_to: Option<String>,
    /// The server's wish: not to be asked again for so long.
    pub max_age: Option<Duration>,
}

/// A body, and what is needed to understand it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub body: Vec<u8>,
    /// Where it was in the end, after all redirects.
    pub address: String,
    /// The character set that the server claims.
    pub charset: Option<String>,
    /// Where the list goes on (`Link: <..>; rel="next"`).
    pub next: Option<String>,
    /// The server asks programs not to list this page (`X-Robots-Tag: noindex`).
    pub unlisted: bool,
}

/// Why a feed could not be fetched: what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("\"{0}\" is no address of the web; it should begin with https:// or http://")]
    BadAddress(String),
    #[error(
        "the site sends us to a private address ({0}), which could be a trick; if it is yours, enter that address itself"
    )]
    LeadsHome(String),
    #[error("{0} cannot be reached; check the address and the connection, it will be tried again")]
    Unreachable(String),
    #[error("the site took longer than {} seconds; it will be tried again", .0.as_secs())]
    TooSlow(Duration),
    #[error("the feed is larger than {} MiB, more than a feed should be; ask the site for a shorter one", .0 >> 20)]
    TooLarge(usize),
    #[error(
        "the site sends us in circles (more than {0} redirects); open the address in a browser and use where it ends"
    )]
    TooManyRedirects(usize),
    #[error("the feed is gone for good, says the site; look for a new one on their page")]
    Gone,
    #[error("the site asks us to wait; it will be tried again later")]
    Busy {
        /// How long the server wants us to wait, if it said so.
        retry_after: Option<Duration>,
    },
    #[error("{}", status_in_words(*.0))]
    Status(u16),
    #[error("the answer broke off or was damaged on the way; it will be tried again")]
    Broken,
    #[error(transparent)]
    NotAFeed(#[from] ParseError),
}

fn status_in_words(status: u16) -> String {
    match status {
        404 => "there is nothing at this address (404); look for the feed's address on their page".to_owned(),
        401 | 403 => format!("the site does not let us read this ({status}); look for a public feed on their page"),
        500.. => format!("the site has trouble of its own ({status}); it will be tried again"),
        _ => format!("the site answered something unexpected ({status}); check the address in a browser"),
    }
}

impl Validators {
    /// What this answer gives; what it leaves out (as many do with a 304) stays as it was.
    pub(super) fn from_headers(headers: &HeaderMap, before: Validators) -> Self {
        let verbatim =
            |name: HeaderName| headers.get(name).and_then(|value| String::from_utf8(value.as_bytes().to_vec()).ok());
        Validators {
            etag: verbatim(ETAG).or(before.etag),
            last_modified: verbatim(LAST_MODIFIED).or(before.last_modified),
        }
    }
}

pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// How long a server asks us to wait: `Retry-After` in seconds or as a date, or else when its counting begins anew.
/// Dates are measured against the server's own clock where it shows it.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let now = text(headers, DATE).and_then(date::parse).unwrap_or(now);
    let until = |then: Timestamp| then.duration_since(now).try_into().ok();
    if let Some(value) = text(headers, RETRY_AFTER) {
        return value.parse().map(Duration::from_secs).ok().or_else(|| until(date::parse(value)?));
    }
    // Mastodon says only this, as a date (its initializer of rack-attack), and Bluesky this, as seconds since 1970.
    let mastodon = text(headers, HeaderName::from_static("x-ratelimit-reset")).and_then(|at| at.parse().ok());
    let bluesky =
        || Timestamp::from_second(text(headers, HeaderName::from_static("ratelimit-reset"))?.parse().ok()?).ok();
    until(mastodon.or_else(bluesky)?)
}

/// `Cache-Control: max-age=…`, in seconds.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let seconds = directives.flat_map(|line| line.split(',')).find_map(|directive| {
        let (name, seconds) = directive.split_once('=')?;
        let seconds = name.trim().eq_ignore_ascii_case("max-age").then(|| seconds.trim().trim_matches('"'))?;
        seconds.parse().ok()
    });
    seconds.map(Duration::from_secs)
}

/// `Link: <address>; rel="next"` (RFC 8288), as an absolute address.
pub(super) fn next(headers: &HeaderMap, address: &Url) -> Option<String> {
    let lines = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    // An address may hold a comma, so a link begins with its bracket.
    let mut links = lines.flat_map(|line| line.split('<').skip(1));
    links.find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = parameters.split([';', ',']).any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
            })
        });
        is_next.then(|| address.join(target.trim()).ok().map(String::from)).flatten()
    })
}

/// `X-Robots-Tag` with `noindex` or `none`. One for a robot of another name (`otherbot: noindex`) is not meant for us.
pub(super) fn unlisted(headers: &HeaderMap) -> bool {
    let said = headers.get_all("x-robots-tag").iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|line| line.split(','))
        .any(|word| matches!(word.trim().to_ascii_lowercase().as_str(), "noindex" | "none"))
}

pub(super) fn charset(headers: &HeaderMap) -> Option<String> {
    let mut parameters = text(headers, CONTENT_TYPE)?.split(';').skip(1);
    parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = "2026-11-22T09:00:00Z".parse().unwrap();
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "120")]), now), Some(Duration::from_secs(120)));
        let date = headers(&[(RETRY_AFTER, "Sun, 22 Nov 2026 09:05:00 GMT")]);
        assert_eq!(retry_after(&date, now), Some(Duration::from_secs(300)));
        let own_clock = [(RETRY_AFTER, "Sun, 22 Nov 2026 09:05:00 GMT"), (DATE, "Sun, 22 Nov 2026 09:04:00 GMT")];
        assert_eq!(retry_after(&headers(&own_clock), now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "Sun, 22 Nov 2020 09:05:00 GMT")]), now), None);
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "soon")]), now), None);
    }

    #[test]
    fn a_server_that_says_only_when_it_counts_anew_is_asked_then() {
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let asked = |name: &'static str, value: &str| {
            let said = HeaderMap::from_iter([(HeaderName::from_static(name), value.parse::<HeaderValue>().unwrap())]);
            retry_after(&said, now).map(|wait| wait.as_secs())
        };
        assert_eq!(asked("x-ratelimit-reset", "2026-11-22T09:05:00.000000Z"), Some(300));
        assert_eq!(asked("ratelimit-reset", &(now.as_second() + 60).to_string()), Some(60));
        for (name, value) in [
            ("x-ratelimit-reset", "2026-11-22T08:55:00Z"),
            ("ratelimit-reset", "60"),
            ("ratelimit-reset", "9999999999999999"),
        ] {
            assert_eq!(asked(name, value), None, "{name}: {value}");
        }
    }

    #[test]
    fn max_age_and_charset_are_found_among_others() {
        let headers = headers(&[
            (CACHE_CONTROL, "public, Max-Age=\"3600\""),
            (CONTENT_TYPE, "text/xml; q=1; Charset=\"koi8-r\""),
        ]);
        assert_eq!(max_age(&headers), Some(Duration::from_secs(3600)));
        assert_eq!(charset(&headers).as_deref(), Some("koi8-r"));
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let headers = headers(&[(
            LINK,
            "<https://a.example/1?x=a,b>; rel=\"prev\", </api/2?max_id=7>; title=\"more, perhaps\"; rel=\"last next\"",
        )]);
        let address = Url::parse("https://a.example/api/1").unwrap();
        assert_eq!(next(&headers, &address).as_deref(), Some("https://a.example/api/2?max_id=7"));
        assert_eq!(next(&HeaderMap::new(), &address), None);
    }

    #[test]
    fn a_page_that_is_not_to_be_listed_says_so_to_all_robots() {
        let robots = HeaderName::from_static("x-robots-tag");
        for (said, is_unlisted) in
            [("noarchive, NoIndex", true), ("none", true), ("otherbot: noindex", false), ("all", false)]
        {
            assert_eq!(unlisted(&headers(&[(robots.clone(), said)])), is_unlisted, "{said}");
        }
    }
}
