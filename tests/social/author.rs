//! What an author does with it: somebody from one address, people for an audience; with the built binary, against real
//! servers.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    thread,
};

use serde_json::{Value, json};

use crate::snac::Snac;

/// A home whose author has an instance, and no Bluesky to ask.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new(instance: &str) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        let endpoints = format!(
            "[endpoints]\nbluesky = \"http://127.0.0.1:1/\"\nbluesky_api = \"http://127.0.0.1:1/\"\nmastodon = \"http://{instance}/share\"\n"
        );
        std::fs::write(home.0.path().join("config.toml"), endpoints).unwrap();
        home.json(&["settings", "set", "networks", "mastodon"]);
        home
    }

    /// A home whose author is on Bluesky alone.
    pub fn on_bluesky(api: &str) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        let endpoints = format!("[endpoints]\nbluesky = \"http://127.0.0.1:1/\"\nbluesky_api = \"{api}\"\n");
        std::fs::write(home.0.path().join("config.toml"), endpoints).unwrap();
        home.json(&["settings", "set", "networks", "bluesky"]);
        home
    }

    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    pub fn run(&self, words: &[&str]) -> (i32, String, String) {
        let mut goodword = Command::new(env!("CARGO_BIN_EXE_goodword"));
        let run =
            goodword.arg("--home").arg(self.0.path()).args(words).stdin(std::process::Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (run.status.code().unwrap(), text(run.stdout), text(run.stderr))
    }

    pub fn json(&self, words: &[&str]) -> Value {
        let (code, out, err) = self.run(&[&["--json"], words].concat());
        assert_eq!(code, 0, "{words:?}: {out}{err}");
        serde_json::from_str(&out).unwrap()
    }
}

/// A site with these pages (path, type, body); gives `127.0.0.1:PORT`.
fn site(pages: impl Fn(&str) -> Vec<(&'static str, &'static str, String)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let pages = pages(&host);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let path = request.split_whitespace().nth(1).unwrap_or_default();
            let (status, kind, body) = match pages.iter().find(|(known, ..)| *known == path) {
                Some((_, kind, body)) => ("200 OK", *kind, body.as_str()),
                None => ("404 Not Found", "text/plain", ""),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\nContent-Length:");
            _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
        }
    });
    host
}

const FEED: &str = "<rss version='2.0'><channel><title>Maria sews</title><item><title>An 1863 sack coat</title>\
                    <link>/coat</link><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate></item></channel></rss>";

/// Maria's site, which names her account at a server of the fediverse.
fn sewing_site(account: String, more: &'static str) -> String {
    site(move |_| {
        let home = format!(
            "<!doctype html><title>Home</title><link rel=alternate type=application/rss+xml href=/feed.xml>{more}\
             <div class=h-card><a class='p-name u-url' href=/>Maria Ruiz</a><p class=p-note>Sews coats.</p>\
             <a rel=me href='{account}'>M</a></div>"
        );
        vec![("/", "text/html", home), ("/feed.xml", "application/rss+xml", FEED.to_owned())]
    })
}

#[test]
fn a_contact_comes_whole_from_the_address_of_a_site() {
    let Some(server) = Snac::start() else { return };
    server.add_user("maria");
    let site = sewing_site(server.url("maria"), "");
    server.set("maria", "metadata", json!({"Web": format!("http://{site}/")}));
    let (home, address) = (Home::new(&server.host), format!("http://{site}"));
    let found: Value = {
        let (code, out, _) = home.run(&["--json", "contact", "add", &address]);
        assert_eq!(code, 3, "nobody is added without a why");
        serde_json::from_str(&out).unwrap()
    };
    assert_eq!((&found["name"], &found["site"]), (&json!("Maria Ruiz"), &json!(format!("http://{site}/"))));
    let handle = format!("@maria@{}", server.host);
    assert_eq!((&found["handles"][0]["handle"], &found["handles"][0]["verified"]), (&json!(handle), &json!(true)));
    assert_eq!(home.json(&["contact", "list"]), json!([]));
    let added = home.json(&["contact", "add", &address, "--why", "Maria sews by hand", "--audience", "Sewing"]);
    assert_eq!((&added["name"], &added["handles"]["mastodon"]), (&json!("Maria Ruiz"), &json!(handle)));
    assert_eq!(added["feeds"], json!([format!("http://{site}/feed.xml")]));
    let (code, out, _) = home.run(&["contact", "add", &address]);
    assert!(code == 3 && out.contains("is in your book already"), "{out}");
}

#[test]
fn without_a_terminal_the_author_is_told_what_was_found_and_what_to_type() {
    let Some(server) = Snac::start() else { return };
    server.add_user("maria");
    server.set("maria", "name", json!("Maria Ruiz"));
    server.post("maria", "Buttons, finally");
    let handle = format!("@maria@{}", server.host);
    let home = Home::new(&server.host);
    let (code, out, err) = home.run(&["contact", "add", &handle]);
    assert_eq!(code, 3, "{out}{err}");
    for words in
        ["Maria Ruiz", "Buttons, finally", &format!("goodword contact add {handle} --why"), &server.url("maria.rss")]
    {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!out.contains("confirmed"), "nothing confirms it: {out}");
}

#[test]
fn a_site_that_names_somebody_who_does_not_name_it_confirms_nothing() {
    let Some(server) = Snac::start() else { return };
    server.add_user("maria");
    let site = sewing_site(server.url("maria"), "");
    let home = Home::new(&server.host);
    let (_, out, _) = home.run(&["--json", "contact", "add", &format!("http://{site}/")]);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["handles"][0]["verified"], json!(false));
}

#[test]
fn where_a_server_shows_its_follows_to_nobody_the_author_is_told_the_way_by_file() {
    let Some(server) = Snac::start() else { return };
    server.add_user("nora");
    let home = Home::new(&server.host);
    let (code, out, err) = home.run(&["contact", "import", &format!("@nora@{}", server.host)]);
    assert!(code != 0 && err.contains("(Preferences, Import and export)"), "{code} {out}{err}");
    assert_eq!(home.json(&["contact", "list"]), json!([]));
}

#[test]
fn an_address_where_nobody_is_says_so_and_a_name_with_a_dot_is_still_a_name() {
    let home = Home::new("127.0.0.1:1");
    for (address, word) in [("http://127.0.0.1:1/", "cannot be reached"), ("@a@127.0.0.1:1", "cannot be reached")] {
        let (code, _, err) = home.run(&["contact", "add", address, "--why", "w"]);
        assert!(code == 1 && err.contains(word), "{err}");
    }
    let (code, _, err) = home.run(&["contact", "add", "https://bsky.app/starter-pack/a.example/3l"]);
    assert!(code == 2 && err.contains("goodword discover --from"), "{err}");
    assert_eq!(home.json(&["contact", "add", "J.R.R. Tolkien", "--why", "w"])["name"], json!("J.R.R. Tolkien"));
}

#[test]
fn a_handful_is_discovered_and_none_of_those_who_ask_to_be_left_alone() {
    let Some(server) = Snac::start() else { return };
    for user in ["maria", "nobot", "robot", "shy"] {
        server.add_user(user);
    }
    server.set("nobot", "bio", json!("I sew. #nobot"));
    server.set("robot", "bot", json!(true));
    server.post("maria", "An 1863 sack coat #SewingHistory");
    server.post("nobot", "Buttons #SewingHistory");
    server.post("robot", "Buttons #SewingHistory");
    server.post("shy", "Buttons #SewingHistory #nobot");
    let home = Home::new(&server.host);
    home.json(&["audience", "add", "Sewing people", "--hashtag", "SewingHistory"]);
    let found = home.json(&["discover", "Sewing people"]);
    let names: Vec<_> =
        found["candidates"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["maria"], "{found}");
    let maria = &found["candidates"][0];
    assert!(maria["reasons"][0].as_str().unwrap().starts_with("posted with #SewingHistory on "), "{maria}");
    assert_eq!(maria["latest"]["title"], json!("An 1863 sack coat #SewingHistory"));
    let id = maria["id"].as_str().unwrap();
    let kept = home.json(&["discover", "keep", id, "--why", "maria finishes what others only start"]);
    assert_eq!((&kept["name"], &kept["audiences"]), (&json!("maria"), &json!(["Sewing people"])));
    let (code, _, err) = home.run(&["discover", "Sewing people"]);
    assert!(code == 3 && err.contains("nobody new"), "{err}");
}

#[test]
fn who_is_not_for_the_author_is_not_shown_again() {
    let Some(server) = Snac::start() else { return };
    for n in 0..7 {
        let user = format!("user{n}");
        server.add_user(&user);
        server.post(&user, "Buttons #SewingHistory");
    }
    let home = Home::new(&server.host);
    home.json(&["audience", "add", "Sewing people", "--hashtag", "SewingHistory"]);
    let ids = |found: &Value| -> Vec<String> {
        found["candidates"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = home.json(&["discover"]);
    assert_eq!((ids(&first).len(), &first["more"]), (5, &json!(2)));
    let words: Vec<_> = ["discover", "drop"].into_iter().map(str::to_owned).chain(ids(&first)).collect();
    home.json(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let second = home.json(&["discover"]);
    assert_eq!(ids(&second).len(), 2);
    assert!(ids(&second).iter().all(|id| !ids(&first).contains(id)));
    // Who was only not decided on is shown again.
    assert_eq!(ids(&home.json(&["discover"])), ids(&second));
    let (code, _, err) = home.run(&["discover", "keep", "ffffffff", "--why", "w"]);
    assert!(code == 1 && err.contains("nobody with the id"), "{err}");
}

#[test]
fn the_people_whom_a_site_recommends_are_found_through_its_blogroll() {
    let host = site(|host| {
        let opml = format!(
            "<opml><body><outline text='Ann Lee' htmlUrl='http://{host}/ann' xmlUrl='http://{host}/feed.xml'/>\
             <outline text='Trick' xmlUrl='javascript:1'/></body></opml>"
        );
        let page = "<title>Maria Ruiz</title><link rel=blogroll type=text/xml href=/roll.opml>".to_owned();
        vec![("/", "text/html", page), ("/roll.opml", "text/x-opml", opml), ("/feed.xml", "text/xml", FEED.to_owned())]
    });
    let home = Home::new("127.0.0.1:1");
    let found = home.json(&["discover", "--from", &format!("http://{host}/")]);
    let rows: Vec<_> =
        found["candidates"].as_array().unwrap().iter().map(|row| (&row["name"], &row["reasons"][0])).collect();
    let (given, recommended) = (json!("you gave their address"), json!("Maria Ruiz recommends them"));
    assert_eq!(rows, [(&json!("Maria Ruiz"), &given), (&json!("Ann Lee"), &recommended)]);
    assert_eq!(found["candidates"][1]["latest"]["title"], json!("An 1863 sack coat"));
}

#[test]
fn offline_is_said_and_what_was_found_before_stays() {
    let home = Home::new("127.0.0.1:1");
    home.json(&["audience", "add", "Sewing people", "--hashtag", "SewingHistory"]);
    let (code, _, err) = home.run(&["discover"]);
    assert!(code == 1 && err.contains("cannot be reached; is this laptop online?"), "{err}");
    let empty = Home::new("127.0.0.1:1");
    let (code, _, err) = empty.run(&["discover"]);
    assert!(code == 3 && err.contains("goodword audience add"), "{err}");
}
