//! A form about a person, taken in: checked as a whole, said of their doubles too, and written at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    super::{Home, audience, names},
    show,
};
use crate::{
    api::{Answer, ContactForm, Error, ErrorKind, Next},
    domain::{
        Book, Change, Contact, Id, Priority,
        book::shared_mark,
        typed::{self, MAX_NAME, MAX_TEXT, bounded, one_line, web_address},
    },
};

/// What was found at the site that a form names.
pub(super) type Found = Option<Result<Vec<String>, String>>;

/// Taken even where the form is refused afterwards: nobody else waits for it.
pub(super) fn found_at(home: &mut Home, form: &ContactForm) -> Found {
    home.found.remove(&web_address("site", form.site.as_deref()?).ok()?)
}

/// Keeps the best of the feeds that were found, and says what became of the search.
fn take_found(contact: &mut Contact, found: Found) -> Vec<String> {
    match found {
        Some(Ok(feeds)) if contact.feeds.is_empty() => match feeds.into_iter().next() {
            Some(feed) => {
                let remark = format!("Found what they publish: {feed}");
                contact.feeds.insert(feed);
                vec![remark]
            }
            None => vec![format!("No feed was found at {}. If you know of one, add its address.", contact.site)],
        },
        Some(Err(why)) if contact.feeds.is_empty() => vec![format!("No feed yet: {why}.")],
        _ => Vec::new(),
    }
}

/// Takes a form in. Nothing is written unless all of it is right.
pub(super) fn save(
    home: &mut Home,
    now: Timestamp,
    mut contact: Contact,
    form: ContactForm,
    found: Found,
) -> Result<Answer, Error> {
    let mut changes = Vec::new();
    let book = home.book();
    let seen_as = contact.name.clone();
    if let Some(name) = &form.name {
        contact.name = one_line("name", name, MAX_NAME)?;
    }
    if contact.name.is_empty() {
        return Err(Error::usage("a contact needs a name").hint(Next::Name));
    }
    contact.kind = form.kind.unwrap_or(contact.kind);
    let edit = Edit::of(book, &form, book.contact(&contact.id).unwrap_or(&contact))?;
    edit.make(book, &mut contact);
    for feed in &form.feeds {
        contact.feeds.insert(web_address("feed", feed)?);
    }
    for name in &form.audiences {
        let id = audience::known_or_new(home, now, name, &mut changes)?;
        if !audience::is_in(book, &contact, &id) {
            contact.audiences.insert(id);
        }
    }
    let remarks = take_found(&mut contact, found);
    refuse_doubles(book, &contact)?;
    for double in book.written(&contact.id).filter(|double| double.id != contact.id) {
        let mut double = double.clone();
        edit.make(book, &mut double);
        // Whoever was one person does not fall apart for having nothing in common any more; two of different names, who
        // shared an address by mistake, do.
        let is_namesake = double.name.to_lowercase() == seen_as.to_lowercase();
        if is_namesake && double.merged_into.is_none() && shared_mark(&double, &contact).is_none() {
            double.merged_into = Some(contact.id.clone());
        }
        changes.push(Change::Contact(double));
    }
    let id = contact.id.clone();
    changes.push(Change::Contact(contact));
    home.commit(&changes)?;
    show(home, now, &id, remarks)
}

/// What a form says of a person and so of each of their doubles: what was taken away must not come back from one.
struct Edit {
    why: Option<String>,
    notes: Option<String>,
    site: Option<String>,
    email: Option<String>,
    priority: Option<Priority>,
    /// Network to handle; none takes it away.
    handles: BTreeMap<String, Option<String>>,
    drop_feeds: BTreeSet<String>,
    /// Under the ids that lead.
    leave: BTreeSet<Id>,
}

impl Edit {
    /// Reads a form for a person, as the author sees them.
    fn of(book: &Book, form: &ContactForm, seen: &Contact) -> Result<Edit, Error> {
        let name = form.name.as_ref().unwrap_or(&seen.name);
        let missing = |what: String| Error::new(ErrorKind::NotFound, format!("{name} {what}"));
        let site = |site: &String| if site.trim().is_empty() { Ok(String::new()) } else { web_address("site", site) };
        let handle = |(network, handle): (&String, &String)| Ok((network.clone(), typed::handle(network, handle)?));
        let drop = |feed: &String| {
            let url = web_address("feed", feed).ok().filter(|url| seen.feeds.contains(url));
            url.or_else(|| seen.feeds.get(feed).cloned()).ok_or_else(|| missing(format!("has no feed {feed}")))
        };
        let leave = |audience: &String| {
            let id = names::audience(book, audience)?.id.clone();
            if audience::is_in(book, seen, &id) { Ok(id) } else { Err(missing(format!("is not in {audience}"))) }
        };
        Ok(Edit {
            why: form.why.as_ref().map(|why| one_line("why", why, MAX_TEXT)).transpose()?,
            notes: form.notes.as_ref().map(|notes| bounded("notes", notes, MAX_TEXT)).transpose()?,
            site: form.site.as_ref().map(site).transpose()?,
            email: form.email.as_ref().map(|email| typed::email_address(email)).transpose()?,
            priority: form.priority,
            handles: form.handles.iter().map(handle).collect::<Result<_, Error>>()?,
            drop_feeds: form.drop_feeds.iter().map(drop).collect::<Result<_, Error>>()?,
            leave: form.leave.iter().map(leave).collect::<Result<_, Error>>()?,
        })
    }

    fn make(&self, book: &Book, contact: &mut Contact) {
        let texts = [
            (&mut contact.why, &self.why),
            (&mut contact.notes, &self.notes),
            (&mut contact.site, &self.site),
            (&mut contact.email, &self.email),
        ];
        for (text, said) in texts {
            if let Some(said) = said {
                text.clone_from(said);
            }
        }
        contact.priority = self.priority.unwrap_or(contact.priority);
        for (network, handle) in &self.handles {
            match handle {
                Some(handle) => _ = contact.handles.insert(network.clone(), handle.clone()),
                None => _ = contact.handles.remove(network),
            }
        }
        contact.feeds.retain(|feed| !self.drop_feeds.contains(feed));
        contact.audiences.retain(|id| book.audience(id).is_none_or(|lead| !self.leave.contains(&lead.id)));
    }
}

/// An equal handle, address or feed is somebody who is there already; an equal name may be a namesake.
fn refuse_doubles(book: &Book, contact: &Contact) -> Result<(), Error> {
    let mine = |other: &Contact| *book.lead(&other.id) == contact.id || other.id == *book.lead(&contact.id);
    for other in book.people().filter(|other| !mine(other)) {
        // The second would seem to vanish into the first.
        if let Some(mark) = shared_mark(contact, other) {
            return Err(Error::failed(format!("{} already has {mark}", other.name)).hint(Next::Edit(other.into())));
        }
    }
    Ok(())
}
