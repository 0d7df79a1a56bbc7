//! The shipped graph of interests is whole, and what authors add to it is read with care.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test prints, and fails by panicking"
)]

use std::{collections::BTreeSet, fs, sync::LazyLock};

use goodword::{
    domain::brainstorm::{self, BrainstormError, FacetKind, Graph, Query, Suggestion, fold},
    interests::{self, SHIPPED},
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

const SPRING: Date = date(2026, 4, 10);

static SHIPPED_GRAPH: LazyLock<Graph> = LazyLock::new(|| interests::load(None).graph);

fn shipped() -> &'static Graph {
    &SHIPPED_GRAPH
}

fn suggest(line: &str) -> Vec<Suggestion> {
    brainstorm::suggest(shipped(), &Query::typed(line), SPRING, 1).unwrap_or_default()
}

fn slugs(suggestions: &[Suggestion]) -> Vec<&str> {
    suggestions.iter().map(|suggestion| suggestion.slug.as_str()).collect()
}

#[test]
fn the_shipped_files_have_no_fault() {
    assert_eq!(interests::load(None).faults, []);
}

#[test]
fn every_file_in_the_folder_ships() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/interests");
    let mut there: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    assert_eq!(there, SHIPPED.map(|(name, _)| name));
}

#[test]
fn the_graph_is_as_wide_as_promised() {
    let graph = shipped();
    let genres = graph.facets.values().filter(|facet| facet.kind == FacetKind::Genre).count();
    assert!(genres >= 40, "{genres} genres");
    assert!(graph.audiences.len() >= 400, "{} audiences", graph.audiences.len());
    let ties: usize = graph.ties.values().map(|ties| ties.len()).sum();
    assert!(ties >= 900, "{ties} ties");
    assert_eq!(graph.prompts.len(), 7);
}

#[test]
fn every_genre_reaches_twenty_audiences_in_two_steps() {
    let graph = shipped();
    for (slug, _) in graph.facets.iter().filter(|(_, facet)| facet.kind == FacetKind::Genre) {
        let found = brainstorm::suggest(graph, &Query::typed(slug), SPRING, 1).unwrap();
        assert!(found.len() >= 20, "{slug} reaches {}", found.len());
    }
}

#[test]
fn every_facet_leads_somewhere_and_every_audience_is_reached() {
    let graph = shipped();
    for slug in graph.facets.keys() {
        assert!(graph.ties.get(slug).is_some_and(|ties| ties.len() >= 3), "{slug} has fewer than three ties");
    }
    let reached: BTreeSet<_> = graph.ties.values().flat_map(|ties| ties.keys()).collect();
    let lonely: Vec<_> = graph.audiences.keys().filter(|slug| !reached.contains(slug)).collect();
    assert!(lonely.is_empty(), "{lonely:?}");
}

#[test]
fn every_shipped_audience_has_hashtags_and_a_place_to_gather() {
    for (slug, interest) in &shipped().audiences {
        assert!((1..=3).contains(&interest.hashtags.len()), "{slug}: {:?}", interest.hashtags);
        assert!(interest.gather.ends_with('.'), "{slug}: {:?}", interest.gather);
    }
}

#[test]
fn no_shipped_audience_has_the_name_of_another() {
    let graph = shipped();
    let names: BTreeSet<_> = graph.audiences.values().map(|interest| fold(&interest.name)).collect();
    assert_eq!(names.len(), graph.audiences.len());
}

#[test]
fn the_ideas_that_began_it_all_come_out() {
    for (typed, expected) in [
        (
            "historical fiction",
            &["history-teachers", "history-students", "renaissance-faires", "civil-war-reenactors"][..],
        ),
        ("horror", &["halloween-lovers"]),
        ("spy thriller", &["spy-gadget-collectors"]),
        ("chick lit", &["sex-and-the-city-fans"]),
        ("YA", &["parents-of-teenagers"]),
    ] {
        let found = suggest(typed);
        for slug in expected {
            let hit = found.iter().find(|suggestion| suggestion.slug == *slug);
            assert!(hit.is_some_and(|suggestion| suggestion.distance == 1), "{typed} -> {slug}");
        }
    }
    let buttons = suggest("historical fiction").into_iter().find(|found| found.slug == "civil-war-reenactors").unwrap();
    assert!(buttons.bridge.starts_with("They will check your buttons"), "{}", buttons.bridge);
}

#[test]
fn typed_words_find_their_genre() {
    for (typed, slug) in [
        ("Romantasy", "romantasy"),
        ("cozy mysteries", "cozy-mystery"),
        ("YA", "young-adult"),
        ("chick-lit", "chick-lit"),
        ("Sci-Fi", "science-fiction"),
        ("children's", "middle-grade"),
        ("women’s fiction", "womens-fiction"),
        ("FIC014000", "historical-fiction"),
        ("fic014000 FICTION / Historical / General", "historical-fiction"),
        ("FIC027050", "historical-romance"),
        ("FIC027999", "romance"),
        ("FIC999999", "literary-fiction"),
        ("HIS027000 HISTORY / Military", "history"),
        ("trains", "trains"),
        ("nurse", "nurse"),
        ("Jane Austen", "regency"),
    ] {
        let found = suggest(typed);
        assert_eq!(found.first().map(|first| first.start.slug.as_str()), Some(slug), "{typed}");
    }
}

#[test]
fn a_phrase_starts_from_every_name_in_it() {
    let found = suggest("a cozy mystery in victorian london with trains");
    let starts: BTreeSet<_> = found.iter().map(|suggestion| suggestion.start.slug.as_str()).collect();
    assert_eq!(starts, BTreeSet::from(["cozy-mystery", "london", "trains", "victorian"]));
}

#[test]
fn a_common_word_in_a_phrase_is_no_subject_code() {
    let found = suggest("a detective and his med student");
    assert!(found.iter().all(|suggestion| suggestion.start.slug == "detective"));
}

#[test]
fn what_several_words_lead_to_comes_before_what_one_does() {
    let found = suggest("victorian, trains");
    assert_eq!(found.first().map(|first| first.slug.as_str()), Some("heritage-railways"));
}

#[test]
fn an_unknown_genre_is_told_the_nearest_names() {
    let error = brainstorm::suggest(shipped(), &Query::typed("hystorical ficton"), SPRING, 1).unwrap_err();
    let BrainstormError::Unknown { typed, nearest } = error else { panic!("{error}") };
    assert_eq!(typed, "hystorical ficton");
    assert!(nearest.contains(&"Historical fiction".to_owned()), "{nearest:?}");
}

#[test]
fn a_genre_that_is_like_no_other_is_told_to_say_it_more_broadly() {
    let error = brainstorm::suggest(shipped(), &Query::typed("qwxz"), SPRING, 1).unwrap_err();
    assert!(matches!(&error, BrainstormError::Unknown { nearest, .. } if nearest.is_empty()), "{error}");
    assert!(error.to_string().contains("broader"), "{error}");
}

#[test]
fn the_shelves_of_the_day_are_known_by_the_names_they_go_by() {
    for (typed, starts) in [
        ("hockey romance", &["romance", "sports"][..]),
        ("grimdark", &["fantasy"]),
        ("xianxia, progression fantasy", &["fantasy"]),
        ("isekai", &["fantasy"]),
        ("gamelit", &["games"]),
        ("omegaverse", &["romance"]),
        ("weird west", &["western"]),
        ("afrofuturism", &["science-fiction"]),
        ("novella", &["short-stories"]),
        ("Jewish fiction", &["faith"]),
    ] {
        let found = suggest(typed);
        let from: BTreeSet<_> = found.iter().map(|suggestion| suggestion.start.slug.as_str()).collect();
        assert_eq!(from, starts.iter().copied().collect(), "{typed}");
    }
}

#[test]
fn a_word_that_nobody_knows_hides_nothing_that_is_known() {
    let query = Query::typed("historical, 1863, Zembla, nurse");
    let found = brainstorm::suggest(shipped(), &query, SPRING, 1).unwrap();
    assert!(slugs(&found).contains(&"civil-war-reenactors"));
    assert_eq!(brainstorm::unknown(shipped(), &query), ["Zembla"]);
}

#[test]
fn a_blurb_names_times_places_jobs_and_things_but_no_genre() {
    let blurb = "A novel: in 1863 a nurse hides letters in a book until the war ends";
    let query = Query { blurbs: vec![blurb.to_owned()], depth: 1, ..Query::default() };
    let found = brainstorm::suggest(shipped(), &query, SPRING, 1).unwrap();
    let starts: BTreeSet<_> = found.iter().map(|step| step.start.name.as_str()).collect();
    assert_eq!(starts, BTreeSet::from(["A nurse or doctor", "Letters and diaries", "The American Civil War"]));
}

#[test]
fn every_heading_of_the_bisac_codes_leads_somewhere() {
    // The headings of the BISAC subject codes (Book Industry Study Group), 2025.
    let headings = "ANT ARC ART BIB BIO BUS CGN CKB COM CRA DES DRA EDU FAM FIC FOR GAM GAR HEA HIS HOM HUM JNF JUV LAN \
        LAW LCO LIT MAT MED MUS NAT OCC PER PET PHI PHO POE POL PSY REF REL SCI SEL SOC SPO STU TEC TRA TRU TRV YAF YAN";
    for heading in headings.split_whitespace() {
        let code = format!("{heading}000000");
        let found = brainstorm::suggest(shipped(), &Query::typed(&code), SPRING, 1);
        assert!(found.is_ok_and(|found| found.len() >= 5), "{code}");
    }
}

#[test]
fn readers_and_other_writers_come_last() {
    let graph = shipped();
    for slug in graph.facets.keys() {
        let found = brainstorm::suggest(graph, &Query::typed(slug), SPRING, 7).unwrap();
        let usual: Vec<_> = found.iter().map(|suggestion| graph.audiences[&suggestion.slug].usual).collect();
        assert!(usual.is_sorted(), "{slug}");
    }
    let last = suggest("horror").pop().unwrap();
    assert!(graph.audiences[&last.slug].usual);
}

#[test]
fn the_path_is_always_a_tie_of_the_graph() {
    let graph = shipped();
    for slug in graph.facets.keys() {
        for found in brainstorm::suggest(graph, &Query::typed(slug), SPRING, 1).unwrap() {
            assert_eq!(graph.ties[&found.via.slug].get(&found.slug), Some(&found.bridge), "{slug} -> {}", found.slug);
            assert_eq!(found.start.slug == found.via.slug, found.distance == 1);
        }
    }
}

#[test]
fn depth_one_shows_only_what_the_word_itself_leads_to() {
    let query = Query { depth: 1, ..Query::typed("horror") };
    let found = brainstorm::suggest(shipped(), &query, SPRING, 1).unwrap();
    assert!(found.iter().all(|suggestion| suggestion.distance == 1));
    assert!(found.len() < suggest("horror").len());
}

#[test]
fn who_is_in_season_comes_before_equals_who_are_not() {
    for day in [date(2026, 10, 1), date(2026, 12, 20), SPRING] {
        let found = brainstorm::suggest(shipped(), &Query::typed("horror"), day, 1).unwrap();
        let near = found.iter().filter(|found| found.distance == 1 && !shipped().audiences[&found.slug].usual);
        assert!(near.is_sorted_by_key(|found| !found.in_season), "{day}");
    }
}

#[test]
fn halloween_is_near_from_the_middle_of_july_to_the_end_of_october() {
    let near = |day| {
        let found = brainstorm::suggest(shipped(), &Query::typed("horror"), day, 1).unwrap();
        found.iter().find(|suggestion| suggestion.slug == "halloween-lovers").unwrap().in_season
    };
    let days = [date(2026, 7, 17), date(2026, 7, 18), date(2026, 10, 31), date(2026, 11, 1)];
    assert_eq!(days.map(near), [false, true, true, false]);
}

#[test]
fn another_seed_gives_another_order_of_the_same_audiences() {
    let order = |seed| {
        let found = brainstorm::suggest(shipped(), &Query::typed("fantasy"), SPRING, seed).unwrap();
        found.into_iter().map(|suggestion| suggestion.slug).collect::<Vec<_>>()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
    assert_eq!(BTreeSet::from_iter(order(1)), BTreeSet::from_iter(order(2)));
}

#[test]
fn a_dropped_audience_is_neither_shown_nor_walked_through() {
    let dropped = BTreeSet::from(["halloween-lovers".to_owned()]);
    let query = Query { dropped, ..Query::typed("horror") };
    let found = brainstorm::suggest(shipped(), &query, SPRING, 1).unwrap();
    assert!(found.iter().all(|suggestion| suggestion.slug != "halloween-lovers"));
    assert!(found.iter().all(|suggestion| suggestion.via.slug != "halloween-lovers"));
}

#[test]
fn a_kept_audience_is_marked_and_opens_one_more_step() {
    let before = suggest("historical fiction");
    let far = before.iter().find(|found| found.slug == "cosplayers").unwrap();
    assert_eq!(far.distance, 2);
    let query = Query { kept: BTreeSet::from(["cosplayers".to_owned()]), ..Query::typed("historical fiction") };
    let after = brainstorm::suggest(shipped(), &query, SPRING, 1).unwrap();
    assert!(after.iter().any(|found| found.slug == "cosplayers" && found.kept));
    let wigs = after.iter().find(|found| found.slug == "wig-stylists").unwrap();
    assert_eq!((wigs.start.slug.as_str(), wigs.distance), ("cosplayers", 1));
    assert!(!slugs(&before).contains(&"wig-stylists"));
}

#[test]
fn without_words_the_walk_starts_from_what_was_kept() {
    let kept = Query { kept: BTreeSet::from(["beekeepers".to_owned()]), depth: 1, ..Query::default() };
    let found = brainstorm::suggest(shipped(), &kept, SPRING, 1).unwrap();
    assert_eq!(slugs(&found), ["heirloom-seed-savers"]);
    let nothing = brainstorm::suggest(shipped(), &Query::default(), SPRING, 1);
    assert_eq!(nothing, Err(BrainstormError::NothingToStartFrom));
}

#[test]
fn the_authors_own_files_add_and_replace() {
    let home = tempfile::tempdir().unwrap();
    let own = r#"
        [genre.horror]
        aliases = ["creature feature"]
        [genre.horror.to]
        swamp-guides = "Someone has to row the boat in your chapter six."
        halloween-lovers = "My neighbour Dot, chiefly."

        [audience.swamp-guides]
        name = "Swamp guides"
        kind = "profession"
    "#;
    fs::write(home.path().join("mine.toml"), own).unwrap();
    let loaded = interests::load(Some(home.path()));
    assert_eq!(loaded.faults, []);
    let found = brainstorm::suggest(&loaded.graph, &Query::typed("creature feature"), SPRING, 1).unwrap();
    let bridge = |slug: &str| found.iter().find(|found| found.slug == slug).map(|found| found.bridge.clone());
    assert_eq!(bridge("swamp-guides").unwrap(), "Someone has to row the boat in your chapter six.");
    assert_eq!(bridge("halloween-lovers").unwrap(), "My neighbour Dot, chiefly.");
    assert!(loaded.graph.facets["horror"].aliases.contains(&"scary".to_owned()));
}

#[test]
fn a_folder_that_is_not_there_is_empty() {
    let home = tempfile::tempdir().unwrap();
    let loaded = interests::load(Some(&home.path().join("nowhere")));
    assert_eq!((&loaded.graph, loaded.faults), (shipped(), Vec::new()));
}

#[test]
fn a_file_that_is_no_text_is_named_and_costs_only_itself() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("bad.toml"), b"prompts = []\n\xff").unwrap();
    let loaded = interests::load(Some(home.path()));
    assert_eq!(&loaded.graph, shipped());
    let [fault] = loaded.faults.as_slice() else { panic!("{:?}", loaded.faults) };
    assert!(fault.file.ends_with("bad.toml") && fault.line == 2, "{fault}");
}

/// A file with one wrong line, that line, and a word of what is said about it.
const WRONG: [(&str, usize, &str); 14] = [
    ("[genre.x]\nname = \"X\"\n[genre.x.to]\nnobody-at-all = \"Because.\"", 4, "no other audience"),
    ("[genre.x]\nname = \"X\"\n[genre.x.to]\nmagicians = \" \"", 4, "no bridge"),
    ("[genre.horror.to]\nmagicians = \"Suitcase, black cloth, and the audience does the rest.\"", 2, "too"),
    ("[genre.horror.to]\nmagicians = \"A.\"\nmagicians = \"B.\"", 3, "duplicate"),
    ("[genre.x]\nname = \"X\"\nnear = [\n  \"nowhere\",\n]", 4, "no other facet"),
    ("[genre.x]\naliases = []", 1, "needs a name"),
    ("[audience.x]\nname = \"X\"", 1, "a name and a kind"),
    ("[audience.x]\nname = \"X\"\nkind = \"cult\"", 3, "unknown variant"),
    ("[audience.x]\nname = \"X\"\nkind = \"hobby\"\nseason = \"Smarch\"", 4, "not a season"),
    ("[audience.x]\nname = \"X\"\nkind = \"hobby\"\nhashtags = [\"#not good\"]", 4, "CamelCase"),
    ("[genre.\"Not A Slug\"]\nname = \"X\"", 1, "not a slug"),
    ("[genre.x]\nname = \"X\"\naliases = [\"spooky stories\", \"scary\"]", 1, "already means \"horror\""),
    ("[job.horror]\nname = \"Horror\"", 1, "another kind"),
    ("\n[genre.x]\ncolour = \"red\"", 3, "unknown field"),
];

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    for (text, line, words) in WRONG {
        let faults = interests::parse(&[&SHIPPED, &[("mine.toml", text)]]).faults;
        let hit = faults.iter().any(|f| f.file == "mine.toml" && f.line == line && f.message.contains(words));
        assert!(hit, "{text}\n{faults:?}");
    }
}

#[test]
fn a_bridge_too_long_to_read_at_a_glance_is_refused() {
    let text = format!("[genre.horror.to]\nmagicians = \"{}\"", "a".repeat(121));
    let faults = interests::parse(&[&SHIPPED, &[("mine.toml", &text)]]).faults;
    assert_eq!(faults.len(), 1);
    assert!(faults[0].message.contains("120"), "{}", faults[0]);
}

#[test]
fn an_entry_named_twice_in_one_layer_is_a_fault() {
    let text = "[genre.x]\nname = \"X\"";
    let faults = interests::parse(&[&[("a.toml", text), ("b.toml", text)]]).faults;
    assert_eq!(faults.len(), 1);
    assert!(faults[0].to_string().starts_with("b.toml:1: \"x\" is named twice, first in a.toml:1"), "{}", faults[0]);
}

proptest! {
    #[test]
    fn garbage_is_refused_with_a_file_and_a_line_that_it_has(text in "\\PC*|[\\[\\]a-z.\"=\n# ]{0,200}") {
        for fault in interests::parse(&[&[("mine.toml", text.as_str())]]).faults {
            prop_assert_eq!(fault.file.as_str(), "mine.toml");
            prop_assert!((1..=1 + text.matches('\n').count()).contains(&fault.line), "{}", fault);
        }
    }

    #[test]
    fn a_shipped_file_with_a_hole_in_it_never_panics(at in 0usize..4000, length in 1usize..400, insert in "[\\[\\]a-z.\"=\n#\u{e9}]{0,12}") {
        let (name, text) = SHIPPED[1];
        let text = &text[..text.floor_char_boundary(4400)];
        let start = text.floor_char_boundary(at.min(text.len()));
        let end = text.floor_char_boundary((at + length).min(text.len()));
        let broken = format!("{}{insert}{}", &text[..start], &text[end..]);
        let loaded = interests::parse(&[&[(name, broken.as_str())]]);
        prop_assert!(loaded.faults.iter().all(|fault| fault.file == name && fault.line <= broken.lines().count() + 1));
    }

    #[test]
    fn whatever_an_author_types_is_answered(typed in "\\PC{0,40}", seed: u64) {
        let graph = shipped();
        match brainstorm::suggest(graph, &Query::typed(&typed), SPRING, seed) {
            Ok(found) => prop_assert!(found.iter().all(|found| graph.audiences.contains_key(&found.slug))),
            Err(BrainstormError::Unknown { nearest, .. }) => prop_assert!(nearest.len() <= 5),
            Err(BrainstormError::NothingToStartFrom) => prop_assert!(typed.chars().all(|c| c.is_whitespace() || ",;".contains(c))),
        }
    }
}
