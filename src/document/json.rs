//! The book as JSON: everything in the document, also what this version does not know; and back as writes.

use automerge::AutoSerde;
use serde_json::{Map, Value};

use super::{Document, limits};
use crate::domain::{
    Id,
    book::SCHEMA,
    record::{Root, Scalar, Write},
};

/// The longest file that is read: a book of our design size is a quarter of it.
pub const MAX_BYTES: usize = 32 << 20;

/// What a JSON file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    pub writes: Vec<Write>,
    /// Paths that this version does not know and left out, such as `badges` or `contacts/ID/badges`.
    pub skipped: Vec<String>,
}

/// Why a JSON file is not a book.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    #[error("this file is longer than any book should be ({MAX_BYTES} bytes at most), so it was not opened")]
    TooBig,
    #[error(transparent)]
    TooMany(#[from] limits::TooBig),
    #[error("this is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("this JSON is not an exported book: {path} should be {expected}")]
    Shape { path: String, expected: &'static str },
    #[error("this book was exported by a newer goodword; update goodword, then import it")]
    Newer,
}

impl Document {
    /// The whole document as readable JSON: an object of roots, records as objects, sets as objects of scalars.
    ///
    /// # Errors
    /// Never for a document that was loaded; the serializer's type says otherwise.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(&AutoSerde::from(&self.doc))
    }
}

/// Reads what [`Document::to_json`] wrote, or a person wrote in its shape.
///
/// # Errors
/// When it is too long, is not JSON, or a value is not what its place needs; the error names the path.
pub fn parse(bytes: &[u8]) -> Result<Parsed, JsonError> {
    if bytes.len() > MAX_BYTES {
        return Err(JsonError::TooBig);
    }
    limits::limit("values", values(bytes), limits::MAX_OPS)?;
    let value: Value = serde_json::from_slice(bytes)?;
    let roots = object(&value, "the file")?;
    if newest(roots) > SCHEMA {
        return Err(JsonError::Newer);
    }
    if !roots.is_empty() && !roots.keys().any(|name| Root::named(name).is_some()) {
        return Err(JsonError::Shape { path: "the file".to_owned(), expected: "an object with contacts and so on" });
    }
    let mut parsed = Parsed::default();
    for (name, entries) in roots {
        let Some(root) = Root::named(name) else {
            parsed.skipped.push(name.clone());
            continue;
        };
        for (key, entry) in object(entries, name)? {
            let path = format!("{name}/{key}");
            if root.holds_records() {
                parsed.record(root, key, object(entry, &path)?, &path)?;
            } else if let Some(value) = scalar(entry, &path)? {
                parsed.writes.push(Write::Note { root, key: key.clone(), value: Some(value) });
            }
        }
    }
    Ok(parsed)
}

/// At most so many values are in a JSON text: each takes some tens of bytes of memory, and two in the text.
fn values(bytes: &[u8]) -> u64 {
    let (mut values, mut in_text, mut escaped) = (0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => values += 1,
            _ => {}
        }
    }
    values
}

impl Parsed {
    fn record(&mut self, root: Root, id: &str, fields: &Map<String, Value>, path: &str) -> Result<(), JsonError> {
        let id = Id::from(id);
        self.writes.push(Write::Create { root, id: id.clone() });
        for (field, value) in fields {
            let path = format!("{path}/{field}");
            if root.sets().contains(&field.as_str()) {
                for (key, member) in object(value, &path)? {
                    let value = scalar(member, &format!("{path}/{key}"))?;
                    let (id, set, key) = (id.clone(), field.clone(), key.clone());
                    self.writes.extend(value.map(|value| Write::Member { root, id, set, key, value: Some(value) }));
                }
            } else if value.is_object() || value.is_array() {
                self.skipped.push(path);
            } else if let Some(value) = scalar(value, &path)? {
                self.writes.push(Write::Field { root, id: id.clone(), field: field.clone(), value: Some(value) });
            }
        }
        Ok(())
    }
}

/// The oldest shape whose program may write, as the file says.
fn newest(roots: &Map<String, Value>) -> i64 {
    roots.get("schema").and_then(|schema| schema.get("oldest_writer")).and_then(Value::as_i64).unwrap_or_default()
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, JsonError> {
    value.as_object().ok_or_else(|| JsonError::Shape { path: path.to_owned(), expected: "an object" })
}

/// A scalar; nothing for null.
fn scalar(value: &Value, path: &str) -> Result<Option<Scalar>, JsonError> {
    let expected = |expected| JsonError::Shape { path: path.to_owned(), expected };
    match value {
        Value::Null => Ok(None),
        Value::Bool(truth) => Ok(Some(Scalar::Bool(*truth))),
        Value::String(text) => Ok(Some(Scalar::Text(text.clone()))),
        Value::Number(number) => match number.as_i64() {
            Some(int) => Ok(Some(Scalar::Int(int))),
            None => Err(expected("a whole number")),
        },
        Value::Array(_) | Value::Object(_) => Err(expected("a text, a whole number or a truth value")),
    }
}
