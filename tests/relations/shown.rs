//! What is known of a relationship, as the author sees it: the stage with its evidence, the ledger, the next step.

use std::fs;

use serde_json::{Value, json};

use crate::{answer, goodword};

/// A book with two people, and what public data shows of one of them.
fn home(evidence: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let person = |name: &str, handle: &str| json!({"name": name, "why": "sews what others only draw", "handles": {"bluesky": handle}, "feeds": {}, "audiences": {}});
    let evidence: serde_json::Map<String, Value> = evidence
        .iter()
        .map(|(deed, date, url)| {
            let value = json!({"date": date, "url": url}).to_string();
            (format!("maria/bluesky/{deed}"), value.into())
        })
        .collect();
    let people = json!({"maria": person("Maria Ruiz", "maria.example"), "tomas": person("Tomas", "tomas.example")});
    let book = json!({"contacts": people, "evidence": evidence, "settings": {"bluesky": "nora.example"}});
    let file = home.path().join("book.json");
    fs::write(&file, book.to_string()).unwrap();
    goodword(home.path(), &["import-book", file.to_str().unwrap()]);
    home
}

const SEEN: [(&str, &str, &str); 3] = [
    ("follows", "2026-11-01", "https://bsky.app/profile/maria.example"),
    ("liked", "2026-11-12", "https://bsky.app/profile/maria.example/post/1"),
    ("answered", "2026-11-14", "javascript:alert(1)"),
];

#[test]
fn a_persons_page_shows_the_stage_with_its_evidence_dates_and_links() {
    let home = home(&SEEN);
    let maria = answer(home.path(), &["contact", "show", "Maria"]);
    assert_eq!(maria["stage"], "allied");
    let rows: Vec<_> =
        maria["evidence"].as_array().unwrap().iter().map(|row| (&row["deed"], &row["by_you"], &row["url"])).collect();
    assert_eq!(
        rows,
        [
            (&json!("answered"), &json!(false), &Value::Null),
            (&json!("liked"), &json!(true), &json!(SEEN[1].2)),
            (&json!("follows"), &json!(true), &json!(SEEN[0].2)),
        ]
    );
    let text = goodword(home.path(), &["contact", "show", "Maria"]);
    for line in [
        "(person, allied)",
        "2026-11-12  you liked something of theirs (bluesky)",
        SEEN[1].2,
        "2026-11-14  they answered you",
    ] {
        assert!(text.contains(line), "{line} is missing in {text}");
    }
}

#[test]
fn people_are_listed_by_the_stage_that_public_data_shows() {
    let home = home(&SEEN);
    let names = |stage: &str| {
        let rows = answer(home.path(), &["contact", "list", "--stage", stage]);
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((names("allied"), names("noticed")), (vec!["Maria Ruiz".to_owned()], vec!["Tomas".to_owned()]));
}

#[test]
fn an_answer_seen_in_public_is_in_the_ledger_beside_the_good_word() {
    let home = home(&SEEN);
    goodword(home.path(), &["done", "Maria"]);
    goodword(home.path(), &["done", "Tomas"]);
    let text = goodword(home.path(), &["diary"]);
    assert!(text.contains("2 people supported on 1 day, 1 wrote back."), "{text}");
}

#[test]
fn the_days_pick_comes_with_the_next_gentle_step_and_where_to_press() {
    let home = home(&[]);
    goodword(home.path(), &["pick", "Maria"]);
    let today = answer(home.path(), &["today"]);
    assert_eq!(today["next_step"]["step"], "follow");
    assert_eq!(today["next_step"]["url"], "https://bsky.app/profile/maria.example");
    let text = goodword(home.path(), &["today"]);
    assert!(text.contains("A small step: If you do not follow Maria Ruiz on Bluesky yet, follow first."), "{text}");
}
