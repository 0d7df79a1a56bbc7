//! Mastodon and its kin, asked without a token: accounts, posts, hashtags, directory, search.
//!
//! Questions and answers as in Mastodon's API reference (accounts, timelines, directory, search); other servers of the
//! fediverse answer parts of it. At most 300 questions in five minutes from one address ([`super::BUDGET`] is half).

use std::{fmt, str::FromStr};

use serde_json::Value;
use url::Url;

use super::{
    Ask, Client, Json, Link, LookupError, Pages, Profile, asks_not_to_be_listed, json,
    json::{TEXT, word},
    webfinger,
};
use crate::{
    domain::{Item, ItemKind, item::SUMMARY_CHARS},
    feed::{canonical, is_written_private},
};

/// Links of one profile that are looked at.
const LINKS: usize = 12;
/// Accounts or posts of one answer that are looked at.
const LISTED: usize = 80;

/// An account's address: `@user@host`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Acct {
    pub user: String,
    /// With its port where it has one.
    pub host: String,
}

impl FromStr for Acct {
    type Err = ();

    /// Reads `@user@host`, `user@host` and `acct:user@host`.
    fn from_str(text: &str) -> Result<Acct, ()> {
        let text = text.trim();
        let bare = text.strip_prefix("acct:").unwrap_or(text).trim_start_matches('@');
        let (user, host) = bare.split_once('@').ok_or(())?;
        let user_fits = (1..=64).contains(&user.len())
            && user.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
            && !user.starts_with(['.', '-']);
        let host = super::ask::host_of(&base(host).ok_or(())?);
        if user_fits { Ok(Acct { user: user.to_owned(), host }) } else { Err(()) }
    }
}

impl fmt::Display for Acct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}@{}", self.user, self.host)
    }
}

/// Where a host answers; nothing for a text that is more than a host. One in the author's own network has no certificate
/// that we would trust.
#[must_use]
pub fn base(host: &str) -> Option<Url> {
    if host.contains(['/', '?', '#', '@', '\\']) {
        return None;
    }
    let secure = Url::parse(&format!("https://{host}/")).ok()?;
    if is_written_private(&secure) { Url::parse(&format!("http://{host}/")).ok() } else { Some(secure) }
}

/// An account's canonical address, and the instance on which it lives: its host, or where WebFinger says. `led_by` is
/// the page that named the account, where it was not the author.
///
/// # Errors
/// When the host does not know the account, or does not answer.
pub async fn instance(client: &Client, acct: &Acct, led_by: Option<&str>) -> Result<(Acct, Url), LookupError> {
    let host = base(&acct.host).ok_or_else(|| LookupError::NoAddress(acct.to_string()))?;
    let finger = webfinger::look_up(client, &host, &format!("acct:{}@{}", acct.user, acct.host), led_by).await?;
    let named = finger.acct.unwrap_or_else(|| acct.clone());
    let instance = finger.actor.as_deref().and_then(json::web).map(|mut url| {
        url.set_path("/");
        url.set_query(None);
        url.set_fragment(None);
        url
    });
    Ok((named, instance.unwrap_or(host)))
}

/// Everything that an account's own instance shows of it, and where that instance answers.
///
/// # Errors
/// When there is no such account, or the instance shows nothing without a token.
pub async fn account(client: &Client, acct: &Acct, led_by: Option<&str>) -> Result<(Profile, Url), LookupError> {
    let (named, base) = instance(client, acct, led_by).await?;
    // The instance was named by the account's host, whoever named that.
    let led_by = led_by.map_or_else(|| self::base(&acct.host).map(String::from), |page| Some(page.to_owned()));
    let ask = Ask::json(&base, "api/v1/accounts/lookup").with("acct", &named.user).led_by(led_by.unwrap_or_default());
    let json = client.json(&ask).await?;
    let profile = read_account(&json.value, &named.host).ok_or_else(|| LookupError::Odd(ask.host()))?;
    // The account's host has the word on how its address is written.
    Ok((Profile { handle: named.to_string(), ..profile }, base))
}

/// An account's own latest posts: no replies, no boosts.
///
/// # Errors
/// See [`LookupError`].
pub async fn posts(client: &Client, base: &Url, account: &str, most: usize) -> Result<Vec<Item>, LookupError> {
    let ask = Ask::json(base, &format!("api/v1/accounts/{account}/statuses"));
    let ask = ask.with("limit", most).with("exclude_replies", true).with("exclude_reblogs", true);
    let json = client.json(&ask).await?;
    Ok(listed(&json.value).filter_map(|status| read_status(status, &host(base))).map(|(_, item)| item).collect())
}

/// Public posts with a hashtag (without its `#`), as an instance has seen them, with who wrote them.
///
/// # Errors
/// [`LookupError::Closed`] where the instance wants a token for that.
pub async fn tagged(client: &Client, base: &Url, tag: &str) -> Result<Vec<(Profile, Item)>, LookupError> {
    let ask = Ask::json(base, &format!("api/v1/timelines/tag/{}", tag.trim_start_matches('#'))).with("limit", 40);
    let json = client.json(&ask).await?;
    Ok(listed(&json.value).filter_map(|status| read_status(status, &host(base))).collect())
}

/// Who opted in to be found on an instance, the lately active first.
///
/// # Errors
/// See [`LookupError`].
pub async fn directory(client: &Client, base: &Url) -> Result<Vec<Profile>, LookupError> {
    let ask = Ask::json(base, "api/v1/directory").with("limit", 80).with("order", "active");
    client.json(&ask).await.map(|json| read_accounts(&json, base))
}

/// Accounts that an instance finds for some words.
///
/// # Errors
/// [`LookupError::Closed`] where the instance wants a token for that.
pub async fn search(client: &Client, base: &Url, words: &str) -> Result<Vec<Profile>, LookupError> {
    let ask = Ask::json(base, "api/v2/search").with("q", words).with("type", "accounts").with("limit", 20);
    let json = client.json(&ask).await?;
    let list = json::list(&json.value, "accounts", LISTED);
    Ok(list.filter_map(|account| read_account(account, &host(base))).collect())
}

/// Whom an account follows, as its own instance shows it: an empty list where it hides that.
pub async fn following(client: &Client, base: &Url, whose: &Profile, most: usize) -> Pages<Profile> {
    let ask = Ask::json(base, &format!("api/v1/accounts/{}/following", whose.id)).with("limit", LISTED);
    // The instance may stand elsewhere than the host that its accounts are named after.
    let host = whose.handle.rsplit('@').next().unwrap_or_default();
    client
        .pages(ask, most, |json| listed(&json.value).filter_map(|account| read_account(account, host)).collect())
        .await
}

/// The accounts of an answer that is a list of accounts.
#[must_use]
pub fn read_accounts(json: &Json, base: &Url) -> Vec<Profile> {
    listed(&json.value).filter_map(|account| read_account(account, &host(base))).collect()
}

/// An account as an instance shows it. `host` is the instance's: it leaves it out of its own accounts' names.
#[must_use]
pub fn read_account(account: &Value, host: &str) -> Option<Profile> {
    let id = word(account, "id")?;
    let acct = word(account, "acct")?;
    let acct: Acct =
        if acct.contains('@') { acct.parse().ok()? } else { Acct { user: acct.to_owned(), host: host.to_owned() } };
    let about = json::text(account, "note", TEXT);
    let fields: Vec<_> = json::list(account, "fields", LINKS).collect();
    let said = fields.iter().flat_map(|field| ["name", "value"].map(|key| json::text(field, key, TEXT)));
    let asked = std::iter::once(about.clone()).chain(said).find_map(|text| asks_not_to_be_listed(&text));
    let truth = |key| json::truth(account, key);
    let is_unsuggested = truth("discoverable") == Some(false);
    let asks = asked.map(|word| format!("their profile says {word}")).or_else(|| match () {
        () if truth("noindex") == Some(true) => Some("they ask not to be indexed".to_owned()),
        () if truth("suspended") == Some(true) || truth("limited") == Some(true) => {
            Some("their instance hides them".to_owned())
        }
        () if account.get("moved").is_some_and(|moved| !moved.is_null()) => Some("they moved elsewhere".to_owned()),
        () => None,
    });
    let only_not_suggested = is_unsuggested && asks.is_none();
    let asks = asks.or_else(|| is_unsuggested.then(|| "they ask not to be suggested".to_owned()));
    let handle = acct.to_string();
    Some(Profile {
        network: "mastodon".to_owned(),
        id: id.to_owned(),
        name: Some(json::text(account, "display_name", 100)).filter(|name| !name.is_empty()).unwrap_or(acct.user),
        handle,
        url: json::link(account, "url").or_else(|| json::link(account, "uri"))?,
        links: fields.iter().filter_map(|field| read_link(field)).collect(),
        followers: json::number(account, "followers_count"),
        automatic: truth("bot") == Some(true) || truth("group") == Some(true),
        about,
        asks,
        only_not_suggested,
    })
}

/// A field of a profile whose value is a link: as HTML (Mastodon), or as the bare address.
fn read_link(field: &Value) -> Option<Link> {
    let value = field.get("value")?.as_str()?;
    let url = match value.split_once("href=") {
        Some((_, rest)) => {
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let address = rest.get(1..)?.split(quote).next()?;
            json::web(&crate::feed::plain(address, 2_000))
        }
        None => json::web(value),
    };
    let verified = field.get("verified_at").and_then(Value::as_str).is_some_and(|at| !at.is_empty());
    url.map(|url| Link { url: url.into(), verified })
}

/// A public post and who wrote it; nothing for a boost, a reply to somebody else, or what is not for everybody.
#[must_use]
pub fn read_status(status: &Value, host: &str) -> Option<(Profile, Item)> {
    let is_public = word(status, "visibility").is_some_and(|visibility| visibility == "public");
    let is_boost = status.get("reblog").is_some_and(|boost| !boost.is_null());
    let author = read_account(status.get("account")?, host)?;
    let replies_to = word(status, "in_reply_to_account_id");
    if !is_public || is_boost || replies_to.is_some_and(|other| other != author.id) {
        return None;
    }
    let warning = Some(json::text(status, "spoiler_text", TEXT)).filter(|warning| !warning.is_empty());
    let is_sensitive = json::truth(status, "sensitive") == Some(true);
    let url = json::link(status, "url").or_else(|| json::link(status, "uri"))?;
    let item = Item {
        title: String::new(),
        url: canonical(&url, None).map_or(url, String::from),
        published: json::time(status, "created_at"),
        feed: String::new(),
        kind: ItemKind::Post,
        summary: json::text(status, "content", SUMMARY_CHARS),
        warning: warning.or(is_sensitive.then(|| "sensitive".to_owned())),
    };
    Some((author, item))
}

fn listed(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten().take(LISTED)
}

fn host(base: &Url) -> String {
    super::ask::host_of(base)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::social::json::tests::any_json;

    #[test]
    fn an_account_is_read_as_its_instance_writes_it() {
        let account = serde_json::json!({
            "id": "109", "username": "maria", "acct": "maria", "display_name": "Maria <b>Ruiz</b> \u{202e}",
            "note": "<p>I sew coats.<br>And buttons &amp; such</p>", "url": "https://sewing.example/@maria",
            "followers_count": 12, "discoverable": true, "noindex": false, "bot": false,
            "fields": [
                {"name": "Web", "value": "<a href=\"https://mariasews.example/\" rel=\"me\">x</a>", "verified_at": "2026-01-01T00:00:00Z"},
                {"name": "Other", "value": "https://b.example", "verified_at": null},
                {"name": "Pets", "value": "javascript:alert(1)"}
            ]
        });
        let profile = read_account(&account, "sewing.example").unwrap();
        assert_eq!(profile.handle, "@maria@sewing.example");
        assert_eq!((profile.name.as_str(), profile.about.as_str()), ("Maria Ruiz", "I sew coats. And buttons & such"));
        let links: Vec<_> = profile.links.iter().map(|link| (link.url.as_str(), link.verified)).collect();
        assert_eq!(links, [("https://mariasews.example/", true), ("https://b.example/", false)]);
        assert_eq!(profile.asks, None);
    }

    #[test]
    fn whoever_asks_not_to_be_found_is_marked() {
        for (key, value) in [
            ("note", "I sew. #nobot".into()),
            ("noindex", true.into()),
            ("discoverable", false.into()),
            ("suspended", true.into()),
            ("moved", serde_json::json!({"id": "1"})),
            ("fields", serde_json::json!([{"name": "#NoIndex", "value": ""}])),
        ] {
            let mut account = serde_json::json!({"id": "1", "acct": "maria", "url": "https://a.example/@maria"});
            account[key] = value;
            assert!(read_account(&account, "a.example").unwrap().asks.is_some(), "{key}");
        }
    }

    #[test]
    fn only_what_somebody_posts_to_everybody_is_theirs() {
        let post = |more: Value| {
            let mut status = serde_json::json!({
                "url": "https://a.example/@maria/1?utm_source=x", "visibility": "public", "reblog": null,
                "content": "<p>A sack coat</p>", "created_at": "2026-11-20T09:00:00.000Z", "sensitive": false,
                "account": {"id": "1", "acct": "maria", "url": "https://a.example/@maria"}
            });
            more.as_object().unwrap().iter().for_each(|(key, value)| status[key] = value.clone());
            read_status(&status, "a.example").map(|(_, item)| item)
        };
        let item = post(serde_json::json!({})).unwrap();
        assert_eq!((item.url.as_str(), item.summary.as_str()), ("https://a.example/@maria/1", "A sack coat"));
        assert_eq!(post(serde_json::json!({"sensitive": true})).unwrap().warning.as_deref(), Some("sensitive"));
        assert!(post(serde_json::json!({"in_reply_to_account_id": "1"})).is_some(), "a thread of their own");
        for other in [
            serde_json::json!({"visibility": "unlisted"}),
            serde_json::json!({"reblog": {"id": "2"}}),
            serde_json::json!({"in_reply_to_account_id": "2"}),
            serde_json::json!({"url": null}),
        ] {
            assert_eq!(post(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn an_address_of_an_account_is_read_as_people_write_it() {
        for (text, acct) in [
            ("@Maria@Sewing.Example", "@Maria@sewing.example"),
            ("acct:m.r@a.example", "@m.r@a.example"),
            ("a@127.0.0.1:8765", "@a@127.0.0.1:8765"),
        ] {
            assert_eq!(text.parse::<Acct>().map(|acct| acct.to_string()).as_deref(), Ok(acct));
        }
        for text in ["", "@", "@a", "@a@", "@@b", "@a@b/c", "@a@b?c", "@a@b#c", "@a@b@c.d", "@a b@c.d", "@a@u:p@b"] {
            assert!(text.parse::<Acct>().is_err(), "{text}");
        }
        assert_eq!(base("sewing.example").unwrap().as_str(), "https://sewing.example/");
        assert_eq!(base("127.0.0.1:8765").unwrap().as_str(), "http://127.0.0.1:8765/");
    }

    proptest! {
        #[test]
        fn any_json_is_an_account_or_none(value in any_json()) {
            if let Some(profile) = read_account(&value, "a.example") {
                prop_assert!(profile.name.chars().count() <= 100 && profile.about.chars().count() <= TEXT);
            }
            _ = read_status(&value, "a.example");
        }

        #[test]
        fn any_text_is_an_address_or_none(text in "\\PC{0,40}") {
            if let Ok(acct) = text.parse::<Acct>() {
                prop_assert_eq!(acct.to_string().parse::<Acct>(), Ok(acct));
            }
        }
    }
}
