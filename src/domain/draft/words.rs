//! Words from outside (titles, names, the author's why), made fit to stand in a draft: never cut within a grapheme.

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::network::Markup;

/// No more of a text than this is ever looked at.
const READ_BYTES: usize = 4_000;
/// A grapheme of more bytes is an attack on somebody's screen, not a letter. (The longest emoji has 41.)
const GRAPHEME_BYTES: usize = 64;

/// One line of plain words: no controls, no marks of direction, no links, and nothing that a network would take for
/// a mention or a hashtag of ours.
#[must_use]
pub fn clean(text: &str) -> String {
    // White space of any kind first: some scripts' signs take a space into their grapheme.
    let text: String = text.chars().take(READ_BYTES + 100).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let mut line = String::new();
    let mut read = text.graphemes(true).peekable();
    let mut bytes = 0;
    while let Some(grapheme) = read.next() {
        bytes += grapheme.len();
        if bytes > READ_BYTES {
            break;
        }
        let after_word = line.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let starts_word = line.is_empty() || line.ends_with(' ');
        let number = starts_word && read.peek().is_some_and(|next| next.bytes().all(|b| b.is_ascii_digit()));
        match grapheme {
            "@" | "＠" if !after_word => {}
            "#" | "＃" if !after_word && !number => {}
            // A sign that carries a mark is still a sign; a keycap is an emoji.
            _ if grapheme.chars().count() > 1
                && grapheme.starts_with(['@', '＠', '#', '＃'])
                && emojis::get(grapheme).is_none() => {}
            _ if grapheme.starts_with(char::is_whitespace) => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            _ if grapheme.len() > GRAPHEME_BYTES || grapheme.chars().any(is_unwelcome) => {}
            // A mark without its letter would grow onto whatever stands before it.
            _ if !grapheme.is_ascii() && format!("a{grapheme}").graphemes(true).count() == 1 => {}
            _ => line.push_str(grapheme),
        }
    }
    let words = line.split(' ').filter(|word| !word.contains("://") && !word.is_empty());
    let words: Vec<_> = words.map(numbered).collect();
    words.join(" ")
}

/// `#1` is a number, `#1st` a hashtag.
fn numbered(word: &str) -> &str {
    match word.strip_prefix(['#', '＃']) {
        Some(rest) if rest.chars().any(|c| c.is_alphabetic() || c == '_' || !c.is_ascii()) => rest,
        _ => word,
    }
}

fn is_unwelcome(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
            | '\u{FFFD}'..='\u{FFFF}' | '\u{61C}' | '\u{E000}'..='\u{F8FF}')
}

/// At most so many graphemes, an ellipsis included; cut between two words where that loses less than half.
#[must_use]
pub fn shorten(text: &str, most: usize) -> String {
    let ends: Vec<usize> =
        text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len()).take(most + 1).collect();
    if ends.len() <= most {
        return text.to_owned();
    }
    let Some(&cut) = most.checked_sub(2).and_then(|last| ends.get(last)) else { return String::new() };
    let kept = &text[..cut];
    let between = kept.rfind(' ').filter(|at| *at * 2 >= cut);
    let kept = if text[cut..].starts_with(' ') { kept } else { &kept[..between.unwrap_or(cut)] };
    format!("{}…", kept.trim_end_matches(|c: char| c.is_whitespace() || ",;:.-–—…".contains(c)))
}

/// The first sentence of a text.
#[must_use]
pub fn first_sentence(text: &str) -> &str {
    text.unicode_sentences().next().map_or(text, str::trim_end)
}

/// A sentence of its own: ends as one does.
#[must_use]
pub fn ended(text: &str) -> String {
    let bare = text.trim_end_matches(['"', '”', '“', '’', '\'', ')', '»', '«']);
    let done = bare.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', '۔', '።'])
        || emojis::get(last_grapheme(text)).is_some();
    if done || text.is_empty() { text.to_owned() } else { format!("{text}.") }
}

fn last_grapheme(text: &str) -> &str {
    text.graphemes(true).next_back().unwrap_or_default()
}

/// A title in quotation marks; quotation marks within become single ones.
#[must_use]
pub fn quoted(title: &str, (open, close): (char, char)) -> String {
    let mut inner = String::new();
    for c in title.chars() {
        match c {
            '"' | '“' | '”' | '„' => inner.push('’'),
            other => inner.push(other),
        }
    }
    format!("{open}{inner}{close}")
}

/// At most two hashtags, CamelCase, from whatever an audience calls itself.
#[must_use]
pub fn hashtags<'a>(names: impl Iterator<Item = &'a String>, most: usize) -> Vec<String> {
    let tag = |name: &String| {
        let mut tag = String::new();
        let mut starts = true;
        for grapheme in name.graphemes(true).take(64).filter(|grapheme| grapheme.len() <= GRAPHEME_BYTES) {
            let Some(first) = grapheme.chars().next().filter(|c| c.is_alphanumeric()) else {
                starts = true;
                continue;
            };
            if starts {
                tag.extend(first.to_uppercase());
                tag.push_str(&grapheme[first.len_utf8()..]);
            } else {
                tag.push_str(grapheme);
            }
            starts = false;
        }
        let fits =
            tag.graphemes(true).count() <= 30 && tag.starts_with(|c: char| c.is_alphabetic() && !c.is_lowercase());
        fits.then_some(tag)
    };
    names.filter_map(tag).take(most).map(|tag| format!("#{tag}")).collect()
}

/// With a capital letter, in the scripts that have some.
#[must_use]
pub fn with_capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// The first five words a reader sees, lower case: what must not come twice in 60 days. A content warning does not
/// count; a letter's salutation stands before them.
#[must_use]
pub fn opening(text: &str) -> String {
    let markup = if text.starts_with("<p>") { Markup::Html } else { Markup::Plain };
    let shown = markup.shown(text);
    let body =
        if shown.starts_with("CW: ") { shown.split_once("\n\n").map_or(&*shown, |(_, body)| body) } else { &shown };
    let (salutation, body) = match body.split_once("\n\n") {
        Some((line, body)) if line.ends_with(',') => (line, body),
        _ => ("", body),
    };
    let words: Vec<_> = salutation.split_whitespace().chain(body.split_whitespace().take(5)).collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_words_bring_no_link_mention_hashtag_or_direction() {
        assert_eq!(
            clean(" @bob &  @@eve@x.org:\u{202e} see https://evil.example #1 #Tag ##b c# a@b.c\n#1st "),
            "bob & eve@x.org: see #1 Tag b c# a@b.c 1st"
        );
        assert_eq!(clean("\u{301}a"), "a");
        assert!(clean(&"x".repeat(1_000_000)).len() <= READ_BYTES);
        assert_eq!(clean(&format!("a{}b", "\u{301}".repeat(500))), "b");
    }

    #[test]
    fn a_text_is_shortened_between_words_and_never_within_a_grapheme() {
        assert_eq!(shorten("How to sew an 1863 sack coat", 16), "How to sew an…");
        assert_eq!(shorten("short", 5), "short");
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(shorten(&family.repeat(5), 3), format!("{}…", family.repeat(2)));
    }
}
