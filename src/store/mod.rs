//! The store: one SQLite file for everything a device keeps, synced to disk before anybody hears "done".
//!
//! It holds the document's chunks as bytes it does not understand, and what never enters the document: the feed cache
//! and this device's own state. A file that cannot be trusted is reported and left alone; only [`Store::set_aside`]
//! moves it, whole, when the caller says so.

pub mod backup;
pub mod feeds;
pub mod lock;
mod schema;

use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use sha2::{Digest, Sha256};

pub use feeds::Feed;

/// The store's file in the device's folder.
pub const FILE: &str = "goodword.db";

/// An open store. Keep a [`lock::Lock`] while it is open: one process owns a home.
#[derive(Debug)]
pub struct Store {
    db: Connection,
}

/// A part of the document, in the order in which it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub kind: ChunkKind,
    pub bytes: Vec<u8>,
}

/// What a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkKind {
    /// A whole document; increments follow it.
    Snapshot,
    /// The changes of one commit or one merge.
    Increment,
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

impl ChunkKind {
    fn name(self) -> &'static str {
        match self {
            ChunkKind::Snapshot => "snapshot",
            ChunkKind::Increment => "increment",
        }
    }
}

impl Store {
    /// Opens the store, or makes one where there is no file. The file is readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Foreign`] and [`StoreError::Newer`] leave the file untouched.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        if !path.try_exists().map_err(io_error)? {
            create(path)?;
        }
        if fs::metadata(path).map_err(io_error)?.len() == 0 {
            return Err(StoreError::Damaged { path: path.to_owned(), why: "it is empty".to_owned() });
        }
        let mut db = connect(path)?;
        let in_file = |error| at(path, error);
        schema::check(&db, path)?;
        quick_check(&db, path)?;
        schema::migrate(&mut db).map_err(in_file)?;
        db.pragma_update(None, "journal_mode", "wal").map_err(in_file)?;
        Ok(Store { db })
    }

    /// Looks whether the file is whole, as [`Store::open`] did.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is not.
    pub fn check(&self) -> Result<(), StoreError> {
        quick_check(&self.db, Path::new(self.db.path().unwrap_or(FILE)))
    }

    /// Moves a store that cannot be used out of the way, with its write-ahead log, and gives the new name of the
    /// file. The stamp (such as a date and time) makes the name; nothing is ever overwritten.
    ///
    /// # Errors
    /// When a file cannot be renamed.
    pub fn set_aside(path: &Path, stamp: &str) -> io::Result<Option<PathBuf>> {
        let free = |n: u32| {
            let suffix = if n == 0 { format!("set-aside-{stamp}") } else { format!("set-aside-{stamp}-{n}") };
            let target = beside(path, &format!(".{suffix}"));
            (!target.exists()).then_some(target)
        };
        let target = (0..1000).find_map(free).ok_or(io::ErrorKind::AlreadyExists)?;
        let mut moved = None;
        // The log first: a crash in between leaves a store that still says it is damaged.
        for suffix in ["-wal", "-shm", ""] {
            let from = beside(path, suffix);
            if from.exists() {
                let to = beside(&target, suffix);
                fs::rename(from, &to)?;
                moved = Some(to);
            }
        }
        sync_folder(path)?;
        Ok(moved)
    }

    /// Appends a chunk. When this returns, it is on disk.
    ///
    /// # Errors
    /// When it could not be written; then the store is as it was.
    pub fn append(&mut self, kind: ChunkKind, bytes: &[u8]) -> Result<(), StoreError> {
        let tx = self.db.transaction().map_err(sql)?;
        insert(&tx, kind, bytes).map_err(sql)?;
        tx.commit().map_err(sql)
    }

    /// The chunks from the latest snapshot on, each checked against its hash.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when one is not as it was written.
    pub fn chunks(&self) -> Result<Vec<Chunk>, StoreError> {
        let mut query = self
            .db
            .prepare(
                "SELECT id, kind, bytes, sha256 FROM chunks \
                 WHERE id >= coalesce((SELECT max(id) FROM chunks WHERE kind = 'snapshot'), 0) ORDER BY id",
            )
            .map_err(sql)?;
        let rows = query.query_map([], |row| {
            let (kind, hash): (String, Vec<u8>) = (row.get(1)?, row.get(3)?);
            Ok((row.get::<_, i64>(0)?, kind, row.get::<_, Vec<u8>>(2)?, hash))
        });
        let mut chunks = Vec::new();
        for row in rows.map_err(sql)? {
            let (id, kind, bytes, hash) = row.map_err(sql)?;
            let kind = [ChunkKind::Snapshot, ChunkKind::Increment].into_iter().find(|known| known.name() == kind);
            match kind {
                Some(kind) if Sha256::digest(&bytes).as_slice() == hash => chunks.push(Chunk { kind, bytes }),
                _ => {
                    let path = self.db.path().map(PathBuf::from).unwrap_or_default();
                    return Err(StoreError::Damaged { path, why: format!("part {id} of the book was altered") });
                }
            }
        }
        Ok(chunks)
    }

    /// How many chunks there are, and their bytes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn size(&self) -> Result<(u64, u64), StoreError> {
        let size = "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM chunks";
        let pair = self.db.query_row(size, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        pair.map(|(count, bytes)| (count.unsigned_abs(), bytes.unsigned_abs())).map_err(sql)
    }

    /// Puts one snapshot in the place of all chunks, in one transaction. The caller has loaded the snapshot again
    /// and compared its heads: after this there is nothing else.
    ///
    /// # Errors
    /// When it could not be written; then all chunks are as they were.
    pub fn compact(&mut self, snapshot: &[u8]) -> Result<(), StoreError> {
        let tx = self.db.transaction().map_err(sql)?;
        let last: i64 = tx.query_row("SELECT coalesce(max(id), 0) FROM chunks", [], |row| row.get(0)).map_err(sql)?;
        insert(&tx, ChunkKind::Snapshot, snapshot).map_err(sql)?;
        tx.execute("DELETE FROM chunks WHERE id <= ?1", [last]).map_err(sql)?;
        tx.commit().map_err(sql)
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
        let done = match value {
            Some(value) => {
                let put = "INSERT INTO device (key, value) VALUES (?1, ?2) \
                           ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                self.db.execute(put, [key, value])
            }
            None => self.db.execute("DELETE FROM device WHERE key = ?1", [key]),
        };
        done.map(|_| ()).map_err(sql)
    }
}

fn insert(tx: &rusqlite::Transaction<'_>, kind: ChunkKind, bytes: &[u8]) -> rusqlite::Result<()> {
    let hash = Sha256::digest(bytes);
    let put = "INSERT INTO chunks (kind, bytes, sha256) VALUES (?1, ?2, ?3)";
    tx.execute(put, params![kind.name(), bytes, hash.as_slice()]).map(|_| ())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| at(path, error))?;
    let set = || -> rusqlite::Result<()> {
        db.busy_timeout(Duration::from_secs(5))?;
        // An acknowledged change survives a power cut.
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "trusted_schema", false)?;
        db.pragma_update(None, "cell_size_check", true)
    };
    set().map_err(|error| at(path, error))?;
    Ok(db)
}

/// Makes the file under another name and renames it when it is whole: a crash never leaves half a store.
fn create(path: &Path) -> Result<(), StoreError> {
    // A log without its store belongs to another life of this file: it must never be replayed into a new one.
    if beside(path, "-wal").exists() {
        let why = "its log is there and the store itself is gone".to_owned();
        return Err(StoreError::Damaged { path: path.to_owned(), why });
    }
    let new = beside(path, ".new");
    for suffix in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(&new, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(error)),
            _ => {}
        }
    }
    private_file(&new).map_err(io_error)?;
    let mut db = connect(&new)?;
    schema::create(&mut db).map_err(sql)?;
    db.close().map_err(|(_, error)| sql(error))?;
    fs::rename(&new, path).map_err(io_error)?;
    sync_folder(path).map_err(io_error)
}

/// Makes a new file that only its owner may read.
fn private_file(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A rename is on disk only when its folder is.
fn sync_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
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

fn quick_check(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let health: String =
        db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| at(path, error))?;
    if health == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.to_owned(), why: health }) }
}
