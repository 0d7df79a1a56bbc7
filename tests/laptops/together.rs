//! Pairing, and what follows: one book, whatever happens to one of the two.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::{
    are_in_step, ask, heads,
    laptop::{Laptop, add, goodword},
    names, pair, peers, quiet_laptop, until,
};

#[test]
fn one_command_on_each_laptop_makes_one_book_of_two() {
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    desk.run(&["contact", "add", "Maria Ruiz", "--why", "sews"]);
    desk.run(&["contact", "add", "Tom Ash", "--why", "draws"]);
    lap.run(&["contact", "add", "Ben Bee", "--why", "bees"]);
    let (_one, _other) = (desk.daemon(), lap.daemon());
    let mut invite =
        goodword(&desk.home()).args(["device", "invite", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(invite.stdout.take().unwrap()).lines();
    let invitation: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let code = invitation["code"].as_str().unwrap();
    assert!(code.split('-').count() == 3 && code.len() < 30, "{code}");
    assert!(invitation["expires"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap() > jiff::Timestamp::now());
    let joined = lap.run(&["device", "join", invitation["ticket"].as_str().unwrap(), "--json"]);
    assert_eq!(joined.code, 0, "{joined:?}");
    let joined = joined.json();
    assert_eq!(joined["joined"]["name"], "desk");
    assert_eq!((&joined["people_before"], &joined["people"]), (&json!(1), &json!(3)));
    let met: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(met["joined"]["name"], "lap");
    assert!(invite.wait().unwrap().success());
    for laptop in [&desk, &lap] {
        let mut names = laptop.names();
        names.sort();
        assert_eq!(names, ["Ben Bee", "Maria Ruiz", "Tom Ash"]);
    }
    let devices = desk.run(&["device", "list", "--json"]).json();
    assert_eq!(devices.as_array().unwrap().len(), 2);
    assert!(desk.run(&["sync"]).out.contains("lap: connected, and both hold the same book"));
}

#[test]
fn what_is_written_on_one_is_on_the_other_and_both_know_it() {
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let (mut one, mut other) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut other);
    for number in 0..5 {
        ask(&mut one, &add(&format!("From the desk {number}")));
        ask(&mut other, &add(&format!("From the lap {number}")));
    }
    until("both are in step", || are_in_step(&mut one, &mut other));
    assert_eq!(names(&mut one).len(), 10);
}

#[test]
fn a_laptop_that_was_killed_is_in_step_again_when_it_is_back() {
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let (mut one, mut other) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut other);
    for round in 0..3 {
        other.kill();
        ask(&mut one, &add(&format!("While it was away {round}")));
        other = lap.daemon();
        until("both are in step", || are_in_step(&mut one, &mut other));
        assert_eq!(names(&mut other).len(), round + 1);
    }
}

#[test]
fn a_wrong_code_a_torn_ticket_and_a_join_without_an_invitation_say_what_to_do() {
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let none = lap.run(&["device", "join", "7-otter-lamp"]);
    assert_eq!(none.code, 4, "{none:?}");
    assert!(none.error().1.contains("goodword daemon"), "{none:?}");
    let (mut one, _other) = (desk.daemon(), lap.daemon());
    for typed in ["", "x", "7-otter", "goodword1abc", "999-otter-lamp", &"a".repeat(100_000)] {
        let said = lap.run(&["device", "join", typed]);
        assert!(said.code == 1 || said.code == 2, "{typed}: {said:?}");
        assert!(said.err.len() > 20 && said.err.len() < 2_000, "{said:?}");
    }
    let ticket = ask(&mut one, &json!({ "do": "device_invite" }))["ticket"].as_str().unwrap().to_owned();
    let mut torn = ticket.clone();
    torn.replace_range(30..31, if &ticket[30..31] == "a" { "b" } else { "a" });
    let said = lap.run(&["device", "join", &torn]);
    assert!(said.code == 1 && said.err.contains("copy all of it"), "{said:?}");
    assert_eq!(lap.run(&["device", "join", &ticket]).code, 0, "a typing error spends nothing");
    let again = lap.run(&["device", "join", &ticket]);
    assert!(again.code == 1 && again.err.contains("goodword device invite"), "{again:?}");
}

#[test]
fn a_third_laptop_is_let_in_by_any_of_the_two_and_known_to_both() {
    let (desk, lap, hub) = (quiet_laptop("desk"), quiet_laptop("lap"), Laptop::new());
    crate::configure(&hub, "name = \"attic\"\nhub = true\ndiscovery = false\npage_port = 0\n");
    let (mut one, mut two, mut three) = (desk.daemon(), lap.daemon(), hub.daemon());
    pair(&mut one, &mut two);
    ask(&mut one, &add("Maria"));
    let (_, joined) = pair(&mut two, &mut three);
    assert_eq!(joined["joined"]["name"], "lap");
    until("the book came over", || names(&mut three) == ["Maria"]);
    until("the desk knows the hub", || peers(&mut one).iter().any(|peer| peer["name"] == "attic"));
    let devices = desk.run(&["device", "list", "--json"]).json();
    let hubs: Vec<_> = devices.as_array().unwrap().iter().filter(|device| device["hub"] == true).collect();
    assert_eq!(hubs.len(), 1, "{devices}");
}

#[test]
fn a_copied_home_is_noticed_and_comes_in_as_a_laptop_of_its_own() {
    let (desk, lap, copy) = (quiet_laptop("desk"), quiet_laptop("lap"), Laptop::new());
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    ask(&mut two, &add("Maria"));
    until("both are in step", || are_in_step(&mut one, &mut two));
    two.kill();
    let copied = std::process::Command::new("cp").arg("-a").arg(lap.home()).arg(copy.home()).status().unwrap();
    assert!(copied.success());
    _ = std::fs::remove_dir_all(copy.home().join("run"));
    let (mut two, mut twin) = (lap.daemon(), copy.daemon());
    let is_told = |peer: &Value| peer["trouble"].as_str().is_some_and(|text| text.contains("join anew"));
    until("the desk notices", || peers(&mut one).iter().any(is_told));
    let told = |said: Value| said["troubles"].to_string().contains("join anew");
    until("one of the two is told", || {
        told(ask(&mut two, &json!({ "do": "sync", "now": true })))
            || told(ask(&mut twin, &json!({ "do": "sync", "now": true })))
    });
    _ = heads(&mut one);
}
