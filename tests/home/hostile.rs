//! Files that want to hurt: refused by the real binary in few megabytes, with words and without a panic on the screen.

use std::{fs, path::Path, process::Command};

use crate::{
    bombs::{bombs, reseal},
    laptop::{GOODWORD, Laptop, plain},
};

/// The most that refusing a file may take, in KiB.
const MOST: u64 = 256 << 10;

/// Runs a command and prints its peak of memory as the system counted it (KiB), then its exit code.
const MEASURE: &str = "import os,sys\n\
pid=os.spawnvp(os.P_NOWAIT,sys.argv[1],sys.argv[1:])\n\
_,status,usage=os.wait4(pid,0)\n\
peak=usage.ru_maxrss//(1024 if sys.platform=='darwin' else 1)\n\
sys.stderr.write('\\npeak_kib=%d code=%d\\n'%(peak,os.waitstatus_to_exitcode(status)))\n";

/// The peak in KiB, the exit code and what was said; nothing where it cannot be measured.
fn measured(home: &Path, words: &[&str]) -> Option<(u64, i32, String)> {
    let mut command = Command::new("python3");
    command.args(["-c", MEASURE, GOODWORD]).args(words);
    let output = plain(&mut command).env("GOODWORD_HOME", home).output();
    let Ok(output) = output else {
        assert!(std::env::var_os("CI").is_none(), "on CI, python3 has to be there");
        eprintln!("skipped: python3 measures the memory of another process");
        return None;
    };
    let said = String::from_utf8(output.stderr).unwrap();
    let (said, figures) = said.rsplit_once("\npeak_kib=").unwrap_or_else(|| panic!("{said}"));
    let (peak, code) = figures.trim().split_once(" code=").unwrap();
    Some((peak.parse().unwrap(), code.parse().unwrap(), said.to_owned()))
}

/// JSON that is small to read and large to hold.
fn json_bombs() -> Vec<(&'static str, Vec<u8>)> {
    let list = |of: &str, times: usize| format!("{{\"contacts\":[{}0]}}", of.repeat(times)).into_bytes();
    vec![
        ("twelve million numbers", list("0,", 12_000_000)),
        ("eight million lists", list("[],", 8_000_000)),
        (
            "two million records",
            format!("{{\"contacts\":{{{}\"x\":{{}}}}}}", "\"x\":{},".repeat(2_000_000)).into_bytes(),
        ),
        ("lists in lists", "[".repeat(20 << 20).into_bytes()),
        ("objects in objects", "{\"contacts\":".repeat(1 << 20).into_bytes()),
        ("more bytes than any book", vec![b' '; 41 << 20]),
        ("not JSON after all", b"{\"contacts\": \xff}".to_vec()),
    ]
}

#[test]
fn a_bomb_is_refused_in_words_and_in_little_memory() {
    let laptop = Laptop::with_maria();
    let file = laptop.home().parent().unwrap().join("bomb");
    for (n, (name, bytes)) in bombs().into_iter().chain(json_bombs()).enumerate() {
        fs::write(&file, &bytes).unwrap();
        // They go the same way: one bomb for each verb in turn.
        let verb = if n % 2 == 0 { &["import-book"][..] } else { &["backup", "restore"] };
        let words: Vec<&str> = verb.iter().copied().chain([file.to_str().unwrap()]).collect();
        let Some((peak, code, said)) = measured(&laptop.home(), &words) else { return };
        eprintln!("{name}: {verb:?} exit {code}, {} MiB: {}", peak >> 10, said.trim());
        assert!(code == 5 || code == 1, "{name}: exit {code}: {said}");
        assert!(said.starts_with("goodword: ") && !said.contains("panicked"), "{name}: {said}");
        assert!(said.contains("nothing was changed"), "{name}: {said}");
        assert!(peak < MOST, "{name}: {verb:?} took {peak} KiB");
    }
    assert_eq!(laptop.names(), ["Maria"]);
}

#[test]
fn a_daemon_that_is_handed_a_bomb_lives_on_and_so_does_whoever_hands_it() {
    let laptop = Laptop::with_maria();
    let file = laptop.home().parent().unwrap().join("bomb");
    let mut daemon = laptop.daemon();
    // Every third: each takes the daemon some seconds where nothing is optimized.
    for (name, bytes) in bombs().into_iter().chain(json_bombs()).step_by(3) {
        fs::write(&file, &bytes).unwrap();
        let Some((peak, code, said)) = measured(&laptop.home(), &["import-book", file.to_str().unwrap()]) else {
            return;
        };
        assert!((code == 5 || code == 1) && peak < MOST, "{name}: exit {code}, {peak} KiB: {said}");
    }
    assert!(daemon.is_alive());
    if let Ok(status) = fs::read_to_string(format!("/proc/{}/status", daemon.pid())) {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim_end_matches("kB").trim();
        eprintln!("the daemon: {peak} KiB");
        assert!(peak.parse::<u64>().unwrap() < MOST, "{peak} KiB");
    }
}

#[test]
fn bytes_that_make_the_library_panic_are_an_ordinary_error() {
    let laptop = Laptop::with_maria();
    let file = laptop.home().parent().unwrap().join("mutant");
    let book = fs::read(laptop.backup()).unwrap();
    let mut panicked = 0;
    std::panic::set_hook(Box::new(|_| {}));
    for at in 12..book.len() {
        for bit in [1_u8, 64] {
            let mut mutant = book.clone();
            mutant[at] ^= bit;
            reseal(&mut mutant);
            let loads = std::panic::catch_unwind(|| automerge::Automerge::load(&mutant).is_ok());
            if loads.is_ok() || panicked >= 5 {
                continue;
            }
            panicked += 1;
            fs::write(&file, &mutant).unwrap();
            let said = laptop.run(&["import-book", file.to_str().unwrap()]);
            assert!(said.code == 5 && said.error().1.contains("nothing was changed"), "{said:?}");
        }
    }
    _ = std::panic::take_hook();
    assert!(panicked > 0, "no mutant of this book makes the library panic any more; find another book");
    assert_eq!(laptop.names(), ["Maria"]);
}
