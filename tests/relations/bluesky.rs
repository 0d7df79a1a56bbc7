//! Rounds over HTTP at a server that answers as Bluesky's lexicons say.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{answer, answers::Answers, deeds, goodword, handles, set};

fn author(name: &str) -> Value {
    json!({"did": format!("did:plc:{name}"), "handle": format!("{name}.example"), "labels": []})
}

fn post(name: &str, key: &str, count: u8) -> Value {
    let at = (Timestamp::now() - SignedDuration::from_hours(30)).to_string();
    json!({"uri": format!("at://did:plc:{name}/app.bsky.feed.post/{key}"), "author": author(name), "indexedAt": at,
           "likeCount": count, "repostCount": count, "replyCount": count})
}

fn like(name: &str) -> Value {
    json!({"likes": [{"actor": author(name), "indexedAt": "2026-11-20T00:00:00Z", "createdAt": "2026-11-20T00:00:00Z"}]})
}

/// Bluesky, on which everything happened between Nora and Maria that can happen.
fn friends() -> Answers {
    let bluesky = Answers::start();
    let says = |question: &str, body: Value| bluesky.says(&format!("/xrpc/app.bsky.{question}"), body);
    says("actor.getProfile?actor=nora.example", author("nora"));
    says("actor.getProfiles", json!({"profiles": [author("maria")]}));
    let relationship = json!({"did": "did:plc:maria", "following": "at://did:plc:nora/app.bsky.graph.follow/1", "followedBy": "at://did:plc:maria/app.bsky.graph.follow/1"});
    says("graph.getRelationships", json!({"actor": "did:plc:nora", "relationships": [relationship]}));
    let repost = json!({"by": author("nora"), "indexedAt": "2026-11-20T00:00:00Z"});
    let feed = json!({"feed": [
        {"post": post("maria", "coat", 1), "reason": repost},
        {"post": post("nora", "reply", 0), "reply": {"parent": post("maria", "coat", 1), "root": post("maria", "coat", 1)}},
        {"post": post("nora", "mine", 1)},
    ]});
    says("feed.getAuthorFeed?actor=did%3Aplc%3Anora&filter=posts_with_replies&limit=50", feed);
    says(
        "feed.getAuthorFeed?actor=did%3Aplc%3Amaria&filter=posts_no_replies&limit=20",
        json!({"feed": [{"post": post("maria", "coat", 1)}]}),
    );
    let of = |name: &str, key: &str| format!("uri=at%3A%2F%2Fdid%3Aplc%3A{name}%2Fapp.bsky.feed.post%2F{key}");
    says(&format!("feed.getLikes?{}&limit=100", of("nora", "mine")), like("maria"));
    says(&format!("feed.getLikes?{}&limit=100", of("maria", "coat")), like("nora"));
    says("feed.getRepostedBy", json!({"repostedBy": [author("maria")]}));
    says(
        "feed.getPostThread",
        json!({"thread": {"post": post("nora", "mine", 1), "replies": [{"post": post("maria", "answer", 0)}]}}),
    );
    bluesky
}

fn home(bluesky: &Answers, own: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = format!("[endpoints]\nbluesky_api = \"http://{}\"\n", bluesky.host);
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    goodword(home.path(), &["settings", "set", "bluesky", own]);
    let why = "Maria sews every buttonhole by hand";
    goodword(home.path(), &["contact", "add", "Maria Ruiz", "--why", why, "--bluesky", "Maria.example"]);
    home
}

#[test]
fn everything_between_two_people_is_noticed() {
    let bluesky = friends();
    let home = home(&bluesky, "nora.example");
    goodword(home.path(), &["feeds", "refresh"]);
    let all = ["follows", "liked", "boosted", "replied", "follows_back", "liked_back", "boosted_back", "answered"];
    assert_eq!(deeds(home.path(), "Maria"), set(&all));
    assert_eq!(answer(home.path(), &["contact", "show", "Maria"])["stage"], "allied");
    let asked = bluesky.asked();
    assert!(asked.len() < 15, "{} questions: {asked:#?}", asked.len());
}

#[test]
fn a_follow_that_ended_is_shown_no_more() {
    let bluesky = friends();
    let home = home(&bluesky, "nora.example");
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    bluesky.says("/xrpc/app.bsky.graph.getRelationships", json!({"relationships": [{"did": "did:plc:maria"}]}));
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    let left = deeds(home.path(), "Maria");
    assert!(!left.contains("follows") && !left.contains("follows_back") && left.contains("liked"), "{left:?}");
}

#[test]
fn the_next_step_is_known_once_the_days_person_was_looked_up() {
    let bluesky = friends();
    bluesky.says("/xrpc/app.bsky.graph.getRelationships", json!({"relationships": [{"did": "did:plc:maria"}]}));
    let home = home(&bluesky, "nora.example");
    let step = |home: &std::path::Path| answer(home, &["today"])["next_step"]["said"].clone();
    assert_eq!(step(home.path()), "If you do not follow Maria Ruiz on Bluesky yet, follow first.");
    goodword(home.path(), &["feeds", "refresh"]);
    assert_eq!(step(home.path()), "You do not follow Maria Ruiz on Bluesky yet: follow first.");
}

#[test]
fn a_handle_that_bluesky_does_not_know_is_said_by_doctor() {
    let bluesky = friends();
    let question = "/xrpc/app.bsky.actor.getProfile?actor=nobody.example";
    bluesky.put(
        question,
        crate::answers::Said {
            status: 400,
            body: json!({"error": "InvalidRequest", "message": "Profile not found"}),
            next: None,
        },
    );
    let home = home(&bluesky, "nobody.example");
    goodword(home.path(), &["feeds", "refresh"]);
    let said = handles(home.path());
    assert_eq!(said["message"], "Bluesky does not know your handle nobody.example");
}

#[test]
fn without_a_network_nothing_is_lost_and_nothing_is_said() {
    let nobody = Answers::start();
    let home = tempfile::tempdir().unwrap();
    // A port on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!("[endpoints]\nbluesky_api = \"http://127.0.0.1:{port}\"\n");
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    goodword(home.path(), &["settings", "set", "bluesky", "nora.example"]);
    goodword(home.path(), &["contact", "add", "Maria", "--why", "sews", "--bluesky", "maria.example"]);
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    assert_eq!(deeds(home.path(), "Maria"), set(&[]));
    assert_eq!((handles(home.path())["ok"].clone(), nobody.asked().len()), (json!(true), 0));
}
