//! The document: the book as an Automerge document, which two laptops can edit apart and merge.
//!
//! This room is the only importer of automerge and knows nothing of contacts: it turns [`Write`]s into changes, and a
//! document back into writes. Every trap of the CRDT that was measured stays in here:
//!
//! - every document starts from the same fixed [`genesis`] bytes, so that nobody's root maps hide another's;
//! - the actor is new at every start, so that a copied home never collides with its older self;
//! - strings are scalars, reading walks ranges, and one commit is one transaction of single fields;
//! - foreign bytes are weighed ([`limits`]) before they can inflate, and are loaded on a copy that may panic.

mod exchange;
mod foreign;
mod format;
pub mod genesis;
mod guard;
pub mod json;
pub mod limits;
mod message;
mod read;
mod write;

use automerge::{ActorId, Automerge, ChangeHash, LoadOptions, ROOT, ReadDoc};

pub use exchange::{Exchange, Heard, Laid};
pub use foreign::Received;
pub use read::Touched;

use crate::domain::{
    Id,
    record::{Root, Write},
};

/// A document that grew from our genesis.
#[derive(Clone)]
pub struct Document {
    doc: Automerge,
    torn: bool,
}

/// A moment in a document's history: its latest changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heads(Vec<ChangeHash>);

/// Why bytes are not (part of) a book.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("this is not an Automerge file, or it is damaged: {0}")]
    Unreadable(String),
    #[error("this is an Automerge file, but not of a goodword book: it did not begin as one")]
    NotABook,
    #[error("this is part of a book, and changes that came before it are missing")]
    Incomplete,
    #[error(transparent)]
    TooBig(#[from] limits::TooBig),
}

/// Why a write cannot be made. The document is then as it was before.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WriteError {
    #[error("a newer goodword wrote this book and says that this version is too old to change it")]
    Newer,
    #[error("{root:?} holds no \"{id}\", so nothing can be written in it")]
    NoRecord { root: Root, id: Id },
    #[error("{root:?} \"{id}\" has no set \"{set}\": it is made together with the record or never")]
    NoSet { root: Root, id: Id, set: String },
    #[error("{0:?} does not take this kind of write")]
    WrongRoot(Root),
    #[error("the document refused the write: {0}")]
    Refused(String),
}

impl Document {
    /// A book in which nothing was written yet. The actor is 16 random bytes, new at every start of the program.
    ///
    /// # Errors
    /// Never, unless the program itself was built with a broken genesis.
    pub fn new(actor: [u8; 16]) -> Result<Document, LoadError> {
        Document::load([genesis::BYTES], actor)
    }

    /// Loads our own chunks: a snapshot strictly, then each increment by itself, so that one bad record never costs
    /// the good ones before it unnoticed.
    ///
    /// # Errors
    /// When any chunk cannot be read, builds on one that is missing, or the book did not start from our genesis.
    pub fn load<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, actor: [u8; 16]) -> Result<Document, LoadError> {
        let mut chunks = chunks.into_iter();
        let snapshot = chunks.next().unwrap_or(genesis::BYTES);
        guard::guarded(|| {
            let mut doc = load_strictly(snapshot)?;
            let mut increments = Vec::new();
            for chunk in chunks {
                let foreign::Brought { whole, changes } = foreign::brought(chunk)?;
                if let Some(whole) = whole {
                    doc = foreign::laid(doc, whole)?;
                }
                increments.extend(changes);
            }
            doc.apply_changes(increments).map_err(unreadable)?;
            doc.set_actor(ActorId::from(actor.as_slice()));
            check_book(&doc)?;
            Ok(Document { doc, torn: false })
        })
    }

    /// Makes all writes in one transaction and gives the bytes of the change; nothing when they change nothing.
    ///
    /// `None` takes a field, member or note away; creating what exists does nothing.
    ///
    /// # Errors
    /// On the first write that cannot be made; then none of them is.
    pub fn commit(&mut self, writes: &[Write]) -> Result<Option<Vec<u8>>, WriteError> {
        let mut tx = self.doc.transaction();
        if let Err(error) = write::Places::default().make_all(&mut tx, writes) {
            tx.rollback();
            return Err(error);
        }
        let (hash, _) = tx.commit();
        let change = hash.and_then(|hash| self.doc.get_change_by_hash(&hash));
        Ok(change.map(|change| change.raw_bytes().to_vec()))
    }

    /// Of these writes, those whose place is empty here: importing fills in and never overwrites.
    #[must_use]
    pub fn missing(&self, writes: Vec<Write>) -> Vec<Write> {
        let held = |root: &Root, path: &[&str]| {
            let mut at = ROOT;
            let keys = std::iter::once(root.name()).chain(path.iter().copied());
            let mut found = None;
            for key in keys {
                found = self.doc.get(&at, key).ok().flatten().map(|(_, id)| id);
                match &found {
                    Some(id) => at = id.clone(),
                    None => break,
                }
            }
            found.is_some()
        };
        let is_held = |write: &Write| match write {
            Write::Create { root, id } => held(root, &[id.as_str()]),
            Write::Field { root, id, field, .. } => held(root, &[id.as_str(), field]),
            Write::Member { root, id, set, key, .. } => held(root, &[id.as_str(), set, key]),
            Write::Note { root, key, .. } => held(root, &[key]),
        };
        writes.into_iter().filter(|write| !is_held(write)).collect()
    }

    /// Goes on under another actor: after a change was thrown away, its number must never be used again.
    pub fn set_actor(&mut self, actor: [u8; 16]) {
        self.doc.set_actor(ActorId::from(actor.as_slice()));
    }

    /// A peer's change broke off while it was laid on the document itself. What is here is not to be trusted any more,
    /// and whoever keeps it reads it anew from the disk.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// Where the document stands.
    #[must_use]
    pub fn heads(&self) -> Heads {
        Heads(self.doc.get_heads())
    }

    /// The document as it was, without all that came after; it goes on under this actor. Made anew, change by change,
    /// so it is for when something went wrong.
    ///
    /// # Errors
    /// When it never stood there.
    pub fn as_of(&self, heads: &Heads, actor: [u8; 16]) -> Result<Document, WriteError> {
        let doc = self.doc.fork_at(&heads.0).map_err(write::refused)?;
        Ok(Document { doc: doc.with_actor(ActorId::from(actor.as_slice())), torn: false })
    }

    /// The hashes of the latest changes, as hex text, sorted: two documents with equal heads are equal.
    #[must_use]
    pub fn heads_hex(&self) -> Vec<String> {
        let mut heads: Vec<String> = self.doc.get_heads().iter().map(ChangeHash::to_string).collect();
        heads.sort_unstable();
        heads
    }

    /// The whole document as a standard Automerge file, compressed.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    /// The same, ten times as quick and some times as long: for the store.
    #[must_use]
    pub fn save_uncompressed(&self) -> Vec<u8> {
        self.doc.save_nocompress()
    }

    /// True when nobody wrote anything yet.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.doc.get_heads() == [genesis::hash()]
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the contents: notes are private, and this may end in a log.
        f.debug_struct("Document").field("heads", &self.heads_hex()).finish_non_exhaustive()
    }
}

fn unreadable(error: impl std::fmt::Display) -> LoadError {
    LoadError::Unreadable(error.to_string())
}

/// Strictly: the default that ignores a torn end has lost a thousand good changes before it.
fn load_strictly(bytes: &[u8]) -> Result<Automerge, LoadError> {
    if bytes.is_empty() {
        return Err(LoadError::Unreadable("it is empty".to_owned()));
    }
    Automerge::load_with_options(bytes, LoadOptions::new()).map_err(unreadable)
}

fn check_book(doc: &Automerge) -> Result<(), LoadError> {
    if doc.get_change_meta_by_hash(&genesis::hash()).is_none() {
        return Err(LoadError::NotABook);
    }
    // Changes that wait for others are kept aside by automerge and would be lost at the next save.
    if doc.get_missing_deps(&[]).is_empty() { Ok(()) } else { Err(LoadError::Incomplete) }
}
