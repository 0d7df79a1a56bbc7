//! Bytes from elsewhere: weighed, loaded on a copy that may panic, and swapped in only when all went well. A few plain
//! edits of a peer need no copy: there the disk is the copy, from which a document that was torn is read again.

use std::collections::{HashMap, HashSet, VecDeque};

use automerge::{Automerge, Change, ChangeHash, ObjId, PatchLog, ReadDoc, legacy::OpType};

use super::{Document, LoadError, Touched, check_book, guard::guarded, limits, load_strictly, read, unreadable};

/// Changes that may be laid on the document itself.
const FEW: usize = 16;
/// Maps that are looked at one by one when they were made: somebody new makes four.
const MADE: usize = 1_000;

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
            // What a peer sent may still wait for the rest of it; what is handed over here must be whole.
            let (after, received, waiting) = taken_in(self, brought(bytes)?, bytes)?;
            if waiting.is_empty() { Ok((after, received)) } else { Err(LoadError::Incomplete) }
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
        check_levels(read::levels(&document.doc))?;
        Ok(document)
    }
}

/// Lays a few plain changes on the document itself, as an edit of our own is: a copy of ten thousand people for each edit
/// of a peer is dear. Nothing happens where they are many, or not plain: those are laid on a copy.
///
/// # Errors
/// When they contradict the document or themselves: then it may be torn, as also after a panic.
pub(super) fn laid_here(document: &mut Document, brought: &Brought) -> Result<Option<Received>, LoadError> {
    if brought.whole.is_some() || brought.changes.len() > FEW {
        return Ok(None);
    }
    let (new, waiting) = in_order(&document.doc, brought.changes.iter().cloned());
    if new.is_empty() || !waiting.is_empty() || !new.iter().all(only_puts_scalars) {
        return Ok(None);
    }
    let (now, ops) = (document.doc.stats(), new.iter().map(|change| change.len() as u64).sum::<u64>());
    limits::limit("operations", now.num_ops + ops, limits::MAX_OPS)?;
    limits::limit("changes", now.num_changes + new.len() as u64, limits::MAX_CHANGES)?;
    document.torn = true;
    let received = lay(document, None, &new)?;
    document.torn = false;
    Ok(Some(received))
}

/// Lays new changes on a document: on a copy of the one before, or on that itself.
fn lay(document: &mut Document, before: Option<&Document>, new: &[Change]) -> Result<Received, LoadError> {
    let mut log = PatchLog::active();
    document.doc.apply_changes_log_patches(new.iter().cloned(), &mut log).map_err(unreadable)?;
    check_levels_after(&document.doc, new)?;
    let patches = document.doc.make_patches(&mut log);
    let touched = document.touched_since(before, &patches);
    Ok(Received { bytes: raw(new), changes: new.len(), touched })
}

/// A copy with what these chunks bring, held to what a book may be, and the changes that wait for others. Whoever calls
/// has weighed the chunks, and guards against panics.
pub(super) fn taken_in(
    before: &Document,
    brought: Brought,
    bytes: &[u8],
) -> Result<(Document, Received, Vec<u8>), LoadError> {
    let Brought { whole, changes } = brought;
    let mut after = before.clone();
    let (received, waiting) = match whole {
        Some(whole) if count(&whole) > count(&before.doc) => {
            after.doc = laid(after.doc, whole)?.with_actor(before.doc.get_actor().clone());
            let (ready, waiting) = in_order(&after.doc, changes);
            let mut kept: Vec<u8> = Vec::with_capacity(bytes.len());
            for chunk in limits::chunks(bytes).flatten().filter(limits::Chunk::is_document) {
                kept.extend(chunk.bytes);
            }
            kept.extend(raw(&ready));
            after.doc.apply_changes(ready).map_err(unreadable)?;
            let (book, levels) = after.book_and_levels();
            check_levels(levels)?;
            let changes = usize::try_from(count(&after.doc) - count(&before.doc)).unwrap_or(usize::MAX);
            (Received { bytes: kept, changes, touched: Touched::Book(Box::new(book)) }, waiting)
        }
        whole => {
            let theirs = whole.iter().flat_map(|whole| before.doc.get_changes_added(whole)).chain(changes);
            let (new, waiting) = in_order(&before.doc, theirs);
            (lay(&mut after, Some(before), &new)?, waiting)
        }
    };
    // Piece by piece no more comes in than at once: a book that nobody else would open is no book.
    if received.changes > 0 {
        let now = after.doc.stats();
        limits::limit("operations", now.num_ops, limits::MAX_OPS)?;
        limits::limit("changes", now.num_changes, limits::MAX_CHANGES)?;
    }
    Ok((after, received, raw(&waiting)))
}

/// Of these changes those that are new to a document and can be laid on it, each after what it builds on; and those that
/// wait for others.
fn in_order(doc: &Automerge, changes: impl IntoIterator<Item = Change>) -> (Vec<Change>, Vec<Change>) {
    let knows = |hash: &ChangeHash| doc.get_change_meta_by_hash(hash).is_some();
    let mut waiting: Vec<Option<Change>> = Vec::new();
    let mut builds_on: HashMap<ChangeHash, Vec<usize>> = HashMap::new();
    let (mut missing, mut ready, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for change in changes {
        if knows(&change.hash()) || !seen.insert(change.hash()) {
            continue;
        }
        let at = waiting.len();
        let deps: HashSet<ChangeHash> = change.deps().iter().filter(|dep| !knows(dep)).copied().collect();
        deps.iter().for_each(|dep| builds_on.entry(*dep).or_default().push(at));
        if deps.is_empty() {
            ready.push(at);
        }
        missing.push(deps.len());
        waiting.push(Some(change));
    }
    let mut ordered = Vec::new();
    // Those that came first are laid first: an honest peer has them in order.
    let mut next = VecDeque::from(ready);
    while let Some(change) = next.pop_front().and_then(|at| waiting.get_mut(at)?.take()) {
        for at in builds_on.remove(&change.hash()).unwrap_or_default() {
            if let Some(missing) = missing.get_mut(at) {
                *missing -= 1;
                if *missing == 0 {
                    next.push_back(at);
                }
            }
        }
        ordered.push(change);
    }
    (ordered, waiting.into_iter().flatten().collect())
}

pub(super) fn raw(changes: &[Change]) -> Vec<u8> {
    changes.iter().map(Change::raw_bytes).collect::<Vec<_>>().concat()
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

fn count(doc: &Automerge) -> u64 {
    doc.stats().num_changes
}

fn only_puts_scalars(change: &Change) -> bool {
    change.decode().operations.iter().all(|op| matches!(op.action, OpType::Put(_)))
}

/// A book is three maps deep. Automerge gives the whole path with each difference, and its JSON goes down by recursion:
/// both would end the process on a document that is nested without end.
fn check_levels(levels: u64) -> Result<(), LoadError> {
    Ok(limits::limit("levels", levels, limits::MAX_DEPTH)?)
}

/// The same after some changes. Only what makes maps, or uncovers them, can nest deeper, and walking the whole book for
/// each of them is dear: where a few were made, it is seen how deep each of these is.
fn check_levels_after(doc: &Automerge, new: &[Change]) -> Result<(), LoadError> {
    let mut made = Vec::new();
    for change in new {
        for (number, op) in (change.start_op().get()..).zip(&change.decode().operations) {
            match op.action {
                OpType::Put(_) => {}
                OpType::Make(_) if made.len() < MADE => made.push(ObjId::Id(number, change.actor_id().clone(), 0)),
                _ => return check_levels(read::levels(doc)),
            }
        }
    }
    for object in made {
        let above = doc.parents(&object).map_err(unreadable)?;
        check_levels((0..=limits::MAX_DEPTH).zip(above).count() as u64)?;
    }
    Ok(())
}
