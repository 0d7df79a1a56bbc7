//! The service's files, read by those who will read them: systemd's own parser, and Python's plistlib.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use goodword::platform::{
    Folders,
    service::{Plan, Start, plist, unit},
};
use proptest::prelude::*;

use super::rig::has_programs;

const SYSTEMD: &str = "/lib/systemd/systemd";

fn plan(program: &Path, home: &Path) -> Plan {
    Plan {
        program: program.to_owned(),
        folders: Folders::under(home).unwrap(),
        sync_folder: Some(home.join("sync")),
        variables: vec![("GOODWORD_HOME".into(), home.to_owned())],
        start: Start::Desktop,
    }
}

/// A path a person could have, and some that only a tester would.
fn any_path() -> impl Strategy<Value = PathBuf> {
    let part = r#"[ -~äß漢🎉]{1,24}"#.prop_map(|part| part.replace('/', "_"));
    prop::collection::vec(part, 1..4).prop_filter_map("no dots alone", |parts| {
        let plain = parts.iter().all(|part| part != "." && part != "..");
        plain.then(|| PathBuf::from(format!("/srv/{}", parts.join("/"))))
    })
}

/// What systemd understands in a unit: its own dump of the unit, which it makes for nobody but a plain user.
fn understood(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(dir.path().join(unit::NAME), text).unwrap();
    let mut systemd = if fs::metadata(dir.path()).unwrap().uid() == 0 {
        let mut lowered = Command::new("setpriv");
        lowered.args(["--reuid=65534", "--regid=65534", "--clear-groups", SYSTEMD]);
        lowered
    } else {
        Command::new(SYSTEMD)
    };
    systemd
        .args(["--user", "--test", "--unit", unit::NAME])
        .env("SYSTEMD_UNIT_PATH", format!("{}:", dir.path().display()))
        .env("XDG_RUNTIME_DIR", dir.path())
        .env("SYSTEMD_LOG_TARGET", "console")
        .stdin(Stdio::null());
    let output = systemd.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let from = text.find("-> Unit goodword.service:").unwrap_or_else(|| panic!("{output:?}"));
    let rest = &text[from..];
    rest[..rest[3..].find("-> Unit ").map_or(rest.len(), |end| end + 3)].to_owned()
}

fn can_dump() -> bool {
    if !Path::new(SYSTEMD).exists() || !has_programs(&["setpriv"]) {
        eprintln!("skipped: there is no {SYSTEMD} here");
        return false;
    }
    true
}

proptest! {
    // Each case starts systemd once.
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn systemd_reads_back_every_path_as_it_was(home in any_path()) {
        if can_dump() {
            let text = unit::unit(&plan(Path::new("/bin/true"), &home)).unwrap();
            let dump = understood(&text);
            prop_assert!(dump.contains(&format!("Environment: GOODWORD_HOME={}\n", home.display())), "{dump}");
            let writable = format!("ReadWritePaths: {} -{}/sync\n", home.display(), home.display());
            prop_assert!(dump.contains(&writable), "{writable}\n{dump}");
        }
    }

    #[test]
    fn a_program_is_found_where_it_is_or_refused_with_a_reason(program in any_path()) {
        let text = program.to_str().unwrap();
        let refused = text.contains(['"', '\'', '\\']);
        let written = unit::unit(&plan(&program, Path::new("/srv/home")));
        prop_assert_eq!(written.is_err(), refused);
        if let Ok(written) = written && can_dump() {
            let dump = understood(&written);
            // The dump is quoted for a shell; the program's own path has no backslash.
            let line = dump.lines().find(|line| line.contains("Command Line:")).unwrap_or_default().replace('\\', "");
            prop_assert!(line.contains(text), "{text}\n{line}");
        }
    }
}

#[test]
fn systemd_finds_nothing_to_complain_about() {
    if !has_programs(&["systemd-analyze"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for start in [Start::Desktop, Start::Login] {
        let mut plan = plan(Path::new("/bin/true"), &dir.path().join("a home 100%"));
        plan.start = start;
        let file = dir.path().join(unit::NAME);
        fs::write(&file, unit::unit(&plan).unwrap()).unwrap();
        let verify = Command::new("systemd-analyze")
            .args(["--user", "--man=no", "verify"])
            .arg(&file)
            .env("XDG_RUNTIME_DIR", dir.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&verify.stderr);
        assert!(verify.status.success() && said.trim().is_empty(), "{start:?}: {said}");
    }
}

#[test]
fn the_sandbox_is_tight() {
    if !has_programs(&["systemd-analyze"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(unit::NAME);
    fs::write(&file, unit::unit(&plan(Path::new("/bin/true"), Path::new("/srv/home"))).unwrap()).unwrap();
    // The threshold is in tenths: above it, systemd-analyze fails.
    let security = Command::new("systemd-analyze")
        .args(["--user", "security", "--offline=true", "--no-pager", "--threshold=52"])
        .arg(&file)
        .env("XDG_RUNTIME_DIR", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&security.stdout);
    eprintln!("{}", said.lines().last().unwrap_or_default());
    assert!(security.status.success(), "{said}");
}

#[test]
fn a_path_that_no_unit_can_hold_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let program = Path::new("/bin/true");
    for bad in
        [OsStr::new("/srv/a\nExecStartPre=/bin/evil"), OsStr::new("/srv/../etc"), OsStr::from_bytes(b"/srv/\xff")]
    {
        assert!(unit::unit(&plan(program, Path::new(bad))).is_err(), "{bad:?}");
        assert!(plist::plist(&plan(program, Path::new(bad)), Path::new("/logs")).is_err(), "{bad:?}");
    }
}

#[test]
fn a_home_in_tmp_is_not_hidden_from_the_service() {
    let program = Path::new("/bin/true");
    assert!(unit::unit(&plan(program, Path::new("/tmp/home"))).unwrap().contains("\nPrivateTmp=no\n"));
    assert!(unit::unit(&plan(program, Path::new("/srv/home"))).unwrap().contains("\nPrivateTmp=yes\n"));
}

#[test]
fn a_path_that_looks_like_a_place_in_the_template_stays_a_path() {
    let text = unit::unit(&plan(Path::new("/opt/@TARGET@/goodword"), Path::new("/srv/@PROGRAM@"))).unwrap();
    assert!(text.contains("ExecStart=\"/opt/@TARGET@/goodword\" daemon\n"), "{text}");
    assert!(text.contains("Environment=\"GOODWORD_HOME=/srv/@PROGRAM@\"\n"), "{text}");
}

/// Each key of a property list, as Python reads it.
fn read_plist(text: &str) -> serde_json::Value {
    use std::io::Write;
    let script = "import sys,plistlib,json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
    let mut python =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_launchd_agent_says_what_apples_manual_asks_for() {
    if !has_programs(&["python3"]) {
        return;
    }
    let plan = plan(Path::new("/Applications/Good & Word.app/goodword"), Path::new("/Users/ana/book"));
    let found = read_plist(&plist::plist(&plan, Path::new("/Users/ana/Library/Logs/goodword")).unwrap());
    let log = "/Users/ana/Library/Logs/goodword/goodword.log";
    assert_eq!(
        found,
        serde_json::json!({
            "Label": "org.goodword.daemon",
            "ProgramArguments": ["/Applications/Good & Word.app/goodword", "daemon"],
            "EnvironmentVariables": {"GOODWORD_HOME": "/Users/ana/book"},
            "RunAtLoad": true,
            "KeepAlive": {"SuccessfulExit": false},
            "ThrottleInterval": 30,
            "ProcessType": "Background",
            "LimitLoadToSessionType": "Aqua",
            "StandardOutPath": log,
            "StandardErrorPath": log,
            "Umask": 63,
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn python_reads_back_every_path_as_it_was(home in any_path(), program in any_path()) {
        if has_programs(&["python3"]) {
            let found = read_plist(&plist::plist(&plan(&program, &home), Path::new("/logs")).unwrap());
            prop_assert_eq!(found["EnvironmentVariables"]["GOODWORD_HOME"].as_str(), home.to_str());
            prop_assert_eq!(found["ProgramArguments"][0].as_str(), program.to_str());
        }
    }
}
