//! Fetching, as a good guest: conditional, unhurried, within limits, and never led into the author's own network.

use std::{
    collections::HashMap,
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use jiff::Timestamp;
use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT, CONTENT_ENCODING, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION},
};
use tokio::sync::Semaphore;
use url::Url;

use super::{
    Feed, answer,
    answer::{FetchError, Fetched, Job, Page, Validators, Wants},
    client::{FetchOptions, Limits, client},
    guard::{LeadsHome, PublicOnly, is_public, is_written_private, proxies},
    inflate::{Trouble, inflate},
    parse_as,
};

/// Bodies larger than this are unpacked and read beside the event loop.
const QUICK: usize = 8 * 1024;

/// Fetches feeds. Cheap to clone: all clones share connections and limits.
#[derive(Clone)]
pub struct Fetcher(Arc<Shared>);

struct Shared {
    /// For addresses that the author typed and that are private as written.
    home: Client,
    /// For all others: it connects to public addresses only.
    world: Client,
    limits: Limits,
    at_once: Semaphore,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
    is_allowed: fn(IpAddr) -> bool,
}

/// What one request came to.
enum Hop {
    Redirect { to: Url, for_good: bool },
    Unchanged(HeaderMap),
    Body { headers: HeaderMap, body: Vec<u8> },
}

impl Fetcher {
    /// # Errors
    /// When the system's TLS certificates or its proxy settings cannot be read.
    pub fn new(options: &FetchOptions) -> Result<Self, reqwest::Error> {
        Self::with_resolver(options, is_public, None)
    }

    /// `table` stands in for the system's resolver, `is_allowed` for [`is_public`].
    pub(super) fn with_resolver(
        options: &FetchOptions,
        is_allowed: fn(IpAddr) -> bool,
        table: Option<Arc<[(String, SocketAddr)]>>,
    ) -> Result<Self, reqwest::Error> {
        // Fails when a provider is there already, which is as good.
        _ = rustls::crypto::ring::default_provider().install_default();
        let world = if table.is_some() { client(options).no_proxy() } else { client(options) };
        let world = world.dns_resolver(PublicOnly { is_allowed, proxies: proxies(), table }).build()?;
        let home = client(options).no_proxy().build()?;
        let at_once = Semaphore::new(options.limits.at_once);
        let hosts = Mutex::default();
        Ok(Fetcher(Arc::new(Shared { home, world, limits: options.limits, at_once, hosts, is_allowed })))
    }

    /// Fetches a feed and reads it. With validators, an unchanged feed has no content.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn feed(&self, job: &Job) -> Result<Fetched<Feed>, FetchError> {
        self.fetch(job, read).await
    }

    /// Fetches whatever is at an address.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn page(&self, job: &Job) -> Result<Fetched<Page>, FetchError> {
        self.fetch(job, |page| std::future::ready(Ok(page))).await
    }

    /// Follows redirects to a body and hands it to `then` while the connection's turn lasts: so no more bodies are in
    /// memory than there are connections.
    async fn fetch<T, F>(&self, job: &Job, then: impl FnOnce(Page) -> F) -> Result<Fetched<T>, FetchError>
    where
        F: Future<Output = Result<T, FetchError>>,
    {
        let mut address = web_address(&job.url)?;
        let is_from_world = |page: &str| !web_address(page).is_ok_and(|page| self.is_home(&page));
        if job.led_by.as_deref().is_some_and(is_from_world) && self.is_home(&address) {
            return Err(FetchError::LeadsHome(address.to_string()));
        }
        // What is private as the author wrote it may lead to other private addresses; nothing else may.
        let client = if self.is_home(&address) { &self.0.home } else { &self.0.world };
        let (mut moved_to, mut moving) = (job.moved_to.clone(), true);
        if let Some(moved) = &moved_to {
            address = self.led_to(client, web_address(moved)?)?;
        }
        let mut left = self.0.limits.total;
        for _ in 0..=self.0.limits.redirects {
            let host = self.host(&address);
            let (Ok(_host), Ok(_turn)) = (host.acquire().await, self.0.at_once.acquire().await) else {
                return Err(FetchError::Broken);
            };
            let started = Instant::now();
            let hop = self.hop(client, &address, job);
            let hop = tokio::time::timeout(left, hop).await.map_err(|_| FetchError::TooSlow(self.0.limits.total))??;
            left = left.saturating_sub(started.elapsed());
            let (headers, body) = match hop {
                Hop::Redirect { to, for_good } => {
                    address = self.led_to(client, to)?;
                    moving &= for_good;
                    if moving {
                        moved_to = Some(address.to_string());
                    }
                    continue;
                }
                Hop::Unchanged(headers) => (headers, None),
                Hop::Body { headers, body } => (headers, Some(body)),
            };
            let before = if body.is_none() { job.validators.clone() } else { Validators::default() };
            let validators = Validators::from_headers(&headers, before);
            let max_age = answer::max_age(&headers);
            let content = match body {
                Some(body) => Some(then(self.unpack(&headers, body, &address, job.wants).await?).await?),
                None => None,
            };
            return Ok(Fetched { content, validators, moved_to, max_age });
        }
        Err(FetchError::TooManyRedirects(self.0.limits.redirects))
    }

    /// Where a server leads us, unless that is the author's own network and they did not write so themselves.
    fn led_to(&self, client: &Client, to: Url) -> Result<Url, FetchError> {
        let leads_home = std::ptr::eq(client, &self.0.world) && self.is_home(&to);
        if leads_home { Err(FetchError::LeadsHome(to.to_string())) } else { Ok(to) }
    }

    /// Private as it is written; with an address in numbers, by the same rule that the resolver follows.
    fn is_home(&self, address: &Url) -> bool {
        match address.host() {
            Some(url::Host::Ipv4(v4)) => !(self.0.is_allowed)(v4.into()),
            Some(url::Host::Ipv6(v6)) => !(self.0.is_allowed)(v6.into()),
            _ => is_written_private(address),
        }
    }

    fn host(&self, address: &Url) -> Arc<Semaphore> {
        /// When so many hosts are known, those at rest are forgotten.
        const KNOWN: usize = 1024;
        let key =
            format!("{}:{}", address.host_str().unwrap_or_default(), address.port_or_known_default().unwrap_or(0));
        let mut hosts = self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= KNOWN {
            hosts.retain(|_, host| Arc::strong_count(host) > 1);
        }
        hosts.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.0.limits.per_host))).clone()
    }

    async fn hop(&self, client: &Client, address: &Url, job: &Job) -> Result<Hop, FetchError> {
        let mut request = client.get(address.clone()).header(ACCEPT, job.wants.accept());
        let validators = &job.validators;
        for (name, value) in [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)] {
            if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
                request = request.header(name, value);
            }
        }
        let again = request.try_clone();
        let sent = match (request.send().await, again) {
            // A server may close a connection that it kept for us in the moment in which we use it.
            (Err(error), Some(again)) if error.is_request() && !error.is_connect() && !error.is_timeout() => {
                again.send().await
            }
            (sent, _) => sent,
        };
        let response = sent.map_err(|error| in_words(&error, address))?;
        let headers = response.headers().clone();
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Hop::Unchanged(headers)),
            StatusCode::GONE => Err(FetchError::Gone),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Err(FetchError::Busy { retry_after: answer::retry_after(&headers, Timestamp::now()) })
            }
            status if status.is_success() => Ok(Hop::Body { headers, body: self.body(response, job.wants).await? }),
            status @ (StatusCode::MOVED_PERMANENTLY
            | StatusCode::PERMANENT_REDIRECT
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT) => {
                let location = answer::text(&headers, LOCATION).ok_or(FetchError::Status(status.as_u16()))?;
                let to = address.join(location).map_err(|_| FetchError::BadAddress(location.to_owned()))?;
                let for_good = matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
                Ok(Hop::Redirect { to: web_address(to.as_str())?, for_good })
            }
            status => Err(FetchError::Status(status.as_u16())),
        }
    }

    async fn body(&self, mut response: Response, wants: Wants) -> Result<Vec<u8>, FetchError> {
        let most = wants.most(self.0.limits.wire);
        let too_large = Err(FetchError::TooLarge(most));
        if response.content_length().is_some_and(|length| length > most as u64) {
            return too_large;
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| FetchError::Broken)? {
            if body.len() + chunk.len() > most {
                return too_large;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    async fn unpack(
        &self,
        headers: &HeaderMap,
        body: Vec<u8>,
        address: &Url,
        wants: Wants,
    ) -> Result<Page, FetchError> {
        let (next, unlisted) = (answer::next(headers, address), answer::unlisted(headers));
        let (address, charset) = (address.to_string(), answer::charset(headers));
        let encoding = answer::text(headers, CONTENT_ENCODING).unwrap_or_default().to_owned();
        let most = wants.most(self.0.limits.inflated);
        let small = body.len() <= QUICK / 8 || encoding.is_empty();
        let body = beside(small, move || inflate(&encoding, body, most)).await?.map_err(|trouble| match trouble {
            Trouble::TooLarge => FetchError::TooLarge(most),
            Trouble::Broken => FetchError::Broken,
        })?;
        if body.len() > most {
            Err(FetchError::TooLarge(most))
        } else {
            Ok(Page { body, address, charset, next, unlisted })
        }
    }
}

/// Reads a page as a feed.
pub(super) async fn read(page: Page) -> Result<Feed, FetchError> {
    let small = page.body.len() <= QUICK;
    Ok(beside(small, move || parse_as(&page.body, &page.address, page.charset.as_deref())).await??)
}

/// Runs small work here and large work on a thread of its own.
async fn beside<T: Send + 'static>(small: bool, work: impl FnOnce() -> T + Send + 'static) -> Result<T, FetchError> {
    if small { Ok(work()) } else { tokio::task::spawn_blocking(work).await.map_err(|_| FetchError::Broken) }
}

fn web_address(text: &str) -> Result<Url, FetchError> {
    let bad = || FetchError::BadAddress(text.to_owned());
    let url = Url::parse(text.trim()).map_err(|_| bad())?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(bad()) }
}

fn in_words(error: &reqwest::Error, address: &Url) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.is::<LeadsHome>() {
            return FetchError::LeadsHome(address.to_string());
        }
        cause = current.source();
    }
    tracing::debug!(%address, error = error as &dyn Error, "a request failed");
    if error.is_connect() || error.is_timeout() {
        FetchError::Unreachable(address.host_str().unwrap_or_default().to_owned())
    } else {
        FetchError::Broken
    }
}

#[cfg(test)]
mod tests;
