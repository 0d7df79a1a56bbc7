//! The borders of the house, held against the source itself: which room may know what.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test prints, and fails by panicking"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// The rooms from the ground up. A room may use what stands on a floor below its own.
const FLOORS: [&[&str]; 8] = [
    &["domain"],
    &["store", "config", "sync"],
    &["api", "document", "feed", "interests", "platform"],
    &["replica", "page", "import", "social"],
    &["server"],
    &["daemon"],
    &["cli"],
    &["main"],
];

fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(SRC).unwrap().to_owned(), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(Path::new(SRC), &mut found);
    found
}

/// The code of a file without its comments and its unit tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn room(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn offenders(words: &[&str], allowed: impl Fn(&Path) -> bool) -> Vec<String> {
    // A test may wait, read files and panic.
    let allowed = |path: &Path| path.ends_with("tests.rs") || allowed(path);
    let is_offence =
        |(path, text): &(PathBuf, String)| !allowed(path) && words.iter().any(|word| code(text).contains(word));
    sources().into_iter().filter(is_offence).map(|(path, _)| path.display().to_string()).collect()
}

#[test]
fn a_room_uses_only_floors_below_it() {
    let floor = |room: &str| FLOORS.iter().position(|rooms| rooms.contains(&room));
    let mut offences = Vec::new();
    for (path, text) in sources() {
        let mine = room(&path);
        if mine == "lib" {
            continue;
        }
        let my_floor = floor(&mine).unwrap_or_else(|| panic!("{mine} has no floor: give it one"));
        let code = code(&text);
        // `use crate::{a::.., b}` and `crate::a` both name rooms.
        let grouped = code.split("use crate::{").skip(1).map(|rest| rest.split("};").next().unwrap_or_default());
        let grouped = grouped.flat_map(|group| {
            let mut depth = 0;
            group.split_inclusive(['{', '}', ',']).filter_map(move |part| {
                let outer = depth == 0;
                depth += part.matches('{').count() as i32 - part.matches('}').count() as i32;
                outer.then(|| part.trim().to_owned())
            })
        });
        let plain = code.split("crate::").skip(1).map(str::to_owned);
        for named in grouped.chain(plain) {
            let other: String = named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(their_floor) = floor(&other) else { continue };
            if other != mine && their_floor >= my_floor {
                offences.push(format!("{} uses {other}", path.display()));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn the_domain_is_pure() {
    let impure = [
        "tokio",
        "async ",
        ".await",
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "ToSocketAddrs",
        "std::env",
        "std::io",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant::",
        "Timestamp::now",
        "Zoned::now",
        "TimeZone::system",
        "TimeZone::get",
        "now_v7",
        "new_v4",
        "rand::",
        "automerge",
        "rusqlite",
        "reqwest",
        "zbus",
        "HashMap::iter",
        "println!",
        "crate::store",
        "crate::feed",
    ];
    let found = offenders(&impure, |path| room(path) != "domain");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn automerge_lives_in_the_document_room() {
    let found = offenders(&["automerge::"], |path| room(path) == "document");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn sqlite_lives_in_the_store() {
    let found = offenders(&["rusqlite"], |path| room(path) == "store");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn iroh_lives_in_the_sync_room() {
    let found = offenders(&["iroh::", "iroh_"], |path| room(path) == "sync");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_operating_system_is_named_only_in_the_platform_room() {
    let found = offenders(&["target_os", "cfg(unix", "cfg(windows", "cfg(linux"], |path| room(path) == "platform");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn tokio_lives_where_something_waits() {
    let waits = |path: &Path| {
        let fetches = ["feed/fetch.rs", "feed/guard.rs", "feed/refresh.rs", "feed/discover.rs"];
        matches!(room(path).as_str(), "daemon" | "server" | "platform" | "social")
            || path.starts_with("sync/net")
            || path.starts_with("sync/folder")
            || path == Path::new("sync/folder.rs")
            || path == Path::new("sync/net.rs")
            || fetches.iter().any(|file| path == Path::new(file))
    };
    let found = offenders(&["tokio::"], waits);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_the_command_line_prints() {
    let found = offenders(&["println!", "print!(", "io::stdout", "dbg!"], |path| room(path) == "cli");
    assert!(found.is_empty(), "{found:#?}");
}

/// An error is read on the page too, where nobody has a command line: it says what to do next as a thing (`api::Next`),
/// and each surface has the words.
#[test]
fn commands_are_named_where_the_command_line_is_meant() {
    const COMMANDS: [&str; 25] = [
        "today", "draft", "done", "later", "another", "skip", "undo", "pick", "open", "count", "diary", "work",
        "audience", "contact", "discover", "feeds", "device", "sync", "settings", "service", "status", "doctor",
        "backup", "export", "daemon",
    ];
    let words = COMMANDS.map(|command| format!("goodword {command}"));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = offenders(&words, |path| {
        let rooms = ["cli", "main", "page", "platform"];
        let places = ["api/next.rs", "daemon/demo.rs", "daemon/dispatch/doctor.rs"];
        rooms.contains(&room(path).as_str())
            || places.iter().any(|place| path == Path::new(place))
            || path.starts_with("daemon/dispatch/doctor")
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_file_says_first_what_it_is_about() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
