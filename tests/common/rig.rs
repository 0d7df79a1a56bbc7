//! A desktop without a screen: Xvfb, a private session bus and a real dunst, in a folder of their own.
//!
//! A test that needs it begins with `let Some(rig) = Rig::start() else { return };`. Where the programs are missing it
//! says so and skips; with `CI` or `GOODWORD_REQUIRE_DESKTOP` set it fails. Everything ends when the rig is dropped.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

const PROGRAMS: [&str; 5] = ["Xvfb", "dbus-daemon", "dunst", "dunstctl", "gdbus"];

pub struct Rig {
    server: Option<Process>,
    bus: Option<Process>,
    display: String,
    _screen: Process,
    dir: tempfile::TempDir,
}

/// Ends with its owner, also when a test panics.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Rig {
    /// A screen, a bus and dunst.
    pub fn start() -> Option<Rig> {
        let mut rig = Rig::without_server()?;
        rig.start_dunst();
        Some(rig)
    }

    /// A screen and a bus on which nobody shows notifications.
    pub fn without_server() -> Option<Rig> {
        let mut rig = Rig::without_bus()?;
        rig.start_bus();
        Some(rig)
    }

    /// A screen; the bus's address is known, and nobody listens there.
    pub fn without_bus() -> Option<Rig> {
        if !has_programs(&PROGRAMS) {
            return None;
        }
        let dir = tempfile::Builder::new().prefix("gw").tempdir().unwrap();
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
        let (screen, number) = first_line(screen);
        Some(Rig { server: None, bus: None, display: format!(":{number}"), _screen: screen, dir })
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// For `DBUS_SESSION_BUS_ADDRESS`, or for the code under test.
    pub fn address(&self) -> String {
        format!("unix:path={}/bus", self.dir().display())
    }

    /// A program on this desktop and on no other.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .env("XDG_RUNTIME_DIR", self.dir())
            .env("HOME", self.dir())
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        command
    }

    pub fn start_bus(&mut self) {
        let config = self.dir().join("session.conf");
        // No service folders: nothing is started on demand that the test did not start.
        let text = format!(
            "<busconfig><type>session</type><listen>{}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>",
            self.address()
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = self.command("dbus-daemon");
        daemon.arg("--config-file").arg(config).args(["--nofork", "--nopidfile", "--print-address=1"]);
        self.bus = Some(first_line(daemon).0);
    }

    pub fn stop_bus(&mut self) {
        self.bus = None;
        let _ = std::fs::remove_file(self.dir().join("bus"));
    }

    /// dunst, whose menu "chooses" the line that [`press`](Self::press) names. Returns when it owns its name.
    pub fn start_dunst(&mut self) {
        let pick = self.dir().join("pick");
        let dir = self.dir().display();
        script(&pick, &format!("cat > '{dir}/menu'\nexec grep -m1 -F \"$(cat '{dir}/want')\" '{dir}/menu'"));
        let log = self.dir().join("log");
        script(&log, &format!("printf '%s\\n%s\\n\\n' \"$DUNST_SUMMARY\" \"$DUNST_BODY\" >> '{dir}/shown'"));
        let rc = self.dir().join("dunstrc");
        let text = include_str!("../desktop/dunstrc").replace("@PICK@", &pick.display().to_string());
        let text = text.replace("@LOG@", &log.display().to_string());
        std::fs::write(&rc, text).unwrap();
        let mut dunst = self.command("dunst");
        dunst.arg("-conf").arg(rc);
        self.start_server(dunst);
    }

    /// Any other notification server, made with [`command`](Self::command). Returns when it owns the name.
    pub fn start_server(&mut self, mut server: Command) {
        server.stdout(Stdio::null()).stderr(Stdio::null());
        self.server = Some(Process(server.spawn().unwrap()));
        self.run("gdbus", &["wait", "--session", "--timeout", "20", "org.freedesktop.Notifications"]);
    }

    pub fn kill_server(&mut self) {
        self.server = None;
    }

    /// Presses the button with this label, through dunst's context menu.
    pub fn press(&self, label: &str) {
        std::fs::write(self.dir().join("want"), label).unwrap();
        self.run("dunstctl", &["context"]);
    }

    /// Clicks the newest notification itself.
    pub fn click(&self) {
        self.run("dunstctl", &["action", "0"]);
    }

    /// The author takes the newest notification off the screen.
    pub fn dismiss(&self) {
        self.run("dunstctl", &["close"]);
    }

    /// What dunst was given so far: title and text of each notification.
    pub fn shown(&self) -> Vec<(String, String)> {
        let log = std::fs::read_to_string(self.dir().join("shown")).unwrap_or_default();
        let parted = log.split("\n\n").filter_map(|note| note.trim_start_matches('\n').split_once('\n'));
        parted.map(|(title, body)| (title.to_owned(), body.to_owned())).collect()
    }

    /// The lines of the menu that the last press chose from.
    pub fn menu(&self) -> Vec<String> {
        let menu = std::fs::read_to_string(self.dir().join("menu")).unwrap_or_default();
        menu.lines().map(str::to_owned).collect()
    }

    /// How many notifications are on the screen.
    pub fn on_screen(&self) -> usize {
        self.run("dunstctl", &["count", "displayed"]).trim().parse().unwrap()
    }

    pub fn run(&self, program: &str, args: &[&str]) -> String {
        let output = self.command(program).args(args).output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Whether a test that needs these programs can run. Says so when not, or fails where they are required.
pub fn has_programs(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<&&str> =
        programs.iter().filter(|name| !std::env::split_paths(&path).any(|dir| dir.join(name).is_file())).collect();
    if missing.is_empty() {
        return true;
    }
    let required = ["CI", "GOODWORD_REQUIRE_DESKTOP"].iter().any(|name| std::env::var_os(name).is_some());
    assert!(!required, "programs are missing: {missing:?}");
    eprintln!("skipped: programs are missing: {missing:?}");
    false
}

/// Writes a shell script that can be run.
pub fn script(path: &Path, text: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Starts it and waits for the line it prints when it is ready.
fn first_line(mut command: Command) -> (Process, String) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    let process = Process(child);
    BufReader::new(stdout).read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "{command:?} ended before it was ready");
    (process, line.trim().to_owned())
}
