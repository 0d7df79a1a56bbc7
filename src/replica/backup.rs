//! The daily backups of the book.

use std::path::{Path, PathBuf};

use jiff::{Zoned, civil::Date};

use super::Replica;
use crate::{
    document::{Document, limits},
    store::backup::{self, Backup},
};

impl Replica {
    /// Writes the backup of a day, in the place of an earlier one of that day, and reads it back before it counts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn back_up(&self, today: Date) -> std::io::Result<PathBuf> {
        let bytes = self.document.save();
        let folder = self.folder.join(backup::FOLDER);
        backup::write(&folder, today, &bytes, |read| self.is_this_book(read), limits::is_sealed)
    }

    /// The backups of this device, newest first.
    ///
    /// # Errors
    /// When their folder cannot be read.
    pub fn backups(&self) -> std::io::Result<Vec<Backup>> {
        backup::list(&self.folder.join(backup::FOLDER), today())
    }

    pub(super) fn is_this_book(&self, bytes: &[u8]) -> bool {
        Document::load([bytes], self.actor).is_ok_and(|copy| copy.heads_hex() == self.document.heads_hex())
    }
}

/// By this machine's clock and zone: good enough to tell a backup of last year from one of next year.
fn today() -> Date {
    Zoned::now().date()
}

/// The newest backup that can really be read.
pub(super) fn newest_good(folder: &Path) -> Option<Backup> {
    let backups = backup::list(&folder.join(backup::FOLDER), today()).ok()?;
    backups.into_iter().find(|backup| {
        let bytes = std::fs::read(&backup.path).unwrap_or_default();
        Document::open(&bytes, [0; 16]).is_ok()
    })
}
