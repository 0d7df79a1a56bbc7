//! Who is who: the same person, made on two laptops or merged by hand, counts once.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Book;
use crate::domain::{Contact, Id};

/// Who leads for whom. Where several are one, the smallest id leads, so that every laptop folds alike.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    /// A double's id to its lead.
    pub(super) leads: HashMap<Id, Id>,
    /// A lead to its doubles, in order.
    pub(super) doubles: HashMap<Id, Vec<Id>>,
    /// Leads with doubles, their sets united.
    pub(super) merged: HashMap<Id, Contact>,
    pub(super) audience_leads: HashMap<Id, Id>,
}

impl Folded {
    pub(super) fn of(book: &Book) -> Folded {
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
        for (double, lead) in &self.leads {
            self.doubles.entry(lead.clone()).or_default().push(double.clone());
        }
        self.doubles.values_mut().for_each(|doubles| doubles.sort_unstable());
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
#[must_use]
pub fn marks(contact: &Contact) -> Vec<(&str, String)> {
    let handles = contact.handles.iter().map(|(network, handle)| (network.as_str(), handle.to_lowercase()));
    let feeds = contact.feeds.iter().map(|url| ("feed", url.clone()));
    let email = (!contact.email.is_empty()).then(|| ("email", contact.email.to_lowercase()));
    handles.chain(feeds).chain(email).collect()
}

/// A mark that two contacts share: then they are read as one person. The rule of [`marks`], for one pair among many and
/// so compared in place: to lower everybody's case takes longer than a whole edit.
#[must_use]
pub fn shared_mark<'a>(one: &'a Contact, other: &'a Contact) -> Option<&'a str> {
    let handles = one.handles.iter().filter_map(|(network, handle)| Some((handle, other.handles.get(network)?)));
    let handle = handles.into_iter().find(|(mine, theirs)| is_same(mine, theirs)).map(|(mine, _)| mine);
    let email = Some(&other.email).filter(|theirs| !theirs.is_empty() && is_same(&one.email, theirs));
    handle.or(email).or_else(|| one.feeds.intersection(&other.feeds).next()).map(String::as_str)
}

/// Equal but for capitals.
fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || !(one.is_ascii() && other.is_ascii()) && one.to_lowercase() == other.to_lowercase()
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
    into.mute = into.mute.max(other.mute);
    into.stage = into.stage.max(other.stage);
    into.priority = into.priority.max(other.priority);
    into.added = into.added.min(other.added).or(into.added).or(other.added);
}
