//! `init`: the first two minutes, asked as questions on a terminal. Every answer is kept at once, by the same requests
//! that any other command makes, so stopping half way loses nothing.

use super::{
    Printed, args, client, printed,
    questions::{Questions, say},
};
use crate::{
    api::{Answer, ContactForm, Error, Request, WorkForm},
    platform::Folders,
};

pub fn run(folders: &Folders, init: args::Init, json: bool) -> Result<Printed, Error> {
    let ask = |request: Request| client::ask(folders, request);
    let mut questions = Questions::new(json);
    if questions.interactive {
        say("goodword puts in a good word for one person every day.\nA few questions; Enter alone leaves one out.\n\n");
    }
    if let Some(name) = init.name.or_else(|| questions.ask("Your name")) {
        ask(set("name", name))?;
    }
    let title = init.work.or_else(|| questions.ask("The title of what you write"));
    if let Some(title) = title {
        let genre = init.genre.or_else(|| questions.ask("Its genre (such as historical fiction)"));
        let known =
            matches!(ask(Request::WorkList)?, Answer::Works(works) if works.iter().any(|work| work.title == title));
        let form = WorkForm { title: Some(title.clone()), genre, ..WorkForm::default() };
        ask(if known { Request::WorkEdit { name: title.clone(), form } } else { Request::WorkAdd(form) })?;
        if questions.interactive {
            ideas(title, &ask);
        }
    } else if init.genre.is_some() {
        return Err(Error::usage("--genre is the genre of a work").hint("add --work TITLE"));
    }
    if questions.interactive {
        let network = network(&mut questions, &ask)?;
        person(&mut questions, &ask, network.as_deref())?;
    }
    let today = ask(Request::Today)?;
    if questions.interactive {
        say("\nHere is your first day:\n\n");
    }
    let mut answer = printed(today);
    answer.text.push_str(
        "\nTo be asked every day, even after a restart: goodword service install\n\
         To bring along whom you follow: goodword contact import @you.bsky.social (or @you@host, or a file)\n",
    );
    // A book without people is where everybody begins, and no failure of init.
    answer.nothing = false;
    Ok(answer)
}

fn set(key: &str, value: String) -> Request {
    Request::SettingsSet { key: key.to_owned(), value }
}

/// A few groups the work may speak to, for who does not know yet what an audience is. No ideas are no error.
fn ideas(title: String, ask: &impl Fn(Request) -> Result<Answer, Error>) {
    let request = Request::AudienceSuggest { work: Some(title), genre: None, depth: 1 };
    let Ok(Answer::Brainstorm(found)) = ask(request) else { return };
    let lines: String = found.rows.iter().take(3).map(|row| format!("  {}: {}\n", row.name, row.bridge)).collect();
    if !lines.is_empty() {
        say(&format!(
            "\nWho might love it? Not only readers of the genre:\n{lines}(goodword audience suggest has more.)\n\n"
        ));
    }
}

/// Asks where the author posts; gives the dearest network, if there is one.
fn network(
    questions: &mut Questions,
    ask: &impl Fn(Request) -> Result<Answer, Error>,
) -> Result<Option<String>, Error> {
    questions.until_right("Where you post: bluesky, mastodon, x (dearest first)", |answer| {
        ask(set("networks", answer)).map(|_| ())
    })?;
    let Answer::Settings(rows) = ask(Request::SettingsList)? else { return Ok(None) };
    let value = |key: &str| rows.iter().find(|row| row.key == key).map(|row| row.value.clone()).unwrap_or_default();
    let networks = value("networks");
    if networks.contains("mastodon") && value("mastodon").is_empty() {
        questions.until_right("Your own handle on Mastodon (@you@host), so that a draft opens there", |answer| {
            ask(set("mastodon", answer)).map(|_| ())
        })?;
    }
    Ok(networks.split(',').next().filter(|network| !network.is_empty()).map(str::to_owned))
}

fn person(
    questions: &mut Questions,
    ask: &impl Fn(Request) -> Result<Answer, Error>,
    network: Option<&str>,
) -> Result<(), Error> {
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
    let form = ContactForm {
        name: Some(name),
        why: Some(why),
        audiences: audience.into_iter().collect(),
        ..ContactForm::default()
    };
    let Answer::Contact(contact) = ask(Request::ContactAdd(form))? else { return Ok(()) };
    let edit = |form| {
        if let Answer::Contact(contact) = ask(Request::ContactEdit { name: contact.row.id.clone(), form })? {
            contact.remarks.iter().for_each(|remark| say(&format!("{remark}\n")));
        }
        Ok(())
    };
    if let Some(network) = network.filter(|network| ["bluesky", "mastodon", "x"].contains(network)) {
        questions.until_right(&format!("Their handle on {network}"), |handle| {
            edit(ContactForm { handles: [(network.to_owned(), handle)].into(), ..ContactForm::default() })
        })?;
    }
    questions.until_right("Their site or feed", |site| edit(ContactForm { site: Some(site), ..ContactForm::default() }))
}
