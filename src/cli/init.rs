//! `init`: the first two minutes, asked as questions on a terminal. Every answer is kept at once, by the same requests
//! that any other command makes, so stopping half way loses nothing.

use std::io::{BufRead, IsTerminal, Write};

use super::{Printed, args, client, printed};
use crate::{
    api::{Answer, ContactForm, Error, Request, WorkForm},
    platform::Folders,
};

pub fn run(folders: &Folders, init: args::Init, json: bool) -> Result<Printed, Error> {
    let ask = |request: Request| client::ask(folders, request);
    let mut questions = Questions { interactive: std::io::stdin().is_terminal() && !json };
    if questions.interactive {
        say(
            "goodword puts in a good word for one person every day.\nFive questions; an empty answer leaves one out.\n\n",
        );
    }
    if let Some(name) = init.name.or_else(|| questions.ask("Your name")) {
        ask(Request::SettingsSet { key: "name".to_owned(), value: name })?;
    }
    let title = init.work.or_else(|| questions.ask("The title of what you write"));
    if let Some(title) = title {
        let genre = init.genre.or_else(|| questions.ask("Its genre (such as historical fiction)"));
        let known =
            matches!(ask(Request::WorkList)?, Answer::Works(works) if works.iter().any(|work| work.title == title));
        let form = WorkForm { title: Some(title.clone()), genre, ..WorkForm::default() };
        ask(if known { Request::WorkEdit { name: title, form } } else { Request::WorkAdd(form) })?;
    } else if init.genre.is_some() {
        return Err(Error::usage("--genre is the genre of a work: add --work TITLE"));
    }
    if questions.interactive {
        network(&mut questions, &ask)?;
        person(&mut questions, &ask)?;
    }
    let today = ask(Request::Today)?;
    if questions.interactive {
        say("\nHere is your first day:\n\n");
    }
    let mut answer = printed(today);
    answer.text.push_str("\nTo be asked every day, even after a restart: goodword service install\n");
    // A book without people is where everybody begins, and no failure of init.
    answer.nothing = false;
    Ok(answer)
}

fn network(questions: &mut Questions, ask: &impl Fn(Request) -> Result<Answer, Error>) -> Result<(), Error> {
    questions.until_right("Where you post: bluesky, mastodon, x (dearest first)", |answer| {
        ask(Request::SettingsSet { key: "networks".to_owned(), value: answer.clone() })?;
        Ok(answer)
    })?;
    let Answer::Settings(rows) = ask(Request::SettingsList)? else { return Ok(()) };
    let on_mastodon = rows.iter().any(|row| row.key == "networks" && row.value.contains("mastodon"));
    if on_mastodon {
        questions.until_right("Your own handle on Mastodon (@you@host)", |answer| {
            ask(Request::SettingsSet { key: "mastodon".to_owned(), value: answer.clone() })?;
            Ok(answer)
        })?;
    }
    Ok(())
}

fn person(questions: &mut Questions, ask: &impl Fn(Request) -> Result<Answer, Error>) -> Result<(), Error> {
    let Some(name) = questions.ask("One person, organisation or cause you think is cool") else { return Ok(()) };
    let why = loop {
        match questions.ask(&format!("Why is {name} cool? In your own words")) {
            Some(why) => break why,
            None if questions.interactive => say("The draft is made of this sentence; it cannot be left out.\n"),
            // The terminal is gone; what was said before is kept.
            None => return Ok(()),
        }
    };
    let audience = questions.ask("What group do they belong to (such as history teachers)");
    questions.until_right("Their site or feed", |site| {
        let form = ContactForm {
            name: Some(name.clone()),
            why: Some(why.clone()),
            audiences: audience.clone().into_iter().collect(),
            site: Some(site.clone()).filter(|site| !site.is_empty()),
            ..ContactForm::default()
        };
        match ask(Request::ContactAdd(form))? {
            Answer::Contact(contact) => {
                for remark in contact.remarks {
                    say(&format!("{remark}\n"));
                }
            }
            _ => say("Added.\n"),
        }
        Ok(site)
    })?;
    Ok(())
}

struct Questions {
    interactive: bool,
}

impl Questions {
    /// One answer on one line; nothing for an empty one, at the end of the input, or without a terminal.
    fn ask(&mut self, question: &str) -> Option<String> {
        if !self.interactive {
            return None;
        }
        say(&format!("{question}: "));
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => {
                self.interactive = false;
                None
            }
            Ok(_) => Some(line.trim().to_owned()).filter(|line| !line.is_empty()),
        }
    }

    /// Asks until the answer is taken. An empty answer is tried too, as an empty text.
    fn until_right(&mut self, question: &str, take: impl Fn(String) -> Result<String, Error>) -> Result<(), Error> {
        while self.interactive {
            let answer = self.ask(question).unwrap_or_default();
            match take(answer) {
                Ok(_) => return Ok(()),
                Err(error) if self.interactive => {
                    say(&format!("{}. {}\n", error.message, error.hint.unwrap_or_default()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Questions go to standard error: standard output is the answer.
fn say(text: &str) {
    let mut stderr = std::io::stderr();
    _ = stderr.write_all(text.as_bytes());
    _ = stderr.flush();
}
