//! Bad input: every wrong word is refused with the right exit code and words that help, and changes nothing.

use std::ffi::OsString;

use proptest::prelude::*;
use serde_json::json;

use crate::{GOODWORD, Home, file};

/// A command line, its exit code, and words of its error. `{}` stands for the folder of [`files`].
const WRONG: &[(&[&str], i32, &str)] = &[
    // Words nobody knows.
    (&["tody"], 2, "did you mean today"),
    (&["--frobnicate"], 2, "--frobnicate"),
    (&["today", "tomorrow"], 2, "tomorrow"),
    (&["contact"], 2, "say what to do"),
    (&["contact", "ad"], 2, "did you mean add"),
    (&[""], 2, "no command \"\""),
    (&["today", "\u{1b}[31m"], 2, "goodword today"),
    // The day.
    (&["draft", "--network", "myspace"], 2, "bluesky"),
    (&["draft", "--turn", "-1"], 2, "goodword draft"),
    (&["draft", "--turn", "many"], 2, "whole number"),
    (&["draft", "--turn", "4294967296"], 2, "--turn"),
    (&["done", "Nobody"], 1, "contact list"),
    (&["done", ""], 2, "empty"),
    (&["done", "Mar"], 1, "Maria Ruiz"),
    (&["done", "--network", "myspace"], 2, "there are"),
    (&["done", "--item", "not an address"], 2, "--item"),
    (&["done", "--url", "javascript:alert(1)"], 2, "--url"),
    (&["later", "yesterday"], 2, "45m"),
    (&["later", "25:00"], 2, "17:30"),
    (&["later", "13h"], 2, "today"),
    (&["later", "-1h"], 2, "goodword later"),
    (&["later", "999999999999h"], 2, "later"),
    (&["undo"], 3, "nothing to take back"),
    (&["pick", "Nobody"], 1, "no contact"),
    (&["pick", "Mar"], 1, "id"),
    (&["pick", "Maria", "--on", "2026-13-01"], 2, "2026-12-24"),
    (&["pick", "Maria", "--on", "soon"], 2, "goodword pick --help"),
    (&["pick", "Maria", "--on", ""], 2, "not a day"),
    (&["pick", "Maria", "--on", "1999-01-01"], 2, "over"),
    (&["pick", "Maria", "--on", "9999-12-31"], 2, "two years"),
    (&["diary", "--since", "last week"], 2, "2026-12-24"),
    (&["count", "hello"], 2, "--network"),
    (&["count", "--network", "myspace", "hello"], 2, "mastodon"),
    // Works.
    (&["work", "add", " "], 2, "title"),
    (&["work", "add", "T", "--link", "ftp://a.example/"], 2, "http"),
    (&["work", "edit", "Nothing", "--genre", "x"], 1, "work list"),
    (&["work", "remove", "Nothing"], 1, "no work"),
    // Audiences.
    (&["audience", "add", "!!!"], 2, "no name for an audience"),
    (&["audience", "add", "civil war RE-ENACTORS"], 1, "already"),
    (&["audience", "add", "New", "--via", "Nothing"], 1, "audience or work"),
    (&["audience", "add", "New", "--hashtag", "two words"], 2, "hashtag"),
    (&["audience", "suggest", "--genre", "zzzzzz"], 1, "broader words"),
    (&["audience", "suggest", "--genre", ""], 2, "cannot be empty"),
    (&["audience", "suggest", "--work", "Nothing"], 1, "no work"),
    (&["audience", "suggest", "--depth", "3"], 2, "--depth"),
    (&["audience", "suggest", "--work", "T", "--genre", "G"], 2, "do not go together"),
    (&["audience", "keep"], 2, "missing"),
    (&["audience", "keep", "nonsense"], 1, "suggest"),
    (&["audience", "drop", "nonsense"], 1, "suggest"),
    (&["audience", "show", "Nothing"], 1, "audience list"),
    (&["audience", "tie", "Civil", "Civil", "--bridge", "x"], 2, "itself"),
    (&["audience", "tie", "Civil", "Nothing", "--bridge", "x"], 1, "no audience"),
    (&["audience", "tie", "Civil", "Museum", "--bridge", ""], 2, "one sentence"),
    // People.
    (&["contact", "add"], 2, "<NAME>"),
    (&["contact", "add", "X"], 2, "--why"),
    (&["contact", "add", "", "--why", "w"], 2, "needs a name"),
    (&["contact", "add", "\u{7}\n", "--why", "w"], 2, "needs a name"),
    (&["contact", "add", "X", "--why", " "], 2, "--why"),
    (&["contact", "add", "X", "--why", "w", "--kind", "dog"], 2, "organisation"),
    (&["contact", "add", "X", "--why", "w", "--priority", "urgent"], 2, "high"),
    (&["contact", "add", "X", "--why", "w", "--mastodon", "maria"], 2, "@user@host"),
    (&["contact", "add", "X", "--why", "w", "--bluesky", "maria"], 2, "bsky.social"),
    (&["contact", "add", "X", "--why", "w", "--x", "a b"], 2, "@name"),
    (&["contact", "add", "X", "--why", "w", "--email", "maria"], 2, "e-mail"),
    (&["contact", "add", "X", "--why", "w", "--feed", "file:///etc/passwd"], 2, "http"),
    (&["contact", "add", "X", "--why", "w", "--feed", "http://u:p@a.example/"], 2, "password"),
    (&["contact", "add", "X", "--why", "w", "--site", "http://"], 2, "site"),
    (&["contact", "add", "X", "--why", "w", "--audience", "?"], 2, "audience"),
    (&["contact", "add", "X", "--why", "w", "--bluesky", "MARIA.example"], 1, "Maria Ruiz already has"),
    (&["contact", "list", "--audience", "Nothing"], 1, "audience list"),
    (&["contact", "list", "--stage", "dog"], 2, "allied"),
    (&["contact", "show", "Nobody"], 1, "contact list"),
    (&["contact", "show", "Mar"], 1, "Marta Silva"),
    (&["contact", "edit", "Nobody", "--why", "w"], 1, "no contact"),
    (&["contact", "edit", "Maria", "--name", ""], 2, "name"),
    (&["contact", "edit", "Maria", "--leave", "Museum folk"], 1, "not in"),
    (&["contact", "edit", "Maria", "--drop-feed", "https://a.example/"], 1, "no feed"),
    (&["contact", "mute", "Maria", "--until", "2001-01-01"], 2, "to come"),
    (&["contact", "mute", "Maria", "--until", "soon"], 2, "not a day"),
    (&["contact", "unmute", "Nobody"], 1, "no contact"),
    (&["contact", "never", "Mar"], 1, "could be"),
    (&["contact", "answered", ""], 2, "empty"),
    (&["contact", "remove", "Nobody"], 1, "no contact"),
    // Feeds.
    (&["feeds", "refresh", "Maria"], 3, "--feed"),
    (&["feeds", "inspect", "{}/missing.xml"], 1, "there is no"),
    (&["feeds", "inspect", "{}"], 1, "folder"),
    (&["feeds", "inspect", "{}/page.html"], 1, "not a feed"),
    (&["feeds", "inspect", "{}/binary"], 1, "binary"),
    (&["feeds", "inspect", "{}/empty"], 1, "empty"),
    (&["feeds", "inspect", "{}/huge"], 1, "at most"),
    (&["feeds", "inspect", "http://127.0.0.1:1/"], 1, "cannot be reached"),
    // Every setting that has a wrong value.
    (&["settings", "set", "colour", "red"], 2, "there is no setting"),
    (&["settings", "set", "daily_at", "25:00"], 2, "such as 09:00"),
    (&["settings", "set", "daily_at", "noon"], 2, "such as 09:00"),
    (&["settings", "set", "weekdays", "someday"], 2, "mon"),
    (&["settings", "set", "zone", "Mars/Base"], 2, "Europe/Berlin"),
    (&["settings", "set", "zone", "../../etc/passwd"], 2, "no zone"),
    (&["settings", "set", "cooldown_days", "1"], 2, "2 to 365"),
    (&["settings", "set", "cooldown_days", "many"], 2, "2 to 365"),
    (&["settings", "set", "pause_until", "2001-01-01"], 2, "past"),
    (&["settings", "set", "pause_until", "soon"], 2, "2026-12-24"),
    (&["settings", "set", "networks", "bluesky,myspace"], 2, "myspace"),
    (&["settings", "set", "voice", "loud"], 2, "warm"),
    (&["settings", "set", "language", "klingon!"], 2, "such as en"),
    (&["settings", "set", "mastodon", "nora"], 2, "@user@host"),
    (&["settings", "set", "bluesky", "nora"], 2, "bsky.social"),
    (&["settings", "set", "contact_address", "a@b\r\nX-Evil: 1"], 2, "e-mail"),
    (&["settings", "set", "contact_address", "javascript:1"], 2, "web address"),
    (&["settings", "set", "voice"], 2, "<VALUE>"),
    // The book as a whole.
    (&["export", "{}/book.txt"], 2, ".automerge"),
    (&["export", "{}/missing/book.json"], 1, "there is no"),
    (&["export", "{}/folder.json"], 1, "folder"),
    (&["import-book", "{}/missing.json"], 1, "there is no"),
    (&["import-book", "{}"], 1, "folder"),
    (&["import-book", "{}/empty"], 5, ""),
    (&["import-book", "{}/binary"], 5, "nothing was changed"),
    (&["import-book", "{}/page.html"], 5, "nothing was changed"),
    (&["import-book", "{}/other.json"], 1, "nothing was changed"),
    (&["import-book", "{}/torn.automerge"], 5, "nothing was changed"),
    (&["import-book", "{}/huge"], 1, "more than"),
    (&["backup", "restore", "goodword-1999-01-01.automerge"], 1, "backup list"),
    (&["completions", "nosh"], 2, "zsh"),
    (&["open", "--what"], 2, "--what"),
];

/// Files of every wrong kind.
fn files(home: &Home) -> String {
    let dir = home.dir.path().join("files");
    std::fs::create_dir_all(dir.join("folder.json")).unwrap();
    file(&dir, "page.html", b"<!doctype html><html><body>hello</body></html>");
    file(&dir, "binary", &[0xff, 0xfe, 0x00, 0x9f, 0x92, 0x96].repeat(500));
    file(&dir, "empty", b"");
    file(&dir, "other.json", b"{\"book\": 7, \"x\": [");
    let whole = home.dir.path().join("whole.automerge");
    home.ok(&["export", whole.to_str().unwrap()]);
    let whole = std::fs::read(whole).unwrap();
    file(&dir, "torn.automerge", &whole[..whole.len() / 2]);
    std::fs::File::create(dir.join("huge")).unwrap().set_len(1 << 30).unwrap();
    dir.to_str().unwrap().to_owned()
}

fn people(home: &Home) {
    let maria = ["contact", "add", "Maria Ruiz", "--why", "She sews", "--bluesky", "maria.example"];
    home.ok(&[&maria[..], &["--audience", "Civil War re-enactors"]].concat());
    home.ok(&["contact", "add", "Marta Silva", "--why", "She writes", "--audience", "Museum folk"]);
    home.ok(&["today"]);
}

fn refuses_what_is_wrong(home: &Home) {
    people(home);
    let folder = files(home);
    let heads = home.heads();
    let mut faults = Vec::new();
    for (args, code, words) in WRONG {
        let args: Vec<_> = args.iter().map(|arg| arg.replace("{}", &folder)).collect();
        faults.extend(home.not_refused(*code, words, &args.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(home.heads(), heads, "something was written");
    for (args, _, _) in WRONG {
        let args: Vec<_> = args.iter().map(|arg| arg.replace("{}", &folder)).collect();
        let ran = home.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(ran.out.is_empty() && ran.err.len() > 20, "{args:?}: {}|{}", ran.out, ran.err);
        assert!(!ran.err.contains('\u{1b}') && !ran.err.contains("os error"), "{args:?}: {}", ran.err);
    }
}

#[test]
fn wrong_words_are_refused_and_change_nothing_without_a_daemon() {
    refuses_what_is_wrong(&Home::empty());
}

#[test]
fn wrong_words_are_refused_and_change_nothing_with_a_daemon() {
    refuses_what_is_wrong(&Home::with_daemon());
}

#[test]
fn long_words_are_refused_in_few() {
    let home = Home::empty();
    people(&home);
    let heads = home.heads();
    // The most that Linux takes as one argument.
    let long = "a".repeat(130_000);
    for args in [
        &["pick", &long][..],
        &["contact", "add", &long, "--why", "w"],
        &["contact", "add", "X", "--why", &long],
        &["contact", "add", "X", "--why", "w", "--site", &long],
        &["contact", "add", "X", "--why", "w", "--notes", &long],
        &["work", "add", &long],
        &["audience", "add", &long],
        &["settings", "set", "name", &long],
        &["settings", "set", "voice", &long],
        &["settings", "set", &long, "x"],
        &["later", &long],
        &["done", "--text", &long],
        &["another", "--why-not", &long],
        &["draft", "--network", &long],
        &["feeds", "inspect", &long],
        &[&long],
    ] {
        let ran = home.run(args);
        assert!(matches!(ran.code, 1 | 2) && ran.err.len() < 2_000, "{}: {}", &args[0][..4], ran.err);
    }
    // More than the system takes, so in this process.
    let megabyte = "ä".repeat(1 << 19);
    for args in [
        &["pick", &megabyte][..],
        &["contact", "add", &megabyte, "--why", "w"],
        &["settings", "set", "voice", &megabyte],
    ] {
        let path = home.path();
        let words = [&[GOODWORD, "--home", path.to_str().unwrap()], args].concat();
        assert!(matches!(goodword::cli::run(words.into_iter().map(OsString::from)), 1 | 2), "{}", args[0]);
    }
    assert_eq!(home.heads(), heads);
}

#[test]
fn a_name_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let home = Home::empty();
    let output = home.command().arg("pick").arg(OsString::from_vec(vec![b'M', 0xff])).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("UTF-8"));
}

#[test]
fn a_config_that_is_wrong_is_named_with_its_line_and_nothing_is_written() {
    let home = Home::empty();
    people(&home);
    let config = home.path().join("config.toml");
    let heads = home.heads();
    for (text, words) in [
        (&b"colour = 1"[..], "colour"),
        (b"name = \"x\"\nnotify = \"perhaps\"", "notify"),
        (b"log = \"loud\"", "loud"),
        (b"hub = 7", "hub"),
        (b"[endpoints]\nx = \"javascript:1\"", "endpoints.x"),
        (b"name = ", "line 1"),
        (b"\xff\xfe", "UTF-8"),
        (&[b'#'; 70_000], "larger"),
    ] {
        std::fs::write(&config, text).unwrap();
        home.fails(2, words, &["contact", "list"]);
        home.fails(2, "config.toml", &["status"]);
    }
    std::fs::remove_file(&config).unwrap();
    std::fs::create_dir(&config).unwrap();
    home.fails(2, "config.toml", &["today"]);
    std::fs::remove_dir(&config).unwrap();
    assert_eq!(home.heads(), heads);
}

#[test]
fn what_is_counted_is_read_byte_for_byte() {
    let home = Home::empty();
    let count = |input: &[u8]| home.fed(&["count", "--network", "x", "-", "--json"], input);
    let fits = json!({ "network": "x", "length": 6, "limit": 280, "fits": true });
    assert_eq!(count("h\u{e9}llo\n".as_bytes()).json(), fits, "the line's end counts");
    let long = count(&b"a".repeat(281));
    assert_eq!((long.code, &long.json()["fits"]), (0, &json!(false)), "too long is no failure");
    let binary = count(b"\xff\xfe");
    assert_eq!((binary.code, &binary.json()["error"]["kind"]), (2, &json!("usage")));
    assert_eq!(count(&vec![b'a'; 9 << 20]).code, 2);
    assert!(!home.path().exists(), "counting begins no book");
}

/// Words of the grammar that touch neither the network, nor the author's files, nor the system.
const WORDS: &[&str] = &[
    "today",
    "draft",
    "done",
    "later",
    "another",
    "skip",
    "undo",
    "pick",
    "diary",
    "work",
    "audience",
    "contact",
    "feeds",
    "settings",
    "status",
    "backup",
    "add",
    "list",
    "edit",
    "remove",
    "show",
    "mute",
    "unmute",
    "never",
    "answered",
    "suggest",
    "keep",
    "drop",
    "tie",
    "set",
    "now",
    "refresh",
    "--network",
    "--on",
    "--since",
    "--why",
    "--audience",
    "--stage",
    "--kind",
    "--priority",
    "--until",
    "--genre",
    "--work",
    "--depth",
    "--turn",
    "--explain",
    "--json",
    "--text",
    "--name",
    "--bridge",
    "--via",
    "--hashtag",
    "--mastodon",
    "--bluesky",
    "--x",
    "--email",
    "--notes",
    "--leave",
    "--why-not",
    "--help",
    "--",
    "-",
    "x",
    "plain",
    "mastodon",
    "Maria",
    "Maria Ruiz",
    "Marta",
    "2026-12-12",
    "9999-12-31",
    "1h",
    "23:59",
    "historical fiction",
    "2",
    "noticed",
    "person",
    "high",
    "daily_at",
    "zone",
    "UTC",
    "cooldown_days",
    "30",
    "weekdays",
    "mon,tue",
    "voice",
    "wry",
    "pause_until",
    "",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_end_with_a_known_exit_code(
        begin in 0..16_usize,
        rest in proptest::collection::vec(
            prop_oneof![6 => proptest::sample::select(WORDS).prop_map(str::to_owned), 1 => "[^.:\\p{Cc}]{0,9}"],
            0..7,
        ),
    ) {
        static HOME: std::sync::LazyLock<Home> = std::sync::LazyLock::new(|| {
            let home = Home::empty();
            people(&home);
            home
        });
        let home = HOME.path();
        let words = [GOODWORD, "--home", home.to_str().unwrap(), WORDS[begin]].into_iter().map(str::to_owned);
        let code = goodword::cli::run(words.chain(rest).map(OsString::from));
        prop_assert!(code <= 5, "{code}");
    }
}

/// How many command lines; more where somebody has the time.
fn cases() -> u32 {
    std::env::var("GOODWORD_CLI_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}
