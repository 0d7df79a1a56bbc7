//! Writing: where each write of a commit goes, and what is refused.

use std::collections::HashMap;

use automerge::{
    ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    hydrate::{Map, Value},
    transaction::{Transactable, Transaction},
};

use super::WriteError;
use crate::domain::{
    Id,
    record::{Root, Scalar, Write},
};

/// Where the writes of one commit go; a record and its sets are looked up once.
#[derive(Default)]
pub(super) struct Places {
    roots: HashMap<Root, ObjId>,
    records: HashMap<(Root, Id), ObjId>,
    sets: HashMap<(Root, Id, String), ObjId>,
}

impl Places {
    /// Makes writes in order. A new record is made whole, with everything that is written in it right after: one step
    /// for automerge in place of one for each field, which an import of thousands feels.
    ///
    /// # Errors
    /// When a place is not there, or takes no such write.
    pub(super) fn make_all(&mut self, tx: &mut Transaction<'_>, mut writes: &[Write]) -> Result<(), WriteError> {
        while let Some((first, rest)) = writes.split_first() {
            writes = rest;
            match first {
                Write::Create { root, id } if root.holds_records() => {
                    let place = self.root(tx, *root)?;
                    if child(tx, &place, id.as_str())?.is_none() {
                        let of_record = rest.iter().take_while(|write| is_of(write, *root, id)).count();
                        let (fields, others) = rest.split_at(of_record);
                        let record = whole(*root, id, fields)?;
                        tx.batch_create_object(&place, id.as_str(), &record, false).map_err(refused)?;
                        writes = others;
                    }
                }
                write => self.make(tx, write)?,
            }
        }
        Ok(())
    }

    fn make(&mut self, tx: &mut Transaction<'_>, write: &Write) -> Result<(), WriteError> {
        let (root, is_note) = match write {
            Write::Create { root, .. } | Write::Field { root, .. } | Write::Member { root, .. } => (*root, false),
            Write::Note { root, .. } => (*root, true),
        };
        if root.holds_records() == is_note {
            return Err(WriteError::WrongRoot(root));
        }
        match write {
            // Made whole above, where its root holds records.
            Write::Create { .. } => Err(WriteError::WrongRoot(root)),
            Write::Field { id, field, value, .. } => {
                let record = self.record(tx, root, id)?;
                put(tx, &record, field, value.as_ref())
            }
            Write::Member { id, set, key, value, .. } => {
                let set = self.set(tx, root, id, set)?;
                put(tx, &set, key, value.as_ref())
            }
            Write::Note { key, value, .. } => {
                let place = self.root(tx, root)?;
                put(tx, &place, key, value.as_ref())
            }
        }
    }

    fn root(&mut self, tx: &Transaction<'_>, root: Root) -> Result<ObjId, WriteError> {
        if let Some(place) = self.roots.get(&root) {
            return Ok(place.clone());
        }
        let place = child(tx, &ROOT, root.name())?.ok_or(WriteError::WrongRoot(root))?;
        self.roots.insert(root, place.clone());
        Ok(place)
    }

    fn record(&mut self, tx: &Transaction<'_>, root: Root, id: &Id) -> Result<ObjId, WriteError> {
        let key = (root, id.clone());
        if let Some(record) = self.records.get(&key) {
            return Ok(record.clone());
        }
        let place = self.root(tx, root)?;
        let missing = || WriteError::NoRecord { root, id: id.clone() };
        let record = child(tx, &place, id.as_str())?.ok_or_else(missing)?;
        self.records.insert(key, record.clone());
        Ok(record)
    }

    fn set(&mut self, tx: &Transaction<'_>, root: Root, id: &Id, set: &str) -> Result<ObjId, WriteError> {
        let key = (root, id.clone(), set.to_owned());
        if let Some(map) = self.sets.get(&key) {
            return Ok(map.clone());
        }
        let record = self.record(tx, root, id)?;
        let missing = || WriteError::NoSet { root, id: id.clone(), set: set.to_owned() };
        let map = child(tx, &record, set)?.ok_or_else(missing)?;
        self.sets.insert(key, map.clone());
        Ok(map)
    }
}

fn is_of(write: &Write, of: Root, record: &Id) -> bool {
    match write {
        Write::Create { root, id } | Write::Field { root, id, .. } | Write::Member { root, id, .. } => {
            *root == of && id == record
        }
        Write::Note { .. } => false,
    }
}

/// A record as these writes leave it, with all its sets.
fn whole(root: Root, id: &Id, writes: &[Write]) -> Result<Value, WriteError> {
    let mut fields: HashMap<String, Value> = HashMap::new();
    let mut sets: HashMap<&str, HashMap<String, Value>> =
        root.sets().iter().map(|set| (*set, HashMap::new())).collect();
    for write in writes {
        let (map, key, value) = match write {
            Write::Field { field, value, .. } => (&mut fields, field, value),
            Write::Member { set, key, value, .. } => {
                let missing = || WriteError::NoSet { root, id: id.clone(), set: set.clone() };
                (sets.get_mut(set.as_str()).ok_or_else(missing)?, key, value)
            }
            Write::Create { .. } | Write::Note { .. } => continue,
        };
        match value {
            Some(value) => map.insert(key.clone(), Value::Scalar(scalar(value))),
            None => map.remove(key),
        };
    }
    // The sets last: no field may hide one.
    fields.extend(sets.into_iter().map(|(set, members)| (set.to_owned(), Value::Map(Map::from(members)))));
    Ok(Value::Map(Map::from(fields)))
}

pub(super) fn refused(error: impl std::fmt::Display) -> WriteError {
    WriteError::Refused(error.to_string())
}

/// The map under this key, if there is one.
fn child(doc: &impl ReadDoc, parent: &ObjId, key: &str) -> Result<Option<ObjId>, WriteError> {
    let found = doc.get(parent, key).map_err(refused)?;
    Ok(found.filter(|(value, _)| value.to_objtype() == Some(ObjType::Map)).map(|(_, id)| id))
}

fn put(tx: &mut Transaction<'_>, place: &ObjId, key: &str, value: Option<&Scalar>) -> Result<(), WriteError> {
    match value {
        Some(value) => tx.put(place, key, scalar(value)).map_err(refused),
        None if tx.get(place, key).map_err(refused)?.is_some() => tx.delete(place, key).map_err(refused),
        None => Ok(()),
    }
}

fn scalar(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Bool(truth) => ScalarValue::Boolean(*truth),
        Scalar::Int(int) => ScalarValue::Int(*int),
        Scalar::Text(text) => ScalarValue::Str(text.as_str().into()),
    }
}
