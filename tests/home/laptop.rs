//! A home of its own for the real binary, and what was said in it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

pub const GOODWORD: &str = env!("CARGO_BIN_EXE_goodword");
/// Nothing here takes so long; a test that waits for ever says nothing.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Laptop {
    dir: tempfile::TempDir,
}

/// What a command said, and its exit code.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The error as people read it: what, and what to do next.
    pub fn error(&self) -> (String, String) {
        let mut lines = self.err.lines().filter(|line| !line.is_empty());
        let message = lines.next().unwrap_or_default().to_owned();
        (message, lines.collect::<Vec<_>>().join("\n"))
    }
}

/// A command that neither finds a desktop nor anything of whoever runs the tests.
pub fn goodword(home: &Path) -> Command {
    let mut command = Command::new(GOODWORD);
    plain(&mut command).env("GOODWORD_HOME", home);
    command
}

pub fn plain(command: &mut Command) -> &mut Command {
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "NOTIFY_SOCKET", "GOODWORD_LOG", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").stdin(Stdio::null())
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let said = Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    assert!(!said.err.contains("panicked") && said.code >= 0, "{command:?}: {said:?}");
    said
}

impl Laptop {
    pub fn new() -> Laptop {
        Laptop { dir: tempfile::Builder::new().prefix("gw").tempdir().unwrap() }
    }

    /// With Maria in the book, and a backup of it.
    pub fn with_maria() -> Laptop {
        let laptop = Laptop::new();
        assert_eq!(laptop.run(&["contact", "add", "Maria", "--why", "sews what others only draw"]).code, 0);
        assert_eq!(laptop.run(&["backup", "now"]).code, 0);
        laptop
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub fn db(&self) -> PathBuf {
        self.home().join("goodword.db")
    }

    pub fn backup(&self) -> PathBuf {
        let mut all = fs::read_dir(self.home().join("backups")).unwrap();
        all.next().unwrap().unwrap().path()
    }

    pub fn run(&self, words: &[&str]) -> Said {
        said(goodword(&self.home()).args(words))
    }

    pub fn names(&self) -> Vec<String> {
        let rows = self.run(&["contact", "list", "--json"]);
        assert_eq!(rows.code, 0, "{rows:?}");
        rows.json().as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    /// What doctor finds wrong, by check.
    pub fn findings(&self) -> Vec<String> {
        let said = self.run(&["doctor", "--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        let checks = said.json();
        let wrong = checks.as_array().unwrap().iter().filter(|check| check["ok"] == false);
        wrong
            .map(|check| {
                assert!(check["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{check}");
                assert!(!check["message"].as_str().unwrap().is_empty(), "{check}");
                check["check"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    /// Runs the daemon where it should refuse to.
    pub fn refused_daemon(&self) -> Said {
        let mut child = goodword(&self.home()).arg("daemon").stderr(Stdio::piped()).spawn().unwrap();
        let until = Instant::now() + PATIENCE;
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > until {
                child.kill().unwrap();
                panic!("the daemon runs on");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let (mut err, code) = (String::new(), child.wait().unwrap().code().unwrap());
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        Said { code, out: String::new(), err }
    }

    pub fn daemon(&self) -> Daemon {
        Daemon::of(goodword(&self.home()).arg("daemon"), &self.home())
    }
}

/// Every file below a folder with what is in it, its mode and its time.
pub fn state(folder: &Path) -> Vec<(PathBuf, u32, std::time::SystemTime, Vec<u8>)> {
    use std::os::unix::fs::MetadataExt;
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() {
                folders.push(path.clone());
            }
            let bytes = if meta.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            found.push((path, meta.mode(), meta.modified().unwrap(), bytes));
        }
    }
    found.sort();
    found
}

/// A daemon that answers, and a connection to it. Killed with its owner.
pub struct Daemon {
    child: Child,
    reader: BufReader<UnixStream>,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Daemon {
    pub fn of(command: &mut Command, home: &Path) -> Daemon {
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + PATIENCE;
        let stream = loop {
            match UnixStream::connect(home.join("run/goodword.sock")) {
                Ok(stream) => break stream,
                Err(_) if Instant::now() < until && child.try_wait().unwrap().is_none() => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(error) => {
                    _ = child.kill();
                    panic!("the daemon does not answer: {error}");
                }
            }
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Daemon { child, reader: BufReader::new(stream) }
    }

    /// Sends a request and waits for nothing.
    pub fn send(&mut self, request: &Value) {
        let call = json!({ "goodword": env!("CARGO_PKG_VERSION"), "request": request });
        _ = self.reader.get_mut().write_all(format!("{call}\n").as_bytes());
    }

    /// The next answer or error; nothing when the daemon is gone.
    pub fn heard(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let line: Value = serde_json::from_str(&line).ok()?;
            if line.get("progress").is_none() {
                return Some(line);
            }
        }
    }

    pub fn ask(&mut self, request: &Value) -> Value {
        self.send(request);
        self.heard().unwrap_or_else(|| panic!("no answer to {request}"))
    }

    pub fn kill(mut self) -> BufReader<UnixStream> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let stream = self.reader.get_ref().try_clone().unwrap();
        BufReader::new(stream)
    }

    /// Waits for a daemon that was told to stop.
    pub fn ended(mut self) {
        self.child.wait().unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

pub fn add(name: &str) -> Value {
    json!({ "do": "contact_add", "name": name, "kind": "person", "why": "kind", "audiences": [], "leave": [], "feeds": [],
            "drop_feeds": [], "handles": {}, "site": null, "email": null, "notes": null, "priority": null })
}

pub fn set(key: &str, value: &str) -> Value {
    json!({ "do": "settings_set", "key": key, "value": value })
}
