//! `demo`: prints what the demo tells.

use super::{eprint, print, printed};
use crate::{
    api::{Answer, Error},
    daemon::demo::{self, Told},
    platform::Note,
};

pub fn run(once: bool, json: bool) -> Result<(), Error> {
    demo::run(once, |told| match told {
        // Standard output is the day; the rest is what leads to it.
        Told::Line(line) => eprint(&format!("{line}\n")),
        Told::Note(note) if json => eprint(&shown(&note)),
        Told::Note(note) => print(&shown(&note)),
        Told::Today(today) => {
            let both = printed(Answer::Today(*today));
            print(&if json { both.json + "\n" } else { format!("\n{}\n", both.text) });
        }
    })
}

/// A notification where there is no screen for it.
fn shown(note: &Note) -> String {
    let body: String = note.body.lines().map(|line| format!("  | {line}\n")).collect();
    let buttons: Vec<_> = note.actions.iter().map(|(_, label)| format!("[{label}]")).collect();
    format!("\n  | {}\n{body}  | {}\n\n", note.summary, buttons.join("  "))
}
