//! Who is who: the entries of a file against the book and against each other.
//!
//! The same person has an equal handle, feed, site or e-mail address; one of whom a file says nothing but a name is
//! whoever has that name. Merging fills what is empty and unites the sets; what the author wrote is never written over.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use super::{
    Entry, Wish,
    same::{fill, fill_audiences, keys, site_key},
};
use crate::{
    api::{Fate, ImportedAudience},
    domain::{Audience, Book, Change, Contact, Id, Mute, audience::slug, refusal},
};

/// Somebody in the book, or on the way into it.
struct Known {
    /// As written under the id that leads, and as it shall be.
    written: Contact,
    /// As read, with what their doubles have.
    seen: Contact,
    changed: bool,
    gone: bool,
}

pub struct Merge<'a> {
    book: &'a Book,
    today: Date,
    new_id: &'a mut dyn FnMut() -> Id,
    people: Vec<Known>,
    /// From each mark to the person who has it.
    by_mark: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    by_slug: HashMap<String, Id>,
    new_audiences: Vec<Audience>,
    /// Who came into which audience.
    met: BTreeMap<Id, usize>,
    refused: BTreeSet<String>,
}

impl<'a> Merge<'a> {
    pub fn of(book: &'a Book, today: Date, new_id: &'a mut dyn FnMut() -> Id) -> Merge<'a> {
        let kept = book.kept_audiences();
        let by_slug = kept.flat_map(|audience| audience.slugs().map(|slug| (slug, audience.id.clone()))).collect();
        let mut merge = Merge {
            book,
            today,
            new_id,
            people: Vec::new(),
            by_mark: HashMap::new(),
            by_name: HashMap::new(),
            by_slug,
            new_audiences: Vec::new(),
            met: BTreeMap::new(),
            refused: BTreeSet::new(),
        };
        for seen in book.people() {
            if let Some(written) = book.contacts.get(&seen.id) {
                merge.know(Known { written: written.clone(), seen: seen.clone(), changed: false, gone: false });
            }
        }
        // Behind everybody who is there: a mark that somebody has now is theirs.
        for gone in book.contacts.values().filter(|contact| contact.removed.is_some()) {
            merge.know(Known { written: gone.clone(), seen: gone.clone(), changed: false, gone: true });
        }
        merge
    }

    fn know(&mut self, known: Known) {
        let place = self.people.len();
        keys(&known.seen).into_iter().chain(site_key(&known.seen)).for_each(|key| {
            self.by_mark.entry(key).or_insert(place);
        });
        self.by_name.entry(known.seen.name.to_lowercase()).or_insert(place);
        self.people.push(known);
    }

    /// What becomes of an entry, and what the author should know about it.
    pub fn take(&mut self, entry: &Entry) -> (Fate, String) {
        if entry.wish != Wish::Meet {
            return self.suppress(entry);
        }
        if self.is_author(&entry.contact) {
            return (Fate::Skipped, "this is you".to_owned());
        }
        match self.find(&entry.contact) {
            Some(place) => self.merge(place, entry),
            None if self.is_refused(&entry.contact) => (Fate::Skipped, REFUSED.to_owned()),
            None => {
                self.add(entry);
                (Fate::Added, String::new())
            }
        }
    }

    /// The author's own handle turns up in lists of theirs.
    fn is_author(&self, contact: &Contact) -> bool {
        let settings = &self.book.settings;
        let is = |network: &str, mine: &str| {
            contact.handles.get(network).is_some_and(|theirs| theirs.eq_ignore_ascii_case(mine))
        };
        is("mastodon", &settings.mastodon) || is("bluesky", &settings.bluesky)
    }

    fn is_refused(&self, contact: &Contact) -> bool {
        refusal::person(contact).any(|key| self.book.refusals.contains(&key) || self.refused.contains(&key))
    }

    /// Who this is: by handle, feed or e-mail address, else by site. A site can be that of a whole house, so people who
    /// differ in an address or a handle there are not one.
    fn find(&self, contact: &Contact) -> Option<usize> {
        let keys = keys(contact);
        if keys.is_empty() && contact.site.is_empty() {
            return self.by_name.get(&contact.name.to_lowercase()).copied();
        }
        let by_mark = keys.iter().filter_map(|key| self.by_mark.get(key)).min().copied();
        by_mark.or_else(|| {
            let place = *self.by_mark.get(&site_key(contact)?)?;
            let other = &self.people.get(place)?.seen;
            let differ =
                |mine: &str, theirs: &str| !mine.is_empty() && !theirs.is_empty() && !mine.eq_ignore_ascii_case(theirs);
            let handles_differ = contact
                .handles
                .iter()
                .any(|(network, mine)| other.handles.get(network).is_some_and(|theirs| differ(mine, theirs)));
            (!handles_differ && !differ(&contact.email, &other.email)).then_some(place)
        })
    }

    fn add(&mut self, entry: &Entry) {
        let id = (self.new_id)();
        let audiences = self.audiences(entry);
        self.meet(&audiences);
        let contact = Contact { id, audiences, added: Some(self.today), ..entry.contact.clone() };
        self.know(Known { written: contact.clone(), seen: contact, changed: true, gone: false });
    }

    fn merge(&mut self, place: usize, entry: &Entry) -> (Fate, String) {
        let Some(known) = self.people.get(place) else { return (Fate::Skipped, String::new()) };
        let name = known.seen.name.clone();
        match (known.gone, known.seen.never) {
            (_, true) => return (Fate::Skipped, format!("you said never of {name}")),
            (true, _) => {
                return (Fate::Skipped, format!("you took {name} out of the book; add them by hand to have them back"));
            }
            _ => {}
        }
        let audiences = self.audiences(entry);
        let Some(known) = self.people.get_mut(place) else { return (Fate::Skipped, String::new()) };
        let before = known.written.clone();
        fill(&mut known.written, &known.seen, &entry.contact);
        fill_audiences(self.book, &mut known.written, &known.seen, &audiences);
        if known.written == before {
            return (Fate::Skipped, format!("{name} is in the book as they are"));
        }
        known.changed = true;
        let joined: Vec<_> = known.written.audiences.difference(&before.audiences).cloned().collect();
        let seen = known.seen.clone();
        fill(&mut known.seen, &seen, &entry.contact);
        known.seen.audiences.extend(audiences);
        let found: Vec<_> = keys(&known.seen).into_iter().chain(site_key(&known.seen)).collect();
        found.into_iter().for_each(|key| _ = self.by_mark.entry(key).or_insert(place));
        self.meet(&joined);
        (Fate::Merged, name)
    }

    /// A block means never, a mute means muted; whoever is not in the book is not to be suggested.
    fn suppress(&mut self, entry: &Entry) -> (Fate, String) {
        let word = if entry.wish == Wish::Block { "never" } else { "muted" };
        let fresh: Vec<_> = refusal::person(&entry.contact).filter(|key| !self.book.refusals.contains(key)).collect();
        let mut is_new = false;
        for key in fresh {
            is_new |= self.refused.insert(key);
        }
        let Some(known) = self.find(&entry.contact).and_then(|place| self.people.get_mut(place)) else {
            return if is_new {
                (Fate::Suppressed, "will not be suggested".to_owned())
            } else {
                (Fate::Skipped, "is not suggested as it is".to_owned())
            };
        };
        let before = known.written.clone();
        for contact in [&mut known.written, &mut known.seen] {
            match entry.wish {
                Wish::Block => contact.never = true,
                _ => contact.mute = Some(Mute::Always),
            }
        }
        known.changed |= known.written != before;
        let name = &known.seen.name;
        if is_new || known.written != before {
            (Fate::Suppressed, format!("{name} is in the book: {word} from now on"))
        } else {
            (Fate::Skipped, format!("{name} is {word} as it is"))
        }
    }

    /// The ids of an entry's audiences; those that are not kept yet are made.
    fn audiences(&mut self, entry: &Entry) -> BTreeSet<Id> {
        let mut ids = BTreeSet::new();
        for name in &entry.audiences {
            let slug = slug(name);
            let id = match self.by_slug.get(&slug) {
                Some(id) => id.clone(),
                None => {
                    let id = (self.new_id)();
                    let added = Some(self.today);
                    self.new_audiences.push(Audience {
                        id: id.clone(),
                        name: name.clone(),
                        slug: slug.clone(),
                        added,
                        ..Audience::default()
                    });
                    self.by_slug.insert(slug, id.clone());
                    id
                }
            };
            ids.insert(id);
        }
        ids
    }

    /// Counts somebody as new in these audiences.
    fn meet<'i>(&mut self, audiences: impl IntoIterator<Item = &'i Id>) {
        audiences.into_iter().for_each(|id| *self.met.entry(id.clone()).or_default() += 1);
    }

    /// The audiences that people came into, by name.
    pub fn audiences_met(&self) -> Vec<ImportedAudience> {
        let name = |id: &Id| {
            let made = self.new_audiences.iter().find(|audience| audience.id == *id);
            self.book.audience(id).or(made).map(|audience| audience.name.clone()).unwrap_or_default()
        };
        let met = self.met.iter().map(|(id, people)| ImportedAudience {
            name: name(id),
            new: self.book.audience(id).is_none(),
            people: *people,
        });
        let mut met: Vec<_> = met.collect();
        met.sort_by_cached_key(|audience| audience.name.to_lowercase());
        met
    }

    /// Everything that shall be written.
    pub fn changes(self) -> Vec<Change> {
        let audiences = self.new_audiences.into_iter().map(Change::Audience);
        let people = self.people.into_iter().filter(|known| known.changed).map(|known| Change::Contact(known.written));
        audiences.chain(people).chain(self.refused.into_iter().map(|key| Change::Refusal(key, true))).collect()
    }
}

const REFUSED: &str = "you block or mute them, or said \"not for me\"; you can add them by hand all the same";
