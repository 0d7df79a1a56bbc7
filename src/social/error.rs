//! Why a look-up gave nothing, in words for the author.

use std::time::Duration;

use crate::feed::FetchError;

/// Why a look-up gave nothing: what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    #[error("{0} cannot be reached; is this laptop online? Ask again when it is")]
    Unreachable(String),
    #[error("{host} asks us to wait{}; ask again then, what was found so far is kept", in_words(*.wait))]
    Busy { host: String, wait: Duration },
    #[error("{0} does not know this address")]
    Nothing(String),
    #[error("{0} shows this only to people who are logged in")]
    Closed(String),
    #[error("{host} has trouble of its own ({status}); ask again later")]
    Trouble { host: String, status: u16 },
    #[error("{0} took too long; ask again, it goes on where it was")]
    Slow(String),
    #[error("{0} answered more than an answer should be; it was not read")]
    TooLarge(String),
    #[error("{0} answered something that we do not understand")]
    Odd(String),
    #[error("{0} leads to a private address, which could be a trick; if it is yours, enter that address itself")]
    LeadsHome(String),
    #[error("\"{0}\" is no address that can be looked up")]
    NoAddress(String),
}

impl LookupError {
    /// Nobody can be asked now: there is no point in asking the next.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, LookupError::Unreachable(_))
    }

    pub(super) fn of(error: FetchError, host: String) -> LookupError {
        match error {
            FetchError::Unreachable(_) | FetchError::TooSlow(_) | FetchError::Broken => LookupError::Unreachable(host),
            FetchError::Busy { retry_after } => {
                LookupError::Busy { host, wait: retry_after.unwrap_or(super::memory::USUAL_REST) }
            }
            FetchError::Status(status) => LookupError::of_status(status, host),
            FetchError::Gone => LookupError::Nothing(host),
            FetchError::TooLarge(_) => LookupError::TooLarge(host),
            FetchError::LeadsHome(_) => LookupError::LeadsHome(host),
            FetchError::BadAddress(address) => LookupError::NoAddress(address),
            FetchError::TooManyRedirects(_) | FetchError::NotAFeed(_) => LookupError::Odd(host),
        }
    }

    /// Bluesky says 400 of an actor it does not know, and Mastodon 422 where it wants a token.
    pub(super) fn of_status(status: u16, host: String) -> LookupError {
        match status {
            400 | 404 | 410 => LookupError::Nothing(host),
            401 | 403 | 422 => LookupError::Closed(host),
            _ => LookupError::Trouble { host, status },
        }
    }
}

fn in_words(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        0 => String::new(),
        1 => " a minute".to_owned(),
        minutes @ 2..120 => format!(" {minutes} minutes"),
        minutes => format!(" {} hours", minutes / 60),
    }
}
