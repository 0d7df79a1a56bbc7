//! A second real server, xfce's, and a real pointer on real buttons.

use std::{path::Path, time::Duration};

use goodword::platform::Desktop;

use super::{
    author::Author,
    note,
    rig::{Rig, has_programs},
};

const SERVER: &str = "/usr/lib/x86_64-linux-gnu/xfce4/notifyd/xfce4-notifyd";
/// It draws "default" as a button too, and all of them equally wide in one row.
const ROW: [&str; 4] = ["default", "open", "done", "another"];

/// A rig on which xfce's server draws.
fn rig() -> Option<Rig> {
    if !Path::new(SERVER).exists() || !has_programs(&["xdotool"]) {
        eprintln!("skipped: xfce4-notifyd or xdotool is missing");
        return None;
    }
    let mut rig = Rig::without_server()?;
    let mut server = rig.command(SERVER);
    server.env("GSETTINGS_BACKEND", "memory").env("XDG_CONFIG_HOME", rig.dir());
    rig.start_server(server);
    Some(rig)
}

#[tokio::test]
async fn a_pointer_on_each_button_of_xfce_reports_its_key() {
    let Some(rig) = rig() else { return };
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    for (place, key) in ROW.into_iter().enumerate() {
        let id = desktop.show(&note(), None).await.unwrap();
        // It fades in: click until it hears. A click after the press falls on the empty screen.
        let mut pressed = None;
        for _ in 0..100 {
            click(&rig, place);
            if let Ok(press) = tokio::time::timeout(Duration::from_millis(300), super::press(&mut desktop)).await {
                pressed = Some(press);
                break;
            }
        }
        assert_eq!(pressed, Some((id, key.to_owned(), None)));
        desktop.close(id).await.unwrap();
    }
}

#[test]
fn a_pointer_on_the_buttons_of_xfce_makes_the_daemons_day() {
    let Some(rig) = rig() else { return };
    let mut author = Author::on(rig);
    author.start();
    author.until_state("Maria Ruiz", "shown");
    // It fades in: click until it is heard. xfce closes what is pressed, and a second press finds nothing.
    author.until("the draft", || {
        click(&author.rig, 1);
        author.state("Maria Ruiz") == "opened"
    });
    assert!(author.opened().starts_with("https://bsky.app/"));
    author.until("Did it go out? Done", || {
        // Two buttons and the click, equally wide.
        click_of(&author.rig, 1, 3);
        author.state("Maria Ruiz") == "done"
    });
    assert_eq!((author.written("opened"), author.written("done")), (1, 1));
}

fn click(rig: &Rig, place: usize) {
    click_of(rig, place, ROW.len());
}

fn click_of(rig: &Rig, place: usize, row: usize) {
    let search = ["search", "--onlyvisible", "--name", "^xfce4-notifyd$"];
    let found = rig.command("xdotool").args(search).output().unwrap().stdout;
    let found = String::from_utf8(found).unwrap();
    let Some(window) = found.lines().next() else { return };
    let size = rig.command("xdotool").args(["getwindowgeometry", "--shell", window]).output().unwrap().stdout;
    let size = String::from_utf8(size).unwrap();
    let of = |name: &str| size.lines().find_map(|line| line.strip_prefix(name)?.parse::<usize>().ok());
    let (Some(width), Some(height)) = (of("WIDTH="), of("HEIGHT=")) else { return };
    let x = (width * (2 * place + 1) / (2 * row)).to_string();
    let y = (height - 30).to_string();
    // The window may be gone by now: then nothing is clicked.
    let _ = rig.command("xdotool").args(["mousemove", "--window", window, &x, &y, "click", "1"]).output();
}
