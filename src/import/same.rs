//! The same person: what two of them have in common, and what the one takes from the other.

use std::collections::BTreeSet;

use super::entry::stand_ins;
use crate::domain::{Book, Contact, Id, book::marks, network::profile, typed::MAX_TEXT};

/// Fills what `seen` has nothing of, from an entry.
pub fn fill(into: &mut Contact, seen: &Contact, from: &Contact) {
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

pub fn fill_audiences(book: &Book, into: &mut Contact, seen: &Contact, audiences: &BTreeSet<Id>) {
    let lead = |id: &Id| book.audience(id).map_or_else(|| id.clone(), |audience| audience.id.clone());
    let known: BTreeSet<_> = seen.audiences.iter().map(lead).collect();
    into.audiences.extend(audiences.iter().filter(|id| !known.contains(*id)).cloned());
}

/// What makes two entries one person, as the book has it, but for the ways of writing one address.
pub fn keys(contact: &Contact) -> Vec<String> {
    let key = |(kind, value): (&str, String)| {
        if kind == "feed" { format!("feed {}", loose(&value)) } else { format!("{kind} {value}") }
    };
    marks(contact).into_iter().map(key).collect()
}

pub fn site_key(contact: &Contact) -> Option<String> {
    // A profile was read as a handle already, and the front page of a network is nobody's.
    let is_theirs = !contact.site.is_empty() && profile(&contact.site).is_none_or(|(network, _)| network == "mastodon");
    is_theirs.then(|| format!("site {}", loose(&contact.site)))
}

/// An address without what makes no difference.
pub fn loose(address: &str) -> &str {
    let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
    bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/')
}
