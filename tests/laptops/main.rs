//! Two laptops, one book: real daemons that are paired, part, lose each other, and share one notification.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test prints, and fails by panicking"
)]

#[path = "../support/bombs.rs"]
mod bombs;
#[path = "../support/dice.rs"]
mod dice;
mod folder;
mod full;
mod hostile;
#[path = "../home/laptop.rs"]
#[allow(dead_code)]
mod laptop;
mod nudge;
mod quiet;
mod removal;
#[path = "../common/rig.rs"]
mod rig;
#[path = "../common/small_disk.rs"]
mod small_disk;
mod strangers;
mod thief;
mod together;
mod wires;

use std::time::{Duration, Instant};

use laptop::{Daemon, Laptop};
use serde_json::{Value, json};

/// Nothing here takes so long; it only ends a broken test.
const PATIENCE: Duration = Duration::from_secs(90);

/// A laptop that stays off the local network: the others reach it where they are told.
pub fn quiet_laptop(name: &str) -> Laptop {
    let laptop = Laptop::new();
    configure(&laptop, &format!("name = \"{name}\"\ndiscovery = false\npage_port = 0\n"));
    laptop
}

pub fn configure(laptop: &Laptop, text: &str) {
    use std::os::unix::fs::DirBuilderExt;
    _ = std::fs::DirBuilder::new().mode(0o700).create(laptop.home());
    std::fs::write(laptop.home().join("config.toml"), text).unwrap();
}

/// The answer's content; an error fails the test.
pub fn ask(daemon: &mut Daemon, request: &Value) -> Value {
    let line = daemon.ask(request);
    assert!(line["error"].is_null(), "{request}: {line}");
    line["answer"]["content"].clone()
}

/// Looks again and again until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One command on each laptop. Gives what both heard.
pub fn pair(inviter: &mut Daemon, joiner: &mut Daemon) -> (Value, Value) {
    let invited = ask(inviter, &json!({ "do": "device_invite" }));
    inviter.send(&json!({ "do": "device_invited" }));
    let joined = ask(joiner, &json!({ "do": "device_join", "at": invited["ticket"] }));
    let met = inviter.heard().unwrap();
    (met["answer"]["content"].clone(), joined)
}

pub fn names(daemon: &mut Daemon) -> Vec<String> {
    let rows = ask(daemon, &json!({ "do": "contact_list", "audience": null, "stage": null, "search": null }));
    rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

pub fn peers(daemon: &mut Daemon) -> Vec<Value> {
    ask(daemon, &json!({ "do": "sync", "now": false }))["peers"].as_array().unwrap().clone()
}

pub fn heads(daemon: &mut Daemon) -> Value {
    ask(daemon, &json!({ "do": "status" }))["document"]["heads"].clone()
}

pub fn are_in_step(one: &mut Daemon, other: &mut Daemon) -> bool {
    let all = |peers: Vec<Value>| !peers.is_empty() && peers.iter().all(|peer| peer["in_sync"] == true);
    all(peers(one)) && all(peers(other)) && heads(one) == heads(other)
}
