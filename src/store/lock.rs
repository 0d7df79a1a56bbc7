//! One process owns a home: an advisory lock on a file, which the kernel lets go when its holder dies.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// The lock's file in the device's folder.
pub const FILE: &str = "goodword.lock";

/// How often a waiting process looks again.
const EVERY: Duration = Duration::from_millis(25);

/// Held while this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the home could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The process id is for telling the author, and may be unknown.
    #[error("another goodword{} is using this folder", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Held { pid: Option<u32> },
    #[error("the lock file {} cannot be used: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
}

impl Lock {
    /// Takes the lock in this folder, waiting up to a time for its holder to let go.
    ///
    /// # Errors
    /// [`LockError::Held`] when the time is over, [`LockError::Io`] when the file cannot be used.
    pub fn take(folder: &Path, wait: Duration) -> Result<Lock, LockError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let path = folder.join(FILE);
        let failed = |error| LockError::Io { path: path.clone(), error };
        let mut file = options.open(&path).map_err(failed)?;
        let until = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(EVERY),
                Err(TryLockError::WouldBlock) => return Err(LockError::Held { pid: holder(&mut file) }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        // Who holds it is only for telling: a full disk must not keep the author from their book.
        _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Lock { _file: file })
    }
}

/// Looks whether somebody holds this folder, and makes nothing.
///
/// # Errors
/// [`LockError::Held`] when somebody does, [`LockError::Io`] when the file cannot be used.
pub fn look(folder: &Path) -> Result<(), LockError> {
    let path = folder.join(FILE);
    let failed = |error| LockError::Io { path: path.clone(), error };
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file.map_err(failed)?,
    };
    // A folder can be opened too, and locked, but nobody can hold a home by it.
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(LockError::Held { pid: holder(&mut file) }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
