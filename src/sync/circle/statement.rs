//! One signed statement, and its bytes.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the kind: 1 a welcome, 2 a removal; others belong to later versions |
//! | 32 | the key of the device that says it |
//! | 32 | the key of the device it is about |
//! | 8 | when: milliseconds since 1970, big endian |
//! | 32 each | a removal's alone: who else belonged to the circle as its signer knew it |
//! | 64 | the signature, over [`DOMAIN`] and all bytes before it |
//!
//! Of an unknown kind only the first 33 bytes and the signature are looked at, so that it can be passed on.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::sync::{
    DeviceKey, Key,
    key::{SIGNATURE_BYTES, Signature},
};

/// The first words of what is signed: no signature of another kind can be taken for a statement's.
const DOMAIN: &[u8] = b"goodword circle 1\n";
/// The longest statement, in bytes.
pub const MAX_STATEMENT: usize = 2048;
/// The most devices that a removal can name as staying.
pub const MAX_KEPT: usize = 48;

const WELCOME: u8 = 1;
const REMOVAL: u8 = 2;

/// A statement whose signature was found to be its signer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub by: Key,
    pub what: What,
    bytes: Vec<u8>,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// This device belongs to the circle.
    Welcome { device: Key },
    /// This device does so no longer, nor ever again. Those who are kept may go on without it.
    Removal { device: Key, at: Timestamp, keep: BTreeSet<Key> },
    /// A later version knows.
    Unknown,
}

impl Statement {
    pub fn welcome(key: &DeviceKey, device: Key, at: Timestamp) -> Statement {
        Statement::sign(key, WELCOME, device, at, &BTreeSet::new(), What::Welcome { device })
    }

    pub fn removal(key: &DeviceKey, device: Key, at: Timestamp, keep: &BTreeSet<Key>) -> Statement {
        let keep: BTreeSet<Key> = keep.iter().take(MAX_KEPT).copied().collect();
        Statement::sign(key, REMOVAL, device, at, &keep, What::Removal { device, at, keep: keep.clone() })
    }

    fn sign(key: &DeviceKey, kind: u8, device: Key, at: Timestamp, keep: &BTreeSet<Key>, what: What) -> Statement {
        let by = key.public();
        let mut bytes = vec![kind];
        bytes.extend(by.bytes());
        bytes.extend(device.bytes());
        bytes.extend(at.as_millisecond().to_be_bytes());
        bytes.extend(keep.iter().flat_map(Key::bytes));
        let signature = key.sign(&[DOMAIN, &bytes].concat());
        bytes.extend(signature.bytes());
        Statement { by, what, bytes }
    }

    /// Reads a statement; nothing when it is not one, or not signed by whom it names.
    pub fn read(bytes: &[u8]) -> Option<Statement> {
        if bytes.len() > MAX_STATEMENT {
            return None;
        }
        let (said, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>()?;
        let (kind, rest) = said.split_first()?;
        let (by, rest) = key(rest)?;
        let what = match *kind {
            WELCOME => {
                let (device, _, rest) = device_and_time(rest)?;
                rest.is_empty().then_some(What::Welcome { device })?
            }
            REMOVAL => {
                let (device, at, rest) = device_and_time(rest)?;
                let (keys, []) = rest.as_chunks::<32>() else { return None };
                let keep = keys.iter().map(|bytes| Key::from_bytes(bytes).ok()).collect::<Option<BTreeSet<Key>>>()?;
                // Each once and in order: of one meaning there is one text.
                (keep.len() <= MAX_KEPT && keep.iter().map(Key::bytes).eq(keys)).then_some(())?;
                What::Removal { device, at, keep }
            }
            _ => What::Unknown,
        };
        let signature = Signature::from_bytes(signature);
        by.signed(&[DOMAIN, said].concat(), &signature).then(|| Statement { by, what, bytes: bytes.to_vec() })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What makes it another statement: a device says once of another that it is welcome, and once that it is removed.
    /// Of two that are the same one is kept, by an order that all devices share.
    pub fn identity(&self) -> &[u8] {
        let end = match self.what {
            What::Unknown => self.bytes.len() - SIGNATURE_BYTES,
            What::Welcome { .. } | What::Removal { .. } => 1 + 32 + 32,
        };
        self.bytes.get(..end).unwrap_or_default()
    }
}

fn key(bytes: &[u8]) -> Option<(Key, &[u8])> {
    let (key, rest) = bytes.split_first_chunk::<32>()?;
    Some((Key::from_bytes(key).ok()?, rest))
}

fn device_and_time(bytes: &[u8]) -> Option<(Key, Timestamp, &[u8])> {
    let (device, rest) = key(bytes)?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    Some((device, Timestamp::from_millisecond(i64::from_be_bytes(*at)).ok()?, rest))
}
