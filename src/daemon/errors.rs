//! Errors of the rooms below in words for the author: what, why, and what to do next.

use crate::{
    api::{Error, ErrorKind, Next},
    config::ConfigError,
    document::json::JsonError,
    platform::FolderError,
    replica::{CommitError, ImportError, OpenError},
    store::{StoreError, lock::LockError},
    sync::KeyFileError,
};

const UPDATE: &str = "update goodword on this laptop";
const UNCHANGED: &str = "is it the right file? nothing was changed";
const ROOM: &str = "make room on the disk and try again; what was there before is whole";

fn refused(error: &impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Refused, error.to_string())
}

pub fn folders(error: FolderError) -> Error {
    match &error {
        // Others may have put something there: that is a matter of trust.
        FolderError::Foreign { .. } | FolderError::Open { .. } => refused(&error).hint(Next::Doctor),
        FolderError::Io { error: why, .. } if is_full(why) => Error::failed(error.to_string()).hint(ROOM),
        _ => Error::failed(error.to_string()).hint(Next::Doctor),
    }
}

pub fn lock(error: LockError) -> Error {
    match &error {
        LockError::Held { .. } => Error::new(ErrorKind::Unreachable, error.to_string()).hint(Next::Busy),
        LockError::Io { error: why, .. } if is_full(why) => Error::failed(error.to_string()).hint(ROOM),
        LockError::Io { .. } => Error::failed(error.to_string()).hint(Next::Doctor),
    }
}

pub fn key(error: KeyFileError) -> Error {
    match &error {
        KeyFileError::Damaged { .. } => refused(&error).hint(
            "take it back from a copy of this home; or move it away: this laptop then gets a new key and is paired anew",
        ),
        KeyFileError::Io { error: why, .. } if is_full(why) => Error::failed(error.to_string()).hint(ROOM),
        KeyFileError::Io { .. } => Error::failed(error.to_string()).hint(Next::Doctor),
    }
}

pub fn config(error: ConfigError) -> Error {
    Error::usage(error.to_string()).hint("mend the file, or move it away to use the defaults")
}

pub fn open(error: OpenError) -> Error {
    match error {
        OpenError::Unreadable { backup: Some(ref backup), .. } | OpenError::Missing { ref backup, .. } => {
            refused(&error).hint(Next::Restore(Some(backup.path.display().to_string())))
        }
        OpenError::Unreadable { backup: None, .. } => refused(&error).hint(Next::Restore(None)),
        OpenError::Store(error) => store(error),
        OpenError::Folder(ref why) if is_full(why) => Error::failed(error.to_string()).hint(ROOM),
        OpenError::Folder(_) => Error::failed(error.to_string()).hint(Next::Doctor),
    }
}

pub fn store(error: StoreError) -> Error {
    match error {
        StoreError::Newer { .. } => refused(&error).hint(UPDATE),
        StoreError::Full => Error::failed(error.to_string()).hint(ROOM),
        // SQLite says "I/O error" where a quota or a limit on files is at its end.
        StoreError::Disk(_) => Error::failed(error.to_string())
            .hint("is there room on the disk? make some and try again; what was there before is whole"),
        StoreError::NotWritable(_) | StoreError::Damaged { .. } | StoreError::Foreign { .. } | StoreError::Other(_) => {
            Error::failed(error.to_string()).hint(Next::Doctor)
        }
    }
}

pub fn backups(error: std::io::Error) -> Error {
    Error::failed(format!("the backups: {error}")).hint(if is_full(&error) { ROOM.into() } else { Next::Doctor })
}

pub fn commit(error: CommitError) -> Error {
    match error {
        CommitError::Refused(error) => refused(&error).hint(UPDATE),
        CommitError::Store(error) => store(error),
    }
}

pub fn import(error: ImportError) -> Error {
    match error {
        ImportError::Newer | ImportError::Json(JsonError::Newer) => refused(&error).hint(UPDATE),
        ImportError::Document(_) | ImportError::Json(JsonError::TooBig | JsonError::TooMany(_)) => {
            refused(&error).hint(UNCHANGED)
        }
        ImportError::Json(_) => Error::failed(error.to_string()).hint(UNCHANGED),
        ImportError::Commit(error) => commit(error),
    }
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Io;
    matches!(error.kind(), Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge)
}
