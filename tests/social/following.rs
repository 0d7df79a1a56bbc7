//! Whom an account follows, page by page as Mastodon shows it: our real counterpart, snac, shows it to nobody.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use goodword::social::{address::address, roster};
use serde_json::{Value, json};
use url::Url;

use crate::{
    author::Home,
    mastodon::{Asked, JSON, account, client, fine, instance, no},
};

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
    // The link to the profile is as good as the handle.
    assert_eq!(home.json(&["contact", "import", &format!("{base}@nora")])["skipped"], 3);
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
        ("https://localhost/@nora", 1, "cannot be reached"),
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
    let pages = Arc::new(AtomicUsize::new(0));
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
