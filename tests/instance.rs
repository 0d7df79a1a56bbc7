//! What the author's own Mastodon instance allows is what a draft is counted against, over real HTTP.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// An instance that allows so many characters, and counts how often it is asked.
fn instance(says: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/share", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 2048];
            let read = stream.read(&mut request).unwrap_or_default();
            let is_question = request[..read].starts_with(b"GET /api/v2/instance ");
            count.fetch_add(usize::from(is_question), Ordering::SeqCst);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
            _ = write!(stream, "{head} {}\r\n\r\n{says}", says.len());
        }
    });
    (address, asked)
}

fn limit_of_a_draft(says: &'static str) -> (u64, usize) {
    let (address, asked) = instance(says);
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.toml"), format!("[endpoints]\nmastodon = \"{address}\"\n")).unwrap();
    let goodword = |words: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_goodword")).arg("--home").arg(home.path()).args(words).output();
        let run = run.unwrap();
        assert!(run.status.success(), "{words:?}: {}", String::from_utf8_lossy(&run.stderr));
        serde_json::from_slice::<serde_json::Value>(&run.stdout).unwrap()
    };
    goodword(&["--json", "settings", "set", "networks", "mastodon"]);
    goodword(&["--json", "settings", "set", "mastodon", "@nora@writers.example"]);
    goodword(&["--json", "settings", "set", "mastodon", "@nora@writers.example"]);
    goodword(&["--json", "contact", "add", "Maria", "--why", "Maria sews every buttonhole by hand"]);
    let draft = goodword(&["--json", "draft"]);
    (draft["limit"].as_u64().unwrap(), asked.load(Ordering::SeqCst))
}

#[test]
fn the_instance_is_asked_once_and_its_limit_counts() {
    let says = r#"{"configuration":{"statuses":{"max_characters":11000,"characters_reserved_per_url":23}}}"#;
    assert_eq!(limit_of_a_draft(says), (11_000, 1));
}

#[test]
fn an_instance_that_lies_or_babbles_leaves_room_for_a_post() {
    for says in [r#"{"configuration":{"statuses":{"max_characters":3}}}"#, "<html>", "{}"] {
        let (limit, _) = limit_of_a_draft(says);
        assert!((200..=500).contains(&limit), "{says}: {limit}");
    }
}
