//! A laptop that was removed hears nothing more, and comes back through nobody.

use serde_json::json;

use crate::{
    are_in_step, ask, configure,
    laptop::{Laptop, add},
    names, pair, peers, quiet_laptop, until,
};

#[test]
fn a_removed_laptop_is_told_and_hears_nothing_more() {
    let (desk, lap) = (quiet_laptop("desk"), quiet_laptop("lap"));
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    ask(&mut one, &add("Before"));
    until("both are in step", || are_in_step(&mut one, &mut two));
    let said = ask(&mut one, &json!({ "do": "device_remove", "name": "lap" }))["said"].to_string();
    assert!(said.contains("What it has it keeps"), "{said}");
    ask(&mut one, &add("After"));
    until("the removed one is told", || {
        let sync = ask(&mut two, &json!({ "do": "sync", "now": false }));
        sync["peers"].as_array().unwrap().is_empty() && sync["troubles"].to_string().contains("removed this laptop")
    });
    assert!(peers(&mut one).is_empty());
    assert_eq!(names(&mut two), ["Before"]);
    let devices = desk.run(&["device", "list", "--json"]).json();
    assert!(devices.as_array().unwrap().iter().any(|device| device["name"] == "lap" && device["removed"].is_string()));
    // What was a mistake is mended by pairing anew, under a new key; the book merges.
    ask(&mut two, &add("Meanwhile"));
    pair(&mut one, &mut two);
    until("both are in step", || are_in_step(&mut one, &mut two));
    assert_eq!(names(&mut one).len(), 3);
}

#[test]
fn a_laptop_that_joins_anew_writes_in_the_shared_folder_under_its_new_key() {
    let shared = tempfile::tempdir().unwrap();
    let [desk, lap] = ["desk", "lap"].map(|name| {
        let laptop = quiet_laptop(name);
        let folder = shared.path().display();
        configure(&laptop, &format!("name = \"{name}\"\ndiscovery = false\npage_port = 0\nfolder = \"{folder}\"\n"));
        laptop
    });
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    let places = || {
        let entries = std::fs::read_dir(shared.path().join("goodword")).into_iter().flatten();
        entries.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
    };
    pair(&mut one, &mut two);
    until("both have written", || places() == 2);
    ask(&mut one, &json!({ "do": "device_remove", "name": "lap" }));
    until("the removed one is told", || peers(&mut two).is_empty());
    pair(&mut one, &mut two);
    until("it writes in a place of its own", || places() == 3);
}

#[test]
fn a_removed_laptop_does_not_come_back_through_a_third_that_has_not_heard_of_it() {
    // They find each other on the local network.
    let [desk, lap, den] = ["desk", "lap", "den"].map(|name| {
        let laptop = Laptop::new();
        configure(&laptop, &format!("name = \"{name}\"\npage_port = 0\n"));
        laptop
    });
    let (mut one, mut two, mut three) = (desk.daemon(), lap.daemon(), den.daemon());
    pair(&mut one, &mut two);
    pair(&mut one, &mut three);
    until("the two others know each other", || peers(&mut two).len() == 2 && peers(&mut three).len() == 2);
    // Neither of them hears of it: one that was told would not even try.
    three.kill();
    two.kill();
    ask(&mut one, &json!({ "do": "device_remove", "name": "lap" }));
    one.kill();
    // The third starts, and only the removed one is there.
    let mut two = lap.daemon();
    let mut three = den.daemon();
    until("they talk", || peers(&mut three).iter().any(|peer| peer["name"] == "lap" && peer["connected"] == true));
    let mut one = desk.daemon();
    until("the third hears of it", || peers(&mut three).iter().all(|peer| peer["name"] != "lap"));
    ask(&mut one, &add("After"));
    until("the two who stay are in step", || are_in_step(&mut one, &mut three));
    until("the removed one is alone", || peers(&mut two).is_empty());
    assert_eq!((names(&mut three), names(&mut two)), (vec!["After".to_owned()], Vec::new()));
}

#[test]
fn a_laptop_cannot_remove_itself_or_nobody() {
    let desk = quiet_laptop("desk");
    let mine = desk.run(&["device", "remove", "desk"]);
    assert_eq!(mine.code, 2, "{mine:?}");
    let nobody = desk.run(&["device", "remove", "den"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert!(nobody.error().1.contains("device list"), "{nobody:?}");
}
