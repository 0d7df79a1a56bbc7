//! Servers of the fediverse that really federate: snac2, each in a folder and on a port of its own, over loopback HTTP.
//!
//! A test that needs one begins with `let Some(server) = Snac::start() else { return };`. Where the program is missing
//! (`tests/run` fetches it into `target/snac`) it says so and skips; with `CI` set it fails.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "each test uses a part")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::rig::Process;

/// A server; it ends when this is dropped.
pub struct Snac {
    /// `127.0.0.1:PORT`: the host of its accounts.
    pub host: String,
    folder: tempfile::TempDir,
    _server: Process,
}

/// Where `tests/run` puts the program, or one that the system has.
fn program() -> Option<PathBuf> {
    let fetched = concat!(env!("CARGO_MANIFEST_DIR"), "/target/snac/usr/bin/snac");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).map(|dir| dir.join("snac"));
    std::iter::once(PathBuf::from(fetched)).chain(installed).find(|path| path.is_file())
}

impl Snac {
    /// An instance without accounts.
    pub fn start() -> Option<Snac> {
        let Some(program) = program() else {
            assert!(std::env::var_os("CI").is_none(), "snac is missing: tests/run fetches it");
            eprintln!("skipped: snac is missing; tests/run fetches it");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("gwsnac").tempdir().unwrap();
        // A port that was free a moment ago; another program may take it, so it is tried again.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let host = format!("127.0.0.1:{port}");
            let data = folder.path().join(port.to_string());
            let mut init = Command::new(&program);
            let answers = format!("127.0.0.1\n{port}\n{host}\n\n\n");
            run(init.arg("init").arg(&data), &answers);
            let settings = data.join("server.json");
            let text = std::fs::read_to_string(&settings).unwrap();
            std::fs::write(&settings, text.replace("\"protocol\": \"https\"", "\"protocol\": \"http\"")).unwrap();
            let mut server = Command::new(&program);
            server.arg("httpd").arg(&data).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut server = Process(server.spawn().unwrap());
            let until = Instant::now() + Duration::from_secs(30);
            while Instant::now() < until && server.0.try_wait().unwrap().is_none() {
                if TcpStream::connect(&host).is_ok() {
                    return Some(Snac { host, folder, _server: server });
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        panic!("snac did not start");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join(self.host.rsplit(':').next().unwrap())
    }

    /// Where it answers.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.host)
    }

    /// A new account; gives its password.
    pub fn add_user(&self, user: &str) -> String {
        let said = self.run(&["adduser"], &[user], "\n\n\n\n\n");
        let password = said.lines().find_map(|line| line.strip_prefix("User password is "));
        password.unwrap_or_else(|| panic!("no password in {said}")).trim().to_owned()
    }

    /// Changes an account's own settings, such as `name`, `bio` or `metadata` (name to value: its profile's fields).
    pub fn set(&self, user: &str, key: &str, value: Value) {
        let file = self.data().join("user").join(user).join("user.json");
        let mut settings: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        settings[key] = value;
        std::fs::write(&file, serde_json::to_string_pretty(&settings).unwrap()).unwrap();
    }

    /// Posts to everybody.
    pub fn post(&self, user: &str, text: &str) {
        self.run(&["note"], &[user, text], "");
    }

    /// `user` follows an account elsewhere, by the address of its actor.
    pub fn follow(&self, user: &str, actor: &str) {
        self.run(&["follow"], &[user, actor], "");
    }

    /// Any other of snac's commands: `snac COMMAND FOLDER ARGUMENTS`.
    pub fn run(&self, command: &[&str], arguments: &[&str], input: &str) -> String {
        let mut snac = Command::new(program().unwrap());
        run(snac.args(command).arg(self.data()).args(arguments), input)
    }

    /// Waits until an account has so many followers. Its folder tells: over HTTP snac shows the list to nobody.
    pub fn wait_for_followers(&self, user: &str, number: usize) {
        let folder = self.data().join("user").join(user).join("followers");
        let followers = || std::fs::read_dir(&folder).map(Iterator::count).unwrap_or_default();
        let until = Instant::now() + Duration::from_secs(90);
        while followers() < number {
            assert!(Instant::now() < until, "{user} has {} followers", followers());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// What it answers to GET, as JSON; null for anything else.
    pub fn get(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        write!(stream, "GET /{path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.host).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok()).unwrap_or_default()
    }

    /// Waits until an answer is as wished: federation takes some seconds.
    pub fn wait_for(&self, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + Duration::from_secs(90);
        loop {
            let answer = self.get(path);
            if wished(&answer) {
                return answer;
            }
            assert!(Instant::now() < until, "{path}: {answer}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn run(command: &mut Command, input: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that asks for less than it is told has closed its ear.
    _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}
