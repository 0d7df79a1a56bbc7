//! The critic: reads a draft as a stranger would, against the product's rules. The drafter never returns what it refuses.

use linkify::{LinkFinder, LinkKind};
use serde::Serialize;

use super::{
    draft::{Language, Used, opening},
    network::{Count, Network, Unit, count_within},
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

/// Judges a text; a finding for every rule, kept or not, that says why.
#[must_use]
pub fn review(text: &str, brief: &Brief<'_>, language: &Language) -> Vec<Finding> {
    let markup = brief.network.rules().markup;
    let shown = markup.shown(text);
    // Any address with a scheme, whether or not a network would know its top-level domain.
    let raw = markup.readable_addresses(text);
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let addresses: Vec<&str> = finder.links(&raw).map(|link| link.as_str()).collect();
    let without_link = brief.link.map_or_else(|| shown.to_string(), |link| shown.replacen(link, " ", 1));
    let (mentions, tags) = (signs(&without_link, '@'), signs(&without_link, '#'));
    let own = own_words(&without_link, brief);
    let named = brief.concrete.iter().find(|words| shown.contains(words.as_str()));
    vec![
        length(count_within(brief.network, text, brief.limit), brief.network),
        finding(
            "mentions",
            mentions.len() <= 1 && mentions.iter().all(|m| brief.mention == Some(m)),
            || match mentions.first() {
                Some(mention) => format!("one mention, of the person it is about: {mention}"),
                None => "nobody is mentioned by handle".to_owned(),
            },
            || format!("at most one mention, of the person it is about; here: {}", mentions.join(", ")),
        ),
        finding(
            "mention-first",
            !shown.starts_with('@'),
            || "it begins with words, so nobody takes it for a reply".to_owned(),
            || "a text that begins with a mention is a reply on X".to_owned(),
        ),
        finding(
            "hashtags",
            tags.len() <= 2 && tags.iter().all(|tag| is_camel_case(tag)),
            || match tags.len() {
                0 => "no hashtags".to_owned(),
                _ => format!("at most two, and a screen reader can read them: {}", tags.join(" ")),
            },
            || format!("at most two hashtags, CamelCase; here: {}", tags.join(", ")),
        ),
        finding(
            "link",
            addresses.len() <= 1 && addresses.iter().all(|a| brief.link.is_some_and(|link| link.starts_with(a))),
            || match addresses.len() {
                0 => "no link".to_owned(),
                _ => "one link, straight to the page of the person it is about".to_owned(),
            },
            || format!("one link, the item's own address; here: {}", addresses.join(", ")),
        ),
        absent("superlatives", language.list("banned"), &own, "no worn-out superlative of ours"),
        absent("bait", language.list("bait"), &own, "it asks nobody to like, share, follow or buy"),
        finding(
            "opening",
            !brief.recent.iter().any(|used| opening(&used.text) == opening(text)),
            || "no shout-out of the last 60 days begins with the same five words".to_owned(),
            || "a shout-out of the last 60 days begins with the same five words".to_owned(),
        ),
        finding(
            "concrete",
            brief.concrete.is_empty() || named.is_some(),
            || match named {
                Some(words) => format!("it names something real: {words}"),
                None => "nothing is known that it could name".to_owned(),
            },
            || "it names nothing from the item and nothing from your why".to_owned(),
        ),
        finding(
            "warning",
            brief.warning.is_none_or(|warning| {
                let behind = shown.strip_prefix("CW: ").and_then(|text| text.strip_prefix(warning));
                behind.is_some_and(|behind| behind.starts_with(['\n', '.']))
            }),
            || match brief.warning {
                Some(warning) => format!("the source's content warning stands first: {warning}"),
                None => "the source has no content warning to carry over".to_owned(),
            },
            || "the source's content warning does not stand first".to_owned(),
        ),
    ]
}

/// No rule is broken.
#[must_use]
pub fn passes(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.ok)
}

fn finding(
    rule: &'static str,
    ok: bool,
    reason: impl FnOnce() -> String,
    complaint: impl FnOnce() -> String,
) -> Finding {
    Finding { rule, ok, message: if ok { reason() } else { complaint() } }
}

fn length(Count { length, limit, fits }: Count, network: Network) -> Finding {
    let rules = network.rules();
    let unit = match rules.unit {
        Unit::Words => "words",
        _ => "characters",
    };
    let message = match (length >= rules.least, fits) {
        (true, true) => format!("{length} of {limit} {unit}, as {network} counts them"),
        (false, _) => format!("{length} {unit}; a paragraph here has {} to {limit}", rules.least),
        (true, false) => format!("{length} {unit}, as {network} counts them; {limit} are allowed"),
    };
    Finding { rule: "length", ok: fits && length >= rules.least, message }
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

fn absent(rule: &'static str, phrases: &[String], own: &str, reason: &str) -> Finding {
    let found = phrases.iter().find(|phrase| holds(own, phrase));
    finding(
        rule,
        found.is_none(),
        || reason.to_owned(),
        || format!("\"{}\" sounds like an advertisement", found.map_or("", String::as_str)),
    )
}

/// Does a lower-case text hold a phrase as whole words?
#[must_use]
pub fn holds(text: &str, phrase: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + phrase.len()..].chars().next()))
}
