//! Why something was not done: what, why, and what to do next.

use serde::{Deserialize, Serialize};

use super::Next;
use crate::domain::typed::Wrong;

/// Why something was not done: what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Error {
    pub kind: ErrorKind,
    pub message: String,
    pub hint: Option<Next>,
}

/// The kinds of errors, each with its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// 1: it was tried and did not work.
    Failed,
    /// 1: no such person, audience or work.
    NotFound,
    /// 1: several have this name.
    Ambiguous,
    /// 2: this cannot be asked like that.
    Usage,
    /// 3: nothing to do.
    Nothing,
    /// 4: the daemon could not be reached where it is needed.
    Unreachable,
    /// 5: limits, trust, a newer document.
    Refused,
}

impl ErrorKind {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Failed | ErrorKind::NotFound | ErrorKind::Ambiguous => 1,
            ErrorKind::Usage => 2,
            ErrorKind::Nothing => 3,
            ErrorKind::Unreachable => 4,
            ErrorKind::Refused => 5,
        }
    }
}

impl Error {
    /// An error without a hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hint: None }
    }

    /// It was tried and did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// This cannot be asked like that.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// The same error, with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Next>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Wrong> for Error {
    fn from(wrong: Wrong) -> Self {
        Error { kind: ErrorKind::Usage, message: wrong.message, hint: wrong.hint.map(Next::Words) }
    }
}
