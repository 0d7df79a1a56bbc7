//! The socket of a real daemon, spoken to by those who do not know how, or mean harm.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net::UnixStream,
    },
    process::Command,
    time::Duration,
};

use goodword::api::{MAX_LINE, VERSION};
use serde_json::{Value, json};

use crate::{GOODWORD, Home};

/// How long a good request may wait before a test counts it as never answered.
const LIMIT: Duration = Duration::from_secs(60);

fn call(request: Value) -> Vec<u8> {
    let mut line = json!({ "goodword": VERSION, "request": request }).to_string().into_bytes();
    line.push(b'\n');
    line
}

/// Sends bytes and gives the first line that comes back; nothing when the daemon hangs up.
fn answer(stream: &UnixStream, bytes: &[u8]) -> Option<Value> {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    // The daemon may have heard enough before all of it is sent.
    _ = (&*stream).write_all(bytes);
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

fn is_well(home: &Home) {
    let status = answer(&home.connect(), &call(json!({ "do": "status" }))).unwrap();
    assert_eq!(status["answer"]["answer"], "status", "{status}");
}

#[test]
fn garbage_is_answered_with_an_error_and_the_connection_goes_on() {
    let home = Home::with_daemon();
    let stream = home.connect();
    let deep = "[".repeat(100_000) + "\n";
    let lines: [(&[u8], &str); 10] = [
        (b"\n", "usage"),
        (b"hello\n", "usage"),
        (b"\xff\xfe\x00\n", "usage"),
        (b"null\n", "usage"),
        (b"{}\n", "usage"),
        (b"[1,2]\n", "usage"),
        (b"{\"goodword\":7}\n", "usage"),
        (b"{\"goodword\":\"99.0.0\",\"request\":{\"do\":\"dance\"}}\n", "refused"),
        (&call(json!({ "do": "dance" })), "usage"),
        (deep.as_bytes(), "usage"),
    ];
    for (bytes, kind) in lines {
        let error = answer(&stream, bytes).unwrap();
        assert_eq!(
            error["error"]["kind"],
            kind,
            "{:?}: {error}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
        );
        let good = answer(&stream, &call(json!({ "do": "contact_list" }))).unwrap();
        assert_eq!(good["answer"]["content"], json!([]), "after {error}");
    }
}

#[test]
fn a_command_of_another_version_is_told_to_restart_the_service() {
    let home = Home::with_daemon();
    let error = answer(&home.connect(), b"{\"goodword\":\"0.0.1\",\"request\":{\"do\":\"today\"}}\n").unwrap();
    assert!(error["error"]["hint"].as_str().unwrap().contains("restart the service"), "{error}");
}

#[test]
fn half_a_line_harms_nobody() {
    let home = Home::with_daemon();
    let whole = call(json!({ "do": "contact_add", "name": "Maria" }));
    for length in [1, whole.len() / 2, whole.len() - 1] {
        let stream = home.connect();
        (&stream).write_all(&whole[..length]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = String::new();
        (&stream).read_to_string(&mut rest).unwrap();
        assert!(rest.contains("middle of a line"), "{rest}");
        is_well(&home);
    }
    assert_eq!(home.json(&["contact", "list"]), json!([]));
}

#[test]
fn a_line_without_an_end_is_refused_at_its_limit() {
    let home = Home::with_daemon();
    let stream = home.connect();
    let error = answer(&stream, &vec![b'x'; MAX_LINE + (1 << 20)]).map(|error| error["error"]["kind"].clone());
    // The refusal may be lost with the bytes that were still on their way; the hang-up is not.
    assert!(error.is_none() || error == Some(json!("refused")), "{error:?}");
    is_well(&home);
}

#[test]
fn two_hundred_silent_connections_keep_nobody_waiting() {
    let home = Home::with_daemon();
    let silent: Vec<_> = (0..200).map(|_| home.connect()).collect();
    for _ in 0..5 {
        is_well(&home);
        home.ok(&["contact", "list"]);
    }
    drop(silent);
    is_well(&home);
}

#[test]
fn who_leaves_before_the_answer_harms_nobody() {
    let home = Home::with_daemon();
    home.ok(&["contact", "add", "Maria", "--why", "w", "--feed", "http://127.0.0.1:1/feed"]);
    for request in [json!({ "do": "feeds_refresh", "name": null }), json!({ "do": "today" }), json!({ "do": "doctor" })]
    {
        (&home.connect()).write_all(&call(request)).unwrap();
        is_well(&home);
    }
}

#[test]
fn a_connection_may_ask_again_and_again() {
    let home = Home::with_daemon();
    let stream = home.connect();
    for n in 0..20 {
        let why = format!("reason {n}");
        let form = json!({ "audiences": [], "leave": [], "feeds": [], "drop_feeds": [], "handles": {},
            "name": format!("Person {n}"), "why": why });
        let mut request = form;
        request["do"] = json!("contact_add");
        let added = answer(&stream, &call(request)).unwrap();
        assert_eq!(added["answer"]["content"]["why"], json!(why), "{added}");
    }
}

#[test]
fn the_socket_is_for_its_owner_alone() {
    let home = Home::with_daemon();
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(home.socket()), mode(home.path().join("run")), mode(home.path())), (0o600, 0o700, 0o700));
    assert_eq!(mode(home.path().join("goodword.db")), 0o600);
}

#[test]
fn another_user_is_refused_even_where_the_doors_stand_open() {
    let able = rustix::process::geteuid().is_root() && Command::new("setpriv").arg("--version").output().is_ok();
    if !able {
        return eprintln!("skipped: only root can become another user, with setpriv");
    }
    let home = Home::with_daemon();
    // Every mode is opened, so that only the daemon's own look at who knocks is left.
    let open = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for path in [home.dir.path(), &home.path(), &home.path().join("run")] {
        open(path, 0o755);
    }
    open(&home.socket(), 0o666);
    let binary = home.dir.path().join("goodword");
    std::fs::copy(GOODWORD, &binary).unwrap();
    open(&binary, 0o755);
    let nobody = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&binary);
        command.env_clear().env("GOODWORD_HOME", home.path()).env("PATH", "/usr/bin:/bin").args(args);
        command.output().unwrap()
    };
    let output = nobody(&["contact", "add", "Mallory", "--why", "w"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    is_well(&home);
    assert_eq!(home.json(&["contact", "list"]), json!([]));
}

/// A daemon of ours that answers whatever it is asked with these bytes, and hangs up.
fn answering(home: &Home, bytes: &'static [u8]) {
    std::fs::create_dir_all(home.path().join("run")).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(home.socket()).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            _ = BufReader::new(&stream).read_line(&mut line);
            _ = (&stream).write_all(bytes);
        }
    });
}

#[test]
fn a_daemon_that_speaks_another_language_is_to_be_restarted() {
    for bytes in [&b"hello\n"[..], b"{\"answer\":{\"answer\":\"dance\",\"content\":1}}\n", b"\xff\n"] {
        let home = Home::empty();
        answering(&home, bytes);
        home.fails(5, "restart the service", &["today"]);
    }
}

#[test]
fn a_daemon_that_hangs_up_is_told_from_one_that_refuses() {
    let home = Home::empty();
    answering(&home, b"");
    home.fails(4, "broke", &["today"]);
}
