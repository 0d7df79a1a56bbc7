//! Bluesky's facets: where the links, tags and mentions of a text are, in UTF-8 bytes.
//!
//! (lexicon app.bsky.richtext.facet: start inclusive, end exclusive, facets do not overlap)

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// A stretch of text with a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// UTF-8 bytes of the text.
    pub bytes: Range<usize>,
    pub kind: FacetKind,
}

/// What a stretch of text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FacetKind {
    /// The address, with a scheme even where the text has none.
    Link { uri: String },
    /// Without `#`.
    Tag { tag: String },
    /// The handle without `@`; the network wants the DID that it resolves to.
    Mention { handle: String },
}

/// A tag's limits. (lexicon app.bsky.richtext.facet#tag: maxGraphemes, maxLength)
const TAG_GRAPHEMES: usize = 64;
const TAG_BYTES: usize = 640;

/// The facets of a text, in order.
#[must_use]
pub fn facets(text: &str) -> Vec<Facet> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let word = &text[at..];
        let word = &word[..word.find(char::is_whitespace).unwrap_or(word.len())];
        let inner = if word.starts_with('(') { 1 } else { 0 };
        let facet =
            tag(word, at).or_else(|| mention(&word[inner..], at + inner)).or_else(|| link(&word[inner..], at + inner));
        found.extend(facet);
        at += word.len();
    }
    found
}

fn tag(word: &str, at: usize) -> Option<Facet> {
    let sign = word.chars().next().filter(|c| matches!(c, '#' | '＃'))?.len_utf8();
    let hidden = |c: char| matches!(c, '\u{AD}' | '\u{2060}' | '\u{200A}'..='\u{200D}' | '\u{20E2}');
    let body = &word[sign..];
    let body = &body[..body.find(hidden).unwrap_or(body.len())];
    let tag = body.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_' || is_symbol(c)));
    let fits = !tag.is_empty()
        && !body.starts_with('\u{FE0F}')
        && !tag.chars().all(|c| c.is_numeric())
        && tag.len() <= TAG_BYTES
        && tag.graphemes(true).count() <= TAG_GRAPHEMES;
    fits.then(|| Facet { bytes: at..at + sign + tag.len(), kind: FacetKind::Tag { tag: tag.to_owned() } })
}

/// Emoji and combining marks may end a tag; punctuation may not.
fn is_symbol(c: char) -> bool {
    let mut text = [0; 4];
    emojis::get(c.encode_utf8(&mut text)).is_some()
        || matches!(c, '\u{FE0F}' | '\u{300}'..='\u{36F}' | '\u{900}'..='\u{E4F}')
}

fn mention(word: &str, at: usize) -> Option<Facet> {
    let rest = word.strip_prefix('@')?;
    let run = &rest[..rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c))).unwrap_or(rest.len())];
    let handle = run.trim_end_matches(['.', '-']);
    let end = handle.rsplit_once('.')?.1;
    (tld::exist_case_insensitive(end) || end == "test")
        .then(|| Facet { bytes: at..at + 1 + handle.len(), kind: FacetKind::Mention { handle: handle.to_owned() } })
}

fn link(word: &str, at: usize) -> Option<Facet> {
    let lower: String = word.chars().take(8).collect::<String>().to_ascii_lowercase();
    let has_scheme =
        ["http://", "https://"].iter().any(|scheme| lower.starts_with(scheme) && word.len() > scheme.len());
    if !has_scheme {
        let domain = &word[..word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(word.len())];
        let domain = domain.trim_end_matches('.');
        let (name, end) = domain.rsplit_once('.')?;
        let labels_fit = domain.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.split('.').any(str::is_empty);
        if !labels_fit || !tld::exist_case_insensitive(end) {
            return None;
        }
    }
    let mut link = word.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    if link.ends_with(')') && !link.contains('(') {
        link = &link[..link.len() - 1];
    }
    let uri = if has_scheme { link.to_owned() } else { format!("https://{link}") };
    Some(Facet { bytes: at..at + link.len(), kind: FacetKind::Link { uri } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_bytes_and_trailing_marks_stay_outside() {
        let text = "Größe 👩‍🚀 (@maria.bsky.social) zeigt https://example.org/größe(1), siehe example.com! #SackCoat.";
        let read: Vec<_> = facets(text).into_iter().map(|facet| &text[facet.bytes]).collect();
        assert_eq!(read, ["@maria.bsky.social", "https://example.org/größe(1)", "example.com", "#SackCoat"]);
    }

    #[test]
    fn what_only_looks_like_a_facet_is_none() {
        assert_eq!(facets("a@b.c #1863 # @ @maria node.js 3.14 #\u{FE0F}\u{20E3}"), []);
        assert_eq!(facets(&format!("#{}", "a".repeat(65))), []);
    }
}
