//! Notices: something remarkable about a contact, worth moving the plan for. They are in the book, so that every
//! laptop sees the same ones; a device's own feed cache never decides a pick.

use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    Contact, Id, ItemKind, days_since,
    id::stable_hash,
    item::Item,
    journal::{History, last_that_counts},
};

/// Days over which a notice fades to nothing.
pub const FADE_DAYS: i32 = 14;
/// Days in which it is fresh enough to move the plan.
const FRESH_DAYS: i32 = 7;

/// One remarkable thing. The key in the book is `contact/hash of the address`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    #[serde(skip)]
    pub contact: Id,
    pub kind: NoticeKind,
    /// The day it was noticed.
    pub date: Date,
    pub item: Item,
}

/// Why it is remarkable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// First item after at least 90 quiet days.
    Return,
    /// A book, an opening, a first episode.
    Launch,
    /// Episode 100, ten years.
    Milestone,
    /// A kind that a later version knows.
    #[serde(other)]
    Other,
}

impl Notice {
    /// The key under which the book holds it: noticing one thing twice changes nothing.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{:016x}", self.contact, stable_hash(&[&self.item.url]))
    }
    /// How much it still says on a day: 1 when it is new, nothing after [`FADE_DAYS`], nothing once its item was
    /// shared. A notice dated by a clock that runs ahead says nothing until its day comes.
    #[must_use]
    pub fn strength(&self, history: &History, on: Date) -> f64 {
        let ahead = self.date > last_that_counts(history.as_of);
        let age = days_since(self.date, on).max(0);
        if ahead || age >= FADE_DAYS || self.is_used_up(history) {
            return 0.0;
        }
        f64::from(FADE_DAYS - age) / f64::from(FADE_DAYS)
    }

    /// New enough to move a planned day.
    #[must_use]
    pub fn is_fresh(&self, history: &History, on: Date) -> bool {
        self.strength(history, on) > 0.0 && days_since(self.date, on) < FRESH_DAYS
    }

    fn is_used_up(&self, history: &History) -> bool {
        match self.item.url.as_str() {
            "" => history.people.get(&self.contact).is_some_and(|past| past.done >= Some(self.date)),
            url => history.shared.contains(url),
        }
    }
}

/// Days without anything new that make the next thing a return.
const QUIET_DAYS: i32 = 90;
/// Most notices that one look at a contact's feeds gives: a publisher's catalogue is no news.
const MOST_AT_ONCE: usize = 3;

/// Words in a title that make it a launch; in lower case, as whole words.
const LAUNCH_WORDS: [&str; 20] = [
    "book birthday",
    "book launch",
    "cover reveal",
    "debut",
    "first episode",
    "grand opening",
    "is here",
    "launch",
    "launch day",
    "launched",
    "launches",
    "launching",
    "now available",
    "opening night",
    "out now",
    "out today",
    "pre order",
    "preorder",
    "publication day",
    "release day",
];
/// What can be counted up to a round number: "episode 100", "issue 50".
const COUNTED: [&str; 8] = ["chapter", "episode", "ep", "issue", "letter", "newsletter", "post", "video"];
/// What is counted behind the number: "100 episodes". Chapters and posts so counted are mostly somebody's advice.
const COUNTED_AFTER: [&str; 3] = ["episodes", "issues", "newsletters"];
/// Round enough to be a milestone.
const ROUND: [u32; 9] = [50, 100, 150, 200, 250, 300, 400, 500, 1000];
/// Words before "10 years" that make it a span of time and no anniversary.
const NO_ANNIVERSARY_BEFORE: [&str; 12] =
    ["about", "after", "almost", "every", "for", "in", "last", "next", "over", "past", "than", "within"];
/// Words after "10 years" that do the same.
const NO_ANNIVERSARY_AFTER: [&str; 9] = ["ago", "before", "earlier", "from", "in", "later", "old", "since", "younger"];

/// What is remarkable about the items that a look at a contact's feeds brought: `known` were there before it, `fresh`
/// were not. At most one notice for an item, three in all.
///
/// Conservative: an item without an address, or one older than a notice lives, gives none; and a first look at a
/// feed, which knows no earlier item, can tell no return unless the feed itself shows the silence.
#[must_use]
pub fn of_new_items(contact: &Contact, known: &[Item], fresh: &[Item], today: Date) -> Vec<Notice> {
    let date_of = |item: &Item| item.published.map(|at| at.to_zoned(TimeZone::UTC).date());
    let is_recent = |item: &Item| match date_of(item) {
        Some(date) => (-1..FADE_DAYS).contains(&days_since(date, today)),
        // Without a date it is new only to somebody who knew what was there before.
        None => !known.is_empty(),
    };
    let (mut recent, old): (Vec<&Item>, Vec<&Item>) = fresh.iter().partition(|item| is_recent(item));
    recent.retain(|item| !item.url.is_empty());
    recent.sort_by_key(|item| (date_of(item), &item.url));
    let before = known.iter().chain(old).filter_map(date_of).max();
    let first = recent.iter().find_map(|item| Some((date_of(item)?, *item)));
    let back = first.filter(|(date, _)| before.is_some_and(|before| days_since(before, *date) >= QUIET_DAYS));
    let mut notices: Vec<Notice> = Vec::new();
    for item in recent {
        let kind = if is_launch(item) {
            NoticeKind::Launch
        } else if is_milestone(&item.title) {
            NoticeKind::Milestone
        } else if back.is_some_and(|(_, first)| first == item) {
            NoticeKind::Return
        } else {
            continue;
        };
        if notices.iter().all(|notice| notice.item.url != item.url) {
            notices.push(Notice { contact: contact.id.clone(), kind, date: today, item: item.clone() });
        }
    }
    notices.split_off(notices.len().saturating_sub(MOST_AT_ONCE))
}

fn is_launch(item: &Item) -> bool {
    let words = format!(" {} ", words(&item.title).join(" "));
    let says_so = LAUNCH_WORDS.iter().any(|launch| words.contains(&format!(" {launch} ")));
    says_so || matches!(item.kind, ItemKind::Book | ItemKind::Event)
}

fn is_milestone(title: &str) -> bool {
    let words = words(title);
    let word = |place: Option<usize>| place.and_then(|place| words.get(place)).map(String::as_str).unwrap_or_default();
    (0..words.len()).any(|at| {
        let (before, this, next, after) =
            (word(at.checked_sub(1)), word(Some(at)), word(Some(at + 1)), word(Some(at + 2)));
        let ordinal = ["th", "st", "nd", "rd"].iter().find_map(|end| this.strip_suffix(end)?.parse::<u32>().ok());
        let number = this.parse::<u32>().ok();
        let counted = number.is_some_and(is_round) && COUNTED.contains(&before);
        let so_many = number.is_some_and(is_round) && COUNTED_AFTER.contains(&next);
        let nth = ordinal.is_some_and(is_round) && COUNTED.contains(&next);
        let nth_year = ordinal.is_some_and(is_round_age) && next == "anniversary";
        let years = number.is_some_and(is_round_age)
            && matches!(next, "years" | "year")
            && !NO_ANNIVERSARY_BEFORE.contains(&before)
            && !NO_ANNIVERSARY_AFTER.contains(&after);
        counted || so_many || nth || nth_year || years
    })
}

fn is_round(number: u32) -> bool {
    ROUND.contains(&number) || (number > 0 && number.is_multiple_of(1000))
}

fn is_round_age(years: u32) -> bool {
    years == 1 || (5..=100).contains(&years) && years.is_multiple_of(5)
}

/// The words of a title in lower case: letters and digits. "1,000" is one of them.
fn words(title: &str) -> Vec<String> {
    let lower = title.to_lowercase();
    let is_thousand = |rest: &str| rest.len() >= 3 && rest.bytes().take(3).all(|b| b.is_ascii_digit());
    let mut joined = String::with_capacity(lower.len());
    for (at, c) in lower.char_indices() {
        let in_number = c == ',' && joined.ends_with(|c: char| c.is_ascii_digit());
        if !(in_number && lower.get(at + 1..).is_some_and(is_thousand)) {
            joined.push(c);
        }
    }
    joined.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    fn item(title: &str, days_ago: i64) -> Item {
        let noon = TODAY.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        let published = Timestamp::from_second(noon.as_second() - days_ago * 86_400).ok();
        Item { title: title.to_owned(), url: format!("https://example.org/{title}"), published, ..Item::default() }
    }

    fn kinds(known: &[Item], fresh: &[Item]) -> Vec<NoticeKind> {
        of_new_items(&Contact::default(), known, fresh, TODAY).into_iter().map(|notice| notice.kind).collect()
    }

    #[test]
    fn the_first_item_after_ninety_quiet_days_is_a_return() {
        assert_eq!(kinds(&[item("Old", 91)], &[item("Hello again", 1), item("And more", 0)]), [NoticeKind::Return]);
        assert_eq!(kinds(&[item("Old", 90)], &[item("Hello again", 1)]), []);
    }

    #[test]
    fn a_first_look_at_a_busy_feed_notices_nothing() {
        let feed: Vec<_> = (0..20).map(|week| item(&format!("Week {week}"), week * 7)).collect();
        assert_eq!(kinds(&[], &feed), []);
        assert_eq!(kinds(&[], &[item("The only one", 1)]), []);
    }

    #[test]
    fn a_launch_is_told_by_its_kind_or_by_clear_words() {
        for title in ["Out now: Buttons of 1863", "Pre-order my novel", "Launch day!", "The first episode"] {
            assert_eq!(kinds(&[], &[item(title, 0)]), [NoticeKind::Launch], "{title}");
        }
        let book = Item { kind: ItemKind::Book, ..item("Buttons", 0) };
        assert_eq!(kinds(&[], &[book]), [NoticeKind::Launch]);
        for title in ["How to sew a sack coat", "Launchpad repairs", "A debutante's diary"] {
            assert_eq!(kinds(&[], &[item(title, 0)]), [], "{title}");
        }
    }

    #[test]
    fn a_milestone_is_a_round_number_of_something_counted() {
        for title in [
            "Episode 100: Thanks",
            "My 1,000th post",
            "10 years of sewing",
            "Our 25th anniversary",
            "Issue #50",
            "100 episodes!",
        ] {
            assert_eq!(kinds(&[], &[item(title, 0)]), [NoticeKind::Milestone], "{title}");
        }
        for title in [
            "Episode 101",
            "10 years ago",
            "In 10 years",
            "100 ways to sew",
            "For 20 years they sewed",
            "7 years",
            "1,100 episodes",
        ] {
            assert_eq!(kinds(&[], &[item(title, 0)]), [], "{title}");
        }
    }

    #[test]
    fn what_is_old_or_has_no_address_is_no_news() {
        assert_eq!(kinds(&[], &[item("Out now", 14)]), []);
        assert_eq!(kinds(&[], &[Item { url: String::new(), ..item("Out now", 0) }]), []);
        assert_eq!(kinds(&[], &[Item { published: None, ..item("Out now", 0) }]), []);
    }

    #[test]
    fn a_catalogue_gives_three_notices_at_most() {
        let books: Vec<_> = (0..30).map(|n| Item { kind: ItemKind::Book, ..item(&format!("Volume {n}"), 0) }).collect();
        assert_eq!(kinds(&[], &books).len(), 3);
    }

    #[test]
    fn a_notice_fades_over_fourteen_days_and_is_used_up_once_its_item_was_shared() {
        let notice = Notice {
            contact: "maria".into(),
            kind: NoticeKind::Launch,
            date: date(2026, 11, 1),
            item: item("Out now", 0),
        };
        let mut history = History { as_of: date(2026, 11, 1), ..History::default() };
        let on = |day, history: &History| notice.strength(history, date(2026, 11, day));
        assert_eq!([on(1, &history), on(8, &history), on(15, &history)], [1.0, 0.5, 0.0]);
        history.shared.insert(notice.item.url.clone());
        assert_eq!(on(1, &history), 0.0);
    }

    #[test]
    fn a_notice_of_a_clock_that_runs_ahead_waits_for_its_day() {
        let notice =
            Notice { contact: "maria".into(), kind: NoticeKind::Launch, date: date(2026, 11, 9), item: item("x", 0) };
        let read_on = |day| History { as_of: date(2026, 11, day), ..History::default() };
        assert_eq!(notice.strength(&read_on(1), date(2026, 11, 9)), 0.0);
        assert_eq!(notice.strength(&read_on(9), date(2026, 11, 9)), 1.0);
    }
}
