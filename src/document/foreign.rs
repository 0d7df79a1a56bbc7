//! Bytes from elsewhere: weighed, loaded on a copy that may panic, and swapped in only when all went well.

use automerge::{Automerge, Change, ObjId, ObjType, PatchLog, ROOT, ReadDoc, ValueRef, legacy::OpType};

use super::{Document, LoadError, Touched, check_book, guard::guarded, limits, load_strictly, unreadable};

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

/// What a run of chunks holds: whole documents, as one, and changes.
#[derive(Default)]
pub(super) struct Brought {
    pub whole: Option<Automerge>,
    pub changes: Vec<Change>,
}

impl Document {
    /// The book with a whole file of another copy of it, or with changes of it: a copy, so that this one stands for as
    /// long as what is new is not on disk. Taking the same in twice does nothing.
    ///
    /// # Errors
    /// When the bytes are too big to be let in, cannot be read, or are not of a book.
    pub fn with(&self, bytes: &[u8]) -> Result<(Document, Received), LoadError> {
        limits::check(bytes)?;
        guarded(|| {
            let (after, received) = taken_in(self, bytes)?;
            // What a peer sent may still wait for the rest of it; what is handed over here must be whole.
            let waited = self.doc.get_missing_deps(&[]);
            if !after.doc.get_missing_deps(&[]).iter().all(|missing| waited.contains(missing)) {
                return Err(LoadError::Incomplete);
            }
            Ok((after, received))
        })
    }

    /// Takes it in at once.
    ///
    /// # Errors
    /// As [`Document::with`]; the document is then as it was.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Received, LoadError> {
        let (next, received) = self.with(bytes)?;
        *self = next;
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

/// A copy with what these chunks bring, held to what a book may be. Whoever calls has weighed them, and guards against
/// panics.
pub(super) fn taken_in(before: &Document, bytes: &[u8]) -> Result<(Document, Received), LoadError> {
    let Brought { whole, changes } = brought(bytes)?;
    let mut after = before.clone();
    let waits = !before.doc.get_missing_deps(&[]).is_empty();
    // What waits here would be lost with the document that it waits in.
    let (new, touched) = match whole {
        Some(whole) if !waits && count(&whole) > count(&before.doc) => {
            after.doc = laid(after.doc, whole)?.with_actor(before.doc.get_actor().clone());
            after.doc.apply_changes(changes).map_err(unreadable)?;
            check_nesting(&after.doc)?;
            (count(&after.doc) - count(&before.doc), Touched::Everything)
        }
        whole => {
            let theirs = whole.iter().flat_map(|whole| before.doc.get_changes_added(whole)).chain(changes);
            let theirs: Vec<Change> = theirs.filter(|change| !knows(&before.doc, change)).collect();
            let mut log = PatchLog::active();
            after.doc.apply_changes_log_patches(theirs.iter().cloned(), &mut log).map_err(unreadable)?;
            let patches = after.doc.make_patches(&mut log);
            let new: Vec<Change> = if waits || !after.doc.get_missing_deps(&[]).is_empty() {
                after.doc.get_changes(&before.doc.get_heads())
            } else {
                theirs
            };
            // Only what makes maps, or uncovers them, can nest deeper; walking the whole book for each edit is dear.
            if !new.iter().all(only_puts_scalars) {
                check_nesting(&after.doc)?;
            }
            let bytes = new.iter().flat_map(|change| change.raw_bytes()).copied().collect();
            let touched = after.touched_since(before, &patches);
            return Ok((after, Received { bytes, changes: new.len(), touched }));
        }
    };
    Ok((after, Received { bytes: bytes.to_vec(), changes: new, touched }))
}

/// Reads a run of chunks: whole documents, or changes with or without compression.
pub(super) fn brought(bytes: &[u8]) -> Result<Brought, LoadError> {
    let mut brought = Brought::default();
    for chunk in limits::chunks(bytes) {
        let chunk = chunk?;
        if chunk.is_document() {
            let doc = load_strictly(chunk.bytes)?;
            check_book(&doc)?;
            brought.whole = Some(match brought.whole.take() {
                Some(other) => laid(other, doc)?,
                None => doc,
            });
        } else {
            let change = Change::from_bytes(chunk.bytes.to_vec()).map_err(unreadable)?;
            // Automerge checks the sum of chunks that it loads by itself, not of one it is handed.
            if !change.hash().0.starts_with(chunk.checksum()) {
                return Err(LoadError::Unreadable("a change in it was altered".to_owned()));
            }
            brought.changes.push(change);
        }
    }
    Ok(brought)
}

/// Two documents as one. The larger is the ground and the other is laid on it: what is laid takes ten times as long as
/// what was loaded.
pub(super) fn laid(one: Automerge, other: Automerge) -> Result<Automerge, LoadError> {
    let (mut ground, top) = if count(&one) < count(&other) { (other, one) } else { (one, other) };
    let new = ground.get_changes_added(&top);
    ground.apply_changes(new).map_err(unreadable)?;
    Ok(ground)
}

fn count(doc: &Automerge) -> usize {
    doc.get_changes_meta(&[]).len()
}

fn knows(doc: &Automerge, change: &Change) -> bool {
    doc.get_change_meta_by_hash(&change.hash()).is_some()
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
