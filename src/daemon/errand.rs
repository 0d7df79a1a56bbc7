//! Errands: what must be fetched from the network before a request can be answered or a day be shown. They run beside
//! the daemon's loop and tell it what they found; only the loop writes anything down.

use std::time::Duration;

use tokio::sync::mpsc;

use super::instance;
use crate::{
    api::Progress,
    feed::{self, Feed, FetchError, Fetched, Fetcher, Job},
};

/// Something to fetch.
#[derive(Debug)]
pub enum Errand {
    /// These feeds; what has not come within the limit is left for the next time.
    Fetch { jobs: Vec<Job>, limit: Option<Duration> },
    /// The feeds that a site announces.
    Discover { address: String },
    /// What a Mastodon instance allows.
    Instance { address: String },
}

/// What an errand found.
#[derive(Debug)]
pub enum Found {
    Feed { url: String, result: Box<Result<Fetched<Feed>, FetchError>>, done: usize, total: usize },
    Feeds { address: String, result: Result<Vec<String>, String> },
    Instance { address: String, limit: Option<usize> },
}

impl Found {
    /// How far the errand is, where that is worth a word.
    pub fn progress(&self) -> Option<Progress> {
        match self {
            Found::Feed { url, done, total, .. } => Some(Progress { done: *done, total: *total, note: url.clone() }),
            _ => None,
        }
    }
}

/// How long a look at an instance may take.
const INSTANCE_LIMIT: Duration = Duration::from_secs(5);
/// How long a look at a site may take.
const DISCOVER_LIMIT: Duration = Duration::from_secs(10);

/// Runs an errand to its end, telling each thing as it is found.
pub async fn run(fetcher: Fetcher, errand: Errand, tell: mpsc::UnboundedSender<Found>) {
    match errand {
        Errand::Fetch { jobs, limit } => {
            let total = jobs.len();
            let mut done = 0;
            let all = feed::refresh_all(&fetcher, jobs, |_, job, result| {
                done += 1;
                _ = tell.send(Found::Feed { url: job.url.clone(), result: Box::new(result), done, total });
            });
            match limit {
                Some(limit) => _ = tokio::time::timeout(limit, all).await,
                None => all.await,
            }
        }
        Errand::Discover { address } => {
            let looked = tokio::time::timeout(DISCOVER_LIMIT, feed::discover(&fetcher, &address)).await;
            let result = match looked {
                Ok(Ok(found)) => Ok(found.into_iter().map(|found| found.address).collect()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("{address} did not answer within {} s", DISCOVER_LIMIT.as_secs())),
            };
            _ = tell.send(Found::Feeds { address, result });
        }
        Errand::Instance { address } => {
            let job = Job { url: address.clone(), ..Job::default() };
            let looked = tokio::time::timeout(INSTANCE_LIMIT, fetcher.page(&job)).await;
            let page = looked.ok().and_then(Result::ok).and_then(|fetched| fetched.content);
            let limit = page.and_then(|page| instance::max_characters(&page.body));
            _ = tell.send(Found::Instance { address, limit });
        }
    }
}
