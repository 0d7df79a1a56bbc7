//! `contact`: the people, organisations and causes.

mod edit;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use self::edit::{found_at, save};
use super::{Home, audience::is_in, diary, names};
use crate::{
    api::{
        Answer, ContactDetail, ContactForm, ContactRow, Error, EvidenceRow, FoundHandle, FoundPerson, Named, Next,
        Request,
    },
    domain::{Book, Change, Contact, Evidence, Id, Mute, Stage, What, bond, book::shared_mark, journal::History},
    social::{
        address::{Address, address as social_address},
        person::Handle,
    },
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    let today = home.clock(now).date();
    match request {
        Request::ContactAdd(form) => add(home, now, form),
        Request::ContactFind { address } => find(home, now, &address),
        Request::ContactEdit { name, form } => {
            let found = found_at(home, &form);
            let id = names::contact(home.book(), &name)?.id.clone();
            // As it is written: an edit must not write the doubles' merged values into the one that leads.
            let contact = home.book().contacts.get(&id).cloned();
            save(home, now, contact.ok_or_else(|| Error::failed(format!("{name} is gone")))?, form, found)
        }
        Request::ContactList { audience, stage, search: text } => {
            let (book, history) = (home.book(), home.book().history(today));
            let found = search(book, &history, audience.as_deref(), stage, text.as_deref())?;
            Ok(Answer::Contacts(found.into_iter().map(|contact| row(book, &history, contact, today)).collect()))
        }
        Request::ContactShow { name } => {
            let id = names::contact(home.book(), &name)?.id.clone();
            show(home, now, &id, Vec::new())
        }
        Request::ContactMute { name, until } => {
            if let Some(day) = until.filter(|day| *day <= today) {
                return Err(Error::usage(format!("{day} is not a day to come")).hint(Next::MuteForGood));
            }
            let id = mark(home, &name, |contact| contact.mute = Some(until.map_or(Mute::Always, Mute::Until)))?;
            show(home, now, &id, Vec::new())
        }
        Request::ContactUnmute { name } => {
            let id = mark(home, &name, |contact| contact.mute = None)?;
            show(home, now, &id, Vec::new())
        }
        Request::ContactNever { name } => {
            let id = mark(home, &name, |contact| contact.never = true)?;
            show(home, now, &id, Vec::new())
        }
        Request::ContactRemove { name } => {
            let id = mark(home, &name, |contact| contact.removed = Some(today))?;
            Ok(home.said(format!("{} is removed. What you did together stays in the diary.", home.name_of(&id))))
        }
        Request::ContactAnswered { name } => {
            let id = names::contact(home.book(), &name)?.id.clone();
            home.record(now, today, &id, What::Answered)?;
            let remark = format!("{} wrote back. Noted.", home.name_of(&id));
            show(home, now, &id, vec![remark])
        }
        _ => Err(Error::usage("this is not about contacts")),
    }
}

/// Marks a person: also their doubles, or the person would come back under another id.
fn mark(home: &mut Home, name: &str, mark: impl Fn(&mut Contact)) -> Result<Id, Error> {
    let id = names::contact(home.book(), name)?.id.clone();
    let marked = home.book().written(&id).cloned().map(|mut contact| {
        mark(&mut contact);
        Change::Contact(contact)
    });
    let changes: Vec<_> = marked.collect();
    home.commit(&changes)?;
    Ok(id)
}

pub(super) fn add(home: &mut Home, now: Timestamp, form: ContactForm) -> Result<Answer, Error> {
    let found = found_at(home, &form);
    let has_why = form.why.as_ref().is_some_and(|why| !why.trim().is_empty());
    if !has_why {
        return Err(Error::usage("say why they are cool").hint(Next::Why));
    }
    let (form, remark) = match form.address.clone() {
        Some(address) => with_found(home, now, form, &address)?,
        None => (form, None),
    };
    let contact = Contact { id: home.new_id(now), added: Some(home.clock(now).date()), ..Contact::default() };
    let mut answer = save(home, now, contact, form, found)?;
    if let Answer::Contact(detail) = &mut answer {
        detail.remarks.extend(remark);
    }
    Ok(answer)
}

/// The form, with what was found at an address where the author says nothing; and what to tell of it.
fn with_found(
    home: &mut Home,
    now: Timestamp,
    form: ContactForm,
    address: &str,
) -> Result<(ContactForm, Option<String>), Error> {
    let person = match home.person_at(now, address) {
        Ok(person) => person,
        // What looks like a site may be nothing but a name with a dot.
        Err(error) if form.name.is_none() && matches!(social_address(address), Some(Address::Domain(_))) => {
            let remark = format!("Only the name is kept: {}", error.message);
            return Ok((ContactForm { name: Some(address.to_owned()), ..form }, Some(remark)));
        }
        // The author has said enough without it.
        Err(error) if form.name.is_some() => return Ok((form, Some(error.message))),
        Err(error) => return Err(error),
    };
    let sure: Vec<_> =
        person.handles.iter().filter(|known| known.verified).map(|known| known.handle.as_str()).collect();
    let confirmed = (!sure.is_empty()).then(|| format!("Confirmed by both sides: {}.", sure.join(", ")));
    let mut handles: BTreeMap<_, _> =
        person.handles.iter().map(|known| (known.network.clone(), known.handle.clone())).collect();
    handles.extend(form.handles);
    let feeds = if form.feeds.is_empty() { person.feeds } else { form.feeds };
    let site = form.site.or(Some(person.site).filter(|site| !site.is_empty()));
    let name = form.name.or(Some(person.name));
    let kind = form.kind.or(Some(person.kind));
    Ok((ContactForm { name, kind, handles, feeds, site, ..form }, confirmed))
}

fn find(home: &mut Home, now: Timestamp, address: &str) -> Result<Answer, Error> {
    let person = home.person_at(now, address)?;
    let contact = Contact {
        handles: person.handles.iter().map(|known| (known.network.clone(), known.handle.clone())).collect(),
        feeds: person.feeds.iter().cloned().collect(),
        ..Contact::default()
    };
    let known = home.book().people().find(|other| shared_mark(&contact, other).is_some());
    let known = known.map(Named::from);
    let handle = |known: Handle| {
        let Handle { network, handle, url, verified } = known;
        FoundHandle { network, handle, url, verified }
    };
    Ok(Answer::Found(FoundPerson {
        address: address.to_owned(),
        name: person.name,
        kind: person.kind,
        about: person.about,
        site: person.site,
        feeds: person.feeds,
        handles: person.handles.into_iter().map(handle).collect(),
        items: person.latest.into_iter().map(super::item_row).collect(),
        asks: person.asks,
        known,
    }))
}

/// The people asked for, by name. Only those that are shown need become rows: ten thousand are slow to write out.
pub(super) fn search<'a>(
    book: &'a Book,
    history: &History,
    audience: Option<&str>,
    stage: Option<Stage>,
    text: Option<&str>,
) -> Result<Vec<&'a Contact>, Error> {
    let audience = audience.map(|name| names::audience(book, name).map(|audience| &audience.id)).transpose()?;
    let (text, mut lowered) = (text.map(str::to_lowercase), String::new());
    let is_wanted = |contact: &&Contact| {
        audience.is_none_or(|wanted| is_in(book, contact, wanted))
            && stage.is_none_or(|stage| bond::stage(book, history, contact) == stage)
            && text.as_ref().is_none_or(|text| matches(contact, text, &mut lowered))
    };
    let mut found: Vec<_> = book.people().filter(is_wanted).collect();
    found.sort_by_cached_key(|contact| (contact.name.to_lowercase(), contact.id.clone()));
    Ok(found)
}

fn matches(contact: &Contact, text: &str, lowered: &mut String) -> bool {
    let fields = [&contact.name, &contact.why, &contact.site, &contact.email, &contact.notes];
    let mut all = fields.into_iter().chain(contact.handles.values()).chain(&contact.feeds);
    all.any(|field| holds(field, text, lowered))
}

/// Whether a field holds a text that is in lower case. Ten thousand people have many fields, most of them plain: these
/// are lowered in one place.
fn holds(field: &str, text: &str, lowered: &mut String) -> bool {
    if !field.is_ascii() {
        return field.to_lowercase().contains(text);
    }
    lowered.clear();
    lowered.push_str(field);
    lowered.make_ascii_lowercase();
    lowered.contains(text)
}

/// The names of somebody's audiences, each once: one that was made on two laptops is one.
fn audiences_of(book: &Book, contact: &Contact) -> Vec<String> {
    let kept: BTreeMap<_, _> = contact
        .audiences
        .iter()
        .filter_map(|id| book.audience(id))
        .map(|audience| (&audience.id, &audience.name))
        .collect();
    kept.into_values().cloned().collect()
}

pub(super) fn row(book: &Book, history: &History, contact: &Contact, today: Date) -> ContactRow {
    ContactRow {
        id: contact.id.to_string(),
        name: contact.name.clone(),
        kind: contact.kind,
        stage: bond::stage(book, history, contact),
        audiences: audiences_of(book, contact),
        handles: contact.handles.clone(),
        feeds: contact.feeds.iter().cloned().collect(),
        why: contact.why.clone(),
        muted: contact.is_muted(today),
        never: contact.never,
        last_supported: history.of(&contact.id).done,
    }
}

fn evidence_row(evidence: &Evidence) -> EvidenceRow {
    EvidenceRow {
        network: evidence.network.clone(),
        deed: evidence.deed.to_string(),
        by_you: evidence.deed.is_the_authors(),
        date: evidence.date,
        url: Some(evidence.url.clone()).filter(|url| !url.is_empty()),
        said: evidence.deed.in_words().to_owned(),
    }
}

fn show(home: &Home, now: Timestamp, id: &Id, remarks: Vec<String>) -> Result<Answer, Error> {
    let (book, today) = (home.book(), home.clock(now).date());
    let contact = book.contact(id).ok_or_else(|| Error::failed("this contact is gone"))?;
    let history = book.history(today);
    let items = home.items_of(contact).into_iter().take(10).map(super::item_row).collect();
    Ok(Answer::Contact(ContactDetail {
        row: row(book, &history, contact, today),
        site: contact.site.clone(),
        email: contact.email.clone(),
        notes: contact.notes.clone(),
        priority: contact.priority,
        mute: contact.mute.filter(|_| contact.is_muted(today)).map(|mute| mute.to_string()),
        added: contact.added,
        items,
        history: diary::entries(book, None, today, Some(&contact.id)),
        evidence: book.bond(&contact.id, today).standing().into_iter().map(evidence_row).collect(),
        next_step: super::day::next_step(home, now, today, contact),
        remarks,
    }))
}
