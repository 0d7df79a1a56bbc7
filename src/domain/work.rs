//! Works: what the author writes. A work suggests audiences; a draft never mentions one.

use jiff::civil::Date;

use super::{
    Id,
    record::{Record, Root, Scalar, parsed, read_text, shown, text},
};

/// A book, series or column of the author's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub id: Id,
    pub title: String,
    pub genre: String,
    /// When and where it plays, the hero's job, what it turns on: words with commas between them.
    pub about: String,
    pub blurb: String,
    pub link: String,
    pub added: Option<Date>,
    pub removed: Option<Date>,
}

impl Record for Work {
    const ROOT: Root = Root::Works;

    fn id(&self) -> &Id {
        &self.id
    }

    fn set_id(&mut self, id: Id) {
        self.id = id;
    }

    fn fields(&self) -> Vec<(&'static str, Option<Scalar>)> {
        vec![
            ("title", text(&self.title)),
            ("genre", text(&self.genre)),
            ("about", text(&self.about)),
            ("blurb", text(&self.blurb)),
            ("link", text(&self.link)),
            ("added", shown(self.added.as_ref())),
            ("removed", shown(self.removed.as_ref())),
        ]
    }

    fn read_field(&mut self, field: &str, value: Option<&Scalar>) {
        match field {
            "title" => self.title = read_text(value),
            "genre" => self.genre = read_text(value),
            "about" => self.about = read_text(value),
            "blurb" => self.blurb = read_text(value),
            "link" => self.link = read_text(value),
            "added" => self.added = parsed(value),
            "removed" => self.removed = parsed(value),
            _ => {}
        }
    }
}
