//! The document's chunks: bytes that the store keeps in order, checks, and does not understand.

use std::path::PathBuf;

use rusqlite::params;
use sha2::{Digest, Sha256};

use super::{Store, StoreError, Waits, sql};

/// A part of the document, in the order in which it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub kind: ChunkKind,
    pub bytes: Vec<u8>,
}

/// What a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkKind {
    /// A whole document; increments follow it.
    Snapshot,
    /// The changes of one commit or one merge.
    Increment,
}

impl ChunkKind {
    fn name(self) -> &'static str {
        match self {
            ChunkKind::Snapshot => "snapshot",
            ChunkKind::Increment => "increment",
        }
    }
}

impl Store {
    /// Appends a chunk. When this returns, it is on disk.
    ///
    /// # Errors
    /// When it could not be written; then the store is as it was.
    pub fn append(&mut self, kind: ChunkKind, bytes: &[u8]) -> Result<(), StoreError> {
        let tx = self.begin(Waits::ForTheDisk)?;
        insert(&tx, None, kind, bytes).map_err(sql)?;
        let id = tx.last_insert_rowid();
        tx.commit().map_err(sql)?;
        self.last_chunk.set(id);
        Ok(())
    }

    /// The chunks from the latest snapshot on, each checked against its hash.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when one is not as it was written.
    pub fn chunks(&self) -> Result<Vec<Chunk>, StoreError> {
        let mut query = self
            .db
            .prepare(
                "SELECT id, kind, bytes, sha256 FROM chunks \
                 WHERE id >= coalesce((SELECT max(id) FROM chunks WHERE kind = 'snapshot'), 0) ORDER BY id",
            )
            .map_err(sql)?;
        let rows = query.query_map([], |row| {
            let (kind, hash): (String, Vec<u8>) = (row.get(1)?, row.get(3)?);
            Ok((row.get::<_, i64>(0)?, kind, row.get::<_, Vec<u8>>(2)?, hash))
        });
        let mut chunks = Vec::new();
        for row in rows.map_err(sql)? {
            let (id, kind, bytes, hash) = row.map_err(sql)?;
            let kind = [ChunkKind::Snapshot, ChunkKind::Increment].into_iter().find(|known| known.name() == kind);
            match kind {
                Some(kind) if Sha256::digest(&bytes).as_slice() == hash => {
                    chunks.push(Chunk { kind, bytes });
                    self.last_chunk.set(id);
                }
                _ => {
                    let path = self.db.path().map(PathBuf::from).unwrap_or_default();
                    return Err(StoreError::Damaged { path, why: format!("part {id} of the book was altered") });
                }
            }
        }
        Ok(chunks)
    }

    /// How many chunks there are, and their bytes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn size(&self) -> Result<(u64, u64), StoreError> {
        let size = "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM chunks";
        let pair = self.db.query_row(size, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        pair.map(|(count, bytes)| (count.unsigned_abs(), bytes.unsigned_abs())).map_err(sql)
    }

    /// Puts one snapshot in the place of all chunks that were read or written here, in one transaction; what another
    /// process wrote since follows it. The caller has loaded the snapshot again and compared its heads: after this there
    /// is nothing else.
    ///
    /// # Errors
    /// When it could not be written; then all chunks are as they were.
    pub fn compact(&mut self, snapshot: &[u8]) -> Result<(), StoreError> {
        let last = self.last_chunk.get();
        let tx = self.begin(Waits::ForTheDisk)?;
        tx.execute("DELETE FROM chunks WHERE id <= ?1", [last]).map_err(sql)?;
        insert(&tx, Some(last), ChunkKind::Snapshot, snapshot).map_err(sql)?;
        tx.commit().map_err(sql)
    }
}

/// Without an id it comes last.
fn insert(tx: &rusqlite::Transaction<'_>, id: Option<i64>, kind: ChunkKind, bytes: &[u8]) -> rusqlite::Result<()> {
    let hash = Sha256::digest(bytes);
    let put = "INSERT INTO chunks (id, kind, bytes, sha256) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(put, params![id, kind.name(), bytes, hash.as_slice()]).map(|_| ())
}
