//! Whose turn it is: the day's person first, then everybody in order, a few an hour and nobody twice a day. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Brought, mastodon};
use crate::{
    domain::{Id, id::stable_hash, network::Network},
    social::LookupError,
};

/// People of one round: as many as Bluesky shows at once.
pub const PEOPLE: usize = 25;
/// Between two rounds.
const BETWEEN: SignedDuration = SignedDuration::from_hours(1);
/// Nobody's turn comes again before this. Less than a day, or it would come later each day.
const AGAIN: SignedDuration = SignedDuration::from_hours(22);

/// Where the rounds stand on this device. What cannot be read begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The author's own handle on each network, and why it could not be looked up the last time.
    pub own: BTreeMap<String, Own>,
    /// No round before this.
    pub next: Option<Timestamp>,
    /// Whose turn was last.
    pub after: Option<Id>,
    /// When the first in order had their turn.
    pub began: Option<Timestamp>,
    /// The day's person who had their turn already.
    pub person: Option<(Date, Id)>,
    /// Of the day's person Bluesky said whether the author follows them.
    pub is_known: bool,
    /// The author's own lists.
    pub lists: BTreeMap<String, Reading>,
}

/// The author's own handle on a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Own {
    pub handle: String,
    pub problem: Option<String>,
    /// The network does not know the handle at all.
    pub is_unknown: bool,
}

/// A long list that is read a few pages at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Where it goes on.
    pub next: Option<String>,
    /// People of the book who were in it so far.
    pub seen: BTreeSet<Id>,
    /// How many were in it in all.
    pub read: u64,
    /// When it was read to its end.
    pub ended: Option<Timestamp>,
}

impl Reading {
    /// It was read to its end not long ago, and shows what is in it.
    #[must_use]
    pub fn is_whole(&self, now: Timestamp) -> bool {
        self.read > 0 && self.ended.is_some_and(|at| now.duration_since(at).abs() <= AGAIN * 2)
    }

    /// It is time to read it again, or to go on.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next.is_some() || self.ended.is_none_or(|at| now.duration_since(at).abs() >= AGAIN)
    }
}

impl State {
    /// A round may begin.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        // A time too far ahead is from a clock that was wrong.
        self.next.is_none_or(|next| next <= now || next.duration_since(now) > BETWEEN * 2)
    }

    /// After a round, on this device: laptops do not ask in step.
    pub fn rest(&mut self, device: &Id, now: Timestamp) {
        let share = i64::try_from(stable_hash(&["relations", device.as_str()]) % 900).unwrap_or_default();
        self.next = now.checked_add(BETWEEN + SignedDuration::from_secs(share)).ok();
    }

    /// Takes in what a round brought, for the author's own handles as they are now.
    pub fn learn(&mut self, own: &BTreeMap<Network, String>, brought: &Brought) {
        self.lists.clone_from(&brought.lists);
        self.is_known |= self.person.as_ref().is_some_and(|(_, id)| brought.known.contains(id));
        self.own = own
            .iter()
            .map(|(network, handle)| {
                let trouble = brought.own.get(network).and_then(Option::as_ref);
                let own = Own {
                    handle: handle.clone(),
                    problem: trouble.map(LookupError::to_string),
                    is_unknown: matches!(trouble, Some(LookupError::Nothing(_) | LookupError::NoAddress(_))),
                };
                (network.as_str().to_owned(), own)
            })
            .collect();
    }

    /// What is known of other handles of the author's says nothing: it begins anew.
    #[must_use]
    pub fn of(self, own: &BTreeMap<Network, String>) -> State {
        let is_same = |(network, known): (&String, &Own)| {
            own.iter().any(|(now, handle)| now.as_str() == network && *handle == known.handle)
        };
        if self.own.len() == own.len() && self.own.iter().all(is_same) {
            return self;
        }
        let anew = |(network, handle): (&Network, &String)| {
            (network.as_str().to_owned(), Own { handle: handle.clone(), ..Own::default() })
        };
        State { own: own.iter().map(anew).collect(), ..State::default() }
    }

    /// It was looked up lately whether the author follows somebody on a network.
    #[must_use]
    pub fn is_known(&self, network: Network, contact: &Id, today: Date, now: Timestamp) -> bool {
        match network {
            Network::Bluesky => self.is_known && self.person.as_ref() == Some(&(today, contact.clone())),
            Network::Mastodon => self.lists.get(mastodon::FOLLOWING).is_some_and(|list| list.is_whole(now)),
            _ => false,
        }
    }

    /// The day's person has their turn; whether it is their first today.
    pub fn meet(&mut self, person: &Id, today: Date) -> bool {
        let todays = Some((today, person.clone()));
        let is_first = self.person != todays;
        if is_first {
            (self.person, self.is_known) = (todays, false);
        }
        is_first
    }

    /// Whose turn it is among these people, who are in the order of their ids; and where that leaves us.
    #[must_use]
    pub fn turn(&self, people: &[Id], person: Option<&Id>, today: Date, now: Timestamp) -> (Vec<Id>, State) {
        let mut next = self.clone();
        let mut turn = Vec::new();
        if let Some(person) = person.filter(|person| people.binary_search(person).is_ok())
            && next.meet(person, today)
        {
            turn.push(person.clone());
        }
        let mut from = people.partition_point(|id| self.after.as_ref().is_some_and(|after| id <= after));
        if from == people.len() {
            from = 0;
        }
        if from == 0 {
            let is_early =
                self.began.is_some_and(|began| (SignedDuration::ZERO..AGAIN).contains(&now.duration_since(began)));
            if is_early {
                return (turn, next);
            }
            next.began = Some(now);
        }
        let others = people.get(from..).unwrap_or_default().iter().take(PEOPLE - turn.len());
        next.after = others.clone().next_back().cloned().or(next.after);
        turn.extend(others.filter(|id| person != Some(id)).cloned());
        (turn, next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hours * 3600).unwrap()
    }

    fn people(count: usize) -> Vec<Id> {
        (0..count).map(|n| format!("p{n:05}").into()).collect()
    }

    fn today() -> Date {
        jiff::civil::date(2026, 11, 22)
    }

    #[test]
    fn the_days_person_comes_first_and_once() {
        let people = people(3);
        let (turn, state) = State::default().turn(&people, Some(&people[2]), today(), at(0));
        assert_eq!(turn, [people[2].clone(), people[0].clone(), people[1].clone()]);
        let (turn, _) = state.turn(&people, Some(&people[2]), today(), at(1));
        assert_eq!(turn, []);
        let (turn, _) = state.turn(&people, Some(&people[1]), today(), at(1));
        assert_eq!(turn, [people[1].clone()], "somebody else was asked for");
    }

    #[test]
    fn a_round_waits_for_its_hour_and_a_wrong_clock_stops_nothing() {
        let mut state = State::default();
        assert!(state.is_due(at(0)));
        state.rest(&"laptop".into(), at(0));
        assert_eq!((state.is_due(at(0)), state.is_due(at(2)), state.is_due(at(-24))), (false, true, true));
    }

    proptest! {
        #[test]
        fn everybody_has_their_turn_and_nobody_twice_a_day(count in 0_usize..120, hours in 1_i64..100) {
            let people = people(count);
            let mut state = State::default();
            let mut turns: BTreeMap<Id, Vec<i64>> = BTreeMap::new();
            for hour in 0..hours {
                let (turn, next) = state.turn(&people, None, today(), at(hour));
                prop_assert!(turn.len() <= PEOPLE);
                turn.into_iter().for_each(|id| turns.entry(id).or_default().push(hour));
                state = next;
            }
            for hours in turns.values() {
                prop_assert!(hours.windows(2).all(|pair| pair[1] - pair[0] >= 22), "{hours:?}");
            }
            let reached = usize::try_from(hours).unwrap() * PEOPLE;
            prop_assert_eq!(turns.len(), count.min(reached));
        }

        #[test]
        fn any_text_is_a_state_or_none(text in "\\PC{0,200}") {
            _ = serde_json::from_str::<State>(&text);
        }
    }
}
