//! Errands: what must be fetched from the network before a request can be answered or a day be shown. They run beside
//! the daemon's loop and tell it what they found; only the loop writes anything down.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{
    house::{self, Chore},
    instance,
    seeking::{self, Outcome, Place},
};
use crate::{
    api::{Error, Progress},
    domain::Id,
    feed::{self, Feed, FetchError, Fetched, Fetcher, Job},
    platform::Folders,
    social::{
        self, Client, LookupError,
        discover::{self, Gathered, Wish},
        person::{self, Person},
        relations::{self, Brought, Round},
        roster::{self, Roster},
    },
};

/// Something to fetch, or to have done.
#[derive(Debug)]
pub enum Errand {
    /// These feeds; what has not come within the limit is left for the next time. While there is grace, the network may
    /// still be on its way: who cannot be reached is asked again before it counts as a failure.
    Fetch { jobs: Vec<Job>, limit: Option<Duration>, grace: Duration },
    /// The feeds that a site announces.
    Discover { address: String },
    /// What these people publish, one after the other.
    Seek { client: Client, people: Vec<(Id, Place)> },
    /// What a Mastodon instance allows.
    Instance { address: String },
    /// A chore, which a process of its own does.
    House { folders: Folders, chore: Chore },
    /// Who is behind an address.
    Person { client: Client, address: String },
    /// People for an audience; they are kept under `key`.
    Candidates { client: Client, key: String, wish: Box<Wish> },
    /// The people of a list; `own` are the author's own handles.
    Roster { client: Client, address: String, own: Vec<String> },
    /// What anybody can see between the author and the people of the book.
    Relations { client: Client, round: Box<Round> },
    /// One after the other.
    Several(Vec<Errand>),
}

/// What an errand found.
#[derive(Debug)]
pub enum Found {
    Feed {
        url: String,
        result: Box<Result<Fetched<Feed>, FetchError>>,
        done: usize,
        total: usize,
    },
    Feeds {
        address: String,
        result: Result<Vec<String>, String>,
    },
    Sought {
        contact: Id,
        outcome: Outcome,
    },
    Instance {
        address: String,
        limit: Option<usize>,
    },
    House {
        chore: Chore,
        result: Option<Result<(), Error>>,
    },
    Person {
        address: String,
        result: Box<Result<Person, LookupError>>,
    },
    /// What is looked at next.
    Looking {
        note: String,
    },
    Candidates {
        key: String,
        gathered: Gathered,
    },
    Roster {
        address: String,
        result: Box<Result<Roster, LookupError>>,
    },
    Relations(Box<Brought>),
}

impl Found {
    /// How far the errand is, where that is worth a word.
    pub fn progress(&self) -> Option<Progress> {
        match self {
            Found::Feed { url, done, total, .. } => Some(Progress { done: *done, total: *total, note: url.clone() }),
            Found::Looking { note } => Some(Progress { done: 0, total: 0, note: note.clone() }),
            Found::Sought { .. } | Found::Candidates { .. } => {
                Some(Progress { done: 0, total: 0, note: String::new() })
            }
            _ => None,
        }
    }
}

/// How soon a network that is not there yet is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a look at an instance may take.
const INSTANCE_LIMIT: Duration = Duration::from_secs(5);
/// How long a look at a site may take.
const DISCOVER_LIMIT: Duration = Duration::from_secs(10);

/// How long it may take to find out who somebody is.
const PERSON_LIMIT: Duration = Duration::from_secs(30);
/// How long a search for people may take.
const SEARCH_LIMIT: Duration = Duration::from_secs(60);

/// Runs an errand to its end, telling each thing as it is found.
pub async fn run(fetcher: Fetcher, errand: Errand, tell: mpsc::UnboundedSender<Found>) {
    match errand {
        Errand::Fetch { jobs, limit, grace } => {
            let all = fetch(&fetcher, jobs, grace, &tell);
            match limit {
                Some(limit) => _ = tokio::time::timeout(limit + grace, all).await,
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
        Errand::Seek { client, people } => {
            for (contact, place) in people {
                let looked = tokio::time::timeout(DISCOVER_LIMIT, seeking::look(&client, &place)).await;
                _ = tell.send(Found::Sought { contact, outcome: looked.unwrap_or(Outcome::NoAnswer) });
            }
        }
        Errand::Instance { address } => {
            let job = Job { url: address.clone(), ..Job::default() };
            let looked = tokio::time::timeout(INSTANCE_LIMIT, fetcher.page(&job)).await;
            let page = looked.ok().and_then(Result::ok).and_then(|fetched| fetched.content);
            let limit = page.and_then(|page| instance::max_characters(&page.body));
            _ = tell.send(Found::Instance { address, limit });
        }
        Errand::Relations { client, round } => {
            let brought = relations::ask(&client, *round).await;
            _ = tell.send(Found::Relations(Box::new(brought)));
        }
        Errand::Several(errands) => {
            for errand in errands {
                Box::pin(run(fetcher.clone(), errand, tell.clone())).await;
            }
        }
        Errand::House { folders, chore } => {
            let result = house::by_process(&folders, chore).await;
            _ = tell.send(Found::House { chore, result });
        }
        Errand::Person { client, address } => {
            let looked = match social::address::address(&address) {
                Some(meant) => {
                    let looked = tokio::time::timeout(PERSON_LIMIT, person::look_up(&client, &meant)).await;
                    looked.unwrap_or_else(|_| Err(LookupError::Unreachable(address.clone())))
                }
                None => Err(LookupError::NoAddress(address.clone())),
            };
            _ = tell.send(Found::Person { address, result: Box::new(looked) });
        }
        Errand::Roster { client, address, own } => {
            let result = match social::address::address(&address) {
                Some(meant) => {
                    _ = tell.send(Found::Looking { note: address.clone() });
                    let read = tokio::time::timeout(SEARCH_LIMIT, roster::read(&client, &meant, &own)).await;
                    read.unwrap_or_else(|_| Err(LookupError::Slow(address.clone())))
                }
                None => Err(LookupError::NoAddress(address.clone())),
            };
            _ = tell.send(Found::Roster { address, result: Box::new(result) });
        }
        Errand::Candidates { client, key, wish } => {
            let say = |note| _ = tell.send(Found::Looking { note });
            let looked = discover::gather(&client, &wish, jiff::Timestamp::now(), say);
            // What was answered by then is remembered: the next search goes on from there.
            let gathered = tokio::time::timeout(SEARCH_LIMIT, looked).await.unwrap_or_else(|_| Gathered {
                troubles: vec!["the search took too long; ask again, it goes on where it was".to_owned()],
                ..Gathered::default()
            });
            _ = tell.send(Found::Candidates { key, gathered });
        }
    }
}

async fn fetch(fetcher: &Fetcher, mut jobs: Vec<Job>, grace: Duration, tell: &mpsc::UnboundedSender<Found>) {
    let (total, until) = (jobs.len(), Instant::now() + grace);
    let mut done = 0;
    while !jobs.is_empty() {
        let mut again = Vec::new();
        feed::refresh_all(fetcher, jobs, |_, job, result| {
            if matches!(result, Err(FetchError::Unreachable(_))) && Instant::now() < until {
                return again.push(job.clone());
            }
            done += 1;
            _ = tell.send(Found::Feed { url: job.url.clone(), result: Box::new(result), done, total });
        })
        .await;
        if !again.is_empty() {
            tracing::debug!(feeds = again.len(), "the network is not there yet");
            tokio::time::sleep(AGAIN).await;
        }
        jobs = again;
    }
}

/// Runs an errand, passing what it finds on, and how far it is to whoever asked.
pub async fn run_with_progress(
    fetcher: Fetcher,
    errand: Errand,
    found: mpsc::UnboundedSender<Found>,
    progress: &mpsc::Sender<Progress>,
) {
    let (tell, mut each) = mpsc::unbounded_channel::<Found>();
    let pass_on = async {
        while let Some(find) = each.recv().await {
            if let Some(step) = find.progress() {
                _ = progress.try_send(step);
            }
            if found.send(find).is_err() {
                return;
            }
        }
    };
    tokio::join!(run(fetcher, errand, tell), pass_on);
}
