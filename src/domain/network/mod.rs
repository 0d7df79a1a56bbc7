//! The networks: for each its limit, how it counts a text, and how it writes a person's name.
//!
//! Every network counts differently (sources beside the rules); there is no shared counter to get subtly wrong.

mod address;
mod facet;
mod handle;
mod link;
mod markup;
mod mastodon;
mod profile;
mod weigh;

pub use address::is_link;
pub use facet::{Facet, FacetKind, facets};
pub use link::{Scheme, links};
pub use markup::Markup;
pub use profile::profile;
pub use weigh::{X_URL, weighted};

use unicode_segmentation::UnicodeSegmentation;

use super::Contact;

/// Where a shout-out can go. `Plain` is any place that we do not know: the text is copied by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    Bluesky,
    Mastodon,
    X,
    Threads,
    LinkedIn,
    Facebook,
    Instagram,
    Reddit,
    /// To the person.
    Email,
    /// To the person, on paper.
    Letter,
    /// A paragraph for the author's own readers.
    Newsletter,
    NewsletterMarkdown,
    NewsletterHtml,
    Blog,
    BlogMarkdown,
    BlogHtml,
    /// Sentences to finish: only the author knows what they thought of it.
    Review,
    /// A wish to the author's library.
    Library,
    #[default]
    Plain,
}

/// What a network's `length` and `limit` are numbers of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// What a reader calls a character. (UAX #29)
    Graphemes,
    /// At most the limit in graphemes, and at most ten times as many UTF-8 bytes.
    /// (lexicon app.bsky.feed.post: maxGraphemes 300, maxLength 3000)
    GraphemesAndBytes,
    /// Graphemes; an http(s) link is 23, `@user@host` is `@user`. (Mastodon, user/posting)
    MastodonGraphemes,
    /// Code points; an emoji is its UTF-8 bytes. (Threads' API documentation)
    ThreadsChars,
    /// UTF-16 code units, as browsers' text fields count.
    Utf16,
    /// twitter-text, configuration version 3.
    Weighted,
    /// Words that a reader sees (UAX #29); an address is one.
    Words,
}

/// One network's rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub network: Network,
    /// As settings and the command line spell it.
    pub name: &'static str,
    pub unit: Unit,
    pub limit: usize,
    /// A text that is shorter is no paragraph, in the same unit; 0: any text will do.
    pub least: usize,
    pub markup: Markup,
    /// The most hashtags that are welcome there; ours is two everywhere.
    pub hashtags: usize,
    /// How a person is addressed there.
    pub mention: Mention,
}

/// How a handle becomes a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mention {
    /// The name does.
    None,
    /// `@handle.bsky.social`
    Domain,
    /// `@user@host`
    Account,
    /// `@name`, of letters, digits, `_` (and `.` where the flag says so), at most this long.
    Name { most: usize, dots: bool },
}

/// `plain` is for a page or a message that we do not know: long enough for any note, short enough to be read.
#[rustfmt::skip]
pub const RULES: [Rules; 19] = [
    Rules { network: Network::Bluesky,             name: "bluesky",             unit: Unit::GraphemesAndBytes, limit: 300,   least: 0,  markup: Markup::Plain,    hashtags: 2, mention: Mention::Domain },
    Rules { network: Network::Mastodon,            name: "mastodon",            unit: Unit::MastodonGraphemes, limit: 500,   least: 0,  markup: Markup::Plain,    hashtags: 2, mention: Mention::Account },
    Rules { network: Network::X,                   name: "x",                   unit: Unit::Weighted,          limit: 280,   least: 0,  markup: Markup::Plain,    hashtags: 2, mention: Mention::Name { most: 15, dots: false } },
    Rules { network: Network::Threads,             name: "threads",             unit: Unit::ThreadsChars,      limit: 500,   least: 0,  markup: Markup::Plain,    hashtags: 1, mention: Mention::Name { most: 30, dots: true } },
    Rules { network: Network::LinkedIn,            name: "linkedin",            unit: Unit::Utf16,             limit: 3_000, least: 0,  markup: Markup::Plain,    hashtags: 2, mention: Mention::None },
    Rules { network: Network::Facebook,            name: "facebook",            unit: Unit::Utf16,             limit: 5_000, least: 0,  markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Instagram,           name: "instagram",           unit: Unit::Utf16,             limit: 2_200, least: 0,  markup: Markup::Plain,    hashtags: 2, mention: Mention::Name { most: 30, dots: true } },
    Rules { network: Network::Reddit,              name: "reddit",              unit: Unit::Utf16,             limit: 300,   least: 0,  markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Email,               name: "email",               unit: Unit::Graphemes,         limit: 5_000, least: 0,  markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Letter,              name: "letter",              unit: Unit::Words,             limit: 250,   least: 0,  markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Newsletter,          name: "newsletter",          unit: Unit::Words,             limit: 120,   least: 60, markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::NewsletterMarkdown,  name: "newsletter-markdown", unit: Unit::Words,             limit: 120,   least: 60, markup: Markup::Markdown, hashtags: 0, mention: Mention::None },
    Rules { network: Network::NewsletterHtml,      name: "newsletter-html",     unit: Unit::Words,             limit: 120,   least: 60, markup: Markup::Html,     hashtags: 0, mention: Mention::None },
    Rules { network: Network::Blog,                name: "blog",                unit: Unit::Words,             limit: 120,   least: 60, markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::BlogMarkdown,        name: "blog-markdown",       unit: Unit::Words,             limit: 120,   least: 60, markup: Markup::Markdown, hashtags: 0, mention: Mention::None },
    Rules { network: Network::BlogHtml,            name: "blog-html",           unit: Unit::Words,             limit: 120,   least: 60, markup: Markup::Html,     hashtags: 0, mention: Mention::None },
    Rules { network: Network::Review,              name: "review",              unit: Unit::Words,             limit: 250,   least: 0,  markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Library,             name: "library",             unit: Unit::Words,             limit: 250,   least: 0,  markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Plain,               name: "plain",               unit: Unit::Graphemes,         limit: 2_000, least: 0,  markup: Markup::Plain,    hashtags: 0, mention: Mention::None },
];

/// What a Mastodon instance may say that it allows: below, a content warning and a mention would leave no room; above, nobody would read it.
const PLAUSIBLE: (usize, usize) = (200, 100_000);

/// How long a text is where it is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// In the network's own [`Unit`].
    pub length: usize,
    pub limit: usize,
    pub fits: bool,
}

impl Network {
    /// This network's rules.
    #[must_use]
    pub fn rules(self) -> &'static Rules {
        // The table's order is the enum's: a test holds them together.
        RULES.get(self as usize).unwrap_or(&RULES[RULES.len() - 1])
    }

    /// The word that settings, handles and the command line use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.rules().name
    }

    /// The first of the author's `networks` on which the contact has a usable handle (for e-mail: an address), else
    /// the first of them, else [`Network::Plain`].
    #[must_use]
    pub fn choose(networks: &[String], contact: &Contact) -> Network {
        let known = || networks.iter().filter_map(|name| name.parse::<Network>().ok());
        let meets = |network: &Network| match network {
            Network::Email => !contact.email.trim().is_empty(),
            network => network.mention(contact).is_some(),
        };
        known().find(meets).or_else(|| known().next()).unwrap_or_default()
    }

    /// The limit that holds, given what an instance says of itself. Only Mastodon's instances have a say; one that
    /// says nothing or zero has the usual limit, and no word is taken for less or more than is plausible.
    #[must_use]
    pub fn limit(self, said: Option<usize>) -> usize {
        let usual = self.rules().limit;
        match said {
            Some(said @ 1..) if self == Network::Mastodon => said.clamp(PLAUSIBLE.0, PLAUSIBLE.1),
            _ => usual,
        }
    }
}

impl std::str::FromStr for Network {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        let found = RULES.iter().find(|rules| rules.name == word).map(|rules| rules.network);
        let names = || RULES.map(|rules| rules.name).join(", ");
        found.ok_or_else(|| format!("\"{word}\" is no network; there are {}", names()))
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Does a text fit where it is going? Total: any text has a count.
#[must_use]
pub fn count(network: Network, text: &str) -> Count {
    count_within(network, text, network.rules().limit)
}

/// [`count`] with the limit that an instance says it has (Mastodon's `max_characters`; see [`Network::limit`]).
#[must_use]
pub fn count_within(network: Network, text: &str, limit: usize) -> Count {
    let rules = network.rules();
    let graphemes = |text: &str| text.graphemes(true).count();
    let length = match rules.unit {
        Unit::Graphemes | Unit::GraphemesAndBytes => graphemes(text),
        Unit::MastodonGraphemes => graphemes(&mastodon::counted(text)),
        Unit::ThreadsChars => text.graphemes(true).map(threads_length).sum(),
        Unit::Utf16 => text.encode_utf16().count(),
        Unit::Weighted => weighted(text),
        Unit::Words => words(&rules.markup.shown(text)),
    };
    let is_allowed = match rules.unit {
        Unit::GraphemesAndBytes => text.len() <= limit.saturating_mul(10),
        Unit::Weighted => weigh::is_allowed(text),
        _ => true,
    };
    Count { length, limit, fits: length <= limit && is_allowed }
}

fn threads_length(grapheme: &str) -> usize {
    if emojis::get(grapheme).is_some() { grapheme.len() } else { grapheme.chars().count() }
}

/// Words, each address as one.
fn words(text: &str) -> usize {
    let mut count = 0;
    let mut from = 0;
    for link in links(text, Scheme::Needed) {
        count += text[from..link.start].unicode_words().count() + 1;
        from = link.end;
    }
    count + text[from..].unicode_words().count()
}
