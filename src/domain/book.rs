//! The book: everything the author keeps, and [`Change`], the one list of ways it may change.

mod change;
mod fold;
mod last;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use jiff::civil::Date;

use self::{fold::Folded, last::Last};

pub use self::{
    change::Change,
    fold::{marks, shared_mark},
};
pub use super::device::Schema;
use super::{
    Audience, Bond, Contact, Device, Event, Evidence, History, Id, Notice, Settings, Tie, Work,
    pick::{Chosen, Nobody, begun, today_and_plan},
    record::{Record, Root, Scalar, Write},
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
    /// As written, by key: read it through [`Book::bond`].
    pub evidence: BTreeMap<String, Evidence>,
    pub settings: Settings,
    pub devices: BTreeMap<Id, Device>,
    pub schema: Schema,
    folded: OnceLock<Folded>,
    past: Last<Arc<History>>,
    ahead: Last<(Date, Result<Chosen, Nobody>, Vec<Change>)>,
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
            evidence,
            settings,
            devices,
            schema,
            folded: _,
            past: _,
            ahead: _,
        } = self;
        *works == other.works
            && *audiences == other.audiences
            && *ties == other.ties
            && *contacts == other.contacts
            && *journal == other.journal
            && *plan == other.plan
            && *notices == other.notices
            && *refusals == other.refusals
            && *evidence == other.evidence
            && *settings == other.settings
            && *devices == other.devices
            && *schema == other.schema
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
        self.ahead = Last::default();
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
            Root::Evidence => match value.and_then(Scalar::text).and_then(|text| Evidence::read(key, text)) {
                Some(evidence) => _ = self.evidence.insert(key.to_owned(), evidence),
                None => _ = self.evidence.remove(key),
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

    /// The events from one date up to and with another, in order; none where that one is earlier.
    pub fn events_between(&self, from: Date, last: Date) -> impl Iterator<Item = &Event> {
        let first = if from > last { format!("{last}0") } else { format!("{from}/") };
        self.journal.range(first..format!("{last}0")).map(|(_, event)| event)
    }

    /// [`History::until`] a day, read once for as long as the journal stays as it is: an answer asks for it many times.
    #[must_use]
    pub fn history(&self, today: Date) -> Arc<History> {
        self.past.or(|past| past.as_of == today, || Arc::new(History::until(self, today)))
    }

    /// [`person_of`](super::pick::person_of) today, worked out once for as long as the book stays as it is; for a day that
    /// has begun nobody else need be looked at.
    pub fn person(&self, today: Date) -> Result<Chosen, Nobody> {
        begun(self, today).unwrap_or_else(|| self.ahead(today).1)
    }

    /// What the plan lacks from today on, worked out once likewise.
    #[must_use]
    pub fn plan_ahead(&self, today: Date) -> Vec<Change> {
        self.ahead(today).2
    }

    fn ahead(&self, today: Date) -> (Date, Result<Chosen, Nobody>, Vec<Change>) {
        self.ahead.or(
            |(date, ..)| *date == today,
            || {
                let (person, plan) = today_and_plan(self, &self.history(today));
                (today, person, plan)
            },
        )
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

    /// One person, also one who was removed: the diary remembers them.
    #[must_use]
    pub fn ever(&self, id: &Id) -> Option<&Contact> {
        self.contact(id).or_else(|| self.contacts.get(id))
    }

    /// The id that leads for a person: their own, or that of the contact they were merged into.
    #[must_use]
    pub fn lead<'a>(&'a self, id: &'a Id) -> &'a Id {
        self.folded().leads.get(id).unwrap_or(id)
    }

    /// The ids of a person: the one that leads, and those of their doubles.
    fn ids_of<'a>(&'a self, id: &'a Id) -> impl Iterator<Item = &'a Id> {
        let lead = self.lead(id);
        std::iter::once(lead).chain(self.folded().doubles.get(lead).into_iter().flatten())
    }

    /// A person as written: the contact that leads, and then their doubles. What is said of somebody is said of all.
    pub fn written<'a>(&'a self, id: &'a Id) -> impl Iterator<Item = &'a Contact> {
        self.ids_of(id).filter_map(|id| self.contacts.get(id))
    }

    /// What public data shows between the author and a person, up to a day: under any of their doubles' ids.
    #[must_use]
    pub fn bond(&self, id: &Id, today: Date) -> Bond<'_> {
        if self.evidence.is_empty() {
            return Bond::default();
        }
        // `0` is the character after `/`, which ends the id in a key.
        let theirs = self.ids_of(id).flat_map(|id| self.evidence.range(format!("{id}/")..format!("{id}0")));
        Bond::of(theirs.map(|(_, evidence)| evidence), today)
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

#[cfg(test)]
mod tests;
