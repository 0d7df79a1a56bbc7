//! What to share: of a contact's recent items the one most worth it.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::{Audience, Contact, Item, ItemKind, critic::holds, draft::Phrases};

/// An older item is yesterday's news.
const OLDEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Clocks differ by this much at most.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Tags by which people ask not to be passed on by programs.
const OPT_OUTS: [&str; 4] = ["#nobot", "#nobots", "#noindex", "#noarchive"];

/// The item most worth sharing: at most 30 days old, never `shared` before (by address), not a repost, not one that
/// asks not to be passed on; the more
/// substantial, the nearer to the author's why and the audience, and the newer, the better. One about grief, illness
/// or lost work only when there is no other. Equal items: the one with the smaller address.
#[must_use]
pub fn choose_item<'a>(
    items: &'a [Item],
    shared: &HashSet<String>,
    contact: &Contact,
    audience: Option<&Audience>,
    now: Timestamp,
    phrases: &Phrases,
) -> Option<&'a Item> {
    let audience_words = audience.map(|a| format!("{} {}", a.name, a.bridge)).unwrap_or_default();
    let near = words(&format!("{} {audience_words}", contact.why));
    let fresh = items.iter().filter_map(|item| {
        let age = now.duration_since(item.published?);
        let fresh = age <= OLDEST && age >= -AHEAD;
        let may = fresh && !item.url.is_empty() && !shared.contains(&item.url) && !is_repost(item) && !opts_out(item);
        may.then_some((item, age.as_hours().max(0)))
    });
    let worth = |item: &Item, hours: i64| {
        let weight = match item.kind {
            ItemKind::Book => 40,
            ItemKind::Event => 34,
            ItemKind::Episode | ItemKind::Video | ItemKind::Artwork | ItemKind::Cause => 30,
            ItemKind::Article => 28,
            ItemKind::Post | ItemKind::Other => 8,
        };
        let own = words(&format!("{} {}", item.title, item.summary));
        let shared_words = own.intersection(&near).count().min(4) as i64;
        let told = if item.title.is_empty() { 0 } else { 6 } + (item.summary.chars().count() as i64 / 40).min(6);
        weight + 6 * shared_words + told - hours / 36
    };
    fresh
        .map(|(item, hours)| (is_heavy(item, phrases), std::cmp::Reverse(worth(item, hours)), &item.url, item))
        .min_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)))
        .map(|(.., item)| item)
}

fn opts_out(item: &Item) -> bool {
    let mut words = item.title.split_whitespace().chain(item.summary.split_whitespace());
    words.any(|word| OPT_OUTS.iter().any(|tag| word.eq_ignore_ascii_case(tag)))
}

/// Does it speak of grief, illness or lost work, in any language that we have words for?
#[must_use]
pub fn is_heavy(item: &Item, phrases: &Phrases) -> bool {
    let warning = item.warning.as_deref().unwrap_or_default();
    let text = format!("{}\n{}\n{warning}", item.title, item.summary).to_lowercase();
    phrases.languages().any(|(_, language)| language.list("grief").iter().any(|word| holds(&text, word)))
}

/// Somebody else's words, passed on.
fn is_repost(item: &Item) -> bool {
    let title = item.title.trim_start();
    ["RT @", "RT by", "Reposted ", "Boosted ", "🔁", "♻"].iter().any(|start| title.starts_with(start))
        || (item.title.is_empty() && item.summary.trim_start().starts_with("RT @"))
}

/// Words of a weight: at least four letters, or one sign of a script that writes without spaces.
fn words(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let words = unicode_segmentation::UnicodeSegmentation::unicode_words(lower.as_str());
    words.filter(|word| word.chars().count() >= 4 || !word.is_ascii()).map(str::to_owned).collect()
}
