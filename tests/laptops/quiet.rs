//! A laptop that nobody was let in to, without relay, discovery and folder, says nothing to anybody: its calls to the
//! kernel are the witness.

use std::process::Command;

use serde_json::json;

use crate::{
    ask,
    laptop::{Daemon, GOODWORD, add, plain},
    quiet_laptop,
    rig::has_programs,
};

#[test]
fn nothing_leaves_a_laptop_that_is_alone() {
    if !has_programs(&["strace"]) {
        return;
    }
    let desk = quiet_laptop("desk");
    let trace = desk.home().join("trace");
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-e", "trace=socket,connect,sendto,sendmsg,sendmmsg,bind", "-o"])
        .arg(&trace)
        .args([GOODWORD, "daemon"]);
    plain(&mut traced).env("GOODWORD_HOME", desk.home());
    let mut daemon = Daemon::of(&mut traced, &desk.home());
    ask(&mut daemon, &add("Maria"));
    for request in [json!({ "do": "today" }), json!({ "do": "sync", "now": true }), json!({ "do": "page_open" })] {
        ask(&mut daemon, &request);
    }
    // Its own pid: the witness is its parent.
    let pid = ask(&mut daemon, &json!({ "do": "status" }))["pid"].to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    daemon.ended();
    let seen = std::fs::read_to_string(&trace).unwrap();
    assert!(seen.contains("AF_UNIX"), "the witness saw nothing: {seen}");
    // Everything on the network that is not the page's own port on this laptop.
    let elsewhere = |line: &&str| {
        let is_net = line.contains("AF_INET") || line.contains("AF_NETLINK");
        let is_page = line.contains("sin_addr=inet_addr(\"127.0.0.1\")") || line.contains("SOCK_STREAM");
        is_net && !is_page
    };
    let found: Vec<_> = seen.lines().filter(elsewhere).collect();
    assert!(found.is_empty(), "{found:#?}");
}
