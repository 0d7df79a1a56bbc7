//! Looking changes nothing: not a byte, not a time, not a file more.

use std::fs;

use crate::laptop::{Laptop, goodword, said, state};

#[test]
fn status_and_doctor_leave_no_trace_in_any_home() {
    let (missing, empty, filled, killed) = (Laptop::new(), Laptop::new(), Laptop::with_maria(), Laptop::with_maria());
    fs::create_dir(empty.home()).unwrap();
    let mut daemon = killed.daemon();
    daemon.ask(&crate::laptop::add("Ben"));
    daemon.kill();
    for laptop in [&missing, &empty, &filled, &killed] {
        let before = state(&laptop.home());
        assert_eq!((laptop.run(&["status"]).code, laptop.run(&["doctor"]).code), (0, 0));
        assert!(state(&laptop.home()) == before, "{:?}", laptop.home());
    }
    assert!(!missing.home().exists());
    let contacts = killed.run(&["status", "--json"]).json()["document"]["contacts"].clone();
    assert_eq!(contacts, 2, "what the log holds is seen");
}

#[test]
fn a_home_whose_name_has_every_odd_sign_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("a b?c#d%20é'");
    assert_eq!(said(goodword(&home).args(["contact", "add", "Maria", "--why", "kind"])).code, 0);
    let status = said(goodword(&home).args(["status", "--json"]));
    assert_eq!(status.json()["document"]["contacts"], 1, "{status:?}");
}
