//! What `doctor` can see without opening the home: folders, room, configuration, lock, socket, database, backups.
//! Nothing is written, touched or made.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::Path,
};

use rustix::fs::{Access, access, statvfs};

use super::{ill, well};
use crate::{
    api::Check,
    config::Config,
    daemon::errors,
    document::limits,
    platform::{FolderError, Folders},
    store::{
        Store, StoreError, backup,
        lock::{self, LockError},
    },
};

/// A home needs little; below this a feed or a backup may not fit.
const LITTLE_ROOM: u64 = 50 << 20;

pub fn folders(folders: &Folders) -> Check {
    if let Some(error) = folders.faults().into_iter().next() {
        let hint = match &error {
            FolderError::Foreign { path, .. } => {
                format!("sudo chown -R \"$USER\" '{}', or use --home DIR", path.display())
            }
            FolderError::Open { path, .. } => {
                format!("look whether all files in it are yours; then chmod 700 '{}'", path.display())
            }
            FolderError::Io { path, .. } => format!("mv '{0}' '{0}.old' makes place for it", path.display()),
            _ => "goodword --home DIR uses another folder".to_owned(),
        };
        return ill("folders", error.to_string(), hint);
    }
    let data = &folders.data;
    let Ok(meta) = fs::metadata(data) else {
        return well("folders", format!("{} will be made by the first command", data.display()));
    };
    for path in [data, &folders.config, &folders.runtime, &folders.backups()] {
        match access(path, Access::WRITE_OK | Access::EXEC_OK) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => {}
            Err(error) => {
                let message = format!("{} cannot be written in: {}", path.display(), io::Error::from(error));
                return ill("folders", message, format!("chmod 700 '{}', or use --home DIR", path.display()));
            }
        }
    }
    if meta.permissions().mode() & 0o077 != 0 {
        let message = format!("others on this machine can look into {}", data.display());
        return ill("folders", message, format!("chmod 700 '{}'", data.display()));
    }
    well("folders", data.display().to_string())
}

pub fn room(folders: &Folders) -> Check {
    let place = folders.data.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    match statvfs(place) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let message = format!("{} MiB free", free >> 20);
            if free < LITTLE_ROOM {
                ill("room", message, "make room on the disk: without it nothing new can be remembered")
            } else {
                well("room", message)
            }
        }
        Err(error) => ill("room", format!("{}: {}", place.display(), io::Error::from(error)), "is the disk there?"),
    }
}

pub fn config(folders: &Folders) -> Check {
    match Config::read(&folders.config_file()) {
        Ok(_) => well("config", folders.config_file().display().to_string()),
        Err(error) => {
            let error = errors::config(error);
            ill("config", error.message, error.hint.map(String::from).unwrap_or_default())
        }
    }
}

/// Nobody may hold a home whose daemon does not answer.
pub fn lock(folders: &Folders) -> Check {
    let path = folders.data.join(lock::FILE);
    match lock::look(&folders.data) {
        Ok(()) => well("lock", "nobody holds this home"),
        Err(error @ LockError::Held { pid }) => {
            let hint = match pid {
                Some(pid) => {
                    format!("wait a moment; if it stays, look what it does: ps -p {pid}, and stop it: kill {pid}")
                }
                None => "wait a moment, and try again".to_owned(),
            };
            ill("lock", error.to_string(), hint)
        }
        Err(error) => ill("lock", error.to_string(), format!("rm -r '{}': it holds nothing of yours", path.display())),
    }
}

pub fn socket(folders: &Folders) -> Check {
    let path = folders.socket();
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.file_type().is_socket() => well("socket", path.display().to_string()),
        Ok(_) => ill(
            "socket",
            format!("{} is not a socket, so no daemon can be reached", path.display()),
            format!("mv '{0}' '{0}.old', and start the daemon again", path.display()),
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => well("socket", "none yet; the daemon makes it"),
        Err(error) => ill(
            "socket",
            format!("{}: {error}", path.display()),
            "goodword service install starts the daemon, which makes it anew",
        ),
    }
}

/// The database as a file, where no home could be opened.
pub fn database(folders: &Folders) -> Check {
    let path = folders.database();
    let Err(error) = Store::look(&path).and_then(|store| store.chunks()) else {
        return well("database", "whole");
    };
    let hint = match &error {
        StoreError::Damaged { .. } | StoreError::Foreign { .. } => {
            "goodword backup restore FILE goes on from a backup; the damaged file is kept".to_owned()
        }
        StoreError::Newer { .. } => "update goodword on this laptop".to_owned(),
        _ => format!("chmod 600 '{}', if it is yours", path.display()),
    };
    ill("database", error.to_string(), hint)
}

/// The backups; a damaged one is not counted.
pub fn backups(folders: &Folders, today: jiff::civil::Date) -> Check {
    let hint = "goodword backup now makes one; the daemon makes one a day";
    let backups = match backup::list(&folders.backups(), today) {
        Ok(backups) => backups,
        Err(error) => {
            let path = folders.backups();
            let message = format!("{}: {error}", path.display());
            return ill(
                "backups",
                message,
                format!("mv '{0}' '{0}.old', and then: goodword backup now", path.display()),
            );
        }
    };
    let is_whole = |backup: &backup::Backup| fs::read(&backup.path).is_ok_and(|bytes| limits::is_sealed(&bytes));
    let (whole, damaged): (Vec<_>, Vec<_>) = backups.into_iter().partition(is_whole);
    let Some(newest) = whole.first() else {
        let message = if damaged.is_empty() { "there is none yet" } else { "none of them can be read" };
        return ill("backups", message, hint);
    };
    let message = format!("{} of them, the newest of {}", whole.len(), newest.date);
    if let Some(first) = damaged.first() {
        let message = format!("{message}; {} is damaged and not counted", first.path.display());
        return ill("backups", message, format!("mv '{0}' '{0}.damaged'; {hint}", first.path.display()));
    }
    let age = today.since(newest.date).map(|span| span.get_days()).unwrap_or_default();
    if age > 7 { ill("backups", message, hint) } else { well("backups", message) }
}
