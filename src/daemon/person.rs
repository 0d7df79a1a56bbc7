//! People who are not in the book: what was found of them is kept on this device for a while, so that a look before
//! adding somebody, and the adding itself, ask the network once.

use jiff::{SignedDuration, Timestamp};

use super::{errand::Errand, home::Home};
use crate::{
    api::{Error, ErrorKind, Next},
    social::{LookupError, discover::Gathered, person::Person},
    store::lookups::Lookup,
};

/// How long what was found of somebody counts as known.
const PERSON_HOLDS: SignedDuration = SignedDuration::from_hours(1);
/// How long candidates are kept: who is not decided on by then is found again.
const CANDIDATES_HOLD: SignedDuration = SignedDuration::from_hours(7 * 24);

fn person_key(address: &str) -> String {
    format!("person {}", address.trim())
}

impl Home {
    /// Looks somebody up, unless that was done lately.
    pub(super) fn person_errand(&self, now: Timestamp, address: &str) -> Option<Errand> {
        if self.known_person(now, address).is_some() {
            return None;
        }
        Some(Errand::Person { client: self.social().ok()?, address: address.to_owned() })
    }

    fn known_person(&self, now: Timestamp, address: &str) -> Option<Person> {
        self.kept(now, &person_key(address))
    }

    /// What the errand found of somebody.
    pub(super) fn person_at(&mut self, now: Timestamp, address: &str) -> Result<Person, Error> {
        if let Some(error) = self.not_found.remove(address) {
            return Err(in_words(&error, address));
        }
        let nobody = || Error::failed(format!("nothing is known of {address}; ask again"));
        self.known_person(now, address).ok_or_else(nobody)
    }

    pub(super) fn keep_person(&mut self, now: Timestamp, address: String, result: Result<Person, LookupError>) {
        match result {
            Ok(person) => self.keep_as(now, person_key(&address), PERSON_HOLDS, &person),
            Err(error) => _ = self.not_found.insert(address, error),
        }
    }

    /// Keeps who was found; a search that found nobody leaves those who were found before.
    pub(super) fn keep_candidates(&mut self, now: Timestamp, key: &str, gathered: Gathered) {
        let before: Gathered = self.kept(now, key).unwrap_or_default();
        let mut after = gathered;
        for old in before.candidates {
            match after.candidates.iter_mut().find(|candidate| candidate.id == old.id) {
                Some(candidate) => candidate.shown = old.shown,
                // Nobody is lost to a search that was broken off.
                None if !after.troubles.is_empty() => after.candidates.push(old),
                None => {}
            }
        }
        self.keep_as(now, key.to_owned(), CANDIDATES_HOLD, &after);
    }

    /// Something that was kept under a key, in the form it was kept in.
    pub(super) fn kept<T: serde::de::DeserializeOwned>(&self, now: Timestamp, key: &str) -> Option<T> {
        let row = self.replica.store().lookup(key, now).ok()??;
        serde_json::from_str(&row.said).ok()
    }

    pub(super) fn keep_as<T: serde::Serialize>(
        &mut self,
        now: Timestamp,
        key: String,
        holds: SignedDuration,
        what: &T,
    ) {
        let said = serde_json::to_string(what).unwrap_or_default();
        let row = Lookup { key, said, at: now, until: now.saturating_add(holds).unwrap_or(Timestamp::MAX) };
        if let Err(error) = self.replica.store_mut().save_lookups(&[row], now) {
            tracing::warn!(%error, "what was found could not be kept");
        }
    }
}

/// A look-up's failure as an answer: what was asked, why not, and what to do next.
pub(super) fn in_words(error: &LookupError, address: &str) -> Error {
    let message = format!("{address}: {error}");
    match error {
        LookupError::Nothing(_) => Error::new(ErrorKind::NotFound, message).hint(Next::ByName),
        LookupError::LeadsHome(_) | LookupError::TooLarge(_) => Error::new(ErrorKind::Refused, message),
        LookupError::NoAddress(_) => Error::usage(message)
            .hint("such as https://their.site, @user@host, name.bsky.social, or a link to a profile"),
        _ => Error::failed(message).hint(Next::ByName),
    }
}
