//! Foreign text is shown as text: markup, scripts, direction marks and very long names do nothing.

use std::io::Write;

use crate::rig::Rig;

const MARKUP: &str =
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=1><b>bold</b> \u{202e}desrever\u{2069}";

/// A book in which every text tries something. What the command line would refuse comes in as a foreign book does.
pub fn infest(rig: &Rig) {
    rig.tell(&["settings", "set", "networks", "bluesky"]);
    rig.tell(&["work", "add", MARKUP, "--genre", "historical fiction"]);
    rig.tell(&["audience", "add", MARKUP, "--via", MARKUP, "--bridge", MARKUP]);
    rig.tell(&["contact", "add", MARKUP, "--why", MARKUP, "--audience", MARKUP]);
    // A feed whose items try too.
    let feed = rig.home.path().join("feed");
    std::fs::create_dir_all(&feed).unwrap();
}

#[test]
fn markup_in_a_book_stays_text() {
    let rig = Rig::start();
    infest(&rig);
    let cookie = rig.cookie();
    let id = rig.tell(&["contact", "list"])[0]["id"].as_str().unwrap().to_owned();
    for path in
        ["/", "/people", &format!("/people/{id}"), &format!("/people/{id}/edit"), "/audiences", "/settings", "/diary"]
    {
        let answer = rig.get(path, &cookie);
        assert_eq!(answer.status, 200, "{path}: {}", answer.head);
        for bad in ["<script>window", "<img", "<b>"] {
            assert!(!answer.body.contains(bad), "{path} has {bad}");
        }
    }
    let today = rig.get("/", &cookie).body;
    assert!(today.contains("&lt;script&gt;"), "the name is there as text");
    let shown = today.split("<textarea").next().unwrap();
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{2069}'), "no mark turns the text around it");
}

#[test]
fn a_form_of_a_megabyte_is_refused_and_the_page_goes_on() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    let long = "x".repeat(1 << 20);
    let answer = rig.post("/people", &cookie, &[("name", &long), ("why", "w")]);
    assert_eq!(answer.status, 413, "{}", answer.head);
    assert_eq!(rig.get("/", &cookie).status, 200);
}

#[test]
fn a_name_that_is_too_long_comes_back_with_the_reason_and_all_that_was_typed() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    let long = "x".repeat(5_000);
    let answer = rig.post("/people", &cookie, &[("name", &long), ("why", "<kept>")]);
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("200 is the most") && answer.body.contains("&lt;kept&gt;"), "{}", answer.head);
}

#[test]
fn a_client_that_dawdles_does_not_hold_others_up() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = rig.connect();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: 127").unwrap();
        slow.push(stream);
    }
    assert_eq!(rig.get("/", &cookie).status, 200);
}
