//! The shape of the book on paper: root maps, records of scalar fields, sets of scalar members, flat notes.
//!
//! A [`Write`] is the smallest step the book can take, and the only thing the document understands. Records know how
//! to become writes and how to be read back one scalar at a time, so a field of a later version is simply not read
//! here and stays in the document untouched.

use std::collections::BTreeMap;

use super::Id;

/// The root maps of the book. The genesis bytes create exactly these; a later root comes by a second fixed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    Works,
    Audiences,
    Ties,
    Contacts,
    Journal,
    Plan,
    Notices,
    Refusals,
    Evidence,
    Settings,
    Devices,
    Schema,
}

impl Root {
    /// All roots, in the order in which they are read: what a record points at comes before it.
    pub const ALL: [Root; 12] = [
        Root::Schema,
        Root::Settings,
        Root::Devices,
        Root::Works,
        Root::Audiences,
        Root::Ties,
        Root::Contacts,
        Root::Notices,
        Root::Refusals,
        Root::Evidence,
        Root::Plan,
        Root::Journal,
    ];

    /// The key of the root map in the document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Root::Works => "works",
            Root::Audiences => "audiences",
            Root::Ties => "ties",
            Root::Contacts => "contacts",
            Root::Journal => "journal",
            Root::Plan => "plan",
            Root::Notices => "notices",
            Root::Refusals => "refusals",
            Root::Evidence => "evidence",
            Root::Settings => "settings",
            Root::Devices => "devices",
            Root::Schema => "schema",
        }
    }

    /// The root with this key, if this version knows it.
    #[must_use]
    pub fn named(name: &str) -> Option<Root> {
        Root::ALL.into_iter().find(|root| root.name() == name)
    }

    /// True for roots whose keys hold records (maps); the others hold one scalar a key.
    #[must_use]
    pub fn holds_records(self) -> bool {
        matches!(self, Root::Works | Root::Audiences | Root::Ties | Root::Contacts | Root::Devices)
    }

    /// The sets (maps of scalars) that are made together with a record of this root, and never later:
    /// a map that two devices create at one key would hide one side's members.
    #[must_use]
    pub fn sets(self) -> &'static [&'static str] {
        match self {
            Root::Audiences => &["hashtags"],
            Root::Contacts => &["audiences", "handles", "feeds"],
            _ => &[],
        }
    }
}

/// What a field can hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar {
    Bool(bool),
    Int(i64),
    Text(String),
}

impl Scalar {
    /// The text, or nothing when it is something else.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// True only for a true truth value.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self, Scalar::Bool(true))
    }

    /// The whole number, or nothing when it is something else.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        match self {
            Scalar::Int(int) => Some(*int),
            _ => None,
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Scalar::Text(text.to_owned())
    }
}

impl From<bool> for Scalar {
    fn from(truth: bool) -> Self {
        Scalar::Bool(truth)
    }
}

/// The smallest step the book can take. `None` takes a field, member or note away; a record is never taken away
/// (a delete would beat a concurrent edit), it is marked `removed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Make the record's map and its empty sets. Only the device that minted the id does this, once.
    Create { root: Root, id: Id },
    /// One scalar field of a record.
    Field { root: Root, id: Id, field: String, value: Option<Scalar> },
    /// One member of a record's set.
    Member { root: Root, id: Id, set: String, key: String, value: Option<Scalar> },
    /// One scalar directly under a root.
    Note { root: Root, key: String, value: Option<Scalar> },
}

impl Write {
    /// The root map it goes to.
    #[must_use]
    pub fn root(&self) -> Root {
        match self {
            Write::Create { root, .. }
            | Write::Field { root, .. }
            | Write::Member { root, .. }
            | Write::Note { root, .. } => *root,
        }
    }
}

/// A record: an entity that is a map of scalar fields and sets in the document.
pub trait Record: Clone + Default {
    /// Where records of this kind live.
    const ROOT: Root;

    /// The record's id.
    fn id(&self) -> &Id;

    /// Sets the id of a record that is being read.
    fn set_id(&mut self, id: Id);

    /// Every scalar field; `None` where it is not set.
    fn fields(&self) -> Vec<(&'static str, Option<Scalar>)>;

    /// Every set, in the order of [`Root::sets`].
    fn sets(&self) -> Vec<BTreeMap<String, Scalar>> {
        Vec::new()
    }

    /// Takes one scalar in (or away). An unknown field or a value of a strange type changes nothing.
    fn read_field(&mut self, field: &str, value: Option<&Scalar>);

    /// Takes one member in (or away).
    fn read_member(&mut self, _set: &str, _key: &str, _value: Option<&Scalar>) {}
}

/// The writes that turn `before` into `after`: only what differs, so that two laptops which edit different fields of
/// one person both keep their edit.
#[must_use]
pub fn diff<R: Record>(before: Option<&R>, after: &R) -> Vec<Write> {
    let id = after.id().clone();
    let mut writes = Vec::new();
    let blank = R::default();
    if before.is_none() {
        writes.push(Write::Create { root: R::ROOT, id: id.clone() });
    }
    let from = before.unwrap_or(&blank);
    for ((field, value), (_, was)) in after.fields().into_iter().zip(from.fields()) {
        let unwritten = before.is_none() && value.is_some();
        if unwritten || value != was {
            writes.push(Write::Field { root: R::ROOT, id: id.clone(), field: field.to_owned(), value });
        }
    }
    for ((set, now), was) in R::ROOT.sets().iter().zip(after.sets()).zip(from.sets()) {
        for (key, value) in &now {
            if was.get(key) != Some(value) {
                writes.push(member::<R>(&id, set, key, Some(value.clone())));
            }
        }
        for key in was.keys().filter(|key| !now.contains_key(*key)) {
            writes.push(member::<R>(&id, set, key, None));
        }
    }
    writes
}

fn member<R: Record>(id: &Id, set: &str, key: &str, value: Option<Scalar>) -> Write {
    Write::Member { root: R::ROOT, id: id.clone(), set: set.to_owned(), key: key.to_owned(), value }
}

/// A text field: empty means not set.
pub(super) fn text(value: &str) -> Option<Scalar> {
    (!value.is_empty()).then(|| value.into())
}

/// A truth field: false means not set.
pub(super) fn truth(value: bool) -> Option<Scalar> {
    value.then_some(Scalar::Bool(true))
}

/// A field that is written as text, such as a date.
pub(super) fn shown<T: ToString>(value: Option<&T>) -> Option<Scalar> {
    value.map(|value| Scalar::Text(value.to_string()))
}

/// Reads a text field: gone or strange means empty.
pub(super) fn read_text(value: Option<&Scalar>) -> String {
    value.and_then(Scalar::text).unwrap_or_default().to_owned()
}

/// Reads a field that is written as text: gone, strange or unreadable means nothing.
pub(super) fn parsed<T: std::str::FromStr>(value: Option<&Scalar>) -> Option<T> {
    value.and_then(Scalar::text).and_then(|text| text.parse().ok())
}
