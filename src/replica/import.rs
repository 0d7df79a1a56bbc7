//! Taking a book in: from a peer, from an exported file, from JSON. Merged, never replaced.

use super::{CommitError, Replica};
use crate::document::{
    Document, Exchange, Heads, Laid, LoadError, Received, WriteError,
    json::{self, JsonError},
};

/// Why a file was not taken in. Book, document and store are as they were before.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("a newer goodword wrote this book; update goodword, then import it")]
    Newer,
    #[error(transparent)]
    Document(#[from] LoadError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Automerge changes that were new here.
    pub changes: usize,
    /// The book was empty before, so what was imported is now the book; otherwise it was merged into it.
    pub was_empty: bool,
    /// Paths in a JSON file that this version does not know.
    pub skipped: Vec<String>,
}

impl Replica {
    /// Takes in another copy of the book, or changes of it, from a peer or a file: merged, never replaced.
    ///
    /// # Errors
    /// When the bytes cannot be let in or kept; then everything is as before.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<usize, ImportError> {
        self.take_back()?;
        let (copy, received) = self.document.with(bytes)?;
        self.take(&self.document.heads(), Some(copy), received)
    }

    /// Takes in a peer's message. The conversation goes on only from what is on disk: when this fails, nobody was told
    /// anything.
    ///
    /// # Errors
    /// When the message cannot be let in or kept; then book and conversation are as before, and the connection is over.
    pub fn hear(&mut self, exchange: &mut Exchange, message: &[u8]) -> Result<usize, ImportError> {
        self.take_back()?;
        let before = self.document.heads();
        let read = exchange.read(&mut self.document, message, !self.was_refused);
        // What broke off is taken back before anybody sees it.
        self.take_back()?;
        let (heard, brought) = read?;
        let changes = brought.map_or(Ok(0), |Laid { received, copy }| self.take(&before, copy, received))?;
        exchange.go_on(&mut self.document, heard)?;
        Ok(changes)
    }

    /// Keeps what was received, and then takes it for the book. What lies on the document itself and not on a copy is
    /// taken back where it cannot be kept.
    fn take(&mut self, before: &Heads, copy: Option<Document>, received: Received) -> Result<usize, ImportError> {
        if received.changes == 0 {
            return Ok(0);
        }
        if let Err(error) = self.append(&received.bytes) {
            if copy.is_none() {
                self.ahead_of = Some(before.clone());
                self.take_back()?;
            }
            return Err(CommitError::from(error).into());
        }
        if let Some(copy) = copy {
            self.document = copy;
        }
        self.document.update(&mut self.book, received.touched);
        Ok(received.changes)
    }

    /// What there is to say to a peer, if anything.
    ///
    /// # Errors
    /// When the peer asked for what cannot be answered; the connection is over.
    pub fn say(&self, exchange: &mut Exchange) -> Result<Option<Vec<u8>>, LoadError> {
        exchange.next(&self.document)
    }

    /// Whether a peer holds the same book, as far as it has said.
    #[must_use]
    pub fn agrees(&self, exchange: &Exchange) -> bool {
        exchange.agrees(&self.document)
    }

    /// The changes that came after these heads, for a shared folder; all of them where a head is not known here.
    #[must_use]
    pub fn changes_after(&self, heads: &[String]) -> Vec<u8> {
        self.document.changes_after(heads)
    }

    /// Takes in a file that the author hands us: an exported book (`.automerge`) is merged, JSON fills in what is
    /// missing here.
    ///
    /// # Errors
    /// When it is no book, a newer one, too big, or cannot be kept; then everything is as before.
    pub fn import(&mut self, bytes: &[u8]) -> Result<ImportReport, ImportError> {
        self.take_back()?;
        let was_empty = self.document.is_blank();
        if !is_json(bytes) {
            if Document::open(bytes, self.actor)?.book().refuses_writes() {
                return Err(ImportError::Newer);
            }
            return Ok(ImportReport { changes: self.receive(bytes)?, was_empty, skipped: Vec::new() });
        }
        let json::Parsed { writes, skipped } = json::parse(bytes)?;
        if self.book.refuses_writes() {
            return Err(CommitError::Refused(WriteError::Newer).into());
        }
        let missing = self.document.missing(writes);
        let mut report = ImportReport { changes: 0, was_empty, skipped };
        if !missing.is_empty() {
            let done = self.write(&missing);
            self.book = self.document.book();
            done?;
            report.changes = 1;
        }
        Ok(report)
    }
}

fn is_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// The book in a file that the author hands us, by itself.
pub(super) fn document_of(bytes: &[u8], actor: [u8; 16]) -> Result<Document, ImportError> {
    if !is_json(bytes) {
        return Ok(Document::open(bytes, actor)?);
    }
    let json::Parsed { writes, .. } = json::parse(bytes)?;
    let mut document = Document::new(actor)?;
    document.commit(&writes).map_err(CommitError::from)?;
    Ok(document)
}
