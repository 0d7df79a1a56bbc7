//! The replica: document and store behind one face. What it acknowledges is on disk, and what it cannot read it never
//! replaces.
//!
//! A commit goes the same way every time: changes become writes, writes become one Automerge change, its bytes are
//! synced to disk, and only then anybody hears of it. When the disk refuses, the document is taken back to what is on
//! disk, and the next commit works when there is room again.

mod backup;
mod import;
mod open;

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::{
    document::{Document, Heads, LoadError, WriteError},
    domain::{
        Book, Change,
        book::{SCHEMA, Schema},
        record::Write,
    },
    store::{Chunk, ChunkKind, Store, StoreError},
};

pub use import::{ImportError, ImportReport};
pub use open::OpenError;

/// Increments after which one snapshot in their place makes the next start quicker.
const COMPACT_AFTER: u64 = 500;

/// The author's book, on this device.
#[derive(Debug)]
pub struct Replica {
    document: Document,
    book: Book,
    store: Store,
    folder: PathBuf,
    actor: [u8; 16],
    /// The chunks that the store holds.
    chunks: u64,
    /// The disk refused what the document has gained since these heads: nothing is written before it is taken back.
    ahead_of: Option<Heads>,
    /// The disk refused what was written last: what comes meanwhile is laid on copies, which are easily thrown away.
    was_refused: bool,
}

/// Why a change was not made. Book, document and store are as they were before.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Refused(#[from] WriteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Replica {
    /// A replica of what the store holds in so many chunks.
    fn new(document: Document, store: Store, folder: PathBuf, actor: [u8; 16], chunks: u64) -> Replica {
        let book = document.book();
        Replica { document, book, store, folder, actor, chunks, ahead_of: None, was_refused: false }
    }

    /// The book as of the last commit.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Makes changes, all or none. When this returns, they are on disk.
    ///
    /// # Errors
    /// When the document or the disk refuses; then everything is as before.
    pub fn commit(&mut self, changes: &[Change]) -> Result<(), CommitError> {
        if self.book.refuses_writes() {
            return Err(WriteError::Newer.into());
        }
        self.take_back()?;
        // Each change says how a thing should read after the ones before it. Nobody sees the book until this returns.
        let mut writes = Vec::new();
        for change in changes {
            writes.extend(self.take_in(change));
        }
        if writes.is_empty() {
            return Ok(());
        }
        if self.book.schema.writer < SCHEMA {
            let oldest_writer = self.book.schema.oldest_writer.max(SCHEMA);
            writes.extend(self.take_in(&Change::Schema(Schema { writer: SCHEMA, oldest_writer })));
        }
        let done = self.write(&writes);
        if done.is_err() {
            self.book = self.document.book();
        }
        done
    }

    fn take_in(&mut self, change: &Change) -> Vec<Write> {
        let writes = change.writes(&self.book);
        writes.iter().for_each(|write| self.book.read(write));
        writes
    }

    /// Writes into a document that was taken back.
    fn write(&mut self, writes: &[Write]) -> Result<(), CommitError> {
        // In place: a copy of ten thousand people for each edit is dear.
        let heads = self.document.heads();
        if let Some(bytes) = self.document.commit(writes)?
            && let Err(error) = self.append(&bytes)
        {
            self.ahead_of = Some(heads);
            self.take_back()?;
            return Err(error.into());
        }
        Ok(())
    }

    /// Syncs new changes to disk.
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if let Err(error) = self.store.append(ChunkKind::Increment, bytes) {
            // The disk may have kept the change all the same. Its number must never be used for another one, or this
            // device could not be synced again: go on as somebody else.
            let digest = Sha256::digest([self.actor.as_slice(), bytes].concat());
            self.actor.iter_mut().zip(digest).for_each(|(byte, other)| *byte = other);
            self.document.set_actor(self.actor);
            self.was_refused = true;
            return Err(error);
        }
        self.was_refused = false;
        self.chunks += 1;
        Ok(())
    }

    /// Takes the document back to what is on disk, where it is ahead of that or torn.
    fn take_back(&mut self) -> Result<(), CommitError> {
        if self.document.is_torn() {
            let read = document_in(&self.store.chunks()?, self.actor);
            self.document = read.map_err(|error| StoreError::Other(error.to_string()))?;
            // The disk may have kept what it said it refused.
            self.book = self.document.book();
            self.ahead_of = None;
        }
        if let Some(heads) = &self.ahead_of {
            self.document = self.document.as_of(heads, self.actor)?;
            self.ahead_of = None;
        }
        Ok(())
    }

    /// The document broke off halfway, and could not be read anew from the disk yet: nobody is told anything of it.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.document.is_torn()
    }

    /// True when the store would be better off with one snapshot; a caller compacts when nobody waits.
    #[must_use]
    pub fn needs_compaction(&self) -> bool {
        self.chunks > COMPACT_AFTER
    }

    /// Puts one snapshot in the place of the chunks that were read or written here, after it was loaded again and its
    /// heads were compared.
    ///
    /// # Errors
    /// When the snapshot is not good or cannot be written; then the chunks are as they were.
    pub fn compact(&mut self) -> Result<(), StoreError> {
        let snapshot = self.document.save_uncompressed();
        if !self.is_this_book(&snapshot) {
            return Err(StoreError::Other("a snapshot of the book could not be read back".to_owned()));
        }
        self.store.compact(&snapshot)?;
        self.recount()
    }

    /// Counts the chunks again: a process beside us may have compacted them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn recount(&mut self) -> Result<(), StoreError> {
        self.chunks = self.store.size()?.0;
        Ok(())
    }

    /// The whole book as a standard Automerge file.
    #[must_use]
    pub fn export_automerge(&self) -> Vec<u8> {
        self.document.save()
    }

    /// The whole book as JSON, with what this version does not know.
    ///
    /// # Errors
    /// When the serializer fails, which it does not for a document that was loaded.
    pub fn export_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        self.document.to_json()
    }

    /// The hashes of the latest changes: equal on two laptops that hold the same book.
    #[must_use]
    pub fn heads_hex(&self) -> Vec<String> {
        self.document.heads_hex()
    }

    /// Nobody wrote in this book yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.document.is_blank()
    }

    /// The bytes that the document takes in the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        Ok(self.store.size()?.1)
    }

    /// What this device keeps for itself: the feed cache and its own state.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The same, to write in it.
    pub fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

/// The document in the store's chunks; a new book where there are none.
fn document_in(chunks: &[Chunk], actor: [u8; 16]) -> Result<Document, LoadError> {
    Document::load(chunks.iter().map(|chunk| chunk.bytes.as_slice()), actor)
}
