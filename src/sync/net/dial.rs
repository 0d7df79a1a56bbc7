//! When a device that is missing is called again: quickly at first, then patiently, and at once when there is a reason.

use std::time::{Duration, Instant};

/// The first wait after a call that failed.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait while the device was there a moment ago: a cut line is noticed within seconds of its return.
const LONGEST: Duration = Duration::from_secs(6);
/// For how long that is, and the longest wait after it.
const LATELY: Duration = Duration::from_secs(5 * 60);
const PATIENT: Duration = Duration::from_secs(60);
/// A connection that lasted so long was a good one.
const STEADY: Duration = Duration::from_secs(10);
/// Of two devices the one with the higher key lets the other call first, or both would at the same moment.
pub(super) const COURTESY: Duration = Duration::from_millis(500);

/// The calls to one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redial {
    next: Option<Instant>,
    failures: u32,
    /// When it was there last, or was first called.
    missing_since: Instant,
}

impl Redial {
    /// Calls for the first time at this moment.
    pub(super) fn new(at: Instant) -> Redial {
        Redial { next: Some(at), failures: 0, missing_since: at }
    }

    /// Calls at this moment, with all patience forgotten: something changed.
    pub(super) fn hurry(&mut self, at: Instant) {
        *self = Redial::new(self.next.map_or(at, |next| next.min(at)));
    }

    /// There is a connection: nobody is called.
    pub(super) fn rest(&mut self) {
        self.next = None;
    }

    /// The connection ended after this time. One that never lasts is not taken up again at once, and again, and again.
    pub(super) fn ended(&mut self, now: Instant, lasted: Duration, chance: u8) {
        if lasted >= STEADY {
            *self = Redial::new(now);
        }
        self.failed(now, chance);
    }

    /// The call failed. `chance` (0..=255) spreads the next ones, so that two devices do not keep calling in step.
    pub(super) fn failed(&mut self, now: Instant, chance: u8) {
        let lately = now.saturating_duration_since(self.missing_since) < LATELY;
        let longest = if lately { LONGEST } else { PATIENT };
        let wait = FIRST.saturating_mul(1 << self.failures.min(10)).min(longest);
        let spread = wait.mul_f32(f32::from(chance) / 255.0 / 2.0);
        self.failures = self.failures.saturating_add(1);
        self.next = Some(now + wait.mul_f32(0.75) + spread);
    }

    /// The moment of the next call.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_device_that_left_is_called_every_few_seconds_and_later_every_minute_for_ever(
            chances in proptest::collection::vec(any::<u8>(), 1..200)
        ) {
            let start = Instant::now();
            let mut now = start;
            let mut redial = Redial::new(now);
            for chance in chances {
                redial.failed(now, chance);
                let wait = redial.next().unwrap() - now;
                let longest = if now - start < LATELY { LONGEST } else { PATIENT };
                prop_assert!(wait >= FIRST.mul_f32(0.7) && wait <= longest.mul_f32(1.3), "{wait:?}");
                now += wait;
            }
        }
    }

    #[test]
    fn a_connection_that_never_lasts_is_taken_up_ever_more_slowly() {
        let now = Instant::now();
        let mut redial = Redial::new(now);
        let mut waits = Vec::new();
        for _ in 0..6 {
            redial.ended(now, Duration::from_secs(1), 127);
            waits.push((redial.next().unwrap() - now).as_millis().div_ceil(100));
            redial.rest();
        }
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
        redial.ended(now, STEADY, 127);
        assert!(redial.next().unwrap() - now <= FIRST);
    }

    #[test]
    fn a_reason_to_call_is_never_later_than_the_call_that_was_due() {
        let now = Instant::now();
        let mut redial = Redial::new(now);
        redial.hurry(now + COURTESY);
        assert_eq!(redial.next(), Some(now));
        redial.rest();
        redial.hurry(now + COURTESY);
        assert_eq!(redial.next(), Some(now + COURTESY));
    }
}
