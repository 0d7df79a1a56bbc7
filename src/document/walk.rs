//! A walk over everything that is in a document, from the root down.
//!
//! Automerge's own iterator goes over its columns once, which is several times as quick as asking it for each of some
//! sixty thousand maps. It trusts the document in two things that a stranger's need not keep: that no object is older
//! than the one it is in, or it would not be seen, and that nothing is nested in a text without end, for it goes down
//! there by recursion. A document of ours keeps both; any other is walked object by object.

use std::{collections::HashMap, sync::Arc};

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ValueRef, iter::DocItem};

/// Visits every entry of every map and list that can be reached through `visit`: it is given what it made of the place
/// that an entry is in, the entry's key (none in a list) and value, and tells what it makes of the object there. Where
/// it makes nothing of it, what is in there may be left out. Texts are not gone into. Some entries may be visited twice.
pub(super) fn walk<P: Clone>(
    doc: &Automerge,
    root: P,
    mut visit: impl FnMut(&P, Option<&str>, &ValueRef<'_>) -> Option<P>,
) {
    if !at_once(doc, root.clone(), &mut visit) {
        walk_from(doc, ROOT, root, visit);
    }
}

/// False when the document is not as ours are; then some of it was not visited.
fn at_once<P>(doc: &Automerge, root: P, visit: &mut impl FnMut(&P, Option<&str>, &ValueRef<'_>) -> Option<P>) -> bool {
    let mut places = HashMap::from([(ROOT, root)]);
    let (mut object, mut place) = (Arc::new(ROOT), None);
    for entry in doc.iter() {
        if !Arc::ptr_eq(&object, &entry.obj) {
            place = places.remove(&entry.obj);
            object = entry.obj;
        }
        let (key, value) = match &entry.item {
            DocItem::Map(item) => (Some(&*item.key), &item.value),
            DocItem::List(item) => (None, &item.value),
            DocItem::Text(_) => return false,
        };
        let id = match value {
            ValueRef::Object(ObjType::Text) => return false,
            ValueRef::Object(_) => entry.item.id(),
            ValueRef::Scalar(_) => None,
        };
        if id.as_ref().is_some_and(|id| id <= object.as_ref()) {
            return false;
        }
        let inside = place.as_ref().and_then(|place| visit(place, key, value));
        places.extend(id.zip(inside));
    }
    true
}

/// The same from one map down, object by object: for a few of them.
pub(super) fn walk_from<P>(
    doc: &Automerge,
    map: ObjId,
    place: P,
    mut visit: impl FnMut(&P, Option<&str>, &ValueRef<'_>) -> Option<P>,
) {
    let mut places = vec![(map, ObjType::Map, place)];
    while let Some((object, kind, place)) = places.pop() {
        let mut see = |key: Option<&str>, value: &ValueRef<'_>, id: &dyn Fn() -> ObjId| {
            let inside = visit(&place, key, value);
            if let (ValueRef::Object(kind), Some(inside)) = (value, inside) {
                places.push((id(), *kind, inside));
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
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;

    use super::*;

    /// Everything in a document, as paths.
    fn paths(doc: &Automerge) -> Vec<String> {
        let mut all = Vec::new();
        walk(doc, String::new(), |place, key, value| {
            let path = format!("{place}/{}", key.unwrap_or("-"));
            all.push(path.clone());
            matches!(value, ValueRef::Object(_)).then_some(path)
        });
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn a_document_is_walked_the_same_way_at_once_and_object_by_object() {
        let mut doc = Automerge::new();
        let mut tx = doc.transaction();
        let people = tx.put_object(ROOT, "people", ObjType::Map).unwrap();
        let works = tx.put_object(ROOT, "works", ObjType::List).unwrap();
        for name in ["maria", "jonas"] {
            let person = tx.put_object(&people, name, ObjType::Map).unwrap();
            tx.put(&person, "name", name).unwrap();
            let tags = tx.put_object(&person, "tags", ObjType::Map).unwrap();
            tx.put(&tags, "kind", true).unwrap();
        }
        let gone = tx.put_object(&people, "gone", ObjType::Map).unwrap();
        tx.put(&gone, "name", "nobody").unwrap();
        tx.delete(&people, "gone").unwrap();
        tx.insert(&works, 0, "a book").unwrap();
        tx.commit();
        let quick = paths(&doc);
        assert_eq!(
            quick,
            [
                "/people",
                "/people/jonas",
                "/people/jonas/name",
                "/people/jonas/tags",
                "/people/jonas/tags/kind",
                "/people/maria",
                "/people/maria/name",
                "/people/maria/tags",
                "/people/maria/tags/kind",
                "/works",
                "/works/-",
            ]
        );
        assert!(at_once(&doc, (), &mut |(), _, _| Some(())));
        // With a text in it the document is none of ours, and is walked object by object.
        let mut tx = doc.transaction();
        tx.put_object(ROOT, "zettel", ObjType::Text).unwrap();
        tx.commit();
        assert!(!at_once(&doc, (), &mut |(), _, _| Some(())));
        let slow = paths(&doc);
        assert_eq!(slow, [&quick[..], &["/zettel".to_owned()]].concat());
    }
}
