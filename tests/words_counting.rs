//! The counting rules, against the public conformance cases and the networks' own examples.
#![allow(clippy::unwrap_used)] // a test may panic: that is how it fails

use goodword::domain::network::{Network, RULES, Scheme, X_URL, count, is_link, weighted};
use serde_json::Value;

fn cases() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/twitter-text/validate.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: the conformance cases are not beside this clone ({path})");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn group<'a>(cases: &'a Value, name: &str) -> Vec<(&'a str, &'a str, &'a Value)> {
    let case =
        |case: &'a Value| (case["description"].as_str().unwrap(), case["text"].as_str().unwrap(), &case["expected"]);
    cases[name].as_array().unwrap().iter().map(case).collect()
}

#[test]
fn x_counts_as_the_conformance_cases_say() {
    let Some(cases) = cases() else { return };
    let emoji = ["Count a mix of single byte single word", "Count unicode emoji chars outside the basic multilingual"];
    for name in ["WeightedTweetsWithDiscountedEmojiCounterTest", "WeightedTweetsCounterTest"] {
        // The older rule counted each part of an emoji; only these two of its cases have any.
        let outdated =
            |what: &str| name == "WeightedTweetsCounterTest" && emoji.iter().any(|start| what.starts_with(start));
        for (what, text, expected) in group(&cases, name).into_iter().filter(|(what, ..)| !outdated(what)) {
            let count = count(Network::X, text);
            assert_eq!(count.length as u64, expected["weightedLength"].as_u64().unwrap(), "{what}");
            assert_eq!(count.fits, expected["valid"].as_bool().unwrap(), "{what}");
        }
    }
}

#[test]
fn an_address_is_one_where_the_conformance_cases_say_so() {
    let Some(cases) = cases() else { return };
    for (name, scheme) in [("urls", Scheme::Needed), ("urls_without_protocol", Scheme::Optional)] {
        for (what, text, expected) in group(&cases, name) {
            assert_eq!(is_link(text, scheme), expected.as_bool().unwrap(), "{what}: {text}");
        }
    }
}

#[test]
fn x_takes_the_same_things_for_links_as_a_reader_would() {
    for (text, links, rest) in [
        ("http://example.com/a_(b)_c.", 1, 1),
        ("(see example.com/path)", 1, 6),
        ("a@example.com", 0, 13),
        ("#example.com", 0, 12),
        ("twitter.comは", 1, 2),
        ("日本語example.co.jpです", 1, 6 + 4),
        ("http://例え.テスト/", 0, 7 + 4 + 1 + 6 + 1),
        ("http://example.みんな/x", 1, 0),
        ("_example.com", 0, 12),
        ("foo_bar.example.com", 1, 4),
        ("bar_baz.com", 0, 11),
        ("example.com:8080/?q=a.", 1, 1),
        ("https://t.co/abcde.fgh", 1, 4),
        ("HTTP://EXAMPLE.COM", 1, 0),
        ("e.g. this, i.e. that... 3.14", 0, 28),
        ("https://example.com/\u{202e}", 1, 2),
        ("字https://example.com", 1, 2),
        ("いまhttp://example.comいま", 1, 4 + 4),
        ("\"https://example.com\"", 1, 2),
        ("example.com?q=a/b", 1, 6),
        ("http://a.com/字b.com", 2, 2),
        ("ahttp://example.com", 0, 19),
        ("_http://example.com", 1, 1),
        ("$example.com", 0, 12),
        ("＠example.com", 1, 2),
        ("$ABC example.com", 1, 5),
        ("http://xn--r8jz45g.xn--zckzah/a", 1, 0),
        ("xn--80akhbyknj4f.com", 1, 0),
        ("bit.ly", 1, 0),
        ("bit.ly/abc, foo.it", 2, 2),
        ("http://foo-.example.com", 0, 23),
        ("http://a.example.com:80:80", 1, 3),
        ("http://example.com:", 1, 1),
        ("http://example.com/?", 1, 1),
        ("http://example.com/a?b=c!", 1, 1),
        ("http://example.com/@user/", 1, 0),
        ("http://example.com/(a(b)c)", 1, 0),
        ("http://example.com/((a)", 1, 4),
        ("https://t.co/abc?amp=1", 1, 0),
        ("https://t.co/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 54),
        ("t.co/abc.def", 1, 0),
        ("http://👍.example.com", 1, 0),
        ("👍🏽https://example.com👍🏽", 1, 4),
        ("1️⃣example.com", 1, 2),
        ("🇩🇪 https://example.org/ 👨‍👩‍👧‍👦", 1, 6),
        ("cafe\u{301}.com", 1, 0),
    ] {
        assert_eq!(weighted(text), links * X_URL + rest, "{text}");
    }
}

#[test]
fn a_hostile_text_is_counted_in_time_that_grows_with_its_length() {
    for part in ["字", "a-", "a.", "http://", "é.com ", "@", "((", "a", "\u{301}", "https://a.com/(", "www.a_"] {
        let text = part.repeat(100_000 / part.len());
        // One network for each way of counting.
        for network in
            ["bluesky", "mastodon", "x", "threads", "linkedin", "newsletter", "newsletter-markdown", "newsletter-html"]
        {
            let network: Network = network.parse().unwrap();
            assert!(count(network, &text).length <= text.len() * X_URL, "{part}");
        }
    }
}

#[test]
fn each_network_counts_by_its_own_rule() {
    let family = "👨‍👩‍👧‍👦";
    for (network, text, length) in [
        (Network::Bluesky, "https://example.org/a", 21),
        (Network::Bluesky, family, 1),
        (Network::Mastodon, family, 1),
        (Network::Mastodon, "https://example.org/a/b/c/d/e/f/g/h", 23),
        (Network::Mastodon, "http://a.de", 23),
        (Network::Mastodon, "example.org", 11),
        (Network::Mastodon, "hi @maria@sewing.example, bye", 14),
        (Network::Mastodon, "mail maria@sewing.example", 25),
        (Network::Threads, family, family.len()),
        (Network::Threads, "größe", 5),
        (Network::LinkedIn, "a👍", 3),
        (Network::Blog, "one, two - three", 3),
        (Network::Plain, "e\u{301}", 1),
    ] {
        assert_eq!(count(network, text).length, length, "{network}: {text}");
    }
}

#[test]
fn bluesky_holds_300_graphemes_and_3000_bytes() {
    let family = "👨‍👩‍👧‍👦";
    assert!(count(Network::Bluesky, &family.repeat(120)).fits);
    let heavy = count(Network::Bluesky, &family.repeat(121));
    assert!(heavy.length == 121 && !heavy.fits, "121 x 25 bytes are over 3,000");
    assert!(!count(Network::Bluesky, &"a".repeat(301)).fits);
}

#[test]
fn x_takes_no_empty_text_and_no_code_point_that_is_none() {
    assert!(
        !count(Network::X, "").fits && !count(Network::X, "a\u{FFFE}").fits && !count(Network::X, "\u{FEFF}a").fits
    );
    assert!(count(Network::X, &"字".repeat(140)).fits && !count(Network::X, &"字".repeat(141)).fits);
}

#[test]
fn an_instance_that_lies_about_its_limit_is_not_believed() {
    let limit = |said| Network::Mastodon.limit(said);
    assert_eq!((limit(None), limit(Some(0)), limit(Some(5_000))), (500, 500, 5_000));
    assert_eq!((limit(Some(5)), limit(Some(1_000_000_000_000)), limit(Some(usize::MAX))), (200, 100_000, 100_000));
    assert_eq!(Network::X.limit(Some(25_000)), 280, "only Mastodon's instances have a say");
}

#[test]
fn a_paragraph_is_counted_in_the_words_that_a_reader_sees() {
    let html = "<p>New from <a href=\"https://example.org/a?b=c&amp;d=e\">“Salt &amp; Bread”</a>.</p>";
    for (network, text) in [
        (Network::NewsletterHtml, html),
        (Network::NewsletterMarkdown, "New from [“Salt \\& Bread”](<https://example.org/a_(b)>)."),
        (Network::Newsletter, "New from “Salt & Bread”."),
    ] {
        assert_eq!(count(network, text).length, 4, "{text}");
    }
    assert_eq!(count(Network::Newsletter, "See https://example.org/a/b?c=d-e.").length, 2);
}

#[test]
fn the_table_of_rules_stands_in_the_order_of_the_networks() {
    for (at, rules) in RULES.iter().enumerate() {
        assert_eq!(rules.network as usize, at);
        assert_eq!(rules.name.parse(), Ok(rules.network));
    }
}
