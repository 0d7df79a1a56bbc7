//! The names in the folder: `FOLDER/goodword/<device>/<series>-<number>-<hash>.<kind>`.
//!
//! A series is everything a device wrote since it last wrote the whole book (number 0). Its number is the time of that,
//! in milliseconds since 1970, so that a newer series is always the greater one. What does not look like such a name
//! (`a (conflicted copy).chunk`, `a.sync-conflict-20261128-..chunk`, `.a.chunk.icloud`, `.syncthing.a.chunk.tmp`) is
//! nobody's business.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::sync::{Key, key::hex};

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A part of the book.
    Chunk,
    /// How far its writer has read the others.
    Ack,
    /// Who belongs to the circle, and the folder's keys, sealed for each of the others.
    Letter,
}

/// A file's name, without its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub kind: Kind,
    pub series: u64,
    pub seq: u32,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub name: Name,
    /// As it is called in the folder.
    pub file: String,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Chunk => "chunk",
            Kind::Ack => "ack",
            Kind::Letter => "letter",
        }
    }
}

impl Name {
    pub fn new(kind: Kind, series: u64, seq: u32) -> Name {
        Name { kind, series, seq }
    }

    /// The file's name, which tells whether all of its bytes are there.
    pub fn file(&self, bytes: &[u8]) -> String {
        format!("{self}-{}.{}", short_hash(bytes), self.kind.word())
    }
}

impl Found {
    /// Reads a name; nothing when it is none of ours.
    pub fn parse(file: &str) -> Option<Found> {
        let (stem, kind) = file.split_once('.')?;
        let kind = [Kind::Chunk, Kind::Ack, Kind::Letter].into_iter().find(|known| known.word() == kind)?;
        let mut words = stem.splitn(3, '-');
        let (series, seq, hash) = (words.next()?, words.next()?, words.next()?);
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if (series.len(), seq.len(), hash.len()) != (16, 8, 32) || ![series, seq, hash].into_iter().all(is_hex) {
            return None;
        }
        let name = Name::new(kind, u64::from_str_radix(series, 16).ok()?, u32::from_str_radix(seq, 16).ok()?);
        Some(Found { name, file: file.to_owned() })
    }

    pub fn is_chunk(&self) -> bool {
        self.name.kind == Kind::Chunk
    }

    /// Whether these are the bytes that were written under this name: all of them.
    pub fn is_whole(&self, bytes: &[u8]) -> bool {
        self.name.file(bytes) == self.file
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:08x}", self.series, self.seq)
    }
}

/// A device's own sub-folder. It does not show the key.
pub fn of_device(key: &Key) -> String {
    let hash = Sha256::new().chain_update(b"goodword folder of 1").chain_update(key.bytes()).finalize();
    hex(hash.get(..8).unwrap_or_default())
}

/// Whether a sub-folder can be a device's.
pub fn is_device(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn short_hash(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn copies_and_leftovers_of_others_are_nobodys_business() {
        let file = Name::new(Kind::Chunk, 5, 6).file(b"bytes");
        let stem = file.strip_suffix(".chunk").unwrap();
        for other in [
            format!("{stem} (conflicted copy 2026-11-28).chunk"),
            format!("{stem}.sync-conflict-20261128-101112-ABCDEFG.chunk"),
            format!(".{file}.icloud"),
            format!(".syncthing.{file}.tmp"),
            format!("{file}.tmp"),
            format!("{stem} 2.chunk"),
            format!("{}.chunk", stem.to_uppercase()),
            "desktop.ini".to_owned(),
        ] {
            assert_eq!(Found::parse(&other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_read_as_it_is_written(series in any::<u64>(), seq in any::<u32>(), bytes in any::<[u8; 4]>()) {
            let name = Name::new(Kind::Letter, series, seq);
            let found = Found::parse(&name.file(&bytes)).unwrap();
            prop_assert_eq!(found.name, name);
            prop_assert!(found.is_whole(&bytes));
            prop_assert!(!found.is_whole(&bytes[..3]));
        }

        #[test]
        fn any_text_is_a_name_or_none(text in "\\PC{0,80}|[0-9a-f-]{58}\\.chunk") {
            _ = Found::parse(&text);
        }
    }
}
