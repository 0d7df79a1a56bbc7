//! Upstream knows of endpoints that get stuck (a relay that is "connecting" for hours, a network that is not noticed).
//! When nobody answers for minutes the endpoint is set up anew: rarely, for mostly the other laptop is just shut.

use std::time::{Duration, Instant};

/// How long nobody may answer, at first and at most: each time in vain doubles it.
const FIRST: Duration = Duration::from_secs(3 * 60);
const LONGEST: Duration = Duration::from_secs(60 * 60);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Watchdog {
    /// The moment at which it barks.
    at: Option<Instant>,
    in_vain: u32,
}

impl Watchdog {
    /// Whether the endpoint is to be set up anew. `lonely`: there is one, and somebody is known, and nobody connected.
    pub(super) fn barks(&mut self, lonely: bool, now: Instant) -> bool {
        if !lonely {
            self.at = None;
            return false;
        }
        let wait = FIRST.saturating_mul(1 << self.in_vain.min(10)).min(LONGEST);
        let barks = *self.at.get_or_insert(now + wait) <= now;
        if barks {
            self.at = None;
            self.in_vain = self.in_vain.saturating_add(1);
        }
        barks
    }

    /// Somebody is connected: all is well.
    pub(super) fn heard(&mut self) {
        *self = Watchdog::default();
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_barks_ever_more_rarely_while_nobody_answers_and_never_while_somebody_does() {
        let start = Instant::now();
        let mut dog = Watchdog::default();
        let minute = |n: u64| start + Duration::from_secs(60 * n);
        let barks: Vec<_> = (0..240).filter(|n| dog.barks(true, minute(*n))).collect();
        assert_eq!(barks, [3, 10, 23, 48, 97, 158, 219]);
        dog.heard();
        assert!((240..400).all(|n| !dog.barks(false, minute(n))));
        assert!(!dog.barks(true, minute(400)) && dog.barks(true, minute(403)));
    }
}
