//! Relationships that track themselves: what anybody can see between the author and the people of the book.
//!
//! A round asks first what covers everybody at once (the author's own lists, posts, and what came back on them), then
//! a few people one by one: those whose turn it is. Whatever fails is simply not known this time; only a list
//! that was read to its end can tell that somebody is no longer in it.

mod bluesky;
mod mastodon;
mod turn;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub use turn::{Own, Reading, State};

use super::{Client, LookupError};
use crate::domain::{Contact, Deed, Evidence, Id, network::Network};

/// Of the author's posts so many are looked at for what came back, the newest first.
const OWN_POSTS: usize = 10;
/// Of a contact's posts so many are looked at for a like of the author's.
const THEIR_POSTS: usize = 2;
/// Who liked or shared a post is read so far: nobody is found among the thousands under a famous post, and need not be.
const NAMES_READ: usize = 160;
/// A post of the author's that is older brings nothing back.
const OWN_DAYS: i64 = 14;
/// A contact's post that is older is not looked at.
const THEIR_DAYS: i64 = 30;

/// What one round is about.
#[derive(Clone, Debug, Default)]
pub struct Round {
    pub now: Timestamp,
    /// Where the author is.
    pub today: Date,
    /// The author's own handles.
    pub own: BTreeMap<Network, String>,
    /// Everybody who may be looked up.
    pub names: Names,
    /// Whose turn it is, the day's person first.
    pub people: Vec<Person>,
    /// The author's lists, as far as they were read before.
    pub lists: BTreeMap<String, Reading>,
}

/// Somebody whose turn it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub id: Id,
    pub handles: BTreeMap<Network, String>,
}

/// What a round brought.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    pub evidence: Vec<Evidence>,
    /// The author's lists, as far as they are read now.
    pub lists: BTreeMap<String, Reading>,
    /// How it went with the author's own handle on each network: why it could not be looked up, if it could not.
    pub own: BTreeMap<Network, Option<LookupError>>,
    /// Of these people Bluesky said whether the author follows them.
    pub known: BTreeSet<Id>,
}

/// Whom the book knows under which handle.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<(Network, String), Id>);

impl Names {
    /// The handles of these people on networks that can be looked up.
    pub fn of<'a>(people: impl IntoIterator<Item = &'a Contact>) -> Names {
        let mut names = HashMap::new();
        for contact in people {
            for network in [Network::Bluesky, Network::Mastodon] {
                if let Some(handle) = contact.handles.get(network.as_str()) {
                    names.insert((network, bare(handle)), contact.id.clone());
                }
            }
        }
        Names(names)
    }

    fn id(&self, network: Network, handle: &str) -> Option<&Id> {
        self.0.get(&(network, bare(handle)))
    }

    fn all(&self, network: Network) -> impl Iterator<Item = &Id> {
        self.0.iter().filter(move |((on, _), _)| *on == network).map(|(_, id)| id)
    }
}

/// A handle as it is compared: networks do not tell capitals apart.
fn bare(handle: &str) -> String {
    handle.trim().trim_start_matches('@').to_lowercase()
}

/// Asks one round. It always ends, within the budget of each host, and never fails as a whole.
pub async fn ask(client: &Client, round: Round) -> Brought {
    let mut brought = Brought { lists: round.lists.clone(), ..Brought::default() };
    for (network, own) in &round.own {
        let asked = match network {
            Network::Bluesky => bluesky::ask(client, &round, own, &mut brought).await,
            Network::Mastodon => mastodon::ask(client, &round, own, &mut brought).await,
            _ => continue,
        };
        brought.own.insert(*network, asked.err());
    }
    brought
}

/// A post may be gone since, or be shown to nobody; a host that is down or busy is not asked on.
fn stop_where_nobody_answers(error: Option<LookupError>) -> Result<(), LookupError> {
    match error {
        Some(error @ (LookupError::Unreachable(_) | LookupError::Busy { .. } | LookupError::Trouble { .. })) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// A post on which something may have come back, or which the author may have liked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Post {
    /// What its network knows it by.
    id: String,
    url: String,
    date: Date,
    likes: u64,
    boosts: u64,
    replies: u64,
}

impl Round {
    fn evidence(&self, network: Network, contact: &Id, deed: Deed, date: Date, url: &str) -> Evidence {
        let (contact, network, url) = (contact.clone(), network.as_str().to_owned(), url.to_owned());
        Evidence { contact, network, deed, date, url, ended: None }
    }

    fn over(&self, network: Network, contact: &Id, deed: Deed) -> Evidence {
        Evidence { ended: Some(self.today), ..self.evidence(network, contact, deed, self.today, "") }
    }

    /// Younger than so many days; clocks differ.
    fn is_within(&self, at: Timestamp, days: i64) -> bool {
        self.now.duration_since(at).as_hours() < days * 24
    }
}

/// The same date on every laptop, wherever it is.
fn date_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
