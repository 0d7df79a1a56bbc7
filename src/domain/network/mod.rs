//! The networks: for each its limit, how it counts a text, and how it writes a person's name.
//!
//! Every network counts differently (sources beside the rules); there is no shared counter to get subtly wrong.

mod facet;
mod link;
mod weigh;

pub use facet::{Facet, FacetKind, facets};
pub use link::{Scheme, is_link, links};
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
    Email,
    Letter,
    Newsletter,
    Blog,
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
    /// Words. (UAX #29)
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
pub const RULES: [Rules; 13] = [
    Rules { network: Network::Bluesky,    name: "bluesky",    unit: Unit::GraphemesAndBytes, limit: 300,    hashtags: 2, mention: Mention::Domain },
    Rules { network: Network::Mastodon,   name: "mastodon",   unit: Unit::MastodonGraphemes, limit: 500,    hashtags: 2, mention: Mention::Account },
    Rules { network: Network::X,          name: "x",          unit: Unit::Weighted,          limit: 280,    hashtags: 2, mention: Mention::Name { most: 15, dots: false } },
    Rules { network: Network::Threads,    name: "threads",    unit: Unit::ThreadsChars,      limit: 500,    hashtags: 1, mention: Mention::Name { most: 30, dots: true } },
    Rules { network: Network::LinkedIn,   name: "linkedin",   unit: Unit::Utf16,             limit: 3_000,  hashtags: 2, mention: Mention::None },
    Rules { network: Network::Facebook,   name: "facebook",   unit: Unit::Utf16,             limit: 5_000,  hashtags: 0, mention: Mention::None },
    Rules { network: Network::Instagram,  name: "instagram",  unit: Unit::Utf16,             limit: 2_200,  hashtags: 2, mention: Mention::Name { most: 30, dots: true } },
    Rules { network: Network::Reddit,     name: "reddit",     unit: Unit::Utf16,             limit: 300,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Email,      name: "email",      unit: Unit::Graphemes,         limit: 5_000,  hashtags: 0, mention: Mention::None },
    Rules { network: Network::Letter,     name: "letter",     unit: Unit::Words,             limit: 250,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Newsletter, name: "newsletter", unit: Unit::Words,             limit: 120,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Blog,       name: "blog",       unit: Unit::Words,             limit: 120,    hashtags: 0, mention: Mention::None },
    Rules { network: Network::Plain,      name: "plain",      unit: Unit::Graphemes,         limit: 2_000,  hashtags: 0, mention: Mention::None },
];

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

    /// The first of the author's `networks` on which the contact has a usable handle, else the first of them,
    /// else [`Network::Plain`].
    #[must_use]
    pub fn choose(networks: &[String], contact: &Contact) -> Network {
        let known = || networks.iter().filter_map(|name| name.parse::<Network>().ok());
        let met = known().find(|network| network.mention(contact).is_some());
        met.or_else(|| known().next()).unwrap_or_default()
    }

    /// The contact's mention as this network writes it; none where the network has no mentions, or the handle
    /// is not one that would work there.
    #[must_use]
    pub fn mention(self, contact: &Contact) -> Option<String> {
        let handle = contact.handles.get(self.as_str())?.trim();
        let ascii = |c: char, more: &str| c.is_ascii_alphanumeric() || more.contains(c);
        // People paste the address of a profile as often as the handle.
        let mut parts = handle.trim_end_matches('/').rsplit('/');
        let last = parts.next()?.trim_start_matches('@');
        let host = parts.next().filter(|host| host.contains('.'));
        match self.rules().mention {
            Mention::None => None,
            Mention::Domain => {
                let labels: Vec<_> = last.split('.').collect();
                let label_fits = |label: &&str| {
                    (1..=63).contains(&label.len())
                        && label.chars().all(|c| ascii(c, "-"))
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                };
                let letters = labels.last()?.starts_with(|c: char| c.is_ascii_alphabetic());
                (labels.len() > 1 && last.len() <= 253 && letters && labels.iter().all(label_fits))
                    .then(|| format!("@{last}"))
            }
            Mention::Account => {
                let (user, host) = last.split_once('@').or(host.map(|host| (last, host)))?;
                let user_fits = (1..=64).contains(&user.len())
                    && user.chars().all(|c| ascii(c, "_.-"))
                    && !user.starts_with(['.', '-'])
                    && !user.ends_with(['.', '-']);
                let host_fits = (3..=253).contains(&host.len())
                    && host.contains('.')
                    && host.chars().all(|c| ascii(c, ".-"))
                    && host.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && host.ends_with(|c: char| c.is_ascii_alphanumeric())
                    && !host.contains("..");
                (user_fits && host_fits).then(|| format!("@{user}@{host}"))
            }
            Mention::Name { most, dots } => {
                let more = if dots { "_." } else { "_" };
                let fits = (1..=most).contains(&last.len())
                    && last.chars().all(|c| ascii(c, more))
                    && !last.ends_with('.')
                    && !last.starts_with('.');
                fits.then(|| format!("@{last}"))
            }
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

/// [`count`] with the limit that an instance says it has (Mastodon's `max_characters`).
#[must_use]
pub fn count_within(network: Network, text: &str, limit: usize) -> Count {
    let graphemes = |text: &str| text.graphemes(true).count();
    let length = match network.rules().unit {
        Unit::Graphemes | Unit::GraphemesAndBytes => graphemes(text),
        Unit::MastodonGraphemes => graphemes(&mastodon_text(text)),
        Unit::ThreadsChars => text.graphemes(true).map(threads_length).sum(),
        Unit::Utf16 => text.encode_utf16().count(),
        Unit::Weighted => weighted(text),
        Unit::Words => text.unicode_words().count(),
    };
    let bytes_fit = network.rules().unit != Unit::GraphemesAndBytes || text.len() <= limit.saturating_mul(10);
    Count { length, limit, fits: length <= limit && bytes_fit }
}

fn threads_length(grapheme: &str) -> usize {
    if emojis::get(grapheme).is_some() { grapheme.len() } else { grapheme.chars().count() }
}

/// A text as Mastodon counts it: each link as 23 characters, each account without its host.
fn mastodon_text(text: &str) -> String {
    let mut counted = String::with_capacity(text.len());
    let mut from = 0;
    for link in links(text, Scheme::Needed) {
        without_hosts(&text[from..link.start], &mut counted);
        counted.push_str("xxxxxxxxxxxxxxxxxxxxxxx");
        from = link.end;
    }
    without_hosts(&text[from..], &mut counted);
    counted
}

/// Copies a text and leaves out the host of every `@user@host`.
fn without_hosts(text: &str, counted: &mut String) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find('@') {
        counted.push_str(&rest[..at]);
        before = rest[..at].chars().next_back().or(before);
        let user = &rest[at + 1..];
        let user =
            &user[..user.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c))).unwrap_or(user.len())];
        let after = &rest[at + 1 + user.len()..];
        let is_user = user.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && user.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && !before.is_some_and(|c| word(c) || c == '/' || c == '=');
        counted.push('@');
        counted.push_str(user);
        rest = after;
        before = user.chars().next_back().or(Some('@'));
        if let (true, Some(host)) = (is_user, after.strip_prefix('@')) {
            let run = &host[..host.find(|c: char| !(word(c) || c == '.' || c == '-')).unwrap_or(host.len())];
            let host_end = run.trim_end_matches(['.', '-']).len();
            if host_end > 0 {
                rest = &host[host_end..];
                before = Some('h');
            }
        }
    }
    counted.push_str(rest);
}
