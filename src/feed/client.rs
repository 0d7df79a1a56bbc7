//! How we present ourselves to servers, and what a fetch may cost.

use std::time::Duration;

use reqwest::{
    Client, ClientBuilder,
    header::{ACCEPT_ENCODING, HeaderValue},
    redirect::Policy,
};

use super::inflate::ACCEPTED;

/// What a fetch may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one body over the wire.
    pub wire: usize,
    /// Bytes of one body after decompression.
    pub inflated: usize,
    /// One feed, redirects included, without the time it waited for its turn.
    pub total: Duration,
    pub connect: Duration,
    pub redirects: usize,
    /// Connections to one host and port.
    pub per_host: usize,
    /// Connections in all.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            wire: super::INPUT,
            inflated: super::INPUT,
            total: Duration::from_secs(20),
            connect: Duration::from_secs(5),
            redirects: 5,
            per_host: 2,
            at_once: 48,
        }
    }
}

/// Who we are, and what we may.
#[derive(Clone, Debug, Default)]
pub struct FetchOptions {
    /// How a site's owner can reach the author; sent with every request unless empty.
    pub contact_address: String,
    pub limits: Limits,
}

/// What both of a fetcher's clients have in common.
pub(super) fn client(options: &FetchOptions) -> ClientBuilder {
    let usual = [(ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED))];
    let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let signed = format!("{name} (+{})", options.contact_address.trim());
    let can_sign = !options.contact_address.trim().is_empty() && HeaderValue::from_str(&signed).is_ok();
    Client::builder()
        .user_agent(if can_sign { &signed } else { name })
        .default_headers(usual.into_iter().collect())
        .redirect(Policy::none())
        .connect_timeout(options.limits.connect)
        .pool_max_idle_per_host(options.limits.per_host)
        .pool_idle_timeout(Duration::from_secs(15))
        .referer(false)
        // We inflate ourselves: reqwest would count neither size.
        .no_gzip()
        .no_brotli()
        .no_deflate()
}
