//! Two laptops with a bad network between them: namespaces, and a cable that delays and loses (`cable.py`). Needs root;
//! `GOODWORD_FLAPS=N` pulls the cable more often.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use crate::{
    are_in_step, ask, configure,
    laptop::{Daemon, GOODWORD, Laptop, add, plain},
    names, pair, peers,
    rig::has_programs,
    until,
};

/// Two namespaces and a cable. They are gone with their owner.
struct Cable {
    spaces: [String; 2],
    network: String,
    carrier: Child,
}

fn run(words: &[&str]) -> bool {
    Command::new(words[0]).args(&words[1..]).output().is_ok_and(|output| output.status.success())
}

fn must(words: &[&str]) {
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Cable {
    fn new() -> Option<Cable> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if !has_programs(&["ip", "python3"]) {
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let spaces = ["a", "b"].map(|end| format!("gw{}{number}{end}", std::process::id()));
        if !run(&["ip", "netns", "add", &spaces[0]]) {
            eprintln!("skipped: network namespaces may not be made here");
            return None;
        }
        must(&["ip", "netns", "add", &spaces[1]]);
        let mut carrier = Command::new("python3");
        carrier.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/laptops/cable.py")).args(&spaces).arg("1");
        let mut carrier = carrier.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(carrier.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let cable = Cable { spaces, network: format!("10.213.{}", number % 250), carrier };
        assert_eq!(said, "ready\n", "the cable could not be laid");
        for (end, space) in cable.spaces.iter().enumerate() {
            let address = format!("{}.{}/24", cable.network, end + 1);
            must(&["ip", "-n", space, "address", "add", &address, "dev", "wire"]);
            must(&["ip", "-n", space, "link", "set", "wire", "up"]);
            must(&["ip", "-n", space, "link", "set", "lo", "up"]);
        }
        Some(cable)
    }

    /// Milliseconds of delay, how much that differs from frame to frame, and the percentage that is lost.
    fn bad(&mut self, how: &str) {
        writeln!(self.carrier.stdin.as_mut().unwrap(), "{how}").unwrap();
    }

    fn pull(&self) {
        must(&["ip", "-n", &self.spaces[0], "link", "set", "wire", "down"]);
    }

    fn plug(&self) {
        must(&["ip", "-n", &self.spaces[0], "link", "set", "wire", "up"]);
    }

    fn daemon(&self, end: usize, laptop: &Laptop) -> Daemon {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.spaces[end], GOODWORD, "daemon"]);
        plain(&mut command).env("GOODWORD_HOME", laptop.home());
        Daemon::of(&mut command, &laptop.home())
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        _ = self.carrier.kill();
        _ = self.carrier.wait();
        self.spaces.iter().for_each(|space| _ = run(&["ip", "netns", "delete", space]));
    }
}

fn laptops() -> (Laptop, Laptop) {
    let (desk, lap) = (Laptop::new(), Laptop::new());
    configure(&desk, "name = \"desk\"\n");
    configure(&lap, "name = \"lap\"\n");
    (desk, lap)
}

#[test]
fn a_slow_network_that_loses_and_is_cut_and_flaps_costs_nothing() {
    let Some(mut cable) = Cable::new() else { return };
    let (desk, lap) = laptops();
    let (mut one, mut two) = (cable.daemon(0, &desk), cable.daemon(1, &lap));
    cable.bad("40 10 5");
    pair(&mut one, &mut two);
    ask(&mut one, &add("Over a bad wire"));
    until("it came over", || names(&mut two) == ["Over a bad wire"]);
    // Cut until both have noticed.
    cable.pull();
    ask(&mut one, &add("While it was cut, on the desk"));
    ask(&mut two, &add("While it was cut, on the lap"));
    let is_gone = |daemon: &mut Daemon| peers(daemon).iter().all(|peer| peer["connected"] == false);
    until("both have noticed", || is_gone(&mut one) && is_gone(&mut two));
    cable.plug();
    let since = Instant::now();
    until("both are in step", || are_in_step(&mut one, &mut two));
    println!("in step {:.1} s after the cable was plugged in again", since.elapsed().as_secs_f32());
    assert_eq!(names(&mut one).len(), 3);
    let flaps = std::env::var("GOODWORD_FLAPS").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    for flap in 0..flaps {
        cable.pull();
        if flap % 10 == 0 {
            ask(&mut one, &add(&format!("Flap {flap}")));
        }
        cable.plug();
    }
    let since = Instant::now();
    until("both are in step", || are_in_step(&mut one, &mut two));
    println!("in step {:.1} s after {flaps} flaps", since.elapsed().as_secs_f32());
}

#[test]
#[ignore = "a minute long; the test above cuts until both have noticed"]
fn a_cable_that_was_out_for_a_minute_costs_nothing() {
    let Some(mut cable) = Cable::new() else { return };
    let (desk, lap) = laptops();
    let (mut one, mut two) = (cable.daemon(0, &desk), cable.daemon(1, &lap));
    pair(&mut one, &mut two);
    cable.bad("40 10 5");
    cable.pull();
    ask(&mut one, &add("On the desk"));
    ask(&mut two, &add("On the lap"));
    std::thread::sleep(Duration::from_secs(60));
    cable.plug();
    let since = Instant::now();
    until("both are in step", || are_in_step(&mut one, &mut two));
    println!("in step {:.1} s after a minute without a cable", since.elapsed().as_secs_f32());
    assert_eq!(names(&mut one), ["On the desk", "On the lap"]);
}

#[test]
fn a_laptop_that_comes_back_under_another_address_is_found() {
    let Some(cable) = Cable::new() else { return };
    let (desk, lap) = laptops();
    let (mut one, mut two) = (cable.daemon(0, &desk), cable.daemon(1, &lap));
    pair(&mut one, &mut two);
    until("both are in step", || are_in_step(&mut one, &mut two));
    let network = &cable.network;
    must(&["ip", "-n", &cable.spaces[1], "address", "flush", "dev", "wire"]);
    must(&["ip", "-n", &cable.spaces[1], "address", "add", &format!("{network}.77/24"), "dev", "wire"]);
    ask(&mut one, &add("After the move"));
    let since = Instant::now();
    until("both are in step", || are_in_step(&mut one, &mut two));
    println!("in step {:.1} s after the lap has another address", since.elapsed().as_secs_f32());
    assert_eq!(names(&mut two), ["After the move"]);
}
