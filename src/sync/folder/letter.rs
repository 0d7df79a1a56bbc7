//! What a device leaves for each of the others by name: who belongs to the circle, and the folder's keys.
//!
//! Sealed for one device each, so that no key is needed to read it but its own: that is how a device that was away for
//! long, or was never on together with the others, gets along. A removed device finds that it was, and no key.
//!
//! And the ack, which needs a key of the folder: how far its writer has read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    bytes::{Reader, put_part},
    keys::FolderKeys,
    names,
    sealed::{seal_for, unseal},
};
use crate::sync::{
    DeviceKey, Key,
    key::{SIGNATURE_BYTES, Signature},
};

const VERSION: u8 = 1;
const DOMAIN: &[u8] = b"goodword folder letter 1\n";
/// The longest letter, in bytes.
pub const MAX_LETTER: u64 = 8 << 20;
/// How many others a letter is read for.
const MAX_PARTS: usize = 128;
/// The most writers that an ack names.
const MAX_WRITERS: u32 = 256;

/// What one device left for this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub from: Key,
    /// Encoded statements of the circle.
    pub circle: Vec<u8>,
    pub keys: FolderKeys,
}

/// How far a device's chunks were read: everything of this series before `next`, and all older series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    pub series: u64,
    pub next: u32,
}

/// How far a device has read all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ack {
    pub read: BTreeMap<Key, Position>,
    /// Whose series cannot be read to its end: something in it is lost, and the whole book is asked for.
    pub broken: BTreeMap<Key, u64>,
}

/// One letter for all: the members get statements and keys, the removed the statements alone.
pub fn write(
    me: &DeviceKey,
    circle: &[u8],
    keys: &FolderKeys,
    members: &BTreeSet<Key>,
    removed: &BTreeSet<Key>,
) -> Vec<u8> {
    let mut letter = vec![VERSION];
    let none = FolderKeys::default();
    let members = members.iter().map(|key| (key, keys));
    for (to, keys) in members.chain(removed.iter().map(|key| (key, &none))) {
        let mut said = me.public().bytes().to_vec();
        put_part(&mut said, circle);
        put_part(&mut said, &keys.encode());
        let signature = me.sign(&signed(to, &said));
        said.extend(signature.bytes());
        if let Some(sealed) = seal_for(to, &said) {
            put_part(&mut letter, &sealed);
        }
    }
    letter
}

/// The part that is for this device, when whoever's sub-folder this is wrote it.
pub fn read(me: &DeviceKey, folder: &str, bytes: &[u8]) -> Option<Letter> {
    let mut reader = Reader(bytes);
    reader.take::<1>().filter(|version| *version == [VERSION])?;
    let parts = std::iter::from_fn(|| reader.part()).take(MAX_PARTS);
    let said = parts.into_iter().find_map(|sealed| unseal(me, sealed))?;
    let (said, signature) = said.split_last_chunk::<SIGNATURE_BYTES>()?;
    let mut reader = Reader(said);
    let from = reader.key()?;
    let circle = reader.part()?.to_vec();
    let keys = FolderKeys::decode(reader.part()?).ok()?;
    let is_theirs = from.signed(&signed(&me.public(), said), &Signature::from_bytes(signature));
    (is_theirs && names::of_device(&from) == folder).then_some(Letter { from, circle, keys })
}

/// Also to whom: nobody can pass a letter on as if it were for another.
fn signed(to: &Key, said: &[u8]) -> Vec<u8> {
    [DOMAIN, to.bytes(), said].concat()
}

impl Ack {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        bytes.extend(count(self.read.len()));
        for (key, position) in &self.read {
            bytes.extend(key.bytes());
            bytes.extend(position.series.to_be_bytes());
            bytes.extend(position.next.to_be_bytes());
        }
        bytes.extend(count(self.broken.len()));
        for (key, series) in &self.broken {
            bytes.extend(key.bytes());
            bytes.extend(series.to_be_bytes());
        }
        bytes
    }

    pub fn decode(bytes: &[u8]) -> Option<Ack> {
        let mut reader = Reader(bytes);
        reader.take::<1>().filter(|version| *version == [VERSION])?;
        let count = |reader: &mut Reader<'_>| reader.u32().filter(|count| *count <= MAX_WRITERS);
        let mut ack = Ack::default();
        for _ in 0..count(&mut reader)? {
            ack.read.insert(reader.key()?, Position { series: reader.u64()?, next: reader.u32()? });
        }
        for _ in 0..count(&mut reader)? {
            ack.broken.insert(reader.key()?, reader.u64()?);
        }
        Some(ack)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn device(number: u8) -> DeviceKey {
        DeviceKey::new(&[number; 32])
    }

    fn a_letter() -> (Vec<u8>, FolderKeys) {
        let mut keys = FolderKeys::default();
        keys.make(device(1).public(), &BTreeSet::new());
        let members = BTreeSet::from([device(2).public(), device(3).public()]);
        let removed = BTreeSet::from([device(4).public()]);
        (write(&device(1), b"statements", &keys, &members, &removed), keys)
    }

    #[test]
    fn members_find_keys_a_removed_device_finds_why_and_a_stranger_nothing() {
        let (letter, keys) = a_letter();
        let folder = names::of_device(&device(1).public());
        let read = |number| read(&device(number), &folder, &letter);
        assert_eq!(read(3).unwrap().keys, keys);
        let removed = read(4).unwrap();
        assert_eq!((removed.circle.as_slice(), removed.keys.is_empty()), (&b"statements"[..], true));
        assert_eq!(read(5), None);
    }

    #[test]
    fn a_letter_in_another_devices_folder_is_nobodys() {
        let (letter, _) = a_letter();
        assert_eq!(read(&device(2), &names::of_device(&device(3).public()), &letter), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_letter_or_an_ack_or_nothing(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<usize>(), flip in any::<u8>()
        ) {
            let folder = names::of_device(&device(1).public());
            _ = read(&device(2), &folder, &bytes);
            _ = Ack::decode(&bytes);
            let (mut letter, _) = a_letter();
            let at = at % letter.len();
            letter[at] ^= flip;
            _ = read(&device(2), &folder, &letter);
            letter.truncate(at);
            _ = read(&device(2), &folder, &letter);
        }

        #[test]
        fn an_ack_is_read_as_it_was_written(numbers in proptest::collection::btree_map(1..20_u8, (any::<u64>(), any::<u32>()), 0..9)) {
            let mut ack = Ack::default();
            for (number, (series, next)) in numbers {
                ack.read.insert(device(number).public(), Position { series, next });
                ack.broken.insert(device(number).public(), series);
            }
            prop_assert_eq!(Ack::decode(&ack.encode()), Some(ack));
        }
    }
}
