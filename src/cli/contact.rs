//! `contact add` with an address in place of a name: shows who is there, and asks for the why.

use super::{
    Printed,
    args::ContactFields,
    client, printed,
    questions::{Questions, say},
    render, wrong,
};
use crate::{
    api::{Answer, ContactForm, Error, Request},
    platform::Folders,
    social::address::{Address, address},
};

/// Adds somebody by name, or by an address of theirs.
pub fn add(folders: &Folders, name: String, fields: ContactFields, json: bool) -> Result<Printed, Error> {
    let form = ContactForm::from(fields);
    let meant = match address(&name) {
        None => {
            return client::ask(folders, Request::ContactAdd(ContactForm { name: Some(name), ..form })).map(printed);
        }
        Some(Address::People(_)) => {
            return Err(Error::usage(format!("{name} is a list of people"))
                .hint(format!("goodword discover --from {name} shows them, a few at a time; goodword contact import {name} brings all of them along")));
        }
        Some(meant) => meant,
    };
    let mut form = ContactForm { address: Some(name.clone()), ..form };
    if form.why.as_ref().is_none_or(|why| why.trim().is_empty()) {
        let mut questions = Questions::new(json);
        let found = match client::ask(folders, Request::ContactFind { address: name.clone() }) {
            // Nothing but a name with a dot: that takes a why too.
            Err(error) if matches!(meant, Address::Domain(_)) => {
                return Err(
                    error.hint(format!("to add them by that name alone: goodword contact add {name} --why \"..\""))
                );
            }
            found => found?,
        };
        let Answer::Found(person) = &found else { return Ok(printed(found)) };
        let why = if questions.interactive && person.known.is_none() {
            say(&wrong::tame(&render::text(&found)));
            questions.ask(&format!(
                "\nWhy is {} cool? One sentence in your own words (Enter alone adds nobody)",
                person.name
            ))
        } else {
            None
        };
        let Some(why) = why else {
            // Nobody was added: exit 3, with what was found.
            let known = person.known.is_some();
            let next = if known {
                String::new()
            } else {
                format!("\nNobody is added yet: goodword contact add {name} --why \"..\"\n")
            };
            let answer = printed(found);
            let text = if questions.interactive && !known { next } else { answer.text + &next };
            return Ok(Printed { text, json: answer.json, nothing: true });
        };
        form.why = Some(why);
    }
    client::ask(folders, Request::ContactAdd(form)).map(printed)
}
