//! Limits: what foreign bytes may grow to is known before anything inflates them.
//!
//! Automerge inflates without a limit (a file of 1 MB was seen to take 3 GB), and it does so twice: columns are
//! DEFLATE streams, and what they hold is run-length encoded, so that ten bytes can mean a billion operations. Here
//! the chunks are walked by themselves: every stream is inflated into a bounded buffer, and every run is counted and
//! never expanded. Nothing that is larger than a book of many times our design size gets through.
//!
//! The format: <https://automerge.org/automerge-binary-format-spec/>. Bundles (a fourth kind of chunk, which nobody
//! writes into a file) are refused.

use std::{io::Read, ops::Range};

use sha2::{Digest, Sha256};

use super::{
    LoadError,
    format::{Column, Kind, Reader, torn},
};

/// The longest file or message that is looked at at all.
pub const MAX_BYTES: usize = 64 << 20;
/// Bytes after DEFLATE, in all chunks together.
pub const MAX_INFLATED: u64 = 64 << 20;
/// Operations, and references between them: 10,000 people and ten years of days are some 150,000. Measured: 400 bytes
/// of memory for each, at most.
pub const MAX_OPS: u64 = 1_000_000;
/// Changes: four laptops that each write ten times a day make 150,000 in ten years. Measured: 2.5 kB of memory each.
pub const MAX_CHANGES: u64 = 200_000;
/// Keys and messages, if every run of them were written out.
pub const MAX_TEXT: u64 = 64 << 20;
/// Actors times changes: automerge keeps a clock of all actors for every sixteenth change. Two laptops that are started
/// every day and write ten times make 73,000 changes of 7,300 actors in ten years.
pub const MAX_ACTORS_TIMES_CHANGES: u64 = 1 << 29;

/// Maps in maps: ours are three deep.
pub const MAX_DEPTH: u64 = 32;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const DOCUMENT: u8 = 0;
const CHANGE: u8 = 1;
const COMPRESSED_CHANGE: u8 = 2;
const HASH_BYTES: usize = 32;

/// The bytes would grow past what a book can be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("this holds more {what} than any book should ({limit} at most), so it was not opened")]
pub struct TooBig {
    pub what: &'static str,
    pub limit: u64,
}

/// One chunk of a file, with its header.
#[derive(Clone, Debug)]
pub(super) struct Chunk<'a> {
    pub bytes: &'a [u8],
    kind: u8,
    data: Range<usize>,
}

impl<'a> Chunk<'a> {
    pub fn is_document(&self) -> bool {
        self.kind == DOCUMENT
    }

    /// The first four bytes of the hash of what is in it.
    pub fn checksum(&self) -> &'a [u8] {
        self.bytes.get(4..8).unwrap_or_default()
    }

    fn data(&self) -> &'a [u8] {
        self.bytes.get(self.data.clone()).unwrap_or_default()
    }
}

/// The chunks of a file, in order. Ends after the first thing that is no chunk.
pub(super) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, LoadError>> {
    let mut rest = Some(bytes).filter(|bytes| !bytes.is_empty());
    std::iter::from_fn(move || {
        let bytes = rest.take()?;
        let chunk = next_chunk(bytes);
        if let Ok(chunk) = &chunk {
            rest = bytes.get(chunk.bytes.len()..).filter(|rest| !rest.is_empty());
        }
        Some(chunk)
    })
}

fn next_chunk(bytes: &[u8]) -> Result<Chunk<'_>, LoadError> {
    let mut reader = Reader(bytes);
    if reader.take(4)? != MAGIC {
        return Err(LoadError::Unreadable("it does not begin as one".to_owned()));
    }
    reader.take(4)?;
    let kind = reader.byte()?;
    if !matches!(kind, DOCUMENT | CHANGE | COMPRESSED_CHANGE) {
        return Err(LoadError::Unreadable(format!("a part of it is of an unknown kind ({kind})")));
    }
    let len = reader.count()?;
    let start = bytes.len() - reader.0.len();
    reader.take(len)?;
    let end = start + len;
    Ok(Chunk { bytes: bytes.get(..end).unwrap_or_default(), kind, data: start..end })
}

/// True when each part of a file still is what its checksum says: nothing was altered or cut off since it was written.
/// Quick, and says nothing of what is in it.
#[must_use]
pub fn is_sealed(bytes: &[u8]) -> bool {
    let is_sealed = |chunk: Result<Chunk<'_>, LoadError>| {
        // The magic and the checksum itself are not summed.
        chunk.is_ok_and(|chunk| Sha256::digest(chunk.bytes.get(8..).unwrap_or_default()).starts_with(chunk.checksum()))
    };
    !bytes.is_empty() && chunks(bytes).all(is_sealed)
}

/// Weighs bytes without expanding them, in at most [`MAX_INFLATED`] of memory and as a rule far less.
///
/// # Errors
/// When they would grow past a limit, or are not in Automerge's format.
pub fn check(bytes: &[u8]) -> Result<Weight, LoadError> {
    limit("bytes", bytes.len() as u64, MAX_BYTES as u64)?;
    let mut weight = Weight::default();
    for chunk in chunks(bytes) {
        let chunk = chunk?;
        match chunk.kind {
            DOCUMENT => weight.document(chunk.data())?,
            CHANGE => weight.change(chunk.data())?,
            _ => {
                let inflated = weight.inflate(chunk.data())?;
                weight.change(&inflated)?;
            }
        }
    }
    Ok(weight)
}

/// What bytes would grow to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    pub inflated: u64,
    pub ops: u64,
    pub changes: u64,
    pub text: u64,
    pub actors: u64,
}

impl Weight {
    fn document(&mut self, data: &[u8]) -> Result<(), LoadError> {
        let mut reader = Reader(data);
        self.actors(&mut reader)?;
        let heads = reader.count()?;
        reader.take(heads.checked_mul(HASH_BYTES).ok_or_else(torn)?)?;
        let change_columns = reader.columns()?;
        let op_columns = reader.columns()?;
        let changes = self.columns(&mut reader, &change_columns)?;
        let ops = self.columns(&mut reader, &op_columns)?;
        self.grow(ops, changes)
    }

    fn change(&mut self, data: &[u8]) -> Result<(), LoadError> {
        let mut reader = Reader(data);
        let deps = reader.count()?;
        reader.take(deps.checked_mul(HASH_BYTES).ok_or_else(torn)?)?;
        let actor = reader.count()?;
        reader.take(actor)?;
        // Sequence number, first operation, time: their values allocate nothing.
        for _ in 0..3 {
            reader.skip_number()?;
        }
        let message = reader.count()?;
        reader.take(message)?;
        self.actors(&mut reader)?;
        let columns = reader.columns()?;
        let ops = self.columns(&mut reader, &columns)?;
        self.grow(ops, 1)
    }

    fn actors(&mut self, reader: &mut Reader<'_>) -> Result<(), LoadError> {
        for _ in 0..reader.count()? {
            let len = reader.count()?;
            reader.take(len)?;
            self.actors += 1;
        }
        Ok(())
    }

    fn grow(&mut self, ops: u64, changes: u64) -> Result<(), LoadError> {
        self.ops = self.ops.saturating_add(ops);
        self.changes = self.changes.saturating_add(changes);
        limit("operations", self.ops, MAX_OPS)?;
        limit("changes", self.changes, MAX_CHANGES)?;
        limit("writers", self.changes.saturating_mul(self.actors), MAX_ACTORS_TIMES_CHANGES)?;
        Ok(())
    }

    /// The items of the longest column: no vector that automerge makes of these columns is longer.
    fn columns(&mut self, reader: &mut Reader<'_>, columns: &[Column]) -> Result<u64, LoadError> {
        let mut most = 0;
        for column in columns {
            let stored = reader.take(column.len)?;
            let inflated;
            let bytes = if column.is_deflated() {
                inflated = self.inflate(stored)?;
                inflated.as_slice()
            } else {
                stored
            };
            most = most.max(self.items(column, bytes)?);
            // Each of up to sixteen known columns is counted by itself; a crowd of unknown ones must not add up.
            limit("operations", most, MAX_OPS)?;
        }
        Ok(most)
    }

    fn inflate(&mut self, stored: &[u8]) -> Result<Vec<u8>, LoadError> {
        let room = MAX_INFLATED.saturating_sub(self.inflated);
        let mut inflated = Vec::new();
        let mut stream = flate2::read::DeflateDecoder::new(stored).take(room + 1);
        stream.read_to_end(&mut inflated).map_err(|error| LoadError::Unreadable(error.to_string()))?;
        self.inflated = self.inflated.saturating_add(inflated.len() as u64);
        limit("bytes", self.inflated, MAX_INFLATED)?;
        Ok(inflated)
    }

    fn items(&mut self, column: &Column, bytes: &[u8]) -> Result<u64, LoadError> {
        let mut reader = Reader(bytes);
        let mut items: u64 = 0;
        while !reader.0.is_empty() {
            let run = match column.kind() {
                // Raw bytes of values: as long as they are.
                Kind::Raw => return Ok(0),
                Kind::Boolean => reader.unsigned()?,
                Kind::Number | Kind::Text => self.run(column.kind(), &mut reader)?,
            };
            items = items.saturating_add(run);
            limit("operations", items, MAX_OPS)?;
        }
        Ok(items)
    }

    /// One run: so many times a value, so many single values, or so many nothings.
    fn run(&mut self, kind: Kind, reader: &mut Reader<'_>) -> Result<u64, LoadError> {
        let head = reader.signed()?;
        let count = head.unsigned_abs();
        match head {
            0 => return reader.unsigned(),
            1.. => self.value(kind, reader, count)?,
            _ => {
                // Each single value takes a byte at least, so this loop is as long as the bytes.
                for _ in 0..count {
                    self.value(kind, reader, 1)?;
                }
            }
        }
        Ok(count)
    }

    fn value(&mut self, kind: Kind, reader: &mut Reader<'_>, times: u64) -> Result<(), LoadError> {
        if kind == Kind::Number {
            return reader.skip_number();
        }
        let len = reader.count()?;
        reader.take(len)?;
        self.text = self.text.saturating_add(times.saturating_mul(len as u64));
        Ok(limit("text", self.text, MAX_TEXT)?)
    }
}

pub(super) fn limit(what: &'static str, is: u64, limit: u64) -> Result<(), TooBig> {
    if is > limit { Err(TooBig { what, limit }) } else { Ok(()) }
}
