//! A real daemon with a home of its own, a raw HTTP client that can lie, and a real Chromium.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

pub struct Rig {
    pub home: tempfile::TempDir,
    daemon: Child,
    pub port: u16,
}

impl Drop for Rig {
    fn drop(&mut self) {
        _ = self.daemon.kill();
        _ = self.daemon.wait();
    }
}

/// What parts the fields of [`multipart`].
pub const BOUNDARY: &str = "----goodword-7c1d";

/// The body of our own form with a file in it. `name` goes in as it is.
pub fn multipart(form: &str, name: &str, file: &[u8]) -> String {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{form}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    format!("{head}{}\r\n--{BOUNDARY}--\r\n", String::from_utf8_lossy(file))
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

impl Rig {
    /// A daemon on an empty book.
    pub fn start() -> Rig {
        Rig::start_with(tempfile::tempdir().unwrap(), "")
    }

    /// A daemon on this home, with lines for its `config.toml`.
    pub fn start_with(home: tempfile::TempDir, config: &str) -> Rig {
        // Nobody outside this machine is asked who anybody is.
        let config = if config.is_empty() { "[endpoints]\nbluesky_api = \"http://127.0.0.1:1/\"\n" } else { config };
        fs::write(home.path().join("config.toml"), format!("page_port = 0\nnotify = false\n{config}")).unwrap();
        let daemon = spawn(home.path());
        let mut rig = Rig { home, daemon, port: 0 };
        rig.wait();
        rig
    }

    /// Ends the daemon and starts another on the same home and port.
    pub fn restart(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
        fs::write(self.home.path().join("config.toml"), format!("page_port = {}\nnotify = false\n", self.port))
            .unwrap();
        self.daemon = spawn(self.home.path());
        self.wait();
    }

    fn wait(&mut self) {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            if let Some(ended) = self.daemon.try_wait().unwrap() {
                let log = fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
                panic!("the daemon ended: {ended}\n{log}");
            }
            // A command before the daemon holds the home would begin the book itself.
            if !self.home.path().join("run/goodword.sock").exists() {
                std::thread::sleep(Duration::from_millis(10));
                continue;
            }
            let page = self.ask(&["status"])["page"]["url"].as_str().map(|url| url::Url::parse(url).unwrap());
            if let Some(port) = page.and_then(|url| url.port()) {
                self.port = port;
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the daemon shows no page");
    }

    /// A command of the command line; its JSON.
    pub fn ask(&self, words: &[&str]) -> Value {
        let output = self.command(words).output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// A command that has to succeed.
    pub fn tell(&self, words: &[&str]) -> Value {
        let answer = self.ask(words);
        assert!(answer.get("error").is_none(), "{words:?}: {answer}");
        answer
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goodword"));
        command.args(words).arg("--json").env("GOODWORD_HOME", self.home.path()).stdin(Stdio::null());
        command
    }

    /// A one-time address.
    pub fn launch(&self) -> String {
        self.tell(&["open", "--print"])["url"].as_str().unwrap().to_owned()
    }

    /// The cookie of a new session, as a browser would send it.
    pub fn cookie(&self) -> String {
        let launch = self.launch();
        let path = launch.split_once(&format!(":{}", self.port)).unwrap().1;
        let answer = self.get(path, "");
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    /// A form's token for a session.
    pub fn form(&self, cookie: &str) -> String {
        goodword::server::guard::form_token(cookie.split_once('=').unwrap().1)
    }

    /// A polite GET.
    pub fn get(&self, path: &str, cookie: &str) -> Answer {
        let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{cookie}Connection: close\r\n\r\n", self.port))
    }

    /// A polite POST of our own form.
    pub fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("form", &self.form(cookie)).extend_pairs(fields);
        let (body, port) = (body.finish(), self.port);
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ))
    }

    /// A polite POST of our own form with a file in it.
    pub fn upload(&self, cookie: &str, name: &str, file: &[u8]) -> Answer {
        self.send(cookie, &multipart(&self.form(cookie), name, file))
    }

    /// A polite POST of the form that may hold a file.
    pub fn send(&self, cookie: &str, body: &str) -> Answer {
        let port = self.port;
        self.raw(&format!(
            "POST /people/import HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n\
             Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        ))
    }

    /// These bytes, and whatever comes back.
    pub fn raw(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        // A refusal may come before the whole request is out.
        _ = stream.write_all(request.as_bytes());
        let mut bytes = Vec::new();
        _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// An author with works, audiences, people, and a few days behind them.
    pub fn furnish(&self) {
        for words in [
            &["settings", "set", "name", "Ada Quill"][..],
            &["settings", "set", "networks", "bluesky,mastodon,x"],
            &["settings", "set", "mastodon", "@ada@books.example"],
            &["work", "add", "The Last Drummer", "--genre", "historical fiction"],
            &[
                "audience",
                "add",
                "Civil War re-enactors",
                "--via",
                "The Last Drummer",
                "--bridge",
                "They will check your buttons",
            ],
            &[
                "audience",
                "add",
                "History teachers",
                "--via",
                "The Last Drummer",
                "--bridge",
                "A drummer boy is the age of their class",
            ],
            &[
                "audience",
                "add",
                "Costume makers",
                "--via",
                "Civil War re-enactors",
                "--bridge",
                "Somebody sews every coat that is worn on the field",
            ],
            &[
                "audience",
                "add",
                "Drum corps",
                "--via",
                "The Last Drummer",
                "--bridge",
                "They know what a long roll does to your wrists",
            ],
            &[
                "audience",
                "tie",
                "History teachers",
                "Drum corps",
                "--bridge",
                "School bands march on the same anniversaries",
            ],
            &[
                "contact",
                "add",
                "Maria Ruiz",
                "--why",
                "She sews 1863 sack coats by hand and shows every mistake",
                "--audience",
                "Costume makers",
                "--bluesky",
                "maria.example.org",
                "--site",
                "",
            ],
            &[
                "contact",
                "add",
                "The Long Roll",
                "--kind",
                "organisation",
                "--why",
                "They teach children the drum without a single drum machine",
                "--audience",
                "Drum corps",
                "--mastodon",
                "@longroll@drums.example",
            ],
            &[
                "contact",
                "add",
                "Tom Okafor",
                "--why",
                "His class wrote letters home as soldiers and he printed all of them",
                "--audience",
                "History teachers",
                "--x",
                "tomteaches",
            ],
            &[
                "contact",
                "add",
                "Save the Old Mill",
                "--kind",
                "cause",
                "--why",
                "They keep the mill turning where the regiment slept",
                "--audience",
                "Civil War re-enactors",
            ],
        ] {
            self.tell(words);
        }
    }
}

fn spawn(home: &Path) -> Child {
    // The test reads the page, never the log; and no desktop of whoever runs the test is to be touched.
    Command::new(env!("CARGO_BIN_EXE_goodword"))
        .arg("daemon")
        .env("GOODWORD_HOME", home)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(home.join("log")).unwrap())
        .spawn()
        .unwrap()
}

/// The folder with the script and its packages, made in the build folder; nothing where there is no Chromium or Node.
fn stage() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page-node");
    fs::create_dir_all(&folder).unwrap();
    // Tests run beside each other, and npm beside npm does harm.
    let turn = fs::File::create(folder.join("turn")).unwrap();
    turn.lock().unwrap();
    // A scene that plays already reads them: what is there as it should be is not written again.
    for path in fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|ending| ending != "mjs" && ending != "json") {
            continue;
        }
        let (wanted, copy) = (fs::read(&path).unwrap(), folder.join(path.file_name().unwrap()));
        if fs::read(&copy).ok().as_ref() != Some(&wanted) {
            fs::write(copy, wanted).unwrap();
        }
    }
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let is_there = |name: &str| folder.join("node_modules").join(name).join("package.json").is_file();
    let install = ["install", "--no-audit", "--no-fund", "--silent", "--prefer-offline"];
    let ready = Path::new(&chromium).is_file()
        && (["playwright-core", "axe-core"].into_iter().all(is_there)
            || Command::new("npm").args(install).current_dir(&folder).status().is_ok_and(|status| status.success()));
    if ready {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "on CI, Chromium, Node and npm have to be there");
    eprintln!("skipped: this needs Chromium, Node and npm (playwright-core, axe-core)");
    None
}

/// Plays one scene of those that `drive.mjs` knows.
pub fn play(rig: &Rig, scene: &str) {
    play_with(rig, scene, &serde_json::json!({}));
}

/// Plays one with more around it than a laptop.
pub fn play_with(rig: &Rig, scene: &str, more: &Value) {
    let Some(folder) = stage() else { return };
    let shots = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    fs::create_dir_all(&shots).unwrap();
    let around = serde_json::json!({
        "program": env!("CARGO_BIN_EXE_goodword"), "home": rig.home.path(), "shots": shots,
        "address": format!("http://127.0.0.1:{}/", rig.port), "port": more["port"], "other": more["other"],
    });
    let mut node = Command::new("node");
    node.arg("drive.mjs").arg(scene).current_dir(folder);
    let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(around.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{scene}: {}", String::from_utf8_lossy(&output.stderr));
}
