//! When this machine woke: the system tells, or the clocks do. The network, and what draws notifications, come back a
//! few seconds later.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// How long network and desktop are given after waking, and after our own start at the login.
const GRACE: Duration = Duration::from_secs(20);
/// Clocks are set by seconds all the time; a sleep is longer.
const SLEEP: SignedDuration = SignedDuration::from_mins(1);

/// Watches for it.
pub struct Waking {
    woke: Timestamp,
    /// Both clocks at the last look: the wall's goes on while the machine sleeps, the one of timers stands still.
    seen: (Timestamp, Instant),
}

impl Waking {
    /// At the start: the author may just have logged in.
    pub fn new(now: Timestamp) -> Waking {
        Waking { woke: now, seen: (now, Instant::now()) }
    }

    /// The system says that the machine woke.
    pub fn told(&mut self, now: Timestamp) {
        self.woke = now;
    }

    /// Looks at the clocks. One that was set forward looks like a sleep, which does no harm.
    pub fn look(&mut self, now: Timestamp) {
        let (wall, timers) = std::mem::replace(&mut self.seen, (now, Instant::now()));
        if has_slept(now.duration_since(wall), timers.elapsed()) {
            self.woke = now;
        }
    }

    /// How long the network may still be on its way.
    pub fn grace(&self, now: Timestamp) -> Duration {
        let since = Duration::try_from(now.duration_since(self.woke));
        // Before it woke: the clock was set back.
        since.map_or(Duration::ZERO, |since| GRACE.saturating_sub(since))
    }
}

fn has_slept(wall: SignedDuration, timers: Duration) -> bool {
    SignedDuration::try_from(timers).is_ok_and(|timers| wall.saturating_sub(timers) > SLEEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_800_000_000, 0);

    #[test]
    fn a_wall_clock_that_ran_ahead_of_the_timers_means_a_sleep() {
        let night = SignedDuration::from_hours(8);
        assert!(has_slept(night, Duration::from_secs(30)));
        assert!(!has_slept(SignedDuration::from_secs(61), Duration::from_secs(60)));
        assert!(!has_slept(-night, Duration::from_secs(60)), "set back");
    }

    #[test]
    fn the_grace_ends_and_is_no_longer_where_the_clock_was_set_back() {
        let mut waking = Waking::new(NOON);
        let later = |seconds| NOON + SignedDuration::from_secs(seconds);
        assert_eq!(waking.grace(later(5)), Duration::from_secs(15));
        assert_eq!(waking.grace(later(3600)), Duration::ZERO);
        assert_eq!(waking.grace(later(-3600)), Duration::ZERO);
        waking.told(later(3600));
        assert_eq!(waking.grace(later(3600)), GRACE);
    }
}
