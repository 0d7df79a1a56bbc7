//! The store: one SQLite file for everything a device keeps, synced to disk before anybody hears "done".
//!
//! It holds the document's chunks as bytes it does not understand, and what never enters the document: the caches of
//! feeds and look-ups, and this device's own state. A file that cannot be trusted is reported and left alone; only [`Store::replace`]
//! moves it, whole, when the caller says so.

pub mod backup;
mod chunks;
pub mod feeds;
mod file;
pub mod lock;
pub mod lookups;
mod schema;

use std::{
    cell::Cell,
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};

pub use chunks::{Chunk, ChunkKind};
pub use feeds::Feed;

/// The store's file in the device's folder.
pub const FILE: &str = "goodword.db";

/// An open store. Keep a [`lock::Lock`] while it is open: one process owns a home.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    /// The last chunk that was read or written here.
    last_chunk: Cell<i64>,
    /// The copy that is looked at, for as long as it is.
    _copy: Option<tempfile::TempDir>,
}

/// Why the store cannot do what it was asked. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path} is damaged: {why}")]
    Damaged { path: PathBuf, why: String },
    #[error("{path} is not a store of goodword's; it was left as it is")]
    Foreign { path: PathBuf },
    #[error(
        "{path} was written by a newer goodword (store version {found}, this program knows {known}); update goodword"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("the disk is full: nothing was written")]
    Full,
    #[error("the store cannot be written: {0}")]
    NotWritable(String),
    #[error("the disk failed: {0}")]
    Disk(String),
    #[error("the store failed: {0}")]
    Other(String),
}

impl StoreError {
    /// The same, of a copy of this file.
    fn about(mut self, original: &Path) -> StoreError {
        if let StoreError::Damaged { path, .. } | StoreError::Foreign { path } | StoreError::Newer { path, .. } =
            &mut self
        {
            original.clone_into(path);
        }
        self
    }
}

/// Whether the end of a write waits for the disk.
#[derive(Clone, Copy, Debug)]
enum Waits {
    /// It survives a power cut, with all that was written before it.
    ForTheDisk,
    /// A power cut may take it away again, whole: for what can be had once more.
    ForNothing,
}

impl Store {
    fn of(db: Connection) -> Store {
        Store { db, last_chunk: Cell::new(0), _copy: None }
    }

    /// Begins a write. Each says for itself what it waits for, so none depends on what the one before it left set.
    fn begin(&mut self, waits: Waits) -> Result<Transaction<'_>, StoreError> {
        let level = match waits {
            Waits::ForTheDisk => "full",
            Waits::ForNothing => "normal",
        };
        self.db.pragma_update(None, "synchronous", level).map_err(sql)?;
        // At once: what is read in it is still so when it ends, whoever keeps house beside us.
        self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)
    }

    /// Looks whether the file is whole, as [`Store::open`] did.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is not.
    pub fn check(&self) -> Result<(), StoreError> {
        file::quick_check(&self.db, Path::new(self.db.path().unwrap_or(FILE)))
    }

    /// Something this device keeps for itself, such as its id or the notification that is up.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn device_get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value = "SELECT value FROM device WHERE key = ?1";
        self.db.query_row(value, [key], |row| row.get(0)).optional().map_err(sql)
    }

    /// Keeps something for this device; `None` forgets it.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn device_set(&mut self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        let tx = self.begin(Waits::ForTheDisk)?;
        let done = match value {
            Some(value) => {
                let put = "INSERT INTO device (key, value) VALUES (?1, ?2) \
                           ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                tx.execute(put, [key, value])
            }
            None => tx.execute("DELETE FROM device WHERE key = ?1", [key]),
        };
        done.map_err(sql)?;
        tx.commit().map_err(sql)
    }
}

fn io_error(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::NotWritable(error.to_string())
        }
        _ => StoreError::Disk(error.to_string()),
    }
}

fn sql(error: rusqlite::Error) -> StoreError {
    at(Path::new(FILE), error)
}

fn at(path: &Path, error: rusqlite::Error) -> StoreError {
    let why = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { path: path.to_owned(), why }
        }
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => StoreError::NotWritable(why),
        Some(ErrorCode::SystemIoFailure) => StoreError::Disk(why),
        _ => StoreError::Other(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_last_waits_for_the_disk_whatever_was_written_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join(FILE)).unwrap();
        let level =
            |store: &Store| store.db.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0)).unwrap();
        let feed = Feed { url: "https://a.example/feed".to_owned(), ..Feed::default() };
        for last in [
            (|store| store.append(ChunkKind::Increment, b"change")) as fn(&mut Store) -> Result<(), StoreError>,
            |store| store.device_set("device", Some("id")),
            |store| store.compact(b"snapshot"),
        ] {
            store.save_feed(&feed, &[], jiff::Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(level(&store), 1, "the feed cache waits for nothing");
            last(&mut store).unwrap();
            assert_eq!(level(&store), 2, "full");
        }
    }
}
