//! Answers as Mastodon writes them (its API reference and the serializers and controllers of its server), where our real
//! counterpart, snac, refuses: search and directory; and each way in which a Mastodon says no.

use std::sync::{Arc, Mutex};

use goodword::{
    domain::share::Endpoints,
    feed::{FetchOptions, Fetcher},
    social::{
        Client, LookupError,
        discover::{Wish, gather},
        mastodon,
    },
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::client::{serve, whole};

pub fn client() -> Client {
    Client::new(Fetcher::new(&FetchOptions::default()).unwrap(), &Endpoints::default(), Vec::new())
}

/// An account with every field that Mastodon sends, and some of them otherwise.
pub fn account(id: &str, acct: &str, otherwise: Value) -> Value {
    let user = acct.split('@').next().unwrap();
    let mut account = json!({
        "id": id, "username": user, "acct": acct, "display_name": user, "locked": false, "bot": false,
        "discoverable": true, "indexable": false, "group": false, "created_at": "2022-11-05T00:00:00.000Z",
        "note": "<p>I teach <a href=\"https://sewing.example/tags/sewing\" class=\"mention hashtag\" rel=\"tag\">#<span>sewing</span></a> &amp; history</p>",
        "url": format!("https://sewing.example/@{user}"), "uri": format!("https://sewing.example/users/{user}"),
        "avatar": "https://files.sewing.example/a.png", "header": "https://sewing.example/headers/original/missing.png",
        "followers_count": -1, "following_count": 3, "statuses_count": 120, "last_status_at": "2026-11-20",
        "hide_collections": null, "noindex": false, "emojis": [], "roles": [],
        "fields": [{"name": "Web", "value": "<a href=\"https://marias.example\" target=\"_blank\" rel=\"nofollow noopener me\" translate=\"no\"><span class=\"invisible\">https://</span><span class=\"\">marias.example</span></a>", "verified_at": "2024-02-01T10:00:00.000+00:00"}]
    });
    otherwise.as_object().unwrap().iter().for_each(|(key, value)| account[key] = value.clone());
    account
}

/// A Mastodon that answers at each path with status, headers and body; and what it was asked.
pub async fn instance(says: impl Fn(&str) -> (&'static str, String, String) + Send + Sync + 'static) -> (Url, Asked) {
    let asked = Asked::default();
    let (says, heard) = (Arc::new(says), Arc::clone(&asked));
    let (base, _) = serve(move |target, mut stream| {
        heard.lock().unwrap().push(target.clone());
        let (status, headers, body) = says(&target);
        async move { stream.write_all(whole(status, &headers, &body).as_bytes()).await }
    })
    .await;
    (base, asked)
}

pub type Asked = Arc<Mutex<Vec<String>>>;

pub const JSON: &str = "Content-Type: application/json; charset=utf-8\r\n";

pub fn fine(body: &Value) -> (&'static str, String, String) {
    ("200 OK", JSON.to_owned(), body.to_string())
}

pub fn no(status: &'static str, error: &str) -> (&'static str, String, String) {
    (status, JSON.to_owned(), json!({ "error": error }).to_string())
}

#[tokio::test]
async fn search_and_directory_give_people_as_mastodon_shows_them() {
    let (base, asked) = instance(|target| match target.split('?').next().unwrap_or_default() {
        "/api/v2/search" => fine(&json!({
            "accounts": [account("1", "maria", json!({})), account("2", "tom@other.example", json!({"url": "https://other.example/@tom"}))],
            "statuses": [], "hashtags": [{"name": "sewing", "url": "https://sewing.example/tags/sewing", "history": []}]
        })),
        "/api/v1/directory" => fine(&json!([
            account("1", "maria", json!({})),
            account("3", "shy", json!({"discoverable": null, "noindex": true})),
            // One that is suspended is sent nearly empty.
            account("4", "gone", json!({"suspended": true, "discoverable": false, "display_name": "", "note": "", "fields": []})),
            account("5", "old", json!({"moved": account("6", "new@other.example", json!({}))})),
        ])),
        _ => no("404 Not Found", "Record not found"),
    })
    .await;
    let client = client();
    let found = mastodon::search(&client, &base, "sewing history").await.unwrap();
    let handles: Vec<_> = found.iter().map(|profile| profile.handle.as_str()).collect();
    let host = base.host_str().unwrap().to_owned() + &format!(":{}", base.port().unwrap());
    assert_eq!(handles, [format!("@maria@{host}").as_str(), "@tom@other.example"]);
    assert_eq!((found[0].about.as_str(), found[0].followers), ("I teach #sewing & history", 0));
    assert_eq!((found[0].links[0].url.as_str(), found[0].links[0].verified), ("https://marias.example/", true));
    let listed = mastodon::directory(&client, &base).await.unwrap();
    assert_eq!(listed.iter().map(|profile| profile.asks.is_some()).collect::<Vec<_>>(), [false, true, true, true]);
    // Without a token Mastodon refuses a search that resolves or turns pages.
    assert!(asked.lock().unwrap().iter().all(|target| !target.contains("resolve") && !target.contains("offset")));
}

#[tokio::test]
async fn each_way_of_saying_no_is_understood() {
    let reset =
        |at: &str| format!("{JSON}X-RateLimit-Limit: 300\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {at}\r\n");
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(120)).to_string();
    type Is = fn(&LookupError) -> bool;
    let cases: [(_, Is); 9] = [
        // Search while nobody is logged in, where the server wants that; a server with authorized fetch.
        (no("401 Unauthorized", "This method requires an authenticated user"), |e| matches!(e, LookupError::Closed(_))),
        (
            no(
                "401 Unauthorized",
                "Search queries that resolve remote resources are not supported without authentication",
            ),
            |e| matches!(e, LookupError::Closed(_)),
        ),
        (no("422 Unprocessable Content", "This method requires an authenticated user"), |e| {
            matches!(e, LookupError::Closed(_))
        }),
        (no("403 Forbidden", "This action is not allowed"), |e| matches!(e, LookupError::Closed(_))),
        // A directory that is switched off.
        (no("404 Not Found", "Record not found"), |e| matches!(e, LookupError::Nothing(_))),
        (
            ("429 Too Many Requests", reset(&soon), json!({"error": "Too many requests"}).to_string()),
            |e| matches!(e, LookupError::Busy { wait, .. } if (60..=120).contains(&wait.as_secs())),
        ),
        (
            ("503 Service Unavailable", "Retry-After: 600\r\n".to_owned(), "<html>".to_owned()),
            |e| matches!(e, LookupError::Busy { wait, .. } if wait.as_secs() == 600),
        ),
        (("500 Internal Server Error", JSON.to_owned(), String::new()), |e| {
            matches!(e, LookupError::Trouble { status: 500, .. })
        }),
        // A page in front of the server, or of another program.
        (
            (
                "200 OK",
                "Content-Type: text/html\r\n".to_owned(),
                "<!doctype html><title>Just a moment...</title>".to_owned(),
            ),
            |e| matches!(e, LookupError::Odd(_)),
        ),
    ];
    for (says, is) in cases {
        let said = says.clone();
        let (base, _) = instance(move |_| said.clone()).await;
        for error in [
            mastodon::search(&client(), &base, "sewing").await.unwrap_err(),
            mastodon::directory(&client(), &base).await.unwrap_err(),
        ] {
            assert!(is(&error), "{says:?}: {error}");
        }
    }
}

#[tokio::test]
async fn an_instance_that_shows_less_without_a_login_still_gives_whom_it_shows() {
    let post = json!({
        "id": "1", "created_at": "2026-11-20T09:00:00.000Z", "in_reply_to_id": null, "in_reply_to_account_id": null,
        "sensitive": false, "spoiler_text": "", "visibility": "public", "reblog": null,
        "uri": "https://sewing.example/users/maria/statuses/1", "url": "https://sewing.example/@maria/1",
        "content": "<p>A sack coat</p>", "account": account("1", "maria", json!({})), "media_attachments": []
    });
    let (base, _) = instance(move |target| match target.split('?').next().unwrap_or_default() {
        "/api/v1/timelines/tag/Sewing" => fine(&json!([post])),
        "/api/v2/search" => no("401 Unauthorized", "This method requires an authenticated user"),
        _ => no("404 Not Found", "Record not found"),
    })
    .await;
    let (audience, hashtags) = ("Sewing".to_owned(), vec!["Sewing".to_owned(), "Quilts".to_owned()]);
    let wish = Wish { audience, hashtags, instance: Some(base), ..Wish::default() };
    let found = gather(&client(), &wish, jiff::Timestamp::now(), |_| {}).await;
    let names: Vec<_> = found.candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    assert_eq!((names, found.troubles, found.offline), (vec!["maria"], Vec::new(), false));
}
