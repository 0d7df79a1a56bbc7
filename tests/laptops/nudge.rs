//! One nudge: two daemons on one machine, each with a notification server on a private bus of its own.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::{
    ask,
    laptop::{Daemon, GOODWORD, Laptop},
    pair, quiet_laptop,
    rig::Rig,
    until,
};

const OFFER: &str = "A good word for Maria Ruiz?";

/// A daemon on a desktop of its own.
fn on(rig: &Rig, laptop: &Laptop) -> Daemon {
    let mut command = rig.command(GOODWORD);
    command.arg("daemon").env("GOODWORD_HOME", laptop.home()).env_remove("NOTIFY_SOCKET");
    command.env("DBUS_SYSTEM_BUS_ADDRESS", rig.address()).stdout(Stdio::null());
    Daemon::of(&mut command, &laptop.home())
}

fn state(daemon: &mut Daemon) -> Value {
    ask(daemon, &json!({ "do": "today" }))["state"].clone()
}

fn signal(daemon: &Daemon, signal: &str) {
    let done = std::process::Command::new("kill").args([signal, &daemon.pid().to_string()]).status().unwrap();
    assert!(done.success());
}

/// Two paired laptops with Maria in the book. Nothing is due before noon of the zone that is set last.
fn paired() -> Option<(Rig, Rig, Laptop, Laptop)> {
    let (left, right) = (Rig::start()?, Rig::start()?);
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    desk.run(&["settings", "set", "pause_until", "2999-01-01"]);
    desk.run(&["contact", "add", "Maria Ruiz", "--why", "sews every buttonhole by hand"]);
    let (mut one, mut two) = (on(&left, &desk), on(&right, &lap));
    pair(&mut one, &mut two);
    until("both are in step", || crate::are_in_step(&mut one, &mut two));
    one.kill();
    two.kill();
    Some((left, right, desk, lap))
}

fn begin_the_day(laptop: &Laptop) {
    for (key, value) in [("daily_at", "00:00"), ("pause_until", "")] {
        let said = laptop.run(&["settings", "set", key, value]);
        assert_eq!(said.code, 0, "{said:?}");
    }
}

#[test]
fn of_two_laptops_in_use_one_shows_it_and_a_press_there_is_a_press_everywhere() {
    let Some((left, right, desk, lap)) = paired() else { return };
    let (mut one, mut two) = (on(&left, &desk), on(&right, &lap));
    until("both are in step", || crate::are_in_step(&mut one, &mut two));
    begin_the_day(&desk);
    until("one of them shows it", || left.on_screen() + right.on_screen() == 1);
    until("both know that it is shown", || state(&mut one) == "shown" && state(&mut two) == "shown");
    assert_eq!(left.on_screen() + right.on_screen(), 1, "one nudge");
    let shows = if left.on_screen() == 1 { &left } else { &right };
    assert_eq!(shows.shown()[0].0, OFFER);
    shows.press("Done");
    until("both know that it is done", || state(&mut one) == "done" && state(&mut two) == "done");
    until("nothing is on any screen", || left.on_screen() + right.on_screen() == 0);
}

#[test]
fn what_two_laptops_show_after_they_were_apart_is_taken_off_both_by_one_press() {
    let Some((left, right, desk, lap)) = paired() else { return };
    begin_the_day(&desk);
    let mut one = on(&left, &desk);
    until("the desk shows it", || left.on_screen() == 1);
    until("and has written it down", || state(&mut one) == "shown");
    // The desk hangs, as behind a closed lid; its screen keeps what is on it.
    signal(&one, "-STOP");
    let mut two = on(&right, &lap);
    begin_the_day(&lap);
    until("the lap shows it too", || right.on_screen() == 1);
    until("and has written it down", || state(&mut two) == "shown");
    assert_eq!(left.on_screen(), 1);
    right.press("Done");
    until("the lap has it", || state(&mut two) == "done");
    signal(&one, "-CONT");
    until("the desk's notification is gone", || left.on_screen() == 0);
    until("and it knows why", || state(&mut one) == "done");
}
