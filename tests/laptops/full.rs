//! A disk that is full, fails or is slow while two laptops talk: nothing that was acknowledged is lost, nobody is told
//! that it came, both say which laptop it is, and once it can write again they come into step by themselves.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    are_in_step, ask, configure, heads,
    laptop::{Daemon, Laptop, add, goodword, said},
    names, pair, peers, quiet_laptop,
    rig::has_programs,
    small_disk::{disk, fill, on_a_small_disk},
    until,
};

/// A person who takes some room.
fn long(name: &str) -> Value {
    let mut add = add(name);
    add["notes"] = json!(format!("{name} {}", "met at the fair of the sewing guild. ".repeat(200)));
    add
}

fn trouble(daemon: &mut Daemon) -> String {
    peers(daemon).iter().filter_map(|peer| peer["trouble"].as_str()).collect()
}

/// A daemon on the small disk, in a home of this name.
fn on_disk(name: &str) -> (std::path::PathBuf, Daemon) {
    use std::os::unix::fs::DirBuilderExt;
    let home = disk().unwrap().join("home");
    fs::DirBuilder::new().mode(0o700).create(&home).unwrap();
    fs::write(home.join("config.toml"), format!("name = \"{name}\"\ndiscovery = false\npage_port = 0\n")).unwrap();
    let daemon = Daemon::of(goodword(&home).arg("daemon"), &home);
    (home, daemon)
}

#[test]
fn a_laptop_whose_disk_is_full_says_so_on_both_and_comes_into_step_when_there_is_room() {
    on_a_small_disk("full::two_laptops_and_one_full_disk");
}

#[test]
#[ignore = "run by the test above on a disk of its own"]
fn two_laptops_and_one_full_disk() {
    let Some(disk) = disk() else { return };
    let film = disk.join("somebody else's film");
    let (desk, (home, mut lap)) = (quiet_laptop("desk"), on_disk("lap"));
    let mut one = desk.daemon();
    pair(&mut one, &mut lap);
    ask(&mut lap, &add("Maria"));
    until("both are in step", || are_in_step(&mut one, &mut lap));
    fill(&film);
    // What is in the log already has room for a little: until it has none.
    let mut added = 0;
    until("the lap cannot write", || {
        ask(&mut one, &long(&format!("Person {added}")));
        added += 1;
        trouble(&mut one).contains("disk")
    });
    assert!(trouble(&mut one).contains("look at that laptop"), "{}", trouble(&mut one));
    assert!(peers(&mut one).iter().all(|peer| peer["in_sync"] == false));
    until("the lap says that it is its own disk", || trouble(&mut lap).contains("on this laptop"));
    let doctor = said(goodword(&home).args(["doctor", "--json"])).json();
    let is_room = |check: &Value| check["check"] == "room" && check["ok"] == false;
    assert!(doctor.as_array().unwrap().iter().any(is_room), "{doctor}");
    until("doctor says so", || desk.findings().contains(&"laptops".to_owned()));
    let before = names(&mut lap);
    assert!(before.contains(&"Maria".to_owned()) && before.len() < added + 1, "{before:?}");
    assert_ne!(heads(&mut one), heads(&mut lap));
    fs::remove_file(&film).unwrap();
    until("both are in step by themselves", || are_in_step(&mut one, &mut lap));
    assert_eq!((names(&mut one).len(), names(&mut lap).len()), (added + 1, added + 1));
    assert_eq!(trouble(&mut one) + &trouble(&mut lap), "");
    lap.kill();
    let mut lap = Daemon::of(goodword(&home).arg("daemon"), &home);
    assert_eq!(names(&mut lap).len(), added + 1, "and all of it is on the disk");
}

#[test]
fn a_full_shared_folder_is_told_and_written_when_there_is_room() {
    on_a_small_disk("full::a_folder_on_a_full_disk");
}

#[test]
#[ignore = "run by the test above on a disk of its own"]
fn a_folder_on_a_full_disk() {
    let Some(disk) = disk() else { return };
    let film = disk.join("somebody else's film");
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    until("both are in step", || are_in_step(&mut one, &mut two));
    one.kill();
    two.kill();
    let with_folder = |laptop: &Laptop, name: &str| {
        let folder = disk.join("shared");
        _ = fs::create_dir(&folder);
        let text = format!("name = \"{name}\"\ndiscovery = false\npage_port = 0\nfolder = \"{}\"\n", folder.display());
        configure(laptop, &text);
    };
    with_folder(&desk, "desk");
    with_folder(&lap, "lap");
    let mut one = desk.daemon();
    let folder = |daemon: &mut Daemon| ask(daemon, &json!({ "do": "sync", "now": false }))["folder"].clone();
    until("the folder is kept", || folder(&mut one)["last_written"].is_string());
    fill(&film);
    ask(&mut one, &long("Written while the folder was full"));
    until("it is told", || folder(&mut one)["error"].is_string());
    assert!(desk.findings().contains(&"folder".to_owned()));
    assert!(one.is_alive() && names(&mut one).len() == 1);
    fs::remove_file(&film).unwrap();
    // It would be looked at within five minutes without being asked.
    one.send(&json!({ "do": "sync", "now": true }));
    one.heard().unwrap();
    until("it is well again", || folder(&mut one)["error"].is_null());
    one.kill();
    let mut two = lap.daemon();
    until("the other finds it in the folder", || names(&mut two).len() == 1);
}

/// What strace does to a daemon that runs already, until it is dropped.
struct Fault(Child);

impl Fault {
    fn on(daemon: &Daemon, home: &Path, how: &str) -> Option<Fault> {
        if !has_programs(&["strace"]) {
            return None;
        }
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o"]).arg(home.with_extension("trace")).args(["-e", how]);
        for name in ["goodword.db", "goodword.db-wal"] {
            command.arg("-P").arg(home.join(name));
        }
        let mut child = command.args(["-p", &daemon.pid().to_string()]).stderr(Stdio::piped()).spawn().unwrap();
        // It is there once the daemon has a tracer.
        until("strace holds the daemon", || {
            assert!(child.try_wait().unwrap().is_none(), "strace does not run here");
            let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
            status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
        });
        Some(Fault(child))
    }
}

impl Drop for Fault {
    /// Lets go of the daemon, which goes on unharmed.
    fn drop(&mut self) {
        _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        _ = self.0.wait();
    }
}

fn may_trace() -> bool {
    let can = Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: strace cannot be used here");
    }
    can
}

/// Nothing can be read or written any more, as when a cable came loose.
const GONE: &str = "pread64,pwrite64,ftruncate,fdatasync,fsync:error=EIO";

#[test]
fn a_disk_that_fails_while_the_other_sends_is_told_and_costs_nothing() {
    if !may_trace() {
        return;
    }
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    ask(&mut two, &add("Maria"));
    until("both are in step", || are_in_step(&mut one, &mut two));
    for (round, fault) in
        ["pwrite64:error=EIO", "fdatasync,fsync:error=EIO", "pwrite64:error=ENOSPC", GONE].iter().enumerate()
    {
        let failing = Fault::on(&two, &lap.home(), &format!("inject={fault}"));
        ask(&mut one, &add(&format!("While it failed {round}")));
        until("the desk hears of it", || trouble(&mut one).contains("disk"));
        assert!(peers(&mut one).iter().all(|peer| peer["in_sync"] == false), "{fault}");
        assert!(two.ask(&add("Not acknowledged"))["error"].is_object(), "{fault}");
        until("the lap says so itself", || trouble(&mut two).contains("on this laptop"));
        drop(failing);
        until("both are in step by themselves", || are_in_step(&mut one, &mut two));
        assert!(names(&mut two).contains(&format!("While it failed {round}")), "{fault}");
        assert!(names(&mut two).contains(&"Maria".to_owned()), "{fault}");
        assert_eq!(trouble(&mut one) + &trouble(&mut two), "", "{fault}");
    }
    let known = names(&mut two);
    two.kill();
    assert_eq!(names(&mut lap.daemon()), known);
}

#[test]
fn a_removal_that_was_heard_while_the_disk_failed_holds_after_a_restart() {
    if !may_trace() {
        return;
    }
    let (desk, lap, den) = (quiet_laptop("desk"), quiet_laptop("lap"), quiet_laptop("den"));
    let (mut one, mut two, mut three) = (desk.daemon(), lap.daemon(), den.daemon());
    pair(&mut one, &mut two);
    pair(&mut one, &mut three);
    until("the lap knows both", || peers(&mut two).len() == 2);
    let troubles = |daemon: &mut Daemon| ask(daemon, &json!({ "do": "sync", "now": false }))["troubles"].to_string();
    let failing = Fault::on(&two, &lap.home(), "inject=fdatasync,fsync:error=EIO");
    ask(&mut one, &json!({ "do": "device_remove", "name": "den" }));
    until("the lap says that it could not be written", || troubles(&mut two).contains("which laptops belong together"));
    assert_eq!(peers(&mut two).len(), 1, "and it is in force");
    drop(failing);
    until("it is written", || troubles(&mut two) == "null");
    // Whoever removed it is not there to say so again.
    one.kill();
    two.kill();
    let mut two = lap.daemon();
    let names: Vec<_> = peers(&mut two).iter().map(|peer| peer["name"].to_string()).collect();
    assert_eq!(names, ["\"desk\""]);
}

#[test]
fn a_slow_disk_delays_the_word_that_it_came_and_nothing_else() {
    if !may_trace() {
        return;
    }
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    until("both are in step", || are_in_step(&mut one, &mut two));
    let slow = Fault::on(&two, &lap.home(), "inject=fdatasync,fsync:delay_enter=300000");
    for number in 0..10 {
        ask(&mut one, &add(&format!("Slowly {number}")));
    }
    until("both are in step", || are_in_step(&mut one, &mut two));
    // Whoever is said to have it has it on disk: ended now, it is there.
    drop(slow);
    two.kill();
    assert_eq!(names(&mut lap.daemon()).len(), 10);
}
