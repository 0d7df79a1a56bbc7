//! Where things are: the system's folders, or one home that holds everything. Private to their owner.

use std::{
    ffi::OsString,
    fs,
    os::{
        fd::AsFd,
        unix::{
            ffi::OsStrExt,
            fs::{DirBuilderExt, MetadataExt},
        },
    },
    path::{Path, PathBuf},
};

use rustix::fs::Mode;

/// The shortest limit on the length of a socket's path among the systems we run on: macOS has 104 bytes with the NUL.
const SOCKET_PATH: usize = 103;

/// The three places of one device. Nothing exists until [`Folders::prepare`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    pub config: PathBuf,
    pub data: PathBuf,
    /// The socket; emptied by the system when the author logs out.
    pub runtime: PathBuf,
    /// Everything is under one folder that the author named (`--home`, `GOODWORD_HOME`).
    pub home: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("HOME is not set, so there is no place for the book; give one with --home DIR")]
    NoHome,
    #[error("{} is not an absolute path", .0.display())]
    Relative(PathBuf),
    #[error("{} belongs to another user (uid {owner}, we are {us}); give a folder of your own with --home DIR", path.display())]
    Foreign { path: PathBuf, owner: u32, us: u32 },
    #[error("others may write to {} (mode {mode:03o}); run: chmod 700 {}", path.display(), path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("{} is too long for a socket ({len} bytes, at most {SOCKET_PATH}); choose a shorter home", path.display())]
    LongSocket { path: PathBuf, len: usize },
    #[error("{} is a file, and goodword needs a folder there; give another with --home DIR", .0.display())]
    NotAFolder(PathBuf),
    #[error("nothing can be written in {}, so there is no place for the book; give another folder with --home DIR", .0.display())]
    ReadOnly(PathBuf),
    #[error("{} cannot be made or opened: {error}; give another folder with --home DIR", path.display())]
    Io { path: PathBuf, error: std::io::Error },
}

impl FolderError {
    fn of(path: &Path, error: std::io::Error) -> FolderError {
        use std::io::ErrorKind as Io;
        match error.kind() {
            Io::AlreadyExists | Io::NotADirectory => FolderError::NotAFolder(path.to_owned()),
            Io::PermissionDenied | Io::ReadOnlyFilesystem => FolderError::ReadOnly(path.to_owned()),
            _ => FolderError::Io { path: path.to_owned(), error },
        }
    }
}

/// The folders of this process: all under `home` if one is given, else where the system keeps such things.
///
/// # Errors
/// When there is no home, or it is a relative path.
pub fn folders(home: Option<&Path>) -> Result<Folders, FolderError> {
    match home {
        Some(home) => Folders::under(home),
        None => by_system(&|name| std::env::var_os(name)),
    }
}

/// Where the author's programs keep their configuration.
#[cfg(not(target_os = "macos"))]
pub(super) fn config_home() -> Result<PathBuf, FolderError> {
    let config = by_system(&|name| std::env::var_os(name))?.config;
    config.parent().map(Path::to_owned).ok_or(FolderError::NoHome)
}

/// XDG base directories: a variable that is empty or not absolute counts as unset.
#[cfg(not(target_os = "macos"))]
fn by_system(env: &dyn Fn(&str) -> Option<OsString>) -> Result<Folders, FolderError> {
    let absolute = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = |rest: &str| absolute("HOME").map(|home| home.join(rest)).ok_or(FolderError::NoHome);
    let config = absolute("XDG_CONFIG_HOME").map_or_else(|| below_home(".config"), Ok)?.join("goodword");
    let data = absolute("XDG_DATA_HOME").map_or_else(|| below_home(".local/share"), Ok)?.join("goodword");
    let runtime = absolute("XDG_RUNTIME_DIR").map_or_else(|| data.join("run"), |path| path.join("goodword"));
    Ok(Folders { config, data, runtime, home: None })
}

#[cfg(target_os = "macos")]
fn by_system(env: &dyn Fn(&str) -> Option<OsString>) -> Result<Folders, FolderError> {
    let home = env("HOME").map(PathBuf::from).filter(|path| path.is_absolute()).ok_or(FolderError::NoHome)?;
    let all = home.join("Library/Application Support/goodword");
    Ok(Folders { config: all.clone(), data: all.clone(), runtime: all.join("run"), home: None })
}

impl Folders {
    /// Everything under one folder; two such homes on one machine behave as two laptops.
    ///
    /// # Errors
    /// When the path cannot be made absolute.
    pub fn under(home: &Path) -> Result<Folders, FolderError> {
        let home = std::path::absolute(home).map_err(|_| FolderError::Relative(home.to_owned()))?;
        Ok(Folders { config: home.clone(), data: home.clone(), runtime: home.join("run"), home: Some(home) })
    }

    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.join("goodword.db")
    }

    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }

    #[must_use]
    pub fn device_key(&self) -> PathBuf {
        self.data.join("device.key")
    }

    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.runtime.join("goodword.sock")
    }

    /// What [`Folders::prepare`] would refuse, found without changing anything. What is missing is no fault.
    #[must_use]
    pub fn faults(&self) -> Vec<FolderError> {
        let there = [&self.data, &self.config, &self.runtime, &self.backups()].map(|path| match fs::metadata(path) {
            Ok(found) => trusted(path, &found).err(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => Some(FolderError::of(path, error)),
        });
        self.short_enough().err().into_iter().chain(there.into_iter().flatten()).collect()
    }

    fn short_enough(&self) -> Result<(), FolderError> {
        let path = self.socket();
        let len = path.as_os_str().as_bytes().len();
        if len > SOCKET_PATH { Err(FolderError::LongSocket { path, len }) } else { Ok(()) }
    }

    /// Creates what is missing and makes each folder private (0700). Preparing twice changes nothing.
    ///
    /// # Errors
    /// When a folder belongs to somebody else, or others could have put something into it: then nothing in it can be
    /// trusted, and tightening it now would only hide that. Also when the socket's path would be too long to bind.
    pub fn prepare(&self) -> Result<(), FolderError> {
        self.short_enough()?;
        for path in [&self.data, &self.config, &self.runtime, &self.backups()] {
            private(path)?;
        }
        Ok(())
    }
}

fn private(path: &Path) -> Result<(), FolderError> {
    let io = |error| FolderError::of(path, error);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
    // Through the opened folder: what is checked is what is changed.
    let folder = fs::File::open(path).map_err(io)?;
    let found = folder.metadata().map_err(io)?;
    trusted(path, &found)?;
    let mode = found.mode() & 0o777;
    if mode != 0o700 {
        rustix::fs::fchmod(folder.as_fd(), Mode::RWXU).map_err(|error| io(error.into()))?;
    }
    Ok(())
}

fn trusted(path: &Path, found: &fs::Metadata) -> Result<(), FolderError> {
    if !found.is_dir() {
        return Err(FolderError::NotAFolder(path.to_owned()));
    }
    let us = rustix::process::geteuid().as_raw();
    if found.uid() != us {
        return Err(FolderError::Foreign { path: path.to_owned(), owner: found.uid(), us });
    }
    let mode = found.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(FolderError::Open { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_xdg_variables_are_followed() {
        let env = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some("/c".into()),
            "XDG_DATA_HOME" => Some("/d e".into()),
            "XDG_RUNTIME_DIR" => Some("/run/user/1".into()),
            _ => None,
        };
        let found = by_system(&env).unwrap();
        assert_eq!(found.config_file(), Path::new("/c/goodword/config.toml"));
        assert_eq!(found.database(), Path::new("/d e/goodword/goodword.db"));
        assert_eq!(found.socket(), Path::new("/run/user/1/goodword/goodword.sock"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_empty_or_relative_xdg_variable_counts_as_unset() {
        let env = |name: &str| match name {
            "HOME" => Some("/home/ana".into()),
            "XDG_CONFIG_HOME" => Some("".into()),
            "XDG_DATA_HOME" => Some("data".into()),
            _ => None,
        };
        let found = by_system(&env).unwrap();
        assert_eq!(found.config, Path::new("/home/ana/.config/goodword"));
        assert_eq!(found.data, Path::new("/home/ana/.local/share/goodword"));
        assert_eq!(found.runtime, Path::new("/home/ana/.local/share/goodword/run"));
    }

    #[test]
    fn no_home_is_an_error_and_not_the_root() {
        assert!(matches!(by_system(&|_| None), Err(FolderError::NoHome)));
    }

    #[test]
    fn everything_is_under_a_named_home_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("new/laptop");
        let folders = folders(Some(&home)).unwrap();
        folders.prepare().unwrap();
        folders.prepare().unwrap();
        for path in [&home, &home.join("run"), &home.join("backups")] {
            assert_eq!(mode(path), 0o700, "{}", path.display());
        }
        assert_eq!(folders.socket(), home.join("run/goodword.sock"));
        assert_eq!(folders.device_key(), home.join("device.key"));
    }

    #[test]
    fn a_readable_home_is_made_private() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Folders::under(dir.path()).unwrap().prepare().unwrap();
        assert_eq!(mode(dir.path()), 0o700);
    }

    #[test]
    fn a_home_that_others_may_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for open in [0o770, 0o707, 0o777] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(open)).unwrap();
            let error = Folders::under(dir.path()).unwrap().prepare().unwrap_err();
            assert!(matches!(error, FolderError::Open { .. }), "{error}");
            assert_eq!(mode(dir.path()), open, "it is left as it was");
        }
    }

    #[test]
    fn a_home_of_somebody_else_is_refused() {
        // Root may give a folder away; anybody else knows one that is not theirs.
        let dir = tempfile::tempdir().unwrap();
        let path = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(dir.path(), Some(4242), None).unwrap();
            dir.path()
        } else {
            Path::new("/usr")
        };
        let error = private(path).unwrap_err();
        assert!(matches!(error, FolderError::Foreign { .. }), "{error}");
    }

    #[test]
    fn a_home_too_deep_for_a_socket_is_refused_before_anything_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("x".repeat(120));
        let error = Folders::under(&home).unwrap().prepare().unwrap_err();
        assert!(matches!(error, FolderError::LongSocket { .. }), "{error}");
        assert!(!home.exists());
    }
}
