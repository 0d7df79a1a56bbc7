//! What the tests of both networks share.

use proptest::{collection, prelude::*, sample};
use serde_json::Value;

use super::*;

/// A round two days after everything in the answers, with two people.
pub fn round() -> Round {
    let contact = |id: &str| {
        let handles = [("bluesky", format!("{id}.example")), ("mastodon", format!("@{id}@sewing.example"))];
        let handles = handles.map(|(network, handle)| (network.to_owned(), handle)).into();
        Contact { id: id.into(), handles, ..Contact::default() }
    };
    let mut tomas = contact("tomas");
    tomas.handles.insert("mastodon".to_owned(), "@Tomas@books.example".to_owned());
    let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    Round { now, today: date_of(now), names: Names::of(&[contact("maria"), tomas]), ..Round::default() }
}

/// Evidence as it reads.
pub fn told(found: Vec<Evidence>) -> Vec<(String, Deed, String, String)> {
    found.into_iter().map(|e| (e.contact.to_string(), e.deed, e.date.to_string(), e.url)).collect()
}

/// Any JSON, with the names that our networks use.
pub fn any_answer() -> impl Strategy<Value = Value> {
    let words = vec![
        "1",
        "maria@sewing.example",
        "did:plc:nora",
        "nora.example",
        "2026-11-20T12:00:00Z",
        "at://",
        "",
        "https://a.example/",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        sample::select(words).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    let names = vec![
        "account",
        "acct",
        "actor",
        "author",
        "by",
        "created_at",
        "descendants",
        "did",
        "favourites_count",
        "feed",
        "following",
        "handle",
        "id",
        "in_reply_to_account_id",
        "indexedAt",
        "likeCount",
        "likes",
        "mentions",
        "parent",
        "post",
        "reason",
        "reblog",
        "relationships",
        "replies",
        "reply",
        "thread",
        "uri",
        "url",
    ];
    leaf.prop_recursive(6, 96, 6, move |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::hash_map(sample::select(names.clone()).prop_map(str::to_owned), inner, 0..6)
                .prop_map(Value::from_iter),
        ]
    })
}
