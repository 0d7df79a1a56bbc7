//! Look-ups at Bluesky's own servers, in a network of our own. Slow: `tests/run --all` runs it.

use goodword::{
    domain::share::Endpoints,
    feed::{FetchOptions, Fetcher},
    social::{
        Client, bluesky,
        discover::{Wish, gather},
    },
};
use serde_json::json;

use crate::atproto::Atproto;

#[tokio::test]
#[ignore = "starts Bluesky's whole network"]
async fn people_posts_and_packs_are_read_from_the_real_appview() {
    let Some(mut network) = Atproto::start() else { return };
    for (name, shown, about, labels) in [
        ("maria", "Maria Ruiz", "I sew coats of 1863", json!([])),
        ("ann", "Ann Lee", "Sewing teacher", json!([])),
        ("shy", "Shy", "Sewing too", json!(["!no-unauthenticated"])),
        ("nora", "Nora Ashby", "Writes", json!([])),
    ] {
        network.act(json!({"act": "person", "name": name, "shown": shown, "about": about, "labels": labels}));
    }
    network.act(json!({"act": "post", "by": "maria", "text": "An 1863 sack coat, at last"}));
    network.act(json!({"act": "reply", "by": "ann", "post": 0, "text": "Lovely"}));
    network.act(json!({"act": "follow", "by": "nora", "whom": "maria"}));
    network.act(json!({"act": "pack", "by": "nora", "name": "Sewing people", "people": ["maria", "ann", "shy"]}));
    network.act(json!({"act": "settle"}));
    let endpoints = Endpoints { bluesky_api: network.appview.clone(), ..Endpoints::default() };
    let client = Client::new(Fetcher::new(&FetchOptions::default()).unwrap(), &endpoints, Vec::new());
    let posts = bluesky::posts(&client, "maria.test", 5).await.unwrap();
    assert_eq!(posts.iter().map(|post| post.summary.as_str()).collect::<Vec<_>>(), ["An 1863 sack coat, at last"]);
    assert_eq!(bluesky::posts(&client, "ann.test", 5).await.unwrap(), []);
    let follows = bluesky::follows(&client, "nora.test", 10).await.unwrap();
    assert_eq!(follows.found.iter().map(|person| person.handle.as_str()).collect::<Vec<_>>(), ["maria.test"]);
    let wish = Wish { audience: "Sewing".to_owned(), bluesky: true, ..Wish::default() };
    let found = gather(&client, &wish, jiff::Timestamp::now(), |_| {}).await;
    let mut names: Vec<_> = found.candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!((names, found.troubles), (vec!["Ann Lee", "Maria Ruiz"], Vec::new()));
}
