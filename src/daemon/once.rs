//! One request without a daemon: the same work in this process, under the same lock.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{
    dispatch,
    errand::{self, Errand},
    errors,
    home::Home,
};
use crate::{
    api::{Answer, Error, Progress, Request},
    platform::Folders,
};

/// How long a command waits for another that holds the home, or a daemon that is stopping.
pub const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Opens the home, fetches what the request needs, and does it. [`ErrorKind::Unreachable`](crate::api::ErrorKind) when
/// somebody else holds the home for longer than `wait`: then nothing was done.
pub fn once(
    folders: &Folders,
    wait: Duration,
    request: Request,
    progress: impl FnMut(Progress),
) -> Result<Answer, Error> {
    let mut home = Home::open(folders, wait)?;
    match home.errand(Timestamp::now(), &request) {
        None => dispatch::dispatch(&mut home, Timestamp::now(), request),
        Some(errand) => runtime()?.block_on(home.ask_after(errand, request, progress)),
    }
}

/// `status` without a daemon: looks, and takes no lock.
pub fn status(folders: &Folders) -> Result<Answer, Error> {
    // Nothing in a folder of somebody else is to be believed.
    if let Some(fault) = folders.faults().into_iter().next() {
        return Err(errors::folders(fault));
    }
    let mut home = Home::look(folders)?;
    dispatch::dispatch(&mut home, Timestamp::now(), Request::Status)
}

/// `doctor` without a daemon: looks, whatever state the home is in.
pub fn doctor(folders: &Folders) -> Result<Answer, Error> {
    let now = Timestamp::now();
    match Home::look(folders) {
        Ok(mut home) => dispatch::dispatch(&mut home, now, Request::Doctor),
        Err(error) => Ok(Answer::Doctor(dispatch::without_home(folders, error, now))),
    }
}

/// `backup restore` without a daemon: works also where the book cannot be read.
pub fn restore(folders: &Folders, bytes: &[u8]) -> Result<Answer, Error> {
    dispatch::restore(folders, LOCK_WAIT, bytes)
}

impl Home {
    /// Fetches what a request needs, and does it.
    pub async fn ask(&mut self, request: Request, progress: impl FnMut(Progress)) -> Result<Answer, Error> {
        match self.errand(Timestamp::now(), &request) {
            None => dispatch::dispatch(self, Timestamp::now(), request),
            Some(errand) => self.ask_after(errand, request, progress).await,
        }
    }

    /// Runs a request's errand, and does what it asks. An errand is made once: whose turn it is moves on with it.
    async fn ask_after(
        &mut self,
        errand: Errand,
        request: Request,
        mut progress: impl FnMut(Progress),
    ) -> Result<Answer, Error> {
        let (tell, mut found) = mpsc::unbounded_channel();
        let fetcher = self.fetcher()?;
        let task = tokio::spawn(errand::run(fetcher, errand, tell));
        while let Some(find) = found.recv().await {
            find.progress().into_iter().for_each(&mut progress);
            self.take(Timestamp::now(), find)?;
        }
        _ = task.await;
        dispatch::dispatch(self, Timestamp::now(), request)
    }
}

/// The runtime of everything asynchronous: one thread is plenty.
pub fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::failed(format!("the system gave us no event loop: {error}")))
}
