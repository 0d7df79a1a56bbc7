//! Files of other programs, as their exporters write them and as they arrive when something went wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use goodword::{
    api::{Diary, ErrorKind, Fate, ImportFormat, Imported, PeopleFormat},
    domain::{Book, Change, Contact, Id, Kind, Mute, Stage, journal::Ledger, refusal},
    import::{self, MAX_BYTES, MAX_ENTRIES},
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 28);

fn file(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/import")).join(name)).unwrap()
}

/// A book, and ids for what is new in it.
#[derive(Default)]
struct Author {
    book: Book,
    ids: u32,
}

impl Author {
    fn plan(
        &mut self,
        bytes: &[u8],
        name: &str,
        format: Option<ImportFormat>,
    ) -> Result<import::Plan, goodword::api::Error> {
        let sheet = import::read(bytes, name, format)?;
        let ids = &mut self.ids;
        import::plan(&self.book, sheet, None, TODAY, &mut || {
            *ids += 1;
            Id::from(format!("id-{ids:06}"))
        })
    }

    #[track_caller]
    fn import(&mut self, bytes: &[u8], name: &str) -> Imported {
        let plan = self.plan(bytes, name, None).unwrap();
        plan.changes.iter().for_each(|change| self.book.apply(change));
        plan.report
    }

    #[track_caller]
    fn take(&mut self, name: &str) -> Imported {
        self.import(&file(name), name)
    }

    #[track_caller]
    fn person(&self, name: &str) -> &Contact {
        let names = || self.book.people().map(|contact| contact.name.clone()).collect::<Vec<_>>();
        self.book.people().find(|contact| contact.name == name).unwrap_or_else(|| panic!("no {name} in {:?}", names()))
    }

    fn audiences_of(&self, name: &str) -> Vec<&str> {
        let ids = &self.person(name).audiences;
        ids.iter().map(|id| self.book.audience(id).unwrap().name.as_str()).collect()
    }

    fn export(&self, format: PeopleFormat) -> String {
        let history = self.book.history(TODAY);
        let diary = || Diary { entries: Vec::new(), ledger: Ledger::on(&self.book, TODAY) };
        import::write(&self.book, &history, diary, format)
    }
}

fn handle(contact: &Contact, network: &str) -> String {
    contact.handles.get(network).cloned().unwrap_or_default()
}

fn counts(report: &Imported) -> (usize, usize, usize, usize) {
    (report.added, report.merged, report.suppressed, report.skipped)
}

fn lines(report: &Imported) -> Vec<usize> {
    report.problems.iter().map(|problem| problem.line).collect()
}

#[test]
fn mastodon_follows_become_people_we_follow() {
    let mut author = Author::default();
    let report = author.take("following_accounts.csv");
    assert_eq!((report.format.as_str(), counts(&report)), ("mastodon", (3, 0, 0, 0)));
    assert_eq!(report.problems, []);
    let maria = author.person("maria");
    assert_eq!(handle(maria, "mastodon"), "@maria@sewing.example");
    assert_eq!(maria.stage, Stage::Following);
    assert_eq!(maria.why, "", "a why is the author's own sentence");
}

#[test]
fn mastodon_lists_become_audiences() {
    let mut author = Author::default();
    let report = author.take("lists.csv");
    assert_eq!((report.format.as_str(), counts(&report)), ("mastodon-lists", (3, 0, 0, 0)));
    assert_eq!(author.audiences_of("maria"), ["Costume makers"]);
    assert_eq!(author.audiences_of("hof"), ["Museums, small"]);
    let said: Vec<_> = report.audiences.iter().map(|a| (a.name.as_str(), a.new, a.people)).collect();
    assert_eq!(said, [("Costume makers", true, 2), ("Museums, small", true, 1)]);
}

#[test]
fn mastodon_blocks_are_never_suggested_and_never_picked() {
    let mut author = Author::default();
    author.import(b"name,why,mastodon\nLoud,Was cool once,@rude@loud.example\n", "people.csv");
    let report = author.take("blocked_accounts.csv");
    assert_eq!((report.format.as_str(), counts(&report)), ("mastodon-blocks", (0, 0, 2, 0)));
    assert!(author.person("Loud").never);
    assert!(report.rows.iter().any(|row| row.note.contains("Loud is in the book: never")), "{:?}", report.rows);
    let spam =
        Contact { handles: [("mastodon".to_owned(), "@Spam@loud.example".to_owned())].into(), ..Contact::default() };
    assert!(refusal::is_refused(&author.book, &spam));
    let follows = author.import(b"Account address,Show boosts\nspam@loud.example,true\nrude@loud.example,true\n", "");
    assert_eq!(counts(&follows), (0, 0, 0, 2), "a block outlasts a follow");
    assert_eq!(counts(&author.take("blocked_accounts.csv")), (0, 0, 0, 2), "honoured once is honoured");
}

#[test]
fn mastodon_mutes_leave_people_in_peace() {
    let mut author = Author::default();
    author.take("following_accounts.csv");
    let report = author.take("muted_accounts.csv");
    assert_eq!((report.format.as_str(), counts(&report)), ("mastodon-mutes", (0, 0, 2, 0)));
    assert_eq!(author.person("jonas_berg").mute, Some(Mute::Always));
    assert!(!author.person("jonas_berg").never);
    assert!(author.book.refusals.contains("contact/mastodon/@chatty@noise.example"));
}

#[test]
fn opml_folders_become_audiences_and_feeds_land_right() {
    let mut author = Author::default();
    let report = author.take("subscriptions.opml");
    assert_eq!((report.format.as_str(), counts(&report)), ("opml", (4, 0, 0, 0)));
    let maria = author.person("Maria's Sewing Room");
    assert_eq!(maria.feeds.iter().collect::<Vec<_>>(), ["https://sewing.example/feed.xml"]);
    assert_eq!(maria.site, "https://sewing.example/");
    assert_eq!(author.audiences_of("Loom & Needle"), ["Costume makers"]);
    assert_eq!(
        author.audiences_of("Letters from the Front"),
        ["Civil War", "Letters"],
        "a folder of all podcasts groups nobody"
    );
    assert_eq!(author.audiences_of("Small Museums"), [""; 0]);
    assert_eq!(report.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [8, 9, 12, 14]);
}

#[test]
fn vcards_of_every_version_are_read() {
    let mut author = Author::default();
    assert_eq!(counts(&author.take("contacts-v3.vcf")), (2, 0, 0, 0));
    assert_eq!(counts(&author.take("contacts-v4.vcf")), (2, 0, 0, 0));
    assert_eq!(counts(&author.take("contacts-v21.vcf")), (1, 0, 0, 0));
    let maria = author.person("Maria Ruiz");
    assert_eq!(
        (handle(maria, "x"), handle(maria, "mastodon")),
        ("@maria_r".to_owned(), "@maria@sewing.example".to_owned())
    );
    assert_eq!((maria.email.as_str(), maria.site.as_str()), ("maria@sewing.example", "https://sewing.example/"));
    assert!(
        maria.notes.starts_with("Met at the costume fair in Nürnberg, she sews buttonholes by hand and knows"),
        "{}",
        maria.notes
    );
    assert_eq!(author.audiences_of("Maria Ruiz"), ["Costume makers", "Friends"]);
    assert_eq!(author.person("Hofmuseum").kind, Kind::Organisation);
    assert_eq!(author.person("Friends of the Archive").kind, Kind::Organisation);
    assert_eq!(handle(author.person("Jonas Berg"), "mastodon"), "@jonas_berg@books.example");
    assert_eq!(author.person("Jürgen Müller").email, "juergen@uniforms.example");
}

#[test]
fn linkedin_connections_are_read_behind_their_preamble() {
    let mut author = Author::default();
    let report = author.take("Connections.csv");
    assert_eq!((report.format.as_str(), counts(&report)), ("linkedin", (2, 0, 0, 0)));
    assert_eq!(lines(&report), [7]);
    assert_eq!(handle(author.person("Maria Ruiz"), "linkedin"), "maria-ruiz-1863");
    assert_eq!(author.person("Maria Ruiz").notes, "Owner, seamstress, Sewing Room");
    assert_eq!(handle(author.person("Jürgen Müller"), "linkedin"), "jürgen-müller");
}

#[test]
fn authors_of_books_that_were_loved_are_people_to_thank() {
    let mut author = Author::default();
    let report = author.take("goodreads_library_export.csv");
    assert_eq!((report.format.as_str(), counts(&report)), ("goodreads", (1, 0, 0, 0)));
    let notes = &author.person("Idris Haddad").notes;
    assert_eq!(notes, "You gave \"The Sack Coat (Quartermaster, #1)\" 5 stars.\nYou gave \"The Second Coat\" 4 stars.");
}

#[test]
fn google_contacts_of_both_kinds_are_read() {
    let mut author = Author::default();
    assert_eq!((author.take("google.csv").added, author.take("google-2019.csv").added), (2, 1));
    let priya = author.person("Priya Nair");
    assert_eq!((priya.email.as_str(), priya.site.as_str()), ("priya@letters.example", "https://letters.example/"));
    assert_eq!(handle(priya, "bluesky"), "priya.letters.example");
    assert_eq!(author.audiences_of("Priya Nair"), ["Podcasters"]);
    assert_eq!(author.person("Hofmuseum").kind, Kind::Organisation);
    assert_eq!(author.audiences_of("Tomás Costa"), ["Archivists"]);
    assert_eq!(handle(author.person("Tomás Costa"), "mastodon"), "@tomas@archive.example");
}

#[test]
fn x_and_instagram_are_read_and_never_run() {
    let mut author = Author::default();
    let report = author.take("following.js");
    assert_eq!((report.format.as_str(), counts(&report)), ("x", (2, 0, 0, 0)));
    assert_eq!(author.person("X account 1863").site, "https://twitter.com/intent/user?user_id=1863");
    assert_eq!(handle(author.person("maria_r"), "x"), "@maria_r");
    assert_eq!(report.rows[1].line, 9);
    assert_eq!(counts(&author.take("block.js")), (0, 0, 1, 0));
    let report = author.take("following.json");
    assert_eq!((report.format.as_str(), counts(&report)), ("instagram", (2, 0, 0, 0)));
    assert_eq!(handle(author.person("hofmuseum"), "instagram"), "@hofmuseum");
    let error = author.plan(b"window.YTD.follower.part0 = []", "follower.js", None).unwrap_err();
    assert!(error.message.contains("follow you"), "{error:?}");
}

#[test]
fn a_plain_table_takes_what_is_right_and_names_what_is_not() {
    let mut author = Author::default();
    let report = author.take("people.csv");
    assert_eq!((report.format.as_str(), counts(&report)), ("csv", (4, 0, 0, 0)));
    assert_eq!(lines(&report), [6, 6]);
    assert_eq!(author.person("Maria Ruiz").why, "She sews uniforms by hand");
    assert_eq!(author.audiences_of("Maria Ruiz"), ["Costume makers", "Re-enactors"]);
    assert_eq!(handle(author.person("Berg, Jonas"), "mastodon"), "@jonas_berg@books.example");
    assert_eq!(author.person("Hofmuseum").site, "https://museum.example/");
}

#[test]
fn a_table_from_a_german_spreadsheet_is_read_in_its_own_characters() {
    let mut author = Author::default();
    assert_eq!(author.take("people-excel-de.csv").added, 1);
    assert_eq!(author.person("Jürgen Müller").email, "juergen@uniforms.example");
}

#[test]
fn a_list_of_readers_is_refused_unless_it_is_asked_for() {
    let mut author = Author::default();
    let error = author.plan(&file("substack.csv"), "substack.csv", None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    let plan = author.plan(&file("substack.csv"), "substack.csv", Some(ImportFormat::Readers)).unwrap();
    assert_eq!(plan.report.added, 1);
}

#[test]
fn the_same_person_in_five_files_is_one_person() {
    let mut author = Author::default();
    author.take("following_accounts.csv");
    let vcard = author.take("contacts-v3.vcf");
    assert_eq!((vcard.added, vcard.merged), (1, 1));
    author.take("Connections.csv");
    author.take("people.csv");
    let opml = author.take("subscriptions.opml");
    assert!(
        opml.rows.iter().any(|row| row.line == 8 && row.fate == Fate::Skipped),
        "known by feed and site: {:?}",
        opml.rows
    );
    let all: Vec<_> = author.book.people().filter(|contact| contact.site == "https://sewing.example/").collect();
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(all[0].name, "Maria Ruiz", "a handle that stood in for a name makes way");
    assert_eq!(all[0].why, "She sews uniforms by hand");
}

#[test]
fn the_same_file_twice_changes_nothing() {
    for name in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/import")).unwrap() {
        let path = name.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut author = Author::default();
        let Ok(plan) = author.plan(&file(name), name, None) else { continue };
        plan.changes.iter().for_each(|change| author.book.apply(change));
        let again = author.plan(&file(name), name, None).unwrap();
        assert_eq!(again.changes, [], "{name}");
        assert_eq!((again.report.added, again.report.merged, again.report.suppressed), (0, 0, 0), "{name}");
    }
}

#[test]
fn what_the_author_wrote_is_never_written_over() {
    let mut author = Author::default();
    let maria = Contact {
        id: "maria".into(),
        name: "My friend Maria".to_owned(),
        why: "She taught me to sew".to_owned(),
        handles: [("mastodon".to_owned(), "@maria@sewing.example".to_owned())].into(),
        stage: Stage::Allied,
        ..Contact::default()
    };
    author.book.apply(&Change::Contact(maria));
    author.take("following_accounts.csv");
    author.take("people.csv");
    let maria = author.person("My friend Maria");
    assert_eq!((maria.why.as_str(), maria.stage), ("She taught me to sew", Stage::Allied));
    assert_eq!(maria.site, "https://sewing.example/", "what was empty is filled");
}

#[test]
fn people_of_one_house_are_not_one_person() {
    let mut author = Author::default();
    let table =
        "name,email,site\nAda,ada@house.example,https://house.example\nBen,ben@house.example,https://house.example\n";
    assert_eq!(author.import(table.as_bytes(), "").added, 2);
}

#[test]
fn who_was_removed_or_got_a_never_stays_away() {
    let mut author = Author::default();
    author.take("following_accounts.csv");
    let gone = Contact { removed: Some(TODAY), ..author.person("maria").clone() };
    let never = Contact { never: true, ..author.person("aylin").clone() };
    author.book.apply(&Change::Contact(gone));
    author.book.apply(&Change::Contact(never));
    let report = author.take("following_accounts.csv");
    assert_eq!(counts(&report), (0, 0, 0, 3));
    assert!(report.rows[0].note.contains("took maria out of the book"), "{:?}", report.rows);
}

#[test]
fn the_author_is_not_one_of_their_own_contacts() {
    let mut author = Author::default();
    let mut settings = author.book.settings.clone();
    settings.set("mastodon", "@maria@sewing.example", TODAY).unwrap();
    author.book.apply(&Change::Settings(settings));
    assert_eq!(author.take("following_accounts.csv").added, 2);
}

#[test]
fn an_audience_of_the_authors_own_takes_everybody() {
    let mut author = Author::default();
    let sheet = import::read(&file("lists.csv"), "lists.csv", None).unwrap();
    let mut ids = 0;
    let plan = import::plan(&author.book, sheet, Some("Sutlers"), TODAY, &mut || {
        ids += 1;
        Id::from(format!("{ids:04}"))
    });
    plan.unwrap().changes.iter().for_each(|change| author.book.apply(change));
    assert_eq!(author.audiences_of("greta").len(), 2);
}

#[test]
fn carriage_returns_and_byte_order_marks_make_no_difference() {
    for name in [
        "following_accounts.csv",
        "lists.csv",
        "blocked_accounts.csv",
        "muted_accounts.csv",
        "subscriptions.opml",
        "contacts-v3.vcf",
        "contacts-v4.vcf",
        "Connections.csv",
        "goodreads_library_export.csv",
        "google.csv",
        "following.js",
        "following.json",
        "people.csv",
    ] {
        let plain = String::from_utf8(file(name)).unwrap();
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let variants = [
            plain.replace('\n', "\r\n").into_bytes(),
            format!("\u{feff}{plain}").into_bytes(),
            wide(&format!("\u{feff}{plain}")),
            wide(&plain),
            format!("\n\n{plain}\n\n").into_bytes(),
        ];
        let mut author = Author::default();
        let wanted = counts(&author.plan(plain.as_bytes(), name, None).unwrap().report);
        for (place, bytes) in variants.iter().enumerate() {
            let report =
                author.plan(bytes, name, None).unwrap_or_else(|error| panic!("{name} {place}: {error}")).report;
            assert_eq!(counts(&report), wanted, "{name}, variant {place}");
        }
    }
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_a_problem_and_no_person() {
    let mut author = Author::default();
    let report = author.import(b"name,why\nMaria,cool\nJonas,\"never closed\nGreta,cool\n", "");
    assert_eq!((report.added, lines(&report)), (1, vec![3]));
}

#[test]
fn characters_that_were_lost_on_the_way_are_named_with_their_line() {
    let mut text = "name,why\n".to_owned();
    (0..200).for_each(|number| text.push_str(&format!("Person {number},Näht Knöpfe und Kragen\n")));
    let mut bytes = text.into_bytes();
    bytes.extend(b"J\xffrgen,cool\n");
    let mut author = Author::default();
    let report = author.import(&bytes, "");
    assert_eq!((report.added, lines(&report)), (200, vec![202]));
}

#[test]
fn what_is_no_list_of_people_is_said_to_be_none() {
    let mut author = Author::default();
    for (bytes, what) in [
        (&b""[..], "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", "no text"),
        (b"<html><body>Hello</body></html>", "web page"),
        (b"<rss></rss>", "no OPML"),
        (b"{\"a\":1}", "json"),
        (b"just some words\nand more of them\n", "no columns"),
        (b"example.org\nexample.com\n", "no columns"),
    ] {
        let error = author.plan(bytes, "file", None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failed, "{what}");
        assert!(error.message.contains(what), "{what}: {}", error.message);
        assert!(error.hint.is_some(), "{what}");
    }
}

#[test]
fn a_file_that_is_far_too_large_is_refused_at_once() {
    let mut author = Author::default();
    let error = author.plan(&vec![b'x'; MAX_BYTES + 1], "", None).unwrap_err();
    assert!(error.message.contains("larger than"), "{}", error.message);
    for (line, lines) in [("person@host.example\n", 1_000_000), ("name\n", 1_000_000), (",,,\n", 1_000_000)] {
        let error = author.plan(line.repeat(lines).as_bytes(), "", None);
        assert!(error.is_err() || error.unwrap().report.added < 2, "{line}");
    }
    let people: String = (0..=MAX_ENTRIES).map(|number| format!("p{number}@host.example\n")).collect();
    let error = author.plan(people.as_bytes(), "following.csv", None).unwrap_err();
    assert!(error.message.contains("more than"), "{}", error.message);
    let nested = format!("<opml>{}", "<outline text='a'>".repeat(300_000));
    assert_eq!(author.plan(nested.as_bytes(), "", None).unwrap().report.added, 0);
    assert!(author.plan("[".repeat(1_000_000).as_bytes(), "", None).is_err());
}

#[test]
fn a_formula_is_never_live_in_a_table_and_comes_back_as_it_was() {
    let evil = "=HYPERLINK(\"http://evil.example\";\"click\")";
    let mut author = Author::default();
    let maria = Contact {
        id: "maria".into(),
        name: evil.to_owned(),
        why: "+1 cool".to_owned(),
        notes: "-1\n@SUM(A1)".to_owned(),
        handles: [("x".to_owned(), "@maria_r".to_owned())].into(),
        ..Contact::default()
    };
    author.book.apply(&Change::Contact(maria.clone()));
    let table = author.export(PeopleFormat::Csv);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    for cell in reader.records().flatten().flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>()) {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    let mut other = Author::default();
    other.import(table.as_bytes(), "people.csv");
    let back = other.person(evil);
    assert_eq!((&back.why, &back.notes, &back.handles), (&maria.why, &maria.notes, &maria.handles));
}

/// Somebody as an author might have them: what is compared after a round trip.
fn somebody() -> impl Strategy<Value = Contact> {
    let word = "[A-Za-zÀ-ÿ=+@'\"-][A-Za-zÀ-ÿ0-9 ;,.'\"=&<>-]{0,18}";
    let texts = (word, proptest::option::of(word), proptest::option::of("[a-z=-][a-z\n,;\"]{0,20}[a-z]"), 0_u8..3);
    let addresses = (0_u32..1_000_000, proptest::bool::ANY, proptest::bool::ANY, proptest::bool::ANY);
    (texts, addresses, proptest::bool::ANY, proptest::option::of(1_i8..28)).prop_map(
        |(texts, addresses, never, mute)| {
            let (name, why, notes, kind) = texts;
            let (number, mastodon, feed, email) = addresses;
            let mut handles = std::collections::BTreeMap::new();
            handles.insert("bluesky".to_owned(), format!("p{number}.host.example"));
            if mastodon {
                handles.insert("mastodon".to_owned(), format!("@p{number}@host.example"));
            }
            Contact {
                name: name.split_whitespace().collect::<Vec<_>>().join(" "),
                why: why.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
                notes: notes.unwrap_or_default(),
                kind: [Kind::Person, Kind::Organisation, Kind::Cause][usize::from(kind)],
                handles,
                feeds: if feed { [format!("https://host.example/{number}/feed?a=1&b=2")].into() } else { [].into() },
                site: if feed { format!("https://host.example/{number}/") } else { String::new() },
                email: if email { format!("p{number}@host.example") } else { String::new() },
                never,
                mute: mute.map(|day| Mute::Until(date(2027, 1, day))),
                ..Contact::default()
            }
        },
    )
}

fn comparable(contact: &Contact) -> Contact {
    Contact { id: Id::default(), audiences: [].into(), added: None, ..contact.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_exported_comes_back_as_the_same_people(people in proptest::collection::vec(somebody(), 1..6), names in proptest::collection::vec("[A-Za-z][A-Za-z ,;/\"&]{0,10}[a-z]", 1..3)) {
        let mut author = Author::default();
        for (place, name) in names.iter().enumerate() {
            let audience = goodword::domain::Audience {
                id: Id::from(format!("audience-{place}")),
                name: name.split_whitespace().collect::<Vec<_>>().join(" "),
                slug: goodword::domain::audience::slug(name),
                ..Default::default()
            };
            author.book.apply(&Change::Audience(audience));
        }
        let audience = author.book.kept_audiences().map(|audience| audience.id.clone()).last();
        for (place, contact) in people.into_iter().enumerate() {
            let contact = Contact { id: Id::from(format!("person-{place}")), audiences: audience.iter().cloned().collect(), ..contact };
            author.book.apply(&Change::Contact(contact));
        }
        let named = |author: &Author, contact: &Contact| contact.audiences.iter().filter_map(|id| author.book.audience(id)).map(|a| a.name.clone()).collect::<Vec<_>>();
        let all = |author: &Author, seen: &dyn Fn(Contact) -> Contact| {
            let mut all: Vec<_> = author.book.people().map(|contact| (format!("{:?}", seen(comparable(contact))), named(author, contact))).collect();
            all.sort();
            all
        };
        for format in [PeopleFormat::Csv, PeopleFormat::Json] {
            let mut other = Author::default();
            let report = other.import(author.export(format).as_bytes(), "people");
            prop_assert_eq!(&report.problems, &[]);
            prop_assert_eq!(all(&author, &|contact| contact), all(&other, &|contact| contact), "{:?}", format);
        }
        // An address book gets no private notes and knows nothing of our settings.
        let mut other = Author::default();
        other.import(author.export(PeopleFormat::Vcard).as_bytes(), "people.vcf");
        let less = |contact: Contact| Contact {
            kind: if contact.kind == Kind::Person { Kind::Person } else { Kind::Organisation },
            notes: String::new(), feeds: [].into(), never: false, mute: None, ..contact
        };
        prop_assert_eq!(all(&author, &less), all(&other, &less));
        // A feed reader and Mastodon get those who have what they read.
        for (format, is_in) in [(PeopleFormat::Opml, &(|contact: &Contact| !contact.feeds.is_empty()) as &dyn Fn(&Contact) -> bool), (PeopleFormat::Mastodon, &|contact| contact.handles.contains_key("mastodon"))] {
            let mut other = Author::default();
            let wanted = author.book.people().filter(|contact| !contact.never && is_in(contact)).count();
            let report = match other.plan(author.export(format).as_bytes(), "people", None) {
                Ok(plan) => plan.report.added,
                Err(_) => 0,
            };
            prop_assert_eq!(report, wanted, "{:?}", format);
        }
    }

    #[test]
    fn any_bytes_are_people_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut author = Author::default();
        for format in ImportFormat::WORDS {
            _ = author.plan(&bytes, "file", format.parse().ok());
        }
        _ = author.plan(&bytes, "file", None);
    }

    #[test]
    fn a_damaged_file_is_people_or_an_error(which in 0_usize..18, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), cuts in proptest::bool::ANY) {
        let mut names: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/import")).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let path = &names[which % names.len()];
        let mut bytes = std::fs::read(path).unwrap();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut author = Author::default();
        if let Ok(plan) = author.plan(&bytes, "file", None) {
            let report = &plan.report;
            let told = report.rows.len();
            prop_assert_eq!(report.added + report.merged + report.suppressed + report.skipped, told);
            // Whatever came in can be read again and written in every format.
            plan.changes.iter().for_each(|change| author.book.apply(change));
            for format in PeopleFormat::WORDS {
                _ = author.export(format.parse().unwrap());
            }
        }
    }
}
