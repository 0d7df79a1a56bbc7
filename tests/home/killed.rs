//! kill -9 at any moment of the real daemon: what it acknowledged is there. And why: the disk is asked before the reply.

use std::{
    collections::BTreeMap,
    fs,
    io::BufRead,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::laptop::{Daemon, GOODWORD, Laptop, add, plain, set};

/// How many times the daemon is killed; more where somebody has the time.
const ROUNDS: &str = "GOODWORD_KILL_ROUNDS";
/// After so many people their whys are edited, so that ten thousand rounds stay quick.
const PEOPLE: u64 = 120;

/// What must be in the book, kept outside the home: each value as it was acknowledged, and the one that was under way
/// when the daemon was killed, which may be there as well.
#[derive(Default)]
struct Ledger {
    acknowledged: BTreeMap<String, String>,
    under_way: Option<(String, String)>,
}

impl Ledger {
    fn take(&mut self, (key, value): (String, String)) {
        self.acknowledged.insert(key, value);
        self.under_way = None;
    }

    fn is_kept_in(&self, book: &BTreeMap<String, String>) -> Result<(), String> {
        for (key, value) in &self.acknowledged {
            let found = book.get(key);
            let later = self.under_way.as_ref().filter(|(of, _)| of == key).map(|(_, value)| value);
            if found != Some(value) && (later.is_none() || found != later) {
                return Err(format!("{key} should be {value} (or {later:?}) and is {found:?}"));
            }
        }
        Ok(())
    }
}

/// The change of a step: what is sent, and what the ledger knows of it.
fn change(step: u64) -> (Value, (String, String)) {
    let value = format!("because {step}");
    match step % 3 {
        0 if step / 3 < PEOPLE => {
            let name = format!("Person {}", step / 3);
            let mut request = add(&name);
            request["why"] = json!(value);
            (request, (name, value))
        }
        0 => {
            let name = format!("Person {}", step / 3 % PEOPLE);
            let mut request = add("");
            request.as_object_mut().unwrap().remove("name");
            let mut form = request;
            form.as_object_mut().unwrap().remove("do");
            form["why"] = json!(value);
            form["kind"] = Value::Null;
            (json!({ "do": "contact_edit", "name": name, "form": form }), (name, value))
        }
        1 => (set("name", &value), ("name".to_owned(), value)),
        _ => {
            let days = (3 + step % 40).to_string();
            (set("cooldown_days", &days), ("cooldown_days".to_owned(), days))
        }
    }
}

fn book(daemon: &mut Daemon) -> BTreeMap<String, String> {
    let people = daemon.ask(&json!({ "do": "contact_list", "audience": null, "stage": null, "search": null }));
    let settings = daemon.ask(&json!({ "do": "settings_list" }));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = |answer: &Value| answer["answer"]["content"].as_array().unwrap().clone();
    let people = rows(&people).iter().map(|row| (text(&row["name"]), text(&row["why"]))).collect::<Vec<_>>();
    let settings = rows(&settings).iter().map(|row| (text(&row["key"]), text(&row["value"]))).collect::<Vec<_>>();
    people.into_iter().chain(settings).collect()
}

#[test]
fn a_daemon_that_is_killed_at_any_moment_loses_nothing_it_acknowledged() {
    let rounds: u64 = std::env::var(ROUNDS).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    let laptop = Laptop::new();
    let (mut ledger, mut step, mut acknowledged) = (Ledger::default(), 0, 0);
    for round in 0..rounds {
        // A different moment each round, the same ones each run.
        let seed = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let mut daemon = laptop.daemon();
        if round > 0 {
            let kept = ledger.is_kept_in(&book(&mut daemon));
            assert!(kept.is_ok(), "round {round}: {kept:?}");
        }
        for _ in 0..2 + seed % 2 {
            let (request, known) = change(step);
            let answer = daemon.ask(&request);
            assert!(answer.get("answer").is_some(), "{request}: {answer}");
            ledger.take(known);
            step += 1;
            acknowledged += 1;
        }
        let (request, known) = change(step);
        ledger.under_way = Some(known.clone());
        daemon.send(&request);
        thread::sleep(Duration::from_micros(seed % 4_000));
        let mut line = String::new();
        if daemon.kill().read_line(&mut line).is_ok() && line.starts_with("{\"answer\"") && line.ends_with('\n') {
            ledger.take(known);
            acknowledged += 1;
            step += 1;
        } else if step % 3 == 0 && step / 3 < PEOPLE {
            // Whether this person was added is found out before somebody of that name is added again.
            let name = format!("Person {}", step / 3);
            let there = laptop.names().contains(&name);
            if there {
                ledger.take(known);
                step += 1;
            }
        }
    }
    assert!(acknowledged >= rounds * 2);
    let kept = ledger.is_kept_in(&book(&mut laptop.daemon()));
    assert!(kept.is_ok(), "{kept:?}");
    eprintln!("{rounds} kills, {acknowledged} acknowledged changes, none lost");
}

/// True when this machine lets us trace. Where the tests must be complete, the program has to be there.
pub fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    assert!(traced.is_ok() || std::env::var_os("CI").is_none(), "on CI, strace has to be there");
    let can = traced.is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: strace is absent or may not trace here");
    }
    can
}

#[test]
fn the_disk_has_the_change_before_the_reply_leaves() {
    if !can_trace() {
        return;
    }
    let laptop = Laptop::with_maria();
    let trace = laptop.home().parent().unwrap().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "64", "-e", "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg", "-o"]);
    plain(command.arg(&trace).arg(GOODWORD).arg("daemon")).env("GOODWORD_HOME", laptop.home());
    let mut daemon = Daemon::of(&mut command, &laptop.home());
    let pid = daemon.ask(&json!({ "do": "status" }))["answer"]["content"]["pid"].as_i64().unwrap();
    let before = fs::read_to_string(&trace).unwrap().lines().count();
    assert!(daemon.ask(&set("voice", "wry")).get("answer").is_some());
    // The daemon itself: a killed strace would leave it behind. Then strace ends, and its file is whole.
    let daemon_pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(daemon_pid, rustix::process::Signal::TERM).unwrap();
    while daemon.heard().is_some() {}
    daemon.ended();

    let trace = fs::read_to_string(&trace).unwrap();
    let lines: Vec<&str> = trace.lines().skip(before).collect();
    let reply = lines.iter().position(|line| line.contains("{\\\"answer\\\""));
    let reply = reply.unwrap_or_else(|| panic!("no reply in:\n{}", lines.join("\n")));
    let is_log = |line: &&&str| line.contains("goodword.db-wal>");
    let written = lines[..reply].iter().rposition(|line| is_log(&line) && line.contains("pwrite64("));
    let written = written.unwrap_or_else(|| panic!("nothing written before the reply:\n{}", lines.join("\n")));
    let synced = lines[written..reply].iter().any(|line| {
        let is_sync = line.contains("fdatasync") || line.contains("fsync");
        is_sync && line.trim_end().ends_with("= 0") && (is_log(&line) || line.contains("resumed"))
    });
    assert!(synced, "the reply left before the log was on disk:\n{}", lines[..=reply].join("\n"));
}
