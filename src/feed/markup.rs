//! Markup as feeds really have it, cut into tokens: no fault of the source is an error, and no byte is read twice.
//!
//! Nothing is expanded but character references and XML's own five entities, so there is no entity bomb. Other named
//! references (`&nbsp;`) are left as they are for the HTML that most of them come from.

use std::borrow::Cow;

/// A piece of markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// `<name …>`, or `<name …/>` when `empty`; `raw` is the whole tag.
    Open {
        name: &'a str,
        attributes: Vec<(&'a str, Cow<'a, str>)>,
        empty: bool,
        raw: &'a str,
    },
    Close {
        name: &'a str,
        raw: &'a str,
    },
    /// Text as it stands, references not resolved ([`unescape`]).
    Text(&'a str),
    /// What stood in a CDATA section: text in which nothing is escaped.
    Literal(&'a str),
}

/// More attributes than anyone writes: the rest of such a tag is passed over.
const ATTRIBUTES: usize = 64;

/// Cuts markup into tokens. Comments, processing instructions and the document type are passed over.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// A search that ran to the end in vain is not repeated: that keeps a million openings linear.
    no_comment_end: bool,
    no_instruction_end: bool,
}

impl<'a> Tokens<'a> {
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Tokens { text, at: 0, no_comment_end: false, no_instruction_end: false }
    }

    /// How far the markup was read, in bytes: the next token begins here or later.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes everything up to `end` and steps over `end`; without one, everything that is left.
    fn take_to(&mut self, end: &str) -> &'a str {
        let rest = self.rest();
        let found = rest.find(end);
        self.at += found.map_or(rest.len(), |length| length + end.len());
        rest.get(..found.unwrap_or(rest.len())).unwrap_or_default()
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !wanted(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// `<!-- … -->`, `<!DOCTYPE … [ … ]>`, `<? … ?>`: passed over. One that never ends loses only its first tag.
    fn pass_over(&mut self) {
        let (end, hopeless) = if self.rest().starts_with("<!--") {
            ("-->", &mut self.no_comment_end)
        } else if self.rest().starts_with("<?") {
            ("?>", &mut self.no_instruction_end)
        } else {
            let head = self.take_while(|byte| !matches!(byte, b'[' | b'>'));
            if self.peek() == Some(b'[') && head.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("<!doctype")) {
                self.take_to("]");
            }
            self.take_to(">");
            return;
        };
        let found = if *hopeless { None } else { self.text.get(self.at..).unwrap_or_default().find(end) };
        match found {
            Some(length) => self.at += length + end.len(),
            None => {
                *hopeless = true;
                self.take_to(">");
            }
        }
    }

    fn tag(&mut self) -> Token<'a> {
        let start = self.at;
        self.at += 1;
        let closes = self.peek() == Some(b'/');
        self.at += usize::from(closes);
        let name = self.take_while(in_name);
        if closes {
            self.take_while(|byte| !matches!(byte, b'<' | b'>'));
            self.at += usize::from(self.peek() == Some(b'>'));
            return Token::Close { name, raw: self.text.get(start..self.at).unwrap_or_default() };
        }
        let mut attributes = Vec::new();
        let mut empty = false;
        loop {
            self.take_while(|byte| byte.is_ascii_whitespace());
            match self.peek() {
                None | Some(b'<') => break,
                Some(b'>') => {
                    self.at += 1;
                    break;
                }
                Some(b'/') => {
                    self.at += 1;
                    empty = self.peek() == Some(b'>');
                }
                Some(byte) if !in_name(byte) => self.at += 1,
                Some(_) => {
                    let attribute = (self.take_while(in_name), self.attribute_value());
                    if attributes.len() < ATTRIBUTES {
                        attributes.push(attribute);
                    }
                }
            }
        }
        Token::Open { name, attributes, empty, raw: self.text.get(start..self.at).unwrap_or_default() }
    }

    /// `="…"`, `='…'`, `=…` or nothing. A `<` ends a value whose closing quote was forgotten.
    fn attribute_value(&mut self) -> Cow<'a, str> {
        let before = self.at;
        self.take_while(|byte| byte.is_ascii_whitespace());
        if self.peek() != Some(b'=') {
            self.at = before;
            return Cow::Borrowed("");
        }
        self.at += 1;
        self.take_while(|byte| byte.is_ascii_whitespace());
        let value = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                let value = self.take_while(|byte| byte != quote && byte != b'<');
                self.at += usize::from(self.peek() == Some(quote));
                value
            }
            _ => self.take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'<' | b'>')),
        };
        unescape(value)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let mut bytes = rest.bytes();
            match (bytes.next()?, bytes.next()) {
                (b'<', Some(b'!')) if rest.starts_with("<![CDATA[") => {
                    self.at += "<![CDATA[".len();
                    return Some(Token::Literal(self.take_to("]]>")));
                }
                (b'<', Some(b'!' | b'?')) => self.pass_over(),
                (b'<', Some(b'/')) => return Some(self.tag()),
                (b'<', Some(byte)) if starts_name(byte) => return Some(self.tag()),
                _ => {
                    // A first `<` that opens nothing is text.
                    let length = rest.bytes().skip(1).position(|byte| byte == b'<').map_or(rest.len(), |p| p + 1);
                    self.at += length;
                    return rest.get(..length).map(Token::Text);
                }
            }
        }
    }
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn in_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || matches!(byte, b':' | b'-' | b'.')
}

/// The longest reference that is looked at, so that a million `&` stay linear.
const REFERENCE: usize = 12;

/// Resolves character references and XML's five entities; everything else, a bare `&` too, stays as it is.
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let (head, mut rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len());
    out.push_str(head);
    while let Some(after) = rest.strip_prefix('&') {
        let end = after.bytes().take(REFERENCE).position(|byte| byte == b';');
        let resolved = end.and_then(|end| Some((reference(after.get(..end)?)?, after.get(end + 1..)?)));
        let (char, after) = resolved.unwrap_or(('&', after));
        out.push(char);
        let next = after.find('&').unwrap_or(after.len());
        let (plain, more) = after.split_at(next);
        out.push_str(plain);
        rest = more;
    }
    Cow::Owned(out)
}

fn reference(name: &str) -> Option<char> {
    let number = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    // Numbers 128 to 159 come from programs that think in windows-1252.
    match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9f) => encoding_rs::WINDOWS_1252.decode(&[byte]).0.chars().next(),
        _ => char::from_u32(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markup: &str) -> Vec<String> {
        let show = |token| match token {
            Token::Open { name, attributes, empty, .. } => {
                format!("<{name} {attributes:?}{}", if empty { "/" } else { "" })
            }
            Token::Close { name, .. } => format!("</{name}"),
            Token::Text(text) => format!("text {text}"),
            Token::Literal(text) => format!("literal {text}"),
        };
        Tokens::new(markup).map(show).collect()
    }

    #[test]
    fn comments_instructions_and_document_types_are_passed_over() {
        let markup = "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a \"b>c\">]><!-- <x> -->a<![CDATA[<b>&]]>";
        assert_eq!(shown(markup), ["text a", "literal <b>&"]);
    }

    #[test]
    fn a_tag_is_read_however_its_attributes_are_quoted() {
        assert_eq!(
            shown("<a b='1' c=2 d e=\"&lt;&amp;\"/>"),
            [r#"<a [("b", "1"), ("c", "2"), ("d", ""), ("e", "<&")]/"#]
        );
    }

    #[test]
    fn what_is_cut_off_or_left_open_ends_where_the_next_tag_begins() {
        assert_eq!(shown("<a b=\"1 <c>"), [r#"<a [("b", "1 ")]"#, "<c []"]);
        assert_eq!(shown("<a><b"), ["<a []", "<b []"]);
        assert_eq!(shown("1 < 2 <![CDATA[open"), ["text 1 ", "text < 2 ", "literal open"]);
        assert_eq!(shown("<!-- open <a>b"), ["text b"]);
    }

    #[test]
    fn only_what_xml_itself_defines_is_resolved() {
        assert_eq!(unescape("a &amp;&#65;&#x42;&#150;&nbsp;& &amp"), "a &AB\u{2013}&nbsp;& &amp");
    }
}
