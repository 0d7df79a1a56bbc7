//! People in and out, with the real binary.

use std::io::Write;

use serde_json::json;

use crate::{Home, file};

const FOLLOWS: &[u8] = b"Account address,Show boosts,Notify on new posts,Languages\n\
    maria@sewing.example,true,false,\n\nnot an account,true,false,\njonas@books.example,true,false,\"en,fr\"\n";

fn walk(home: &Home) {
    let follows = file(home.dir.path(), "following_accounts.csv", FOLLOWS);
    home.ok(&["contact", "list"]);
    let before = home.heads();
    let dry = home.json(&["contact", "import", &follows, "--audience", "Book people", "--dry-run"]);
    assert_eq!((&dry["added"], &dry["dry_run"]), (&json!(2), &json!(true)));
    assert_eq!(dry["problems"][0]["line"], 4, "{dry}");
    assert_eq!(dry["audiences"], json!([{ "name": "Book people", "new": true, "people": 2 }]));
    assert_eq!(home.heads(), before, "a dry run writes nothing");

    let did = home.json(&["contact", "import", &follows, "--audience", "Book people"]);
    assert_eq!((&did["added"], &did["merged"], &did["skipped"]), (&json!(2), &json!(0), &json!(0)));
    let again = home.json(&["contact", "import", &follows]);
    assert_eq!((&again["added"], &again["skipped"]), (&json!(0), &json!(2)), "nothing comes in twice");

    let blocks = file(home.dir.path(), "blocked_accounts.csv", b"jonas@books.example\nloud@noise.example\n");
    let said = home.ok(&["contact", "import", &blocks]);
    assert!(said.contains("jonas is in the book: never"), "{said}");
    assert_eq!(home.json(&["contact", "show", "jonas"])["never"], true);

    // Formats by name and by ending; what was written comes back into another book.
    home.ok(&["contact", "edit", "maria", "--why", "She sews", "--name", "Maria Ruiz"]);
    for name in ["people.csv", "people.json", "people.vcf", "people.opml", "diary.md"] {
        let path = home.dir.path().join(name).to_str().unwrap().to_owned();
        let wrote = home.json(&["contact", "export", &path]);
        assert!(wrote["bytes"].as_u64().unwrap() > 0 && std::path::Path::new(&path).exists(), "{wrote}");
    }
    let other = Home::empty();
    let people = home.dir.path().join("people.csv");
    assert_eq!(other.json(&["contact", "import", people.to_str().unwrap()])["added"], 2);
    assert_eq!(other.json(&["contact", "show", "Maria Ruiz"])["why"], "She sews");
    assert_eq!(other.json(&["contact", "show", "jonas"])["never"], true);
    let mastodon = home.dir.path().join("follows").to_str().unwrap().to_owned();
    home.ok(&["contact", "export", &mastodon, "--format", "mastodon"]);
    let text = std::fs::read_to_string(&mastodon).unwrap();
    assert!(text.contains("\nmaria@sewing.example,") && !text.contains("jonas"), "never is left out: {text}");
}

#[test]
fn people_come_in_and_go_out_without_a_daemon() {
    walk(&Home::empty());
}

#[test]
fn people_come_in_and_go_out_with_a_daemon() {
    walk(&Home::with_daemon());
}

#[test]
fn what_cannot_come_in_is_explained_and_changes_nothing() {
    let home = Home::with_daemon();
    let before = home.heads();
    let at = |name: &str, bytes: &[u8]| file(home.dir.path(), name, bytes);
    home.fails(1, "not recognised", &["contact", "import", &at("words.txt", b"just some words\n")]);
    home.fails(1, "empty", &["contact", "import", &at("empty.csv", b"")]);
    home.fails(1, "ZIP", &["contact", "import", &at("archive.zip", b"PK\x03\x04....")]);
    home.fails(1, "there is no", &["contact", "import", "/nonexistent/people.csv"]);
    home.fails(
        1,
        "cannot be read as opml",
        &["contact", "import", &at("people.csv", b"name\nMaria\n"), "--format", "opml"],
    );
    home.fails(2, "none of csv", &["contact", "import", &at("p.csv", b"name\nMaria\n"), "--format", "abacus"]);
    home.fails(5, "--format readers", &["contact", "import", &at("subs.csv", b"Email,Stripe plan\na@b.example,\n")]);
    home.fails(2, "--format", &["contact", "export", &at("people.xls", b"")]);
    let endless = home.dir.path().join("endless.csv");
    let mut endless_file = std::fs::File::create(&endless).unwrap();
    endless_file.write_all(b"name,why\n").unwrap();
    endless_file.set_len(100 << 20).unwrap();
    home.fails(1, "larger than", &["contact", "import", endless.to_str().unwrap()]);
    home.fails(1, "larger than", &["contact", "import", "/dev/zero"]);
    let many = format!("name\n{}", "Somebody\n".repeat(1_000_000));
    home.fails(1, "more than", &["contact", "import", &at("many.csv", many.as_bytes())]);
    assert_eq!(home.heads(), before);
}
