//! Relationships that track themselves: with the built binary, and without a login anywhere.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../common/atproto.rs"]
mod atproto;
#[path = "../common/bluesky.rs"]
mod bluesky;
#[path = "../common/rig.rs"]
mod rig;
#[path = "../common/snac.rs"]
mod snac;

mod answers;
mod fediverse;
mod friendship;
mod mastodon;
mod shown;

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

fn goodword(home: &Path, words: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_goodword")).arg("--home").arg(home).args(words).output().unwrap();
    assert!(run.status.success(), "{words:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

fn answer(home: &Path, words: &[&str]) -> Value {
    serde_json::from_str(&goodword(home, &[&["--json"], words].concat())).unwrap()
}

/// The deeds that the book knows of between the author and somebody.
fn deeds(home: &Path, name: &str) -> BTreeSet<String> {
    let contact = answer(home, &["contact", "show", name]);
    contact["evidence"].as_array().unwrap().iter().map(|row| row["deed"].as_str().unwrap().to_owned()).collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What `doctor` says of the author's own handles.
fn handles(home: &Path) -> Value {
    let checks = answer(home, &["doctor"]);
    checks.as_array().unwrap().iter().find(|check| check["check"] == "handles").unwrap().clone()
}
