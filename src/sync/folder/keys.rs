//! The keys that the folder is locked with, and how one is handed to a device that is never on together with us.
//!
//! A key is good to write with as long as nobody who may have it was removed: whoever made it must have known of every
//! removal that is known here. So a removal makes a new key, by whoever writes next; two devices may do so at once, and
//! both keys are kept, tried, and chosen from by a rule that all share.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::bytes::Reader;
use crate::sync::{Key, random};

/// How many keys are kept: whoever writes under a new key begins with the whole book, so that old ones lose their use.
const MAX_KEYS: usize = 16;
/// The longest encoded list, in bytes.
pub const MAX_ENCODED: usize = 1 << 20;
const VERSION: u8 = 1;

/// Names a key in a file, and says nothing of it.
pub type KeyId = [u8; 8];

/// One key of the folder.
#[derive(Clone, PartialEq, Eq)]
pub struct FolderKey {
    pub id: KeyId,
    epoch: u32,
    secret: [u8; 32],
    /// Who gave it to this device; itself, when it was made here.
    from: Key,
    /// Who was removed when it was made, as its maker knew, and so never got it.
    without: BTreeSet<Key>,
}

/// All keys of the folder that this device was given or made. A secret: it is stored beside the book.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FolderKeys(BTreeMap<(u32, KeyId), FolderKey>);

/// Bytes that hold no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these are no keys of a shared folder")]
pub struct NotKeys;

impl FolderKeys {
    /// Makes a key that follows all others. Nobody who was removed will get it.
    pub fn make(&mut self, me: Key, removed: &BTreeSet<Key>) {
        let epoch = self.0.keys().next_back().map_or(0, |(epoch, _)| *epoch).saturating_add(1);
        self.add(FolderKey::new(epoch, random(), me, removed.clone()));
    }

    /// The key to write with: the newest that nobody who was removed can have; of several the one with the lowest id.
    #[must_use]
    pub fn fit(&self, removed: &BTreeSet<Key>) -> Option<&FolderKey> {
        let fit = || self.0.values().filter(|key| key.is_fit(removed));
        let newest = fit().map(|key| key.epoch).max()?;
        fit().filter(|key| key.epoch == newest).min_by_key(|key| key.id)
    }

    /// Those that may be handed on: what a removed device gave is not.
    #[must_use]
    pub fn all_fit(&self, removed: &BTreeSet<Key>) -> FolderKeys {
        FolderKeys(self.0.iter().filter(|(_, key)| key.is_fit(removed)).map(|(id, key)| (*id, key.clone())).collect())
    }

    #[must_use]
    pub fn get(&self, id: &KeyId) -> Option<&FolderKey> {
        self.0.values().find(|key| key.id == *id)
    }

    /// Takes in what another device gave; true when there was a new one among them.
    pub fn merge(&mut self, given: &FolderKeys, by: Key) -> bool {
        let before: Vec<(u32, KeyId)> = self.0.keys().copied().collect();
        for key in given.0.values().filter(|key| self.get(&key.id).is_none()).cloned().collect::<Vec<_>>() {
            self.add(FolderKey { from: by, ..key });
        }
        !self.0.keys().copied().eq(before)
    }

    /// Takes in what was stored of these very keys.
    pub fn absorb(&mut self, stored: &FolderKeys) -> bool {
        let new: Vec<_> = stored.0.values().filter(|key| !self.0.contains_key(&(key.epoch, key.id))).cloned().collect();
        let is_new = !new.is_empty();
        new.into_iter().for_each(|key| self.add(key));
        is_new
    }

    /// Where there are too many, the oldest goes of those that the same device gave which gave most: one that gives many
    /// drives out its own.
    fn add(&mut self, key: FolderKey) {
        self.0.insert((key.epoch, key.id), key);
        while self.0.len() > MAX_KEYS {
            let given = |by: &Key| self.0.values().filter(|key| key.from == *by).count();
            let Some(most) = self.0.values().map(|key| key.from).max_by_key(|from| (given(from), *from)) else {
                return;
            };
            let oldest = self.0.iter().find(|(_, key)| key.from == most).map(|(at, _)| *at);
            oldest.and_then(|at| self.0.remove(&at));
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as bytes, for the store, a pairing or a letter.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for key in self.0.values() {
            bytes.extend(key.epoch.to_be_bytes());
            bytes.extend(key.secret);
            bytes.extend(key.from.bytes());
            bytes.extend(u16::try_from(key.without.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend(key.without.iter().take(usize::from(u16::MAX)).flat_map(Key::bytes));
        }
        bytes
    }

    /// Reads them back.
    ///
    /// # Errors
    /// When the bytes were not encoded from keys.
    pub fn decode(bytes: &[u8]) -> Result<FolderKeys, NotKeys> {
        let mut reader = Reader(bytes);
        if bytes.len() > MAX_ENCODED || reader.take::<1>() != Some([VERSION]) {
            return Err(NotKeys);
        }
        let mut keys = FolderKeys::default();
        while !reader.0.is_empty() {
            keys.add(FolderKey::read(&mut reader).ok_or(NotKeys)?);
        }
        Ok(keys)
    }
}

impl FolderKey {
    fn new(epoch: u32, secret: [u8; 32], from: Key, without: BTreeSet<Key>) -> FolderKey {
        let hash = Sha256::new().chain_update(b"goodword folder key id 1").chain_update(secret).finalize();
        let mut id = KeyId::default();
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        FolderKey { id, epoch, secret, from, without }
    }

    fn read(reader: &mut Reader<'_>) -> Option<FolderKey> {
        let (epoch, secret, from) = (reader.u32()?, reader.take()?, reader.key()?);
        let count = u16::from_be_bytes(reader.take()?);
        let without = (0..count).map(|_| reader.key()).collect::<Option<_>>()?;
        Some(FolderKey::new(epoch, secret, from, without))
    }

    fn is_fit(&self, removed: &BTreeSet<Key>) -> bool {
        !removed.contains(&self.from) && self.without.is_superset(removed)
    }

    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl std::fmt::Debug for FolderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FolderKey of epoch {}", self.epoch)
    }
}

impl std::fmt::Debug for FolderKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the secrets: this may end in a log.
        write!(f, "FolderKeys of epochs {:?}", self.0.keys().map(|(epoch, _)| epoch).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sync::DeviceKey;

    fn key(number: u8) -> Key {
        DeviceKey::new(&[number; 32]).public()
    }

    #[test]
    fn a_removal_that_its_maker_did_not_know_makes_a_key_unfit() {
        let mut keys = FolderKeys::default();
        keys.make(key(1), &BTreeSet::new());
        let removed = BTreeSet::from([key(3)]);
        assert!(keys.fit(&BTreeSet::new()).is_some());
        assert!(keys.fit(&removed).is_none());
        keys.make(key(1), &removed);
        let new = keys.fit(&removed).unwrap().id;
        assert_eq!(keys.fit(&BTreeSet::new()).unwrap().id, new, "the newest, also for who has not heard yet");
    }

    #[test]
    fn a_key_that_a_removed_device_gave_is_not_used_and_not_handed_on() {
        let removed = BTreeSet::from([key(3)]);
        let mut theirs = FolderKeys::default();
        theirs.make(key(3), &removed);
        let mut mine = FolderKeys::default();
        assert!(mine.merge(&theirs, key(3)));
        assert!(mine.fit(&removed).is_none());
        assert!(mine.all_fit(&removed).is_empty());
    }

    #[test]
    fn two_keys_made_at_once_are_both_kept_and_the_same_one_is_written_with() {
        let removed = BTreeSet::from([key(3)]);
        let (mut a, mut b) = (FolderKeys::default(), FolderKeys::default());
        a.make(key(1), &removed);
        b.make(key(2), &removed);
        let (before_a, before_b) = (a.clone(), b.clone());
        assert!(a.merge(&before_b, key(2)) && b.merge(&before_a, key(1)));
        assert_eq!(a.fit(&removed).unwrap().id, b.fit(&removed).unwrap().id);
        assert!(!a.merge(&before_b, key(2)));
    }

    #[test]
    fn a_device_that_gives_keys_without_end_drives_out_its_own() {
        let mut theirs = FolderKeys::default();
        (0..MAX_KEYS).for_each(|_| theirs.add(FolderKey::new(u32::MAX, random(), key(3), BTreeSet::new())));
        let mut mine = FolderKeys::default();
        mine.make(key(1), &BTreeSet::new());
        let own = *mine.0.keys().next().unwrap();
        mine.merge(&theirs, key(3));
        assert!(mine.0.contains_key(&own));
        let removed = BTreeSet::from([key(3)]);
        mine.make(key(1), &removed);
        assert!(mine.fit(&removed).is_some(), "after its removal there is a key to write with");
    }

    #[test]
    fn two_removals_at_once_leave_no_key_that_either_removed_device_has() {
        let mut keys = FolderKeys::default();
        keys.make(key(1), &BTreeSet::from([key(3)]));
        let mut others = FolderKeys::default();
        others.make(key(2), &BTreeSet::from([key(4)]));
        keys.merge(&others, key(2));
        assert!(keys.fit(&BTreeSet::from([key(3), key(4)])).is_none());
    }

    #[test]
    fn a_secret_is_never_shown() {
        let mut keys = FolderKeys::default();
        keys.make(key(1), &BTreeSet::new());
        assert_eq!(format!("{keys:?}"), "FolderKeys of epochs [1]");
    }

    proptest! {
        #[test]
        fn keys_are_read_as_they_were_written(makers in proptest::collection::vec((1..9_u8, 0..4_u8), 0..20)) {
            let mut keys = FolderKeys::default();
            for (maker, removed) in makers {
                keys.make(key(maker), &(10..10 + removed).map(key).collect());
            }
            prop_assert_eq!(FolderKeys::decode(&keys.encode()), Ok(keys));
        }

        #[test]
        fn any_bytes_are_keys_or_an_error(
            bytes in proptest::collection::vec(any::<u8>(), 0..200), at in any::<usize>(), flip in any::<u8>()
        ) {
            _ = FolderKeys::decode(&bytes);
            let mut keys = FolderKeys::default();
            keys.make(key(1), &BTreeSet::from([key(2)]));
            let mut altered = keys.encode();
            let at = at % altered.len();
            altered[at] ^= flip;
            altered.truncate(at.max(1));
            _ = FolderKeys::decode(&altered);
        }
    }
}
