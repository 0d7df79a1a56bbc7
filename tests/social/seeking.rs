//! People who came with a site and nothing to read: what their sites publish is found for them, and asked seldom.

use std::sync::{Arc, atomic::Ordering};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::{
    author::Home,
    client::{serve, whole},
};

const FEED: &str = "<rss version='2.0'><channel><title>Maria sews</title><item><title>An 1863 sack coat</title>\
                    <link>/coat</link><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate></item></channel></rss>";

/// A site; with a feed, where it has one.
async fn site(has_feed: bool) -> (Url, Arc<std::sync::atomic::AtomicUsize>) {
    serve(move |path, mut stream| async move {
        let page = "<!doctype html><title>Maria</title><link rel=alternate type=application/rss+xml href=/feed.xml>";
        let answer = match path.as_str() {
            "/" if has_feed => whole("200 OK", "Content-Type: text/html\r\n", page),
            "/" => whole("200 OK", "Content-Type: text/html\r\n", "<title>Nothing here</title>"),
            "/feed.xml" if has_feed => whole("200 OK", "Content-Type: application/rss+xml\r\n", FEED),
            _ => whole("404 Not Found", "", ""),
        };
        stream.write_all(answer.as_bytes()).await
    })
    .await
}

/// A home into which somebody came from an address book.
fn home(site: &str) -> Home {
    let home = Home::new("127.0.0.1:1");
    let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Maria Ruiz\r\nURL:{site}\r\nEND:VCARD\r\n");
    let file = home.path().join("friends.vcf");
    std::fs::write(&file, card).unwrap();
    assert_eq!(home.json(&["contact", "import", file.to_str().unwrap()])["added"], 1);
    home
}

fn feeds(home: &Home) -> Value {
    home.json(&["contact", "show", "Maria Ruiz"])["feeds"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_came_with_a_site_gets_what_it_publishes_and_what_they_did_lately() {
    let (site, asked) = site(true).await;
    let home = home(site.as_str());
    assert_eq!(feeds(&home), json!([]));
    home.run(&["feeds", "refresh"]);
    assert_eq!(feeds(&home), json!([format!("{site}feed.xml")]));
    let maria = home.json(&["contact", "show", "Maria Ruiz"]);
    assert_eq!(maria["items"][0]["title"], "An 1863 sack coat", "{maria}");
    assert_eq!(asked.load(Ordering::SeqCst), 2, "the page and the feed, once each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_without_a_feed_is_not_asked_again_unless_the_author_asks() {
    let (site, asked) = site(false).await;
    let home = home(site.as_str());
    home.run(&["feeds", "refresh"]);
    let first = asked.load(Ordering::SeqCst);
    assert!(first > 0);
    home.run(&["feeds", "refresh"]);
    assert_eq!(asked.load(Ordering::SeqCst), first);
    home.run(&["feeds", "refresh", "Maria Ruiz"]);
    assert!(asked.load(Ordering::SeqCst) > first);
    assert_eq!(feeds(&home), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_the_author_took_out_does_not_come_back() {
    let (site, _) = site(true).await;
    let home = home(site.as_str());
    home.run(&["feeds", "refresh"]);
    home.json(&["contact", "edit", "Maria Ruiz", "--drop-feed", feeds(&home)[0].as_str().unwrap()]);
    assert_eq!(feeds(&home), json!([]));
    home.run(&["feeds", "refresh", "Maria Ruiz"]);
    assert_eq!(feeds(&home), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_are_looked_at_and_pages_of_closed_networks_never() {
    let (site, asked) = site(false).await;
    let home = Home::new("127.0.0.1:1");
    let mut table = "name,site\nClosed,https://www.facebook.com/somebody\n".to_owned();
    for n in 0..10 {
        table.push_str(&format!("Person {n},{site}?{n}\n"));
    }
    let file = home.path().join("people.csv");
    std::fs::write(&file, table).unwrap();
    home.json(&["contact", "import", file.to_str().unwrap()]);
    let before = asked.load(Ordering::SeqCst);
    home.run(&["feeds", "refresh"]);
    let pages = asked.load(Ordering::SeqCst) - before;
    assert!((4..=4 * 12).contains(&pages), "{pages} questions");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_came_by_a_handle_is_read_once_the_author_said_why() {
    let (bluesky, _) = serve(|path, mut stream| async move {
        let profile = |labels: Value| {
            json!({"did": "did:plc:maria", "handle": "maria.example", "displayName": "Maria", "labels": labels})
        };
        let answer = match path.as_str() {
            "/xrpc/app.bsky.actor.getProfile?actor=maria.example" => whole("200 OK", "", &profile(json!([])).to_string()),
            "/xrpc/app.bsky.actor.getProfile?actor=shy.example" => {
                whole("200 OK", "", &profile(json!([{"val": "!no-unauthenticated"}])).to_string())
            }
            "/profile/did:plc:maria/rss" => whole("200 OK", "Content-Type: application/rss+xml\r\n", FEED),
            _ => whole("404 Not Found", "", ""),
        };
        stream.write_all(answer.as_bytes()).await
    })
    .await;
    let home = Home::new("127.0.0.1:1");
    let config = format!("[endpoints]\nbluesky = \"{bluesky}\"\nbluesky_api = \"{bluesky}\"\n");
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    let file = home.path().join("people.csv");
    std::fs::write(&file, "name,bluesky\nMaria Ruiz,maria.example\nShy,shy.example\n").unwrap();
    home.json(&["contact", "import", file.to_str().unwrap()]);
    home.run(&["feeds", "refresh"]);
    assert_eq!(feeds(&home), json!([]), "who has no why waits");
    home.json(&["contact", "edit", "Maria Ruiz", "--why", "Maria sews by hand"]);
    home.json(&["contact", "edit", "Shy", "--why", "Shy reads wills"]);
    home.run(&["feeds", "refresh"]);
    assert_eq!(feeds(&home), json!([format!("{bluesky}profile/did:plc:maria/rss")]));
    assert_eq!(home.json(&["contact", "show", "Shy"])["feeds"], json!([]), "who asks to be left alone is");
}
