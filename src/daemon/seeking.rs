//! People who came with nothing to read: what they publish is looked for on their sites and by their handles, a few an
//! hour, so that there is something of theirs to have a good word for.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    errand::{Errand, Found},
    home::Home,
};
use crate::{
    api::Error,
    domain::{Change, Contact, Id, bond::OPEN, id::stable_hash},
    feed::{self, DiscoverError, FetchError, Fetched, Validators},
    social::{
        Client, LookupError,
        person::{handle_feed, is_site},
    },
};

/// The name under which the store keeps who was looked at.
const KEY: &str = "sought";
/// People of one search.
const PEOPLE: usize = 4;
/// Between two searches.
const BETWEEN: SignedDuration = SignedDuration::from_hours(1);
/// Who publishes nothing is not looked at again before this.
const NOTHING: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Who could not be reached, or the laptop was offline.
const NO_ANSWER: SignedDuration = SignedDuration::from_hours(24);

/// Until when nobody is looked at again, by who they are.
type Sought = BTreeMap<Id, Timestamp>;

/// Where to look.
#[derive(Clone, Debug)]
pub enum Place {
    Site(String),
    Handle { network: &'static str, handle: String },
}

/// What became of a look.
#[derive(Debug)]
pub enum Outcome {
    Feed(Box<feed::Found>),
    Nothing,
    NoAnswer,
}

/// Looks at a place.
pub async fn look(client: &Client, place: &Place) -> Outcome {
    match place {
        Place::Site(site) => match feed::discover(client.fetcher(), site).await {
            Ok(found) => found.into_iter().next().map_or(Outcome::Nothing, |best| Outcome::Feed(Box::new(best))),
            Err(DiscoverError::Unreachable(
                FetchError::Unreachable(_) | FetchError::TooSlow(_) | FetchError::Broken | FetchError::Busy { .. },
            )) => Outcome::NoAnswer,
            Err(_) => Outcome::Nothing,
        },
        Place::Handle { network, handle } => match handle_feed(client, network, handle).await {
            Ok(found) => found.map_or(Outcome::Nothing, |found| Outcome::Feed(Box::new(found))),
            Err(LookupError::Unreachable(_) | LookupError::Busy { .. } | LookupError::Trouble { .. }) => {
                Outcome::NoAnswer
            }
            Err(_) => Outcome::Nothing,
        },
    }
}

/// Where somebody may publish of whom nothing can be read. A handle is looked up for those who can be picked: a list of
/// thousands that came in is not.
fn place(contact: &Contact) -> Option<Place> {
    if !contact.feeds.is_empty() {
        return None;
    }
    if is_site(&contact.site) {
        return Some(Place::Site(contact.site.clone()));
    }
    let mut networks = OPEN.iter().map(|(network, _)| network.as_str()).filter(|_| !contact.why.is_empty());
    networks.find_map(|network| Some(Place::Handle { network, handle: contact.handles.get(network)?.clone() }))
}

impl Home {
    /// The search whose hour has come.
    pub(super) fn search_due(&mut self, now: Timestamp) -> Option<Errand> {
        if self.searched.is_some_and(|at| now.duration_since(at).abs() < BETWEEN) {
            return None;
        }
        self.searched = Some(now);
        self.seek_errand(now, None)
    }

    /// A search for what one person publishes, or a few of those who wait for it; nothing where nobody does.
    pub(super) fn seek_errand(&self, now: Timestamp, only: Option<&Id>) -> Option<Errand> {
        if self.book().refuses_writes() {
            return None;
        }
        let (today, sought) = (self.clock(now).date(), self.sought());
        // A time too far ahead is from a clock that was wrong.
        let rests = |contact: &Contact| {
            sought.get(&contact.id).is_some_and(|until| *until > now && until.duration_since(now) <= NOTHING)
        };
        let lacking = self.book().people().filter_map(|contact| Some((contact, place(contact)?)));
        let mut lacking: Vec<_> = match only {
            Some(id) => lacking.filter(|(contact, _)| contact.id == *id).collect(),
            None => lacking.filter(|(contact, _)| contact.is_welcome(today) && !rests(contact)).collect(),
        };
        // Who can be picked comes first. Laptops do not ask in step.
        lacking.sort_by_cached_key(|(contact, _)| {
            (contact.why.is_empty(), stable_hash(&[self.device.as_str(), contact.id.as_str()]))
        });
        let people: Vec<_> =
            lacking.into_iter().take(PEOPLE).map(|(contact, place)| (contact.id.clone(), place)).collect();
        (!people.is_empty()).then_some(Errand::Seek { client: self.social().ok()?, people })
    }

    /// Keeps what somebody was found to publish, with the first look at it, or when to look again.
    pub(super) fn take_sought(&mut self, now: Timestamp, contact: &Id, outcome: Outcome) -> Result<(), Error> {
        let wait = if matches!(outcome, Outcome::NoAnswer) { NO_ANSWER } else { NOTHING };
        self.rest_from_seeking(now, contact, wait)?;
        let Outcome::Feed(found) = outcome else { return Ok(()) };
        let Some(mut written) = self.book().contacts.get(contact).cloned() else { return Ok(()) };
        // A feed that was read before and is theirs no more, the author took out.
        let was_theirs = self.replica.store().feed(&found.address).ok().flatten().is_some();
        let lacks = self.book().contact(contact).is_some_and(|contact| contact.feeds.is_empty());
        if was_theirs || !lacks {
            return Ok(());
        }
        tracing::info!("a feed was found for somebody who had none");
        written.feeds.insert(found.address.clone());
        self.commit(&[Change::Contact(written)])?;
        let read =
            Fetched { content: Some(found.feed), validators: Validators::default(), moved_to: None, max_age: None };
        self.take(now, Found::Feed { url: found.address, result: Box::new(Ok(read)), done: 1, total: 1 })
    }

    fn sought(&self) -> Sought {
        let kept = self.replica.store().device_get(KEY).ok().flatten();
        kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    fn rest_from_seeking(&mut self, now: Timestamp, contact: &Id, wait: SignedDuration) -> Result<(), Error> {
        let mut sought = self.sought();
        sought.retain(|_, until| *until > now);
        sought.insert(contact.clone(), now.saturating_add(wait).unwrap_or(Timestamp::MAX));
        let text = serde_json::to_string(&sought).map_err(|error| Error::failed(error.to_string()))?;
        self.replica.store_mut().device_set(KEY, Some(&text)).map_err(super::errors::store)
    }
}
