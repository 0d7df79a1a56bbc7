//! Who somebody is, from one address of theirs: name, site, feeds and handles, and which of them confirm each other.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Ask, Client, LookupError, Profile,
    address::Address,
    asks_not_to_be_listed, bluesky, mastodon,
    site::{self, Site},
    webfinger,
};
use crate::{
    domain::{Item, Kind, network::profile, typed},
    feed::{self, Job, discover_in},
};

/// Handles of one person that are looked up.
const HANDLES: usize = 4;
/// Things they did lately that are shown.
const LATEST: usize = 3;

/// What was found of somebody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub kind: Kind,
    pub about: String,
    pub site: String,
    pub feeds: Vec<String>,
    pub handles: Vec<Handle>,
    pub latest: Vec<Item>,
    /// Why nobody may suggest them, in words.
    pub asks: Option<String>,
    /// Lists (OPML) of whom they recommend.
    pub blogrolls: Vec<String>,
}

/// A handle that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    pub network: String,
    pub handle: String,
    pub url: String,
    /// The site and the profile each say that the other is theirs.
    pub verified: bool,
}

/// Looks somebody up.
///
/// # Errors
/// When nothing at all is found at the address: see [`LookupError`].
pub async fn look_up(client: &Client, address: &Address) -> Result<Person, LookupError> {
    let mut search = Search { client, person: Person::default(), profiles: Vec::new(), read: None };
    match address {
        Address::Mastodon(acct) => {
            let (profile, base) = mastodon::account(client, acct, None).await?;
            search.begin_with(profile, Some(base)).await;
        }
        Address::Bluesky(actor) => {
            let profile = bluesky::profile(client, actor).await?;
            search.begin_with(profile, None).await;
        }
        Address::Web(url) => match account_at(client, url, None).await {
            Some((profile, base)) => search.begin_with(profile, Some(base)).await,
            None => search.begin_at(url).await?,
        },
        Address::Domain(url) => {
            if let Err(error) = search.begin_at(url).await {
                let actor = url.host_str().unwrap_or_default();
                let profile = bluesky::profile(client, actor).await.map_err(|_| error)?;
                search.begin_with(profile, None).await;
            }
        }
        Address::People(_) => {
            return Err(LookupError::NoAddress("a list of people".to_owned()));
        }
    }
    Ok(search.finish().await)
}

/// The feed that a network has of somebody's posts, by their handle; nothing for those who ask programs to leave them
/// alone. That nobody suggests them is no reason not to read them.
///
/// # Errors
/// When the network, or the feed, cannot be asked now.
pub async fn handle_feed(client: &Client, network: &str, handle: &str) -> Result<Option<feed::Found>, LookupError> {
    let profile = match network {
        "mastodon" => {
            let acct = handle.parse().map_err(|()| LookupError::NoAddress(handle.to_owned()))?;
            mastodon::account(client, &acct, None).await?.0
        }
        _ => bluesky::profile(client, handle).await?,
    };
    if profile.asks.is_some() && !profile.only_not_suggested {
        return Ok(None);
    }
    posts_feed(client, &profile).await
}

async fn posts_feed(client: &Client, profile: &Profile) -> Result<Option<feed::Found>, LookupError> {
    let (address, led_by) = match profile.network.as_str() {
        "mastodon" => {
            (Url::parse(&format!("{}.rss", profile.url.trim_end_matches('/'))).ok(), Some(profile.url.clone()))
        }
        // Where Bluesky is, nobody but the author says.
        _ => (client.bluesky_feed(&profile.id), None),
    };
    let Some(address) = address else { return Ok(None) };
    let job = Job { url: address.to_string(), led_by, ..Job::default() };
    let fetched = client.fetcher().feed(&job).await;
    let fetched = fetched.map_err(|error| LookupError::of(error, super::ask::host_of(&address)))?;
    Ok(fetched.content.map(|feed| feed::Found { address: address.into(), feed }))
}

/// The account whose page an address is: what looks like one, the host itself confirms.
pub(super) async fn account_at(client: &Client, url: &Url, from: Option<&Url>) -> Option<(Profile, Url)> {
    let parts: Vec<_> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let [first, ..] = parts.as_slice() else { return None };
    let mut base = url.clone();
    base.set_path("/");
    base.set_query(None);
    base.set_fragment(None);
    // `/@user` and `/users/user` are asked by name; other pages by their address, as any server of the fediverse may
    // have its own way.
    let user = first.strip_prefix('@').or_else(|| (*first == "users").then(|| parts.get(1).copied()).flatten());
    let host = super::ask::host_of(url);
    let acct = match user {
        Some(user) if user.contains('@') => format!("@{user}").parse().ok()?,
        Some(user) => format!("@{user}@{host}").parse().ok()?,
        None => {
            let finger = webfinger::look_up(client, &base, url.as_str(), from.map(Url::as_str)).await.ok()?;
            finger.acct.filter(|_| finger.actor.is_some())?
        }
    };
    mastodon::account(client, &acct, Some(from.unwrap_or(url).as_str())).await.ok()
}

struct Search<'a> {
    client: &'a Client,
    person: Person,
    /// What their networks show of them, and where their instance answers.
    profiles: Vec<(Profile, Option<Url>)>,
    /// Their site, as it was read.
    read: Option<(Url, Site)>,
}

impl Search<'_> {
    /// From a profile to the site that it names.
    async fn begin_with(&mut self, profile: Profile, base: Option<Url>) {
        let mut sites: Vec<_> = profile.links.iter().filter(|link| is_site(&link.url)).collect();
        sites.sort_by_key(|link| !link.verified);
        let mut sites: Vec<String> = sites.into_iter().map(|link| link.url.clone()).collect();
        // A handle that is a domain of one's own is often a site too.
        if profile.network == "bluesky"
            && bluesky::is_handle(&profile.handle)
            && !profile.handle.ends_with(".bsky.social")
        {
            sites.push(format!("https://{}/", profile.handle));
        }
        let from = profile.url.clone();
        self.profiles.push((profile, base));
        for address in sites.into_iter().take(2) {
            let Ok(url) = Url::parse(&address) else { continue };
            let ask = Ask::page(&url).led_by(&from);
            let Ok(kept) = self.client.get(&ask).await else { continue };
            if self.read_page(&kept.body, &kept.address, kept.unlisted) {
                return;
            }
        }
    }

    /// From a page, or a feed, to everything that it names.
    async fn begin_at(&mut self, url: &Url) -> Result<(), LookupError> {
        let kept = self.client.get(&Ask::page(url)).await?;
        if let Ok(feed) = feed::parse(kept.body.as_bytes(), &kept.address) {
            self.person.feeds.push(kept.address.clone());
            self.person.name.clone_from(&feed.title);
            self.take_items(feed.items);
            let site = feed.site.as_deref().and_then(super::json::web);
            if let Some(site) = site
                && let Ok(kept) = self.client.get(&Ask::page(&site).led_by(url)).await
            {
                self.read_page(&kept.body, &kept.address, kept.unlisted);
            }
            return Ok(());
        }
        self.read_page(&kept.body, &kept.address, kept.unlisted);
        Ok(())
    }

    fn read_page(&mut self, body: &str, address: &str, unlisted: bool) -> bool {
        let Ok(address) = Url::parse(address) else { return false };
        let mut read = site::read(body, &address);
        read.unlisted |= unlisted;
        self.read = Some((address, read));
        true
    }

    async fn finish(mut self) -> Person {
        if let Some((address, read)) = self.read.clone() {
            self.follow_handles(&address, &read).await;
            self.find_feeds(&address, &read).await;
            self.person.site = address.to_string();
            self.person.blogrolls = read.blogrolls.iter().map(Url::to_string).collect();
            if read.is_organisation {
                self.person.kind = Kind::Organisation;
            }
        }
        self.list_handles();
        self.read_posts().await;
        self.name_them();
        self.person
    }

    /// The profiles that a site calls its own, each asked whether it says the same.
    async fn follow_handles(&mut self, address: &Url, read: &Site) {
        let links = read.me.iter().filter(|url| !same_page(url, address)).take(HANDLES);
        for url in links {
            let named = profile(url.as_str());
            let found = match &named {
                Some(("mastodon", handle)) => match handle.parse() {
                    Ok(acct) => account(self.client, &acct, address).await,
                    Err(()) => None,
                },
                Some(("bluesky", handle)) => bluesky::profile(self.client, handle).await.ok().map(|p| (p, None)),
                // No network that we look at.
                Some(_) => None,
                None => match bluesky::Place::of_link(url.as_str()) {
                    Some(bluesky::Place::Actor(did)) => {
                        bluesky::profile(self.client, &did).await.ok().map(|p| (p, None))
                    }
                    _ if is_closed(url) => None,
                    // Other servers of the fediverse have pages of their own form; the host knows them.
                    _ => account_at(self.client, url, Some(address)).await.map(|(p, base)| (p, Some(base))),
                },
            };
            match (found, named) {
                (Some(found), _) => self.meet(found),
                // Its network shows it to nobody; the site still names it.
                (None, Some((network, handle))) => self.name(network, &handle, url),
                (None, None) => {}
            }
        }
        if let Some(acct) = &read.creator
            && self.profiles.iter().all(|(profile, _)| profile.network != "mastodon")
            && let Some(found) = account(self.client, acct, address).await
        {
            self.meet(found);
        }
    }

    /// One profile of each network is enough; the first named leads.
    fn meet(&mut self, found: (Profile, Option<Url>)) {
        if self.profiles.iter().all(|(profile, _)| profile.network != found.0.network) {
            self.profiles.push(found);
        }
    }

    fn name(&mut self, network: &str, handle: &str, url: &Url) {
        let Ok(Some(handle)) = typed::handle(network, handle) else { return };
        let new = Handle { network: network.to_owned(), handle, url: url.to_string(), verified: false };
        if self.person.handles.iter().all(|known| known.network != network) {
            self.person.handles.push(new);
        }
    }

    async fn find_feeds(&mut self, address: &Url, read: &Site) {
        if self.person.feeds.is_empty()
            && let Some(best) = discover_in(self.client.fetcher(), &read.feeds, address).await.into_iter().next()
        {
            self.person.feeds.push(best.address);
            self.take_items(best.feed.items);
        }
    }

    /// What their networks show, as handles, and whether site and profile confirm each other.
    fn list_handles(&mut self) {
        for (profile, _) in &self.profiles {
            let verified = self.read.as_ref().is_some_and(|(address, read)| confirm(profile, address, read));
            let (network, handle, url) = (profile.network.clone(), profile.handle.clone(), profile.url.clone());
            self.person.handles.retain(|known| known.network != network);
            self.person.handles.push(Handle { network, handle, url, verified });
        }
        self.person.handles.sort_by(|a, b| a.network.cmp(&b.network));
    }

    /// Without a site that publishes, their posts are what they did; and the network's own feed is what can be followed.
    async fn read_posts(&mut self) {
        if !self.person.feeds.is_empty() {
            return;
        }
        for (profile, base) in self.profiles.clone() {
            if self.person.latest.is_empty() {
                let posts = match &base {
                    Some(base) => mastodon::posts(self.client, base, &profile.id, LATEST).await,
                    None => bluesky::posts(self.client, &profile.id, LATEST).await,
                };
                self.take_items(posts.unwrap_or_default());
            }
            if let Ok(Some(found)) = posts_feed(self.client, &profile).await {
                self.person.feeds.push(found.address);
                return;
            }
        }
    }

    fn take_items(&mut self, mut items: Vec<Item>) {
        items.sort_by_key(|item| std::cmp::Reverse(item.published));
        items.truncate(LATEST);
        self.person.latest = items;
    }

    fn name_them(&mut self) {
        let read = self.read.as_ref().map(|(_, read)| read);
        let card = read.filter(|read| read.has_card);
        let first = self.profiles.first().map(|(profile, _)| profile);
        let names = [
            card.map(|read| read.name.clone()),
            first.map(|profile| profile.name.clone()),
            read.map(|read| read.name.clone()),
            Some(self.person.name.clone()),
            self.read.as_ref().map(|(address, _)| super::ask::host_of(address)),
        ];
        let is_name = |name: &String| !name.trim().is_empty();
        self.person.name = names.into_iter().flatten().find(is_name).unwrap_or_default();
        let abouts = [first.map(|profile| profile.about.clone()), read.map(|read| read.about.clone())];
        self.person.about = abouts.into_iter().flatten().find(is_name).unwrap_or_default();
        let asked = read.and_then(|read| asks_not_to_be_listed(&read.about));
        self.person.asks = self
            .profiles
            .iter()
            .find_map(|(profile, _)| profile.asks.clone())
            .or_else(|| asked.map(|word| format!("their site says {word}")))
            .or_else(|| read.filter(|read| read.unlisted).map(|_| "their site asks not to be indexed".to_owned()));
    }
}

async fn account(client: &Client, acct: &mastodon::Acct, from: &Url) -> Option<(Profile, Option<Url>)> {
    let found = mastodon::account(client, acct, Some(from.as_str())).await;
    found.ok().map(|(profile, base)| (profile, Some(base)))
}

/// Whether a site and a profile each say that the other is theirs. A network that looked itself says so for both; a
/// handle on Bluesky that is the site's domain is proof in itself.
fn confirm(profile: &Profile, address: &Url, read: &Site) -> bool {
    let theirs = |link: &&super::Link| Url::parse(&link.url).is_ok_and(|url| same_page(&url, address));
    let is_domain = profile.network == "bluesky"
        && address.host_str().is_some_and(|host| without_www(host).eq_ignore_ascii_case(&profile.handle));
    let is_named = |url: &Url| {
        let actor = match bluesky::Place::of_link(url.as_str()) {
            Some(bluesky::Place::Actor(actor)) => Some(actor),
            _ => self::profile(url.as_str()).map(|(_, handle)| handle),
        };
        let is_them = actor.is_some_and(|actor| actor.eq_ignore_ascii_case(&profile.handle) || actor == profile.id);
        is_them || Url::parse(&profile.url).is_ok_and(|page| same_page(&page, url))
    };
    let site_says = read.me.iter().any(is_named)
        || read.creator.as_ref().is_some_and(|acct| acct.to_string().eq_ignore_ascii_case(&profile.handle));
    let says = profile.links.iter().find(theirs);
    is_domain || says.is_some_and(|link| link.verified || site_says)
}

/// The same page to a person: whatever the scheme, `www.` and the stroke at its end.
fn same_page(a: &Url, b: &Url) -> bool {
    let parts = |url: &Url| {
        let host = without_www(&super::ask::host_of(url)).to_ascii_lowercase();
        (host, url.path().trim_end_matches('/').to_owned())
    };
    parts(a) == parts(b)
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// A page of somebody's own, not one of a network, nor of one that is never asked by a program.
#[must_use]
pub fn is_site(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| !is_closed(&url)) && profile(address).is_none()
}

/// Sites that are never asked by a program.
fn is_closed(url: &Url) -> bool {
    const CLOSED: [&str; 8] = [
        "x.com",
        "twitter.com",
        "facebook.com",
        "instagram.com",
        "threads.net",
        "threads.com",
        "linkedin.com",
        "tiktok.com",
    ];
    let host = url.host_str().unwrap_or_default();
    let belongs = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    CLOSED.into_iter().any(belongs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::Link;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn maria(link: &str, verified: bool) -> Profile {
        Profile {
            network: "mastodon".to_owned(),
            handle: "@maria@sewing.example".to_owned(),
            url: "https://sewing.example/@maria".to_owned(),
            links: vec![Link { url: link.to_owned(), verified }],
            ..Profile::default()
        }
    }

    #[test]
    fn a_handle_is_confirmed_when_each_names_the_other_and_not_before() {
        let site = |me: &str| Site { me: vec![url(me)], ..Site::default() };
        let address = url("https://mariasews.example/");
        let named = site("https://sewing.example/@maria");
        assert!(confirm(&maria("https://www.mariasews.example", false), &address, &named));
        assert!(confirm(&maria("https://mariasews.example/", true), &address, &Site::default()));
        assert!(!confirm(&maria("https://mariasews.example/", false), &address, &Site::default()));
        assert!(!confirm(&maria("https://mariasews.example/", false), &address, &site("https://sewing.example/@ann")));
        assert!(!confirm(&maria("https://other.example/", true), &address, &named));
        let domain =
            Profile { network: "bluesky".to_owned(), handle: "mariasews.example".to_owned(), ..Profile::default() };
        assert!(confirm(&domain, &address, &Site::default()));
        assert!(!confirm(&domain, &url("https://evil.example/"), &Site::default()));
    }

    #[test]
    fn what_must_not_be_scraped_is_no_site() {
        for closed in ["https://x.com/maria", "https://m.facebook.com/maria", "https://www.instagram.com/maria"] {
            assert!(!is_site(closed), "{closed}");
        }
        assert!(is_site("https://mariasews.example/") && is_site("https://notx.com/"));
    }
}
