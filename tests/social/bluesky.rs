//! What Bluesky's own servers answered (recorded from its development network, see `tests/atproto`), read over HTTP.

use std::sync::atomic::Ordering;

use goodword::{
    domain::share::Endpoints,
    feed::{FetchOptions, Fetcher},
    social::{
        Client, LookupError,
        address::address,
        bluesky,
        discover::{Wish, gather},
        person,
    },
};
use tokio::io::AsyncWriteExt;

use crate::client::{serve, whole};

/// Answers as the AppView did; gives a client of it, and how often it was asked.
async fn recorded() -> (Client, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let (base, asked) = serve(|path, mut stream| async move {
        let (method, query) = path.split_once('?').unwrap_or((&path, ""));
        let says = |words: &str| query.contains(words);
        let (status, body) = match method.rsplit('.').next().unwrap_or_default() {
            "getProfile" if says("maria") || says("did%3Aplc%3A5qus") => {
                ("200 OK", include_str!("../data/bluesky/profile.json"))
            }
            "getProfile" if says("shy") => ("200 OK", include_str!("../data/bluesky/shy.json")),
            "searchActors" => ("200 OK", include_str!("../data/bluesky/search_handle.json")),
            "getAuthorFeed" if says("ann.test") => ("200 OK", include_str!("../data/bluesky/annfeed.json")),
            "getAuthorFeed" => ("200 OK", include_str!("../data/bluesky/feed.json")),
            "searchStarterPacks" => ("200 OK", include_str!("../data/bluesky/packs.json")),
            "getActorStarterPacks" => ("200 OK", include_str!("../data/bluesky/packs_of.json")),
            "getStarterPack" => ("200 OK", include_str!("../data/bluesky/pack.json")),
            "getList" if says("cursor") => ("200 OK", "{\"items\":[]}"),
            "getList" => ("200 OK", include_str!("../data/bluesky/list.json")),
            "getFollows" if says("cursor") => ("200 OK", "{\"follows\":[]}"),
            "getFollows" => ("200 OK", include_str!("../data/bluesky/follows.json")),
            _ => ("400 Bad Request", include_str!("../data/bluesky/nobody.json")),
        };
        stream.write_all(whole(status, "Content-Type: application/json\r\n", body).as_bytes()).await
    })
    .await;
    let endpoints =
        Endpoints { bluesky_api: base.to_string(), bluesky: "http://127.0.0.1:1/".to_owned(), ..Endpoints::default() };
    (Client::new(Fetcher::new(&FetchOptions::default()).unwrap(), &endpoints, Vec::new()), asked)
}

#[tokio::test]
async fn somebody_is_read_with_what_they_ask_for() {
    let (client, _) = recorded().await;
    let maria = bluesky::profile(&client, "maria.test").await.unwrap();
    assert_eq!((maria.name.as_str(), maria.handle.as_str(), maria.asks), ("Maria Ruiz", "maria.test", None));
    assert_eq!(maria.links.first().map(|link| link.url.as_str()), Some("https://mariasews.example/"));
    assert!(bluesky::profile(&client, "shy.test").await.unwrap().asks.is_some());
    assert!(matches!(bluesky::profile(&client, "nobody.test").await, Err(LookupError::Nothing(_))));
}

#[tokio::test]
async fn only_what_somebody_wrote_themselves_are_their_posts() {
    let (client, _) = recorded().await;
    let posts = bluesky::posts(&client, "maria.test", 5).await.unwrap();
    assert_eq!(posts.iter().map(|post| post.summary.as_str()).collect::<Vec<_>>(), ["An 1863 sack coat, at last"]);
    assert!(posts[0].url.starts_with("https://bsky.app/profile/maria.test/post/"), "{}", posts[0].url);
    // Her reply and what she passed on are not.
    assert_eq!(bluesky::posts(&client, "ann.test", 5).await.unwrap(), []);
}

#[tokio::test]
async fn packs_lists_and_follows_give_people() {
    let (client, _) = recorded().await;
    let packs = bluesky::search_packs(&client, "sewing", 5).await.unwrap();
    let pack = bluesky::pack(&client, &packs[0].uri).await.unwrap();
    assert_eq!((pack.name.as_str(), pack.creator.handle.as_str()), ("Sewing people", "nora.test"));
    let mut names: Vec<_> = pack.people.iter().map(|person| person.handle.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ann.test", "maria.test", "shy.test"]);
    let list = bluesky::list(&client, pack.list.as_deref().unwrap(), 10).await.unwrap();
    assert_eq!((list.people.found.len(), list.people.more, list.people.stopped), (2, false, None));
    assert!(!list.is_moderation);
    let follows = bluesky::follows(&client, "nora.test", 10).await.unwrap();
    assert_eq!(follows.found.iter().map(|person| person.handle.as_str()).collect::<Vec<_>>(), ["ann.test"]);
}

#[tokio::test]
async fn a_person_is_found_from_their_handle() {
    let (client, _) = recorded().await;
    let person = person::look_up(&client, &address("@maria.test").unwrap()).await.unwrap();
    assert_eq!((person.name.as_str(), person.handles[0].handle.as_str()), ("Maria Ruiz", "maria.test"));
    assert_eq!(person.latest[0].summary, "An 1863 sack coat, at last");
}

#[tokio::test]
async fn a_search_finds_people_with_reasons_and_never_those_who_ask_to_be_left_alone() {
    let (client, asked) = recorded().await;
    let wish =
        Wish { audience: "Sewing".to_owned(), hashtags: vec!["Sewing".to_owned()], bluesky: true, ..Wish::default() };
    let found = gather(&client, &wish, jiff::Timestamp::now(), |_| {}).await;
    let mut names: Vec<_> = found.candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!((names, found.troubles), (vec!["Ann Lee", "Maria Ruiz"], Vec::new()));
    let maria = found.candidates.iter().find(|candidate| candidate.name == "Maria Ruiz").unwrap();
    assert!(maria.reasons.iter().any(|reason| reason.contains("Nora Ashby put them in the starter pack")), "{maria:?}");
    // What was answered is not asked again: a search that is broken off goes on where it was.
    let before = asked.load(Ordering::SeqCst);
    gather(&client, &wish, jiff::Timestamp::now(), |_| {}).await;
    assert_eq!(asked.load(Ordering::SeqCst), before);
}
