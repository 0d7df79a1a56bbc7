//! The feedparser project's own cases, if they are there: how many we read, and how many read the same.

// Helpers may panic as tests may: that is how they fail.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeMap, fs, path::Path};

use goodword::feed;
use serde_json::Value;

#[test]
fn the_feedparser_corpus_is_read_and_read_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feeds");
    let Ok(expected) = fs::read(folder.join("expected.json")) else {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    };
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&expected).unwrap();
    let (mut read, mut alike) = (0, 0);
    for (name, expected) in &expected {
        let bytes = fs::read(folder.join("files").join(name)).unwrap();
        // The address under which the feedparser project's tests serve their files.
        let address = format!("http://127.0.0.1:8097/{}", name.replacen("__", "/", 1));
        let Ok(feed) = feed::parse(&bytes, &address) else {
            eprintln!("not read: {name}");
            continue;
        };
        read += 1;
        let ours = summary(&feed);
        let theirs = theirs(expected);
        if ours == theirs {
            alike += 1;
        } else {
            eprintln!("differs: {name}\n   ours {ours:?}\n theirs {theirs:?}");
        }
    }
    let all = expected.len();
    eprintln!("{read} of {all} read, {alike} alike");
    assert!(read * 100 >= all * 98, "{read} of {all} read");
    assert!(alike * 100 >= all * 95, "{alike} of {all} alike");
}

/// Feed title, number of entries, first title, first link.
type Summary = (String, u64, String, String);

fn summary(feed: &feed::Feed) -> Summary {
    let first = feed.items.first().cloned().unwrap_or_default();
    (feed.title.clone(), feed.items.len() as u64, first.title, first.url)
}

fn theirs(expected: &Value) -> Summary {
    let text = |value: &Value| feed::plain(value.as_str().unwrap_or_default(), 300);
    let first = &expected["first"];
    let link = first["link"].as_str().and_then(|link| feed::canonical(link, None)).map(String::from);
    (
        text(&expected["feed_title"]),
        expected["entries"].as_u64().unwrap(),
        text(&first["title"]),
        link.unwrap_or_default(),
    )
}
