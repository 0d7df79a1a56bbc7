//! Against the real dunst.

use std::process::Command;

use goodword::platform::{Desktop, DesktopError, DesktopEvent};
use zbus::{Connection, Message};

use super::{BUTTONS, closed, next, note, press, rig::Rig, until};

#[tokio::test]
async fn the_server_tells_its_name_and_that_it_has_buttons() {
    let Some(rig) = Rig::start() else { return };
    let desktop = Desktop::connect(Some(&rig.address())).await;
    let server = desktop.server().unwrap();
    assert_eq!(server.name, "dunst");
    assert!(server.actions && server.markup, "{server:?}");
}

#[tokio::test]
async fn each_button_reports_its_own_key() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    for (key, label) in BUTTONS {
        let id = desktop.show(&note(), None).await.unwrap();
        rig.press(label);
        assert_eq!(press(&mut desktop).await, (id, key.to_owned(), None));
        desktop.close(id).await.unwrap();
    }
}

#[tokio::test]
async fn a_click_on_the_notification_is_the_default_action() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let id = desktop.show(&note(), None).await.unwrap();
    rig.click();
    assert_eq!(press(&mut desktop).await, (id, "default".to_owned(), None));
}

#[tokio::test]
async fn twenty_presses_of_twenty_arrive() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    for round in 0..20 {
        let (key, label) = BUTTONS[round % BUTTONS.len()];
        let id = desktop.show(&note(), None).await.unwrap();
        rig.press(label);
        assert_eq!(press(&mut desktop).await, (id, key.to_owned(), None), "round {round}");
        desktop.close(id).await.unwrap();
    }
}

#[tokio::test]
async fn a_press_survives_a_storm_of_forged_signals() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let id = desktop.show(&note(), None).await.unwrap();
    let forger = connect(&rig.address()).await;
    // To everybody, and to each connection by name: the second kind no match rule holds back.
    let mut targets = vec![None];
    targets.extend(names(&forger).await.into_iter().map(Some));
    for number in 0..100_u32 {
        for target in &targets {
            let mut signal =
                Message::signal("/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked");
            if let Some(target) = target {
                signal = signal.destination(target.as_str());
            }
            forger.send(&signal.build(&(number, "another")).unwrap()).await.unwrap();
        }
    }
    rig.press("Done");
    assert_eq!(next(&mut desktop).await, DesktopEvent::Pressed { id, action: "done".into(), token: None });
}

#[tokio::test]
async fn a_press_on_somebody_elses_notification_is_not_ours() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let mut other = Desktop::connect(Some(&rig.address())).await;
    let theirs = other.show(&note(), None).await.unwrap();
    rig.press("Someone else");
    assert_eq!(press(&mut other).await.0, theirs);
    let ours = desktop.show(&note(), None).await.unwrap();
    rig.press("Done");
    assert_eq!(next(&mut desktop).await, DesktopEvent::Pressed { id: ours, action: "done".into(), token: None });
}

#[tokio::test]
async fn dismissing_it_is_told_and_means_nothing_else() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let id = desktop.show(&note(), None).await.unwrap();
    rig.dismiss();
    assert_eq!(next(&mut desktop).await, DesktopEvent::Closed { id, by_author: true });
}

#[tokio::test]
async fn closing_it_takes_it_off_the_screen() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let id = desktop.show(&note(), None).await.unwrap();
    desktop.close(id).await.unwrap();
    assert_eq!(closed(&mut desktop).await, (id, false));
    assert_eq!(rig.on_screen(), 0);
    desktop.close(id).await.unwrap();
}

#[tokio::test]
async fn a_replacement_stands_in_the_place_of_the_first() {
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let first = desktop.show(&note(), None).await.unwrap();
    let mut changed = note();
    changed.summary = "A good word for Tom Ash?".into();
    let second = desktop.show(&changed, Some(first)).await.unwrap();
    assert_eq!(rig.on_screen(), 1);
    rig.press("Done");
    assert_eq!(press(&mut desktop).await, (second, "done".to_owned(), None));
}

#[tokio::test]
async fn a_server_that_appears_later_is_noticed_and_used() {
    let Some(mut rig) = Rig::without_server() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    assert_eq!(desktop.server(), None);
    assert!(matches!(desktop.show(&note(), None).await, Err(DesktopError::NoServer)));
    rig.start_dunst();
    assert_eq!(next(&mut desktop).await, DesktopEvent::ServerAppeared);
    let id = desktop.show(&note(), None).await.unwrap();
    rig.press("Done");
    assert_eq!(press(&mut desktop).await.0, id);
}

#[tokio::test]
async fn after_the_servers_death_the_notification_is_shown_again_under_an_id_of_its_own() {
    let Some(mut rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let before = desktop.show(&note(), None).await.unwrap();
    rig.kill_server();
    until(&mut desktop, DesktopEvent::ServerGone).await;
    assert_eq!(desktop.server(), None);
    rig.start_dunst();
    until(&mut desktop, DesktopEvent::ServerAppeared).await;
    let after = desktop.show(&note(), Some(before)).await.unwrap();
    assert_ne!(after, before, "the new server counts from one again");
    desktop.close(before).await.unwrap();
    assert_eq!(rig.on_screen(), 1, "an id of the dead server closes nothing");
    rig.press("Done");
    assert_eq!(press(&mut desktop).await.0, after);
}

#[tokio::test]
async fn a_bus_that_comes_back_is_found_at_the_next_check() {
    let Some(mut rig) = Rig::without_bus() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    assert!(matches!(desktop.show(&note(), None).await, Err(DesktopError::NoSession(_))));
    for _ in 0..2 {
        rig.start_bus();
        rig.start_dunst();
        desktop.check().await;
        assert_eq!(desktop.server().unwrap().name, "dunst");
        desktop.show(&note(), None).await.unwrap();
        rig.kill_server();
        rig.stop_bus();
        until(&mut desktop, DesktopEvent::ServerGone).await;
    }
}

#[tokio::test]
#[ignore = "for eyes: writes dunst.png into the folder GOODWORD_SHOTS"]
async fn a_screenshot_is_kept_for_whoever_wants_to_look() {
    let Some(dir) = std::env::var_os("GOODWORD_SHOTS") else { return };
    let Some(rig) = Rig::start() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let id = desktop.show(&note(), None).await.unwrap();
    // dunst draws in its own time; what it drew is for eyes only.
    let shot = std::path::Path::new(&dir).join("dunst.png");
    let mut import: Command = rig.command("import");
    assert!(import.args(["-pause", "1", "-window", "root"]).arg(shot).status().unwrap().success());
    desktop.close(id).await.unwrap();
}

async fn connect(address: &str) -> Connection {
    zbus::connection::Builder::address(address).build().await.unwrap()
}

/// Every connection on the bus but the one that asks.
async fn names(bus: &Connection) -> Vec<String> {
    let to = "org.freedesktop.DBus";
    let reply = bus.call_method(Some(to), "/org/freedesktop/DBus", Some(to), "ListNames", &()).await.unwrap();
    let names: Vec<String> = reply.body().deserialize().unwrap();
    let own = bus.unique_name().unwrap().to_string();
    names.into_iter().filter(|name| name.starts_with(':') && *name != own).collect()
}
