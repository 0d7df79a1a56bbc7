//! Bytes to a feed: the one face of all dialects. Pure; never panics; its time grows with the size of the input.
//!
//! We read tolerantly from the start instead of strictly first and repairing then: a strict parser may succeed on a
//! feed with one wrong text type or a relative address and be wrong, and then nobody repairs it.

use std::cmp::Reverse;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{json, text, xml};
use crate::domain::Item;

/// The most items we keep of one feed: the newest, in the feed's order.
pub const ITEMS: usize = 500;

/// The largest input we read, in bytes after decompression.
pub const INPUT: usize = 8 * 1024 * 1024;

/// What a feed says of itself, and its items in the order it lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// Plain text on one line; may be empty.
    pub title: String,
    /// `rss` (all versions), `atom` or `json`.
    pub dialect: &'static str,
    /// The page that the feed belongs to.
    pub site: Option<String>,
    /// At most [`ITEMS`]. A date in the future is kept as it is: whether to believe it is the reader's question.
    pub items: Vec<Item>,
}

/// Why some bytes are no feed, in words for the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("the feed is empty; the site may be changing, it will be tried again")]
    Empty,
    #[error("the feed is larger than {} MiB, more than a feed should be; ask the site for a shorter one", INPUT >> 20)]
    TooLarge,
    #[error("this is a web page, not a feed; give the page's address to find its feed")]
    WebPage,
    #[error("this is not a feed (RSS, Atom or JSON Feed); check the address in a browser")]
    NotAFeed,
}

/// Reads a feed. `address` is where it came from: relative addresses in it are resolved against it.
///
/// # Errors
/// When the bytes are no feed of any kind, however broken, or more than [`INPUT`].
pub fn parse(bytes: &[u8], address: &str) -> Result<Feed, ParseError> {
    parse_as(bytes, address, None)
}

/// As [`parse`], with the character set that the server claims; it counts only where the bytes themselves are silent.
///
/// # Errors
/// As [`parse`].
pub fn parse_as(bytes: &[u8], address: &str, charset: Option<&str>) -> Result<Feed, ParseError> {
    if bytes.len() > INPUT {
        return Err(ParseError::TooLarge);
    }
    let decoded = decode(bytes, charset);
    let source =
        decoded.trim_start_matches(|char: char| char.is_whitespace() || char.is_control() || char == '\u{feff}');
    if source.is_empty() {
        return Err(ParseError::Empty);
    }
    let as_json = || json::read(source.get(source.find('{')?..)?, address);
    let as_xml = || xml::read(source.get(source.find('<')?..)?, address);
    let feed = if source.starts_with('{') { as_json() } else { as_xml() };
    let mut feed = feed.ok_or(if looks_like_a_page(source) { ParseError::WebPage } else { ParseError::NotAFeed })?;
    keep_newest(&mut feed.items);
    Ok(feed)
}

fn looks_like_a_page(source: &str) -> bool {
    let start = text::prefix(source, 2048).to_ascii_lowercase();
    start.contains("<html") || start.contains("<!doctype html")
}

fn keep_newest(items: &mut Vec<Item>) {
    if items.len() > ITEMS {
        let mut numbered: Vec<_> = items.drain(..).enumerate().collect();
        // Stable: where dates are equal or missing, the feed's own order decides.
        numbered.sort_by_key(|(_, item)| Reverse(item.published));
        numbered.truncate(ITEMS);
        numbered.sort_by_key(|(place, _)| *place);
        items.extend(numbered.into_iter().map(|(_, item)| item));
    }
}

/// Text from bytes: a byte order mark, else what is valid UTF-8, else what the document says, else what the server
/// says, else windows-1252, which has a character for nearly every byte.
#[must_use]
pub fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    let declared = declared_encoding(bytes);
    let encoding = if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        encoding
    } else if let Some(wide) = wide_without_mark(bytes) {
        wide
    } else if declared.is_some_and(|encoding| !encoding.is_ascii_compatible()) && bytes.is_ascii() {
        // Shift sequences, as in ISO-2022-JP.
        declared.unwrap_or(UTF_8)
    } else if str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        let claimed = || charset.and_then(|label| Encoding::for_label(label.as_bytes()));
        let legacy = |encoding: &&Encoding| *encoding != UTF_8;
        let mostly_utf8 = String::from_utf8_lossy(bytes).matches('\u{fffd}').count() * 1000 < bytes.len();
        let fallback = if mostly_utf8 && bytes.len() > 1000 { UTF_8 } else { WINDOWS_1252 };
        declared.filter(legacy).or_else(|| claimed().filter(legacy)).unwrap_or(fallback)
    };
    encoding.decode(bytes).0.into_owned()
}

/// What `<?xml … encoding="…"?>` says; a document that says UTF-16 in single bytes is wrong about itself.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..256).unwrap_or(bytes)).into_owned();
    let head = head.split("?>").next().filter(|head| head.contains("<?xml"))?;
    let (_, after) = head.split_once("encoding")?;
    let label = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label = label.split(['"', '\'', ' ']).next()?;
    Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != UTF_16LE && *encoding != UTF_16BE)
}

fn wide_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes.get(..4)? {
        [first, 0, _, 0] if first.is_ascii_graphic() => Some(UTF_16LE),
        [0, first, 0, _] if first.is_ascii_graphic() => Some(UTF_16BE),
        _ => None,
    }
}
