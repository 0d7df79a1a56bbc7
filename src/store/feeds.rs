//! The feed cache: what each feed said when it was last asked. It is this device's own and never decides a pick.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError, Waits, sql};
use crate::domain::{Item, ItemKind};

/// Items kept of one feed: the newest.
pub const ITEMS_PER_FEED: usize = 100;

/// The health of a feed, and what a polite next request needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    pub url: String,
    pub title: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// The last time it was asked, whatever came of it.
    pub fetched_at: Option<Timestamp>,
    /// Not to be asked before this time.
    pub next_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// What went wrong the last time.
    pub error: Option<String>,
    /// The address to which it moved for good.
    pub moved_to: Option<String>,
}

/// All feeds together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InAll {
    pub total: usize,
    /// Those that could not be read when they were asked last.
    pub failing: usize,
    /// When one was asked last.
    pub fetched_at: Option<Timestamp>,
}

const FEED: &str = "SELECT url, title, etag, last_modified, fetched_at, next_at, failures, error, moved_to FROM feeds";

impl Store {
    /// One feed, if it was ever asked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn feed(&self, url: &str) -> Result<Option<Feed>, StoreError> {
        self.db.query_row(&format!("{FEED} WHERE url = ?1"), [url], read_feed).optional().map_err(sql)
    }

    /// Every feed that was ever asked, by address.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn feeds(&self) -> Result<Vec<Feed>, StoreError> {
        let mut query = self.db.prepare(&format!("{FEED} ORDER BY url")).map_err(sql)?;
        let feeds = query.query_map([], read_feed).map_err(sql)?;
        feeds.collect::<Result<_, _>>().map_err(sql)
    }

    /// How the feeds are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn feeds_in_all(&self) -> Result<InAll, StoreError> {
        let query = "SELECT count(*) AS total, count(*) FILTER (WHERE failures > 0) AS failing, \
                     max(fetched_at) AS fetched_at FROM feeds";
        let in_all = self.db.query_row(query, [], |row| {
            let (total, failing): (u32, u32) = (row.get("total")?, row.get("failing")?);
            Ok(InAll { total: total as usize, failing: failing as usize, fetched_at: time(row, "fetched_at")? })
        });
        in_all.map_err(sql)
    }

    /// The addresses of the feeds that are not to be asked yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn resting_feeds(&self, now: Timestamp) -> Result<HashSet<String>, StoreError> {
        let mut query = self.db.prepare("SELECT url FROM feeds WHERE next_at > ?1").map_err(sql)?;
        let urls = query.query_map([written(&now)], |row| row.get(0)).map_err(sql)?;
        urls.collect::<Result<_, _>>().map_err(sql)
    }

    /// Keeps a feed's health and the items it has now, in one transaction. Items that are known keep the time they
    /// were first seen; of all, the newest [`ITEMS_PER_FEED`] stay.
    ///
    /// A power cut may take the last of it away again, whole: what was read once can be read again, and to wait for the
    /// disk five hundred times takes seconds.
    ///
    /// # Errors
    /// When it could not be written; then the cache is as it was.
    pub fn save_feed(&mut self, feed: &Feed, items: &[Item], now: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin(Waits::ForNothing)?;
        tx.execute(
            "INSERT INTO feeds (url, title, etag, last_modified, fetched_at, next_at, failures, error, moved_to) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (url) DO UPDATE SET title = ?2, etag = ?3, \
             last_modified = ?4, fetched_at = ?5, next_at = ?6, failures = ?7, error = ?8, moved_to = ?9",
            params![
                feed.url,
                feed.title,
                feed.etag,
                feed.last_modified,
                feed.fetched_at.as_ref().map(written),
                feed.next_at.as_ref().map(written),
                feed.failures,
                feed.error,
                feed.moved_to,
            ],
        )
        .map_err(sql)?;
        if items.is_empty() {
            return tx.commit().map_err(sql);
        }
        let put = "INSERT INTO items (feed, url, title, published, kind, summary, warning, first_seen) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (feed, url, title) DO UPDATE SET \
                   published = coalesce(?4, published), kind = ?5, summary = ?6, warning = ?7";
        let mut put = tx.prepare(put).map_err(sql)?;
        for item in items {
            let kind = serde_json::to_value(item.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
            put.execute(params![
                feed.url,
                item.url,
                item.title,
                item.published.as_ref().map(written),
                kind.unwrap_or_default(),
                item.summary,
                item.warning,
                written(&now),
            ])
            .map_err(sql)?;
        }
        drop(put);
        tx.execute(
            "DELETE FROM items WHERE feed = ?1 AND (url, title) NOT IN (SELECT url, title FROM items WHERE feed = ?1 \
             ORDER BY coalesce(published, first_seen) DESC, url, title LIMIT ?2)",
            params![feed.url, ITEMS_PER_FEED as i64],
        )
        .map_err(sql)?;
        tx.commit().map_err(sql)
    }

    /// The items of these feeds, newest first; an item without a date counts from when it was first seen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn items_of(&self, feeds: &[&str]) -> Result<Vec<Item>, StoreError> {
        let query = "SELECT url, title, published, kind, summary, warning, coalesce(published, first_seen) AS since \
                     FROM items WHERE feed = ?1";
        let mut query = self.db.prepare(query).map_err(sql)?;
        let mut found: Vec<(String, Item)> = Vec::new();
        for feed in feeds {
            let rows = query.query_map([feed], |row| {
                let kind: String = row.get("kind")?;
                let item = Item {
                    url: row.get("url")?,
                    title: row.get("title")?,
                    published: time(row, "published")?,
                    feed: (*feed).to_owned(),
                    kind: serde_json::from_value(kind.into()).unwrap_or(ItemKind::Other),
                    summary: row.get("summary")?,
                    warning: row.get("warning")?,
                };
                Ok((row.get("since")?, item))
            });
            for row in rows.map_err(sql)? {
                found.push(row.map_err(sql)?);
            }
        }
        found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.url.cmp(&y.url)));
        Ok(found.into_iter().map(|(_, item)| item).collect())
    }

    /// How many items are kept of each feed that has any, by address.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn item_counts(&self) -> Result<HashMap<String, usize>, StoreError> {
        let mut query = self.db.prepare("SELECT feed, count(*) FROM items GROUP BY feed").map_err(sql)?;
        let counted = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize))).map_err(sql)?;
        counted.collect::<Result<_, _>>().map_err(sql)
    }

    /// Forgets feeds that nobody in the book has any more, and their items.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn keep_feeds(&mut self, wanted: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        let gone: Vec<Feed> = self.feeds()?.into_iter().filter(|feed| !wanted(&feed.url)).collect();
        let tx = self.begin(Waits::ForTheDisk)?;
        for feed in gone {
            tx.execute("DELETE FROM feeds WHERE url = ?1", [feed.url]).map_err(sql)?;
        }
        tx.commit().map_err(sql)
    }
}

/// Always with nine decimals, so that times sort as text.
pub(super) fn written(time: &Timestamp) -> String {
    format!("{time:.9}")
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

fn read_feed(row: &Row<'_>) -> rusqlite::Result<Feed> {
    Ok(Feed {
        url: row.get("url")?,
        title: row.get("title")?,
        etag: row.get("etag")?,
        last_modified: row.get("last_modified")?,
        fetched_at: time(row, "fetched_at")?,
        next_at: time(row, "next_at")?,
        failures: row.get("failures")?,
        error: row.get("error")?,
        moved_to: row.get("moved_to")?,
    })
}
