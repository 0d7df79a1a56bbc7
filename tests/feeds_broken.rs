//! Broken feeds of our own, and what must be read in them all the same; and bytes that no feed should ever be.

// Helpers may panic as tests may: that is how they fail.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, path::PathBuf};

use goodword::{
    domain::{ItemKind, item::SUMMARY_CHARS},
    feed::{self, Feed, ITEMS, ParseError},
};
use proptest::prelude::*;

const ADDRESS: &str = "https://example.org/feed";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/feeds"))
}

fn read(name: &str) -> Feed {
    feed::parse(&fs::read(folder().join(name)).unwrap(), ADDRESS).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn broken_feeds_are_read_all_the_same() {
    let one = "https://example.org/1";
    for (name, feed, entries, title, url) in [
        ("rss-no-version.xml", "No version", 1, "First", one),
        ("rss-odd-version.xml", "Odd version", 1, "First", one),
        ("bare-ampersand.xml", "Needles & pins", 1, "Q&A & more", "https://example.org/?a=1&b=2"),
        ("unclosed-br.xml", "Unclosed", 1, "First", one),
        ("unclosed-title.xml", "Unclosed", 2, "First", one),
        ("truncated.xml", "Cut off", 2, "First", one),
        ("atom-base64.xml", "Packed", 1, "First", one),
        ("atom-xhtml.xml", "Less: <", 1, "The <br> tag", one),
        ("atom-relative.xml", "Relative", 1, "First", "https://example.org/blog/2026/one?p=1"),
        ("undefined-entities.xml", "Café ♥", 1, "“First” &nosuch;", one),
        ("undeclared-prefix.xml", "Prefixes", 1, "First", one),
        ("leading-junk.xml", "Junk before", 1, "First", one),
        ("wrong-encoding.xml", "Café", 1, "Fiancée – first", one),
        ("said-latin1-is-utf8.xml", "Café", 1, "Fiancée", one),
        ("utf16-no-mark.xml", "Wide é", 1, "First", one),
        ("entity-bomb.xml", "Bomb", 1, "x &c;", one),
        ("bare-markup-title.xml", "Bare", 2, "A bold move", one),
        ("mixed.xml", "Mixed", 1, "First", one),
        ("guid-is-the-link.xml", "Guids", 2, "First", one),
        ("rdf.xml", "Triples", 1, "First", one),
        ("mastodon.xml", "Ada", 1, "", "https://mastodon.example/@ada/1"),
        ("integer-ids.json", "Numbers", 2, "", one),
        ("no-version.json", "Untitled things", 1, "First", one),
    ] {
        let read = read(name);
        let first = &read.items[0];
        let ours = (read.title.as_str(), read.items.len(), first.title.as_str(), first.url.as_str());
        assert_eq!(ours, (feed, entries, title, url), "{name}");
    }
}

#[test]
fn a_post_keeps_its_warning_and_has_no_title() {
    let feed = read("mastodon.xml");
    let post = &feed.items[0];
    assert_eq!((post.kind, post.warning.as_deref()), (ItemKind::Post, Some("spiders")));
    assert_eq!(post.summary, "Eight of them.");
    assert_eq!(post.published.map(|moment| moment.to_string()).as_deref(), Some("2026-11-22T09:00:00Z"));
}

#[test]
fn plain_text_and_sound_are_told_in_a_json_feed() {
    let feed = read("integer-ids.json");
    assert_eq!((feed.items[0].kind, feed.items[0].summary.as_str()), (ItemKind::Post, "1 < 2"));
    assert_eq!(feed.items[1].kind, ItemKind::Episode);
}

#[test]
fn a_guid_that_is_no_address_is_no_link() {
    assert_eq!(read("guid-is-the-link.xml").items[1].url, "");
}

#[test]
fn an_empty_entry_and_a_forgotten_end_take_nothing_from_their_neighbours() {
    let source = "<rss><channel><item/><link>https://example.org/</link><item><title>One<title>Two</title></item>";
    let feed = feed::parse(source.as_bytes(), ADDRESS).unwrap();
    assert_eq!(feed.site.as_deref(), Some("https://example.org/"));
    assert_eq!(feed.items.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(), ["", "One"]);
}

#[test]
fn a_title_about_markup_is_not_taken_for_markup() {
    assert_eq!(read("bare-markup-title.xml").items[1].title, "Using the <em> tag");
}

#[test]
fn the_site_is_the_page_and_neither_the_logo_nor_the_feed() {
    assert_eq!(read("mixed.xml").site.as_deref(), Some("https://example.org/"));
}

#[test]
fn what_is_no_feed_is_told_so() {
    for (bytes, expected) in [
        (&b""[..], ParseError::Empty),
        (b" \xef\xbb\xbf\n", ParseError::Empty),
        (b"hello", ParseError::NotAFeed),
        (b"{\"items\": 1}", ParseError::NotAFeed),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ParseError::NotAFeed),
        (b"<!DOCTYPE html><html><body><rss>", ParseError::WebPage),
    ] {
        assert_eq!(feed::parse(bytes, ADDRESS), Err(expected), "{:?}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(feed::parse(&vec![b'<'; feed::INPUT + 1], ADDRESS), Err(ParseError::TooLarge));
}

#[test]
fn of_a_very_long_feed_the_newest_are_kept_in_order() {
    let item = |n: usize| format!("<item><title>{n}</title><pubDate>{}-01-01</pubDate></item>", 1990 + n % 100);
    let source = format!("<rss>{}</rss>", (0..2000).map(item).collect::<String>());
    let items = feed::parse(source.as_bytes(), ADDRESS).unwrap().items;
    assert_eq!(items.len(), ITEMS);
    let numbers: Vec<usize> = items.iter().map(|item| item.title.parse().unwrap()).collect();
    assert!(numbers.is_sorted());
    assert!(numbers.iter().all(|n| n % 100 >= 75));
}

/// A reader whose time grows with the square of its input would need hours for these, and the run would be ended.
#[test]
fn malice_is_read_in_linear_time() {
    for piece in [
        "<",
        "&",
        "<a",
        "<a ",
        "<a>",
        "</a>",
        "<a b='",
        "<a b=\"x\" ",
        "<!--",
        "<![CDATA[",
        "<?",
        "<!DOCTYPE [",
        "&#",
        "&amp",
        "<item>",
        "<title>",
        "</title>",
        "<item><title>",
        "<x xmlns:y='z' xml:base='/a/'>",
        "a='b' ",
        "]]>",
        "<item><title>&lt;a b ",
        "<description>&lt;",
        "[",
        "{\"items\":[",
    ] {
        for start in ["<rss><channel><title>", "<rss><channel><item><description>", "<rss ", "{\"items\":["] {
            let source = start.to_owned() + &piece.repeat((1 << 19) / piece.len());
            _ = feed::parse(source.as_bytes(), ADDRESS);
        }
        _ = feed::announced(&piece.repeat((1 << 19) / piece.len()), &url::Url::parse(ADDRESS).unwrap());
    }
}

fn within_limits(feed: &Feed) -> Result<(), TestCaseError> {
    prop_assert!(feed.items.len() <= ITEMS);
    for item in &feed.items {
        prop_assert!(item.summary.chars().count() <= SUMMARY_CHARS);
        prop_assert!(item.title.chars().count() <= 300);
        let unseen = ['\n', '\r', '\t', '\0', '\u{202e}'];
        prop_assert!(!item.title.contains(unseen), "{}", item.title);
        prop_assert!(item.url.is_empty() || item.url.starts_with("http://") || item.url.starts_with("https://"));
    }
    Ok(())
}

fn any_of_ours() -> impl Strategy<Value = Vec<u8>> {
    let files: Vec<Vec<u8>> =
        fs::read_dir(folder()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    proptest::sample::select(files)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        if let Ok(feed) = feed::parse(&bytes, ADDRESS) {
            within_limits(&feed)?;
        }
    }

    #[test]
    fn markup_thrown_together_is_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "<link href='", "'/>", "<feed", " xmlns='x'",
        "<entry>", "<content type='xhtml'>", "<![CDATA[", "]]>", "&amp;", "&", "<", ">", "é", "\u{202e}", "<!--", "-->", "\"",
        "<div>", "</div>", "http://[", "//a:b@c:80/?utm_a=b#", "<pubDate>", "99 Nov 99", "<script>", "<description>",
    ]), 0..60)) {
        let source = format!("<rss>{}", pieces.concat());
        within_limits(&feed::parse(source.as_bytes(), ADDRESS).unwrap())?;
    }

    #[test]
    fn a_feed_with_any_damage_is_read_or_refused(
        mut bytes in any_of_ours(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), 0..3, any::<u8>()), 1..12),
    ) {
        for (place, what, byte) in damage {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => _ = bytes.remove(at),
                _ => bytes.insert(at, byte),
            }
        }
        if let Ok(feed) = feed::parse(&bytes, ADDRESS) {
            within_limits(&feed)?;
        }
    }
}
