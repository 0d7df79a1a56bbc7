//! Evidence: what anybody can see between the author and a contact, found in public data without a login.
//!
//! Of each deed on each network the book keeps the latest alone: a relationship, not a log. So there are eight notes
//! at most for a person on a network, however long they know each other, and two laptops that find the same write the
//! same under the same key.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Book, Change, Id, contact::spelled, days_since};

/// One thing that can be looked up. The key in the book is `contact/network/deed`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    pub contact: Id,
    /// The network's name, such as `bluesky`.
    pub network: String,
    pub deed: Deed,
    /// The day it happened. A network may not tell: then of a follow the day it was found, of a like or a boost the
    /// day of the post, which is the same wherever it is looked up.
    pub date: Date,
    /// Where it can be looked at, a web address; may be empty.
    pub url: String,
    /// Of a follow: the day it was found to be over.
    pub ended: Option<Date>,
}

/// Who did what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// The author follows them.
    Follows,
    /// The author liked something of theirs.
    Liked,
    /// The author passed something of theirs on.
    Boosted,
    /// The author replied to them.
    Replied,
    /// They follow the author.
    FollowsBack,
    LikedBack,
    BoostedBack,
    /// They replied to the author.
    Answered,
}

spelled!(Deed {
    Follows = "follows",
    Liked = "liked",
    Boosted = "boosted",
    Replied = "replied",
    FollowsBack = "follows_back",
    LikedBack = "liked_back",
    BoostedBack = "boosted_back",
    Answered = "answered",
});

impl Deed {
    /// The author's own doing, and not the contact's.
    #[must_use]
    pub fn is_the_authors(self) -> bool {
        matches!(self, Deed::Follows | Deed::Liked | Deed::Boosted | Deed::Replied)
    }

    /// It goes on until it ends; all else happens on a day and stays true.
    #[must_use]
    pub fn lasts(self) -> bool {
        matches!(self, Deed::Follows | Deed::FollowsBack)
    }

    /// What was done, as the author is told.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Deed::Follows => "you follow them",
            Deed::Liked => "you liked something of theirs",
            Deed::Boosted => "you shared something of theirs",
            Deed::Replied => "you replied to them",
            Deed::FollowsBack => "they follow you",
            Deed::LikedBack => "they liked something of yours",
            Deed::BoostedBack => "they shared something of yours",
            Deed::Answered => "they answered you",
        }
    }
}

/// The longest address that is kept, in bytes.
const MAX_URL: usize = 1_000;
/// A deed of the same kind replaces the known one when it is so much newer: else a like a day would write a line a day.
const NEWER_BY_DAYS: i32 = 7;

#[derive(Serialize, Deserialize)]
struct Written {
    date: Date,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Date>,
}

impl Evidence {
    /// The key under which the book holds it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.contact, self.network, self.deed)
    }

    /// The value in the book: one line of JSON.
    #[must_use]
    pub fn value(&self) -> String {
        let Evidence { date, url, ended, .. } = self.clone();
        serde_json::to_string(&Written { date, url, ended }).unwrap_or_default()
    }

    /// Reads one; nothing when this version cannot read it (it stays in the document all the same). An address that
    /// no browser should be led to is left away.
    #[must_use]
    pub fn read(key: &str, value: &str) -> Option<Evidence> {
        let mut parts = key.split('/');
        let (contact, network, deed) = (parts.next()?.into(), parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        if parts.next().is_some() {
            return None;
        }
        let Written { date, url, ended } = serde_json::from_str(value).ok()?;
        Some(Evidence { contact, network, deed, date, url: web_address(url), ended })
    }

    /// The day of the last word on it.
    #[must_use]
    pub fn known(&self) -> Date {
        self.ended.unwrap_or(self.date)
    }

    /// Of several the greatest counts: the last word, and of one day that which still stands.
    pub(super) fn rank(&self) -> impl Ord + '_ {
        (self.known(), self.ended.is_none(), self)
    }
}

fn web_address(url: String) -> String {
    let is_one = url.starts_with("https://") || url.starts_with("http://");
    if is_one && url.len() <= MAX_URL { url } else { String::new() }
}

/// Of what a look brought, what the book does not know yet. A second look that finds the same brings nothing.
///
/// A follow that has ended is written down as ended, for it would lie otherwise; that there is none is not. What a
/// network dates ahead counts as of today.
#[must_use]
pub fn news(book: &Book, found: impl IntoIterator<Item = Evidence>, today: Date) -> Vec<Change> {
    let mut latest: BTreeMap<(Id, String, Deed), Evidence> = BTreeMap::new();
    for mut evidence in found {
        evidence.contact = book.lead(&evidence.contact).clone();
        evidence.date = evidence.date.min(today);
        evidence.ended = evidence.ended.map(|_| today);
        evidence.url = web_address(evidence.url);
        let key = (evidence.contact.clone(), evidence.network.clone(), evidence.deed);
        if latest.get(&key).is_none_or(|known| known.rank() < evidence.rank()) {
            latest.insert(key, evidence);
        }
    }
    let is_news = |evidence: Evidence| {
        let bond = book.bond(&evidence.contact, today);
        let known = bond.get(&evidence.network, evidence.deed);
        match known {
            Some(known) if evidence.deed.lasts() => match (known.ended, evidence.ended) {
                (None, Some(_)) => Some(Evidence { date: known.date, url: known.url.clone(), ..evidence }),
                (Some(_), None) => Some(evidence),
                _ => None,
            },
            None => (evidence.ended.is_none()).then_some(evidence),
            Some(known) => {
                let is_newer = days_since(known.date, evidence.date) >= NEWER_BY_DAYS;
                (is_newer && known.url != evidence.url).then_some(evidence)
            }
        }
    };
    latest.into_values().filter_map(is_news).map(Change::Evidence).collect()
}

#[cfg(test)]
pub(in crate::domain) mod tests;
