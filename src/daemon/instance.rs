//! What the author's own Mastodon instance allows: looked up once a week, and kept on this device.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{errand::Errand, home::Home};
use crate::{api::Error, social::mastodon};

/// The name under which the store keeps it.
const KEY: &str = "instance";
/// How long an answer holds, and how long a failure does.
const HOLDS: SignedDuration = SignedDuration::from_hours(7 * 24);
const RETRY: SignedDuration = SignedDuration::from_hours(24);

/// What an instance said when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    address: String,
    /// Characters of a post; nothing where it gave no answer that we understand.
    limit: Option<usize>,
    at: Timestamp,
}

/// `configuration.statuses.max_characters` of an answer to `GET /api/v2/instance`.
pub(super) fn max_characters(body: &[u8]) -> Option<usize> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let most = answer.pointer("/configuration/statuses/max_characters")?.as_u64()?;
    usize::try_from(most).ok()
}

impl Home {
    /// Asks the instance of a handle (`@you@host`), unless it was asked lately.
    pub(super) fn instance_errand(&self, now: Timestamp, handle: &str) -> Option<Errand> {
        let address = self.instance_address(handle)?;
        let lately = self.instance_said().is_some_and(|said| {
            let holds = if said.limit.is_some() { HOLDS } else { RETRY };
            said.address == address && now.duration_since(said.at).abs() < holds
        });
        (!lately).then_some(Errand::Instance { address })
    }

    /// What the author's own instance allows, where it is known. It may lie: whoever counts holds it to reason.
    pub(super) fn instance_limit(&self) -> Option<usize> {
        let address = self.instance_address(&self.book().settings.mastodon)?;
        self.instance_said().filter(|said| said.address == address)?.limit
    }

    /// Keeps what an instance said.
    pub(super) fn keep_instance(&mut self, now: Timestamp, address: String, limit: Option<usize>) -> Result<(), Error> {
        let failed = |why: String| Error::failed(why);
        let said =
            serde_json::to_string(&Said { address, limit, at: now }).map_err(|error| failed(error.to_string()))?;
        self.replica.store_mut().device_set(KEY, Some(&said)).map_err(|error| failed(error.to_string()))
    }

    fn instance_said(&self) -> Option<Said> {
        let said = self.replica.store().device_get(KEY).ok()??;
        serde_json::from_str(&said).ok()
    }

    /// Where the author's own instance answers.
    pub(super) fn instance(&self) -> Option<Url> {
        self.instance_of(&self.book().settings.mastodon)
    }

    /// The instance is where drafts are opened: the endpoint of `config.toml`, else the host of the author's handle.
    fn instance_of(&self, handle: &str) -> Option<Url> {
        match &self.config.endpoints.mastodon {
            Some(share) => Url::parse(share).ok()?.join("/").ok(),
            None => mastodon::base(handle.trim_start_matches('@').split_once('@')?.1),
        }
    }

    fn instance_address(&self, handle: &str) -> Option<String> {
        self.instance_of(handle)?.join("/api/v2/instance").ok().map(Url::into)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::max_characters;

    #[test]
    fn the_limit_is_where_mastodon_puts_it() {
        let answer = br#"{"domain":"a.example","configuration":{"statuses":{"max_characters":11000}}}"#;
        assert_eq!(max_characters(answer), Some(11_000));
        for odd in ["", "[]", "{}", r#"{"configuration":{"statuses":{"max_characters":-1}}}"#, "<html>"] {
            assert_eq!(max_characters(odd.as_bytes()), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            _ = max_characters(&bytes);
        }
    }
}
