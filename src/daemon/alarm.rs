//! The alarm: sends ticks. It never decides anything; [`schedule::due`](crate::domain::schedule::due) does, so an alarm
//! that rings early, late or twice does no harm.
//!
//! Timers stop while a laptop sleeps and know nothing of a clock that is set, so the alarm sleeps in slices of at most
//! a minute and looks at the wall clock after each. Only when the instant is seconds away does it arm a one-shot job on
//! tokio-cron-scheduler, which polls the wall clock twice a second, and shuts it down after: a day that waits for a
//! notification server looks again every minute, and must not keep the machine awake in between.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// The longest time without a look at the wall clock.
const SLICE: Duration = Duration::from_secs(60);
/// From here on the scheduler watches the wall clock.
const NEAR: Duration = Duration::from_secs(5);
/// The scheduler counts whole seconds: it may ring up to one too early.
const GRAIN: Duration = Duration::from_secs(1);

/// Sends a tick at the instant last set, and once a slice besides, until nobody listens.
pub async fn run(mut at: watch::Receiver<Option<Timestamp>>, ticks: mpsc::Sender<()>) {
    let mut rung = None;
    loop {
        let due = *at.borrow_and_update();
        // Until the daemon names another instant, a tick a slice is enough for one that has come.
        let left = due.and_then(left_until).or_else(|| (due != rung).then_some(Duration::ZERO));
        let near = left.filter(|left| *left < SLICE && due.is_some());
        let wait = async {
            match near {
                Some(left) => {
                    tokio::time::sleep(left.saturating_sub(NEAR)).await;
                    one_shot(left.min(NEAR)).await;
                }
                None => tokio::time::sleep(SLICE).await,
            }
        };
        tokio::select! {
            () = wait => {
                if due.is_some_and(|due| left_until(due).is_none()) {
                    rung = due;
                }
                if ticks.send(()).await.is_err() {
                    return;
                }
            }
            changed = at.changed() => if changed.is_err() { return },
        }
    }
}

/// Nothing when the instant has come.
fn left_until(instant: Timestamp) -> Option<Duration> {
    Duration::try_from(instant - Timestamp::now()).ok().filter(|left| !left.is_zero())
}

/// Waits for a one-shot job, and lets a timer do the last second. Where the scheduler will not start, a timer does all.
async fn one_shot(left: Duration) {
    if left > GRAIN && armed(left).await.is_ok() {
        return;
    }
    tokio::time::sleep(left).await;
}

async fn armed(left: Duration) -> Result<(), JobSchedulerError> {
    let (rang, mut ring) = mpsc::channel(1);
    let running = Running(JobScheduler::new().await?);
    let job = Job::new_one_shot_async(left, move |_, _| {
        let rang = rang.clone();
        Box::pin(async move { _ = rang.send(()).await })
    })?;
    running.0.add(job).await?;
    running.0.start().await?;
    // Should the job ever be lost, the timer still ends the wait.
    _ = tokio::time::timeout(left + 2 * GRAIN, ring.recv()).await;
    Ok(())
}

/// A scheduler that polls until this is dropped, also when another instant was set meanwhile.
struct Running(JobScheduler);

impl Drop for Running {
    fn drop(&mut self) {
        let mut scheduler = self.0.clone();
        tokio::spawn(async move { scheduler.shutdown().await });
    }
}
