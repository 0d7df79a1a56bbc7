//! The store's file: made whole or not at all, never trusted blindly, looked at without a trace, set aside whole.

use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{ChunkKind, Store, StoreError, at, io_error, schema, sql};

/// How often a look at a store is tried again that somebody is writing in.
const LOOKS: u32 = 5;

/// A new store that is whole and waits for its place.
const RESTORED: &str = ".restored";

impl Store {
    /// Opens the store, or makes one where there is no file. The file is readable by its owner only.
    ///
    /// A log that a killed process left behind is read, and moved into the file only after [`Store::trust`]: until
    /// then a damaged store stays as it was found.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Foreign`] and [`StoreError::Newer`] leave the file untouched.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        if !path.try_exists().map_err(io_error)? {
            create(path)?;
        }
        refuse_empty(path)?;
        let mut db = connect(path)?;
        let in_file = |error| at(path, error);
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log(path)).map_err(in_file)?;
        schema::check(&db, path)?;
        quick_check(&db, path)?;
        schema::migrate(&mut db).map_err(in_file)?;
        db.pragma_update(None, "journal_mode", "wal").map_err(in_file)?;
        Ok(Store::of(db))
    }

    /// Opens the store beside the process that has it open and keeps its log.
    ///
    /// # Errors
    /// As [`Store::open`]; nothing is made here and nothing grows.
    pub fn beside(path: &Path) -> Result<Store, StoreError> {
        refuse_empty(path)?;
        let db = connect(path)?;
        // Should the other die meanwhile, its log waits for whoever opens the store next.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(|error| at(path, error))?;
        if schema::check(&db, path)? {
            return Err(StoreError::Other("it is of an older version, and nobody has it open".to_owned()));
        }
        Ok(Store::of(db))
    }

    /// What the store holds was read and is good: from now on its log may be moved into it.
    ///
    /// # Errors
    /// When SQLite does not take the setting.
    pub fn trust(&self) -> Result<(), StoreError> {
        self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map(|_| ()).map_err(sql)
    }

    /// Opens the store to read it, without a lock and without writing anything beside it: not even the files that
    /// SQLite itself makes. Where there is no file, an empty store is shown.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn look(path: &Path) -> Result<Store, StoreError> {
        if !path.try_exists().map_err(io_error)? {
            refuse_orphan_log(path)?;
            let mut db = Connection::open_in_memory().map_err(sql)?;
            schema::create(&mut db).map_err(sql)?;
            return Ok(Store::of(db));
        }
        refuse_empty(path)?;
        if has_log(path) {
            return look_at_copy(path);
        }
        // Without a log the file is all there is, and SQLite is told that it does not change.
        let mut address = url::Url::from_file_path(path)
            .map_err(|()| StoreError::Other(format!("{} is not an absolute path", path.display())))?;
        address.set_query(Some("immutable=1"));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(address.as_str(), flags).map_err(|error| at(path, error))?;
        set(&db).map_err(|error| at(path, error))?;
        if schema::check(&db, path)? {
            return look_at_copy(path);
        }
        quick_check(&db, path)?;
        Ok(Store::of(db))
    }

    /// Sets a store that cannot be used aside, whole, with its write-ahead log, and puts a new one with this snapshot in
    /// its place. Gives the name under which the old file is kept, if there was one; the stamp (such as a date and time)
    /// makes that name, and nothing is ever overwritten.
    ///
    /// # Errors
    /// When a file cannot be written or renamed. The old files are all there, under the one name or the other.
    pub fn replace(path: &Path, stamp: &str, snapshot: &[u8]) -> Result<(Store, Option<PathBuf>), StoreError> {
        // Whole before anything is moved: with a full disk, everything stays where it was.
        let (part, restored) = (beside(path, ".part"), beside(path, RESTORED));
        for left in [&part, &restored] {
            remove(left)?;
        }
        let mut new = Store::open(&part)?;
        new.append(ChunkKind::Snapshot, snapshot)?;
        new.db.close().map_err(|(_, error)| sql(error))?;
        fs::rename(&part, &restored).map_err(io_error)?;
        sync_folder(path).map_err(io_error)?;
        let aside = set_aside(path, stamp).map_err(io_error)?;
        Store::finish_replacing(path)?;
        Ok((Store::open(path)?, aside))
    }

    /// Ends a replacement that a crash cut off after the old store was set aside. Without one, does nothing.
    ///
    /// # Errors
    /// When the file cannot be renamed.
    pub fn finish_replacing(path: &Path) -> Result<(), StoreError> {
        let restored = beside(path, RESTORED);
        let is_cut_off = restored.exists() && !path.exists() && !beside(path, "-wal").exists();
        if is_cut_off {
            fs::rename(&restored, path).map_err(io_error)?;
            sync_folder(path).map_err(io_error)?;
        }
        Ok(())
    }
}

/// The file first: a crash in between leaves a log without its store, which nobody mistakes for a book.
fn set_aside(path: &Path, stamp: &str) -> io::Result<Option<PathBuf>> {
    let parts = ["", "-wal", "-shm"];
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    let free = |n: u32| {
        let suffix = if n == 0 { format!(".set-aside-{stamp}") } else { format!(".set-aside-{stamp}-{n}") };
        let target = beside(path, &suffix);
        parts.iter().all(|part| !is_there(&beside(&target, part))).then_some(target)
    };
    let target = (0..1000).find_map(free).ok_or(io::ErrorKind::AlreadyExists)?;
    let mut moved = None;
    for part in parts {
        let from = beside(path, part);
        if is_there(&from) {
            let to = beside(&target, part);
            fs::rename(from, &to)?;
            moved.get_or_insert(to);
        }
    }
    sync_folder(path)?;
    Ok(moved)
}

/// Removes a store that was never used, with all its files.
fn remove(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(error)),
            _ => {}
        }
    }
    Ok(())
}

/// A killed process's log belongs to the store, and SQLite reads a log only where it may write. So a copy is looked at.
fn look_at_copy(path: &Path) -> Result<Store, StoreError> {
    let copy = tempfile::tempdir().map_err(io_error)?;
    let target = copy.path().join(super::FILE);
    for _ in 0..LOOKS {
        let before = (state(path), state(&beside(path, "-wal")));
        fs::copy(path, &target).map_err(io_error)?;
        match fs::copy(beside(path, "-wal"), beside(&target, "-wal")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(error)),
            _ => {}
        }
        if before == (state(path), state(&beside(path, "-wal"))) {
            let store = Store::open(&target).map_err(|error| error.about(path))?;
            return Ok(Store { _copy: Some(copy), ..store });
        }
        _ = fs::remove_file(beside(&target, "-wal"));
    }
    Err(StoreError::Other("somebody is writing in it all the time; try again".to_owned()))
}

fn state(path: &Path) -> Option<(u64, std::time::SystemTime)> {
    let meta = fs::metadata(path).ok()?;
    Some((meta.len(), meta.modified().ok()?))
}

fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

fn refuse_empty(path: &Path) -> Result<(), StoreError> {
    let damaged = |why: &str| StoreError::Damaged { path: path.to_owned(), why: why.to_owned() };
    let meta = fs::metadata(path).map_err(io_error)?;
    if !meta.is_file() {
        return Err(damaged("it is not a file"));
    }
    if meta.len() == 0 { Err(damaged("it is empty")) } else { Ok(()) }
}

/// A log without its store belongs to another life of this file: it must never be replayed into a new one.
fn refuse_orphan_log(path: &Path) -> Result<(), StoreError> {
    if beside(path, "-wal").exists() {
        let why = "its log is there and the store itself is gone".to_owned();
        return Err(StoreError::Damaged { path: path.to_owned(), why });
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| at(path, error))?;
    set(&db).map_err(|error| at(path, error))?;
    Ok(db)
}

fn set(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(5))?;
    // An acknowledged change survives a power cut.
    db.pragma_update(None, "synchronous", "full")?;
    // In KiB. The book is read once; the two megabytes that a cache has by itself would stay full of it.
    db.pragma_update(None, "cache_size", -256)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)
}

/// Makes the file under another name and renames it when it is whole: a crash never leaves half a store.
fn create(path: &Path) -> Result<(), StoreError> {
    refuse_orphan_log(path)?;
    let new = beside(path, ".new");
    remove(&new)?;
    private_file(&new).map_err(io_error)?;
    let mut db = connect(&new)?;
    schema::create(&mut db).map_err(sql)?;
    db.close().map_err(|(_, error)| sql(error))?;
    fs::rename(&new, path).map_err(io_error)?;
    sync_folder(path).map_err(io_error)
}

pub(super) fn quick_check(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let health: String =
        db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| at(path, error))?;
    if health == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.to_owned(), why: health }) }
}

/// Makes a new file that only its owner may read.
pub(super) fn private_file(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A rename is on disk only when its folder is.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
