//! The service that starts with the author's session: a systemd user unit, or a launchd agent.
//!
//! Both texts are templates that ship with the source ([`unit`], [`plist`]); the system's own file installs them.

pub mod plist;
pub mod unit;

use std::path::{Component, Path, PathBuf};

pub use super::system::service::{install, print, status, uninstall};
use super::{Folders, folders::FolderError};

/// What the service's file is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program, absolute.
    pub program: PathBuf,
    pub folders: Folders,
    /// Another folder that it may write to: the one that carries the book to other laptops.
    pub sync_folder: Option<PathBuf>,
    /// What it must know of the shell that installed it: a service is started with a bare environment.
    pub variables: Vec<(String, PathBuf)>,
    pub start: Start,
}

/// When the service starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the desktop if this session has told systemd of one, else with the login.
    #[default]
    Fitting,
    /// With the desktop, and it stops with it.
    Desktop,
    /// With the login: for window managers that tell systemd nothing.
    Login,
}

/// The service as the system knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// Its file, if there is one.
    pub installed: Option<PathBuf>,
    /// It starts by itself.
    pub enabled: bool,
    /// It runs now.
    pub active: bool,
}

impl std::fmt::Display for Status {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(file) = &self.installed else {
            let running = if self.active { ", but something by its name is running" } else { "" };
            return write!(out, "not installed{running}");
        };
        let enabled = if self.enabled { "starts by itself" } else { "does not start by itself" };
        let active = if self.active { "running" } else { "not running" };
        write!(out, "installed ({}), {enabled}, {active}", file.display())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("{} cannot stand in a service file: {why}", path.display())]
    Path { path: PathBuf, why: &'static str },
    #[error("the place of this program is not known: {0}")]
    NoProgram(std::io::Error),
    #[error(transparent)]
    Folders(#[from] FolderError),
    #[error(
        "{0}. Start `goodword daemon` from your session's autostart instead, or save what `goodword service install --print` shows"
    )]
    NoManager(String),
    #[error("{command} failed: {output}")]
    Manager { command: String, output: String },
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
}

impl Plan {
    /// For the program that is running, in the environment it runs in.
    ///
    /// # Errors
    /// When the program cannot tell where it is.
    pub fn of_this_program(folders: Folders, sync_folder: Option<PathBuf>) -> Result<Plan, ServiceError> {
        let program = std::env::current_exe().map_err(ServiceError::NoProgram)?;
        let variables = match &folders.home {
            Some(home) => vec![("GOODWORD_HOME".to_owned(), home.clone())],
            None => ["XDG_CONFIG_HOME", "XDG_DATA_HOME"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), PathBuf::from(std::env::var_os(name)?))))
                .filter(|(_, path)| path.is_absolute())
                .collect(),
        };
        Ok(Plan { program, folders, sync_folder, variables, start: Start::default() })
    }
}

/// The path as text, if a service file can hold it at all.
fn plain(path: &Path) -> Result<&str, ServiceError> {
    let refuse = |why| Err(ServiceError::Path { path: path.to_owned(), why });
    match path.to_str() {
        None => refuse("it is not valid UTF-8"),
        Some(_) if !path.is_absolute() => refuse("it is not absolute"),
        Some(_) if path.components().any(|part| part == Component::ParentDir) => refuse("it goes through '..'"),
        Some(text) if text.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) => {
            refuse("it has a control character")
        }
        Some(text) => Ok(text),
    }
}

/// Puts the values into the places `@NAME@`, in one pass: a value is never searched for places.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let place = values.iter().find_map(|(name, value)| {
            let after = from.strip_prefix('@')?.strip_prefix(name)?.strip_prefix('@')?;
            Some((*value, after))
        });
        rest = if let Some((value, after)) = place {
            out.push_str(value);
            after
        } else {
            out.push('@');
            from.get(1..).unwrap_or_default()
        };
    }
    out + rest
}
