//! What somebody's page says of them: h-card (microformats2), `rel="me"`, announced feeds, blogroll, and whether it asks
//! not to be listed. Pure, and tolerant of every fault of HTML.

use url::Url;

use super::{json, mastodon::Acct};
use crate::feed::{Token, Tokens, announced, plain, prefix};

/// How much of a page is read, in bytes.
const READ: usize = 1 << 20;
/// Links of each kind that are looked at.
const LINKS: usize = 20;
/// Elements in elements deeper than this are counted, not remembered.
const DEPTH: usize = 512;
/// The longest name that is one, in characters.
const NAME: usize = 100;

/// What a page says of whoever it belongs to. Texts are plain and short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// From the h-card, else from the page's own data on itself; may be empty.
    pub name: String,
    pub about: String,
    /// The card is that of an organisation: its name is also the name of its organisation.
    pub is_organisation: bool,
    /// There is a card on it.
    pub has_card: bool,
    /// Other pages of the same person: `rel="me"`, and the card's `u-url`.
    pub me: Vec<Url>,
    /// The account in the fediverse that the page names as its author's.
    pub creator: Option<Acct>,
    pub feeds: Vec<Url>,
    /// Lists (OPML) of what this person reads and recommends.
    pub blogrolls: Vec<Url>,
    /// The page asks programs not to list it.
    pub unlisted: bool,
}

/// Reads a page. `address` is where it was found.
#[must_use]
pub fn read(html: &str, address: &Url) -> Site {
    let html = prefix(html, READ);
    let mut reader = Reader::new(address);
    for token in Tokens::new(html) {
        reader.take(&token);
    }
    let mut site = reader.finish();
    site.feeds = announced(html, address);
    site
}

/// What is being written down at the moment, and at which depth it ends.
struct Capture {
    what: Vec<&'static str>,
    depth: usize,
    text: String,
}

struct Reader {
    base: Url,
    site: Site,
    /// The names of the open elements, as far as they are remembered.
    open: Vec<String>,
    hidden: Option<String>,
    /// The depth of the first h-card, and what it says.
    card: Option<usize>,
    card_done: bool,
    card_text: String,
    name: String,
    org: String,
    note: String,
    capture: Option<Capture>,
    titles: [String; 3],
    about: String,
}

const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

impl Reader {
    fn new(address: &Url) -> Reader {
        Reader {
            base: address.clone(),
            site: Site::default(),
            open: Vec::new(),
            hidden: None,
            card: None,
            card_done: false,
            card_text: String::new(),
            name: String::new(),
            org: String::new(),
            note: String::new(),
            capture: None,
            titles: Default::default(),
            about: String::new(),
        }
    }

    fn take(&mut self, token: &Token<'_>) {
        match token {
            Token::Close { name, .. } => self.close(name),
            _ if self.hidden.is_some() => {}
            Token::Open { name, attributes, empty, .. } => {
                let name = name.to_ascii_lowercase();
                let value = |wanted: &str| {
                    let found = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                    found.map(|(_, value)| value.trim()).unwrap_or_default()
                };
                self.open(&name, &value);
                if matches!(name.as_str(), "script" | "style" | "noscript" | "template" | "svg") && !empty {
                    self.hidden = Some(name);
                } else if !empty && !VOID.contains(&name.as_str()) && self.open.len() < DEPTH {
                    self.open.push(name);
                }
            }
            Token::Text(text) => self.text(text),
            Token::Literal(_) => {}
        }
    }

    fn open<'a>(&mut self, name: &str, value: &impl Fn(&str) -> &'a str) {
        match name {
            "base" => self.base = self.base.join(value("href")).unwrap_or_else(|_| self.base.clone()),
            "meta" => self.meta(value),
            "title" => self.begin(vec!["title"]),
            _ => {}
        }
        let rel = |wanted: &str| value("rel").split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case(wanted));
        if matches!(name, "a" | "area" | "link") && !value("href").is_empty() {
            if rel("me") {
                self.me(value("href"));
            }
            if rel("blogroll") && self.site.blogrolls.len() < LINKS {
                self.site.blogrolls.extend(self.link(value("href")));
            }
        }
        let class = |wanted: &str| value("class").split_ascii_whitespace().any(|class| class == wanted);
        if class("h-card") && self.card.is_none() && !self.card_done && !VOID.contains(&name) {
            self.card = Some(self.open.len());
        }
        if self.card.is_some() {
            if class("u-url") || class("u-uid") {
                self.me(value("href"));
            }
            // The innermost counts: `<a class="p-name"><span class="p-name">`.
            let what: Vec<_> = ["p-name", "p-org", "p-note"].into_iter().filter(|wanted| class(wanted)).collect();
            if !what.is_empty() {
                self.begin(what);
            }
        }
    }

    fn begin(&mut self, what: Vec<&'static str>) {
        self.end();
        self.capture = Some(Capture { what, depth: self.open.len(), text: String::new() });
    }

    fn meta<'a>(&mut self, value: &impl Fn(&str) -> &'a str) {
        let key = if value("name").is_empty() { value("property") } else { value("name") }.to_ascii_lowercase();
        let content = value("content");
        match key.as_str() {
            "robots" => {
                let mut words = content.split([',', ' ']).map(str::trim);
                self.site.unlisted |=
                    words.any(|word| matches!(word.to_ascii_lowercase().as_str(), "noindex" | "none"));
            }
            "fediverse:creator" => self.site.creator = content.parse().ok().or(self.site.creator.take()),
            "author" => self.titles[0] = plain(content, NAME),
            "og:site_name" => self.titles[1] = plain(content, NAME),
            "description" | "og:description" if self.about.is_empty() => self.about = plain(content, json::TEXT),
            _ => {}
        }
    }

    fn link(&self, href: &str) -> Option<Url> {
        json::web(self.base.join(href).ok()?.as_str())
    }

    fn me(&mut self, href: &str) {
        if let Some(url) = self.link(href).filter(|url| !self.site.me.contains(url) && self.site.me.len() < LINKS) {
            self.site.me.push(url);
        }
    }

    fn text(&mut self, text: &str) {
        for into in
            [self.capture.as_mut().map(|capture| &mut capture.text), self.card.is_some().then_some(&mut self.card_text)]
        {
            if let Some(into) = into.filter(|into| into.len() < 4 * json::TEXT) {
                into.push_str(text);
            }
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(hidden) = &self.hidden {
            if hidden.eq_ignore_ascii_case(name) {
                self.hidden = None;
            }
            return;
        }
        // What was never opened closes nothing; what was forgotten to be closed ends with what holds it.
        let Some(depth) = self.open.iter().rposition(|open| open.eq_ignore_ascii_case(name)) else { return };
        self.open.truncate(depth);
        if self.capture.as_ref().is_some_and(|capture| capture.depth >= depth) {
            self.end();
        }
        if self.card.is_some_and(|card| card >= depth) {
            (self.card, self.card_done) = (None, true);
        }
    }

    fn end(&mut self) {
        let Some(Capture { what, text, .. }) = self.capture.take() else { return };
        for what in what {
            let (field, most) = match what {
                "p-name" => (&mut self.name, NAME),
                "p-org" => (&mut self.org, NAME),
                "p-note" => (&mut self.note, json::TEXT),
                _ => (&mut self.titles[2], NAME),
            };
            if field.is_empty() {
                *field = plain(&text, most);
            }
        }
    }

    fn finish(mut self) -> Site {
        self.end();
        // A card without `p-name` is a name itself, if it is short (microformats2, implied properties).
        let implied = plain(&self.card_text, NAME + 1);
        if self.name.is_empty() && implied.chars().count() <= NAME {
            self.name = implied;
        }
        self.site.has_card = self.card_done || self.card.is_some();
        self.site.is_organisation = !self.org.is_empty() && self.org == self.name;
        let names = std::iter::once(self.name).chain(self.titles);
        self.site.name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        self.site.about = if self.note.is_empty() { self.about } else { self.note };
        self.site
    }
}

/// The sites of a blogroll (OPML): name, page and feed, whichever it has, in its order.
#[must_use]
pub fn read_blogroll(opml: &str, most: usize) -> Vec<Recommended> {
    let mut found = Vec::new();
    for token in Tokens::new(prefix(opml, READ)) {
        let Token::Open { name: "outline", attributes, .. } = token else { continue };
        let value = |wanted: &str| {
            let found = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_ref()).unwrap_or_default()
        };
        let name = [value("text"), value("title")].map(|name| plain(name, NAME));
        let entry = Recommended {
            name: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            page: json::web(value("htmlUrl")),
            feed: json::web(value("xmlUrl")),
        };
        if (entry.page.is_some() || entry.feed.is_some()) && found.len() < most {
            found.push(entry);
        }
    }
    found
}

/// A site that somebody recommends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommended {
    pub name: String,
    pub page: Option<Url>,
    pub feed: Option<Url>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(html: &str) -> Site {
        read(html, &Url::parse("https://mariasews.example/about").unwrap())
    }

    fn shown(urls: &[Url]) -> Vec<&str> {
        urls.iter().map(Url::as_str).collect()
    }

    #[test]
    fn a_card_says_who_it_is_and_where_else() {
        let site = page(
            r#"<!doctype html><title>Home</title><meta name=description content="A page">
            <link rel="me" href="https://sewing.example/@maria">
            <link rel=blogroll type=text/xml href=/blogroll.opml>
            <link rel="alternate" type="application/rss+xml" href="/feed.xml">
            <meta name="fediverse:creator" content="@maria@sewing.example">
            <div class="h-card"><p class="p-note">I sew <b>coats</b>.</p>
            <a class="p-name u-url" rel="me author" href="/">Maria &amp; Ruiz</a> <span class=p-org>Needle Ltd</span></div>
            <a rel=me href=https://bsky.app/profile/maria.example>B</a><a rel="nofollow me" href="mailto:m@a.example">m</a>
            <script>document.write('<a rel=me href="https://no.example/">')</script>
            <div class="h-card"><span class="p-name">Somebody else</span></div>"#,
        );
        assert_eq!((site.name.as_str(), site.about.as_str()), ("Maria & Ruiz", "I sew coats."));
        assert_eq!(
            shown(&site.me),
            ["https://sewing.example/@maria", "https://mariasews.example/", "https://bsky.app/profile/maria.example"]
        );
        assert_eq!(shown(&site.feeds), ["https://mariasews.example/feed.xml"]);
        assert_eq!(shown(&site.blogrolls), ["https://mariasews.example/blogroll.opml"]);
        assert_eq!(site.creator.map(|acct| acct.to_string()).as_deref(), Some("@maria@sewing.example"));
        assert!(!site.is_organisation && !site.unlisted);
    }

    #[test]
    fn without_a_card_the_page_says_what_it_can() {
        assert_eq!(page("<title> The <b> Button Museum </title>").name, "The Button Museum");
        assert_eq!(page("<title>x</title><meta name=author content='Maria Ruiz'>").name, "Maria Ruiz");
        assert_eq!(page("<a class='h-card' href='/'>Maria Ruiz</a><title>x</title>").name, "Maria Ruiz");
        assert!(page("<div class=h-card><span class='p-org p-name'>Button Museum</span></div>").is_organisation);
        assert_eq!(page(""), Site::default());
    }

    #[test]
    fn a_page_that_asks_not_to_be_listed_says_so() {
        for (said, unlisted) in
            [("noindex", true), ("nofollow, NOINDEX", true), ("none", true), ("index, follow", false)]
        {
            assert_eq!(page(&format!("<meta name=robots content='{said}'>")).unlisted, unlisted, "{said}");
        }
    }

    #[test]
    fn a_blogroll_is_read_whatever_it_lacks() {
        let opml = "<opml><body><outline text='Friends'><outline text='Ann &amp; Co' xmlUrl='https://a.example/feed' \
                    htmlUrl='https://a.example'/><outline title=B xmlUrl='javascript:1' htmlUrl='https://b.example/'>";
        let found = read_blogroll(opml, 10);
        let names: Vec<_> = found.iter().map(|entry| (entry.name.as_str(), entry.feed.is_some())).collect();
        assert_eq!(names, [("Ann & Co", true), ("B", false)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_page(parts in proptest::collection::vec(proptest::sample::select(vec![
            "<a rel=me href=", "https://a.example/", "<div class='h-card'>", "<span class=p-name>", "</span>", "</div>",
            "<title>", "<base href=", "<meta name=robots content=", "\"", ">", "x\u{202e}y", "<outline xmlUrl='", "<!--",
        ]), 0..40), tail in "\\PC{0,40}") {
            let html = parts.concat() + &tail;
            let site = page(&html);
            prop_assert!(site.name.chars().count() <= NAME && site.me.len() <= LINKS);
            prop_assert!(read_blogroll(&html, 5).len() <= 5);
        }
    }
}
