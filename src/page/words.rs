//! Small words and shapes that every page uses: foreign text made harmless, links, dates, names of things.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use maud::{Markup, html};

use crate::domain::{Kind, Priority, Stage, pick::span};

/// The kinds of contacts, to choose from.
pub const KINDS: [Kind; 3] = [Kind::Person, Kind::Organisation, Kind::Cause];

/// How much the author wants to be reminded.
pub const PRIORITIES: [Priority; 3] = [Priority::Low, Priority::Normal, Priority::High];

/// The stages, from the first on.
pub const STAGES: [Stage; 5] = [Stage::Noticed, Stage::Following, Stage::Engaging, Stage::Supporting, Stage::Allied];

/// A foreign text for reading: no control or direction marks that could reorder what stands around it, cut at `most`
/// characters. Escaping is maud's.
#[must_use]
pub fn clean(text: &str, most: usize) -> String {
    let turns = |c: char| matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    // What is not shown is not read either: a text may be a megabyte long.
    let mut shown: String = text
        .chars()
        .take(most.saturating_mul(4))
        .filter(|c| !turns(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most + 1)
        .collect();
    if shown.chars().count() > most {
        shown = shown.chars().take(most.saturating_sub(1)).collect();
        shown.push('…');
    }
    shown
}

/// Several lines as they were written.
#[must_use]
pub fn clean_lines(text: &str) -> Markup {
    html! { @for line in text.lines().take(200) { (clean(line, 2_000)) br; } }
}

/// A name among other words, with its own direction.
#[must_use]
pub fn name(text: &str) -> Markup {
    html! { bdi { (clean(text, 120)) } }
}

/// A link out, if the address is one a browser may be sent to; otherwise the words alone. Where there are none to read,
/// the address stands for them: a link is never empty.
#[must_use]
pub fn link(address: &str, words: &str) -> Markup {
    let good = address.len() <= 2_000
        && url::Url::parse(address).is_ok_and(|url| match url.scheme() {
            "http" | "https" => url.has_host(),
            "mailto" => true,
            _ => false,
        });
    let words = Some(clean(words, 300)).filter(|words| !words.trim().is_empty()).unwrap_or_else(|| clean(address, 300));
    html! {
        @if good {
            a href=(address) rel="noreferrer noopener" target="_blank" { bdi { (words) } }
        } @else {
            bdi { (words) }
        }
    }
}

/// "Sunday, 22 November".
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%A, %-d %B").to_string()
}

/// "22 Nov 2026".
#[must_use]
pub fn short_day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// How long ago a day was: today, yesterday, 5 weeks ago.
#[must_use]
pub fn ago(then: Date, today: Date) -> String {
    match (today - then).get_days() {
        ..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{} ago", span(days)),
    }
}

/// A remark of the critic or of a setting, with a capital letter.
#[must_use]
pub fn capital(text: &str, most: usize) -> String {
    let text = clean(text, most);
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// The hour of a moment: "17:40".
#[must_use]
pub fn hour(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// A moment as people say it: the hour of today, else the day.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let [then, today] = [at, now].map(|at| at.to_zoned(zone.clone()).date());
    if then == today { format!("at {}", hour(at, zone)) } else { ago(then, today) }
}

/// How a network is called among people.
#[must_use]
pub fn network(key: &str) -> &str {
    match key {
        "bluesky" => "Bluesky",
        "mastodon" => "Mastodon",
        "x" => "X",
        "threads" => "Threads",
        "linkedin" => "LinkedIn",
        "facebook" => "Facebook",
        "instagram" => "Instagram",
        "reddit" => "Reddit",
        "email" => "E-mail",
        "letter" => "Letter",
        "newsletter" => "Newsletter",
        "newsletter-markdown" => "Newsletter (Markdown)",
        "newsletter-html" => "Newsletter (HTML)",
        "blog" => "Blog",
        "blog-markdown" => "Blog (Markdown)",
        "blog-html" => "Blog (HTML)",
        "review" => "A review",
        "library" => "A wish to the library",
        "plain" => "Anywhere",
        other => other,
    }
}

/// A text as a part of an address.
#[must_use]
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_marks_and_controls_do_not_come_through() {
        assert_eq!(clean("a\u{202e}b\u{2069}\u{0}c", 10), "ab c");
        assert_eq!(clean(&"x".repeat(1 << 20), 5), "xxxx…");
    }

    #[test]
    fn only_web_and_mail_addresses_become_links() {
        for bad in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/people", "", " https://a.b/\"x"]
        {
            let markup = link(bad, "<b>").into_string();
            assert!(!markup.contains("href") || !markup.contains("javascript"), "{bad}: {markup}");
            assert!(!markup.contains("<b>"), "{markup}");
        }
        assert!(link("https://a.example/?q=\"><script>", "x").into_string().contains("&quot;&gt;&lt;script&gt;"));
    }

    #[test]
    fn a_link_without_words_shows_its_address() {
        for blank in ["", " ", "\u{202e}\u{200b}"] {
            assert!(
                link("https://a.example/1", blank).into_string().contains("<bdi>https://a.example/1</bdi>"),
                "{blank:?}"
            );
        }
    }
}
