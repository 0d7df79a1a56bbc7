//! The operating system: notifications, links, folders, the service, who is at the keyboard, waking up.
//!
//! The only room with `cfg(target_os)`. `linux/` and `macos.rs` offer the same names; what is only text (the wording
//! of a notification, the unit and the plist) or plain Unix (folders) is written once, beside them.
//!
//! Nothing here decides anything: a press is reported, never understood, and a notification that was closed says
//! nothing about the day.

pub mod folders;
pub mod note;
pub mod service;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as system;

use std::time::Duration;

pub use folders::{FolderError, Folders, folders};
pub use note::Note;
pub use system::{Desktop, Wakes, idle, open_link, open_link_here, run, supervisor, this_program, wake};

/// How long any one operation on the desktop may take before it counts as failed.
pub const LIMIT: Duration = Duration::from_secs(5);

/// One notification that is, or was, on the screen. Ids of a server that died are never mistaken for ids of the next
/// one, although servers count from one again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShownId {
    server: u64,
    id: u32,
}

/// What the desktop tells us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesktopEvent {
    /// The author pressed a button, or the notification itself (action `default`). The token lets a window that is
    /// opened because of this press come to the front; pass it to [`open_link`].
    Pressed { id: ShownId, action: String, token: Option<String> },
    /// It left the screen. `by_author` is the server's opinion and not to be trusted with a decision: servers close
    /// after a press, and one reports its close button as "expired". Never read Done or Skip out of it.
    Closed { id: ShownId, by_author: bool },
    /// A notification server is there: call [`Desktop::check`], and show what waits.
    ServerAppeared,
    /// It died or left, and took what was shown with it. Show again when one appears.
    ServerGone,
}

/// Who draws the notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInfo {
    pub name: String,
    pub version: String,
    /// Buttons and clicks are reported. Without it the page's address stands in the text.
    pub actions: bool,
    /// The text is read as markup, so it is escaped.
    pub markup: bool,
}

/// Why a notification could not be shown, or a link opened. All of them may pass: keep the day pending.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    #[error("there is no desktop session here: {0}")]
    NoSession(String),
    #[error("no notification server is running")]
    NoServer,
    #[error("the notification server did not answer within {} seconds", LIMIT.as_secs())]
    Silent,
    #[error("the notification server refused: {0}")]
    Refused(String),
}

/// Why a link was not opened.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("{0:?} is not a web or mail address, and nothing else is opened")]
    NotALink(String),
    #[error("no browser could be started: {0}")]
    NoBrowser(String),
}

/// The address in its normal form, if it is one we open: `http`, `https` with a host, or `mailto`.
pub(crate) fn checked_link(url: &str) -> Result<String, LinkError> {
    let refuse = || LinkError::NotALink(url.to_owned());
    let parsed = url::Url::parse(url).map_err(|_| refuse())?;
    match parsed.scheme() {
        "http" | "https" if parsed.has_host() => Ok(parsed.into()),
        "mailto" => Ok(parsed.into()),
        _ => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_are_opened() {
        for good in ["https://a.example/x?y=%20", "http://127.0.0.1:4747/?token=1", "mailto:a@b.example?subject=x"] {
            assert!(checked_link(good).is_ok(), "{good}");
        }
        for bad in ["file:///etc/passwd", "javascript:alert(1)", "-x", "/bin/sh", "", "smb://a/b", "https:", "--help"] {
            assert!(checked_link(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_space_in_an_address_cannot_become_a_second_argument() {
        assert_eq!(checked_link("https://a.example/x y\n").unwrap(), "https://a.example/x%20y");
    }
}
