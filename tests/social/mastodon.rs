//! Answers as Mastodon writes them (its API reference and the serializers and controllers of its server), where our real
//! counterpart, snac, refuses: search, directory, follows; and each way in which a Mastodon says no.

use std::sync::{Arc, Mutex, atomic::Ordering};

use goodword::{
    domain::share::Endpoints,
    feed::{FetchOptions, Fetcher},
    social::{
        Client, LookupError,
        address::address,
        discover::{Wish, gather},
        mastodon, roster,
    },
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::{
    author::Home,
    client::{serve, whole},
};

fn client() -> Client {
    Client::new(Fetcher::new(&FetchOptions::default()).unwrap(), &Endpoints::default(), Vec::new())
}

/// An account with every field that Mastodon sends, and some of them otherwise.
fn account(id: &str, acct: &str, otherwise: Value) -> Value {
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
async fn instance(says: impl Fn(&str) -> (&'static str, String, String) + Send + Sync + 'static) -> (Url, Asked) {
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

type Asked = Arc<Mutex<Vec<String>>>;

const JSON: &str = "Content-Type: application/json; charset=utf-8\r\n";

fn fine(body: &Value) -> (&'static str, String, String) {
    ("200 OK", JSON.to_owned(), body.to_string())
}

fn no(status: &'static str, error: &str) -> (&'static str, String, String) {
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

/// An instance on which Nora follows three pages of people, and which also answers WebFinger.
async fn nora_follows(shows: bool) -> (Url, Asked) {
    let here = Arc::new(Mutex::new(String::new()));
    let host = Arc::clone(&here);
    let (base, asked) = instance(move |target| {
        let host = host.lock().unwrap().clone();
        let page = |people: Vec<Value>, next: Option<u8>| {
            let link = next.map(|next| format!("Link: <http://{host}/api/v1/accounts/9/following?limit=80&max_id={next}>; rel=\"next\", <http://{host}/api/v1/accounts/9/following?since_id=1>; rel=\"prev\"\r\n"));
            ("200 OK", format!("{JSON}{}", link.unwrap_or_default()), Value::from(people).to_string())
        };
        match target {
            target if target.starts_with("/.well-known/webfinger") => fine(&json!({
                "subject": format!("acct:nora@{host}"),
                "links": [{"rel": "self", "type": "application/activity+json", "href": format!("http://{host}/users/nora")}]
            })),
            "/api/v1/accounts/lookup?acct=nora" => fine(&account("9", "nora", json!({}))),
            "/api/v1/accounts/9/following?limit=80" if shows => page(
                vec![
                    account("1", "maria", json!({"display_name": "Maria Ruiz"})),
                    account("2", "modest", json!({"discoverable": false})),
                    account("3", "shy@other.example", json!({"noindex": true})),
                ],
                Some(7),
            ),
            "/api/v1/accounts/9/following?limit=80&max_id=7" => {
                page(vec![account("4", "robot@other.example", json!({"bot": true})), account("5", "nobots@other.example", json!({"note": "<p>#nobot</p>"}))], Some(3))
            }
            "/api/v1/accounts/9/following?limit=80&max_id=3" => page(vec![account("6", "tom@other.example", json!({}))], None),
            "/api/v1/accounts/9/following?limit=80" => page(Vec::new(), None),
            _ => no("404 Not Found", "Record not found"),
        }
    })
    .await;
    *here.lock().unwrap() = format!("127.0.0.1:{}", base.port().unwrap());
    (base, asked)
}

#[tokio::test]
async fn whom_an_account_follows_is_read_to_its_end_without_those_who_ask() {
    let (base, _) = nora_follows(true).await;
    let host = format!("127.0.0.1:{}", base.port().unwrap());
    let nora = format!("@nora@{host}");
    let (client, typed) = (client(), address(&nora).unwrap());
    let read = async |own: &[String]| roster::read(&client, &typed, own).await.unwrap();
    let handles =
        |roster: &roster::Roster| -> Vec<String> { roster.people.iter().map(|person| person.handle.clone()).collect() };
    let others = read(&[]).await;
    assert_eq!(handles(&others), [format!("@maria@{host}"), "@tom@other.example".to_owned()]);
    assert_eq!(others.left_out.values().sum::<usize>(), 4);
    // Whom the author follows, they know: that these are not suggested to strangers is no reason to leave them out.
    let own = read(std::slice::from_ref(&nora)).await;
    assert_eq!(handles(&own), [format!("@maria@{host}"), format!("@modest@{host}"), "@tom@other.example".to_owned()]);
    assert_eq!((own.called, own.left_out.values().sum::<usize>()), (format!("whom {nora} follows"), 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_author_brings_along_whom_they_follow_on_mastodon() {
    let (base, asked) = nora_follows(true).await;
    let nora = format!("@nora@127.0.0.1:{}", base.port().unwrap());
    let home = Home::new("127.0.0.1:1");
    home.json(&["settings", "set", "mastodon", &nora]);
    let did = home.json(&["contact", "import", &nora, "--audience", "Friends"]);
    assert_eq!((&did["added"], &did["format"]), (&json!(3), &json!("mastodon")));
    let maria = home.json(&["contact", "show", "Maria Ruiz"]);
    assert_eq!((&maria["stage"], &maria["site"]), (&json!("following"), &json!("https://marias.example/")));
    let questions = asked.lock().unwrap().len();
    assert_eq!(home.json(&["contact", "import", &nora])["skipped"], 3);
    assert_eq!(asked.lock().unwrap().len(), questions, "what was read an hour ago is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_hidden_or_cannot_be_read_to_its_end_changes_nothing_and_says_what_to_do() {
    let (base, _) = nora_follows(false).await;
    let nora = format!("@nora@127.0.0.1:{}", base.port().unwrap());
    let home = Home::new("127.0.0.1:1");
    let (code, _, err) = home.run(&["contact", "import", &nora]);
    assert!(code == 3 && err.contains("Import and export"), "{code} {err}");
    let (base, _) = instance(|target| match target {
        target if target.starts_with("/.well-known") => fine(&json!({"subject": "acct:nora@here", "links": []})),
        target if target.contains("lookup") => fine(&account("9", "nora", json!({}))),
        _ => no("500 Internal Server Error", "Something went wrong on our end"),
    })
    .await;
    let nora = format!("@nora@127.0.0.1:{}", base.port().unwrap());
    let (code, _, err) = home.run(&["contact", "import", &nora]);
    assert!(code == 1 && err.contains("has trouble of its own (500)"), "{code} {err}");
    for (typed, code, word) in [
        ("https://127.0.0.1:1/", 2, "no address that can be looked up"),
        ("@nobody@127.0.0.1:1", 1, "cannot be reached"),
        ("nora@sewing.example", 1, "a handle begins with @"),
    ] {
        let (said, _, err) = home.run(&["contact", "import", typed]);
        assert!(said == code && err.contains(word), "{typed}: {said} {err}");
    }
    assert_eq!(home.json(&["contact", "list"]), json!([]));
}

#[tokio::test]
async fn a_list_without_end_is_read_so_far_and_no_further() {
    let here = Arc::new(Mutex::new(String::new()));
    let host = Arc::clone(&here);
    let pages = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&pages);
    let (base, _) = instance(move |target| {
        let host = host.lock().unwrap().clone();
        match target {
            target if target.starts_with("/.well-known") => {
                fine(&json!({"subject": format!("acct:nora@{host}"), "links": []}))
            }
            target if target.contains("lookup") => fine(&account("9", "nora", json!({}))),
            _ => {
                let page = count.fetch_add(1, Ordering::SeqCst);
                let people: Vec<_> = (0..80)
                    .map(|n| account(&format!("{page}-{n}"), &format!("p{page}x{n}@other.example"), json!({})))
                    .collect();
                let link = format!("Link: <http://{host}/api/v1/accounts/9/following?max_id={page}>; rel=\"next\"\r\n");
                ("200 OK", format!("{JSON}{link}"), Value::from(people).to_string())
            }
        }
    })
    .await;
    *here.lock().unwrap() = format!("127.0.0.1:{}", base.port().unwrap());
    let nora = address(&format!("@nora@127.0.0.1:{}", base.port().unwrap())).unwrap();
    let roster = roster::read(&client(), &nora, &[]).await.unwrap();
    assert_eq!((roster.people.len(), roster.more), (roster::MOST, true));
    assert!(pages.load(Ordering::SeqCst) <= roster::MOST.div_ceil(80), "{pages:?} pages");
}
