//! The one way to look something up: from memory where that is fresh enough, else politely at its host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{
    ask::Ask,
    error::LookupError,
    memory::{Kept, Memory},
};
use crate::{
    domain::share::Endpoints,
    feed::{FetchError, Fetcher, Job, Page},
    store::lookups::Lookup,
};

/// How many pages of one list are read at most.
const PAGES: usize = 100;

/// Looks things up. Cheap to clone: all clones share the memory and the fetcher's connections.
///
/// What it learns is in its memory only; whoever owns the store writes [`Client::take_unsaved`] down.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    fetcher: Fetcher,
    bluesky: Option<Url>,
    /// Where people see Bluesky.
    bluesky_app: Option<Url>,
    memory: Mutex<Memory>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// A JSON answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Json {
    pub value: Value,
    /// Where it was in the end, after all redirects.
    pub address: String,
    /// The question for the rest of the list, if there is more of it.
    pub more: Option<Ask>,
}

/// What was read of a list. A list that stops early is still a list: ask again, and it goes on from memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages<T> {
    pub found: Vec<T>,
    /// There is more than was wanted.
    pub more: bool,
    /// Why it stopped before its end.
    pub stopped: Option<LookupError>,
}

impl Client {
    /// `known` is what the store remembers of earlier look-ups.
    #[must_use]
    pub fn new(fetcher: Fetcher, endpoints: &Endpoints, known: Vec<Lookup>) -> Client {
        let (bluesky, bluesky_app) = (Url::parse(&endpoints.bluesky_api).ok(), Url::parse(&endpoints.bluesky).ok());
        Client(Arc::new(Shared { fetcher, bluesky, bluesky_app, memory: Mutex::new(Memory::of(known)) }))
    }

    /// For what has its own way of reading: feeds.
    #[must_use]
    pub fn fetcher(&self) -> &Fetcher {
        &self.0.fetcher
    }

    /// What was learnt and is not in the store yet.
    #[must_use]
    pub fn take_unsaved(&self) -> Vec<Lookup> {
        self.memory().take_unsaved()
    }

    /// A question to Bluesky's public interface, such as `app.bsky.actor.getProfile`.
    ///
    /// # Errors
    /// When the configured address is none.
    pub fn bluesky(&self, method: &str) -> Result<Ask, LookupError> {
        let base = self.0.bluesky.as_ref().ok_or_else(|| LookupError::NoAddress("endpoints.bluesky_api".to_owned()))?;
        Ok(Ask::json(base, &format!("xrpc/{method}")))
    }

    /// The feed (RSS) that Bluesky has of somebody's posts, by their DID.
    #[must_use]
    pub fn bluesky_feed(&self, did: &str) -> Option<Url> {
        self.0.bluesky_app.as_ref()?.join(&format!("/profile/{did}/rss")).ok()
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn json(&self, ask: &Ask) -> Result<Json, LookupError> {
        let kept = self.get(ask).await?;
        // serde_json goes 128 levels deep and no further.
        let value: Value = serde_json::from_str(&kept.body).map_err(|_| LookupError::Odd(ask.host()))?;
        let cursor = value.get("cursor").and_then(Value::as_str).filter(|cursor| !cursor.is_empty());
        let more = match (&kept.next, cursor) {
            (Some(next), _) => ask.onward(next),
            (None, Some(cursor)) => Some(ask.instead("cursor", cursor)),
            (None, None) => None,
        };
        Ok(Json { value, address: kept.address.clone(), more: more.filter(|more| more.url != ask.url) })
    }

    /// Follows a list page by page until `most` things were read: by `Link` headers (Mastodon) and by cursors (Bluesky).
    /// `read` gives a page's things.
    pub async fn pages<T>(&self, ask: Ask, most: usize, mut read: impl FnMut(&Json) -> Vec<T>) -> Pages<T> {
        let mut pages = Pages { found: Vec::new(), more: false, stopped: None };
        let mut next = Some(ask);
        for _ in 0..PAGES {
            let Some(ask) = next else { return pages };
            let json = match self.json(&ask).await {
                Ok(json) => json,
                Err(error) => {
                    pages.stopped = Some(error);
                    return pages;
                }
            };
            pages.found.extend(read(&json));
            next = json.more;
            if pages.found.len() >= most {
                pages.more = next.is_some() || pages.found.len() > most;
                pages.found.truncate(most);
                return pages;
            }
        }
        pages.more = next.is_some();
        pages
    }

    /// Whatever is at an address, as text.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn get(&self, ask: &Ask) -> Result<Arc<Kept>, LookupError> {
        let (url, host) = (ask.url.as_str(), ask.host());
        let known = self.memory().known(url, ask.fresh_for, Timestamp::now());
        if let Some((kept, true)) = &known {
            return answered(kept, host);
        }
        let rests = self.memory().may_ask(&host, Timestamp::now());
        rests.map_err(|wait| LookupError::Busy { host: host.clone(), wait })?;
        let stale = known.map(|(kept, _)| kept).filter(|kept| kept.refused.is_none());
        let validators = stale.as_ref().map(|kept| kept.validators.clone()).unwrap_or_default();
        let job =
            Job { url: url.to_owned(), validators, wants: ask.wants, led_by: ask.led_by.clone(), ..Job::default() };
        let fetched = self.0.fetcher.page(&job).await;
        let now = Timestamp::now();
        let kept = match fetched {
            Ok(fetched) => match (fetched.content, stale) {
                (Some(page), _) => kept(page, fetched.validators),
                (None, Some(stale)) => Kept { validators: fetched.validators, ..(*stale).clone() },
                (None, None) => return Err(LookupError::Odd(host)),
            },
            Err(FetchError::Status(status @ 400..500)) => Kept { refused: Some(status), ..Kept::default() },
            Err(error) => {
                let error = LookupError::of(error, host.clone());
                if let LookupError::Busy { wait, .. } = &error {
                    self.memory().rest(&host, *wait, now);
                }
                return Err(error);
            }
        };
        let kept = if ask.is_kept { self.memory().keep(url, kept, now) } else { Arc::new(kept) };
        answered(&kept, host)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answered(kept: &Arc<Kept>, host: String) -> Result<Arc<Kept>, LookupError> {
    match kept.refused {
        Some(status) => Err(LookupError::of_status(status, host)),
        None => Ok(Arc::clone(kept)),
    }
}

fn kept(page: Page, validators: crate::feed::Validators) -> Kept {
    let body = String::from_utf8_lossy(&page.body).into_owned();
    let (address, next, unlisted) = (page.address, page.next, page.unlisted);
    Kept { refused: None, body, address, next, unlisted, validators }
}
