//! The exported file is a standard Automerge file: the Automerge of JavaScript reads it, and we read what it writes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use goodword::{domain::Change, replica::Replica};
use support::person;

/// Installs the npm package into the build folder, never beside the sources. Nothing where there is no Node.
fn reader() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node");
    fs::create_dir_all(&folder).unwrap();
    for name in ["package.json", "read.mjs"] {
        fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    let install = ["install", "--no-audit", "--no-fund", "--silent", "--prefer-offline"];
    let installed = Command::new("npm").args(install).current_dir(&folder).status();
    if installed.is_ok_and(|status| status.success()) {
        return Some(folder.join("read.mjs"));
    }
    assert!(std::env::var_os("CI").is_none(), "on CI, Node and npm have to be there");
    eprintln!("skipped: npm could not install @automerge/automerge");
    None
}

#[test]
fn javascript_reads_our_file_and_we_read_what_it_changed() {
    let Some(script) = reader() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut replica = Replica::open(&folder.path().join("home"), [1; 16]).unwrap();
    replica.commit(&[Change::Contact(person("a", "Zoë 🌱"))]).unwrap();
    replica.commit(&support::big(50, 20)).unwrap();
    let (ours, theirs) = (folder.path().join("ours.automerge"), folder.path().join("theirs.automerge"));
    fs::write(&ours, replica.export_automerge()).unwrap();

    let output = Command::new("node").arg(script).args([&ours, &theirs]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&replica.export_json().unwrap()).unwrap();
    assert_eq!(read["heads"], serde_json::json!(replica.heads_hex()));
    assert_eq!(read["book"], json);

    replica.import(&fs::read(theirs).unwrap()).unwrap();
    assert_eq!(replica.book().contacts["a"].why, "because JavaScript says so");
    let json: serde_json::Value = serde_json::from_slice(&replica.export_json().unwrap()).unwrap();
    assert_eq!(json["contacts"]["a"]["favourite"], 7);
}
