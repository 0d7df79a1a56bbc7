//! RSS and Atom of every version, sound or broken: one table of names for all, for real feeds mix them.

use std::{borrow::Cow, iter::Peekable};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Feed, date,
    entry::{Entry, Rank, TITLE_CHARS},
    markup::{Token, Tokens, unescape},
    scope::{Scope, Vocabulary},
    text,
};
use crate::domain::Item;

/// Entries beyond this are not read.
const READ: usize = 10_000;

/// How much of one text is kept while an entry is read, in bytes.
const FIELD: usize = 64 * 1024;

type Attributes<'a> = [(&'a str, Cow<'a, str>)];

/// Reads markup as a feed; none when no element of a feed is in it.
pub(super) fn read(markup: &str, address: &str) -> Option<Feed> {
    let mut reader = Reader {
        tokens: Tokens::new(markup).peekable(),
        scope: Scope::new(address),
        address,
        dialect: None,
        head: Entry::default(),
        entry: None,
        items: Vec::new(),
    };
    while let Some(token) = reader.tokens.next()
        && reader.items.len() < READ
    {
        match token {
            Token::Open { name, attributes, empty, .. } => reader.open(name, &attributes, empty),
            Token::Close { name, .. } => reader.close(name),
            Token::Text(_) | Token::Literal(_) => {}
        }
        if reader.dialect == Some("html") {
            return None;
        }
    }
    reader.finish_entry();
    let dialect = reader.dialect?;
    let site = reader.head.site();
    Some(Feed { title: text::plain(&reader.head.title, TITLE_CHARS), dialect, site, items: reader.items })
}

struct Reader<'a> {
    tokens: Peekable<Tokens<'a>>,
    scope: Scope<'a>,
    address: &'a str,
    dialect: Option<&'static str>,
    /// What the feed says of itself has the fields of an entry.
    head: Entry,
    entry: Option<Entry>,
    items: Vec<Item>,
}

impl<'a> Reader<'a> {
    fn open(&mut self, name: &'a str, attributes: &Attributes<'a>, empty: bool) {
        self.scope.open(name, attributes);
        let (vocabulary, local) = self.scope.resolve(name);
        let said = (vocabulary, local.as_str());
        let dialect = match said {
            (Vocabulary::Feed, "rss" | "rdf" | "channel" | "item") => Some("rss"),
            (Vocabulary::Feed, "feed" | "entry") => Some("atom"),
            (_, "html") => Some("html"),
            _ => None,
        };
        self.dialect = self.dialect.or(dialect);
        if matches!(said, (Vocabulary::Feed, "item" | "entry")) {
            self.finish_entry();
            self.entry = Some(Entry::default());
        }
        let inner = if empty {
            self.close(name);
            None
        } else {
            how_written(vocabulary, &local, attributes).map(|how| self.inner(name, &local, how))
        };
        self.field(said, attributes, inner.as_deref().unwrap_or_default());
        if inner.is_some() {
            self.scope.close(name);
        }
    }

    fn close(&mut self, name: &str) {
        if is_border(&self.scope, name) {
            let local = name.rsplit(':').next().unwrap_or(name);
            if matches!(local.to_ascii_lowercase().as_str(), "item" | "entry") {
                self.finish_entry();
            }
        }
        self.scope.close(name);
    }

    fn finish_entry(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.items.push(entry.into_item(self.address));
        }
    }

    /// What stands in an element, as HTML, up to its end tag; or to where that must have been forgotten.
    fn inner(&mut self, name: &str, local: &str, how: Written) -> String {
        let mut out = String::new();
        let mut depth = 0;
        while let Some(token) = self.tokens.peek() {
            match token {
                Token::Open { name: inside, .. } | Token::Close { name: inside, .. }
                    if is_border(&self.scope, inside) =>
                {
                    break;
                }
                Token::Open { name: inside, .. } if is_line(local) && is_field(inside) => break,
                Token::Open { name: inside, empty: false, .. } if *inside == name => depth += 1,
                Token::Close { name: inside, .. } if *inside == name => {
                    if depth == 0 {
                        self.tokens.next();
                        break;
                    }
                    depth -= 1;
                }
                _ => {}
            }
            if let Some(token) = self.tokens.next()
                && out.len() < FIELD
            {
                match (token, how) {
                    (Token::Open { raw, .. } | Token::Close { raw, .. }, _) => out.push_str(raw),
                    (Token::Text(text), Written::Inline) => out.push_str(text::prefix(text, FIELD)),
                    (Token::Text(text), Written::Plain) => {
                        out.push_str(&text::escape(&unescape(text::prefix(text, FIELD))));
                    }
                    (Token::Text(text), _) => out.push_str(&unescape(text::prefix(text, FIELD))),
                    (Token::Literal(text), Written::Inline | Written::Plain) => {
                        out.push_str(&text::escape(text::prefix(text, FIELD)));
                    }
                    (Token::Literal(text), _) => out.push_str(text::prefix(text, FIELD)),
                }
            }
        }
        match how {
            Written::Base64 => {
                let packed: Vec<u8> = out.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                STANDARD.decode(packed).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or(out)
            }
            // "The <br> element" is a title, "<b>The</b> element" is HTML: nearly nobody says which.
            Written::Unsaid if !["</", "/>", "<br", "<img"].iter().any(|sign| out.contains(sign)) => text::escape(&out),
            _ => out,
        }
    }

    fn field(&mut self, said: (Vocabulary, &str), attributes: &Attributes<'_>, inner: &str) {
        let to = self.entry.as_mut().unwrap_or(&mut self.head);
        let base = self.scope.base();
        let first = |known: &mut String| {
            if known.trim().is_empty() {
                inner.clone_into(known);
            }
        };
        match said {
            (Vocabulary::Feed | Vocabulary::DublinCore | Vocabulary::Media, "title") => first(&mut to.title),
            (Vocabulary::Feed, "description" | "summary" | "tagline") | (Vocabulary::Media, "description") => {
                first(&mut to.summary);
            }
            (Vocabulary::Feed, "content") | (Vocabulary::Content, "encoded") => first(&mut to.content),
            (Vocabulary::Feed, "pubdate" | "published" | "issued" | "created")
            | (Vocabulary::DublinCore, "date" | "issued" | "created") => {
                to.published = to.published.or(date::parse(inner))
            }
            (Vocabulary::Feed, "updated" | "modified" | "lastbuilddate") | (Vocabulary::DublinCore, "modified") => {
                to.updated = to.updated.or(date::parse(inner));
            }
            (Vocabulary::Feed, "link") => match attribute(attributes, "href") {
                Some(href) => match attribute(attributes, "rel").unwrap_or("alternate") {
                    "alternate" if is_page(attributes) => to.offer_link(Rank::Page, href, base),
                    "alternate" => to.offer_link(Rank::Alternate, href, base),
                    "enclosure" => {
                        to.offer_media(attribute(attributes, "type").unwrap_or_default());
                        to.offer_link(Rank::Enclosure, href, base);
                    }
                    _ => {}
                },
                None => to.offer_link(Rank::Page, inner, base),
            },
            (Vocabulary::Feed, "guid") => {
                let says_no = |no: &str| no.trim().eq_ignore_ascii_case("false");
                if !attribute(attributes, "ispermalink").is_some_and(says_no) {
                    to.offer_link(Rank::Permalink, inner, None);
                }
            }
            (Vocabulary::FeedBurner, "origlink") => to.offer_link(Rank::Original, inner, base),
            (Vocabulary::Feed, "id") => to.offer_link(Rank::Identifier, inner, None),
            (Vocabulary::Feed, "enclosure") => {
                to.offer_media(attribute(attributes, "type").unwrap_or_default());
                to.offer_link(Rank::Enclosure, attribute(attributes, "url").unwrap_or_default(), base);
            }
            (Vocabulary::Media, "content") => {
                to.offer_media(attribute(attributes, "type").unwrap_or_default());
                to.offer_media(attribute(attributes, "medium").unwrap_or_default());
            }
            (Vocabulary::Media, "rating") => to.sensitive |= inner.trim() == "adult",
            _ => {}
        }
    }
}

/// How the text of an element is written down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// HTML, escaped once.
    Escaped,
    /// Markup as it stands.
    Inline,
    /// Text in which `<` is a sign like any other.
    Plain,
    /// RSS says nothing about titles: HTML if it looks like it.
    Unsaid,
    Base64,
}

/// The elements whose content is taken as one text, and how it is written; those of others are looked at one by one.
fn how_written(vocabulary: Vocabulary, local: &str, attributes: &Attributes<'_>) -> Option<Written> {
    match (vocabulary, local) {
        (Vocabulary::Feed, "title" | "description" | "summary" | "content" | "tagline") => {
            let media_type = attribute(attributes, "type").unwrap_or_default().trim().to_ascii_lowercase();
            let media_type = media_type.split(';').next().unwrap_or_default();
            Some(match (attribute(attributes, "mode").unwrap_or_default(), media_type) {
                ("base64", _) => Written::Base64,
                ("escaped", _) | (_, "html" | "text/html") => Written::Escaped,
                ("xml", _) | (_, "xhtml") => Written::Inline,
                (_, "") if local == "title" => Written::Unsaid,
                (_, "") => Written::Escaped,
                (_, "text" | "text/plain") => Written::Plain,
                (_, other) if other.ends_with("xml") => Written::Inline,
                (_, other) if !other.contains('/') || other.starts_with("text/") => Written::Escaped,
                _ => Written::Base64,
            })
        }
        (Vocabulary::DublinCore | Vocabulary::Media, "title") => Some(Written::Unsaid),
        (Vocabulary::Feed, "link") if attribute(attributes, "href").is_some() => None,
        // Other titles and links than the feed's own are in these.
        (Vocabulary::Feed, "image" | "textinput" | "source" | "author" | "contributor" | "cloud")
        | (
            Vocabulary::Feed,
            "link" | "guid" | "id" | "pubdate" | "published" | "issued" | "created" | "updated" | "modified"
            | "lastbuilddate",
        )
        | (Vocabulary::DublinCore, "date" | "issued" | "created" | "modified")
        | (Vocabulary::Media, "description" | "rating")
        | (Vocabulary::FeedBurner, "origlink")
        | (Vocabulary::Content, "encoded") => Some(Written::Escaped),
        _ => None,
    }
}

/// Where a feed, its head or an entry begins or ends: no text reaches over it.
fn is_border(scope: &Scope<'_>, name: &str) -> bool {
    let local = name.rsplit(':').next().unwrap_or(name);
    ["item", "entry", "channel", "rss", "rdf", "feed"].iter().any(|border| local.eq_ignore_ascii_case(border))
        && scope.resolve(name).0 == Vocabulary::Feed
}

/// Elements that hold one line: the beginning of another field ends them.
fn is_line(local: &str) -> bool {
    !matches!(local, "description" | "summary" | "content" | "encoded" | "tagline" | "image" | "textinput")
        && !matches!(local, "source" | "author" | "contributor" | "cloud")
}

fn is_field(name: &str) -> bool {
    let fields =
        ["title", "link", "guid", "pubDate", "description", "published", "updated", "enclosure", "content:encoded"];
    fields.iter().any(|field| field.eq_ignore_ascii_case(name))
}

fn is_page(attributes: &Attributes<'_>) -> bool {
    attribute(attributes, "type").is_none_or(|media_type| media_type.contains("html"))
}

fn attribute<'v>(attributes: &'v Attributes<'_>, name: &str) -> Option<&'v str> {
    let found = attributes.iter().find(|(attribute, _)| attribute.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_ref())
}
