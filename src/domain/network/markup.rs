//! Markup: a paragraph for a page or a newsletter, as plain text, Markdown or HTML; and back to what a reader sees.

use std::borrow::Cow;

/// How a text is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    Plain,
    /// CommonMark.
    Markdown,
    Html,
}

/// What CommonMark could take for markup within a line.
const MARKS: &str = r"\`*_{}[]<>#|~&!";
const ENTITIES: [(&str, &str); 4] = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];

impl Markup {
    /// Words of others as they have to be written so that they stay words.
    #[must_use]
    pub fn escaped(self, text: &str) -> String {
        match self {
            Markup::Plain => text.to_owned(),
            Markup::Markdown => {
                let mut escaped = String::with_capacity(text.len());
                for c in text.chars() {
                    if MARKS.contains(c) {
                        escaped.push('\\');
                    }
                    escaped.push(c);
                }
                escaped
            }
            Markup::Html => ENTITIES.iter().rev().fold(text.to_owned(), |text, (name, sign)| text.replace(sign, name)),
        }
    }

    /// Escaped words that lead to an address; without markup, the words alone.
    #[must_use]
    pub fn linked(self, words: &str, address: &str) -> String {
        match self {
            Markup::Plain => words.to_owned(),
            Markup::Markdown => format!("[{words}](<{address}>)"),
            Markup::Html => format!("<a href=\"{}\">{words}</a>", self.escaped(address)),
        }
    }

    /// Paragraphs as they stand on a page.
    #[must_use]
    pub fn paragraphs(self, text: &str) -> String {
        match self {
            Markup::Plain | Markup::Markdown => text.to_owned(),
            Markup::Html => text.split("\n\n").map(|part| format!("<p>{part}</p>")).collect::<Vec<_>>().join("\n"),
        }
    }

    /// What a reader sees of a text, without the addresses behind words. Total: any text is shown somehow.
    #[must_use]
    pub fn shown(self, text: &str) -> Cow<'_, str> {
        match self {
            Markup::Plain => Cow::Borrowed(text),
            Markup::Markdown => Cow::Owned(without_marks(text)),
            Markup::Html => Cow::Owned(unescaped(&without_tags(text)).trim_end().to_owned()),
        }
    }

    /// The text with its addresses as they are.
    #[must_use]
    pub fn readable_addresses(self, text: &str) -> Cow<'_, str> {
        match self {
            Markup::Html => Cow::Owned(unescaped(text)),
            Markup::Plain | Markup::Markdown => Cow::Borrowed(text),
        }
    }
}

fn unescaped(text: &str) -> String {
    ENTITIES.iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

fn without_tags(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for part in text.replace("</p>", "\n\n").split('<').enumerate() {
        match part {
            (0, before) => shown.push_str(before),
            (_, tag) => shown.push_str(tag.split_once('>').map_or(tag, |(_, behind)| behind)),
        }
    }
    shown.replace("\n\n\n", "\n\n")
}

fn without_marks(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                let next = rest.chars().next().filter(|c| c.is_ascii_punctuation());
                shown.push(next.unwrap_or('\\'));
                rest = &rest[next.map_or(0, char::len_utf8)..];
            }
            '[' => {}
            ']' => rest = rest.strip_prefix("(<").and_then(|link| link.split_once(">)")).map_or(rest, |(_, rest)| rest),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_and_linked_is_shown_as_it_was() {
        let words = "“A & B” <b>_*[x](y)\\ &amp; #1!";
        let address = "https://example.org/a_(b)?c=d&e=f";
        for markup in [Markup::Plain, Markup::Markdown, Markup::Html] {
            let text = markup.paragraphs(&format!("{}, said.\n\nTwo.", markup.linked(&markup.escaped(words), address)));
            assert_eq!(markup.shown(&text), format!("{words}, said.\n\nTwo."), "{markup:?}: {text}");
            assert_eq!(markup.readable_addresses(&text).contains(address), markup != Markup::Plain, "{text}");
        }
    }
}
