//! The look-up cache: what hosts said when they were last asked. It is this device's own, and whatever is lost of it is
//! only asked once more.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError, Waits, feeds::written, sql};

/// At most so many bytes of answers are kept: the newest.
pub const KEPT_BYTES: i64 = 4 << 20;

/// One answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// What was asked.
    pub key: String,
    /// What was said, in the form of whoever asked.
    pub said: String,
    /// When it was asked.
    pub at: Timestamp,
    /// When it is forgotten.
    pub until: Timestamp,
}

impl Store {
    /// Everything that is kept and not to be forgotten yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn lookups(&self, now: Timestamp) -> Result<Vec<Lookup>, StoreError> {
        let query = "SELECT key, said, at, until FROM lookups WHERE until > ?1 ORDER BY key";
        let mut query = self.db.prepare(query).map_err(sql)?;
        let rows = query.query_map([written(&now)], read).map_err(sql)?;
        rows.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(sql)
    }

    /// One answer, if it is kept and not to be forgotten yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn lookup(&self, key: &str, now: Timestamp) -> Result<Option<Lookup>, StoreError> {
        let query = "SELECT key, said, at, until FROM lookups WHERE key = ?1 AND until > ?2";
        let found = self.db.query_row(query, params![key, written(&now)], read).optional().map_err(sql)?;
        Ok(found.flatten())
    }

    /// Keeps answers in one transaction, and forgets what is over its time or over [`KEPT_BYTES`].
    ///
    /// A power cut may take the last of it away again, whole.
    ///
    /// # Errors
    /// When it could not be written; then the cache is as it was.
    pub fn save_lookups(&mut self, lookups: &[Lookup], now: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin(Waits::ForNothing)?;
        let put = "INSERT INTO lookups (key, said, at, until) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (key) DO UPDATE SET said = ?2, at = ?3, until = ?4";
        let mut put = tx.prepare(put).map_err(sql)?;
        for Lookup { key, said, at, until } in lookups {
            put.execute(params![key, said, written(at), written(until)]).map_err(sql)?;
        }
        drop(put);
        tx.execute("DELETE FROM lookups WHERE until <= ?1", [written(&now)]).map_err(sql)?;
        tx.execute(
            "DELETE FROM lookups WHERE key IN (SELECT key FROM (SELECT key, sum(length(key) + octet_length(said)) \
             OVER (ORDER BY at DESC, key) AS sum FROM lookups) WHERE sum > ?1)",
            [KEPT_BYTES],
        )
        .map_err(sql)?;
        tx.commit().map_err(sql)
    }
}

/// A row whose times cannot be read is as good as none.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<Lookup>> {
    let time = |column: &str| row.get::<_, String>(column).map(|text| text.parse().ok());
    let (Some(at), Some(until)) = (time("at")?, time("until")?) else { return Ok(None) };
    Ok(Some(Lookup { key: row.get("key")?, said: row.get("said")?, at, until }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(super::super::FILE)).unwrap();
        (folder, store)
    }

    fn lookup(key: &str, said: &str, since: i64) -> Lookup {
        Lookup { key: key.to_owned(), said: said.to_owned(), at: at(since), until: at(since + 100) }
    }

    #[test]
    fn an_answer_is_kept_until_its_time_is_over() {
        let (_folder, mut store) = store();
        store.save_lookups(&[lookup("a", "first", 0), lookup("a", "second", 1), lookup("b", "", 50)], at(50)).unwrap();
        assert_eq!(store.lookup("a", at(60)).unwrap(), Some(lookup("a", "second", 1)));
        assert_eq!(store.lookups(at(101)).unwrap(), [lookup("b", "", 50)]);
        assert_eq!(store.lookup("a", at(101)).unwrap(), None);
    }

    #[test]
    fn the_oldest_answers_make_room() {
        let (_folder, mut store) = store();
        let third = "x".repeat(KEPT_BYTES as usize / 3);
        let rows: Vec<_> = (0..4).map(|n| lookup(&n.to_string(), &third, n)).collect();
        store.save_lookups(&rows, at(5)).unwrap();
        let left: Vec<_> = store.lookups(at(5)).unwrap().into_iter().map(|row| row.key).collect();
        assert_eq!(left, ["2", "3"]);
    }
}
