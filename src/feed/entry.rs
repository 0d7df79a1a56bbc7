//! One entry while it is read, of any dialect; and the [`Item`] it becomes.

use jiff::Timestamp;
use url::Url;

use super::{link, text};
use crate::domain::{Item, ItemKind, item::SUMMARY_CHARS};

/// The longest title we keep, in characters.
pub const TITLE_CHARS: usize = 300;

/// How well an address stands for an entry; the lowest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// FeedBurner's note of where its own link leads.
    Original,
    /// The page itself.
    Page,
    /// Another form of it.
    Alternate,
    /// An identifier that says of itself that it is an address.
    Permalink,
    /// An identifier that looks like one.
    Identifier,
    /// What is attached, where there is nothing else.
    Enclosure,
}

/// What an entry said so far. Texts are HTML.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub title: String,
    pub summary: String,
    pub content: String,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub media: Option<ItemKind>,
    pub sensitive: bool,
    pub(super) link: Option<(Rank, Url)>,
}

impl Entry {
    pub fn offer_link(&mut self, rank: Rank, address: &str, base: Option<&Url>) {
        if self.link.as_ref().is_none_or(|(known, _)| rank < *known)
            && let Some(url) = link::canonical(address, base)
        {
            self.link = Some((rank, url));
        }
    }

    /// Takes the type of an enclosure in: sound makes an episode, pictures that move a video.
    pub fn offer_media(&mut self, media_type: &str) {
        self.media = self.media.or(match media_type.split('/').next().map(str::trim) {
            Some("audio") => Some(ItemKind::Episode),
            Some("video") => Some(ItemKind::Video),
            _ => None,
        });
    }

    pub fn site(&self) -> Option<String> {
        self.link.as_ref().map(|(_, url)| url.to_string())
    }

    pub fn into_item(self, feed: &str) -> Item {
        let body = if self.summary.trim().is_empty() { &self.content } else { &self.summary };
        let (warning, body) = content_warning(body);
        let title = text::plain(&self.title, TITLE_CHARS);
        let summary = text::plain(body, SUMMARY_CHARS);
        let short = title.is_empty() && !summary.is_empty();
        let url = self.link.map(|(_, url)| url);
        let kind = self.media.or_else(|| url.as_ref().and_then(kind_of_address));
        Item {
            kind: kind.unwrap_or(if short { ItemKind::Post } else { ItemKind::Article }),
            url: url.map(String::from).unwrap_or_default(),
            published: self.published.or(self.updated),
            feed: feed.to_owned(),
            warning: warning.or(self.sensitive.then(|| "sensitive".to_owned())),
            title,
            summary,
        }
    }
}

/// Mastodon's feeds begin a post under a content warning with `<p><strong>Content warning:</strong> words</p><hr>`, in
/// the instance's language: gives the words, and the text behind the line.
fn content_warning(html: &str) -> (Option<String>, &str) {
    let parts = || {
        let inner = html.trim_start().strip_prefix("<p><strong>")?;
        let (label, rest) = inner.split_once("</strong>")?;
        let (words, rest) = rest.split_once("</p>")?;
        let label = label.trim_end();
        let after = rest.trim_start().strip_prefix("<hr")?.split_once('>')?.1;
        (label.ends_with([':', '：']) && words.len() < 2048).then_some((words, after))
    };
    match parts() {
        Some((words, after)) => (Some(text::plain(words, 200)).filter(|words| !words.is_empty()), after),
        None => (None, html),
    }
}

/// Sites on which a page is a video.
const VIDEO_SITES: [(&str, &str); 7] = [
    ("youtube.com", "/watch"),
    ("youtube.com", "/shorts/"),
    ("youtube.com", "/live/"),
    ("youtu.be", "/"),
    ("vimeo.com", "/"),
    ("twitch.tv", "/videos/"),
    ("dailymotion.com", "/video/"),
];

fn kind_of_address(url: &Url) -> Option<ItemKind> {
    let host = url.host_str()?.trim_start_matches("www.").trim_start_matches("m.");
    let video = VIDEO_SITES.iter().any(|(site, path)| host == *site && url.path().starts_with(path));
    video.then_some(ItemKind::Video)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_warning_is_carried_over_in_any_language() {
        let html = "<p><strong>Inhaltswarnung:</strong> Spinnen &amp; Blut</p><hr /><p>Heute</p>";
        let entry = Entry { summary: html.to_owned(), ..Entry::default() };
        let item = entry.into_item("");
        assert_eq!(item.warning.as_deref(), Some("Spinnen & Blut"));
        assert_eq!(item.summary, "Heute");
    }

    #[test]
    fn bold_first_words_are_no_warning() {
        let entry = Entry { summary: "<p><strong>News:</strong> ours</p><p>more</p>".to_owned(), ..Entry::default() };
        assert_eq!(entry.into_item("").warning, None);
    }

    #[test]
    fn the_address_or_an_enclosure_tells_the_kind() {
        let kind = |address: &str, media: &str| {
            let mut entry = Entry { title: "t".to_owned(), ..Entry::default() };
            entry.offer_link(Rank::Page, address, None);
            entry.offer_media(media);
            entry.into_item("").kind
        };
        assert_eq!(kind("https://www.youtube.com/watch?v=1", ""), ItemKind::Video);
        assert_eq!(kind("https://example.org/1", "audio/mpeg"), ItemKind::Episode);
        assert_eq!(kind("https://example.org/1", "image/png"), ItemKind::Article);
    }

    #[test]
    fn the_original_address_beats_the_one_that_counts_clicks() {
        let mut entry = Entry::default();
        entry.offer_link(Rank::Page, "https://feedproxy.example/~r/1", None);
        entry.offer_link(Rank::Original, "https://example.org/1?utm_source=feedburner", None);
        assert_eq!(entry.into_item("").url, "https://example.org/1");
    }
}
