//! The book: everything the author keeps, and [`Change`], the one list of ways it may change.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::civil::Date;

use super::{
    Audience, Contact, Event, History, Id, Notice, Settings, Tie, Work,
    pick::{Chosen, Nobody, person_of},
    record::{Record, Root, Scalar, Write, diff, parsed, read_text, shown, text, truth},
};

/// The version of the book's shape that this program writes.
pub const SCHEMA: i64 = 1;

/// The author's book, in memory: the same on every laptop that holds the same document.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub works: BTreeMap<Id, Work>,
    pub audiences: BTreeMap<Id, Audience>,
    pub ties: BTreeMap<Id, Tie>,
    /// As written, with tombstones and doubles: read people through [`Book::people`] and [`Book::contact`].
    pub contacts: BTreeMap<Id, Contact>,
    /// By key, so that the events of one date lie together.
    pub journal: BTreeMap<String, Event>,
    pub plan: BTreeMap<Date, Id>,
    pub notices: BTreeMap<String, Notice>,
    /// What the author does not want to be offered again, such as `audience/SLUG`.
    pub refusals: BTreeSet<String>,
    pub settings: Settings,
    pub devices: BTreeMap<Id, Device>,
    pub schema: Schema,
    folded: OnceLock<Folded>,
    past: Last<Arc<History>>,
    person: Last<(Date, Result<Chosen, Nobody>)>,
}

/// What was worked out last. A copy of the book works its own out.
#[derive(Debug)]
struct Last<T>(Mutex<Option<T>>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Last(Mutex::new(None))
    }
}

impl<T> Clone for Last<T> {
    fn clone(&self) -> Self {
        Last::default()
    }
}

impl<T: Clone> Last<T> {
    /// What was worked out last if it is still asked for, else what `anew` says.
    fn or(&self, is_asked: impl Fn(&T) -> bool, anew: impl FnOnce() -> T) -> T {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(is_asked);
        known.unwrap_or_else(|| {
            let found = anew();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
            found
        })
    }
}

/// Books are equal when they say the same; what was worked out of them on the way does not count.
impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        let Book {
            works,
            audiences,
            ties,
            contacts,
            journal,
            plan,
            notices,
            refusals,
            settings,
            devices,
            schema,
            folded: _,
            past: _,
            person: _,
        } = self;
        *works == other.works
            && *audiences == other.audiences
            && *ties == other.ties
            && *contacts == other.contacts
            && *journal == other.journal
            && *plan == other.plan
            && *notices == other.notices
            && *refusals == other.refusals
            && *settings == other.settings
            && *devices == other.devices
            && *schema == other.schema
    }
}

/// One of the author's laptops, or a hub that only keeps the others in step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    pub id: Id,
    pub name: String,
    pub hub: bool,
    pub added: Option<Date>,
}

/// Which versions of the book's shape have a say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// The newest shape that somebody wrote.
    pub writer: i64,
    /// The oldest shape whose program may still write.
    pub oldest_writer: i64,
}

/// The one list of ways the book may change.
///
/// A change says how a thing should read afterwards; [`Change::writes`] finds what differs. That makes adding,
/// editing, muting and removing the same act, and lets two laptops edit different fields of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Work(Work),
    Audience(Audience),
    Tie(Tie),
    Contact(Contact),
    Device(Device),
    Settings(Settings),
    /// Something happened; never edited, only undone by another event.
    Event(Event),
    /// Who is planned for a date; nobody takes the plan away.
    Plan(Date, Option<Id>),
    Notice(Notice),
    /// Do not offer this again (or do, after all).
    Refusal(String, bool),
    /// This program's shape of the book, written once by its first change.
    Schema(Schema),
}

impl Change {
    /// The smallest writes that bring this change about in `book`; none where nothing differs.
    #[must_use]
    pub fn writes(&self, book: &Book) -> Vec<Write> {
        let note = |root, key: String, value| vec![Write::Note { root, key, value }];
        match self {
            Change::Work(work) => diff(book.works.get(&work.id), work),
            Change::Audience(audience) => diff(book.audiences.get(&audience.id), audience),
            Change::Tie(tie) => diff(book.ties.get(&tie.id), tie),
            Change::Contact(contact) => diff(book.contacts.get(&contact.id), contact),
            Change::Device(device) => diff(book.devices.get(&device.id), device),
            Change::Settings(settings) => book.settings.diff(settings),
            Change::Event(event) => note(Root::Journal, event.key(), Some(Scalar::Text(event.value()))),
            Change::Plan(date, contact) if book.plan.get(date) == contact.as_ref() => Vec::new(),
            Change::Plan(date, contact) => note(Root::Plan, date.to_string(), shown(contact.as_ref())),
            Change::Notice(notice) if book.notices.contains_key(&notice.key()) => Vec::new(),
            Change::Notice(notice) => {
                let value = serde_json::to_string(notice).unwrap_or_default();
                note(Root::Notices, notice.key(), Some(Scalar::Text(value)))
            }
            Change::Refusal(what, refused) if book.refusals.contains(what) == *refused => Vec::new(),
            Change::Refusal(what, refused) => note(Root::Refusals, what.clone(), refused.then_some(Scalar::Bool(true))),
            Change::Schema(schema) => {
                let fields = [("writer", schema.writer), ("oldest_writer", schema.oldest_writer)];
                let put = |(key, value): (&str, i64)| Write::Note {
                    root: Root::Schema,
                    key: key.to_owned(),
                    value: Some(Scalar::Int(value)),
                };
                if book.schema == *schema { Vec::new() } else { fields.into_iter().map(put).collect() }
            }
        }
    }
}

impl Book {
    /// Takes a change in without a document: simulations and plans live on this.
    pub fn apply(&mut self, change: &Change) {
        for write in change.writes(self) {
            self.read(&write);
        }
    }

    /// Takes one write in: the only way anything gets into a book, from a change or from the document.
    /// What this version does not know changes nothing.
    pub fn read(&mut self, write: &Write) {
        let who = self.says_who_is_who(write);
        if who {
            self.folded = OnceLock::new();
        }
        // Events make the past, and who is merged into whom decides whose it is.
        if who || write.root() == Root::Journal {
            self.past = Last::default();
        }
        self.person = Last::default();
        match write {
            Write::Create { root, id } => match root {
                Root::Works => create(&mut self.works, id),
                Root::Audiences => create(&mut self.audiences, id),
                Root::Ties => create(&mut self.ties, id),
                Root::Contacts => create(&mut self.contacts, id),
                Root::Devices => create(&mut self.devices, id),
                _ => {}
            },
            Write::Field { root, id, field, value } => match root {
                Root::Works => field_of(&mut self.works, id, field, value.as_ref()),
                Root::Audiences => field_of(&mut self.audiences, id, field, value.as_ref()),
                Root::Ties => field_of(&mut self.ties, id, field, value.as_ref()),
                Root::Contacts => field_of(&mut self.contacts, id, field, value.as_ref()),
                Root::Devices => field_of(&mut self.devices, id, field, value.as_ref()),
                _ => {}
            },
            Write::Member { root, id, set, key, value } => match root {
                Root::Audiences => member_of(&mut self.audiences, id, set, key, value.as_ref()),
                Root::Contacts => member_of(&mut self.contacts, id, set, key, value.as_ref()),
                _ => {}
            },
            Write::Note { root, key, value } => self.read_note(*root, key, value.as_ref()),
        }
    }

    /// False for an edit that leaves everybody who they are: with many people it costs much to find that out again.
    fn says_who_is_who(&self, write: &Write) -> bool {
        let Some(folded) = self.folded.get() else {
            return matches!(write.root(), Root::Contacts | Root::Audiences);
        };
        let is_double = |id: &Id| folded.leads.contains_key(id) || folded.merged.contains_key(id);
        match write {
            Write::Create { root, .. } => matches!(root, Root::Contacts | Root::Audiences),
            Write::Field { root: Root::Contacts, id, field, .. } => {
                matches!(field.as_str(), "email" | "never" | "removed" | "merged_into") || is_double(id)
            }
            Write::Member { root: Root::Contacts, id, set, .. } => set != "audiences" || is_double(id),
            Write::Field { root: Root::Audiences, field, .. } => matches!(field.as_str(), "slug" | "removed"),
            _ => false,
        }
    }

    fn read_note(&mut self, root: Root, key: &str, value: Option<&Scalar>) {
        match root {
            Root::Journal => match value.and_then(Scalar::text) {
                Some(text) => _ = Event::read(key, text).map(|event| self.journal.insert(key.to_owned(), event)),
                None => _ = self.journal.remove(key),
            },
            Root::Plan => {
                let Ok(date) = key.parse::<Date>() else { return };
                match value.and_then(Scalar::text) {
                    Some(id) => _ = self.plan.insert(date, id.into()),
                    None => _ = self.plan.remove(&date),
                }
            }
            Root::Notices => {
                let notice = value.and_then(Scalar::text).and_then(|text| serde_json::from_str::<Notice>(text).ok());
                match (notice, key.split_once('/')) {
                    (Some(notice), Some((contact, _))) => {
                        _ = self.notices.insert(key.to_owned(), Notice { contact: contact.into(), ..notice });
                    }
                    _ => _ = self.notices.remove(key),
                }
            }
            Root::Refusals => match value {
                Some(_) => _ = self.refusals.insert(key.to_owned()),
                None => _ = self.refusals.remove(key),
            },
            Root::Settings => self.settings.read_note(key, value),
            Root::Schema => {
                let number = value.and_then(Scalar::int).unwrap_or_default();
                match key {
                    "writer" => self.schema.writer = number,
                    "oldest_writer" => self.schema.oldest_writer = number,
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Why this program may not write in this book: a later version said that ours is too old.
    #[must_use]
    pub fn refuses_writes(&self) -> bool {
        self.schema.oldest_writer > SCHEMA
    }

    /// The events of one date, by key.
    pub fn events_on(&self, date: Date) -> impl Iterator<Item = (&String, &Event)> {
        // `0` is the character after `/`, which ends the date in a key.
        self.journal.range(format!("{date}/")..format!("{date}0"))
    }

    /// The events from one date up to and with another, in order.
    pub fn events_between(&self, from: Date, last: Date) -> impl Iterator<Item = &Event> {
        self.journal.range(format!("{from}/")..format!("{last}0")).map(|(_, event)| event)
    }

    /// [`History::until`] a day, read once for as long as the journal stays as it is: an answer asks for it many times.
    #[must_use]
    pub fn history(&self, today: Date) -> Arc<History> {
        self.past.or(|past| past.as_of == today, || Arc::new(History::until(self, today)))
    }

    /// [`person_of`] today, worked out once for as long as the book stays as it is.
    pub fn person(&self, today: Date) -> Result<Chosen, Nobody> {
        self.person.or(|(date, _)| *date == today, || (today, person_of(self, &self.history(today), today))).1
    }

    /// Everybody in the book: without tombstones, and one for each person who is in it twice.
    pub fn people(&self) -> impl Iterator<Item = &Contact> {
        let folded = self.folded();
        let present = self.contacts.values().filter(|contact| contact.removed.is_none());
        let leads = present.filter(|contact| !folded.leads.contains_key(&contact.id));
        leads.map(|contact| folded.merged.get(&contact.id).unwrap_or(contact))
    }

    /// One person, under the id of any of their doubles. Removed people are not found.
    #[must_use]
    pub fn contact(&self, id: &Id) -> Option<&Contact> {
        let lead = self.lead(id);
        let contact = self.folded().merged.get(lead).or_else(|| self.contacts.get(lead))?;
        contact.is_present().then_some(contact)
    }

    /// The id that leads for a person: their own, or that of the contact they were merged into.
    #[must_use]
    pub fn lead<'a>(&'a self, id: &'a Id) -> &'a Id {
        self.folded().leads.get(id).unwrap_or(id)
    }

    /// The audiences kept, one for each slug.
    pub fn kept_audiences(&self) -> impl Iterator<Item = &Audience> {
        let folded = self.folded();
        self.audiences.values().filter(|a| a.removed.is_none() && !folded.audience_leads.contains_key(&a.id))
    }

    /// The audience that leads for an id, if it is kept.
    #[must_use]
    pub fn audience(&self, id: &Id) -> Option<&Audience> {
        let lead = self.folded().audience_leads.get(id).unwrap_or(id);
        self.audiences.get(lead).filter(|audience| audience.removed.is_none())
    }

    fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| Folded::of(self))
    }
}

/// Who is who: the same person or audience that was made on two laptops counts once, and the smallest id leads.
#[derive(Clone, Debug, Default)]
struct Folded {
    /// A double's id to its lead.
    leads: HashMap<Id, Id>,
    /// Leads with doubles, their sets united.
    merged: HashMap<Id, Contact>,
    audience_leads: HashMap<Id, Id>,
}

impl Folded {
    fn of(book: &Book) -> Folded {
        let mut folded = Folded::default();
        let mut by_slug: HashMap<&str, &Id> = HashMap::new();
        for audience in book.audiences.values().filter(|a| a.removed.is_none() && !a.slug.is_empty()) {
            let lead = *by_slug.entry(&audience.slug).or_insert(&audience.id);
            if *lead != audience.id {
                folded.audience_leads.insert(audience.id.clone(), lead.clone());
            }
        }
        folded.find_people(book);
        folded
    }

    fn find_people(&mut self, book: &Book) {
        let heads = heads(book);
        let head = |contact: &'_ Contact| heads.get(&contact.id).unwrap_or(&contact.id).clone();
        let is_gone = |id: &Id| book.contacts.get(id).is_none_or(|contact| contact.removed.is_some());
        // Doubles share a handle, a feed or an e-mail address. Of those who lead, the smallest id leads all.
        let mut owner: HashMap<(&str, String), Id> = HashMap::new();
        for contact in book.contacts.values().filter(|contact| contact.removed.is_none()) {
            let head = head(contact);
            if is_gone(&head) {
                continue;
            }
            let marks = marks(contact);
            // One contact may tie two earlier ones together.
            let mut tied: BTreeSet<Id> =
                marks.iter().filter_map(|mark| owner.get(mark)).map(|id| self.root(id)).collect();
            tied.insert(self.root(&head));
            let mut tied = tied.into_iter();
            let Some(lead) = tied.next() else { continue };
            for other in tied {
                self.leads.insert(other, lead.clone());
            }
            for mark in marks {
                owner.entry(mark).or_insert_with(|| lead.clone());
            }
        }
        let merged = heads.iter().filter(|(id, head)| id != head);
        let merged: Vec<_> = merged.map(|(id, head)| (id.clone(), head.clone())).collect();
        self.leads.extend(merged);
        let roots: Vec<_> = self.leads.keys().map(|id| (id.clone(), self.root(id))).collect();
        self.leads.extend(roots);
        self.unite_doubles(book);
        // Never is final, even when the contact who said it was removed and somebody made another.
        let refused = book.contacts.values().filter(|contact| contact.never && contact.removed.is_some());
        let refused: BTreeSet<_> = refused.flat_map(marks).filter_map(|mark| owner.get(&mark)).collect();
        for id in refused {
            if let Some(contact) = self.merged_mut(book, &self.root(id)) {
                contact.never = true;
            }
        }
    }

    /// In the order of ids, so that every laptop unites alike.
    fn unite_doubles(&mut self, book: &Book) {
        for contact in book.contacts.values().filter(|contact| contact.removed.is_none()) {
            match self.leads.get(&contact.id).cloned() {
                Some(lead) => _ = self.merged_mut(book, &lead).map(|merged| unite(merged, contact)),
                // Merged into nobody we know of, or in a circle: this one stays.
                None if contact.merged_into.is_some() => _ = self.merged_mut(book, &contact.id),
                None => {}
            }
        }
    }

    fn merged_mut(&mut self, book: &Book, lead: &Id) -> Option<&mut Contact> {
        if !self.merged.contains_key(lead) {
            let contact = Contact { merged_into: None, ..book.contacts.get(lead)?.clone() };
            self.merged.insert(lead.clone(), contact);
        }
        self.merged.get_mut(lead)
    }

    fn root(&self, id: &Id) -> Id {
        let mut id = id;
        while let Some(lead) = self.leads.get(id) {
            id = lead;
        }
        id.clone()
    }
}

/// Everybody who was merged by hand, and whom they were merged into in the end. Two laptops can merge a pair into each
/// other: of such a circle the smallest id stays.
fn heads(book: &Book) -> HashMap<Id, Id> {
    let mut heads: HashMap<Id, Id> = HashMap::new();
    let next = |id: &Id| book.contacts.get(id)?.merged_into.clone().filter(|next| book.contacts.contains_key(next));
    for id in book.contacts.values().filter(|contact| contact.merged_into.is_some()).map(|contact| &contact.id) {
        let mut way = vec![id.clone()];
        let mut seen: HashSet<Id> = HashSet::from([id.clone()]);
        let head = loop {
            let Some(at) = way.last() else { break id.clone() };
            if let Some(head) = heads.get(at) {
                break head.clone();
            }
            let Some(next) = next(at) else { break at.clone() };
            if !seen.insert(next.clone()) {
                let circle = way.iter().skip_while(|id| **id != next);
                break circle.min().unwrap_or(&next).clone();
            }
            way.push(next);
        };
        heads.extend(way.into_iter().map(|id| (id, head.clone())));
    }
    heads
}

/// What makes two contacts the same person, whatever they are called.
fn marks(contact: &Contact) -> Vec<(&str, String)> {
    let handles = contact.handles.iter().map(|(network, handle)| (network.as_str(), handle.to_lowercase()));
    let feeds = contact.feeds.iter().map(|url| ("feed", url.clone()));
    let email = (!contact.email.is_empty()).then(|| ("email", contact.email.to_lowercase()));
    handles.chain(feeds).chain(email).collect()
}

fn unite(into: &mut Contact, other: &Contact) {
    into.audiences.extend(other.audiences.iter().cloned());
    into.feeds.extend(other.feeds.iter().cloned());
    for (network, handle) in &other.handles {
        into.handles.entry(network.clone()).or_insert_with(|| handle.clone());
    }
    let texts = [
        (&mut into.name, &other.name),
        (&mut into.why, &other.why),
        (&mut into.site, &other.site),
        (&mut into.email, &other.email),
        (&mut into.notes, &other.notes),
    ];
    for (mine, theirs) in texts.into_iter().filter(|(mine, _)| mine.is_empty()) {
        mine.clone_from(theirs);
    }
    into.never |= other.never;
    into.mute = into.mute.or(other.mute);
    into.stage = into.stage.max(other.stage);
    into.priority = into.priority.max(other.priority);
    into.added = into.added.min(other.added).or(into.added).or(other.added);
}

fn create<R: Record>(records: &mut BTreeMap<Id, R>, id: &Id) {
    let record = records.entry(id.clone()).or_default();
    record.set_id(id.clone());
}

fn field_of<R: Record>(records: &mut BTreeMap<Id, R>, id: &Id, field: &str, value: Option<&Scalar>) {
    if let Some(record) = records.get_mut(id) {
        record.read_field(field, value);
    }
}

fn member_of<R: Record>(records: &mut BTreeMap<Id, R>, id: &Id, set: &str, key: &str, value: Option<&Scalar>) {
    if let Some(record) = records.get_mut(id) {
        record.read_member(set, key, value);
    }
}

impl Record for Device {
    const ROOT: Root = Root::Devices;

    fn id(&self) -> &Id {
        &self.id
    }

    fn set_id(&mut self, id: Id) {
        self.id = id;
    }

    fn fields(&self) -> Vec<(&'static str, Option<Scalar>)> {
        vec![("name", text(&self.name)), ("hub", truth(self.hub)), ("added", shown(self.added.as_ref()))]
    }

    fn read_field(&mut self, field: &str, value: Option<&Scalar>) {
        match field {
            "name" => self.name = read_text(value),
            "hub" => self.hub = value.is_some_and(Scalar::is_true),
            "added" => self.added = parsed(value),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
