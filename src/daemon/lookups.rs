//! Looking people up: one client for as long as the home is open, and the memory of it in the store.

use jiff::Timestamp;

use super::home::Home;
use crate::{api::Error, social::Client};

impl Home {
    /// The client of all look-ups. It remembers what was looked up before, also by an earlier process.
    pub fn social(&self) -> Result<Client, Error> {
        if let Some(client) = self.social.get() {
            return Ok(client.clone());
        }
        let known = self.replica.store().lookups(Timestamp::now()).unwrap_or_else(|error| {
            tracing::warn!(%error, "earlier look-ups could not be read; they are made again");
            Vec::new()
        });
        let client = Client::new(self.fetcher()?, &self.config.endpoints, known);
        Ok(self.social.get_or_init(|| client).clone())
    }

    /// Writes down what was looked up. What cannot be written is only looked up once more.
    pub(super) fn keep_lookups(&mut self, now: Timestamp) {
        let learnt = self.social.get().map(Client::take_unsaved).unwrap_or_default();
        if !learnt.is_empty()
            && let Err(error) = self.replica.store_mut().save_lookups(&learnt, now)
        {
            tracing::warn!(%error, "look-ups could not be kept");
        }
    }
}
