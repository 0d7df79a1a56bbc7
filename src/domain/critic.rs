//! The critic: reads a draft as a stranger would, against the product's rules. The drafter never returns what it refuses.

use linkify::{LinkFinder, LinkKind};
use serde::Serialize;

use super::{
    draft::{Language, Used, opening},
    network::{Count, Network, count_within},
};

/// One rule, and whether the text keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: &'static str,
    pub ok: bool,
    /// For the author to read.
    pub message: String,
}

/// What a text is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    pub network: Network,
    pub limit: usize,
    /// The mention that is allowed, if one is.
    pub mention: Option<&'a str>,
    /// The item's canonical address.
    pub link: Option<&'a str>,
    /// Words that are not ours to judge: title, why, name, as they stand in the text.
    pub foreign: &'a [String],
    /// What would make it concrete; one of them has to be in the text. Empty when nothing is known.
    pub concrete: &'a [String],
    /// The content warning to carry over.
    pub warning: Option<&'a str>,
    /// Shout-outs of the last 60 days.
    pub recent: &'a [Used],
}

/// Judges a text; a finding for every rule, kept or not.
#[must_use]
pub fn review(text: &str, brief: &Brief<'_>, language: &Language) -> Vec<Finding> {
    let count = count_within(brief.network, text, brief.limit);
    // Any address with a scheme, whether or not a network would know its top-level domain.
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let addresses: Vec<&str> = finder.links(text).map(|link| link.as_str()).collect();
    let without_link = brief.link.map_or_else(|| text.to_owned(), |link| text.replacen(link, " ", 1));
    let (mentions, tags) = (signs(&without_link, '@'), signs(&without_link, '#'));
    let own = own_words(&without_link, brief);
    vec![
        length(count),
        finding("mentions", mentions.len() <= 1 && mentions.iter().all(|m| brief.mention == Some(m)), || {
            format!("at most one mention, of the person it is about; here: {}", listed(&mentions))
        }),
        finding("mention-first", !text.starts_with('@'), || {
            "a text that begins with a mention is a reply on X".to_owned()
        }),
        finding("hashtags", tags.len() <= 2 && tags.iter().all(|tag| is_camel_case(tag)), || {
            format!("at most two hashtags, CamelCase; here: {}", listed(&tags))
        }),
        finding(
            "link",
            addresses.len() <= 1 && addresses.iter().all(|a| brief.link.is_some_and(|link| link.starts_with(a))),
            || format!("one link, the item's own address; here: {}", addresses.join(", ")),
        ),
        absent("superlatives", language.list("banned"), &own),
        absent("bait", language.list("bait"), &own),
        finding("opening", !brief.recent.iter().any(|used| opening(&used.text) == opening(text)), || {
            "a shout-out of the last 60 days begins with the same five words".to_owned()
        }),
        finding(
            "concrete",
            brief.concrete.is_empty() || brief.concrete.iter().any(|words| text.contains(words.as_str())),
            || "it names nothing from the item and nothing from your why".to_owned(),
        ),
        finding("warning", brief.warning.is_none_or(|warning| text.starts_with(&format!("CW: {warning}\n"))), || {
            "the source's content warning does not stand first".to_owned()
        }),
    ]
}

/// No rule is broken.
#[must_use]
pub fn passes(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.ok)
}

fn finding(rule: &'static str, ok: bool, complaint: impl FnOnce() -> String) -> Finding {
    Finding { rule, ok, message: if ok { "ok".to_owned() } else { complaint() } }
}

fn length(count: Count) -> Finding {
    let Count { length, limit, fits } = count;
    Finding { rule: "length", ok: fits, message: format!("{length} of {limit}") }
}

fn listed(words: &[String]) -> String {
    words.join(", ")
}

/// Mentions or hashtags: the sign at the start of a word, with what belongs to it.
fn signs(text: &str, sign: char) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let starts = rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if c == sign && starts && !(before.is_alphanumeric() || matches!(before, '_' | '@' | '/')) {
            let more = |c: char| {
                c.is_alphanumeric()
                    || c == '_'
                    || (sign == '@' && ".-@".contains(c))
                    || (!c.is_ascii() && !c.is_whitespace() && sign == '#')
            };
            let word = &rest[..rest.find(|c| !more(c)).unwrap_or(rest.len())];
            let word = word.trim_end_matches(['.', '-', '@']);
            if sign == '@' || word.chars().any(|c| !c.is_numeric()) {
                found.push(format!("{sign}{word}"));
            }
        }
        before = c;
    }
    found
}

fn is_camel_case(tag: &str) -> bool {
    let first = tag.chars().nth(1);
    !tag.contains('_') && first.is_some_and(|c| !c.is_lowercase())
}

/// The text without what others wrote: a title may say "amazing", we may not.
fn own_words(text: &str, brief: &Brief<'_>) -> String {
    let mut own = text.to_owned();
    let mut foreign: Vec<_> = brief.foreign.iter().filter(|words| words.chars().count() > 2).collect();
    foreign.sort_by_key(|words| std::cmp::Reverse(words.len()));
    for words in foreign {
        own = own.replace(words.as_str(), " ");
    }
    own.to_lowercase()
}

fn absent(rule: &'static str, phrases: &[String], own: &str) -> Finding {
    let found = phrases.iter().find(|phrase| holds(own, phrase));
    finding(rule, found.is_none(), || format!("\"{}\" sounds like an advertisement", found.map_or("", String::as_str)))
}

/// Does a lower-case text hold a phrase as whole words?
#[must_use]
pub fn holds(text: &str, phrase: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + phrase.len()..].chars().next()))
}
