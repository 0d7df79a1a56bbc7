//! The replica: document and store behind one face. What it acknowledges is on disk, and what it cannot read it never
//! replaces.
//!
//! A commit goes the same way every time: changes become writes, writes become one Automerge change, its bytes are
//! synced to disk, and then the book in memory is the new one. When the disk refuses, book and document are as before,
//! and the next commit works when there is room again.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::{
    document::{
        Document, LoadError, Received, WriteError,
        json::{self, JsonError},
    },
    domain::{
        Book, Change,
        book::{SCHEMA, Schema},
        record::Write,
    },
    store::{
        self, ChunkKind, Store, StoreError,
        backup::{self, Backup},
    },
};

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
}

/// Why the book cannot be opened. Nothing was changed: [`Replica::recover`] goes on when the author says so.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the book cannot be read: {why}{}", told(backup.as_ref()))]
    Unreadable {
        why: String,
        /// The newest backup that can be read.
        backup: Option<Backup>,
    },
    #[error("there is no book in {folder}, and there are backups of one{}", told(Some(backup)))]
    Missing { folder: PathBuf, backup: Backup },
    /// A newer program's store, a full disk, no permission: the book itself may be well.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the folder of the book cannot be used: {0}")]
    Folder(#[from] std::io::Error),
}

fn told(backup: Option<&Backup>) -> String {
    backup.map(|backup| format!("; the backup of {} is good", backup.date)).unwrap_or_default()
}

/// Why a change was not made. Book, document and store are as they were before.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Refused(#[from] WriteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a file was not taken in. Book, document and store are as they were before.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("a newer goodword wrote this book; update goodword, then import it")]
    Newer,
    #[error(transparent)]
    Document(#[from] LoadError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Automerge changes that were new here.
    pub changes: usize,
    /// The book was empty before, so what was imported is now the book; otherwise it was merged into it.
    pub was_empty: bool,
    /// Paths in a JSON file that this version does not know.
    pub skipped: Vec<String>,
}

impl Replica {
    /// Opens the book in a device's folder, or begins one where there is none. The caller holds the folder's
    /// [`store::lock::Lock`]. The actor is 16 random bytes, new at every start.
    ///
    /// # Errors
    /// When there was a book and it cannot be read: never an empty book in place of an unreadable one.
    pub fn open(folder: &Path, actor: [u8; 16]) -> Result<Replica, OpenError> {
        backup::private_folder(folder)?;
        let path = folder.join(store::FILE);
        if !path.try_exists()?
            && let Some(backup) = newest_good(folder)
        {
            return Err(OpenError::Missing { folder: folder.to_owned(), backup });
        }
        let unreadable = |why: String| OpenError::Unreadable { why, backup: newest_good(folder) };
        let damaged = |error| match error {
            error @ (StoreError::Damaged { .. } | StoreError::Foreign { .. }) => unreadable(error.to_string()),
            error => OpenError::Store(error),
        };
        let mut store = Store::open(&path).map_err(damaged)?;
        let chunks = store.chunks().map_err(damaged)?;
        let document = if chunks.is_empty() {
            let blank = Document::new(actor).map_err(|error| unreadable(error.to_string()))?;
            store.append(ChunkKind::Snapshot, &blank.save_uncompressed())?;
            blank
        } else {
            let bytes = chunks.iter().map(|chunk| chunk.bytes.as_slice());
            Document::load(bytes, actor).map_err(|error| unreadable(error.to_string()))?
        };
        let chunks = store.size()?.0;
        Ok(Replica { book: document.book(), document, store, folder: folder.to_owned(), actor, chunks })
    }

    /// Sets an unreadable book aside whole and goes on with a backup's bytes, or with an empty book. Where the old
    /// files went is given back; the stamp (a date and time) becomes part of their name.
    ///
    /// # Errors
    /// When the files cannot be moved, or the backup cannot be read (then nothing was moved).
    pub fn recover(
        folder: &Path,
        stamp: &str,
        backup: Option<&[u8]>,
        actor: [u8; 16],
    ) -> Result<(Replica, Option<PathBuf>), OpenError> {
        let unreadable = |error: LoadError| OpenError::Unreadable { why: error.to_string(), backup: None };
        let document = backup.map_or_else(|| Document::new(actor), |bytes| Document::open(bytes, actor));
        let document = document.map_err(unreadable)?;
        let path = folder.join(store::FILE);
        let aside = Store::set_aside(&path, stamp)?;
        let mut store = Store::open(&path)?;
        store.append(ChunkKind::Snapshot, &document.save_uncompressed())?;
        let book = document.book();
        Ok((Replica { book, document, store, folder: folder.to_owned(), actor, chunks: 1 }, aside))
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

    fn write(&mut self, writes: &[Write]) -> Result<(), CommitError> {
        let mut next = self.document.clone();
        if let Some(bytes) = next.commit(writes)? {
            self.keep(next, &bytes)?;
        }
        Ok(())
    }

    /// Syncs new changes to disk, and only then takes the document that has them.
    fn keep(&mut self, next: Document, bytes: &[u8]) -> Result<(), StoreError> {
        if let Err(error) = self.store.append(ChunkKind::Increment, bytes) {
            // The disk may have kept the change all the same. Its number must never be used for another one, or this
            // device could not be synced again: go on as somebody else.
            let digest = Sha256::digest([self.actor.as_slice(), bytes].concat());
            self.actor.iter_mut().zip(digest).for_each(|(byte, other)| *byte = other);
            self.document.set_actor(self.actor);
            return Err(error);
        }
        self.document = next;
        self.chunks += 1;
        Ok(())
    }

    /// Takes in another copy of the book, or changes of it, from a peer or a file: merged, never replaced.
    ///
    /// # Errors
    /// When the bytes cannot be let in or kept; then everything is as before.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<usize, ImportError> {
        let mut next = self.document.clone();
        let Received { bytes, changes, touched } = next.receive(bytes)?;
        if changes > 0 {
            self.keep(next, &bytes).map_err(CommitError::from)?;
            self.document.update(&mut self.book, &touched);
        }
        Ok(changes)
    }

    /// Takes in a file that the author hands us: an exported book (`.automerge`) is merged, JSON fills in what is
    /// missing here.
    ///
    /// # Errors
    /// When it is no book, a newer one, too big, or cannot be kept; then everything is as before.
    pub fn import(&mut self, bytes: &[u8]) -> Result<ImportReport, ImportError> {
        let was_empty = self.document.is_blank();
        let starts_as_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if !starts_as_json {
            if Document::open(bytes, self.actor)?.book().refuses_writes() {
                return Err(ImportError::Newer);
            }
            return Ok(ImportReport { changes: self.receive(bytes)?, was_empty, skipped: Vec::new() });
        }
        let json::Parsed { writes, skipped } = json::parse(bytes)?;
        let missing = self.document.missing(writes);
        let mut report = ImportReport { changes: 0, was_empty, skipped };
        if self.book.refuses_writes() {
            return Err(CommitError::Refused(WriteError::Newer).into());
        }
        if !missing.is_empty() {
            let done = self.write(&missing);
            self.book = self.document.book();
            done?;
            report.changes = 1;
        }
        Ok(report)
    }

    /// True when the store would be better off with one snapshot; a caller compacts when nobody waits.
    #[must_use]
    pub fn needs_compaction(&self) -> bool {
        self.chunks > COMPACT_AFTER
    }

    /// Puts one snapshot in the place of all chunks, after it was loaded again and its heads were compared.
    ///
    /// # Errors
    /// When the snapshot is not good or cannot be written; then the chunks are as they were.
    pub fn compact(&mut self) -> Result<(), StoreError> {
        let snapshot = self.document.save_uncompressed();
        if !self.is_this_book(&snapshot) {
            return Err(StoreError::Other("a snapshot of the book could not be read back".to_owned()));
        }
        self.store.compact(&snapshot)?;
        self.chunks = 1;
        Ok(())
    }

    /// Writes the backup of a day, in the place of an earlier one of that day, and reads it back before it counts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn back_up(&self, today: Date) -> std::io::Result<PathBuf> {
        let bytes = self.document.save();
        backup::write(&self.folder.join(backup::FOLDER), today, &bytes, |read| self.is_this_book(read))
    }

    /// The backups of this device, newest first.
    ///
    /// # Errors
    /// When their folder cannot be read.
    pub fn backups(&self) -> std::io::Result<Vec<Backup>> {
        backup::list(&self.folder.join(backup::FOLDER))
    }

    fn is_this_book(&self, bytes: &[u8]) -> bool {
        Document::load([bytes], self.actor).is_ok_and(|copy| copy.heads_hex() == self.document.heads_hex())
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

/// The newest backup that can really be read.
fn newest_good(folder: &Path) -> Option<Backup> {
    let backups = backup::list(&folder.join(backup::FOLDER)).ok()?;
    backups.into_iter().find(|backup| {
        let bytes = std::fs::read(&backup.path).unwrap_or_default();
        Document::open(&bytes, [0; 16]).is_ok()
    })
}
