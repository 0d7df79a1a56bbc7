//! Bytes from elsewhere: weighed, loaded on a copy that may panic, and swapped in only when all went well.

use automerge::{Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ValueRef, legacy::OpType};

use super::{
    Document, LoadError, Touched, changes_since, check_book, guard::guarded, limits, load_strictly, unreadable,
};

/// What a merge brought.
#[derive(Clone, Debug)]
pub struct Received {
    /// The new changes, for the store; empty when everything was known.
    pub bytes: Vec<u8>,
    /// How many there are.
    pub changes: usize,
    /// What they touched, for the book.
    pub touched: Touched,
}

impl Document {
    /// Takes in a whole file of another copy of the book, or changes of it. Taking the same in twice does nothing.
    ///
    /// # Errors
    /// When the bytes are too big to be let in, cannot be read, or are not of a book; the document is then as it was.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Received, LoadError> {
        limits::check(bytes)?;
        let before = &*self;
        let (after, received) = guarded(|| {
            let mut after = before.clone();
            let theirs = changes_of(bytes)?;
            after.doc.apply_changes(theirs).map_err(unreadable)?;
            // What a peer sent may still wait for the rest of it; what is handed over here must be whole.
            let waited = before.doc.get_missing_deps(&[]);
            if !after.doc.get_missing_deps(&[]).iter().all(|missing| waited.contains(missing)) {
                return Err(LoadError::Incomplete);
            }
            let received = received(before, &after)?;
            Ok((after, received))
        })?;
        *self = after;
        Ok(received)
    }

    /// Reads a whole book that somebody hands us, such as a file to import or a backup.
    ///
    /// # Errors
    /// When the bytes are too big to be let in, cannot be read, or are not a book.
    pub fn open(bytes: &[u8], actor: [u8; 16]) -> Result<Document, LoadError> {
        limits::check(bytes)?;
        let document = Document::load([bytes], actor)?;
        check_nesting(&document.doc)?;
        Ok(document)
    }
}

/// What a copy has that it did not have before, held to what a book may be.
pub(super) fn received(before: &Document, after: &Document) -> Result<Received, LoadError> {
    let new = changes_since(&after.doc, &before.doc.get_heads());
    // Only what makes maps, or uncovers them, can nest deeper; walking the whole book for each edit is dear.
    if !new.iter().all(only_puts_scalars) {
        check_nesting(&after.doc)?;
    }
    let touched = after.touched_since(before);
    let bytes = new.iter().flat_map(|change| change.raw_bytes()).copied().collect();
    Ok(Received { bytes, changes: new.len(), touched })
}

/// Whether each chunk of a message can be read: automerge itself passes over one that cannot, and says nothing.
pub(super) fn check_changes(bytes: &[u8]) -> Result<(), LoadError> {
    changes_of(bytes).map(|_| ())
}

/// The changes in a run of chunks: whole documents, or changes with or without compression.
pub(super) fn changes_of(bytes: &[u8]) -> Result<Vec<Change>, LoadError> {
    let mut changes = Vec::new();
    for chunk in limits::chunks(bytes) {
        let chunk = chunk?;
        if chunk.is_document() {
            let doc = load_strictly(chunk.bytes)?;
            check_book(&doc)?;
            changes.extend(changes_since(&doc, &[]));
        } else {
            let change = Change::from_bytes(chunk.bytes.to_vec()).map_err(unreadable)?;
            // Automerge checks the sum of chunks that it loads by itself, not of one it is handed.
            if !change.hash().0.starts_with(chunk.checksum()) {
                return Err(LoadError::Unreadable("a change in it was altered".to_owned()));
            }
            changes.push(change);
        }
    }
    Ok(changes)
}

fn only_puts_scalars(change: &Change) -> bool {
    change.decode().operations.iter().all(|op| matches!(op.action, OpType::Put(_)))
}

/// A book is three maps deep. Automerge gives the whole path with each difference, and its JSON goes down by recursion:
/// both would end the process on a document that is nested without end.
fn check_nesting(doc: &Automerge) -> Result<(), LoadError> {
    let mut places = vec![(ROOT, ObjType::Map, 0)];
    while let Some((place, kind, depth)) = places.pop() {
        limits::limit("levels", depth, limits::MAX_DEPTH)?;
        let mut visit = |value: &ValueRef<'_>, id: &dyn Fn() -> ObjId| {
            if let ValueRef::Object(kind) = value {
                places.push((id(), *kind, depth + 1));
            }
        };
        match kind {
            ObjType::Map | ObjType::Table => {
                doc.map_range(&place, ..).for_each(|item| visit(&item.value, &|| item.id()))
            }
            ObjType::List => doc.list_range(&place, ..).for_each(|item| visit(&item.value, &|| item.id())),
            ObjType::Text => {}
        }
    }
    Ok(())
}
