//! Opening the book; what is said when it cannot be read, and how the author goes on then.

use std::path::{Path, PathBuf};

use super::{CommitError, ImportError, Replica, backup::newest_good, document_in, import};
use crate::store::{self, ChunkKind, Store, StoreError, backup::Backup};

/// Why the book cannot be opened. Nothing was changed: [`Replica::recover`] goes on when the author says so.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the book cannot be read: {why}{}", told(backup.as_ref()))]
    Unreadable {
        why: String,
        /// The newest backup that can be read.
        backup: Option<Backup>,
    },
    #[error("there is no book in {folder}, and there are backups of one{}", told(Some(backup)))]
    Missing { folder: PathBuf, backup: Backup },
    /// A newer program's store, a full disk, no permission: the book itself may be well.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the folder of the book cannot be used: {0}")]
    Folder(#[from] std::io::Error),
}

fn told(backup: Option<&Backup>) -> String {
    backup.map(|backup| format!("; the backup of {} is good", backup.date)).unwrap_or_default()
}

impl Replica {
    /// Opens the book in a device's folder, or begins one where there is none. The caller holds the folder's
    /// [`store::lock::Lock`]. The actor is 16 random bytes, new at every start.
    ///
    /// # Errors
    /// When there was a book and it cannot be read: never an empty book in place of an unreadable one.
    pub fn open(folder: &Path, actor: [u8; 16]) -> Result<Replica, OpenError> {
        store::backup::private_folder(folder)?;
        Store::finish_replacing(&folder.join(store::FILE))?;
        let mut replica = Replica::read(folder, actor, Store::open)?;
        if replica.chunks == 0 {
            replica.store.append(ChunkKind::Snapshot, &replica.document.save_uncompressed())?;
            replica.chunks = 1;
        }
        replica.store.trust()?;
        Ok(replica)
    }

    /// Opens the book to read it, beside whoever writes in it. Nothing in the folder is written, touched or made; a
    /// commit fails.
    ///
    /// # Errors
    /// As [`Replica::open`].
    pub fn look(folder: &Path) -> Result<Replica, OpenError> {
        Replica::read(folder, [0; 16], Store::look)
    }

    /// Opens the book to keep house, beside the daemon that has it open and holds the lock: to back it up and to compact
    /// it. Nothing else may be written.
    ///
    /// # Errors
    /// As [`Replica::open`].
    pub fn beside(folder: &Path) -> Result<Replica, OpenError> {
        Replica::read(folder, [0; 16], Store::beside)
    }

    fn read(
        folder: &Path,
        actor: [u8; 16],
        open: impl Fn(&Path) -> Result<Store, StoreError>,
    ) -> Result<Replica, OpenError> {
        let path = folder.join(store::FILE);
        if let Ok(false) = path.try_exists()
            && let Some(backup) = newest_good(folder)
        {
            return Err(OpenError::Missing { folder: folder.to_owned(), backup });
        }
        let unreadable = |why: String| OpenError::Unreadable { why, backup: newest_good(folder) };
        let damaged = |error| match error {
            error @ (StoreError::Damaged { .. } | StoreError::Foreign { .. }) => unreadable(error.to_string()),
            error => OpenError::Store(error),
        };
        let store = open(&path).map_err(damaged)?;
        let chunks = store.chunks().map_err(damaged)?;
        let document =
            document_in(&chunks, actor).map_err(|error| unreadable(format!("{}: {error}", path.display())))?;
        let chunks = store.size()?.0;
        Ok(Replica::new(document, store, folder.to_owned(), actor, chunks))
    }

    /// Sets an unreadable book aside whole and goes on with the book in a backup or an export. Where the old file went
    /// is given back; the stamp (a date and time) becomes part of its name.
    ///
    /// # Errors
    /// When the bytes are no book (then nothing was moved), or the disk refuses.
    pub fn recover(
        folder: &Path,
        stamp: &str,
        backup: &[u8],
        actor: [u8; 16],
    ) -> Result<(Replica, Option<PathBuf>), ImportError> {
        let document = import::document_of(backup, actor)?;
        let path = folder.join(store::FILE);
        let replaced = Store::replace(&path, stamp, &document.save_uncompressed());
        let (store, aside) = replaced.map_err(CommitError::from)?;
        Ok((Replica::new(document, store, folder.to_owned(), actor, 1), aside))
    }
}
