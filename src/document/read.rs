//! Reading: a document as writes for a [`Book`], whole or only where something was touched.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ObjId, ObjType, Patch, PatchAction, Prop, ROOT, ReadDoc, ScalarValueRef, ValueRef};

use super::{Document, limits::MAX_DEPTH};
use crate::domain::{
    Book, Id,
    record::{Root, Scalar, Write},
};

/// What a merge touched, as what brings a book up to date.
#[derive(Clone, Debug, PartialEq)]
pub enum Touched {
    /// These writes, in this order.
    Writes(Vec<Write>),
    /// A whole document came, and this is what it says.
    Book(Box<Book>),
    /// Something that no write can say (a record was replaced or taken away by another program): read it all again.
    Everything,
}

impl Document {
    /// Reads the whole book. What this version does not know is skipped, and stays in the document.
    #[must_use]
    pub fn book(&self) -> Book {
        self.book_and_levels().0
    }

    /// The same, and how many levels the whole document has; no more are counted than may be, and one.
    pub(super) fn book_and_levels(&self) -> (Book, u64) {
        let mut book = Book::default();
        let levels = walk(&self.doc, ROOT, Place::Top, &mut |write| book.read(&write));
        (book, levels)
    }

    /// Brings a book up to date after a merge: the same as reading it afresh, in less time.
    pub fn update(&self, book: &mut Book, touched: Touched) {
        match touched {
            Touched::Writes(writes) => writes.iter().for_each(|write| book.read(write)),
            Touched::Book(read) => *book = *read,
            Touched::Everything => *book = self.book(),
        }
    }

    /// What these patches touched, which made this document of an older copy of it; or, without one, of itself.
    pub(super) fn touched_since(&self, before: Option<&Document>, patches: &[Patch]) -> Touched {
        touched(before.map(|before| &before.doc), &self.doc, patches)
    }
}

/// How many levels a document has, whatever it is of; no more are counted than may be, and one.
pub(super) fn levels(doc: &Automerge) -> u64 {
    walk(doc, ROOT, Place::Elsewhere, &mut |_| {})
}

/// Reads what is in a map and below it, map by map: automerge's own iterator over a whole document is quicker, and
/// leaves out what a stranger has put in an order of its own. Tells how many levels there are below.
fn walk(doc: &Automerge, map: ObjId, place: Place, emit: &mut impl FnMut(Write)) -> u64 {
    let mut places = vec![(map, ObjType::Map, place, 0)];
    let mut deepest = 0;
    while let Some((object, kind, place, level)) = places.pop() {
        deepest = deepest.max(level);
        if level > MAX_DEPTH {
            continue;
        }
        let mut see = |key: Option<&str>, value: &ValueRef<'_>, id: &dyn Fn() -> ObjId| {
            let below = key.and_then(|key| place.read(key, value, emit)).unwrap_or(Place::Elsewhere);
            if let ValueRef::Object(kind) = value {
                places.push((id(), *kind, below, level + 1));
            }
        };
        match kind {
            ObjType::Map | ObjType::Table => {
                doc.map_range(&object, ..).for_each(|item| see(Some(&item.key), &item.value, &|| item.id()))
            }
            ObjType::List => doc.list_range(&object, ..).for_each(|item| see(None, &item.value, &|| item.id())),
            ObjType::Text => {}
        }
    }
    deepest
}

fn map_at(doc: &Automerge, parent: &ObjId, key: &str) -> Option<ObjId> {
    let (value, id) = doc.get(parent, key).ok()??;
    (value.to_objtype() == Some(ObjType::Map)).then_some(id)
}

/// A scalar of the kinds that the book knows.
fn scalar_of(value: &ValueRef<'_>) -> Option<Scalar> {
    match value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(Scalar::Text(text.clone().into_owned())),
        ValueRef::Scalar(ScalarValueRef::Boolean(truth)) => Some(Scalar::Bool(*truth)),
        ValueRef::Scalar(ScalarValueRef::Int(int)) => Some(Scalar::Int(*int)),
        // JavaScript writes whole numbers either way.
        ValueRef::Scalar(ScalarValueRef::Uint(int)) => i64::try_from(*int).ok().map(Scalar::Int),
        _ => None,
    }
}

/// A map, as the book knows it.
enum Place {
    Top,
    In(Root),
    Record(Root, Id),
    Set(Root, Id, String),
    /// Nothing of the book's.
    Elsewhere,
}

impl Place {
    /// Reads an entry in it; the place that is below, if the book knows one there.
    fn read(&self, key: &str, value: &ValueRef<'_>, emit: &mut impl FnMut(Write)) -> Option<Place> {
        if !matches!(value, ValueRef::Object(ObjType::Map)) {
            emit(self.write(key, scalar_of(value)?)?);
            return None;
        }
        let below = self.below(key)?;
        if let Place::Record(root, id) = &below {
            emit(Write::Create { root: *root, id: id.clone() });
        }
        Some(below)
    }

    fn below(&self, key: &str) -> Option<Place> {
        match self {
            Place::Top => Root::named(key).map(Place::In),
            Place::In(root) => root.holds_records().then(|| Place::Record(*root, Id::from(key))),
            Place::Record(root, id) => {
                root.sets().contains(&key).then(|| Place::Set(*root, id.clone(), key.to_owned()))
            }
            Place::Set(..) | Place::Elsewhere => None,
        }
    }

    fn write(&self, key: &str, value: Scalar) -> Option<Write> {
        let (key, value) = (key.to_owned(), Some(value));
        match self {
            Place::Top | Place::Elsewhere => None,
            Place::In(root) => (!root.holds_records()).then_some(Write::Note { root: *root, key, value }),
            Place::Record(root, id) => Some(Write::Field { root: *root, id: id.clone(), field: key, value }),
            Place::Set(root, id, set) => {
                Some(Write::Member { root: *root, id: id.clone(), set: set.clone(), key, value })
            }
        }
    }
}

fn read_record(doc: &Automerge, root: Root, id: &Id, record: ObjId, emit: &mut impl FnMut(Write)) {
    emit(Write::Create { root, id: id.clone() });
    walk(doc, record, Place::Record(root, id.clone()), emit);
}

/// The places under one record that were touched.
#[derive(Default)]
struct Places {
    fields: BTreeSet<String>,
    members: BTreeSet<(String, String)>,
}

fn touched(before: Option<&Automerge>, after: &Automerge, patches: &[Patch]) -> Touched {
    let mut notes: BTreeSet<(Root, String)> = BTreeSet::new();
    let mut records: BTreeMap<(Root, String), Places> = BTreeMap::new();
    for patch in patches {
        let Some(path) = full_path(patch) else { continue };
        match path.as_slice() {
            // A root map itself was put or taken away.
            [root] if Root::named(root).is_some() => return Touched::Everything,
            [root, key, rest @ ..] => {
                let Some(root) = Root::named(root) else { continue };
                match rest {
                    [] if !root.holds_records() => _ = notes.insert((root, (*key).to_owned())),
                    _ if !root.holds_records() => {}
                    // Nobody knows any more what was there.
                    [] if before.is_none() => return Touched::Everything,
                    [] => _ = records.entry((root, (*key).to_owned())).or_default(),
                    [field] => {
                        let places = records.entry((root, (*key).to_owned())).or_default();
                        places.fields.insert((*field).to_owned());
                    }
                    [set, member, ..] => {
                        let places = records.entry((root, (*key).to_owned())).or_default();
                        places.members.insert(((*set).to_owned(), (*member).to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    let mut writes = Vec::new();
    for (root, key) in notes {
        let value = map_at(after, &ROOT, root.name()).and_then(|place| value_at(after, &place, &key));
        anew(&mut writes, value, |value| Write::Note { root, key: key.clone(), value });
    }
    for ((root, key), places) in records {
        let record = |doc| map_at(doc, &ROOT, root.name()).and_then(|place| map_at(doc, &place, &key));
        let now = record(after);
        let was = before.map_or_else(|| now.clone(), record);
        let id = Id::from(key);
        match (was, now) {
            (None, None) => {}
            (None, Some(record)) => read_record(after, root, &id, record, &mut |write| writes.push(write)),
            (Some(was), Some(now)) if was == now => {
                if !read_places(after, root, &id, &now, &places, &mut writes) {
                    return Touched::Everything;
                }
            }
            // Another program took the record away, or put another one in its place.
            _ => return Touched::Everything,
        }
    }
    Touched::Writes(writes)
}

/// False when a set itself was touched, which no write can say.
fn read_places(doc: &Automerge, root: Root, id: &Id, record: &ObjId, places: &Places, writes: &mut Vec<Write>) -> bool {
    for field in &places.fields {
        if root.sets().contains(&field.as_str()) {
            return false;
        }
        let value = value_at(doc, record, field);
        anew(writes, value, |value| Write::Field { root, id: id.clone(), field: field.clone(), value });
    }
    for (set, key) in places.members.iter().filter(|(set, _)| root.sets().contains(&set.as_str())) {
        let value = map_at(doc, record, set).and_then(|map| value_at(doc, &map, key));
        anew(writes, value, |value| Write::Member { root, id: id.clone(), set: set.clone(), key: key.clone(), value });
    }
    true
}

fn value_at(doc: &Automerge, place: &ObjId, key: &str) -> Option<Scalar> {
    let range = key.to_owned()..=key.to_owned();
    doc.map_range(place, range).next().and_then(|item| scalar_of(&item.value))
}

/// First away, then in: a new value that cannot be read must leave what a fresh reading would leave, not the old one.
fn anew(writes: &mut Vec<Write>, value: Option<Scalar>, write: impl Fn(Option<Scalar>) -> Write) {
    writes.push(write(None));
    if value.is_some() {
        writes.push(write(value));
    }
}

/// The keys from the root to what a patch touched; nothing inside lists and texts, which no book of ours has.
fn full_path(patch: &Patch) -> Option<Vec<&str>> {
    let mut path = Vec::with_capacity(4);
    for (_, prop) in &patch.path {
        match prop {
            Prop::Map(key) => path.push(key.as_str()),
            Prop::Seq(_) => return None,
        }
    }
    match &patch.action {
        PatchAction::PutMap { key, .. } | PatchAction::DeleteMap { key } => path.push(key),
        PatchAction::Conflict { prop: Prop::Map(key) } | PatchAction::Increment { prop: Prop::Map(key), .. } => {
            path.push(key);
        }
        _ => return None,
    }
    Some(path)
}
