//! What others reach us by. Knows the protocol and a [`Handle`] to the daemon, and nothing of the book.

pub mod guard;
pub mod page;
pub mod socket;

use tokio::sync::{mpsc, oneshot, watch};

use crate::api::{Answer, Error, ErrorKind, Progress, Request};

/// One request on its way to the daemon, with the ways back.
#[derive(Debug)]
pub struct Asked {
    pub request: Request,
    /// Hears how far a long request has come; a listener that is gone or slow stops nothing.
    pub progress: mpsc::Sender<Progress>,
    pub answer: oneshot::Sender<Result<Answer, Error>>,
}

/// What the daemon holds of a [`Handle`].
#[derive(Debug)]
pub struct Ear {
    pub asked: mpsc::Receiver<Asked>,
    /// Counts up whenever something changed that somebody may be looking at.
    pub changed: watch::Sender<u64>,
}

/// A way to the daemon's loop.
#[derive(Clone, Debug)]
pub struct Handle {
    asks: mpsc::Sender<Asked>,
    changes: watch::Receiver<u64>,
}

impl Handle {
    /// A handle, and the end at which the daemon hears it.
    #[must_use]
    pub fn new() -> (Handle, Ear) {
        let (asks, asked) = mpsc::channel(64);
        let (changed, changes) = watch::channel(0);
        (Handle { asks, changes }, Ear { asked, changed })
    }

    /// Wakes whenever something changed that somebody may be looking at.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&self, request: Request, progress: mpsc::Sender<Progress>) -> Result<Answer, Error> {
        let (answer, answered) = oneshot::channel();
        let stopping = || Error::new(ErrorKind::Unreachable, "the daemon is stopping").hint("try again in a moment");
        self.asks.send(Asked { request, progress, answer }).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())?
    }
}
