//! An author on a rig: a home prepared by the command line, feeds on loopback, a browser that writes down what it is
//! given, and the real `goodword daemon`.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::rig::{Process, Rig, script};

pub const OFFER: &str = "A good word for Maria Ruiz?";
pub const OUTCOME: &str = "Did it go out to Maria Ruiz?";
pub const NEXT: &str = "A good word for Tom Ash?";
const PROGRAM: &str = env!("CARGO_BIN_EXE_goodword");

pub struct Author {
    pub rig: Rig,
    daemon: Option<Process>,
    /// For every command and the daemon.
    environment: Vec<(String, String)>,
}

impl Author {
    /// Maria is today's person, since midnight; Tom is next.
    pub fn on(rig: Rig) -> Author {
        let author = Author::with(rig, Vec::new());
        author.settle("00:00");
        author.cli(&["settings", "set", "zone", &zone_at_noon()]);
        author
    }

    /// As [`on`](Self::on), with the day at this hour, in UTC, and variables such as those of a clock that is not real.
    pub fn at(rig: Rig, hour: &str, environment: Vec<(String, String)>) -> Author {
        let author = Author::with(rig, environment);
        author.settle(hour);
        author.cli(&["settings", "set", "zone", "UTC"]);
        author
    }

    fn with(rig: Rig, mut environment: Vec<(String, String)>) -> Author {
        let browser = rig.dir().join("browser");
        let opened = rig.dir().join("opened").display().to_string();
        script(&browser, &format!("printf '%s' \"$1\" > '{opened}.new'; mv '{opened}.new' '{opened}'"));
        environment.push(("GOODWORD_BROWSER".to_owned(), browser.display().to_string()));
        Author { rig, daemon: None, environment }
    }

    /// No program of the author's own: links go the way they go in a session.
    pub fn with_the_sessions_browser(mut self) -> Author {
        self.environment.retain(|(name, _)| name != "GOODWORD_BROWSER");
        self
    }

    fn settle(&self, hour: &str) {
        let feed = feed();
        self.cli(&["settings", "set", "daily_at", hour]);
        self.cli(&["settings", "set", "networks", "bluesky"]);
        let why = "sews every buttonhole by hand";
        let maria = ["contact", "add", "Maria Ruiz", "--why", why, "--feed", &feed, "--bluesky", "maria.example"];
        self.cli(&maria);
        self.cli(&["contact", "add", "Tom Ash", "--why", "draws maps that nobody asked for"]);
        self.cli(&["contact", "edit", "Maria Ruiz", "--priority", "high"]);
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.rig.command(PROGRAM);
        command
            .args(args)
            .env("GOODWORD_HOME", self.home())
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.rig.address())
            .env_remove("NOTIFY_SOCKET")
            .envs(self.environment.iter().cloned());
        command
    }

    pub fn home(&self) -> PathBuf {
        self.rig.dir().join("home")
    }

    /// One command's answer; a failure of the command fails the test.
    pub fn cli(&self, args: &[&str]) -> Value {
        let output = self.command(args).arg("--json").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts the daemon and waits until it answers.
    pub fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.rig.dir().join("daemon.log")).unwrap();
        let mut daemon = self.command(&["daemon"]);
        daemon.env("GOODWORD_LOG", "goodword=debug").stdout(Stdio::null()).stderr(log);
        self.daemon = Some(Process(daemon.spawn().unwrap()));
        self.until("the daemon answers", || self.cli(&["status"])["pid"].is_u64());
    }

    /// How often the daemon gave the processor away by itself so far.
    pub fn wakeups(&self) -> u64 {
        let pid = self.daemon.as_ref().unwrap().0.id();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        count.trim().parse().unwrap()
    }

    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// SIGTERM, and waits for its end.
    pub fn stop(&mut self) {
        let mut daemon = self.daemon.take().unwrap();
        let pid = daemon.0.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
        assert!(daemon.0.wait().unwrap().success());
    }

    /// Looks again and again; the limit is generous and only ends a broken test.
    pub fn until(&self, what: &str, mut found: impl FnMut() -> bool) {
        for _ in 0..1200 {
            if found() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.rig.dir().join("daemon.log")).unwrap_or_default();
        panic!("it never came: {what}\nshown: {:#?}\ndiary: {}\n{log}", self.rig.shown(), self.diary());
    }

    /// Until dunst was given as many notifications, the last with this title, and the daemon knows it.
    pub fn until_shown(&self, titles: &[&str]) {
        self.until(&format!("{titles:?}"), || {
            let shown = self.rig.shown();
            shown.len() >= titles.len() && self.rig.on_screen() == 1
        });
        let shown: Vec<_> = self.rig.shown().into_iter().map(|(title, _)| title).collect();
        assert_eq!(shown, titles);
    }

    pub fn until_state(&self, name: &str, state: &str) {
        self.until(&format!("{name} is {state}"), || self.state(name) == state);
    }

    pub fn until_gone(&self) {
        self.until("an empty screen", || self.rig.on_screen() == 0);
    }

    /// Everything that was written in the journal about a person on the newest of their days.
    pub fn entry(&self, name: &str) -> Value {
        let diary = self.diary();
        let entries = diary["entries"].as_array().unwrap().clone();
        entries.into_iter().find(|entry| entry["contact"]["name"] == name).unwrap_or_default()
    }

    pub fn state(&self, name: &str) -> String {
        self.entry(name)["state"].as_str().unwrap_or_default().to_owned()
    }

    pub fn diary(&self) -> Value {
        self.cli(&["diary"])
    }

    /// How often something of this kind was written: the book itself, not the day that is folded from it.
    pub fn written(&self, what: &str) -> usize {
        let file = self.rig.dir().join("book.json");
        _ = std::fs::remove_file(&file);
        self.cli(&["export", file.to_str().unwrap()]);
        let text = std::fs::read_to_string(file).unwrap().replace('\\', "");
        text.matches(&format!("\"what\":\"{what}\"")).count()
    }

    /// What the browser was given, once it was.
    pub fn opened(&self) -> String {
        let path = self.rig.dir().join("opened");
        self.until("the browser", || path.exists());
        std::fs::read_to_string(path).unwrap()
    }
}

/// A zone in which it is about noon, so that no test runs over midnight.
fn zone_at_noon() -> String {
    let hour = i64::from(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour());
    // The sign of these names is the other way round: Etc/GMT+5 is five hours behind.
    match hour - 12 {
        0 => "UTC".to_owned(),
        behind @ 1.. => format!("Etc/GMT+{behind}"),
        ahead => format!("Etc/GMT{ahead}"),
    }
}

/// A feed with one post that is always new. It ends with the test.
fn feed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/feed", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = [0; 4096];
            _ = stream.read(&mut request);
            let body = "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Maria sews</title>\
                 <entry><title>How to sew an 1863 sack coat</title><id>1</id>\
                 <link href=\"https://maria.example/sack-coat\"/><updated>NOW</updated></entry></feed>"
                .replace("NOW", &(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(30)).to_string());
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            _ = stream.write_all((head + &body).as_bytes());
        }
    });
    address
}
