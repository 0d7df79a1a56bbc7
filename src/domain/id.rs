//! Ids, and the one hash that must give the same number on every laptop for ever.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An entity's name in the book: UUIDv7 text when we made it, any text when another program did.
///
/// Cheap to clone: ten thousand contacts name each other all day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Id(Arc<str>);

impl Id {
    /// A UUIDv7 from a time (milliseconds since 1970) and ten random bytes.
    #[must_use]
    pub fn new(millis: u64, random: &[u8; 10]) -> Self {
        uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid().to_string().into()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Id {
    fn default() -> Self {
        Id("".into())
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Id(text.into())
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Id(text.into())
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl std::borrow::Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The first eight bytes of SHA-256 over the parts, each ended by a zero byte.
///
/// Never std's `Hash`: it may change between two versions of the compiler, and then two laptops would disagree.
#[must_use]
pub fn stable_hash(parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_pinned() {
        assert_eq!(stable_hash(&["seed", "2026-11-22", "maria"]), stable_hash(&["seed", "2026-11-22", "maria"]));
        assert_ne!(stable_hash(&["ab", "c"]), stable_hash(&["a", "bc"]));
        assert_eq!(stable_hash(&[]), 0xe3b0_c442_98fc_1c14);
    }

    #[test]
    fn ids_sort_by_age() {
        assert!(Id::new(1, &[255; 10]) < Id::new(2, &[0; 10]));
    }
}
