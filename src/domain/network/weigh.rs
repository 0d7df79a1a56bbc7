//! X's weighted length: twitter-text, configuration version 3.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::link::{Scheme, links};

/// What any link counts as on X (`transformedURLLength`).
pub const X_URL: usize = 23;

/// Code points that count one; every other counts two (`ranges`, `defaultWeight`, in hundredths there).
const LIGHT: [(u32, u32); 4] = [(0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037)];

/// The weighted length of a text, in characters of weight one. The text is counted in NFC.
#[must_use]
pub fn weighted(text: &str) -> usize {
    let text: String = text.nfc().collect();
    let mut length = 0;
    let mut from = 0;
    for link in links(&text, Scheme::Optional) {
        length += weight(&text[from..link.start]) + X_URL;
        from = link.end;
    }
    length + weight(&text[from..])
}

/// X takes no empty text and no text with a code point that is no character (twitter-text, invalidChars).
#[must_use]
pub fn is_allowed(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\u{FFFE}', '\u{FEFF}', '\u{FFFF}'])
}

/// The weight of a text without links.
fn weight(text: &str) -> usize {
    text.graphemes(true).map(weight_of_grapheme).sum()
}

fn weight_of_grapheme(grapheme: &str) -> usize {
    let mut length = 0;
    let mut rest = grapheme;
    while let Some(first) = rest.chars().next() {
        let (step, weight) = match emoji_at(rest) {
            Some(bytes) => (bytes, 2),
            None => (first.len_utf8(), weight_of_char(first)),
        };
        length += weight;
        rest = &rest[step..];
    }
    length
}

fn weight_of_char(c: char) -> usize {
    let code = c as u32;
    if LIGHT.iter().any(|(first, last)| (*first..=*last).contains(&code)) { 1 } else { 2 }
}

/// The longest run of code points that no emoji exceeds (a family of four with skin tones).
const LONGEST_EMOJI: usize = 12;

/// The bytes of the longest emoji sequence that a text begins with. Sequences that no font knows are not one:
/// their parts are counted, as X does.
fn emoji_at(text: &str) -> Option<usize> {
    // A letter is by far the most common case; above these scripts some emoji count as letters (ℹ, Ⓜ).
    let first = text.chars().next()?;
    if first.is_alphabetic() && first < '\u{2000}' {
        return None;
    }
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(LONGEST_EMOJI);
    let longest = ends.filter(|end| emojis::get(&text[..*end]).is_some()).last()?;
    // `©` and `®` alone are letters' company; they are emoji only with a variation selector.
    (longest > first.len_utf8() || (first as u32) > 0x10FF).then_some(longest)
}

#[cfg(test)]
mod tests {
    use super::weighted;

    #[test]
    fn an_emoji_counts_two_whatever_it_is_made_of() {
        for emoji in [
            "👍",
            "👍🏽",
            "👨‍👩‍👧‍👦",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "🇩🇪",
            "1️⃣",
            "©️",
            "☺",
            "☺️",
            "ℹ️",
            "Ⓜ️",
            "🅰️",
            "1\u{20E3}",
            "🏃\u{200D}♂",
            "🏃🏽\u{200D}♂\u{FE0F}",
            "❤\u{FE0F}\u{200D}🔥",
        ] {
            assert_eq!(weighted(emoji), 2, "{emoji}");
        }
        assert_eq!(weighted("©"), 1);
        assert_eq!(weighted("👍\u{200D}👍"), 5, "no such emoji: its parts count");
        assert_eq!(weighted("🇽🇽"), 4, "no such flag");
    }

    #[test]
    fn a_decomposed_letter_counts_as_its_composed_form() {
        assert_eq!(weighted("e\u{301}"), 1);
    }

    #[test]
    fn a_link_counts_23_with_and_without_a_scheme() {
        assert_eq!(weighted("https://example.org/a/very/long/path/that/goes/on?and=on"), 23);
        assert_eq!(weighted("see example.org/x."), 4 + 23 + 1);
        assert_eq!(weighted("see example.nosuchend"), 21);
    }
}
