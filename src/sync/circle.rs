//! The circle: which devices belong together, from signed statements that only ever grow in number.
//!
//! Every device keeps all statements it heard, beside the document, and passes them on before any byte of the book. It
//! works out for itself, from itself, what they mean:
//!
//! - Two devices that **welcomed** each other are linked. For a device's own links its own welcome is enough.
//! - A **removal** counts when a chain of welcomes leads from here to whoever signed it, whatever else was removed. It
//!   cannot be undone: a removed key never comes back, and two devices that remove each other are both removed.
//! - **Members** are those who can be reached over links. Who was removed is no member and gives no link, but for one
//!   thing: it may have been the only link between two who stay. So a removal names who is kept, and a path may lead
//!   through removed devices as long as everybody who removed them kept both of its ends.
//!
//! That way nothing depends on the order in which things are heard, a removed device cannot bring anybody in that its
//! remover did not know and keep, and whoever is a member here has this device as a member there.
//!
//! What it cannot do: tell which of two devices that remove each other is the thief. A stolen laptop that reaches
//! another one before the removal does can remove the author's own; then they are paired anew, with new keys.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{DeviceKey, Key};

mod budget;
mod meaning;
mod statement;
#[cfg(test)]
mod tests;

use meaning::{Meaning, distances};
use statement::Statement;

pub use budget::MAX_ENCODED;

/// The most members that a device lets in by itself. (Two devices apart may each do so.)
pub const MAX_MEMBERS: usize = 32;
/// The first byte of encoded statements.
const VERSION: u8 = 1;

/// What one device knows of who belongs together.
#[derive(Clone, Debug)]
pub struct Circle {
    me: Key,
    /// In the order in which they were heard.
    statements: Vec<Statement>,
    meaning: Meaning,
}

/// Who was removed, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    pub by: Key,
    pub at: Timestamp,
}

/// What hearing statements has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Something was not known before: it is to be stored, and passed on.
    pub new: bool,
    /// Who was not known to be removed before.
    pub removed: BTreeSet<Key>,
    /// How many were not signed by whom they name, or are no statements at all.
    pub skipped: usize,
}

/// Why statements were not taken, or not made. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CircleError {
    #[error("what was said of the circle is longer than it can be ({0} bytes)")]
    TooLong(usize),
    #[error("what was said of the circle is torn, or of a version that this program does not know")]
    Torn,
    #[error("that device was removed, and a removed key cannot come back: it joins with a new one")]
    WasRemoved,
    #[error("there are {MAX_MEMBERS} devices already: remove one first")]
    Full,
}

impl Circle {
    /// A device by itself.
    #[must_use]
    pub fn new(me: Key) -> Circle {
        Circle { me, statements: Vec::new(), meaning: Meaning::default() }
    }

    /// Takes in what another device has [encoded](Circle::encode), or this one has stored. Twice, or in another order,
    /// comes to the same.
    ///
    /// # Errors
    /// When it is no list of statements, or too long a one. A statement in it that is not one is skipped.
    pub fn hear(&mut self, bytes: &[u8]) -> Result<Heard, CircleError> {
        if bytes.len() > MAX_ENCODED {
            return Err(CircleError::TooLong(bytes.len()));
        }
        let known: BTreeSet<&[u8]> = self.statements.iter().map(Statement::bytes).collect();
        let unknown: Vec<&[u8]> = split(bytes)?.into_iter().filter(|said| !known.contains(said)).collect();
        let read: Vec<Statement> = unknown.iter().filter_map(|said| Statement::read(said)).collect();
        let skipped = unknown.len() - read.len();
        Ok(Heard { skipped, ..self.take(read) })
    }

    /// Everything heard, as bytes: at most [`MAX_ENCODED`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for said in self.statements.iter().map(Statement::bytes) {
            bytes.extend(u16::try_from(said.len()).unwrap_or_default().to_be_bytes());
            bytes.extend(said);
        }
        bytes
    }

    /// Says that a device belongs to the circle. Each of the two that pair says so of the other.
    ///
    /// # Errors
    /// When it was removed, or there are too many.
    pub fn welcome(&mut self, key: &DeviceKey, device: Key, at: Timestamp) -> Result<Heard, CircleError> {
        if self.meaning.removed.contains_key(&device) {
            return Err(CircleError::WasRemoved);
        }
        if self.meaning.members.len() >= MAX_MEMBERS && !self.is_member(&device) {
            return Err(CircleError::Full);
        }
        Ok(self.take(vec![Statement::welcome(key, device, at)]))
    }

    /// Removes a device, for ever, and keeps all others. It may be this one itself: then it has left.
    /// Nothing changes when it is removed already.
    pub fn remove(&mut self, key: &DeviceKey, device: Key, at: Timestamp) -> Heard {
        if self.meaning.removed.contains_key(&device) {
            return Heard::default();
        }
        let keep = self.meaning.members.iter().filter(|member| **member != device).copied().collect();
        self.take(vec![Statement::removal(key, device, at, &keep)])
    }

    /// Who may connect, and whose writing is taken: without this device, and nobody once this one was removed.
    #[must_use]
    pub fn members(&self) -> &BTreeSet<Key> {
        &self.meaning.members
    }

    #[must_use]
    pub fn is_member(&self, key: &Key) -> bool {
        self.meaning.members.contains(key)
    }

    /// Who was removed, with the earliest removal of each. What was removed stays so.
    #[must_use]
    pub fn removed(&self) -> &BTreeMap<Key, Removed> {
        &self.meaning.removed
    }

    /// Who removed this device, if somebody did.
    #[must_use]
    pub fn was_i_removed(&self) -> Option<Removed> {
        self.meaning.removed.get(&self.me).copied()
    }

    /// True when others go on without this device, though nobody removed it: the device that linked them was removed
    /// by somebody who did not know of this one. It is to be paired again, and keeps its key.
    #[must_use]
    pub fn am_i_left_out(&self) -> bool {
        self.meaning.left_out
    }

    fn take(&mut self, statements: Vec<Statement>) -> Heard {
        let before: BTreeSet<Vec<u8>> = self.statements.iter().map(|said| said.bytes().to_vec()).collect();
        for statement in statements {
            match self.statements.iter_mut().find(|held| held.identity() == statement.identity()) {
                Some(held) if held.bytes() <= statement.bytes() => {}
                Some(held) => *held = statement,
                None => self.statements.push(statement),
            }
        }
        budget::keep_within(&mut self.statements, &self.me);
        let new = self.statements.iter().any(|said| !before.contains(said.bytes()));
        if !new {
            return Heard::default();
        }
        let meaning = Meaning::of(&self.statements, &self.me);
        let removed = meaning.removed.keys().filter(|key| !self.meaning.removed.contains_key(key)).copied().collect();
        self.meaning = meaning;
        Heard { new, removed, skipped: 0 }
    }
}

/// Takes encoded statements apart, without a look at what they say.
fn split(bytes: &[u8]) -> Result<Vec<&[u8]>, CircleError> {
    let (VERSION, mut rest) = bytes.split_first().map(|(first, rest)| (*first, rest)).ok_or(CircleError::Torn)? else {
        return Err(CircleError::Torn);
    };
    let mut said = Vec::new();
    while let Some((len, after)) = rest.split_first_chunk::<2>() {
        let (statement, after) =
            after.split_at_checked(usize::from(u16::from_be_bytes(*len))).ok_or(CircleError::Torn)?;
        said.push(statement);
        rest = after;
    }
    if rest.is_empty() { Ok(said) } else { Err(CircleError::Torn) }
}
