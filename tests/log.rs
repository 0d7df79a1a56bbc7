//! What the daemon logs, even at its most talkative: nothing that an author would mind a helper reading over their shoulder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test prints, and fails by panicking"
)]

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const SECRETS: [&str; 6] =
    ["SecretNote", "SecretWhy", "SecretTitle", "SecretReason", "secret@example.org", "SecretWords"];

fn goodword(home: &Path, words: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_goodword")).env("GOODWORD_HOME", home).args(words).output().unwrap();
    assert!(run.status.success(), "{words:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// One feed, served to whoever asks, for as long as the test runs.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 2048];
            _ = stream.read(&mut request);
            let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
            let feed = format!(
                "<rss version=\"2.0\"><channel><title>F</title><item><title>SecretTitle</title>\
                 <link>http://{address}/1</link><pubDate>{now}</pubDate></item></channel></rss>"
            );
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\nContent-Length:";
            _ = write!(stream, "{head} {}\r\n\r\n{feed}", feed.len());
        }
    });
    format!("http://{address}/feed")
}

#[test]
fn the_log_has_no_note_no_draft_and_no_address_of_a_person() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("config.toml"), "log = \"trace\"\n").unwrap();
    // It is noon there, whenever this test runs: "later" never crosses midnight.
    let hour = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    goodword(home, &["settings", "set", "zone", &format!("Etc/GMT{:+}", i32::from(hour) - 12)]);
    let (feed, dead) = (serve(), "http://127.0.0.1:9/feed");
    let person = ["contact", "add", "Maria", "--why", "SecretWhy in her words", "--notes", "SecretNote"];
    goodword(home, &[&person[..], &["--email", "secret@example.org", "--feed", &feed, "--feed", dead]].concat());
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_goodword"))
        .env("GOODWORD_HOME", home)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .arg("daemon")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !home.join("run/goodword.sock").exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the daemon did not start");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(goodword(home, &["feeds", "refresh"]).contains("1 item"));
    assert!(goodword(home, &["today"]).contains("SecretTitle"), "the day is about the item");
    goodword(home, &["later"]);
    goodword(home, &["undo"]);
    goodword(home, &["done", "--text", "SecretWords about it"]);
    goodword(home, &["contact", "edit", "Maria", "--notes", "SecretNote again"]);
    rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), rustix::process::Signal::TERM).unwrap();
    let mut log = String::new();
    daemon.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(daemon.wait().unwrap().success());
    assert!(!log.is_empty(), "at this level there is something to read");
    for secret in SECRETS {
        assert!(!log.contains(secret), "the log tells \"{secret}\":\n{log}");
    }
}
