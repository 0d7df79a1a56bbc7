//! Answers written by hand from the lexicons `app.bsky.feed`, `app.bsky.graph` and `app.bsky.actor`.

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::social::relations::tests::{any_answer, round, told};

fn me() -> Account {
    Account { did: "did:plc:nora".to_owned(), handle: "nora.example".to_owned(), asks: false }
}

fn author(name: &str) -> Value {
    json!({"did": format!("did:plc:{name}"), "handle": format!("{name}.example")})
}

fn post(name: &str, key: &str) -> Value {
    json!({"uri": format!("at://did:plc:{name}/app.bsky.feed.post/{key}"), "author": author(name),
           "indexedAt": "2026-11-20T12:00:00.000Z", "likeCount": 1, "repostCount": 0, "replyCount": 0})
}

#[test]
fn the_authors_feed_tells_what_they_passed_on_and_to_whom_they_replied() {
    let by = |name: &str| json!({"$type": "app.bsky.feed.defs#reasonRepost", "by": author(name), "indexedAt": "2026-11-21T08:00:00Z"});
    let feed = json!({"feed": [
        {"post": post("maria", "1"), "reason": by("nora")},
        {"post": post("nora", "2"), "reply": {"parent": post("tomas", "3"), "root": post("maria", "4")}},
        {"post": post("nora", "5"), "reply": {"parent": post("nora", "2"), "root": post("tomas", "3")}},
        {"post": post("maria", "6"), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}},
        {"post": post("nora", "7")},
    ]});
    let expected = [
        ("maria", Deed::Boosted, "2026-11-21", "https://bsky.app/profile/maria.example/post/1"),
        ("tomas", Deed::Replied, "2026-11-20", "https://bsky.app/profile/nora.example/post/2"),
    ];
    assert_eq!(
        told(own_deeds(&round(), &me(), &feed)),
        expected.map(|(who, deed, day, url)| (who.to_owned(), deed, day.to_owned(), url.to_owned()))
    );
}

#[test]
fn one_question_tells_who_follows_whom_and_who_no_longer_does() {
    let (maria, tomas) = (Id::from("maria"), Id::from("tomas"));
    let them = |name: &str| Account { did: format!("did:plc:{name}"), handle: format!("{name}.example"), asks: false };
    let accounts = [them("maria"), them("tomas")];
    let theirs = [(&maria, &accounts[0]), (&tomas, &accounts[1])];
    let answer = json!({"actor": "did:plc:nora", "relationships": [
        {"$type": "app.bsky.graph.defs#relationship", "did": "did:plc:maria", "following": "at://did:plc:nora/app.bsky.graph.follow/3lbcdefghij2k"},
        {"$type": "app.bsky.graph.defs#notFoundActor", "actor": "did:plc:tomas", "notFound": true},
        {"$type": "app.bsky.graph.defs#relationship", "did": "did:plc:stranger"},
    ]});
    let mut brought = Brought::default();
    relationships(&round(), &theirs, &answer, &mut brought);
    let found: Vec<_> = brought.evidence.iter().map(|e| (e.contact.as_str(), e.deed, e.ended.is_some())).collect();
    assert_eq!(found, [("maria", Deed::Follows, false), ("maria", Deed::FollowsBack, true)]);
    assert_eq!(brought.known, [maria].into(), "of somebody who is not there nothing is known");
}

#[test]
fn a_follow_has_the_day_that_its_records_key_tells() {
    let now = "2026-11-22T09:00:00Z".parse().unwrap();
    let day = |key: &str| date_of_record(&format!("at://did:plc:a/app.bsky.graph.follow/{key}"), now);
    // The example of the specification of TIDs is of 2023.
    assert_eq!(day("3jzfcijpj2z2a"), Some(date(2023, 6, 30)));
    for odd in ["", "self", "zzzzzzzzzzzzz", "2222222222222", "3jzfcijpj2z2!", "7jzfcijpj2z2a"] {
        assert_eq!(day(odd), None, "{odd}");
    }
}

#[test]
fn a_like_and_an_answer_have_the_day_on_which_the_network_saw_them() {
    let page = json!({"likes": [
        {"actor": author("maria"), "createdAt": "1999-01-01T00:00:00Z", "indexedAt": "2026-11-21T00:00:00Z"},
        {"actor": {"did": "did:plc:x"}, "indexedAt": "2026-11-21T00:00:00Z"},
    ]});
    let like = Like { did: "did:plc:maria".to_owned(), handle: "maria.example".to_owned(), date: date(2026, 11, 21) };
    assert_eq!(likes(&page), [like]);
    let thread = json!({"thread": {"post": post("nora", "1"), "replies": [{"post": post("maria", "2")}, {"post": post("nora", "3")}, {"notFound": true}]}});
    let found = told(answers(&round(), &me(), &thread));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].3, "https://bsky.app/profile/maria.example/post/2");
}

#[test]
fn whoever_asks_to_be_shown_only_to_people_who_are_logged_in_is_not_looked_at() {
    let shy = json!({"did": "did:plc:a", "handle": "a.example", "labels": [{"val": "!no-unauthenticated"}]});
    let quiet = json!({"did": "did:plc:a", "handle": "a.example", "description": "I sew. #nobot"});
    let open = json!({"did": "did:plc:a", "handle": "A.example", "labels": [{"val": "bot"}]});
    assert_eq!(
        [shy, quiet, open].map(|value| account(&value).map(|account| account.asks)),
        [Some(true), Some(true), Some(false)]
    );
}

proptest! {
    #[test]
    fn any_answer_tells_something_or_nothing(answer in any_answer(), key in "\\PC{0,20}") {
        let (round, me, mut brought) = (round(), me(), Brought::default());
        _ = own_deeds(&round, &me, &answer);
        _ = posts(&round, &me, &answer, 14);
        _ = answers(&round, &me, &answer);
        _ = likes(&answer);
        let id = Id::from("maria");
        relationships(&round, &[(&id, &me)], &answer, &mut brought);
        _ = date_of_record(&key, round.now);
    }
}
