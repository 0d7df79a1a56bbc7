//! HTML to plain text: the words of an item on one line, and nothing that could trick the eye.

use std::cell::RefCell;

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind,
    },
};
use unicode_segmentation::UnicodeSegmentation;

/// HTML beyond this many bytes is not looked at: it bounds the work that one item can cause.
const LOOKED_AT: usize = 32 * 1024;

/// How much HTML is read before we ask whether the text is long enough.
const STEP: usize = 2 * 1024;

/// Elements inside a line; the borders of all others separate words.
const INLINE: [&str; 33] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
    "var", "wbr",
];

/// The plain text of HTML on one line: scripts and styles dropped, references resolved, white space folded, invisible
/// control characters removed. At most `max` characters, cut at a word where there is one, with `…` when cut.
#[must_use]
pub fn plain(html: &str, max: usize) -> String {
    if !html.contains(['<', '&']) {
        return shorten(&tidy(prefix(html, LOOKED_AT)), max);
    }
    let words = Words { text: RefCell::default(), hidden: RefCell::default() };
    let tokenizer = Tokenizer::new(words, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut rest = prefix(html, LOOKED_AT);
    // Four bytes for each character, twice over for folded space, is enough text for sure.
    while !rest.is_empty() && tokenizer.sink.text.borrow().len() < max.saturating_mul(8) {
        let step = prefix(rest, STEP);
        rest = rest.get(step.len()..).unwrap_or_default();
        queue.push_back(StrTendril::from_slice(step));
        while !matches!(tokenizer.feed(&queue), html5ever::TokenizerResult::Done) {}
    }
    tokenizer.end();
    shorten(&tidy(&tokenizer.sink.text.borrow()), max)
}

/// The longest part of a text from its start that is at most `bytes` long.
#[must_use]
pub fn prefix(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// The escaped form of text that is no HTML, so that it can go where HTML goes.
pub(super) fn escape(text: &str) -> String {
    text.replace('<', "&lt;")
}

struct Words {
    text: RefCell<String>,
    /// The element whose content is passed over.
    hidden: RefCell<Option<String>>,
}

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => return self.tag(&tag),
            Token::CharacterTokens(text) if self.hidden.borrow().is_none() => self.text.borrow_mut().push_str(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Words {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if !INLINE.contains(&name) {
            self.text.borrow_mut().push(' ');
        }
        let raw = match name {
            "script" => RawKind::ScriptData,
            "style" | "iframe" | "noembed" | "noframes" => RawKind::Rawtext,
            "textarea" | "title" => RawKind::Rcdata,
            _ => return TokenSinkResult::Continue,
        };
        let starts = tag.kind == TagKind::StartTag && !tag.self_closing;
        *self.hidden.borrow_mut() = (starts && raw != RawKind::Rcdata).then(|| name.to_owned());
        if starts { TokenSinkResult::RawData(raw) } else { TokenSinkResult::Continue }
    }
}

/// Folds white space, and drops what is not seen but changes what is: control characters, marks that turn the
/// direction of writing, zero-width spaces. Joiners stay: emoji and several scripts need them.
#[must_use]
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for char in text.chars() {
        if char.is_whitespace() || char == '\u{2028}' {
            gap = true;
        } else if !invisible(char) {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(char);
        }
    }
    out
}

fn invisible(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0001}')
}

/// At most `max` characters: whole words where a word ends in the last third, else whole graphemes.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let (mut end, mut chars) = (0, 1); // one is for the `…`
    for grapheme in text.graphemes(true) {
        chars += grapheme.chars().count();
        if chars > max {
            break;
        }
        end += grapheme.len();
    }
    let kept = prefix(text, end);
    let word = kept
        .rfind(' ')
        .filter(|at| at * 3 >= kept.len() * 2 && !text.get(end..).is_some_and(|rest| rest.starts_with(' ')));
    let kept = prefix(kept, word.unwrap_or(kept.len()));
    kept.trim_end_matches([' ', ',', ';', ':', '-', '–', '—']).to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_separate_words_and_inline_elements_do_not() {
        assert_eq!(plain("<p>One</p><p>t<b>w</b>o</p>th<wbr>ree<br>four<li>five", 99), "One two three four five");
    }

    #[test]
    fn scripts_styles_and_comments_are_not_text() {
        assert_eq!(plain("a<script>if (1 < 2) b()</script><style>c{}</style><!-- d -->e", 99), "a e");
    }

    #[test]
    fn references_are_resolved_once() {
        assert_eq!(plain("Fish &amp; chips&nbsp;&eacute; &amp;lt; AT&T 1 < 2", 99), "Fish & chips é &lt; AT&T 1 < 2");
    }

    #[test]
    fn what_is_not_seen_is_dropped_but_emoji_stay_whole() {
        assert_eq!(plain("a\u{202e}b\u{200b}c\0 👩\u{200d}🚀", 99), "abc 👩\u{200d}🚀");
    }

    #[test]
    fn a_long_text_ends_at_a_word_and_within_its_limit() {
        assert_eq!(shorten("one two three", 10), "one two…");
        assert_eq!(shorten("one two three", 13), "one two three");
        assert_eq!(shorten("👩\u{200d}🚀👩\u{200d}🚀", 5), "👩\u{200d}🚀…");
    }

    #[test]
    fn text_after_much_markup_is_found() {
        let html = format!("<img src='{}'>after", "x".repeat(20_000));
        assert_eq!(plain(&html, 99), "after");
    }
}
