//! What a form or an address says: names with texts, in their order.

use url::form_urlencoded;

/// The most fields of a form; what follows is not read.
const MAX_FIELDS: usize = 200;

/// The fields of a form, or of an address behind its `?`.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn parse(bytes: &[u8]) -> Form {
        Form(form_urlencoded::parse(bytes).take(MAX_FIELDS).map(|(k, v)| (k.into_owned(), v.into_owned())).collect())
    }

    /// The first text of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first text of this name without the white space around it; nothing for an empty one.
    pub fn said(&self, name: &str) -> Option<String> {
        self.get(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A text as a browser's text area sends it, with the line ends of ours.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|text| text.replace("\r\n", "\n"))
    }

    /// The names that begin like this, without their beginning, with what was said under each.
    pub fn beginning<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.0.iter().filter_map(move |(key, value)| Some((key.strip_prefix(start)?, value.trim())));
        pairs.filter(|(_, value)| !value.is_empty())
    }

    /// All texts of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
