//! The store's tables, and how an older file grows into today's shape.

use std::path::Path;

use rusqlite::Connection;

use super::{StoreError, at};

/// "goWd": says that the file is ours.
const APPLICATION_ID: i64 = 0x676f_5764;

/// Each step leads one version up; a step that was released never changes.
const MIGRATIONS: [&str; 2] = [
    // 1
    "CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('snapshot', 'increment')),
        bytes BLOB NOT NULL,
        sha256 BLOB NOT NULL
    ) STRICT;
    CREATE TABLE device (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE feeds (
        url TEXT PRIMARY KEY,
        title TEXT,
        etag TEXT,
        last_modified TEXT,
        fetched_at TEXT,
        next_at TEXT,
        failures INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        moved_to TEXT
    ) STRICT;
    CREATE TABLE items (
        feed TEXT NOT NULL REFERENCES feeds (url) ON DELETE CASCADE,
        url TEXT NOT NULL,
        title TEXT NOT NULL,
        published TEXT,
        kind TEXT NOT NULL,
        summary TEXT NOT NULL,
        warning TEXT,
        first_seen TEXT NOT NULL,
        PRIMARY KEY (feed, url, title)
    ) STRICT, WITHOUT ROWID;",
    // 2
    "CREATE TABLE lookups (
        key TEXT PRIMARY KEY,
        said TEXT NOT NULL,
        at TEXT NOT NULL,
        until TEXT NOT NULL
    ) STRICT;",
];

const VERSION: i64 = MIGRATIONS.len() as i64;

/// Refuses a file that is not ours or that a later program wrote, before anything in it is touched. True when the file
/// is of an older version and has to grow.
pub(super) fn check(db: &Connection, path: &Path) -> Result<bool, StoreError> {
    let number = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    if number("application_id").map_err(|error| at(path, error))? != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let found = number("user_version").map_err(|error| at(path, error))?;
    if found > VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: VERSION });
    }
    // A file of ours has its name only once it has its tables.
    if found < 1 {
        return Err(StoreError::Damaged { path: path.to_owned(), why: format!("its version is {found}") });
    }
    Ok(found < VERSION)
}

/// Makes the tables in an empty file.
pub(super) fn create(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(db)
}

/// Takes an older file up to today's shape, in one transaction.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "foreign_keys", true)?;
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found >= VERSION {
        return Ok(());
    }
    let tx = db.transaction()?;
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}
