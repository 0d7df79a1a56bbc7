//! Who is who: the entries of a file against the book and against each other, as changes and a report.
//!
//! The same person has an equal handle, feed, site or e-mail address; one of whom a file says nothing but a name is whoever
//! has that name. Merging fills what is empty and unites the sets;
//! what the author wrote is never written over. All of it is one list of changes: a dry run just does not commit them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use super::{
    Entry, Sheet, Wish,
    entry::{stand_in, stand_ins},
};
use crate::{
    api::{Error, Fate, Imported, ImportedAudience, ImportedRow},
    domain::{
        Audience, Book, Change, Contact, Id, Mute,
        audience::slug,
        book::marks,
        network::profile,
        refusal,
        typed::{MAX_TEXT, Wrong, one_line},
    },
};

/// Rows of a report, and problems: who has more looks into the file.
const MOST_ROWS: usize = 500;
const MOST_PROBLEMS: usize = 1_000;

/// The most people of a book. Above this, what a laptop sends another would pass the limits of a document.
const MOST_PEOPLE: usize = 40_000;
/// The most refusals: they are one value each.
const MOST_REFUSALS: usize = 100_000;

/// What an import would do.
#[derive(Debug)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub report: Imported,
}

/// Holds a sheet against the book. `audience` is one that everybody comes into; `new_id` gives ids for what is new.
///
/// # Errors
/// When the book would grow past what laptops can send each other, or the audience has no name.
pub fn plan(
    book: &Book,
    sheet: Sheet,
    audience: Option<&str>,
    today: Date,
    new_id: &mut dyn FnMut() -> Id,
) -> Result<Plan, Error> {
    let audience = audience.map(|name| named(book, name)).transpose()?;
    let mut merge = Merge::of(book, today, new_id);
    let mut report = Imported {
        added: 0,
        merged: 0,
        suppressed: 0,
        skipped: 0,
        more_problems: sheet.problems.len().saturating_sub(MOST_PROBLEMS),
        problems: Vec::new(),
        format: sheet.format.as_str().to_owned(),
        dry_run: false,
        audiences: Vec::new(),
        more_rows: sheet.entries.len().saturating_sub(MOST_ROWS),
        rows: Vec::new(),
    };
    let mut problems = sheet.problems;
    problems.sort_by_key(|problem| problem.line);
    problems.truncate(MOST_PROBLEMS);
    report.problems = problems;
    for mut entry in sheet.entries {
        if let Some(name) = audience.as_ref().filter(|_| entry.wish == Wish::Meet) {
            entry.audience(name);
        }
        if entry.contact.name.is_empty() {
            entry.contact.name = stand_in(&entry.contact);
        }
        let (fate, note) = merge.take(&entry);
        match fate {
            Fate::Added => report.added += 1,
            Fate::Merged => report.merged += 1,
            Fate::Suppressed => report.suppressed += 1,
            Fate::Skipped => report.skipped += 1,
        }
        if report.rows.len() < MOST_ROWS {
            let Entry { line, contact, audiences, .. } = entry;
            report.rows.push(ImportedRow { line, name: contact.name, fate, note, audiences });
        }
    }
    let present = book.people().count() + report.added;
    if present > MOST_PEOPLE || book.refusals.len() + merge.refused.len() > MOST_REFUSALS {
        return Err(Error::failed(format!(
            "with this file the book would have {present} people, more than any book should"
        ))
        .hint("nothing was changed; import only those you would put in a good word for"));
    }
    report.audiences = merge.audiences_met();
    Ok(Plan { changes: merge.changes(), report })
}

/// An audience's name as the author keeps it.
fn named(book: &Book, name: &str) -> Result<String, Wrong> {
    let by_id = book.audience(&Id::from(name.trim())).map(|audience| audience.name.clone());
    let name = by_id.map_or_else(|| one_line("audience", name, crate::domain::typed::MAX_NAME), Ok)?;
    if slug(&name).is_empty() {
        return Err(Wrong { message: format!("\"{name}\" is no name for an audience"), hint: None });
    }
    Ok(name)
}

/// Somebody in the book, or on the way into it.
struct Known {
    /// As written under the id that leads, and as it shall be.
    written: Contact,
    /// As read, with what their doubles have.
    seen: Contact,
    changed: bool,
    gone: bool,
}

struct Merge<'a> {
    book: &'a Book,
    today: Date,
    new_id: &'a mut dyn FnMut() -> Id,
    people: Vec<Known>,
    /// From each mark to the person who has it.
    by_mark: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    by_slug: HashMap<String, Id>,
    new_audiences: Vec<Audience>,
    met: BTreeMap<Id, (String, BTreeSet<Id>)>,
    refused: BTreeSet<String>,
}

impl<'a> Merge<'a> {
    fn of(book: &'a Book, today: Date, new_id: &'a mut dyn FnMut() -> Id) -> Merge<'a> {
        let by_slug = book.kept_audiences().map(|audience| (audience.slug.clone(), audience.id.clone())).collect();
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

    fn take(&mut self, entry: &Entry) -> (Fate, String) {
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
        let audiences = self.audiences(entry, &id);
        let contact = Contact { id, audiences, added: Some(self.today), ..entry.contact.clone() };
        self.know(Known { written: contact.clone(), seen: contact, changed: true, gone: false });
    }

    fn merge(&mut self, place: usize, entry: &Entry) -> (Fate, String) {
        let Some(known) = self.people.get(place) else { return (Fate::Skipped, String::new()) };
        let (id, name) = (known.seen.id.clone(), known.seen.name.clone());
        match (known.gone, known.seen.never) {
            (_, true) => return (Fate::Skipped, format!("you said never of {name}")),
            (true, _) => {
                return (
                    Fate::Skipped,
                    format!("you took {name} out of the book; goodword contact add brings them back"),
                );
            }
            _ => {}
        }
        let audiences = self.audiences(entry, &id);
        let Some(known) = self.people.get_mut(place) else { return (Fate::Skipped, String::new()) };
        let before = known.written.clone();
        fill(&mut known.written, &known.seen, &entry.contact);
        fill_audiences(self.book, &mut known.written, &known.seen, &audiences);
        if known.written == before {
            return (Fate::Skipped, format!("{name} is in the book as they are"));
        }
        known.changed = true;
        let seen = known.seen.clone();
        fill(&mut known.seen, &seen, &entry.contact);
        known.seen.audiences.extend(audiences);
        let found: Vec<_> = keys(&known.seen).into_iter().chain(site_key(&known.seen)).collect();
        found.into_iter().for_each(|key| _ = self.by_mark.entry(key).or_insert(place));
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
    fn audiences(&mut self, entry: &Entry, person: &Id) -> BTreeSet<Id> {
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
            let met = self.met.entry(id.clone()).or_insert_with(|| (name.clone(), BTreeSet::new()));
            met.1.insert(person.clone());
            ids.insert(id);
        }
        ids
    }

    fn audiences_met(&self) -> Vec<ImportedAudience> {
        let met = self.met.iter().map(|(id, (name, people))| {
            let kept = self.book.audience(id).map(|audience| audience.name.clone());
            ImportedAudience { new: kept.is_none(), name: kept.unwrap_or_else(|| name.clone()), people: people.len() }
        });
        let mut met: Vec<_> = met.collect();
        met.sort_by_cached_key(|audience| audience.name.to_lowercase());
        met
    }

    fn changes(self) -> Vec<Change> {
        let audiences = self.new_audiences.into_iter().map(Change::Audience);
        let people = self.people.into_iter().filter(|known| known.changed).map(|known| Change::Contact(known.written));
        audiences.chain(people).chain(self.refused.into_iter().map(|key| Change::Refusal(key, true))).collect()
    }
}

const REFUSED: &str = "you block or mute them, or said \"not for me\"; goodword contact add takes them all the same";

/// Fills what `seen` has nothing of, from an entry.
fn fill(into: &mut Contact, seen: &Contact, from: &Contact) {
    if !from.name.is_empty()
        && seen.name != from.name
        && stand_ins(seen).contains(&seen.name)
        && !stand_ins(from).contains(&from.name)
    {
        into.name.clone_from(&from.name);
    }
    let texts = [
        (&mut into.why, &seen.why, &from.why),
        (&mut into.site, &seen.site, &from.site),
        (&mut into.email, &seen.email, &from.email),
    ];
    for (mine, seen, theirs) in texts {
        if seen.is_empty() && !theirs.is_empty() {
            mine.clone_from(theirs);
        }
    }
    let is_noted = from.notes.is_empty() || seen.notes.contains(&from.notes);
    if !is_noted && seen.notes.chars().count() + from.notes.chars().count() < MAX_TEXT {
        into.notes = [into.notes.as_str(), &from.notes]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n");
    }
    for (network, handle) in &from.handles {
        if !seen.handles.contains_key(network) {
            into.handles.insert(network.clone(), handle.clone());
        }
    }
    for feed in &from.feeds {
        if !seen.feeds.iter().any(|known| loose(known) == loose(feed)) {
            into.feeds.insert(feed.clone());
        }
    }
    // What the author said of them by default may be bettered, what they chose may not.
    into.stage = into.stage.max(from.stage);
    if into.kind == Default::default() {
        into.kind = from.kind;
    }
    if into.priority == Default::default() {
        into.priority = from.priority;
    }
    into.never |= from.never;
    into.mute = into.mute.or(from.mute);
}

fn fill_audiences(book: &Book, into: &mut Contact, seen: &Contact, audiences: &BTreeSet<Id>) {
    let lead = |id: &Id| book.audience(id).map_or_else(|| id.clone(), |audience| audience.id.clone());
    let known: BTreeSet<_> = seen.audiences.iter().map(lead).collect();
    into.audiences.extend(audiences.iter().filter(|id| !known.contains(*id)).cloned());
}

/// What makes two entries one person, as the book has it, but for the ways of writing one address.
fn keys(contact: &Contact) -> Vec<String> {
    let key = |(kind, value): (&str, String)| {
        if kind == "feed" { format!("feed {}", loose(&value)) } else { format!("{kind} {value}") }
    };
    marks(contact).into_iter().map(key).collect()
}

fn site_key(contact: &Contact) -> Option<String> {
    // A profile was read as a handle already, and the front page of a network is nobody's.
    let is_theirs = !contact.site.is_empty() && profile(&contact.site).is_none_or(|(network, _)| network == "mastodon");
    is_theirs.then(|| format!("site {}", loose(&contact.site)))
}

/// An address without what makes no difference.
fn loose(address: &str) -> &str {
    let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
    bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/')
}
