//! A friendship on Bluesky from its first follow to the first answer, and what goodword sees of it: at Bluesky's own
//! servers (`tests/run --all`), and in what they answered.

use std::path::Path;

use serde_json::{Value, json};

use crate::{answer, bluesky::Bluesky, deeds, goodword, handles, set};

fn home(api: &str, own: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = format!("[endpoints]\nbluesky_api = \"{api}\"\n");
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    goodword(home.path(), &["settings", "set", "bluesky", own]);
    for (name, why) in [
        ("Maria", "Maria sews every buttonhole by hand"),
        ("Ann", "Ann teaches what others keep to themselves"),
        ("Shy", "Shy finds patterns in probate records"),
    ] {
        let handle = format!("{}.test", name.to_lowercase());
        goodword(home.path(), &["contact", "add", name, "--why", why, "--bluesky", &handle]);
    }
    home
}

fn person(name: &str, labels: Value) -> Value {
    json!({"act": "person", "name": name, "shown": name, "about": "Sews", "labels": labels})
}

/// What is seen between Nora and Maria after a round.
fn seen(home: &Path) -> (std::collections::BTreeSet<String>, String) {
    goodword(home, &["feeds", "refresh", "Maria"]);
    let stage = answer(home, &["contact", "show", "Maria"])["stage"].as_str().unwrap().to_owned();
    (deeds(home, "Maria"), stage)
}

fn story(mut bluesky: Bluesky) {
    let by = |act: &str, by: &str, post: u8| json!({"act": act, "by": by, "post": post});
    let follow = |by: &str, whom: &str| json!({"act": "follow", "by": by, "whom": whom});
    let text = |by: &str, text: &str| json!({"act": "post", "by": by, "text": text});
    bluesky.then(&[
        person("maria", json!([])),
        person("ann", json!([])),
        person("shy", json!(["!no-unauthenticated"])),
        person("nora", json!([])),
        text("maria", "An 1863 sack coat, at last"),
        text("nora", "The Button Ledger has a cover"),
        text("shy", "A will that names every button"),
    ]);
    let stranger = home(&bluesky.base, "nobody.test");
    goodword(stranger.path(), &["feeds", "refresh"]);
    assert_eq!(handles(stranger.path())["message"], "Bluesky does not know your handle nobody.test");
    let home = home(&bluesky.base, "nora.test");
    let home = home.path();
    let step = || answer(home, &["today"])["next_step"]["said"].clone();
    goodword(home, &["pick", "Maria"]);
    assert_eq!(step(), "If you do not follow Maria on Bluesky yet, follow first.");
    let before = bluesky.asked();
    goodword(home, &["feeds", "refresh"]);
    assert!(bluesky.asked() - before < 10, "{} questions for three people", bluesky.asked() - before);
    assert_eq!(step(), "You do not follow Maria on Bluesky yet: follow first.");
    assert_eq!(seen(home), (set(&[]), "noticed".to_owned()));
    // That she follows first, and likes, moves nothing before the author did something.
    bluesky.then(&[follow("maria", "nora"), by("like", "maria", 1)]);
    assert_eq!(seen(home), (set(&["follows_back", "liked_back"]), "noticed".to_owned()));
    bluesky.then(&[follow("nora", "maria"), follow("nora", "shy"), by("like", "nora", 2)]);
    assert_eq!(seen(home), (set(&["follows", "follows_back", "liked_back"]), "engaging".to_owned()));
    goodword(home, &["feeds", "refresh", "Shy"]);
    goodword(home, &["feeds", "refresh", "Ann"]);
    assert_eq!(step(), "Next, like something of Maria's on Bluesky.");
    // Whoever asks to be shown to members only is followed like anybody; their posts are not looked at.
    assert_eq!((deeds(home, "Shy"), deeds(home, "Ann")), (set(&["follows"]), set(&[])));
    let reply = json!({"act": "reply", "by": "nora", "post": 0, "text": "What a coat"});
    bluesky.then(&[by("like", "nora", 0), reply, by("repost", "nora", 0)]);
    let hers = ["follows_back", "liked_back"];
    let mine = ["follows", "liked", "replied", "boosted"];
    assert_eq!(seen(home), (set(&[&hers[..], &mine].concat()), "supporting".to_owned()));
    let reply = json!({"act": "reply", "by": "maria", "post": 1, "text": "I will read it"});
    bluesky.then(&[by("repost", "maria", 1), reply]);
    let all = [&hers[..], &mine, &["boosted_back", "answered"]].concat();
    assert_eq!(seen(home), (set(&all), "allied".to_owned()));
    let rows = answer(home, &["contact", "show", "Maria"])["evidence"].clone();
    let url = |deed: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["deed"] == deed).unwrap();
        row["url"].as_str().unwrap_or_default().to_owned()
    };
    assert!(url("liked").starts_with("https://bsky.app/profile/maria.test/post/"), "{rows}");
    assert!(url("answered").starts_with("https://bsky.app/profile/maria.test/post/"), "{rows}");
    assert_eq!(url("follows"), "https://bsky.app/profile/maria.test");
    // What ended is over; what was done once was done.
    bluesky.then(&[json!({"act": "unfollow", "by": "nora", "whom": "maria"})]);
    let (left, stage) = seen(home);
    assert_eq!((left.contains("follows"), left.contains("liked"), stage.as_str()), (false, true, "allied"));
    let ledger = answer(home, &["diary"])["ledger"].clone();
    assert_eq!(ledger["supported"], 0, "nobody had a good word yet, whoever answered: {ledger}");
    bluesky.end();
}

#[test]
fn a_friendship_is_seen_step_by_step_in_what_blueskys_servers_answered() {
    story(Bluesky::recorded("friendship.json"));
}

#[test]
#[ignore = "starts Bluesky's whole network"]
fn a_friendship_is_seen_step_by_step_at_blueskys_own_servers() {
    if let Some(bluesky) = Bluesky::live("friendship.json") {
        story(bluesky);
    }
}

#[test]
fn without_a_network_nothing_is_lost_and_nothing_is_said() {
    // A port on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let home = home(&format!("http://127.0.0.1:{port}"), "nora.test");
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    assert_eq!((deeds(home.path(), "Maria"), &handles(home.path())["ok"]), (set(&[]), &json!(true)));
}
