//! A NAME as typed: an id, an exact name, or an unambiguous beginning of one. Capitals do not matter.

use crate::{
    api::{Error, ErrorKind, Next},
    domain::{Audience, Book, Contact, Device, Id, Work},
};

/// How many candidates an ambiguous name lists.
const CANDIDATES: usize = 8;

/// The contact that a name means.
pub fn contact<'a>(book: &'a Book, name: &str) -> Result<&'a Contact, Error> {
    if let Some(contact) = book.contact(&Id::from(name.trim())) {
        return Ok(contact);
    }
    let people = book.people().map(|contact| (contact.name.as_str(), contact));
    let wanted = find(people, name, |contact| contact.id.as_str())?;
    wanted.ok_or_else(|| missing("contact", name, Next::People))
}

/// The kept audience that a name, id or slug means.
pub fn audience<'a>(book: &'a Book, name: &str) -> Result<&'a Audience, Error> {
    let wanted = maybe_audience(book, name)?;
    wanted.ok_or_else(|| missing("audience", name, Next::Audiences))
}

/// The same, where a new name is no error.
pub fn maybe_audience<'a>(book: &'a Book, name: &str) -> Result<Option<&'a Audience>, Error> {
    if let Some(audience) = book.audience(&Id::from(name.trim())) {
        return Ok(Some(audience));
    }
    let slug = crate::domain::audience::slug(name);
    if let Some(audience) = book.kept_audiences().find(|audience| audience.slugs().contains(&slug)) {
        return Ok(Some(audience));
    }
    find(book.kept_audiences().map(|audience| (audience.name.as_str(), audience)), name, |audience| {
        audience.id.as_str()
    })
}

/// The audience with exactly this name, for places where a beginning would be a surprise.
pub fn exact_audience<'a>(book: &'a Book, name: &str) -> Option<&'a Audience> {
    let slug = crate::domain::audience::slug(name);
    book.audience(&Id::from(name.trim()))
        .or_else(|| book.kept_audiences().find(|audience| audience.slugs().contains(&slug)))
}

/// The work that a name means.
pub fn work<'a>(book: &'a Book, name: &str) -> Result<&'a Work, Error> {
    let works = || book.works.values().filter(|work| work.removed.is_none());
    if let Some(work) = works().find(|work| work.id.as_str() == name.trim()) {
        return Ok(work);
    }
    let wanted = find(works().map(|work| (work.title.as_str(), work)), name, |work| work.id.as_str())?;
    wanted.ok_or_else(|| missing("work", name, Next::Works))
}

/// The device that a name means, of those that were not removed.
pub fn device<'a>(book: &'a Book, name: &str) -> Result<&'a Device, Error> {
    let devices = || book.devices.values().filter(|device| device.removed.is_none());
    if let Some(device) = devices().find(|device| device.id.as_str() == name.trim()) {
        return Ok(device);
    }
    let named = devices().map(|device| (device.name.as_str(), device));
    let wanted = find(named, name, |device| device.id.as_str())?;
    wanted.ok_or_else(|| missing("laptop", name, Next::Laptops))
}

fn missing(what: &str, name: &str, hint: Next) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no {what} \"{name}\"")).hint(hint)
}

fn find<'a, T>(
    all: impl Iterator<Item = (&'a str, &'a T)>,
    name: &str,
    id: impl Fn(&T) -> &str,
) -> Result<Option<&'a T>, Error> {
    let wanted = name.trim().to_lowercase();
    if wanted.is_empty() {
        return Err(Error::usage("the name is empty").hint("write a name, the beginning of one, or an id"));
    }
    let (mut exact, mut starting) = (Vec::new(), Vec::new());
    for (called, thing) in all {
        let lower = called.to_lowercase();
        if lower == wanted {
            exact.push((called, thing));
        } else if lower.starts_with(&wanted) {
            starting.push((called, thing));
        }
    }
    match (exact.as_slice(), starting.as_slice()) {
        ([(_, one)], _) => Ok(Some(one)),
        ([], [(_, one)]) => Ok(Some(one)),
        ([], []) => Ok(None),
        _ => {
            // Several of exactly this name: those that only begin with it are not meant.
            let all = if exact.is_empty() { starting } else { exact };
            let list: Vec<_> =
                all.iter().take(CANDIDATES).map(|(called, thing)| format!("{called} ({})", id(thing))).collect();
            let more =
                if all.len() > CANDIDATES { format!(" and {} more", all.len() - CANDIDATES) } else { String::new() };
            let message = format!("\"{}\" could be any of {}: {}{more}", name.trim(), all.len(), list.join(", "));
            Err(Error::new(ErrorKind::Ambiguous, message).hint("write more of the name, or the id in brackets"))
        }
    }
}
