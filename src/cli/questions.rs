//! Questions on a terminal: on standard error, for standard output is the answer.

use std::io::{BufRead, IsTerminal, Write};

use super::wrong;
use crate::api::Error;

pub struct Questions {
    pub interactive: bool,
}

impl Questions {
    /// Nobody is asked where nobody sits, or where a program reads the answer.
    pub fn new(json: bool) -> Questions {
        Questions { interactive: std::io::stdin().is_terminal() && !json }
    }

    /// One answer on one line; nothing for an empty one, at the end of the input, or without a terminal.
    pub fn ask(&mut self, question: &str) -> Option<String> {
        if !self.interactive {
            return None;
        }
        say(&format!("{}: ", wrong::tame(question)));
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => {
                say("\n");
                self.interactive = false;
                None
            }
            Ok(_) => Some(line.trim().to_owned()).filter(|line| !line.is_empty()),
        }
    }

    /// Asks until the answer is taken; an empty one leaves things as they are.
    pub fn until_right(&mut self, question: &str, take: impl Fn(String) -> Result<(), Error>) -> Result<(), Error> {
        while let Some(answer) = self.ask(question) {
            match take(answer) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    let hint = error.hint.map(|hint| format!("  {hint}\n")).unwrap_or_default();
                    say(&format!("{}\n{hint}", error.message));
                }
            }
        }
        Ok(())
    }
}

pub fn say(text: &str) {
    let mut stderr = std::io::stderr();
    _ = stderr.write_all(text.as_bytes());
    _ = stderr.flush();
}
