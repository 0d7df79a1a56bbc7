//! OPML: the feeds of a feed reader or a podcast player, in folders. (opml.org/spec2.opml)
//!
//! Read with the feeds' own tolerant reader: exporters forget to escape, and to close.

use std::{borrow::Cow, collections::BTreeMap};

use super::{Entry, Sheet, not_this};
use crate::{
    api::{Error, ImportFormat},
    domain::{Book, Contact},
    feed::{Token, Tokens},
};

/// Folders that say nothing of who is in them.
const ANY: [&str; 12] = [
    "",
    "all",
    "feeds",
    "subscriptions",
    "podcasts",
    "uncategorized",
    "uncategorised",
    "unsorted",
    "default",
    "root",
    "other",
    "opml",
];

/// Folders in folders deeper than anyone makes them.
const DEPTH: usize = 64;

type Attributes<'a> = [(&'a str, Cow<'a, str>)];

pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let mut tokens = Tokens::new(text);
    let mut folders: Vec<String> = Vec::new();
    let (mut line, mut counted, mut outlines) = (1, 0, 0);
    let mut closed = false;
    while let Some(token) = tokens.next() {
        let end = tokens.at();
        match token {
            Token::Open { name, attributes, empty, raw } if local(name) == "outline" => {
                let start = end.saturating_sub(raw.len());
                line += lines(text, counted, start);
                counted = start;
                outlines += 1;
                let outline = Outline { attributes: &attributes, line };
                if outline.has("xmlurl") || outline.has("url") {
                    sheet.push(outline.entry(&folders))?;
                }
                if !empty {
                    // A feed is a folder too where its outline is not closed at once; its name groups nobody.
                    let name = if outline.has("xmlurl") { "" } else { outline.title() };
                    folders.truncate(DEPTH);
                    folders.push(name.to_owned());
                }
            }
            Token::Close { name, .. } if local(name) == "outline" => _ = folders.pop(),
            Token::Close { name, .. } if matches!(local(name), "opml" | "body") => closed = true,
            _ => {}
        }
    }
    if outlines == 0 {
        return Err(not_this(ImportFormat::Opml, "there is no outline in it"));
    }
    if !closed {
        let line = line + lines(text, counted, text.trim_end().len());
        sheet.problem(line, "the file ends before its outline does; it may be cut off");
    }
    Ok(())
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn lines(text: &str, from: usize, to: usize) -> usize {
    text.as_bytes().get(from..to).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count()
}

struct Outline<'a> {
    attributes: &'a Attributes<'a>,
    line: usize,
}

impl Outline<'_> {
    fn get(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(attribute, _)| attribute.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    fn title(&self) -> &str {
        if self.has("text") { self.get("text") } else { self.get("title") }
    }

    fn entry(&self, folders: &[String]) -> Entry {
        let mut entry = Entry::at(self.line);
        entry.name(self.title());
        entry.feed(self.get("xmlurl"));
        entry.page(self.get("htmlurl"));
        if !self.has("xmlurl") {
            entry.page(self.get("url"));
        }
        if let Some(folder) = folders.last().filter(|name| !ANY.contains(&name.to_lowercase().as_str())) {
            entry.audience(folder);
        }
        // `/history/costume,buttons`: paths of folders and tags.
        for category in self.get("category").split(',') {
            let name = category.rsplit('/').next().unwrap_or(category).trim();
            if !ANY.contains(&name.to_lowercase().as_str()) {
                entry.audience(name);
            }
        }
        entry
    }
}

/// Everybody's feeds in folders by audience. Who is in several audiences is in the folder of one, and tagged with all.
pub fn write(book: &Book) -> String {
    let mut folders: BTreeMap<&str, Vec<(&Contact, String)>> = BTreeMap::new();
    for contact in super::in_order(book).filter(|contact| !contact.feeds.is_empty() && !contact.never) {
        let audiences = super::audiences_of(book, contact);
        // A comma or a stroke in a name would part it in two.
        let tags: Vec<_> = audiences.iter().filter(|name| !name.contains([',', '/'])).copied().collect();
        let folder = audiences.iter().find(|name| name.contains([',', '/'])).or(audiences.first());
        folders.entry(folder.copied().unwrap_or_default()).or_default().push((contact, tags.join(",")));
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>goodword</title></head>\n  <body>\n".to_owned();
    for (folder, people) in folders {
        let name = escape(folder);
        if !folder.is_empty() {
            text.push_str(&format!("    <outline text=\"{name}\" title=\"{name}\">\n"));
        }
        for (contact, tags) in people {
            let name = escape(&contact.name);
            for feed in &contact.feeds {
                text.push_str(&format!(
                    "      <outline type=\"rss\" text=\"{name}\" title=\"{name}\" xmlUrl=\"{}\"",
                    escape(feed)
                ));
                for (attribute, value) in [("htmlUrl", &contact.site), ("category", &tags)] {
                    if !value.is_empty() {
                        text.push_str(&format!(" {attribute}=\"{}\"", escape(value)));
                    }
                }
                text.push_str("/>\n");
            }
        }
        if !folder.is_empty() {
            text.push_str("    </outline>\n");
        }
    }
    text.push_str("  </body>\n</opml>\n");
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
