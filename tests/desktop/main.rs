//! The desktop as an author has it: a real notification server, its buttons, its death; and servers that misbehave.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/rig.rs"]
mod rig;

mod author;
mod clock;
mod day;
mod dunst;
mod fake;
mod login;
mod odd_servers;
mod servers;
mod service;
mod session;
mod xfce;

use std::time::Duration;

use goodword::platform::{Desktop, DesktopEvent, Note, ShownId};

pub const BUTTONS: [(&str, &str); 3] = [("open", "Open draft"), ("done", "Done"), ("another", "Someone else")];

pub fn note() -> Note {
    Note {
        summary: "A good word for Maria Ruiz?".into(),
        body: "“How to sew an 1863 sack coat” came out yesterday, and it is 5 weeks since you met the re-enactors."
            .into(),
        actions: BUTTONS.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec(),
        page: Some("http://127.0.0.1:4747/".into()),
    }
}

/// The next event, or a failure that says what was awaited. The limit is generous: it only ends a broken test.
pub async fn next(desktop: &mut Desktop) -> DesktopEvent {
    tokio::time::timeout(Duration::from_secs(60), desktop.next_event()).await.expect("an event")
}

/// The next press; closing in between is the server's business.
pub async fn press(desktop: &mut Desktop) -> (ShownId, String, Option<String>) {
    loop {
        if let DesktopEvent::Pressed { id, action, token } = next(desktop).await {
            return (id, action, token);
        }
    }
}

/// Until it left the screen.
pub async fn closed(desktop: &mut Desktop) -> (ShownId, bool) {
    loop {
        if let DesktopEvent::Closed { id, by_author } = next(desktop).await {
            return (id, by_author);
        }
    }
}

/// Until the server with this event came or went.
pub async fn until(desktop: &mut Desktop, awaited: DesktopEvent) {
    while next(desktop).await != awaited {}
}
