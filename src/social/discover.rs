//! Who else there is: people for an audience, from what anybody can see. For choosing a few, not for harvesting: little
//! is asked, and of what comes back little is kept.

mod candidate;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::candidate::Candidate;
use super::{
    Ask, Client, LookupError, Profile,
    address::Address,
    bluesky::{self, Pack, Place},
    mastodon, person, site,
};
use crate::{domain::Item, feed::Job};

/// How many people are shown at once.
pub const HANDFUL: usize = 5;
/// How many people of one search are remembered.
const POOL: usize = 40;
/// Hashtags, packs and recommenders that are asked for one audience.
const ASKED: usize = 3;
/// People of one list that are looked at.
const LISTED: usize = 50;

/// What is looked for, and where.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The audience's name; may be empty where an address is given.
    pub audience: String,
    /// Without `#`.
    pub hashtags: Vec<String>,
    /// The author's own instance: it shows what it has seen.
    pub instance: Option<Url>,
    pub bluesky: bool,
    /// Contacts who may recommend others.
    pub recommenders: Vec<Recommender>,
    /// A place to look at instead: a site, a feed, a profile, a starter pack, a list.
    pub from: Option<Address>,
    /// Whom not to look at any further, as [`Candidate::key`]s.
    pub skip: BTreeSet<String>,
}

/// A contact who may recommend others.
#[derive(Clone, Debug)]
pub struct Recommender {
    pub name: String,
    pub site: Option<Url>,
    pub bluesky: Option<String>,
}

/// What a search came to. Who was found before it was broken off is found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gathered {
    pub candidates: Vec<Candidate>,
    /// What did not work, in words.
    pub troubles: Vec<String>,
    /// Nothing could be reached.
    pub offline: bool,
}

/// Looks for people. `tell` hears what is looked at next.
pub async fn gather(client: &Client, wish: &Wish, now: Timestamp, mut tell: impl FnMut(String)) -> Gathered {
    let mut search = Search { client, wish, now, found: BTreeMap::new(), errors: Vec::new(), answered: 0 };
    if let Some(from) = &wish.from {
        tell("what is at that address".to_owned());
        search.from(from).await;
    } else {
        if let Some(instance) = &wish.instance {
            tell(super::ask::host_of(instance));
            search.mastodon(instance).await;
        }
        if wish.bluesky {
            tell("Bluesky".to_owned());
            search.bluesky().await;
        }
        for recommender in wish.recommenders.iter().take(ASKED) {
            tell(format!("whom {} recommends", recommender.name));
            search.recommended_by(recommender).await;
        }
    }
    tell("what they did lately".to_owned());
    search.finish().await
}

struct Search<'a> {
    client: &'a Client,
    wish: &'a Wish,
    now: Timestamp,
    found: BTreeMap<String, Candidate>,
    errors: Vec<LookupError>,
    answered: usize,
}

impl Search<'_> {
    /// What was answered; an error is remembered.
    fn heard<T>(&mut self, answer: Result<T, LookupError>) -> Option<T> {
        match answer {
            Ok(answer) => {
                self.answered += 1;
                Some(answer)
            }
            Err(error) => {
                self.answered += usize::from(matches!(error, LookupError::Nothing(_) | LookupError::Closed(_)));
                self.errors.push(error);
                None
            }
        }
    }

    /// Somebody who was found, unless they ask not to be, or are known.
    fn meet(&mut self, profile: &Profile, instance: Option<&Url>, weight: i64, reason: String, latest: Option<Item>) {
        let says_no = latest.as_ref().is_some_and(|item| super::asks_not_to_be_listed(&item.summary).is_some());
        if profile.asks.is_none() && !profile.automatic && !says_no {
            self.add(Candidate { latest, ..Candidate::of(profile, instance) }, weight, reason);
        }
    }

    fn add(&mut self, candidate: Candidate, weight: i64, reason: String) {
        if candidate.keys().any(|key| self.wish.skip.contains(&key)) || self.found.len() >= 10 * POOL {
            return;
        }
        let known = self.found.entry(candidate.id.clone()).or_insert(candidate.clone());
        known.weight += weight;
        if known.reasons.len() < 3 && !known.reasons.contains(&reason) {
            known.reasons.push(reason);
        }
        let is_newer = |item: &Item| known.latest.as_ref().is_none_or(|old| old.published < item.published);
        if let Some(latest) = candidate.latest.filter(is_newer) {
            known.latest = Some(latest);
        }
    }

    /// Why a profile fits, if it says so itself.
    fn fits(&self, profile: &Profile) -> Option<String> {
        let said = format!("{} {}", profile.name, profile.about).to_lowercase();
        let words = words(&self.wish.audience);
        let tags = self.wish.hashtags.iter().map(|tag| tag.to_lowercase()).find(|tag| said.contains(tag.as_str()));
        // All of the words, or one tag.
        let all = !words.is_empty() && words.iter().all(|word| said.contains(word.as_str()));
        let word = tags.or_else(|| all.then(|| words.join(" ")))?;
        Some(format!("their profile speaks of \"{word}\""))
    }

    async fn mastodon(&mut self, instance: &Url) {
        let host = super::ask::host_of(instance);
        for tag in self.wish.hashtags.iter().take(ASKED) {
            let tagged = mastodon::tagged(self.client, instance, tag).await;
            let offline = tagged.as_ref().is_err_and(LookupError::is_offline);
            for (profile, post) in self.heard(tagged).unwrap_or_default() {
                let reason = format!("posted with #{tag}{}", on_day(post.published));
                let fits = if self.fits(&profile).is_some() { 10 } else { 0 };
                self.meet(&profile, Some(instance), 20 + fits, reason, Some(post));
            }
            if offline {
                return;
            }
        }
        if self.found.len() >= HANDFUL || self.wish.audience.is_empty() {
            return;
        }
        let found = mastodon::search(self.client, instance, &self.wish.audience).await;
        for profile in self.heard(found).unwrap_or_default() {
            let reason = self.fits(&profile).unwrap_or_else(|| format!("{host} finds them for these words"));
            self.meet(&profile, Some(instance), 12, reason, None);
        }
        let listed = mastodon::directory(self.client, instance).await;
        for profile in self.heard(listed).unwrap_or_default() {
            if let Some(reason) = self.fits(&profile) {
                self.meet(&profile, Some(instance), 15, reason, None);
            }
        }
    }

    async fn bluesky(&mut self) {
        let found = bluesky::search(self.client, &self.wish.audience, 25).await;
        if found.as_ref().is_err_and(LookupError::is_offline) {
            self.heard(found);
            return;
        }
        for profile in self.heard(found).unwrap_or_default() {
            let fits = self.fits(&profile);
            let weight = if fits.is_some() { 18 } else { 8 };
            let reason = fits.unwrap_or_else(|| "Bluesky finds them for these words".to_owned());
            self.meet(&profile, None, weight, reason, None);
        }
        let packs = bluesky::search_packs(self.client, &self.wish.audience, 10).await;
        for pack in self.heard(packs).unwrap_or_default().into_iter().take(ASKED) {
            self.pack(&pack.uri, None).await;
        }
    }

    async fn pack(&mut self, uri: &str, recommender: Option<&str>) {
        let pack = bluesky::pack(self.client, uri).await;
        let Some(Pack { name, creator, people, .. }) = self.heard(pack) else { return };
        let who = recommender.unwrap_or(&creator.name);
        for profile in people.into_iter().filter(|profile| profile.id != creator.id) {
            let fits = if self.fits(&profile).is_some() { 10 } else { 0 };
            self.meet(&profile, None, 14 + fits, format!("{who} put them in the starter pack \"{name}\""), None);
        }
    }

    async fn recommended_by(&mut self, recommender: &Recommender) {
        if let Some(page) = &recommender.site {
            let read = self.client.get(&Ask::page(page)).await;
            if let Some(kept) = self.heard(read)
                && let Ok(address) = Url::parse(&kept.address)
            {
                for blogroll in site::read(&kept.body, &address).blogrolls.iter().take(1) {
                    self.blogroll(blogroll, &address, &recommender.name).await;
                }
            }
        }
        if let Some(actor) = recommender.bluesky.as_ref().filter(|_| self.wish.bluesky) {
            let packs = bluesky::packs_of(self.client, actor, ASKED).await;
            for pack in self.heard(packs).unwrap_or_default() {
                self.pack(&pack.uri, Some(&recommender.name)).await;
            }
        }
    }

    async fn blogroll(&mut self, list: &Url, page: &Url, recommender: &str) {
        let read = self.client.get(&Ask::page(list).led_by(page)).await;
        let Some(kept) = self.heard(read) else { return };
        for entry in site::read_blogroll(&kept.body, LISTED) {
            let from_home = |url: &Option<Url>| url.as_ref().is_some_and(|url| leads_home(url, page));
            if let Some(candidate) =
                Candidate::of_site(&entry).filter(|_| !from_home(&entry.page) && !from_home(&entry.feed))
            {
                self.add(candidate, 16, format!("{recommender} recommends them"));
            }
        }
    }

    /// A place that the author pasted in.
    async fn from(&mut self, from: &Address) {
        match from {
            Address::People(Place::StarterPack { actor, key }) => {
                let uri = bluesky::at_address(self.client, actor, "app.bsky.graph.starterpack", key).await;
                if let Some(uri) = self.heard(uri) {
                    self.pack(&uri, None).await;
                }
            }
            Address::People(Place::List { actor, key }) => {
                let uri = bluesky::at_address(self.client, actor, "app.bsky.graph.list", key).await;
                let Some(uri) = self.heard(uri) else { return };
                let list = bluesky::list(self.client, &uri, LISTED).await;
                let Some(list) = self.heard(list).filter(|list| !list.is_moderation) else { return };
                self.errors.extend(list.people.stopped);
                for profile in list.people.found {
                    self.meet(&profile, None, 14, "is in the list that you gave".to_owned(), None);
                }
            }
            other => {
                let looked = person::look_up(self.client, other).await;
                let Some(found) = self.heard(looked) else { return };
                let name = found.name.clone();
                let blogrolls = found.blogrolls.clone();
                let bluesky =
                    found.handles.iter().find(|known| known.network == "bluesky").map(|known| known.handle.clone());
                let site = Url::parse(&found.site).ok();
                if found.asks.is_none() {
                    self.add(Candidate::of_person(found), 30, "you gave their address".to_owned());
                }
                for list in blogrolls.iter().take(1).filter_map(|list| Url::parse(list).ok()) {
                    self.blogroll(&list, site.as_ref().unwrap_or(&list), &name).await;
                }
                self.recommended_by(&Recommender { name, site: None, bluesky }).await;
            }
        }
    }

    async fn finish(mut self) -> Gathered {
        let mut candidates: Vec<_> = std::mem::take(&mut self.found).into_values().collect();
        let lately = |item: &Item| {
            item.published.is_some_and(|at| self.now.duration_since(at) < SignedDuration::from_hours(24 * 14))
        };
        for candidate in &mut candidates {
            candidate.weight += if candidate.latest.as_ref().is_some_and(lately) { 6 } else { 0 };
        }
        // Equals by a hash: no alphabet decides who is seen.
        candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.weight), candidate.id.clone()));
        candidates.truncate(POOL);
        for candidate in candidates.iter_mut().filter(|candidate| candidate.latest.is_none()).take(HANDFUL + 3) {
            candidate.latest = self.latest(candidate).await;
        }
        let mut troubles: Vec<String> = Vec::new();
        let offline = self.answered == 0 && self.errors.iter().any(LookupError::is_offline);
        for error in
            self.errors.iter().filter(|error| !matches!(error, LookupError::Nothing(_) | LookupError::Closed(_)))
        {
            let said = match error {
                LookupError::Unreachable(host) if !offline => format!("{host} could not be reached this time."),
                error => error.to_string(),
            };
            if !troubles.contains(&said) && troubles.len() < 3 {
                troubles.push(said);
            }
        }
        Gathered { candidates, troubles, offline }
    }

    async fn latest(&mut self, candidate: &Candidate) -> Option<Item> {
        if let Some(feed) = candidate.feeds.first() {
            let job = Job { url: feed.clone(), ..Job::default() };
            let items = self.client.fetcher().feed(&job).await.ok()?.content?.items;
            return items.into_iter().max_by_key(|item| item.published);
        }
        let posts = match candidate.posts.as_ref()? {
            (Some(instance), id) => mastodon::posts(self.client, &Url::parse(instance).ok()?, id, 3).await,
            (None, did) => bluesky::posts(self.client, did, 3).await,
        };
        self.heard(posts)?.into_iter().next()
    }
}

/// Whether a public page names a private address.
fn leads_home(url: &Url, page: &Url) -> bool {
    crate::feed::is_written_private(url) && !crate::feed::is_written_private(page)
}

/// The words of a name that say what it is about.
fn words(name: &str) -> Vec<String> {
    const EMPTY: [&str; 14] = [
        "and", "of", "the", "for", "who", "with", "fans", "people", "lovers", "readers", "group", "clubs", "club",
        "other",
    ];
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2);
    words.filter(|word| !EMPTY.contains(word)).map(str::to_owned).collect()
}

fn on_day(at: Option<Timestamp>) -> String {
    at.map(|at| at.strftime(" on %-d %B").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_looked_for_by_the_words_that_say_what_it_is() {
        assert_eq!(words("Civil War re-enactors"), ["civil", "war", "enactors"]);
        assert_eq!(words("Lovers of the sewing machine"), ["sewing", "machine"]);
        assert!(words("").is_empty());
    }
}
