//! Relationships that track themselves: when to look, about whom, and what to keep of it.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use super::{errand::Errand, home::Home};
use crate::{
    api::Error,
    domain::{Contact, Id, bond::OPEN, evidence, network::Network},
    social::relations::{Brought, Names, Person, Round, State},
};

/// The name under which the store keeps where the rounds stand.
const KEY: &str = "relations";

impl Home {
    /// The round whose time has come. From now on it counts as made: one that was broken off is not made twice an hour.
    pub(super) fn relations_due(&mut self, now: Timestamp) -> Option<Errand> {
        let state = self.relations();
        if self.book().refuses_writes() || !state.is_due(now) {
            return None;
        }
        self.relations_errand(now, None)
    }

    /// A round about one person, or about those whose turn it is; nothing where the author has no handle to look from.
    pub(super) fn relations_errand(&mut self, now: Timestamp, only: Option<&Id>) -> Option<Errand> {
        let (own, mut state) = (self.own_handles(), self.relations());
        let today = self.clock(now).date();
        let people: Vec<&Contact> = self.book().people().filter(|contact| is_open(contact, today)).collect();
        if own.is_empty() || people.is_empty() {
            return None;
        }
        let todays = self.book().person(today).ok().map(|chosen| chosen.contact);
        let turn = match only {
            Some(id) => {
                // Out of turn is a turn too: what is found of the day's person is known today.
                if todays.as_ref() == Some(id) {
                    _ = state.meet(id, today);
                }
                vec![id.clone()]
            }
            None => {
                let ids: Vec<Id> = people.iter().map(|contact| contact.id.clone()).collect();
                let (turn, next) = state.turn(&ids, todays.as_ref(), today, now);
                state = next;
                turn
            }
        };
        let asked = turn.iter().filter_map(|id| self.book().contact(id)).map(person).collect();
        let names = Names::of(people);
        state.rest(&self.device, now);
        let round = Round { now, today, own, names, people: asked, lists: state.lists.clone() };
        let client = self.social().ok()?;
        self.keep_state(&state).ok()?;
        Some(Errand::Relations { client, round: Box::new(round) })
    }

    /// Writes down what a round brought that the book does not know.
    pub(super) fn take_relations(&mut self, now: Timestamp, brought: Brought) -> Result<(), Error> {
        let (own, mut state) = (self.own_handles(), self.relations());
        state.learn(&own, &brought);
        // What was found is kept first: a list that counts as read must not have been read for nothing.
        let changes = evidence::news(self.book(), brought.evidence, self.clock(now).date());
        if !changes.is_empty() {
            self.commit(&changes)?;
        }
        self.keep_state(&state)
    }

    /// Where the rounds stand.
    pub(super) fn relations(&self) -> State {
        let kept = self.replica.store().device_get(KEY).ok().flatten();
        let state: State = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        state.of(&self.own_handles())
    }

    /// It was looked up lately whether the author follows somebody on a network.
    pub(super) fn knows_follow(&self, now: Timestamp, today: Date, network: Network, contact: &Id) -> bool {
        self.relations().is_known(network, contact, today, now)
    }

    fn own_handles(&self) -> BTreeMap<Network, String> {
        let handle = |(network, _)| Some((network, self.book().settings.handle_on(network)?.to_owned()));
        OPEN.into_iter().filter_map(handle).collect()
    }

    fn keep_state(&mut self, state: &State) -> Result<(), Error> {
        let failed = |why: String| Error::failed(why);
        let text = serde_json::to_string(state).map_err(|error| failed(error.to_string()))?;
        self.replica.store_mut().device_set(KEY, Some(&text)).map_err(|error| failed(error.to_string()))
    }
}

/// Somebody who can be looked up, and is not to be left in peace.
fn is_open(contact: &Contact, today: Date) -> bool {
    contact.is_welcome(today) && OPEN.iter().any(|(network, _)| contact.handles.contains_key(network.as_str()))
}

fn person(contact: &Contact) -> Person {
    let handle = |(network, _): (Network, &str)| Some((network, contact.handles.get(network.as_str())?.clone()));
    Person { id: contact.id.clone(), handles: OPEN.into_iter().filter_map(handle).collect() }
}
