//! Bombs: small files that would grow to gigabytes are refused before they grow, and broken ones never panic out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/bombs.rs"]
mod bombs;
mod support;

use std::{fs, io::Write as _, path::Path, process::Command};

use bombs::*;
use goodword::{
    document::{Document, LoadError, limits},
    domain::Book,
};
use proptest::{collection, prelude::*, sample};

/// The largest things that are let in: they may be loaded, and must not take gigabytes either.
fn largest() -> Vec<(&'static str, Vec<u8>)> {
    let (rows, count) = (limits::MAX_OPS as i64, limits::MAX_CHANGES as i64);
    let chained = |max_op: i64| {
        let mut columns = changes(count, max_op);
        columns[2].1 = run(count, &signed(max_op));
        columns[5].1 = [run(1, &unsigned(0)), run(count - 1, &unsigned(1))].concat();
        columns.insert(6, (0x43, [run(1, &signed(0)), run(count - 2, &signed(1))].concat()));
        columns
    };
    let mut values = ops(1, b"k");
    let len = limits::MAX_INFLATED - (1 << 20);
    values[5].1 = run(1, &unsigned((len << 4) | 7));
    values.insert(6, (0x57 | DEFLATED, deflate((0..63).map(|_| vec![0; 1 << 20]))));
    // Counts and lengths are values, not runs: they must not be believed.
    let lying = |column: usize, value: u64| {
        let mut columns = ops(2, b"k");
        columns[column].1 = run(2, &unsigned(value));
        document(&changes(1, 2), &columns)
    };
    let mut lying_changes = changes(2, 2);
    lying_changes[5].1 = run(2, &unsigned(u64::from(u32::MAX)));
    let mut lying_ops = change_ops(2, b"k");
    lying_ops.last_mut().unwrap().1 = run(2, &unsigned(1 << 40));
    let key = vec![b'k'; (limits::MAX_TEXT as i64 / rows) as usize];
    vec![
        ("a trillion successors", lying(6, 1 << 40)),
        ("four billion successors", lying(6, u64::from(u32::MAX))),
        ("a value of a terabyte", lying(5, (1 << 44) | 7)),
        ("an operation number past all others", document(&changes(1, i64::from(u32::MAX)), &ops(2, b"k"))),
        ("four billion dependencies", document(&lying_changes, &ops(2, b"k"))),
        ("a trillion predecessors", chunk(CHANGE, &change_data(&lying_ops))),
        ("operations in one change", document(&changes(1, rows), &ops(rows, b"k"))),
        ("operations with long keys", document(&changes(1, rows), &ops(rows, &key))),
        ("changes of seven operations", document(&chained(rows / count), &ops(rows, b"k"))),
        ("empty changes", document(&chained(0), &ops(1, b"k"))),
        (
            "changes of many actors",
            document_by(limits::MAX_ACTORS_TIMES_CHANGES / count as u64, &chained(0), &ops(1, b"k")),
        ),
        ("a long value", document(&changes(1, 1), &values)),
        ("a change of operations", chunk(CHANGE, &change_data(&change_ops(rows, b"k")))),
    ]
}

/// Set for the process in which one bomb is opened.
const BOMB: &str = "GOODWORD_TEST_BOMB";

/// Opens a file in a process of its own and gives that one's peak memory in KiB, and whether it was too big.
fn peak_of_opening(name: &str, bytes: &[u8]) -> (u64, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb");
    fs::write(&path, bytes).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "open_a_bomb", "--nocapture"]).env(BOMB, &path);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let peak = said.lines().find_map(|line| line.strip_prefix("peak_kib="));
    let peak = peak.unwrap_or_else(|| panic!("{name}: {output:?}")).trim().parse().unwrap();
    (peak, said.contains("too_big=true"))
}

fn memory_can_be_read() -> bool {
    let can = Path::new("/proc/self/status").exists();
    if !can {
        eprintln!("skipped: peak memory is read from /proc");
    }
    can
}

#[test]
fn no_bomb_takes_memory() {
    for (name, bytes) in if memory_can_be_read() { bombs() } else { Vec::new() } {
        assert!(bytes.len() < 20 << 20, "{name}: {} bytes", bytes.len());
        let (peak, too_big) = peak_of_opening(name, &bytes);
        assert!(too_big, "{name} was let in");
        assert!(peak < 256 << 10, "{name} took {peak} KiB");
    }
}

#[test]
fn the_largest_that_is_let_in_stays_below_a_gigabyte() {
    for (name, bytes) in if memory_can_be_read() { largest() } else { Vec::new() } {
        let (peak, too_big) = peak_of_opening(name, &bytes);
        eprintln!("{name}: {} bytes take {} MiB", bytes.len(), peak >> 10);
        assert!(!too_big, "{name} was not let in");
        assert!(peak < 1 << 20, "{name} took {peak} KiB");
    }
}

#[test]
#[ignore = "run by the tests above in a process of its own"]
fn open_a_bomb() {
    let Some(path) = std::env::var_os(BOMB) else { return };
    let bytes = fs::read(path).unwrap();
    let opened = Document::open(&bytes, [1; 16]);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim_end_matches("kB").trim();
    let too_big = matches!(opened, Err(LoadError::TooBig(_)));
    writeln!(std::io::stdout(), "\npeak_kib={peak}\ntoo_big={too_big}\n{:?}", opened.map(|_| ())).unwrap();
}

#[test]
fn our_own_encoder_speaks_the_format() {
    // Otherwise the bombs would be refused for being malformed, and prove nothing.
    let small = document(&changes(1, 3), &ops(3, b"k"));
    let weight = limits::check(&small).unwrap();
    assert_eq!((weight.ops, weight.changes, weight.text), (3, 1, 3));
    let change = chunk(CHANGE, &change_data(&change_ops(3, b"k")));
    assert_eq!(limits::check(&change).unwrap().ops, 3);
    let compressed = chunk(COMPRESSED, &deflate([change_data(&change_ops(3, b"k"))].into_iter()));
    assert_eq!(limits::check(&compressed).unwrap().ops, 3);
}

#[test]
fn a_book_of_ten_thousand_people_and_ten_years_is_far_below_the_limits() {
    let book = big_book();
    let weight = limits::check(&book.save()).unwrap();
    assert_eq!(weight.changes, 1 + (10_000 + 3 * 3_650_u64).div_ceil(500));
    assert!(weight.ops * 4 < limits::MAX_OPS && weight.text * 4 < limits::MAX_TEXT, "{weight:?}");
    assert!(weight.inflated * 4 < limits::MAX_INFLATED, "{weight:?}");
    assert_eq!(limits::check(&book.save_uncompressed()).unwrap(), limits::Weight { inflated: 0, ..weight });
}

fn big_book() -> Document {
    let mut document = Document::new([1; 16]).unwrap();
    let mut book = Book::default();
    for changes in support::big(10_000, 3_650).chunks(500) {
        let mut writes = Vec::new();
        for change in changes {
            let of_change = change.writes(&book);
            of_change.iter().for_each(|write| book.read(write));
            writes.extend(of_change);
        }
        document.commit(&writes).unwrap();
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn mutated_bytes_never_panic_out_and_change_nothing_when_they_are_refused(
        edits in collection::vec((any::<sample::Index>(), any::<u8>()), 1..6),
        compressed in any::<bool>(),
        sealed in any::<bool>(),
    ) {
        let mut source = Document::new([1; 16]).unwrap();
        let mut book = Book::default();
        for change in support::big(6, 8) {
            let writes = change.writes(&book);
            writes.iter().for_each(|write| book.read(write));
            source.commit(&writes).unwrap();
        }
        let mut bytes = if compressed { source.save() } else { source.save_uncompressed() };
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if sealed {
            reseal(&mut bytes);
        }
        let mut ours = Document::new([2; 16]).unwrap();
        let heads = ours.heads_hex();
        if ours.receive(&bytes).is_err() {
            prop_assert_eq!(ours.heads_hex(), heads);
            prop_assert_eq!(ours.book(), Book::default());
        }
        _ = Document::open(&bytes, [3; 16]);
    }

    #[test]
    fn arbitrary_bytes_never_panic_out(bytes in collection::vec(any::<u8>(), 0..200), kind in 0..4_u8) {
        _ = Document::open(&bytes, [1; 16]);
        _ = Document::open(&chunk(kind, &bytes), [1; 16]);
        _ = Document::new([1; 16]).unwrap().receive(&chunk(kind, &bytes));
    }
}
