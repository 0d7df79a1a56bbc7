//! `demo`: prints what the demo tells.

use super::{eprint, print, printed};
use crate::{
    api::{Answer, Error},
    daemon::demo::{self, Told},
};

pub fn run(once: bool, json: bool) -> Result<(), Error> {
    demo::run(once, |told| match told {
        // Standard output is the day; the rest is what leads to it.
        Told::Line(line) => eprint(&format!("{line}\n")),
        Told::Today(today) => {
            let both = printed(Answer::Today(*today));
            print(&if json { both.json + "\n" } else { format!("\n{}\n", both.text) });
        }
    })
}
