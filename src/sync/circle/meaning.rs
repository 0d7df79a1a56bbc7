//! What the statements mean, seen from one device: who was removed, and who is left.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Removed,
    statement::{Statement, What},
};
use crate::sync::Key;

#[derive(Clone, Debug, Default)]
pub struct Meaning {
    pub removed: BTreeMap<Key, Removed>,
    pub members: BTreeSet<Key>,
    pub left_out: bool,
}

impl Meaning {
    pub fn of(statements: &[Statement], me: &Key) -> Meaning {
        let known = distances(statements, me);
        let mut removed: BTreeMap<Key, Removed> = BTreeMap::new();
        let mut kept: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
        for said in statements.iter().filter(|said| known.contains_key(&said.by)) {
            let What::Removal { device, at, keep } = &said.what else { continue };
            let (by, at) = (said.by, *at);
            let first = removed.entry(*device).or_insert(Removed { by, at });
            if (at, by) < (first.at, first.by) {
                *first = Removed { by, at };
            }
            let keeps = |key: &Key| *key == by || keep.contains(key);
            match kept.get_mut(device) {
                Some(kept) => kept.retain(keeps),
                None => _ = kept.insert(*device, keep.iter().copied().chain([by]).collect()),
            }
        }
        if removed.contains_key(me) {
            return Meaning { removed, ..Meaning::default() };
        }
        let members = Links { of: links(statements, me), kept: &kept }.reach(me);
        let stays = |key: &&Key| *key != me && !removed.contains_key(*key);
        let left_out = members.is_empty() && known.keys().any(|key| stays(&key));
        Meaning { removed, members, left_out }
    }
}

/// Who is known, from here, over welcomes, and over how many: removals change nothing about it.
pub fn distances(statements: &[Statement], me: &Key) -> BTreeMap<Key, usize> {
    let mut welcomes: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for said in statements {
        if let What::Welcome { device } = said.what {
            welcomes.entry(said.by).or_default().push(device);
        }
    }
    let mut known = BTreeMap::from([(*me, 0)]);
    let mut next = VecDeque::from([(*me, 0)]);
    while let Some((key, far)) = next.pop_front() {
        for other in welcomes.get(&key).into_iter().flatten() {
            if !known.contains_key(other) {
                known.insert(*other, far + 1);
                next.push_back((*other, far + 1));
            }
        }
    }
    known
}

/// Who welcomed each other.
fn links(statements: &[Statement], me: &Key) -> BTreeMap<Key, BTreeSet<Key>> {
    let welcome = |said: &Statement| match said.what {
        What::Welcome { device } => Some((said.by, device)),
        What::Removal { .. } | What::Unknown => None,
    };
    let welcomes: BTreeSet<(Key, Key)> = statements.iter().filter_map(welcome).collect();
    let mut links: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    for (by, device) in &welcomes {
        if by == me || welcomes.contains(&(*device, *by)) {
            links.entry(*by).or_default().insert(*device);
        }
    }
    links
}

struct Links<'a> {
    of: BTreeMap<Key, BTreeSet<Key>>,
    /// Of everybody who was removed: who all its removers kept.
    kept: &'a BTreeMap<Key, BTreeSet<Key>>,
}

impl Links<'_> {
    fn reach(&self, me: &Key) -> BTreeSet<Key> {
        let mut left: BTreeSet<Key> = self.of.values().flatten().copied().collect();
        left.retain(|key| key != me && !self.kept.contains_key(key));
        let mut members = BTreeSet::new();
        let mut next = vec![*me];
        while let Some(from) = next.pop() {
            let found: Vec<Key> = left.iter().filter(|to| self.join(&from, to)).copied().collect();
            left.retain(|key| !found.contains(key));
            members.extend(found.iter().copied());
            next.extend(found);
        }
        members
    }

    /// Whether two who stay are linked: directly, or through removed devices whose removers kept both.
    fn join(&self, from: &Key, to: &Key) -> bool {
        let keeps_both = |key: &Key| self.kept.get(key).is_some_and(|kept| kept.contains(from) && kept.contains(to));
        let mut seen = BTreeSet::new();
        let mut next = vec![*from];
        while let Some(at) = next.pop() {
            for other in self.of.get(&at).into_iter().flatten() {
                if other == to {
                    return true;
                }
                if keeps_both(other) && seen.insert(*other) {
                    next.push(*other);
                }
            }
        }
        false
    }
}
