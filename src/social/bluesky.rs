//! Bluesky's public interface, asked without a key: profiles, posts, starter packs, lists, who follows whom.
//!
//! Questions and answers as in the lexicons `app.bsky.actor`, `.feed` and `.graph`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{
    Client, Link, LookupError, Pages, Profile, asks_not_to_be_listed, json,
    json::{TEXT, word},
};
use crate::domain::{Item, ItemKind, item::SUMMARY_CHARS};

/// Things of one answer that are looked at.
const LISTED: usize = 100;

/// A group of people that somebody put together for others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Its `at://` address.
    pub uri: String,
    pub name: String,
    pub about: String,
    pub creator: Profile,
    /// The `at://` address of the list of its people.
    pub list: Option<String>,
    /// Its people, as far as the answer has them.
    pub people: Vec<Profile>,
}

/// What a link to Bluesky is about. `actor` is a handle or a DID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Actor(String),
    StarterPack { actor: String, key: String },
    List { actor: String, key: String },
}

impl Place {
    /// Reads `https://bsky.app/profile/..`, a link to a list or a starter pack, and the `at://` forms of each.
    #[must_use]
    pub fn of_link(text: &str) -> Option<Place> {
        let text = text.trim();
        let (host, path) = match text.strip_prefix("at://") {
            Some(path) => ("at", path.to_owned()),
            None => {
                let url = json::web(text)?;
                let known = ["bsky.app", "www.bsky.app", "main.bsky.dev"].contains(&url.host_str()?);
                (known.then_some("bsky.app")?, url.path().to_owned())
            }
        };
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let place = match (host, parts.as_slice()) {
            ("at", [actor]) | ("bsky.app", ["profile", actor, ..])
                if parts.get(2).is_none_or(|part| *part != "lists") =>
            {
                Place::Actor((*actor).to_owned())
            }
            ("at", [actor, "app.bsky.graph.list", key]) | ("bsky.app", ["profile", actor, "lists", key, ..]) => {
                Place::List { actor: (*actor).to_owned(), key: (*key).to_owned() }
            }
            ("at", [actor, "app.bsky.graph.starterpack", key])
            | ("bsky.app", ["starter-pack" | "start", actor, key, ..]) => {
                Place::StarterPack { actor: (*actor).to_owned(), key: (*key).to_owned() }
            }
            _ => return None,
        };
        let (Place::Actor(actor) | Place::List { actor, .. } | Place::StarterPack { actor, .. }) = &place;
        let key_fits = match &place {
            Place::Actor(_) => true,
            Place::List { key, .. } | Place::StarterPack { key, .. } => is_key(key),
        };
        (key_fits && (is_handle(actor) || is_did(actor))).then_some(place)
    }
}

/// A record's key, as the lexicons allow it.
fn is_key(text: &str) -> bool {
    (1..=512).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "._:~-".contains(c))
}

/// A handle: a domain of at most 253 bytes whose last label begins with a letter (AT Protocol, handle).
#[must_use]
pub fn is_handle(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && text.rsplit('.').next().is_some_and(|end| end.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// A decentralised identifier of the kinds that Bluesky knows.
#[must_use]
pub fn is_did(text: &str) -> bool {
    ["did:plc:", "did:web:"]
        .iter()
        .any(|kind| text.strip_prefix(kind).is_some_and(|rest| !rest.is_empty() && rest.len() <= 253 && is_key(rest)))
}

/// Somebody, by handle or DID.
///
/// # Errors
/// [`LookupError::Nothing`] for somebody whom Bluesky does not know.
pub async fn profile(client: &Client, actor: &str) -> Result<Profile, LookupError> {
    let ask = client.bluesky("app.bsky.actor.getProfile")?.with("actor", actor);
    read_profile(&client.json(&ask).await?.value).ok_or_else(|| LookupError::Odd(ask.host()))
}

/// People who are found for some words.
///
/// # Errors
/// See [`LookupError`].
pub async fn search(client: &Client, words: &str, most: usize) -> Result<Vec<Profile>, LookupError> {
    let ask = client.bluesky("app.bsky.actor.searchActors")?.with("q", words).with("limit", most.min(LISTED));
    Ok(profiles(&client.json(&ask).await?.value, "actors"))
}

/// Somebody's latest posts: no replies, no reposts.
///
/// # Errors
/// See [`LookupError`].
pub async fn posts(client: &Client, actor: &str, most: usize) -> Result<Vec<Item>, LookupError> {
    let ask = client.bluesky("app.bsky.feed.getAuthorFeed")?.with("actor", actor);
    let ask = ask.with("filter", "posts_no_replies").with("limit", most.min(LISTED));
    Ok(json::list(&client.json(&ask).await?.value, "feed", LISTED).filter_map(read_post).collect())
}

/// Starter packs that are found for some words, without their people.
///
/// # Errors
/// See [`LookupError`].
pub async fn search_packs(client: &Client, words: &str, most: usize) -> Result<Vec<Pack>, LookupError> {
    let ask = client.bluesky("app.bsky.graph.searchStarterPacks")?.with("q", words).with("limit", most.min(LISTED));
    Ok(json::list(&client.json(&ask).await?.value, "starterPacks", LISTED).filter_map(read_pack).collect())
}

/// The starter packs that somebody made, without their people.
///
/// # Errors
/// See [`LookupError`].
pub async fn packs_of(client: &Client, actor: &str, most: usize) -> Result<Vec<Pack>, LookupError> {
    let ask =
        client.bluesky("app.bsky.graph.getActorStarterPacks")?.with("actor", actor).with("limit", most.min(LISTED));
    Ok(json::list(&client.json(&ask).await?.value, "starterPacks", LISTED).filter_map(read_pack).collect())
}

/// A starter pack with some of its people; all of them are in its list.
///
/// # Errors
/// See [`LookupError`].
pub async fn pack(client: &Client, uri: &str) -> Result<Pack, LookupError> {
    let ask = client.bluesky("app.bsky.graph.getStarterPack")?.with("starterPack", uri);
    let json = client.json(&ask).await?;
    json.value.get("starterPack").and_then(read_pack).ok_or_else(|| LookupError::Odd(ask.host()))
}

/// A list of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub name: String,
    /// Its people are to be kept away, not met.
    pub is_moderation: bool,
    pub people: Pages<Profile>,
}

/// A list, by its `at://` address.
///
/// # Errors
/// When Bluesky's address in `config.toml` is none; what goes wrong on the way is in the answer.
pub async fn list(client: &Client, uri: &str, most: usize) -> Result<List, LookupError> {
    let ask = client.bluesky("app.bsky.graph.getList")?.with("list", uri).with("limit", LISTED);
    let (mut name, mut is_moderation) = (String::new(), false);
    let people = client.pages(ask, most, |json| {
        if let Some(list) = json.value.get("list") {
            name = json::text(list, "name", 100);
            is_moderation = word(list, "purpose") == Some("app.bsky.graph.defs#modlist");
        }
        json::list(&json.value, "items", LISTED).filter_map(|item| read_profile(item.get("subject")?)).collect()
    });
    let people = people.await;
    Ok(List { name, is_moderation, people })
}

/// The people whom somebody follows.
///
/// # Errors
/// As [`list`].
pub async fn follows(client: &Client, actor: &str, most: usize) -> Result<Pages<Profile>, LookupError> {
    let ask = client.bluesky("app.bsky.graph.getFollows")?.with("actor", actor).with("limit", LISTED);
    Ok(client.pages(ask, most, |json| profiles(&json.value, "follows")).await)
}

/// The `at://` address of a list or a starter pack: a handle in it is made the DID it stands for.
///
/// # Errors
/// When the handle is not known.
pub async fn at_address(client: &Client, actor: &str, collection: &str, key: &str) -> Result<String, LookupError> {
    let did = if is_did(actor) { actor.to_owned() } else { profile(client, actor).await?.id };
    Ok(format!("at://{did}/{collection}/{key}"))
}

/// The people in an answer's list.
#[must_use]
pub fn profiles(answer: &Value, key: &str) -> Vec<Profile> {
    json::list(answer, key, LISTED).filter_map(read_profile).collect()
}

/// Somebody, as any of Bluesky's profile views shows them.
#[must_use]
pub fn read_profile(view: &Value) -> Option<Profile> {
    let did = word(view, "did").filter(|did| is_did(did))?;
    let handle = word(view, "handle").filter(|handle| is_handle(handle) && *handle != "handle.invalid");
    let about = json::text(view, "description", TEXT);
    let label = |wanted: &str| {
        json::list(view, "labels", LISTED)
            .any(|label| word(label, "val") == Some(wanted) && json::truth(label, "neg") != Some(true))
    };
    let asks = asks_not_to_be_listed(&about).map(|word| format!("their profile says {word}")).or_else(|| match () {
        () if label("!no-unauthenticated") => Some("they ask to be shown only to people who are logged in".to_owned()),
        () if ["!hide", "!takedown", "!suspend", "spam", "impersonation"].into_iter().any(label) => {
            Some("Bluesky hides them".to_owned())
        }
        () => None,
    });
    let shown = handle.unwrap_or(did);
    let name = Some(json::text(view, "displayName", 100)).filter(|name| !name.is_empty());
    let site = json::link(view, "website").map(|url| Link { url, verified: false });
    Some(Profile {
        network: "bluesky".to_owned(),
        handle: shown.to_owned(),
        id: did.to_owned(),
        name: name.unwrap_or_else(|| shown.to_owned()),
        url: format!("https://bsky.app/profile/{shown}"),
        links: site.into_iter().chain(links_in(&about)).collect(),
        followers: json::number(view, "followersCount"),
        automatic: label("bot") || view.pointer("/associated/labeler") == Some(&Value::Bool(true)),
        about,
        asks,
        only_not_suggested: false,
    })
}

/// The addresses that somebody wrote into a text.
fn links_in(text: &str) -> impl Iterator<Item = Link> {
    let mut finder = linkify::LinkFinder::new();
    finder.kinds(&[linkify::LinkKind::Url]).url_must_have_scheme(false);
    let found: Vec<_> = finder.links(text).map(|link| link.as_str().to_owned()).take(5).collect();
    let whole = |found: String| if found.contains("://") { found } else { format!("https://{found}") };
    found
        .into_iter()
        .filter_map(move |found| json::web(&whole(found)))
        .map(|url| Link { url: url.into(), verified: false })
}

/// A post of somebody's own in their feed; nothing for a repost or a reply.
#[must_use]
pub fn read_post(view: &Value) -> Option<Item> {
    if view.pointer("/reason/$type").and_then(Value::as_str).is_some_and(|reason| reason.ends_with("reasonRepost")) {
        return None;
    }
    let post = view.get("post")?;
    let (record, author) = (post.get("record")?, read_profile(post.get("author")?)?);
    if record.get("reply").is_some() {
        return None;
    }
    let key = word(post, "uri")?.rsplit('/').next().filter(|key| is_key(key))?;
    let mut labels = json::list(post, "labels", LISTED).filter_map(|label| word(label, "val"));
    let warned = labels.find(|label| ["porn", "sexual", "nudity", "graphic-media", "!warn"].contains(label));
    Some(Item {
        title: String::new(),
        url: format!("https://bsky.app/profile/{}/post/{key}", author.handle),
        published: json::time(record, "createdAt").or_else(|| json::time(post, "indexedAt")),
        feed: String::new(),
        kind: ItemKind::Post,
        summary: json::text(record, "text", SUMMARY_CHARS),
        warning: warned.map(|label| label.trim_start_matches('!').to_owned()),
    })
}

/// A starter pack, as either of its views shows it.
#[must_use]
pub fn read_pack(view: &Value) -> Option<Pack> {
    let (uri, record) = (word(view, "uri")?, view.get("record")?);
    let people = json::list(view, "listItemsSample", LISTED).filter_map(|item| read_profile(item.get("subject")?));
    Some(Pack {
        uri: uri.to_owned(),
        name: json::text(record, "name", 100),
        about: json::text(record, "description", TEXT),
        creator: read_profile(view.get("creator")?)?,
        list: word(record, "list").map(str::to_owned),
        people: people.collect(),
    })
}

/// The page of a pack, for people.
#[must_use]
pub fn pack_page(pack: &Pack) -> Option<Url> {
    let key = pack.uri.rsplit('/').next()?;
    Url::parse(&format!("https://bsky.app/starter-pack/{}/{key}", pack.creator.handle)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::social::json::tests::any_json;

    #[test]
    fn whoever_asks_to_be_shown_only_to_members_is_marked() {
        let view = |label: Value| {
            serde_json::json!({"did": "did:plc:abc", "handle": "maria.example", "description": "Coats: mariasews.example/shop",
                "displayName": "Maria", "labels": [label]})
        };
        let asked =
            read_profile(&view(serde_json::json!({"src": "did:plc:abc", "val": "!no-unauthenticated"}))).unwrap();
        assert!(asked.asks.is_some());
        let taken_back = view(serde_json::json!({"val": "!no-unauthenticated", "neg": true}));
        let profile = read_profile(&taken_back).unwrap();
        assert_eq!((profile.asks, profile.url.as_str()), (None, "https://bsky.app/profile/maria.example"));
        assert_eq!(profile.links.first().map(|link| link.url.as_str()), Some("https://mariasews.example/shop"));
        let gone = serde_json::json!({"did": "did:plc:abc", "handle": "handle.invalid"});
        assert_eq!(read_profile(&gone).map(|profile| profile.handle).as_deref(), Some("did:plc:abc"));
    }

    #[test]
    fn links_lead_to_people_lists_and_packs() {
        let actor = |text: &str| Place::Actor(text.to_owned());
        let pack = |actor: &str| Place::StarterPack { actor: actor.to_owned(), key: "3l".to_owned() };
        let list = |actor: &str| Place::List { actor: actor.to_owned(), key: "3l".to_owned() };
        for (link, place) in [
            ("https://bsky.app/profile/maria.example", Some(actor("maria.example"))),
            ("https://bsky.app/profile/did:plc:abc/post/3k", Some(actor("did:plc:abc"))),
            ("at://maria.example", Some(actor("maria.example"))),
            ("https://bsky.app/starter-pack/maria.example/3l", Some(pack("maria.example"))),
            ("https://bsky.app/start/did:plc:abc/3l", Some(pack("did:plc:abc"))),
            ("at://did:plc:abc/app.bsky.graph.starterpack/3l", Some(pack("did:plc:abc"))),
            ("https://bsky.app/profile/maria.example/lists/3l", Some(list("maria.example"))),
            ("at://did:plc:abc/app.bsky.graph.list/3l", Some(list("did:plc:abc"))),
            ("https://bsky.app/profile/maria", None),
            ("https://bsky.app.evil.example/profile/maria.example", None),
            ("https://bsky.app/", None),
            ("at://", None),
        ] {
            assert_eq!(Place::of_link(link), place, "{link}");
        }
    }

    proptest! {
        #[test]
        fn any_json_is_somebody_a_post_a_pack_or_nothing(value in any_json()) {
            if let Some(profile) = read_profile(&value) {
                prop_assert!(is_did(&profile.id) && profile.about.chars().count() <= TEXT);
            }
            _ = (read_post(&value), read_pack(&value));
        }

        #[test]
        fn any_text_is_a_link_or_none(text in "\\PC{0,60}", tail in "[a-z./:#-]{0,40}") {
            _ = Place::of_link(&text);
            _ = Place::of_link(&format!("https://bsky.app/{tail}"));
            _ = Place::of_link(&format!("at://{tail}"));
        }
    }
}
