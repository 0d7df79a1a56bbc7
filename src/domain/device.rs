//! Devices: the laptops that hold the book, and which versions of its shape have a say.

use jiff::civil::Date;

use super::{
    Id,
    record::{Record, Root, Scalar, parsed, read_text, shown, text, truth},
};

/// One of the author's laptops, or a hub that only keeps the others in step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    pub id: Id,
    pub name: String,
    pub hub: bool,
    pub added: Option<Date>,
    /// Its public key, by which the others know it; empty before it had one.
    pub key: String,
    /// A tombstone for people to read. Who may connect is decided beside the book, where a removal cannot be undone.
    pub removed: Option<Date>,
}

/// Which versions of the book's shape have a say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// The newest shape that somebody wrote.
    pub writer: i64,
    /// The oldest shape whose program may still write.
    pub oldest_writer: i64,
}

impl Record for Device {
    const ROOT: Root = Root::Devices;

    fn id(&self) -> &Id {
        &self.id
    }

    fn set_id(&mut self, id: Id) {
        self.id = id;
    }

    fn fields(&self) -> Vec<(&'static str, Option<Scalar>)> {
        vec![
            ("name", text(&self.name)),
            ("hub", truth(self.hub)),
            ("added", shown(self.added.as_ref())),
            ("key", text(&self.key)),
            ("removed", shown(self.removed.as_ref())),
        ]
    }

    fn read_field(&mut self, field: &str, value: Option<&Scalar>) {
        match field {
            "name" => self.name = read_text(value),
            "hub" => self.hub = value.is_some_and(Scalar::is_true),
            "added" => self.added = parsed(value),
            "key" => self.key = read_text(value),
            "removed" => self.removed = parsed(value),
            _ => {}
        }
    }
}
