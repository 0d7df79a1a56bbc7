//! Where a token stands: which vocabulary a name belongs to, and what relative addresses are relative to.

use std::borrow::Cow;

use url::Url;

/// A vocabulary that feeds use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// RSS of all versions, and Atom: real feeds mix them.
    Feed,
    DublinCore,
    Content,
    Media,
    FeedBurner,
    /// Anything else: iTunes, XHTML, what nobody knows.
    Other,
}

/// Where namespaces begin, and the vocabulary each stands for: one address was written in many ways.
const NAMESPACES: [(&str, Vocabulary); 20] = [
    ("http://www.w3.org/2005/atom", Vocabulary::Feed),
    ("http://purl.org/atom/", Vocabulary::Feed),
    ("http://purl.org/rss/1.0/modules/content", Vocabulary::Content),
    ("http://purl.org/rss/1.0/modules/", Vocabulary::Other),
    ("http://purl.org/rss/modules/", Vocabulary::Other),
    ("http://purl.org/rss/", Vocabulary::Feed),
    ("http://purl.org/net/rss1.1", Vocabulary::Feed),
    ("http://my.netscape.com/", Vocabulary::Feed),
    ("http://channel.netscape.com/rdf/", Vocabulary::Feed),
    ("http://backend.userland.com/rss", Vocabulary::Feed),
    ("http://blogs.law.harvard.edu/tech/rss", Vocabulary::Feed),
    ("http://cyber.law.harvard.edu/rss", Vocabulary::Feed),
    ("http://www.rssboard.org/rss-specification", Vocabulary::Feed),
    ("http://backend.userland.com/", Vocabulary::Feed),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns", Vocabulary::Feed),
    ("http://purl.org/dc/", Vocabulary::DublinCore),
    ("http://search.yahoo.com/mrss", Vocabulary::Media),
    ("http://tools.search.yahoo.com/mrss", Vocabulary::Media),
    ("http://rssnamespace.org/feedburner", Vocabulary::FeedBurner),
    ("http://www.feedburner.com/", Vocabulary::FeedBurner),
];

/// What a prefix means that nobody declared.
const HABITS: [(&str, Vocabulary); 9] = [
    ("atom", Vocabulary::Feed),
    ("atom10", Vocabulary::Feed),
    ("rss", Vocabulary::Feed),
    ("rdf", Vocabulary::Feed),
    ("dc", Vocabulary::DublinCore),
    ("dcterms", Vocabulary::DublinCore),
    ("content", Vocabulary::Content),
    ("media", Vocabulary::Media),
    ("feedburner", Vocabulary::FeedBurner),
];

/// Open elements and namespace declarations beyond these are not remembered: nobody nests that deep but an attacker.
const DEPTH: usize = 128;
const BINDINGS: usize = 64;

/// How many open elements a closing tag may close at once when the inner ones were forgotten.
const FORGOTTEN: usize = 8;

struct Frame<'a> {
    name: &'a str,
    bindings: usize,
    bases: usize,
}

/// The open elements, with what they declared.
pub struct Scope<'a> {
    frames: Vec<Frame<'a>>,
    bindings: Vec<(&'a str, Vocabulary)>,
    bases: Vec<Url>,
}

impl<'a> Scope<'a> {
    /// `address` is the feed's own: the first base of its relative addresses.
    #[must_use]
    pub fn new(address: &str) -> Self {
        Scope { frames: Vec::new(), bindings: Vec::new(), bases: Url::parse(address).into_iter().collect() }
    }

    /// What relative addresses are relative to, here.
    #[must_use]
    pub fn base(&self) -> Option<&Url> {
        self.bases.last()
    }

    /// An element begins; [`Scope::close`] ends it.
    pub fn open(&mut self, name: &'a str, attributes: &[(&'a str, Cow<'a, str>)]) {
        if self.frames.len() >= DEPTH {
            return;
        }
        self.frames.push(Frame { name, bindings: self.bindings.len(), bases: self.bases.len() });
        for (attribute, value) in attributes {
            if let Some(prefix) = attribute.strip_prefix("xmlns") {
                let prefix = prefix.strip_prefix(':').unwrap_or(prefix);
                // An unknown default namespace on the root is a private one around the usual names.
                let private = prefix.is_empty() && self.frames.len() == 1;
                let usual = if private { Vocabulary::Feed } else { Vocabulary::Other };
                if self.bindings.len() < BINDINGS {
                    self.bindings.push((prefix, known(value).unwrap_or(usual)));
                }
            } else if *attribute == "xml:base" {
                let base = self.base().map_or_else(|| Url::parse(value), |base| base.join(value));
                self.bases.extend(base.ok().filter(|base| matches!(base.scheme(), "http" | "https")));
            }
        }
    }

    /// An element ends, and with it those inside it that were never closed.
    pub fn close(&mut self, name: &str) {
        let found = self.frames.iter().rev().take(FORGOTTEN).position(|frame| frame.name == name);
        let Some(depth) = found.and_then(|above| self.frames.len().checked_sub(above + 1)) else { return };
        if let Some(frame) = self.frames.drain(depth..).next() {
            self.bindings.truncate(frame.bindings);
            self.bases.truncate(frame.bases);
        }
    }

    /// The vocabulary and the lower-case local name of an element.
    #[must_use]
    pub fn resolve(&self, name: &str) -> (Vocabulary, String) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let bound = self.bindings.iter().rev().find(|(known, _)| *known == prefix).map(|(_, vocabulary)| *vocabulary);
        let habit = || HABITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(prefix)).map(|(_, habit)| *habit);
        let usual = if prefix.is_empty() { Vocabulary::Feed } else { Vocabulary::Other };
        (bound.or_else(habit).unwrap_or(usual), local.to_ascii_lowercase())
    }
}

fn known(namespace: &str) -> Option<Vocabulary> {
    let lower = namespace.trim().to_ascii_lowercase().replacen("https://", "http://", 1);
    NAMESPACES.iter().find(|(start, _)| lower.starts_with(start)).map(|(_, vocabulary)| *vocabulary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open<'a>(scope: &mut Scope<'a>, name: &'a str, attributes: &[(&'a str, &'a str)]) {
        let attributes: Vec<_> = attributes.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))).collect();
        scope.open(name, &attributes);
    }

    #[test]
    fn a_prefix_means_what_was_declared_and_else_what_it_usually_means() {
        let mut scope = Scope::new("https://example.org/");
        assert_eq!(scope.resolve("dc:Date"), (Vocabulary::DublinCore, "date".to_owned()));
        open(
            &mut scope,
            "rss",
            &[("xmlns:dc", "http://www.w3.org/2005/Atom"), ("xmlns:x", "http://search.yahoo.com/mrss/")],
        );
        assert_eq!(scope.resolve("dc:id").0, Vocabulary::Feed);
        assert_eq!(scope.resolve("x:title").0, Vocabulary::Media);
        assert_eq!(scope.resolve("y:title").0, Vocabulary::Other);
        scope.close("rss");
        assert_eq!(scope.resolve("dc:date").0, Vocabulary::DublinCore);
    }

    #[test]
    fn bases_nest_and_end_with_their_element() {
        let mut scope = Scope::new("https://example.org/feed");
        open(&mut scope, "feed", &[("xml:base", "/blog/")]);
        open(&mut scope, "entry", &[("xml:base", "one/")]);
        assert_eq!(scope.base().map(Url::as_str), Some("https://example.org/blog/one/"));
        open(&mut scope, "br", &[]);
        scope.close("entry");
        assert_eq!(scope.base().map(Url::as_str), Some("https://example.org/blog/"));
    }

    #[test]
    fn a_stray_closing_tag_closes_nothing() {
        let mut scope = Scope::new("https://example.org/feed");
        open(&mut scope, "feed", &[("xml:base", "/blog/")]);
        scope.close("nonsense");
        assert_eq!(scope.base().map(Url::as_str), Some("https://example.org/blog/"));
    }
}
