//! Bluesky's whole network on loopback, as Bluesky runs it: directory, PDS and AppView over PostgreSQL and redis.
//!
//! A test that needs it is `#[ignore]`d (`tests/run --all` runs it: it takes a minute to start) and begins with
//! `let Some(network) = Atproto::start() else { return };`. What is missing is said, and the test skips.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "each test uses a part")]

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::rig::Process;

/// The network; it ends when this is dropped.
pub struct Atproto {
    /// Where the AppView answers: `endpoints.bluesky_api`.
    pub appview: String,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _processes: [Process; 3],
    _folder: tempfile::TempDir,
}

impl Atproto {
    pub fn start() -> Option<Atproto> {
        let installed = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/target/atproto"));
        let postgres = postgres();
        let Some(postgres) = postgres.filter(|_| installed.join("node_modules/@atproto/dev-env").is_dir()) else {
            eprintln!("skipped: PostgreSQL or @atproto/dev-env is missing; tests/run --all installs them");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("gwat").tempdir().unwrap();
        let data = folder.path().join("pg");
        std::fs::create_dir(&data).unwrap();
        let (db_port, redis_port) = (free_port(), free_port());
        // PostgreSQL refuses to run as root.
        let as_postgres = |program: &str| {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(postgres.join(program));
            if rustix::process::getuid().is_root() { command } else { Command::new(postgres.join(program)) }
        };
        _ = Command::new("chown").arg("postgres").arg(&data).status();
        _ = Command::new("chmod").arg("a+rx").arg(folder.path()).status();
        let mut init = as_postgres("initdb");
        init.arg("-D").arg(&data).args(["-A", "trust", "-U", "postgres", "--no-sync"]);
        let made = init.stdin(Stdio::null()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut db = as_postgres("postgres");
        db.arg("-D").arg(&data).args(["-p", &db_port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        db.args(["-c", "unix_socket_directories=", "-c", "fsync=off"]);
        let db = quiet(db);
        let mut redis = Command::new("redis-server");
        redis
            .args(["--port", &redis_port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(folder.path());
        let redis = quiet(redis);
        wait_for(db_port);
        wait_for(redis_port);
        let mut node = Command::new("node");
        node.arg(installed.join("network.cjs"))
            .env("DB_POSTGRES_URL", format!("postgresql://postgres@127.0.0.1:{db_port}/postgres"))
            .env("REDIS_HOST", format!("127.0.0.1:{redis_port}"))
            .env("LOG_ENABLED", "false")
            .env("NODE_ENV", "test");
        let mut node = node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (node.stdin.take().unwrap(), BufReader::new(node.stdout.take().unwrap()));
        let processes = [Process(node), db, redis];
        let mut network = Atproto { appview: String::new(), input, output, _processes: processes, _folder: folder };
        let ready = network.answer();
        network.appview = ready["appview"].as_str().unwrap().to_owned();
        Some(network)
    }

    /// Does one of the acts of `tests/atproto/network.cjs`, such as `{"act":"post","by":"maria","text":".."}`.
    pub fn act(&mut self, act: Value) -> Value {
        writeln!(self.input, "{act}").unwrap();
        let answer = self.answer();
        assert!(answer.get("error").is_none(), "{act}: {answer}");
        answer
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the network ended: {line}"))
    }
}

/// Where PostgreSQL's programs are: Debian keeps them out of the path.
fn postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions.flatten().map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").is_file())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn quiet(mut command: Command) -> Process {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Process(command.spawn().unwrap())
}

fn wait_for(port: u16) {
    let until = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nothing listens on port {port}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
