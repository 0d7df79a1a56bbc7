//! People who came with a site and nothing to read: their sites are looked at for a feed, a few an hour, so that there
//! is something of theirs to have a good word for.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    errand::{Errand, Found},
    home::Home,
};
use crate::{
    api::Error,
    domain::{Change, Contact, Id, id::stable_hash},
    feed::{DiscoverError, FetchError, Fetched, Validators},
    social::person::is_site,
};

/// The name under which the store keeps who was looked at.
const KEY: &str = "sought";
/// People of one search.
const PEOPLE: usize = 4;
/// Between two searches.
const BETWEEN: SignedDuration = SignedDuration::from_hours(1);
/// A site without a feed is not asked again before this.
const NO_FEED: SignedDuration = SignedDuration::from_hours(24 * 30);
/// One that could not be reached, or the laptop was offline.
const NO_ANSWER: SignedDuration = SignedDuration::from_hours(24);

/// Until when nobody's site is asked again, by who they are.
type Sought = BTreeMap<Id, Timestamp>;

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
            sought.get(&contact.id).is_some_and(|until| *until > now && until.duration_since(now) <= NO_FEED)
        };
        let lacks = |contact: &&Contact| contact.feeds.is_empty() && is_site(&contact.site);
        let people = self.book().people().filter(lacks);
        let mut people: Vec<&Contact> = match only {
            Some(id) => people.filter(|contact| contact.id == *id).collect(),
            None => people.filter(|contact| contact.is_welcome(today) && !rests(contact)).collect(),
        };
        // Who can be picked comes first. Laptops do not ask in step.
        people.sort_by_cached_key(|contact| {
            (contact.why.is_empty(), stable_hash(&[self.device.as_str(), contact.id.as_str()]))
        });
        let sites: Vec<_> =
            people.into_iter().take(PEOPLE).map(|contact| (contact.id.clone(), contact.site.clone())).collect();
        (!sites.is_empty()).then_some(Errand::Seek { sites })
    }

    /// Keeps what a site was found to publish, with the first look at it, or when to ask again.
    pub(super) fn take_sought(
        &mut self,
        now: Timestamp,
        contact: &Id,
        result: Result<Vec<crate::feed::Found>, DiscoverError>,
    ) -> Result<(), Error> {
        let wait = match &result {
            Err(DiscoverError::Unreachable(
                FetchError::Unreachable(_) | FetchError::TooSlow(_) | FetchError::Broken | FetchError::Busy { .. },
            )) => NO_ANSWER,
            _ => NO_FEED,
        };
        self.rest_from_seeking(now, contact, wait)?;
        let Some(best) = result.ok().and_then(|found| found.into_iter().next()) else { return Ok(()) };
        let Some(mut written) = self.book().contacts.get(contact).cloned() else { return Ok(()) };
        // A feed that was read before and is theirs no more, the author took out.
        let was_theirs = self.replica.store().feed(&best.address).ok().flatten().is_some();
        let lacks = self.book().contact(contact).is_some_and(|contact| contact.feeds.is_empty());
        if was_theirs || !lacks {
            return Ok(());
        }
        tracing::info!("a feed was found for somebody who had none");
        written.feeds.insert(best.address.clone());
        self.commit(&[Change::Contact(written)])?;
        let read =
            Fetched { content: Some(best.feed), validators: Validators::default(), moved_to: None, max_age: None };
        self.take(now, Found::Feed { url: best.address, result: Box::new(Ok(read)), done: 1, total: 1 })
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
