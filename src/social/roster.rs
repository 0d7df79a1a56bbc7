//! Everybody on a list that anybody can see: whom somebody follows, the people of a list, of a starter pack. It is read
//! to be imported, so whole or not at all, and without those who ask to be left alone.

use std::collections::BTreeMap;

use url::Url;

use super::{
    Client, LookupError, Pages, Profile,
    address::Address,
    bluesky::{self, Place, is_handle},
    mastodon, person,
};
use crate::domain::network::profile;

/// The most people of one list that are read: at the largest pages, a fifth of what a host may be asked.
pub const MOST: usize = 3_000;

/// The people of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// `mastodon` or `bluesky`.
    pub network: &'static str,
    /// What it is, in words: "whom nora.bsky.social follows on Bluesky".
    pub called: String,
    /// Its own name, where it has one.
    pub name: Option<String>,
    /// The author follows them.
    pub is_own: bool,
    /// Its people are to be kept away, not met.
    pub is_moderation: bool,
    pub people: Vec<Profile>,
    /// How many were left out, by what they ask.
    pub left_out: BTreeMap<String, usize>,
    /// There are more than are read.
    pub more: bool,
}

/// Reads the list at an address. `own` are the author's own handles: whom these follow, the author knows, and need not
/// be shielded from suggestions.
///
/// # Errors
/// When the list cannot be read to its end, see [`LookupError`]: what was read is remembered, and asking again goes on
/// from there.
pub async fn read(client: &Client, address: &Address, own: &[String]) -> Result<Roster, LookupError> {
    let (mut roster, pages) = match address {
        Address::People(Place::List { actor, key }) => list(client, actor, key).await?,
        Address::People(Place::StarterPack { actor, key }) => pack(client, actor, key).await?,
        Address::People(Place::Actor(actor)) | Address::Bluesky(actor) => bluesky_follows(client, actor, own).await?,
        Address::Domain(url) => bluesky_follows(client, url.host_str().unwrap_or_default(), own).await?,
        Address::Mastodon(acct) => mastodon_follows(client, mastodon::account(client, acct, None).await?, own).await,
        Address::Web(url) => mastodon_follows(client, account_at(client, url).await?, own).await,
    };
    if let Some(error) = pages.stopped {
        return Err(error);
    }
    roster.more = pages.more;
    for profile in pages.found {
        let left_out = match &profile.asks {
            // Whoever is to be kept away has no say in it.
            _ if roster.is_moderation => None,
            Some(_) if roster.is_own && profile.only_not_suggested => None,
            Some(asks) => Some(asks.as_str()),
            None if profile.automatic => Some("they are programs"),
            None => (!has_handle(&profile)).then_some("their handle leads nowhere"),
        };
        match left_out {
            Some(why) => *roster.left_out.entry(why.to_owned()).or_default() += 1,
            None => roster.people.push(profile),
        }
    }
    Ok(roster)
}

type Read = (Roster, Pages<Profile>);

async fn bluesky_follows(client: &Client, actor: &str, own: &[String]) -> Result<Read, LookupError> {
    let whose = bluesky::profile(client, actor).await?;
    let pages = bluesky::follows(client, &whose.id, MOST).await?;
    Ok((followed_by(&whose, "bluesky", " on Bluesky", own), pages))
}

async fn mastodon_follows(client: &Client, (whose, base): (Profile, Url), own: &[String]) -> Read {
    let pages = mastodon::following(client, &base, &whose, MOST).await;
    (followed_by(&whose, "mastodon", "", own), pages)
}

/// The account whose page a link leads to. What is one by its form is asked for as one, so that what goes wrong is told.
async fn account_at(client: &Client, url: &Url) -> Result<(Profile, Url), LookupError> {
    let named = profile(url.as_str()).filter(|(network, _)| *network == "mastodon");
    if let Some(acct) = named.and_then(|(_, handle)| handle.parse().ok()) {
        return mastodon::account(client, &acct, None).await;
    }
    person::account_at(client, url, None).await.ok_or_else(|| LookupError::NoAddress(url.to_string()))
}

fn followed_by(whose: &Profile, network: &'static str, place: &str, own: &[String]) -> Roster {
    let bare = |handle: &str| handle.trim_start_matches('@').to_lowercase();
    let is_own = own.iter().any(|own| bare(own) == bare(&whose.handle));
    Roster { network, called: format!("whom {} follows{place}", whose.handle), is_own, ..Roster::default() }
}

async fn list(client: &Client, actor: &str, key: &str) -> Result<Read, LookupError> {
    let uri = bluesky::at_address(client, actor, "app.bsky.graph.list", key).await?;
    let list = bluesky::list(client, &uri, MOST).await?;
    let called = format!("the list \"{}\" on Bluesky", list.name);
    Ok((named(called, list.name, list.is_moderation), list.people))
}

async fn pack(client: &Client, actor: &str, key: &str) -> Result<Read, LookupError> {
    let uri = bluesky::at_address(client, actor, "app.bsky.graph.starterpack", key).await?;
    let pack = bluesky::pack(client, &uri).await?;
    let people = match &pack.list {
        Some(list) => bluesky::list(client, list, MOST).await?.people,
        None => Pages { found: pack.people, more: false, stopped: None },
    };
    Ok((named(format!("the starter pack \"{}\" on Bluesky", pack.name), pack.name, false), people))
}

fn named(called: String, name: String, is_moderation: bool) -> Roster {
    let name = Some(name).filter(|name| !name.is_empty());
    Roster { network: "bluesky", called, name, is_moderation, ..Roster::default() }
}

/// A DID is no handle that people can be found by.
fn has_handle(profile: &Profile) -> bool {
    profile.network != "bluesky" || is_handle(&profile.handle)
}

/// Somebody's site, where their network saw that it names them too.
#[must_use]
pub fn site_of(profile: &Profile) -> Option<&str> {
    let mut sure = profile.links.iter().filter(|link| link.verified).map(|link| link.url.as_str());
    sure.find(|url| person::is_site(url))
}
