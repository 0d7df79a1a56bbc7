//! Look-ups at a real server of the fediverse.

use goodword::{
    domain::share::Endpoints,
    feed::{FetchOptions, Fetcher},
    social::{Client, LookupError, mastodon},
};
use serde_json::json;

use crate::snac::Snac;

fn client() -> Client {
    Client::new(Fetcher::new(&FetchOptions::default()).unwrap(), &Endpoints::default(), Vec::new())
}

#[tokio::test]
async fn an_account_and_its_posts_are_found_from_its_address() {
    let Some(server) = Snac::start() else { return };
    server.add_user("maria");
    server.set("maria", "name", json!("Maria Ruiz"));
    server.set("maria", "bio", json!("I sew coats & photograph buttons"));
    server.set("maria", "metadata", json!({"Web": "https://mariasews.example/"}));
    server.post("maria", "An 1863 sack coat, at last #SewingHistory");
    let client = client();
    let acct = format!("@maria@{}", server.host).parse().unwrap();
    let (profile, base) = mastodon::account(&client, &acct, None).await.unwrap();
    assert_eq!((profile.name.as_str(), &profile.handle), ("Maria Ruiz", &acct.to_string()));
    assert_eq!(profile.about, "I sew coats & photograph buttons");
    assert_eq!(profile.links.first().map(|link| link.url.as_str()), Some("https://mariasews.example/"));
    let posts = mastodon::posts(&client, &base, &profile.id, 5).await.unwrap();
    assert_eq!(posts.first().map(|post| post.summary.as_str()), Some("An 1863 sack coat, at last #SewingHistory"));
    let tagged = mastodon::tagged(&client, &base, "SewingHistory").await.unwrap();
    assert_eq!(tagged.iter().map(|(author, _)| author.name.as_str()).collect::<Vec<_>>(), ["Maria Ruiz"]);
}

#[tokio::test]
async fn somebody_unknown_is_nobody_and_what_wants_a_token_is_closed() {
    let Some(server) = Snac::start() else { return };
    let client = client();
    let acct = format!("@nobody@{}", server.host).parse().unwrap();
    assert!(matches!(mastodon::account(&client, &acct, None).await, Err(LookupError::Nothing(_))));
    let base = mastodon::base(&server.host).unwrap();
    assert!(matches!(mastodon::search(&client, &base, "maria").await, Err(LookupError::Closed(_))));
    assert!(matches!(mastodon::directory(&client, &base).await, Err(LookupError::Nothing(_))));
}

#[tokio::test]
async fn a_post_with_a_hashtag_is_seen_on_the_instance_it_federates_to() {
    let (Some(here), Some(there)) = (Snac::start(), Snac::start()) else { return };
    here.add_user("nora");
    there.add_user("maria");
    here.follow("nora", &there.url("maria"));
    there.wait_for_followers("maria", 1);
    there.post("maria", "Buttons by hand #SewingHistory");
    let tag = "api/v1/timelines/tag/SewingHistory";
    here.wait_for(tag, |list| list.as_array().is_some_and(|list| !list.is_empty()));
    let tagged = mastodon::tagged(&client(), &mastodon::base(&here.host).unwrap(), "SewingHistory").await.unwrap();
    assert_eq!(
        tagged.iter().map(|(author, _)| author.handle.clone()).collect::<Vec<_>>(),
        [format!("@maria@{}", there.host)]
    );
}
