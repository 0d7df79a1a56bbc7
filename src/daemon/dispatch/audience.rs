//! `audience`: the groups that a work may speak to, the ones kept and the ones suggested.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError},
};

use jiff::{Timestamp, civil::Date};

use super::{Home, names, suggest};
use crate::{
    api::{Answer, AudienceDetail, AudienceRow, Error, ErrorKind, Named, Next, Request, TieRow},
    domain::{
        Audience, Book, Change, Contact, Id, Tie,
        audience::slug,
        typed::{MAX_NAME, one_line},
    },
};

/// The longest bridge, in characters: it is one sentence.
const MAX_BRIDGE: usize = 300;

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::AudienceAdd { name, via, bridge, hashtags } => add(home, now, &name, via, bridge, hashtags),
        Request::AudienceList => Ok(Answer::Audiences(kept(home, now))),
        Request::AudienceShow { name } => {
            let id = names::audience(home.book(), &name)?.id.clone();
            show(home, now, &id)
        }
        Request::AudienceTie { from, to, bridge } => tie(home, now, &from, &to, &bridge),
        _ => Err(Error::usage("this is not about audiences")),
    }
}

/// The audience of this name; a new one is added to `changes`.
pub fn known_or_new(home: &Home, now: Timestamp, name: &str, changes: &mut Vec<Change>) -> Result<Id, Error> {
    if let Some(audience) = names::exact_audience(home.book(), name) {
        return Ok(audience.id.clone());
    }
    let name = one_line("audience", name, MAX_NAME)?;
    let wanted = slug(&name);
    if wanted.is_empty() {
        return Err(Error::usage(format!("\"{name}\" is no name for an audience")));
    }
    let made = changes.iter().find_map(|change| match change {
        Change::Audience(audience) if audience.slug == wanted => Some(audience.id.clone()),
        _ => None,
    });
    Ok(made.unwrap_or_else(|| {
        let added = Some(home.clock(now).date());
        let audience = Audience { id: home.new_id(now), name, slug: wanted, added, ..Audience::default() };
        let id = audience.id.clone();
        changes.push(Change::Audience(audience));
        id
    }))
}

fn add(
    home: &mut Home,
    now: Timestamp,
    name: &str,
    via: Option<String>,
    bridge: Option<String>,
    hashtags: Vec<String>,
) -> Result<Answer, Error> {
    if let Some(audience) = names::exact_audience(home.book(), name) {
        return Err(
            Error::failed(format!("you already keep \"{}\"", audience.name)).hint(Next::Audience(audience.into()))
        );
    }
    let mut changes = Vec::new();
    let id = known_or_new(home, now, name, &mut changes)?;
    let via = via.map(|name| parent(home.book(), &name)).transpose()?;
    let bridge = bridge.map(|text| one_line("bridge", &text, MAX_BRIDGE)).transpose()?.unwrap_or_default();
    let hashtags = hashtags.iter().map(|tag| hashtag(tag)).collect::<Result<BTreeSet<_>, _>>()?;
    for change in &mut changes {
        if let Change::Audience(audience) = change {
            audience.via.clone_from(&via);
            audience.bridge.clone_from(&bridge);
            audience.hashtags.clone_from(&hashtags);
        }
    }
    home.commit(&changes)?;
    show(home, now, &id)
}

/// What leads to an audience: another audience, or a work.
fn parent(book: &Book, name: &str) -> Result<Id, Error> {
    if let Some(audience) = names::maybe_audience(book, name)? {
        return Ok(audience.id.clone());
    }
    names::work(book, name).map(|work| work.id.clone()).map_err(|error| match error.kind {
        ErrorKind::NotFound => Error::new(ErrorKind::NotFound, format!("there is no audience or work \"{name}\""))
            .hint(Next::AudiencesAndWorks),
        _ => error,
    })
}

fn hashtag(text: &str) -> Result<String, Error> {
    let bare = text.trim().trim_start_matches('#');
    let fits = !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || c == '_') && bare.chars().count() <= 64;
    let has_letter = bare.chars().any(char::is_alphabetic);
    if fits && has_letter {
        Ok(bare.to_owned())
    } else {
        Err(Error::usage(format!("\"{text}\" is not a hashtag")).hint("letters and digits, as in #LivingHistory"))
    }
}

fn tie(home: &mut Home, now: Timestamp, from: &str, to: &str, bridge: &str) -> Result<Answer, Error> {
    let book = home.book();
    let (from, to) = (names::audience(book, from)?.id.clone(), names::audience(book, to)?.id.clone());
    if from == to {
        return Err(Error::usage("an audience cannot be tied to itself"));
    }
    let bridge = one_line("bridge", bridge, MAX_BRIDGE)?;
    if bridge.is_empty() {
        return Err(Error::usage("a tie needs a bridge: one sentence saying why"));
    }
    let known = book.ties.values().find(|tie| {
        let ends = (audience_id(book, &tie.from), audience_id(book, &tie.to));
        tie.removed.is_none() && (ends == (&from, &to) || ends == (&to, &from))
    });
    let tie = match known {
        Some(tie) => Tie { bridge, ..tie.clone() },
        None => Tie { id: home.new_id(now), from: from.clone(), to, bridge, removed: None },
    };
    home.commit(&[Change::Tie(tie)])?;
    show(home, now, &from)
}

fn audience_id<'a>(book: &'a Book, id: &'a Id) -> &'a Id {
    book.audience(id).map_or(id, |audience| &audience.id)
}

fn show(home: &Home, now: Timestamp, id: &Id) -> Result<Answer, Error> {
    let book = home.book();
    let audience = book.audience(id).ok_or_else(|| Error::failed("this audience is gone"))?;
    let people = members(book, &audience.id).map(Named::from);
    let ties = book.ties.values().filter(|tie| tie.removed.is_none()).filter_map(|tie| {
        let (from, to) = (audience_id(book, &tie.from), audience_id(book, &tie.to));
        let other = if *from == audience.id { to } else { (*to == audience.id).then_some(from)? };
        Some(TieRow { name: book.audience(other)?.name.clone(), bridge: tie.bridge.clone() })
    });
    Ok(Answer::Audience(AudienceDetail {
        row: row(book, &crowds(home, now), audience),
        people: people.collect(),
        ties: ties.collect(),
        leads: suggest::leads(home, now, audience),
    }))
}

fn members<'a>(book: &'a Book, id: &'a Id) -> impl Iterator<Item = &'a Contact> {
    book.people().filter(move |contact| is_in(book, contact, id))
}

/// Whether somebody is in an audience, under whichever of its ids.
pub fn is_in(book: &Book, contact: &Contact, audience: &Id) -> bool {
    contact.audiences.iter().any(|id| audience_id(book, id) == audience)
}

/// What the people of an audience say of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crowd {
    /// Nobody is in it twice.
    pub people: usize,
    /// When one of them was last supported.
    pub met: Option<Date>,
}

/// The people of each audience that has any, also those who have left but were supported while they were in it.
pub type Crowds = HashMap<Id, Crowd>;

/// The crowds of a day. With ten thousand people they take milliseconds, and every page about audiences asks: they are
/// counted once for each state of the book.
pub fn crowds(home: &Home, now: Timestamp) -> Arc<Crowds> {
    let stands = (home.clock(now).date(), home.replica.heads_hex());
    let mut kept = home.crowds.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, crowds)) = kept.as_ref().filter(|(then, _)| *then == stands) {
        return Arc::clone(crowds);
    }
    let crowds = Arc::new(count(home.book(), stands.0));
    *kept = Some((stands, Arc::clone(&crowds)));
    crowds
}

fn count(book: &Book, today: Date) -> Crowds {
    let history = book.history(today);
    let ids = |contact: &'_ Contact| -> BTreeSet<_> {
        contact.audiences.iter().map(|id| audience_id(book, id)).cloned().collect()
    };
    let mut crowds = Crowds::new();
    for contact in book.people() {
        for id in ids(contact) {
            crowds.entry(id).or_default().people += 1;
        }
    }
    for (id, past) in history.people.iter().filter(|(_, past)| past.done.is_some()) {
        for id in book.ever(id).into_iter().flat_map(ids) {
            let crowd = crowds.entry(id).or_default();
            crowd.met = crowd.met.max(past.done);
        }
    }
    crowds
}

/// All kept audiences, by name.
pub fn kept(home: &Home, now: Timestamp) -> Vec<AudienceRow> {
    let (book, crowds) = (home.book(), crowds(home, now));
    let mut rows: Vec<_> = book.kept_audiences().map(|audience| row(book, &crowds, audience)).collect();
    rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.id.clone()));
    rows
}

/// A kept audience as lists show it. Its distance counts the steps back to a work.
fn row(book: &Book, crowds: &Crowds, audience: &Audience) -> AudienceRow {
    let Crowd { people, met } = crowds.get(&audience.id).copied().unwrap_or_default();
    let mut distance = 1;
    let mut via = audience.via.as_ref();
    let mut seen = BTreeSet::new();
    while let Some(parent) = via.and_then(|id| book.audience(id)) {
        // Two laptops can make a circle of parents.
        if !seen.insert(&parent.id) {
            break;
        }
        distance += 1;
        via = parent.via.as_ref();
    }
    let name_of = |id: &Id| {
        let audience = book.audience(id).map(|audience| audience.name.clone());
        audience.or_else(|| book.works.get(id).map(|work| work.title.clone()))
    };
    AudienceRow {
        id: audience.id.to_string(),
        name: audience.name.clone(),
        kept: true,
        via: audience.via.as_ref().and_then(name_of),
        bridge: audience.bridge.clone(),
        hashtags: audience.hashtags.iter().cloned().collect(),
        distance,
        contacts: people,
        met,
        ..AudienceRow::default()
    }
}
