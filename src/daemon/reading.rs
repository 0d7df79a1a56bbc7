//! Reading what people publish: which feeds to fetch, and what to keep of what came.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    dispatch,
    errand::{Errand, Found},
    home::Home,
    house::Chore,
};
use crate::{
    api::{ContactForm, Error, Request},
    domain::{Change, Contact, notice, typed::web_address},
    feed::{Feed, FetchError, FetchOptions, Fetched, Fetcher, Job, Validators, plan},
    store::feeds::Feed as Cached,
};

/// Today's person is shown what they did up to so recently; an older cache is refreshed first.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(6);
/// How long a command waits for today's person's feeds.
const FETCH_LIMIT: Duration = Duration::from_secs(5);

impl Home {
    /// A fetcher that says who asks, if the author wants that.
    pub(super) fn fetcher(&self) -> Result<Fetcher, Error> {
        if let Some(fetcher) = self.fetcher.get() {
            return Ok(fetcher.clone());
        }
        let contact_address = self.book().settings.contact_address.clone();
        let fetcher = Fetcher::new(&FetchOptions { contact_address, ..FetchOptions::default() });
        let fetcher = fetcher.map_err(|error| Error::failed(format!("feeds cannot be fetched here: {error}")))?;
        Ok(self.fetcher.get_or_init(|| fetcher).clone())
    }

    /// What must be fetched before a request can be answered well; nothing for most.
    pub(super) fn errand(&mut self, now: Timestamp, request: &Request) -> Option<Errand> {
        match request {
            Request::FeedsRefresh { name } => {
                let contacts: Vec<&Contact> = match name {
                    Some(name) => dispatch::contact_named(self.book(), name).ok().into_iter().collect(),
                    None => self.book().people().collect(),
                };
                let only = name.as_ref().and_then(|_| contacts.first()).map(|contact| contact.id.clone());
                let jobs = self.cached(contacts).into_iter().map(job).collect();
                let feeds = Errand::Fetch { jobs, limit: None, grace: Duration::ZERO };
                let errands =
                    [Some(feeds), self.seek_errand(now, only.as_ref()), self.relations_errand(now, only.as_ref())];
                Some(Errand::Several(errands.into_iter().flatten().collect()))
            }
            Request::ContactFind { address } => self.person_errand(now, address),
            Request::ContactAdd(ContactForm { address: Some(address), .. }) => self.person_errand(now, address),
            Request::ContactImportFrom { address, .. } => self.roster_errand(address),
            Request::Discover { audience, from, still } => {
                self.search_errand(now, audience.as_deref(), from.as_deref(), still)
            }
            Request::DiscoverKeep { id, .. } => {
                let address = self.candidate(now, id)?.1.address();
                self.person_errand(now, &address)
            }
            Request::ContactAdd(form) | Request::ContactEdit { form, .. } if form.feeds.is_empty() => {
                let site = form.site.as_deref().filter(|site| !site.trim().is_empty())?;
                web_address("site", site).ok().map(|address| Errand::Discover { address })
            }
            Request::Today | Request::Draft { text: None, .. } => {
                let date = self.clock(now).date();
                let person = self.book().person(date).ok()?;
                let contact = self.book().contact(&person.contact)?;
                let jobs = self.stale_jobs(contact, now);
                (!jobs.is_empty()).then_some(Errand::Fetch { jobs, limit: Some(FETCH_LIMIT), grace: Duration::ZERO })
            }
            Request::SettingsSet { key, value } if key == "mastodon" => self.instance_errand(now, value),
            // Without a daemon there is no loop to hold up, and the memory goes with the command.
            Request::BackupNow if self.since.is_some() => {
                let chore = Chore::BackUp(self.clock(now).date());
                Some(Errand::House { folders: self.folders.clone(), chore })
            }
            _ => None,
        }
    }

    /// A person's feeds that were not read lately.
    pub(super) fn stale_jobs(&self, contact: &Contact, now: Timestamp) -> Vec<Job> {
        let is_stale = |cached: &Cached| {
            let asked = cached.fetched_at.is_none_or(|at| now.duration_since(at).abs() > STALE_AFTER);
            // A server that said when to come back is not asked before.
            asked && cached.next_at.is_none_or(|next| cached.failures == 0 || next <= now)
        };
        contact.feeds.iter().map(|url| self.feed(url)).filter(is_stale).map(job).collect()
    }

    /// Every feed whose time has come.
    pub(super) fn due_jobs(&self, now: Timestamp) -> Vec<Job> {
        // After every change to the book it is asked whether there is any: mostly there is none, and none is read.
        let resting = match self.replica.store().resting_feeds(now) {
            Ok(resting) => resting,
            Err(error) => {
                tracing::warn!(%error, "the feed cache could not be read; no feed is read before it can be");
                return Vec::new();
            }
        };
        let people = self.book().people().filter(|contact| !contact.never);
        let due: BTreeSet<_> =
            people.flat_map(|contact| &contact.feeds).filter(|url| !resting.contains(*url)).collect();
        due.into_iter().map(|url| job(self.feed(url))).collect()
    }

    /// The feeds of these people by address, each once, with what the cache knows of them.
    pub(super) fn cached<'a>(&self, contacts: impl IntoIterator<Item = &'a Contact>) -> Vec<Cached> {
        let cached = self.replica.store().feeds().unwrap_or_else(|error| {
            tracing::warn!(%error, "the feed cache could not be read");
            Vec::new()
        });
        let mut cached: HashMap<_, _> = cached.into_iter().map(|feed| (feed.url.clone(), feed)).collect();
        let urls: BTreeSet<_> = contacts.into_iter().flat_map(|contact| &contact.feeds).collect();
        let blank = |url: &String| Cached { url: url.clone(), ..Cached::default() };
        urls.into_iter().map(|url| cached.remove(url).unwrap_or_else(|| blank(url))).collect()
    }

    /// What the cache knows of a feed; a blank one for a feed that was never read.
    fn feed(&self, url: &str) -> Cached {
        let cached = self.replica.store().feed(url).unwrap_or_else(|error| {
            tracing::warn!(%error, "the feed cache could not be read");
            None
        });
        cached.unwrap_or_else(|| Cached { url: url.to_owned(), ..Cached::default() })
    }

    /// Keeps what an errand found, and writes down what is remarkable.
    pub(super) fn take(&mut self, now: Timestamp, found: Found) -> Result<(), Error> {
        match found {
            Found::Feeds { address, result } => _ = self.found.insert(address, result),
            Found::Instance { address, limit } => self.keep_instance(now, address, limit)?,
            Found::Person { address, result } => self.keep_person(now, address, *result),
            Found::Sought { contact, outcome } => self.take_sought(now, &contact, outcome)?,
            Found::Looking { .. } => {}
            Found::Roster { address, result } => _ = self.rosters.insert(address, *result),
            Found::Candidates { key, gathered } => self.keep_candidates(now, &key, gathered),
            Found::Feed { url, result, .. } => self.keep(now, &url, *result)?,
            Found::House { chore, result } => self.asked_backup = Some(self.chore_ended(chore, result)),
            Found::Relations(brought) => self.take_relations(now, *brought)?,
        }
        self.keep_lookups(now);
        Ok(())
    }

    fn keep(&mut self, now: Timestamp, url: &str, result: Result<Fetched<Feed>, FetchError>) -> Result<(), Error> {
        let failed = |error: crate::store::StoreError| Error::failed(error.to_string());
        let mut row = self.feed(url);
        let is_new = row.fetched_at.is_none();
        let last = plan::Outcome::of(&result, row.failures);
        row.failures = last.failures;
        row.fetched_at = Some(now);
        row.next_at = Some(plan::next_fetch(now, url, &last));
        let fetched = match result {
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::info!(%error, "a feed could not be read");
                row.error = Some(error.to_string());
                // Should it have moved back: the next time it is asked where the author wrote that it is.
                row.moved_to = None;
                return self.replica.store_mut().save_feed(&row, &[], now).map_err(failed);
            }
        };
        (row.error, row.moved_to) = (None, fetched.moved_to);
        (row.etag, row.last_modified) = (fetched.validators.etag, fetched.validators.last_modified);
        let Some(feed) = fetched.content else {
            return self.replica.store_mut().save_feed(&row, &[], now).map_err(failed);
        };
        row.title = Some(feed.title).filter(|title| !title.is_empty());
        let known = self.replica.store().items_of(&[url]).map_err(failed)?;
        self.replica.store_mut().save_feed(&row, &feed.items, now).map_err(failed)?;
        // On the first look at a feed everything is new, and nothing is news.
        if is_new || known.is_empty() || self.book().refuses_writes() {
            return Ok(());
        }
        let today = self.clock(now).date();
        let owners = self.book().people().filter(|contact| contact.feeds.contains(url));
        let notices = owners.flat_map(|contact| notice::of_new_items(contact, &known, &feed.items, today));
        let changes: Vec<_> = notices.map(Change::Notice).collect();
        if changes.is_empty() { Ok(()) } else { self.commit(&changes) }
    }
}

/// The polite question to a feed: it says what we have of it already.
fn job(cached: Cached) -> Job {
    let validators = Validators { etag: cached.etag, last_modified: cached.last_modified };
    Job { url: cached.url, moved_to: cached.moved_to, validators, ..Job::default() }
}
