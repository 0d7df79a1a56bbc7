//! What was looked up before, and how much each host may still be asked: so that a search that was broken off goes on
//! where it was, and nobody is asked the same twice. Pure: it takes the time, and whoever owns the store writes it down.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{feed::Validators, store::lookups::Lookup};

/// Questions to one host in [`WINDOW`]: half of what Mastodon allows an address (300), for the author's own apps ask
/// from the same one.
pub const BUDGET: usize = 150;
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// How long a host rests that asks us to wait and does not say how long.
pub const USUAL_REST: Duration = Duration::from_secs(5 * 60);
/// However long a host wants to rest, we look again after this.
const LONGEST_REST: Duration = Duration::from_secs(24 * 3600);
/// Answers larger than this, in bytes, are not kept.
const LARGEST: usize = 256 << 10;
/// How long an answer is kept at all.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many bytes of answers are remembered, as in the store: a daemon runs for years.
const MOST_BYTES: usize = crate::store::lookups::KEPT_BYTES as usize;
/// Hosts whose questions are counted, before those are forgotten that were not asked lately.
const HOSTS: usize = 256;

/// An answer that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The status of a refusal, which has no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<u16>,
    pub body: String,
    /// Where it was in the end, after all redirects.
    pub address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(default)]
    pub unlisted: bool,
    #[serde(default)]
    pub validators: Validators,
}

/// What is known, and what may be asked.
#[derive(Debug, Default)]
pub struct Memory {
    known: HashMap<String, (Timestamp, Arc<Kept>)>,
    /// What is known, in bytes and about.
    bytes: usize,
    /// Until when a host wants its rest.
    rests: HashMap<String, Timestamp>,
    asked: HashMap<String, VecDeque<Timestamp>>,
    unsaved: BTreeMap<String, Lookup>,
}

fn weight(url: &str, kept: &Kept) -> usize {
    // The rest is small: validators, and an address that is mostly the same.
    2 * url.len() + kept.body.len() + kept.address.len() + size_of::<Kept>()
}

/// The key under which a host's wish for rest is kept.
fn rest_key(host: &str) -> String {
    format!("rest {host}")
}

impl Memory {
    /// What the store remembers.
    #[must_use]
    pub fn of(rows: Vec<Lookup>) -> Memory {
        let mut memory = Memory::default();
        for row in rows {
            match row.key.strip_prefix("rest ") {
                Some(host) => _ = memory.rests.insert(host.to_owned(), row.until),
                None => {
                    let Ok(kept) = serde_json::from_str(&row.said) else { continue };
                    let host = url::Url::parse(&row.key).map(|url| super::ask::host_of(&url)).unwrap_or_default();
                    memory.asked.entry(host).or_default().push_back(row.at);
                    memory.know(row.key, row.at, Arc::new(kept));
                }
            }
        }
        memory.asked.values_mut().for_each(|times| times.make_contiguous().sort());
        memory
    }

    /// An answer that is known, and whether it is fresh enough.
    #[must_use]
    pub fn known(&self, url: &str, fresh_for: Duration, now: Timestamp) -> Option<(Arc<Kept>, bool)> {
        let (at, kept) = self.known.get(url)?;
        let age = now.duration_since(*at);
        let is_fresh = !age.is_negative() && age < SignedDuration::try_from(fresh_for).unwrap_or(SignedDuration::MAX);
        Some((Arc::clone(kept), is_fresh))
    }

    /// Counts a question to a host.
    ///
    /// # Errors
    /// How long to wait, when it has been asked enough or wants its rest.
    pub fn may_ask(&mut self, host: &str, now: Timestamp) -> Result<(), Duration> {
        let until = |then: Timestamp| Duration::try_from(then.duration_since(now)).unwrap_or_default();
        if let Some(rest) = self.rests.get(host).filter(|rest| **rest > now) {
            return Err(until(*rest).min(LONGEST_REST));
        }
        if self.asked.len() > HOSTS || self.rests.len() > HOSTS {
            self.rests.retain(|_, rest| *rest > now);
            self.asked.retain(|_, times| times.back().is_some_and(|last| now.duration_since(*last).abs() < WINDOW));
        }
        let times = self.asked.entry(host.to_owned()).or_default();
        // A time to come is from a clock that was wrong.
        times.retain(|time| *time <= now && now.duration_since(*time) < WINDOW);
        if times.len() >= BUDGET {
            let oldest = times.front().copied().unwrap_or(now);
            return Err(until(oldest.saturating_add(WINDOW).unwrap_or(Timestamp::MAX)));
        }
        times.push_back(now);
        Ok(())
    }

    /// Keeps an answer, and gives it back.
    pub fn keep(&mut self, url: &str, kept: Kept, now: Timestamp) -> Arc<Kept> {
        let kept = Arc::new(kept);
        if kept.body.len() <= LARGEST {
            self.know(url.to_owned(), now, Arc::clone(&kept));
            let said = serde_json::to_string(&*kept).unwrap_or_default();
            let until = now.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
            self.unsaved.insert(url.to_owned(), Lookup { key: url.to_owned(), said, at: now, until });
        }
        kept
    }

    fn know(&mut self, url: String, at: Timestamp, kept: Arc<Kept>) {
        self.bytes += weight(&url, &kept);
        if let Some((_, old)) = self.known.insert(url.clone(), (at, kept)) {
            self.bytes -= weight(&url, &old);
        }
        if self.bytes > MOST_BYTES {
            self.make_room();
        }
    }

    /// The oldest answers go, and a quarter of the room with them: not one at a time, or each answer would look at all.
    fn make_room(&mut self) {
        let mut by_age: Vec<_> = self.known.iter().map(|(url, (at, _))| (*at, url.clone())).collect();
        by_age.sort_unstable();
        for (_, url) in by_age {
            if self.bytes <= MOST_BYTES / 4 * 3 {
                return;
            }
            if let Some((_, kept)) = self.known.remove(&url) {
                self.bytes -= weight(&url, &kept);
            }
            self.unsaved.remove(&url);
        }
    }

    /// A host asks us to wait.
    pub fn rest(&mut self, host: &str, wait: Duration, now: Timestamp) {
        let until = now.saturating_add(wait.min(LONGEST_REST)).unwrap_or(Timestamp::MAX);
        self.rests.insert(host.to_owned(), until);
        let key = rest_key(host);
        self.unsaved.insert(key.clone(), Lookup { key, said: String::new(), at: now, until });
    }

    /// What is not in the store yet; it counts as written from now on.
    pub fn take_unsaved(&mut self) -> Vec<Lookup> {
        std::mem::take(&mut self.unsaved).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn said(body: &str) -> Kept {
        Kept { body: body.to_owned(), ..Kept::default() }
    }

    #[test]
    fn a_host_is_asked_so_often_and_then_again_when_the_window_has_passed() {
        let mut memory = Memory::default();
        for n in 0..BUDGET {
            assert_eq!(memory.may_ask("a.example", at(i64::try_from(n).unwrap() / 2)), Ok(()));
        }
        assert_eq!(memory.may_ask("a.example", at(100)), Err(Duration::from_secs(200)));
        assert_eq!(memory.may_ask("b.example", at(100)), Ok(()));
        assert_eq!(memory.may_ask("a.example", at(300)), Ok(()));
    }

    #[test]
    fn a_host_that_asks_us_to_wait_rests_also_after_a_restart() {
        let mut memory = Memory::default();
        memory.rest("a.example", Duration::from_secs(60), at(0));
        let mut again = Memory::of(memory.take_unsaved());
        assert_eq!(again.may_ask("a.example", at(20)), Err(Duration::from_secs(40)));
        assert_eq!(again.may_ask("a.example", at(60)), Ok(()));
        again.rest("a.example", Duration::MAX, at(60));
        assert_eq!(again.may_ask("a.example", at(61)), Err(LONGEST_REST - Duration::from_secs(1)));
    }

    #[test]
    fn an_answer_and_the_count_of_questions_survive_a_restart() {
        let mut memory = Memory::default();
        for n in 0..BUDGET {
            memory.keep(&format!("https://a.example/{n}"), said("{}"), at(0));
        }
        let mut again = Memory::of(memory.take_unsaved());
        let hour = Duration::from_secs(3600);
        assert_eq!(again.known("https://a.example/7", hour, at(10)).map(|(_, fresh)| fresh), Some(true));
        assert_eq!(again.known("https://a.example/7", hour, at(3600)).map(|(_, fresh)| fresh), Some(false));
        // A clock that was turned back makes nothing fresh for ever.
        assert_eq!(again.known("https://a.example/7", hour, at(-10)).map(|(_, fresh)| fresh), Some(false));
        assert!(again.may_ask("a.example", at(10)).is_err());
        assert!(memory.take_unsaved().is_empty());
    }

    #[test]
    fn a_large_answer_is_given_and_not_kept() {
        let mut memory = Memory::default();
        memory.keep("https://a.example/", said(&"x".repeat(LARGEST + 1)), at(0));
        assert_eq!(memory.known("https://a.example/", Duration::MAX, at(0)), None);
        assert!(memory.take_unsaved().is_empty());
    }

    #[test]
    fn years_of_questions_take_no_more_room_than_days() {
        let mut memory = Memory::default();
        let answer = "x".repeat(LARGEST / 4);
        for day in 0..1_000 {
            let now = at(day * 24 * 3600);
            let host = format!("h{day}.example");
            memory.may_ask(&host, now).unwrap();
            memory.keep(&format!("https://{host}/"), said(&answer), now);
            // What is asked again takes the place of what was known.
            memory.keep("https://same.example/", said(&answer), now);
            memory.rest(&format!("busy{day}.example"), Duration::from_secs(60), now);
        }
        let held: usize = memory.known.iter().map(|(url, (_, kept))| weight(url, kept)).sum();
        assert_eq!(memory.bytes, held);
        assert!(held <= MOST_BYTES, "{held} bytes");
        assert!(memory.asked.len() <= HOSTS + 1 && memory.rests.len() <= HOSTS + 1);
        // The newest is known, the oldest is not, and nothing waits to be written that is forgotten already.
        let is_known = |day: i64| memory.known(&format!("https://h{day}.example/"), Duration::MAX, at(day)).is_some();
        assert_eq!((is_known(999), is_known(0)), (true, false));
        let answers = memory.unsaved.keys().filter(|key| !key.starts_with("rest "));
        assert!(answers.into_iter().all(|key| memory.known.contains_key(key)));
    }
}
