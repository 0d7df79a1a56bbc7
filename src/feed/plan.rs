//! When to ask again: often enough for the author, seldom enough for the site, and not all at the same minute. Pure.

use std::time::Duration;

use jiff::Timestamp;

use super::answer::{FetchError, Fetched};
use crate::domain::id::stable_hash;

/// How the last fetches of a feed went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Failures in a row; none after a success.
    pub failures: u32,
    /// The server said that the feed is gone for good (410).
    pub gone: bool,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// `Cache-Control: max-age`.
    pub max_age: Option<Duration>,
}

impl Outcome {
    /// The outcome of this answer, after so many failures in a row before it.
    #[must_use]
    pub fn of<T>(answer: &Result<Fetched<T>, FetchError>, failures_before: u32) -> Self {
        match answer {
            Ok(fetched) => Outcome { max_age: fetched.max_age, ..Outcome::default() },
            Err(error) => Outcome {
                failures: failures_before.saturating_add(1),
                gone: *error == FetchError::Gone,
                retry_after: if let FetchError::Busy { retry_after } = error { *retry_after } else { None },
                max_age: None,
            },
        }
    }
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Between two fetches of a feed that is well.
pub const USUAL: Duration = Duration::from_secs(6 * 3600);

/// However much the server asks for, we look again after this.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// When to fetch this feed next: after six hours when it is well; after one, two, four … hours when it fails, at the
/// end once a day; never sooner than the server asked, within [`LONGEST`]. Each feed is later by its own steady part
/// of an eighth, so that many feeds do not stay in step.
#[must_use]
pub fn next_fetch(now: Timestamp, address: &str, last: &Outcome) -> Timestamp {
    let own = match last {
        Outcome { gone: true, .. } => LONGEST,
        Outcome { failures: 0, .. } => USUAL,
        Outcome { failures, .. } => (HOUR * (1 << (failures - 1).min(5))).min(DAY),
    };
    let asked = last.retry_after.max(last.max_age).unwrap_or_default();
    let wait = own.max(asked).min(LONGEST);
    let spread = wait / 8 / 1024 * u32::try_from(stable_hash(&["refresh", address]) % 1024).unwrap_or_default();
    now.checked_add(wait + spread).unwrap_or(Timestamp::MAX)
}

/// Whether the author should hear of a feed that has failed since then: most after three days; YouTube's, which often
/// answer 404 for days and come back, after ten.
#[must_use]
pub fn is_worth_telling(now: Timestamp, failing_since: Timestamp, address: &str, last: &Outcome) -> bool {
    let host = url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let patience = if host == "youtube.com" || host.ends_with(".youtube.com") { 10 * DAY } else { 3 * DAY };
    last.gone || (last.failures > 0 && now.duration_since(failing_since) >= patience.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T09:00:00Z".parse().unwrap()
    }

    fn wait(address: &str, last: &Outcome) -> Duration {
        next_fetch(now(), address, last).duration_since(now()).try_into().unwrap()
    }

    #[test]
    fn a_failing_feed_is_asked_ever_more_seldom_down_to_once_a_day() {
        let waits: Vec<_> = (1..9).map(|failures| wait("a", &Outcome { failures, ..Outcome::default() })).collect();
        assert!(waits.is_sorted());
        assert!(waits[0] < 2 * HOUR && waits[7] >= DAY && waits[7] <= DAY + DAY / 8);
    }

    #[test]
    fn an_answer_tells_its_outcome() {
        let minute = Some(Duration::from_secs(60));
        let busy: Result<Fetched, _> = Err(FetchError::Busy { retry_after: minute });
        assert_eq!(Outcome::of(&busy, 2), Outcome { failures: 3, retry_after: minute, ..Outcome::default() });
        let well: Result<Fetched, _> =
            Ok(Fetched { content: None, validators: Default::default(), moved_to: None, max_age: minute });
        assert_eq!(Outcome::of(&well, 2), Outcome { max_age: minute, ..Outcome::default() });
    }

    #[test]
    fn many_feeds_are_spread_over_the_time() {
        let quarters: std::collections::BTreeSet<_> = (0..100)
            .map(|feed| {
                (wait(&format!("https://example.org/{feed}"), &Outcome::default()) - USUAL).as_secs()
                    / (HOUR.as_secs() * 3 / 16)
            })
            .collect();
        assert_eq!(quarters.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn youtube_is_given_days_before_the_author_hears_of_it() {
        let last = Outcome { failures: 9, ..Outcome::default() };
        let since = now() - jiff::SignedDuration::from_hours(24 * 5);
        assert!(is_worth_telling(now(), since, "https://example.org/feed", &last));
        assert!(!is_worth_telling(now(), since, "https://www.youtube.com/feeds/videos.xml?channel_id=UC1", &last));
    }

    proptest! {
        #[test]
        fn never_sooner_than_the_server_asked_nor_later_than_a_week_and_a_day(
            failures in 0_u32..100, retry in proptest::option::of(0_u64..u64::MAX), age in proptest::option::of(0_u64..1_000_000), gone: bool,
        ) {
            let (retry_after, max_age) = (retry.map(Duration::from_secs), age.map(Duration::from_secs));
            let wait = wait("https://example.org/", &Outcome { failures, gone, retry_after, max_age });
            prop_assert!(wait >= retry_after.max(max_age).unwrap_or_default().min(LONGEST));
            prop_assert!(wait >= HOUR && wait <= LONGEST + DAY);
        }
    }
}
