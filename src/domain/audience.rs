//! Audiences: the interest groups a work may speak to, and the ties between them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    Id,
    record::{Record, Root, Scalar, parsed, read_text, shown, text},
};

/// An interest group that the author kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    pub id: Id,
    pub name: String,
    /// The name for machines ([`slug`]): the same audience made on two laptops has the same one.
    pub slug: String,
    /// The work or audience that led here.
    pub via: Option<Id>,
    /// One sentence on why that one leads here.
    pub bridge: String,
    /// CamelCase, without `#`.
    pub hashtags: BTreeSet<String>,
    pub added: Option<Date>,
    pub removed: Option<Date>,
}

/// Two audiences that know each other, and the sentence that says why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tie {
    pub id: Id,
    pub from: Id,
    pub to: Id,
    pub bridge: String,
    pub removed: Option<Date>,
}

/// A name for machines: lower case letters and digits of any script, other runs become one `-`.
#[must_use]
pub fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

impl Audience {
    /// The slugs under which it is found: its own and its name's. What was kept from a suggestion has the suggestion's,
    /// which may be another than its name gives.
    #[must_use]
    pub fn slugs(&self) -> [String; 2] {
        [self.slug.clone(), slug(&self.name)]
    }
}

impl Record for Audience {
    const ROOT: Root = Root::Audiences;

    fn id(&self) -> &Id {
        &self.id
    }

    fn set_id(&mut self, id: Id) {
        self.id = id;
    }

    fn fields(&self) -> Vec<(&'static str, Option<Scalar>)> {
        vec![
            ("name", text(&self.name)),
            ("slug", text(&self.slug)),
            ("via", shown(self.via.as_ref())),
            ("bridge", text(&self.bridge)),
            ("added", shown(self.added.as_ref())),
            ("removed", shown(self.removed.as_ref())),
        ]
    }

    fn sets(&self) -> Vec<BTreeMap<String, Scalar>> {
        vec![self.hashtags.iter().map(|tag| (tag.clone(), true.into())).collect()]
    }

    fn read_field(&mut self, field: &str, value: Option<&Scalar>) {
        match field {
            "name" => self.name = read_text(value),
            "slug" => self.slug = read_text(value),
            "via" => self.via = value.and_then(Scalar::text).map(Id::from),
            "bridge" => self.bridge = read_text(value),
            "added" => self.added = parsed(value),
            "removed" => self.removed = parsed(value),
            _ => {}
        }
    }

    fn read_member(&mut self, set: &str, key: &str, value: Option<&Scalar>) {
        match (set, value) {
            ("hashtags", Some(_)) => _ = self.hashtags.insert(key.to_owned()),
            ("hashtags", None) => _ = self.hashtags.remove(key),
            _ => {}
        }
    }
}

impl Record for Tie {
    const ROOT: Root = Root::Ties;

    fn id(&self) -> &Id {
        &self.id
    }

    fn set_id(&mut self, id: Id) {
        self.id = id;
    }

    fn fields(&self) -> Vec<(&'static str, Option<Scalar>)> {
        vec![
            ("from", text(self.from.as_str())),
            ("to", text(self.to.as_str())),
            ("bridge", text(&self.bridge)),
            ("removed", shown(self.removed.as_ref())),
        ]
    }

    fn read_field(&mut self, field: &str, value: Option<&Scalar>) {
        match field {
            "from" => self.from = read_text(value).into(),
            "to" => self.to = read_text(value).into(),
            "bridge" => self.bridge = read_text(value),
            "removed" => self.removed = parsed(value),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_is_the_same_for_the_same_words() {
        assert_eq!(slug("  Civil War  Re-enactors! "), "civil-war-re-enactors");
        assert_eq!(slug("Éditeurs & libraires"), "éditeurs-libraires");
        assert_eq!(slug("歴史小説"), "歴史小説");
    }
}
