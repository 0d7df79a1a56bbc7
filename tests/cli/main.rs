//! The real binary, as an author and as a hostile user meet it: with a daemon and without.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod demo;
mod garbage;
mod import;
mod init;
mod readme;
mod socket;
mod walk;
mod wire;

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;

pub const GOODWORD: &str = env!("CARGO_BIN_EXE_goodword");

/// A bus where nobody answers: no test may speak to the desktop of whoever runs it.
const NO_BUS: &str = "unix:path=/nonexistent/bus";

/// A home of its own, and perhaps a daemon that serves it.
pub struct Home {
    pub dir: tempfile::TempDir,
    daemon: Option<Daemon>,
}

/// Ends with its owner, also when a test panics.
pub struct Daemon(Child);

impl Daemon {
    /// SIGTERM, and waits for the end. True when it ended well.
    pub fn stop(&mut self) -> bool {
        self.end(rustix::process::Signal::TERM)
    }

    /// Ctrl-C, and waits for the end. True when it ended well.
    pub fn interrupt(&mut self) -> bool {
        self.end(rustix::process::Signal::INT)
    }

    fn end(&mut self, signal: rustix::process::Signal) -> bool {
        let pid = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
        _ = rustix::process::kill_process(pid, signal);
        self.0.wait().unwrap().success()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            self.stop();
        }
    }
}

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }

    /// Its answer as JSON: exactly one line, and nothing else.
    #[track_caller]
    pub fn json(&self) -> Value {
        let line = self.out.strip_suffix('\n').unwrap_or_else(|| panic!("no line: {:?} {:?}", self.out, self.err));
        assert!(!line.contains('\n'), "more than one line: {line}");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Home {
    /// Without a daemon: each command does the work itself.
    pub fn empty() -> Home {
        Home { dir: tempfile::Builder::new().prefix("gw").tempdir().unwrap(), daemon: None }
    }

    pub fn with_daemon() -> Home {
        let mut home = Home::empty();
        home.start();
        home
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub fn socket(&self) -> PathBuf {
        self.path().join("run/goodword.sock")
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(GOODWORD);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("GOODWORD_HOME", self.path())
            .env("DBUS_SESSION_BUS_ADDRESS", NO_BUS)
            .env("TZ", noon())
            .stdin(Stdio::null());
        command
    }

    pub fn start(&mut self) {
        let child = self.command().arg("daemon").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.daemon = Some(Daemon(child));
        self.connect();
    }

    pub fn stop(&mut self) -> bool {
        self.daemon.take().unwrap().stop()
    }

    /// As a power cut does.
    pub fn kill(&mut self) {
        let daemon = &mut self.daemon.as_mut().unwrap().0;
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        self.daemon = None;
    }

    /// A connection to the daemon, as soon as it listens.
    pub fn connect(&self) -> UnixStream {
        let stream = (0..600).find_map(|_| {
            let stream = UnixStream::connect(self.socket()).ok();
            if stream.is_none() {
                std::thread::sleep(Duration::from_millis(50));
            }
            stream
        });
        stream.unwrap_or_else(|| panic!("the daemon does not listen within half a minute"))
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command().args(args).output().unwrap())
    }

    /// Runs what must succeed, and gives its text.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// Runs what must succeed, and gives its JSON.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
        ran.json()
    }

    /// Runs what must fail with this code; its error has these words, on standard error and in the JSON.
    #[track_caller]
    pub fn fails(&self, code: i32, words: &str, args: &[&str]) {
        let fault = self.not_refused(code, words, args);
        assert!(fault.is_none(), "{}", fault.unwrap());
    }

    /// What is wrong with how a command is refused; nothing when all is well.
    pub fn not_refused(&self, code: i32, words: &str, args: &[&str]) -> Option<String> {
        let ran = self.run(&[&["--json"], args].concat());
        let fault = |what: &str| Some(format!("{args:?} {what}: exit {}, {}{}", ran.code, ran.out, ran.err));
        if ran.code != code {
            return fault("has another exit code");
        }
        let error = &ran.json()["error"];
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        if text("kind").is_empty() || text("message").is_empty() || !ran.err.contains("goodword: ") {
            return fault("is not explained");
        }
        let said = text("message") + " " + &text("hint");
        if said.contains(words) { None } else { fault(&format!("does not say {words:?}")) }
    }

    /// Runs it with this on its standard input.
    pub fn fed(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that refuses the rest of its input is no failure of the test.
        _ = child.stdin.take().unwrap().write_all(input);
        Ran::of(child.wait_with_output().unwrap())
    }

    /// The fingerprint of everything in the book.
    pub fn heads(&self) -> Value {
        self.json(&["status"])["document"]["heads"].clone()
    }
}

/// The zone in which it is noon now: "later" never meets midnight, whenever the tests run.
fn noon() -> String {
    static ZONE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let zone = || format!("NOON{:+}", jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour() - 12);
    ZONE.get_or_init(zone).clone()
}

/// Today, where it is noon.
pub fn today() -> jiff::civil::Date {
    let hours = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    let zone = jiff::tz::Offset::constant(12 - hours).to_time_zone();
    jiff::Timestamp::now().to_zoned(zone).date()
}

/// A small site on loopback: what is at each path, for as long as the tests run. Gives its address.
pub fn site(pages: Vec<(&'static str, &'static str, String)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            _ = serve(stream, &pages);
        }
    });
    address
}

fn serve(mut stream: std::net::TcpStream, pages: &[(&str, &str, String)]) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    let answer = match pages.iter().find(|(at, ..)| *at == path) {
        Some((_, kind, body)) => {
            format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", body.len())
                + "Connection: close\r\n\r\n"
                + body
        }
        None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    };
    stream.write_all(answer.as_bytes())
}

/// A site with a feed that it announces; the feed has one item of yesterday.
pub fn site_with_feed() -> String {
    let yesterday = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let date = yesterday.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let page = r#"<link rel="alternate" type="application/rss+xml" href="/rss.xml"><h1>Maria sews</h1>"#;
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>Maria sews</title><item><title>How to sew a sack coat</title>\
         <link>https://maria.example/coat?utm_source=rss</link><pubDate>{date}</pubDate></item></channel></rss>"
    );
    site(vec![("/", "text/html", page.to_owned()), ("/rss.xml", "application/rss+xml", feed)])
}

/// Writes a file and gives its path as text.
pub fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}
