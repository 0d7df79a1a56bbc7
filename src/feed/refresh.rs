//! Many feeds at once: each is handed over as soon as it is there, and none holds up another.

use tokio::task::JoinSet;

use super::{
    Feed,
    answer::{FetchError, Fetched, Job},
    fetch::Fetcher,
};

/// Fetches all jobs, as many at a time as the fetcher's limits allow, and calls `on_done` with each job's place and
/// result in the order in which they come. When the future is dropped, what is under way is dropped with it.
pub async fn refresh_all(
    fetcher: &Fetcher,
    jobs: Vec<Job>,
    mut on_done: impl FnMut(usize, &Job, Result<Fetched<Feed>, FetchError>),
) {
    let mut running = JoinSet::new();
    for (place, job) in jobs.into_iter().enumerate() {
        let fetcher = fetcher.clone();
        running.spawn(async move {
            let result = fetcher.feed(&job).await;
            (place, job, result)
        });
    }
    while let Some(done) = running.join_next().await {
        match done {
            Ok((place, job, result)) => on_done(place, &job, result),
            // Only by a bug of ours; that feed is simply fetched another time.
            Err(error) => tracing::error!(%error, "fetching a feed failed by a fault of our own"),
        }
    }
}
