//! What to share, and what the critic refuses.
#![allow(clippy::unwrap_used)] // a test may panic: that is how it fails

use std::collections::HashSet;

use goodword::domain::{
    Contact, Item, ItemKind,
    choose::choose_item,
    critic::{Brief, passes, review},
    draft::{Phrases, Used},
    network::Network,
};
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

fn item(url: &str, title: &str, days: i64) -> Item {
    let published = now().checked_sub(SignedDuration::from_hours(24 * days)).ok();
    Item { title: title.to_owned(), url: format!("https://example.org/{url}"), published, ..Item::default() }
}

fn chosen(items: &[Item], shared: &[&str]) -> Option<String> {
    let shared: HashSet<_> = shared.iter().map(|url| format!("https://example.org/{url}")).collect();
    let contact = Contact { why: "Knows every seam of an 1863 coat".to_owned(), ..Contact::default() };
    let chosen = choose_item(items, &shared, &contact, None, now(), &Phrases::builtin().unwrap());
    chosen.map(|item| item.url.rsplit('/').next().unwrap().to_owned())
}

#[test]
fn an_item_is_fresh_never_shared_and_not_from_the_future() {
    let items =
        [item("old", "Seams", 31), item("future", "Coats", -2), item("shared", "Coats", 1), item("fine", "Hats", 29)];
    assert_eq!(chosen(&items, &["shared"]).as_deref(), Some("fine"));
    assert_eq!(chosen(&items[..3], &["shared"]), None);
}

#[test]
fn what_asks_not_to_be_passed_on_by_programs_is_left_alone() {
    let items = [item("quiet", "Seams of an 1863 coat #NoBot", 1), item("open", "Hats", 20)];
    assert_eq!(chosen(&items, &[]).as_deref(), Some("open"));
    assert_eq!(chosen(&items[..1], &[]), None);
}

#[test]
fn what_is_near_the_why_goes_before_what_is_only_newer() {
    let items = [item("newer", "A walk in the park", 1), item("nearer", "Every seam of a coat", 6)];
    assert_eq!(chosen(&items, &[]).as_deref(), Some("nearer"));
}

#[test]
fn a_real_piece_goes_before_a_short_post_and_before_somebody_elses_words() {
    let post = Item { kind: ItemKind::Post, ..item("post", "coffee first", 0) };
    let items = [post, item("repost", "RT @eve: seam coat", 0), item("piece", "On hats", 9)];
    assert_eq!(chosen(&items, &[]).as_deref(), Some("piece"));
}

#[test]
fn an_item_about_grief_comes_only_when_there_is_no_other() {
    let items = [item("grief", "The seam my mother left: on grief", 0), item("other", "On hats", 20)];
    assert_eq!(chosen(&items, &[]).as_deref(), Some("other"));
    assert_eq!(chosen(&items[..1], &[]).as_deref(), Some("grief"));
}

#[test]
fn the_choice_does_not_depend_on_the_order_of_the_feed() {
    let mut items: Vec<_> =
        (0..20).map(|n| item(&n.to_string(), ["Coats", "Hats", "Seam"][n % 3], n as i64 % 4)).collect();
    let first = chosen(&items, &[]);
    items.reverse();
    assert_eq!(chosen(&items, &[]), first);
}

#[test]
fn the_critic_names_the_rule_that_a_text_breaks() {
    let phrases = Phrases::builtin().unwrap();
    let link = "https://example.org/a";
    let recent = [Used { text: "A good long read about coats, and more".to_owned(), skeleton: None }];
    let (foreign, concrete) = (["“Amazing coats”".to_owned()], ["“Amazing coats”".to_owned()]);
    let broken = |text: &str, warning: Option<&str>| {
        let brief = Brief {
            network: Network::Bluesky,
            limit: 300,
            mention: Some("@m.example.org"),
            link: Some(link),
            foreign: &foreign,
            concrete: &concrete,
            warning,
            recent: &recent,
        };
        let findings = review(text, &brief, phrases.language("en"));
        assert_eq!(passes(&findings), findings.iter().all(|finding| finding.ok));
        findings.into_iter().filter(|finding| !finding.ok).map(|finding| finding.rule).collect::<Vec<_>>()
    };
    let fine = format!("I read “Amazing coats” by @m.example.org.\n\n#SackCoats\n\n{link}");
    assert_eq!(broken(&fine, None), Vec::<&str>::new());
    for (text, rule) in [
        (fine.replace("I read", "I read @other.example.org on"), "mentions"),
        (format!("@m.example.org {fine}"), "mentions"),
        (fine.replace("#SackCoats", "#SackCoats #Two #Three"), "hashtags"),
        (fine.replace("#SackCoats", "#sackcoats"), "hashtags"),
        (fine.replace("#SackCoats", "https://short.example/x"), "link"),
        (fine.replace("I read", "An amazing piece:"), "superlatives"),
        (fine.replace("#SackCoats", "Tag a friend!"), "bait"),
        (fine.replace("“Amazing coats”", "something"), "concrete"),
        (fine.replace("I read", "A good long read about"), "opening"),
        (fine.replace("#SackCoats", &"long ".repeat(60)), "length"),
    ] {
        assert!(broken(&text, None).contains(&rule), "{rule}: {:?} in {text}", broken(&text, None));
    }
    assert_eq!(broken(&fine, Some("war")), ["warning"]);
}
