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
use tokio_cron_scheduler::{Job, JobScheduler};

/// The longest time without a look at the wall clock.
const SLICE: Duration = Duration::from_secs(60);
/// From here on the scheduler watches the wall clock.
const NEAR: Duration = Duration::from_secs(3);

/// Sends a tick at the instant last set, and once a slice besides, until nobody listens.
pub async fn run(mut at: watch::Receiver<Option<Timestamp>>, ticks: mpsc::Sender<()>) {
    let mut rung = None;
    loop {
        let due = *at.borrow_and_update();
        let left =
            due.filter(|_| due != rung).map(|due| Duration::try_from(due - Timestamp::now()).unwrap_or_default());
        let wait = async {
            match left {
                Some(left) if left < SLICE => {
                    tokio::time::sleep(left.saturating_sub(NEAR)).await;
                    one_shot(left.min(NEAR)).await;
                }
                _ => tokio::time::sleep(SLICE).await,
            }
        };
        tokio::select! {
            () = wait => {
                if left.is_some_and(|left| left < SLICE) {
                    // Until the daemon names another instant, a tick a slice is enough.
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

/// Waits for a one-shot job. Where the scheduler will not start, a timer does.
async fn one_shot(left: Duration) {
    if left.is_zero() {
        return;
    }
    if armed(left).await.is_err() {
        tokio::time::sleep(left).await;
    }
}

async fn armed(left: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let (rang, mut ring) = mpsc::channel(1);
    let mut scheduler = JobScheduler::new().await?;
    let job = Job::new_one_shot_async(left, move |_, _| {
        let rang = rang.clone();
        Box::pin(async move { _ = rang.send(()).await })
    })?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    // Should the job ever be lost, the timer still ends the wait.
    _ = tokio::time::timeout(left + Duration::from_secs(2), ring.recv()).await;
    scheduler.shutdown().await?;
    Ok(())
}
