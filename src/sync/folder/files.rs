//! The folder as the system shows it: somebody else's disk, that may be away, full, slow or full of traps.
//!
//! Everything here may block for ever, and is called in a thread that nobody waits for.

use std::{
    fs,
    io::{self, ErrorKind as Io, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::names::{self, Found};
use crate::sync::{key::hex, random};

/// Our own sub-folder of the folder that the author named.
pub const ROOT: &str = "goodword";
/// Shows that the folder is the right one, and not the empty place where a stick was.
pub const MARKER: &str = "README.txt";
const MARKER_TEXT: &str = "\
goodword keeps the changes of your book here, locked, on their way to your other laptops.
Leave this folder to it: what is old it takes away by itself.
";
/// The most names that are looked at in one folder.
const MAX_NAMES: usize = 20_000;
/// The most sub-folders that are looked into.
const MAX_DEVICES: usize = 128;
/// The name of the store in a goodword home.
const STORE: &str = "goodword.db";

/// Why the folder cannot be used now, in words for the author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the shared folder {} is not there: is the disk or the stick plugged in?", .0.display())]
    Away(PathBuf),
    #[error(
        "{} holds no goodword folder any more: it is the wrong one, or not in sync yet; nothing was made in it", .0.display()
    )]
    NotOurs(PathBuf),
    #[error("the shared folder has to be a full path, beginning with /, and {} is not", .0.display())]
    Relative(PathBuf),
    #[error(
        "{} cannot be the shared folder: goodword's own store is in it ({}), and a store that is synced is damaged; \
         make a folder of its own", path.display(), store.display()
    )]
    HoldsStore { path: PathBuf, store: PathBuf },
    #[error("{} cannot be the shared folder: it is inside goodword's own home {}", path.display(), home.display())]
    InHome { path: PathBuf, home: PathBuf },
    #[error("{} is not a folder of goodword's: it is a file or a link", .0.display())]
    NotAFolder(PathBuf),
    #[error("there is no room left in {}: what is new waits on this laptop", .0.display())]
    Full(PathBuf),
    #[error("nothing can be written in {}: what is new waits on this laptop", .0.display())]
    ReadOnly(PathBuf),
    #[error("{} is not yours to read", .0.display())]
    NotYours(PathBuf),
    #[error("{}: {why}", path.display())]
    Other { path: PathBuf, why: String },
}

impl Trouble {
    pub fn of(path: &Path, error: &io::Error) -> Trouble {
        let path = path.to_owned();
        match error.kind() {
            Io::NotFound => Trouble::Away(path),
            Io::StorageFull | Io::QuotaExceeded => Trouble::Full(path),
            Io::ReadOnlyFilesystem => Trouble::ReadOnly(path),
            Io::PermissionDenied => Trouble::NotYours(path),
            Io::NotADirectory | Io::AlreadyExists => Trouble::NotAFolder(path),
            _ => Trouble::Other { path, why: error.to_string() },
        }
    }

    fn writing(path: &Path, error: &io::Error) -> Trouble {
        match Trouble::of(path, error) {
            Trouble::NotYours(path) => Trouble::ReadOnly(path),
            other => other,
        }
    }
}

/// Whether the folder is there and is one of ours; makes it one when the author has just named it.
///
/// The named folder itself is never made: where a stick is not plugged in, nothing is to be written on the disk below.
pub fn check_place(path: &Path, data: &Path, set_up: bool) -> Result<(), Trouble> {
    if !path.is_absolute() {
        return Err(Trouble::Relative(path.to_owned()));
    }
    if !fs::metadata(path).map_err(|error| Trouble::of(path, &error))?.is_dir() {
        return Err(Trouble::NotAFolder(path.to_owned()));
    }
    refuse_homes(path, data)?;
    let root = path.join(ROOT);
    if set_up && !root.join(MARKER).exists() {
        make_folder(&root)?;
        write_file(&root, MARKER, MARKER_TEXT.as_bytes())?;
    }
    match fs::symlink_metadata(&root) {
        Ok(meta) if meta.is_dir() && root.join(MARKER).exists() => Ok(()),
        Ok(meta) if !meta.is_dir() => Err(Trouble::NotAFolder(root)),
        Ok(_) => Err(Trouble::NotOurs(path.to_owned())),
        Err(error) if error.kind() == Io::NotFound => Err(Trouble::NotOurs(path.to_owned())),
        Err(error) => Err(Trouble::of(&root, &error)),
    }
}

/// A store in a synced folder is damaged by the first conflict; and a home is nobody's shared folder.
fn refuse_homes(path: &Path, data: &Path) -> Result<(), Trouble> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (real_path, real_data) = (real(path), real(data));
    if real_data.starts_with(&real_path) {
        return Err(Trouble::HoldsStore { path: path.to_owned(), store: real_data.join(STORE) });
    }
    let mut homes = real_path.ancestors().map(Path::to_owned).chain([real_path.join(ROOT)]);
    match homes.find(|home| home.join(STORE).exists()) {
        Some(home) if home == real_path || home.starts_with(&real_path) => {
            Err(Trouble::HoldsStore { path: path.to_owned(), store: home.join(STORE) })
        }
        Some(home) => Err(Trouble::InHome { path: path.to_owned(), home }),
        None => Ok(()),
    }
}

/// The sub-folders that devices may have made.
pub fn devices(path: &Path) -> Result<Vec<String>, Trouble> {
    let root = path.join(ROOT);
    let mut found = Vec::new();
    for entry in fs::read_dir(&root).map_err(|error| Trouble::of(&root, &error))?.take(MAX_NAMES) {
        let entry = entry.map_err(|error| Trouble::of(&root, &error))?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name().into_string().unwrap_or_default();
        if is_folder && names::is_device(&name) && found.len() < MAX_DEVICES {
            found.push(name);
        }
    }
    Ok(found)
}

/// Our kind of files in a sub-folder, sorted. A sub-folder that is not there has none.
pub fn list(folder: &Path) -> Result<Vec<Found>, Trouble> {
    let mut found: Vec<Found> = file_names(folder)?.iter().filter_map(|name| Found::parse(name)).collect();
    found.sort_unstable();
    Ok(found)
}

fn file_names(folder: &Path) -> Result<Vec<String>, Trouble> {
    let failed = |error: &io::Error| Trouble::of(folder, error);
    match fs::symlink_metadata(folder) {
        Ok(meta) if !meta.is_dir() => return Err(Trouble::NotAFolder(folder.to_owned())),
        Err(error) if error.kind() == Io::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(&error)),
        Ok(_) => {}
    }
    let names = fs::read_dir(folder).map_err(|error| failed(&error))?.take(MAX_NAMES);
    names
        .map(|entry| Ok(entry.map_err(|error| failed(&error))?.file_name().into_string().unwrap_or_default()))
        .collect()
}

/// A whole file of at most so many bytes; nothing when it is not there (any more), too long, or no file at all: a pipe,
/// a device or a link is not waited for.
pub fn read_file(folder: &Path, found: &Found, most: u64) -> Result<Option<Vec<u8>>, Trouble> {
    let path = folder.join(&found.file);
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default();
    let read = || -> io::Result<Option<Vec<u8>>> {
        let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(&path)?;
        let meta = file.metadata()?;
        if !meta.is_file() || meta.len() > most {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
        file.take(most + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes).filter(|bytes| found.is_whole(bytes)))
    };
    match read() {
        Ok(bytes) => Ok(bytes),
        // It was taken away, or is a link.
        Err(error) if error.kind() == Io::NotFound => Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Ok(None),
        Err(error) => Err(Trouble::of(&path, &error)),
    }
}

/// Makes a folder where there is none; a link in its place is none.
pub fn make_folder(folder: &Path) -> Result<(), Trouble> {
    match fs::create_dir(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), sync_folder).map_err(|error| Trouble::writing(folder, &error)),
        Err(error) if error.kind() == Io::AlreadyExists => match fs::symlink_metadata(folder) {
            Ok(meta) if meta.is_dir() => Ok(()),
            _ => Err(Trouble::NotAFolder(folder.to_owned())),
        },
        Err(error) => Err(Trouble::writing(folder, &error)),
    }
}

/// Writes a file whole or not at all, and down to the disk.
pub fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
    let temporary = folder.join(format!(".{name}.{}{TEMPORARY}", hex(&random::<4>())));
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, folder.join(name))?;
        sync_folder(folder)
    };
    write().map_err(|error| {
        // A full disk is not to be filled with what was begun.
        _ = fs::remove_file(&temporary);
        Trouble::writing(folder, &error)
    })
}

/// Takes away what a crash left behind in our own sub-folder.
pub fn clean(folder: &Path) -> Result<(), Trouble> {
    let ours = |name: &&String| name.starts_with('.') && name.ends_with(TEMPORARY);
    for name in file_names(folder)?.iter().filter(ours) {
        _ = fs::remove_file(folder.join(name));
    }
    Ok(())
}

/// Takes one of our own files away; it may be gone already.
pub fn remove(folder: &Path, file: &str) -> Result<(), Trouble> {
    match fs::remove_file(folder.join(file)) {
        Err(error) if error.kind() != Io::NotFound => Err(Trouble::writing(folder, &error)),
        _ => Ok(()),
    }
}

const TEMPORARY: &str = ".goodword-tmp";

/// Some file systems that are not a disk's cannot do this, and say so.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match fs::File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), Io::InvalidInput | Io::Unsupported) => Ok(()),
        done => done,
    }
}
