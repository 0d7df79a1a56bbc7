//! A disk of 3 MB in a mount namespace of its own, which goes when the process goes.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Set for the process that runs on a small disk of its own.
const DISK: &str = "GOODWORD_TEST_DISK";

const SMALL_DISK: &str = "mount -t tmpfs -o size=3m,mode=700 tmpfs \"$GOODWORD_TEST_DISK\" && \
                          exec \"$0\" --ignored --exact \"$1\" --nocapture";

/// Runs an ignored test of this program where [`disk`] is a small one.
pub fn on_a_small_disk(test: &str) {
    let allowed = Command::new("unshare").args(["-rm", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mount namespace may be made here");
        return;
    }
    let disk = tempfile::Builder::new().prefix("gw").tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", SMALL_DISK]).arg(std::env::current_exe().unwrap()).arg(test);
    let output = command.env(DISK, disk.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

/// Where the small disk is; nothing for a test that somebody runs by itself.
pub fn disk() -> Option<PathBuf> {
    std::env::var_os(DISK).map(PathBuf::from)
}

/// Until not one byte more is taken.
pub fn fill(path: &Path) {
    let mut film = fs::File::create(path).unwrap();
    for piece in [65_536, 4_096, 1] {
        while film.write_all(&vec![1; piece]).is_ok() {}
    }
}
