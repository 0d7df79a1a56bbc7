//! The alarm: sends ticks. It never decides anything; [`schedule::due`](crate::domain::schedule::due) does, so an alarm
//! that rings early, late or twice does no harm.
//!
//! Timers stop while a laptop sleeps and know nothing of a clock that is set, so the alarm sleeps in slices of at most
//! a minute and looks at the wall clock after each. Only when the instant is seconds away does it arm a one-shot job on
//! tokio-cron-scheduler, which polls the wall clock twice a second, and ends it after: a day that waits for a
//! notification server looks again every minute, and must not keep the machine awake in between.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_cron_scheduler::{Job, JobScheduler};

/// The longest time without a look at the wall clock.
const SLICE: Duration = Duration::from_secs(60);
/// From here on the scheduler watches the wall clock.
const NEAR: Duration = Duration::from_secs(3);
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
    // Also where no thread is free for it, or the job is lost, the wait ends.
    if left > GRAIN && !matches!(tokio::time::timeout(left + 2 * GRAIN, armed(left)).await, Ok(Err(_))) {
        return;
    }
    tokio::time::sleep(left).await;
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The scheduler lives on a thread and a runtime of its own, until this is over or dropped. Its own
/// shutdown ends the polling and none of its other tasks: each of those would stay, with its queues, for as long as the
/// daemon runs, and a day that waits over a weekend would wait in half a gigabyte. With the runtime all of them go.
async fn armed(left: Duration) -> Result<(), Failure> {
    let (_waiting, dropped) = oneshot::channel::<()>();
    let thread = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        runtime.block_on(async {
            tokio::select! {
                rang = scheduled(left) => rang,
                _ = dropped => Ok(()),
            }
        })
    });
    thread.await?
}

async fn scheduled(left: Duration) -> Result<(), Failure> {
    let (rang, mut ring) = mpsc::channel(1);
    let scheduler = JobScheduler::new().await?;
    let job = Job::new_one_shot_async(left, move |_, _| {
        let rang = rang.clone();
        Box::pin(async move { _ = rang.send(()).await })
    })?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    _ = ring.recv().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_stays_behind_of_an_instant_that_came_or_was_put_off() {
        armed(Duration::from_millis(1100)).await.unwrap();
        for _ in 0..20 {
            // Put off as soon as it is armed, or before.
            let put_off = tokio::time::timeout(Duration::from_millis(10), armed(Duration::from_secs(3600))).await;
            assert!(put_off.is_err());
        }
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    }
}
