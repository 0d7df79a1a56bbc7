//! Lists that anybody can see, with the built binary: whom the author follows, a list, a starter pack. At Bluesky's own
//! servers (`tests/run --all`), and in what they answered.

use serde_json::{Value, json};

use crate::{author::Home, bluesky_world::Bluesky};

fn person(name: &str, shown: &str, about: &str, labels: Value) -> Value {
    json!({"act": "person", "name": name, "shown": shown, "about": about, "labels": labels})
}

fn story(mut bluesky: Bluesky) {
    let follow = |whom: &str| json!({"act": "follow", "by": "nora", "whom": whom});
    let list = |name: &str, purpose: &str, people: &[&str]| json!({"act": "list", "by": "ann", "name": name, "purpose": purpose, "people": people});
    let gave = bluesky.then(&[
        person("maria", "Maria Ruiz", "I sew coats of 1863", json!([])),
        person("ann", "Ann Lee", "Sewing teacher", json!([])),
        person("shy", "Shy", "Sewing too", json!(["!no-unauthenticated"])),
        person("robot", "Button of the day", "A program", json!(["bot"])),
        person("loud", "Loud", "Argues", json!([])),
        person("nora", "Nora Ashby", "Writes", json!([])),
        json!({"act": "post", "by": "maria", "text": "An 1863 sack coat, at last"}),
        follow("maria"),
        follow("shy"),
        follow("robot"),
        list("Coat makers", "curate", &["maria", "shy", "nora"]),
        list("Loud people", "mod", &["loud"]),
        json!({"act": "pack", "by": "nora", "name": "Sewing people", "people": ["maria", "ann", "shy"]}),
    ]);
    let at = |place: usize| gave[place]["uri"].as_str().unwrap().to_owned();
    let home = Home::on_bluesky(&bluesky.base);
    home.json(&["settings", "set", "bluesky", "nora.test"]);

    // Whom the author follows, without those who ask not to be seen, and without programs.
    let dry = home.json(&["contact", "import", "@nora.test", "--dry-run"]);
    assert_eq!((&dry["added"], &dry["list"]), (&json!(1), &json!("whom nora.test follows on Bluesky")), "{dry}");
    let why: Vec<_> = dry["left_out"].as_array().unwrap().iter().map(|left| left["people"].as_u64()).collect();
    assert_eq!(why, [Some(1), Some(1)], "{dry}");
    assert_eq!(home.json(&["contact", "list"]), json!([]), "a dry run writes nothing");
    let asked = bluesky.asked();
    assert_eq!(home.json(&["contact", "import", "@nora.test"])["added"], 1);
    assert_eq!(bluesky.asked(), asked, "what was answered for the dry run is not asked again");
    let maria = home.json(&["contact", "show", "Maria Ruiz"]);
    let shown = (&maria["stage"], &maria["notes"], &maria["handles"]["bluesky"]);
    assert_eq!(shown, (&json!("following"), &json!("I sew coats of 1863"), &json!("maria.test")));
    assert_eq!(home.json(&["contact", "import", "@nora.test"])["skipped"], 1, "twice is as good as once");

    // A list becomes an audience; the author, who is in it, does not come into their own book.
    let key = at(10).rsplit('/').next().unwrap().to_owned();
    let link = format!("https://bsky.app/profile/ann.test/lists/{key}");
    let listed = home.json(&["contact", "import", &link]);
    assert_eq!((&listed["merged"], &listed["skipped"], &listed["added"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!(listed["audiences"], json!([{"name": "Coat makers", "new": true, "people": 1}]));
    assert_eq!(home.json(&["contact", "show", "Maria Ruiz"])["audiences"], json!(["Coat makers"]));

    // A starter pack too, and into one audience more; who was taken out stays out.
    let pack = at(12);
    home.json(&["contact", "remove", "Maria Ruiz"]);
    let packed = home.json(&["contact", "import", &pack, "--audience", "Teachers"]);
    assert_eq!((&packed["added"], &packed["skipped"]), (&json!(1), &json!(1)), "{packed}");
    let ann = home.json(&["contact", "show", "Ann Lee"]);
    let mut audiences: Vec<_> = ann["audiences"].as_array().unwrap().iter().map(|name| name.as_str()).collect();
    audiences.sort_unstable();
    assert_eq!((audiences, &ann["stage"]), (vec![Some("Sewing people"), Some("Teachers")], &json!("noticed")));

    // Those on a moderation list are kept away.
    let kept = home.json(&["contact", "import", &at(11)]);
    assert_eq!((&kept["suppressed"], &kept["added"]), (&json!(1), &json!(0)), "{kept}");

    let (code, out, err) = home.run(&["contact", "import", "@nobody.test"]);
    assert!(code == 1 && err.contains("does not know this address"), "{code} {out}{err}");

    // For choosing a few: search and starter packs, and never those who ask to be left alone.
    home.json(&["audience", "add", "Sewing"]);
    let found = home.json(&["discover", "Sewing"]);
    let names: Vec<_> = found["candidates"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, [json!("Maria Ruiz")], "Ann is in the book, Maria was only taken out: {found}");
    assert_eq!(found["candidates"][0]["latest"]["title"], json!("An 1863 sack coat, at last"));
    bluesky.end();
}

#[test]
fn the_people_of_a_list_come_in_as_blueskys_servers_show_them() {
    story(Bluesky::recorded("lists.json"));
}

#[test]
#[ignore = "starts Bluesky's whole network"]
fn the_people_of_a_list_come_in_from_blueskys_own_servers() {
    if let Some(bluesky) = Bluesky::live("lists.json") {
        story(bluesky);
    }
}
