//! Backups: one standard Automerge file a day, checked by reading it again before it counts.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use jiff::civil::Date;

use super::file::{beside, private_file, sync_folder};

/// The folder of the backups in the device's folder.
pub const FOLDER: &str = "backups";

/// How many days are kept.
pub const KEPT: usize = 14;

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub date: Date,
    pub path: PathBuf,
    pub bytes: u64,
}

/// The backups of a day, newest first; behind them those of days to come, which a wrong clock made and which are of
/// who knows when. A folder that is not there holds none.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path, today: Date) -> io::Result<Vec<Backup>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut backups = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let (name, meta) = (entry.file_name(), entry.metadata());
        if let (Some(date), Ok(meta)) = (name.to_str().and_then(date_of), meta)
            && meta.is_file()
        {
            backups.push(Backup { date, path: entry.path(), bytes: meta.len() });
        }
    }
    // A journey may put the date back by one.
    let tomorrow = today.tomorrow().unwrap_or(today);
    backups.sort_by_key(|backup| (backup.date > tomorrow, std::cmp::Reverse(backup.date)));
    Ok(backups)
}

/// Writes the backup of a day (a later one of the same day takes its place), reads it back, and lets the oldest go:
/// those that have [`KEPT`] whole ones after them. `is_good` is given the bytes as they were read from the disk; when it
/// says no, the older backups stay as they are. `is_whole` looks, more quickly, whether an older one was damaged since.
///
/// # Errors
/// When the file cannot be written, or is not good.
pub fn write(
    folder: &Path,
    date: Date,
    bytes: &[u8],
    is_good: impl FnOnce(&[u8]) -> bool,
    is_whole: impl Fn(&[u8]) -> bool,
) -> io::Result<PathBuf> {
    private_folder(folder)?;
    let path = folder.join(format!("goodword-{date}.automerge"));
    let new = beside(&path, ".new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let checked = write_checked(&new, bytes, is_good);
    if let Err(error) = checked {
        _ = fs::remove_file(&new);
        return Err(error);
    }
    fs::rename(&new, &path)?;
    sync_folder(&path)?;
    let backups = list(folder, date)?;
    if backups.len() > KEPT {
        let mut whole = 0;
        for backup in backups {
            if whole >= KEPT {
                fs::remove_file(backup.path)?;
            } else if fs::read(&backup.path).is_ok_and(|bytes| is_whole(&bytes)) {
                whole += 1;
            }
        }
    }
    Ok(path)
}

fn write_checked(new: &Path, bytes: &[u8], is_good: impl FnOnce(&[u8]) -> bool) -> io::Result<()> {
    let mut file = private_file(new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if is_good(&fs::read(new)?) {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "the backup could not be read back as it was written"))
    }
}

/// Makes a folder that only its owner may enter; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn date_of(name: &str) -> Option<Date> {
    name.strip_prefix("goodword-")?.strip_suffix(".automerge")?.parse().ok()
}
