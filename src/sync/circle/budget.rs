//! How much one device remembers, so that a member who says things without end can neither fill it nor drown the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    distances,
    statement::{Statement, What},
};
use crate::sync::Key;

/// The longest encoded list of statements, in bytes: a hello holds it in Base64. A real circle has some forty.
pub const MAX_ENCODED: usize = 46 << 10;
/// The most that is kept of what one device said, in bytes: some forty statements.
const MAX_BY_ONE: usize = 6 << 10;

/// Drops what is too much: whoever is fewer welcomes away from here is heard first; those who are equally far speak in
/// turns, of removals before welcomes, and in each turn the short before the long.
///
/// An honest device is hardly farther than a thief's, and the keys that a thief invents are all behind the thief's own:
/// what they say in one turn fits, so a removal by an honest device is never drowned.
pub fn keep_within(statements: &mut Vec<Statement>, me: &Key) {
    if length(statements.iter()) < MAX_ENCODED {
        return;
    }
    let known = distances(statements, me);
    let mut by: BTreeMap<Key, Vec<(usize, &Statement)>> = BTreeMap::new();
    for (at, said) in statements.iter().enumerate() {
        by.entry(said.by).or_default().push((at, said));
    }
    let mut ranked = Vec::new();
    for (key, mut said) in by {
        said.sort_by_key(|(_, said)| !matches!(said.what, What::Removal { .. }));
        let mut left = MAX_BY_ONE;
        let mine = said.into_iter().enumerate().map_while(|(turn, (at, said))| {
            left = left.checked_sub(said.bytes().len())?;
            Some((known.get(&key).copied().unwrap_or(usize::MAX), turn, said.bytes().len(), at))
        });
        ranked.extend(mine);
    }
    ranked.sort_unstable();
    let mut left = MAX_ENCODED - 1;
    let fitting = ranked.into_iter().map_while(|(_, _, len, at)| {
        left = left.checked_sub(2 + len)?;
        Some(at)
    });
    let kept: BTreeSet<usize> = fitting.collect();
    let mut at = 0..;
    statements.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
}

/// How many bytes they are, each with the two of its length.
fn length<'a>(statements: impl Iterator<Item = &'a Statement>) -> usize {
    statements.map(|said| 2 + said.bytes().len()).sum()
}
