//! What X takes for a link in a text (and, when a scheme is needed, what Mastodon does).
//!
//! The rules are those of twitter-text 3, written anew: a link is `[scheme] domain [:port] [/path] [?query]`, the
//! domain ends in a top-level domain of the IANA list, and neither the mark before it nor the one after its end may
//! make it part of something else. Every loop is linear in the text but for one label of at most [`LONGEST_LABEL`].

use std::ops::Range;

/// Whether `example.com` is a link, or only `https://example.com`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Needed,
    Optional,
}

/// A label that is longer in characters cannot be a valid one in DNS (63 bytes, encoded).
const LONGEST_LABEL: usize = 256;
/// Longer addresses are not links.
const LONGEST_LINK: usize = 4096;
/// Longer names after `https://t.co/` are not X's own links.
const LONGEST_SHORT_NAME: usize = 40;

/// Where a text's links are, in bytes, in order, without overlap.
#[must_use]
pub fn links(text: &str, scheme: Scheme) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || "@＠$#＃\u{FFFE}\u{FEFF}\u{FFFF}".contains(c)) {
            at += next_char(text, at);
            continue;
        }
        let rest = &text[at..];
        let protocol = ["https://", "http://"].iter().find(|p| starts_with_ignore_case(rest, p)).map_or(0, |p| p.len());
        // Behind these marks a domain needs a scheme; not trying keeps `a.a.a..` linear.
        let bare = protocol == 0 && !before.is_some_and(|c| "-_./".contains(c));
        let domain_start = at + protocol;
        let Some(domain_stop) = (protocol > 0 || bare).then(|| domain_end(text, domain_start)).flatten() else {
            at = next_start(text, at);
            continue;
        };
        let Tail { end, has_path } = tail(text, domain_stop);
        // The character behind a link may stand before the next one; none begins there.
        let next = end + if end < text.len() { next_char(text, end) } else { 0 };
        let domain = &text[domain_start..domain_stop];
        let has_scheme = domain_start > at;
        if end - at > LONGEST_LINK || !domain.split('.').all(label_fits) {
            at = next;
            continue;
        }
        if has_scheme {
            found.extend(short_link(&text[at..end]).map(|length| at..at + length));
        } else if scheme == Scheme::Optional {
            let mut ascii = ascii_domains(domain, domain_start);
            if let Some(last) = ascii.last_mut().filter(|_| has_path) {
                last.end = end;
            }
            found.append(&mut ascii);
        }
        at = next;
    }
    found
}

fn next_char(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

fn starts_with_ignore_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

/// Where a link may begin after nothing began here: at a scheme within the run (words in some scripts have no space
/// before it), else behind the next mark that ends or divides a label.
fn next_start(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let Some((length, mark)) = rest.char_indices().find(|(_, c)| !is_domain_char(*c)) else { return text.len() };
    let run = &rest[..length];
    let scheme = ["https", "http"].iter().find_map(|word| {
        let start = run.len().checked_sub(word.len()).filter(|start| *start > 0)?;
        let before = run.get(..start)?.chars().next_back()?;
        (run.get(start..)?.eq_ignore_ascii_case(word) && !before.is_ascii_alphanumeric()).then_some(start)
    });
    match scheme.filter(|_| rest[length..].starts_with("://")) {
        Some(start) => at + start,
        None => at + length + mark.len_utf8(),
    }
}

/// What twitter-text lets stand in a domain's label: all but some punctuation (quotation marks may), white space and
/// marks of direction.
fn is_domain_char(c: char) -> bool {
    let is_mark = c.is_ascii_punctuation() && !matches!(c, '"' | '`');
    let is_space = c.is_whitespace() || c == '\u{180E}';
    let is_direction =
        matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let is_no_character = matches!(c, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}');
    !(is_mark || is_space || is_direction || is_no_character)
}

/// The end of the longest domain that begins here.
fn domain_end(text: &str, start: usize) -> Option<usize> {
    let mut best = None;
    let mut at = start;
    let mut may_precede_an_end = false;
    loop {
        let rest = &text[at..];
        let run =
            rest.char_indices().take(LONGEST_LABEL + 1).take_while(|(_, c)| is_domain_char(*c) || "-_".contains(*c));
        let (mut length, mut chars) = (0, 0);
        for (offset, c) in run {
            (length, chars) = (offset + c.len_utf8(), chars + 1);
        }
        let label = &rest[..length];
        if may_precede_an_end && let Some(end) = top_level_end(rest) {
            best = Some(at + end);
        }
        let edge = |c: Option<char>| c.is_some_and(is_domain_char);
        let is_label = chars <= LONGEST_LABEL && edge(label.chars().next()) && edge(label.chars().next_back());
        if !is_label || !rest[length..].starts_with('.') {
            return best;
        }
        may_precede_an_end = !label.contains('_');
        at += length + 1;
    }
}

/// The bytes of the top-level domain that a text begins with, if what follows lets it end there.
fn top_level_end(text: &str) -> Option<usize> {
    if starts_with_ignore_case(text, "xn--") {
        let end = text[4..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).map_or(text.len(), |n| n + 4);
        return (end > 4).then_some(end);
    }
    let ends_there = |end: usize| !text[end..].starts_with(|c: char| c.is_ascii_alphanumeric() || "@+-".contains(c));
    let ascii = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    if ascii > 0 {
        return (ends_there(ascii) && tld::exist_case_insensitive(&text[..ascii])).then_some(ascii);
    }
    // The longest top-level domain in letters beyond ASCII has fewer than this many.
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(24);
    let known = |end: &usize| match url::Host::parse(&text[..*end]) {
        Ok(url::Host::Domain(name)) => tld::exist(&name),
        _ => false,
    };
    ends.take_while(|end| text[..*end].chars().all(is_domain_char)).filter(|end| ends_there(*end)).filter(known).last()
}

/// A label of at most 63 bytes once encoded.
fn label_fits(label: &str) -> bool {
    if label.is_ascii() {
        return label.len() <= 63;
    }
    match url::Host::parse(label) {
        Ok(url::Host::Domain(name)) => name.len() <= 63,
        _ => label.len() <= 63,
    }
}

/// The link within what was matched: X's own short links end with their name; one with too long a name is none.
fn short_link(link: &str) -> Option<usize> {
    let scheme = link.find("://").map_or(0, |at| at + 3);
    let Some(name) = link.get(scheme..).filter(|rest| starts_with_ignore_case(rest, "t.co/")).map(|rest| &rest[5..])
    else {
        return Some(link.len());
    };
    let length = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    if length == 0 {
        return Some(link.len());
    }
    let query = if name[length..].starts_with('?') { name.len() - length } else { 0 };
    (length <= LONGEST_SHORT_NAME).then_some(scheme + 5 + length + query)
}

/// The domains in plain letters within a matched one: without a scheme only these are links, so that words written
/// without spaces around a domain stay words.
fn ascii_domains(domain: &str, offset: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < domain.len() {
        let rest = &domain[at..];
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_accented(c);
        let (mut end, mut best) = (0, None);
        loop {
            let length = rest[end..].find(|c: char| !plain(c)).unwrap_or(rest.len() - end);
            if end > 0
                && let Some(stop) = top_level_end(&rest[end..])
            {
                best = Some(end + stop);
            }
            if length == 0 || !rest[end + length..].starts_with('.') {
                break;
            }
            end += length + 1;
        }
        match best {
            Some(stop) => {
                found.push(offset + at..offset + at + stop);
                at += stop;
            }
            None => at += next_char(domain, at),
        }
    }
    found
}

/// The accented Latin letters that twitter-text lists.
fn is_accented(c: char) -> bool {
    matches!(c, '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{253}' | '\u{254}' | '\u{256}' | '\u{257}'
        | '\u{259}' | '\u{25B}' | '\u{263}' | '\u{268}' | '\u{26F}' | '\u{272}' | '\u{289}' | '\u{28B}' | '\u{2BB}'
        | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}')
}

/// What follows a domain.
struct Tail {
    /// Where port, path and query end.
    end: usize,
    has_path: bool,
}

fn tail(text: &str, domain_stop: usize) -> Tail {
    let mut end = domain_stop;
    if let Some(port) = text[end..].strip_prefix(':') {
        let digits = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
        end += if digits > 0 { digits + 1 } else { 0 };
    }
    let has_path = text[end..].starts_with('/');
    if has_path {
        end = path_end(text, end + 1);
    }
    if let Some(query) = text[end..].strip_prefix('?') {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!?*'@();:&=+$/%#[]-_.,~|".contains(c);
        let run = &query[..query.find(|c| !allowed(c)).unwrap_or(query.len())];
        let ending = |c: char| c.is_ascii_alphanumeric() || "-_&=#/".contains(c);
        end += run.rfind(ending).map_or(0, |last| last + 2);
    }
    Tail { end, has_path }
}

/// A path ends with a letter, a digit, one of `+-=_#/`, or a pair of parentheses.
fn path_end(text: &str, start: usize) -> usize {
    let (mut at, mut end) = (start, start);
    while let Some(c) = text[at..].chars().next() {
        if c == '(' {
            let Some(length) = parentheses(&text[at..]) else { break };
            at += length;
            end = at;
        } else if is_path_char(c) {
            at += c.len_utf8();
            if c.is_alphanumeric() || ('\u{300}'..='\u{4FF}').contains(&c) || "+-=_#/".contains(c) {
                end = at;
            }
        } else {
            break;
        }
    }
    end
}

fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!*';:=+,.$/%#[]-\u{2013}_~@|&".contains(c)
        || ('\u{400}'..='\u{4FF}').contains(&c)
        || is_accented(c)
}

/// The bytes of a pair of parentheses with something in it, and at most one pair inside.
fn parentheses(text: &str) -> Option<usize> {
    let run = |from: usize| text[from..].find(|c| !is_path_char(c)).map_or(text.len(), |n| from + n);
    let mut at = run(1);
    if text[at..].starts_with('(') {
        let inner = run(at + 1);
        if inner == at + 1 || !text[inner..].starts_with(')') {
            return None;
        }
        at = run(inner + 1);
    } else if at == 1 {
        return None;
    }
    text[at..].starts_with(')').then_some(at + 1)
}
