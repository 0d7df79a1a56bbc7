//! Answers written by hand from Mastodon's API reference (entities Account, Status and Context).

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::social::relations::tests::{any_answer, round, told};

fn me() -> Profile {
    Profile { id: "1".to_owned(), handle: "@Nora@books.example".to_owned(), ..Profile::default() }
}

fn place() -> Place {
    Place { base: Url::parse("https://books.example").unwrap(), host: "books.example".to_owned() }
}

fn account(id: &str, acct: &str) -> Value {
    json!({"id": id, "acct": acct, "url": format!("https://page.example/{acct}")})
}

fn status(id: &str, by: Value) -> Value {
    let url = format!("https://post.example/{id}");
    json!({"id": id, "url": url, "account": by, "created_at": "2026-11-20T12:00:00.000Z", "reblog": null,
           "favourites_count": 1, "reblogs_count": 0, "replies_count": 0, "mentions": []})
}

fn with(mut status: Value, key: &str, value: Value) -> Value {
    status[key] = value;
    status
}

#[test]
fn the_authors_timeline_tells_what_they_passed_on_and_to_whom_they_replied() {
    let maria = account("7", "Maria@sewing.example");
    let boost = with(status("a", account("1", "Nora")), "reblog", status("b", maria.clone()));
    let reply = with(status("c", account("1", "Nora")), "in_reply_to_account_id", json!("8"));
    let reply = with(reply, "mentions", json!([account("7", "maria@sewing.example"), account("8", "tomas")]));
    let to_myself = with(status("d", account("1", "Nora")), "in_reply_to_account_id", json!("1"));
    let boosted_by_them = with(status("e", maria), "reblog", status("f", account("1", "Nora")));
    let timeline = json!([boost, reply, to_myself, boosted_by_them]);
    assert_eq!(
        told(own_deeds(&round(), &place(), &me(), &timeline)),
        [
            ("maria", Deed::Boosted, "2026-11-20", "https://post.example/b"),
            ("tomas", Deed::Replied, "2026-11-20", "https://post.example/c"),
            ("maria", Deed::BoostedBack, "2026-11-20", "https://post.example/f"),
        ]
        .map(|(who, deed, day, url)| (who.to_owned(), deed, day.to_owned(), url.to_owned()))
    );
}

#[test]
fn of_the_authors_posts_those_are_looked_at_that_are_new_and_on_which_something_came_back() {
    let mine = |id: &str| status(id, account("1", "Nora"));
    let old = with(mine("old"), "created_at", json!("2026-10-01T12:00:00.000Z"));
    let quiet = with(mine("quiet"), "favourites_count", json!(0));
    let timeline = json!([
        old,
        quiet,
        with(mine("boost"), "reblog", mine("x")),
        status("theirs", account("7", "m")),
        mine("liked")
    ]);
    let ids: Vec<_> = own_posts(&round(), &me(), &timeline).into_iter().map(|post| post.id).collect();
    assert_eq!(ids, ["liked"]);
}

#[test]
fn an_answer_is_a_reply_to_the_author_and_not_one_among_others() {
    let by = |acct: &str, to: &str| with(status("r", account("9", acct)), "in_reply_to_account_id", json!(to));
    let thread = json!({"ancestors": [], "descendants": [by("maria@sewing.example", "1"), by("tomas", "7"), by("else@a.example", "1")]});
    let found = told(answers(&round(), &place(), &me(), &thread));
    assert_eq!(
        found.into_iter().map(|(who, deed, ..)| (who, deed)).collect::<Vec<_>>(),
        [("maria".to_owned(), Deed::Answered)]
    );
}

#[test]
fn only_a_list_that_shows_somebody_tells_that_others_are_gone() {
    let reading = |read, seen: &[&str]| Reading {
        read,
        seen: seen.iter().map(|id| (*id).into()).collect(),
        ..Reading::default()
    };
    let gone = |reading: &Reading| {
        those_gone(&round(), Deed::Follows, reading).into_iter().map(|e| e.contact.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(gone(&reading(3, &["maria"])), ["tomas"]);
    assert_eq!(gone(&reading(0, &[])), Vec::<String>::new(), "hidden");
    assert_eq!(gone(&reading(LONGEST, &[])), Vec::<String>::new(), "not read to its end");
}

proptest! {
    #[test]
    fn any_answer_tells_something_or_nothing(answer in any_answer()) {
        let (round, place, me) = (round(), place(), me());
        _ = own_deeds(&round, &place, &me, &answer);
        _ = own_posts(&round, &me, &answer);
        _ = answers(&round, &place, &me, &answer);
        _ = place.accounts(&answer);
    }
}
