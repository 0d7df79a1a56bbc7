//! Foreign text is shown as text: markup, scripts, direction marks and very long names do nothing.

use std::io::Write;

use goodword::replica::Replica;

use crate::rig::{BOUNDARY, Rig, multipart};

const MARKUP: &str =
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=1><b>bold</b> \u{202e}desrever\u{2069}";

/// A book in which every text tries something.
pub fn infest(rig: &Rig) {
    rig.tell(&["settings", "set", "networks", "bluesky"]);
    rig.tell(&["work", "add", MARKUP, "--genre", "historical fiction"]);
    rig.tell(&["audience", "add", MARKUP, "--via", MARKUP, "--bridge", MARKUP]);
    rig.tell(&["contact", "add", MARKUP, "--why", MARKUP, "--audience", MARKUP]);
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
fn whatever_form_is_refused_comes_back_as_it_was_typed() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    rig.tell(&["work", "add", "The Last Drummer"]);
    rig.tell(&["audience", "add", "Drum corps"]);
    rig.tell(&["audience", "add", "History teachers"]);
    let work = rig.tell(&["work", "list"])[0]["id"].as_str().unwrap().to_owned();
    let audience = rig.tell(&["audience", "list"])[0]["id"].as_str().unwrap().to_owned();
    let typed = "Of <one> drum";
    for (path, fields) in [
        ("/works".to_owned(), [("title", ""), ("blurb", typed), ("link", "")]),
        (format!("/works/{work}"), [("title", "The Drummer"), ("blurb", typed), ("link", "no address")]),
        ("/audiences".to_owned(), [("name", "Drum corps"), ("bridge", typed), ("via", work.as_str())]),
        ("/audiences/tie".to_owned(), [("from", audience.as_str()), ("to", audience.as_str()), ("bridge", typed)]),
    ] {
        let answer = rig.post(&path, &cookie, &fields);
        assert!(matches!(answer.status, 409 | 422), "{path}: {}", answer.head);
        assert!(answer.body.contains("class=\"complaint\""), "{path}: {}", answer.body);
        assert_eq!(answer.body.matches("value=\"Of &lt;one&gt; drum\"").count(), 1, "{path}: {}", answer.body);
        // Nothing that changes elsewhere may take away what was typed.
        assert!(!answer.body.contains("data-here"), "{path}");
    }
    // A week without a day is no week, though an empty value is the default elsewhere.
    let answer = rig.post("/settings", &cookie, &[("daily_at", "09:00")]);
    assert!(answer.status == 422 && answer.body.contains("At least one day of the week"), "{}", answer.body);
}

#[test]
fn what_was_said_years_ago_is_still_in_the_diary() {
    let home = tempfile::tempdir().unwrap();
    let who = goodword::domain::Contact {
        id: "maria".into(),
        name: "Maria Ruiz".to_owned(),
        why: "She sews".to_owned(),
        ..goodword::domain::Contact::default()
    };
    let said = goodword::domain::Event {
        date: jiff::civil::date(2020, 5, 1),
        contact: "maria".into(),
        device: "laptop".into(),
        nonce: "1".to_owned(),
        at: "2020-05-01T09:00:00Z".parse().unwrap(),
        what: goodword::domain::What::Done {
            network: None,
            item: None,
            text: Some("A coat of 1863".to_owned()),
            url: None,
        },
    };
    let changes = [goodword::domain::Change::Contact(who), goodword::domain::Change::Event(said)];
    Replica::open(home.path(), [9; 16]).unwrap().commit(&changes).unwrap();
    let rig = Rig::start_with(home, "");
    let shown = rig.get("/diary", &rig.cookie()).body;
    for part in ["A coat of 1863", "Take the diary with you", "The garden of the last year: still bare"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn a_file_is_looked_at_first_and_only_then_taken_in() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    let file = "name,why,mastodon\nMaria Ruiz,She sews,@maria@sewing.example\nNo handle,,not a handle\n<b>Tom</b>,,\n";
    let looked = rig.upload(&cookie, "friends.csv", file.as_bytes());
    assert_eq!(looked.status, 303, "{}{}", looked.head, looked.body);
    let at = looked.header("location").unwrap().to_owned();
    let would = rig.get(&at, &cookie).body;
    for part in ["This is what would happen", "friends.csv", "Line 3", "Maria Ruiz", "&lt;b&gt;Tom&lt;/b&gt;"] {
        assert!(would.contains(part), "{part}: {would}");
    }
    assert_eq!(rig.tell(&["status"])["document"]["contacts"], 0, "nothing was done yet");
    // Somebody else's browser has no part in it, and neither has another id.
    let (other, id) = (rig.cookie(), at.rsplit('/').next().unwrap());
    assert_eq!(rig.get(&at, &other).status, 303);
    assert_eq!(rig.post("/people/import/do", &other, &[("pending", id)]).status, 303);
    assert_eq!(rig.post("/people/import/do", &cookie, &[("pending", "0")]).status, 303);
    assert_eq!(rig.tell(&["status"])["document"]["contacts"], 0);
    let done = rig.post("/people/import/do", &cookie, &[("pending", id)]);
    assert_eq!(done.header("location"), Some("/people?stage=waiting"), "{}", done.head);
    assert_eq!(rig.tell(&["status"])["document"]["contacts"], 3);
    // The press that comes twice finds nothing more to do.
    assert_eq!(rig.post("/people/import/do", &cookie, &[("pending", id)]).header("location"), Some("/people/import"));
    let cards = rig.get("/people?stage=waiting", &cookie).body;
    let card = cards.split("name=\"why-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    rig.post("/people/why", &cookie, &[(&format!("why-{card}"), "He prints every letter")]);
    assert_eq!(rig.tell(&["contact", "show", &card])["why"], "He prints every letter");
}

#[test]
fn whom_the_author_follows_needs_no_file_and_an_address_where_nobody_is_says_so() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    let place = rig.get("/people/import", &cookie).body;
    assert!(place.contains("name=\"from\"") && place.contains("whom you follow"), "{place}");
    let say = |from: &str| {
        let part = format!("Content-Disposition: form-data; name=\"from\"\r\n\r\n{from}\r\n--{BOUNDARY}\r\n");
        rig.send(
            &cookie,
            &multipart(&rig.form(&cookie), "", b"").replacen(
                "Content-Disposition: form-data; name=\"file\"",
                &(part + "Content-Disposition: form-data; name=\"file\""),
                1,
            ),
        )
    };
    // A port on which nobody listens, and what is no address at all.
    for (from, status, word) in [("@nora@127.0.0.1:1", 409, "cannot be reached"), ("just words", 422, "no address")] {
        let answer = say(from);
        assert_eq!(answer.status, status, "{from}: {}", answer.head);
        assert!(answer.body.contains(word), "{from}: {}", answer.body);
    }
    let answer = say("");
    assert!(answer.status == 422 && answer.body.contains("say whom you follow"), "{}", answer.body);
    assert_eq!(rig.tell(&["status"])["document"]["contacts"], 0);
}

#[test]
fn a_hostile_file_is_refused_in_words_and_nothing_comes_in() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    let long = "n".repeat(100_000);
    let names = ["", "../../etc/passwd", "<script>alert(1)</script>.csv", "a\u{202e}vsc.exe", "x\u{0}y.csv", &long];
    let files: [&[u8]; 6] = [b"", b"\x00\xff\xfe\x01", b"{\"a\":", b"<opml><body", b"PK\x03\x04", &[b'['; 200_000]];
    for name in names {
        for file in files {
            let answer = rig.upload(&cookie, name, file);
            assert!(matches!(answer.status, 303 | 403 | 409 | 413 | 422), "{name:.40}: {}", answer.head);
            assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        }
    }
    // A form with a file that is no form, cut short, or without end.
    let port = rig.port;
    let head = format!(
        "POST /people/import HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n"
    );
    for (kind, body) in [
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=", "--\r\n"),
        ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"form\""),
    ] {
        let answer = rig.raw(&format!("{head}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        assert_eq!(answer.status, 403, "{kind}");
    }
    let answer = rig
        .raw(&format!("{head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999999999\r\n\r\n--b"));
    assert_ne!(answer.status, 200);
    assert_eq!(rig.tell(&["status"])["document"]["contacts"], 0);
    assert_eq!(rig.get("/", &cookie).status, 200);
}

#[test]
fn names_of_a_megabyte_are_shown_cut() {
    let home = tempfile::tempdir().unwrap();
    let long = |start: &str| format!("{start}{}", "x\u{202e}<b>".repeat(150_000));
    let who = goodword::domain::Contact {
        id: "long".into(),
        name: long("Name "),
        why: long("Why "),
        notes: long("Notes "),
        handles: [("mastodon".to_owned(), long("@a@b.example"))].into(),
        ..goodword::domain::Contact::default()
    };
    let group = goodword::domain::Audience {
        id: "group".into(),
        name: long("Group "),
        slug: "group".to_owned(),
        bridge: long("Bridge "),
        ..goodword::domain::Audience::default()
    };
    let laptop =
        goodword::domain::Device { id: "laptop".into(), name: long("Laptop "), ..goodword::domain::Device::default() };
    let work = goodword::domain::Work { id: "work".into(), title: long("Work "), ..goodword::domain::Work::default() };
    let changes = [
        goodword::domain::Change::Contact(who),
        goodword::domain::Change::Audience(group),
        goodword::domain::Change::Device(laptop),
        goodword::domain::Change::Work(work),
    ];
    Replica::open(home.path(), [8; 16]).unwrap().commit(&changes).unwrap();
    let rig = Rig::start_with(home, "");
    let cookie = rig.cookie();
    for path in [
        "/",
        "/people",
        "/people/long",
        "/people?stage=waiting",
        "/people/new",
        "/people/import",
        "/audiences",
        "/audiences/group",
        "/diary",
        "/laptops",
    ] {
        let answer = rig.get(path, &cookie);
        assert_eq!(answer.status, 200, "{path}: {}", answer.head);
        assert!(answer.body.len() <= 100_000, "{path} has {} bytes", answer.body.len());
        assert!(!answer.body.contains("<b>"), "{path}");
    }
}

#[test]
fn an_audience_with_a_comma_in_its_name_outlives_an_edit() {
    let rig = Rig::start();
    let cookie = rig.cookie();
    rig.tell(&["contact", "add", "Maria", "--why", "w", "--audience", "Sewing, by hand"]);
    let id = rig.tell(&["contact", "list"])[0]["id"].as_str().unwrap().to_owned();
    let fields = [("name", "Maria"), ("why", "She shows it"), ("audiences", "Sewing, by hand, Teachers")];
    assert_eq!(rig.post(&format!("/people/{id}/edit"), &cookie, &fields).status, 303);
    let mut names: Vec<String> =
        serde_json::from_value(rig.tell(&["contact", "show", &id])["audiences"].clone()).unwrap();
    names.sort();
    assert_eq!(names, ["Sewing, by hand", "Teachers"]);
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

#[test]
fn ten_thousand_people_make_no_page_heavier() {
    let home = tempfile::tempdir().unwrap();
    let mut replica = Replica::open(home.path(), [7; 16]).unwrap();
    let people = (0..10_000_u32).map(|n| {
        goodword::domain::Change::Contact(goodword::domain::Contact {
            id: format!("c{n:05}").into(),
            name: format!("Person {n:05} of the {}", "long name ".repeat(10)),
            why: "a reason that goes on and on ".repeat(10),
            ..goodword::domain::Contact::default()
        })
    });
    replica.commit(&people.collect::<Vec<_>>()).unwrap();
    drop(replica);
    let rig = Rig::start_with(home, "");
    let cookie = rig.cookie();
    for (path, wanted) in [
        ("/", "A good word for"),
        ("/people", "1 to 50 of 10000"),
        ("/people?from=9990", "9991 to 10000 of 10000"),
        ("/people?q=PERSON+00042", "1 contact"),
        ("/people?from=99999999999999999999", "1 to 50 of 10000"),
        ("/audiences", "Audiences"),
        ("/diary", "The garden"),
        ("/", "A good word for"),
        ("/", "A good word for"),
        ("/people/c00042", "Person 00042"),
    ] {
        let start = std::time::Instant::now();
        let answer = rig.get(path, &cookie);
        // For whoever measures; a machine that is busy must not fail a test.
        eprintln!("{path}: {} bytes, {:?}", answer.body.len(), start.elapsed());
        assert!(answer.body.contains(wanted), "{path}: {}", answer.head);
        assert!(answer.body.len() <= 100_000, "{path} has {} bytes", answer.body.len());
    }
}
