//! Against a stand-in for `systemctl` that writes down what it is told. The real parser reads the unit in
//! `tests/desktop/service.rs`.

use std::os::unix::fs::PermissionsExt;

use super::{
    super::super::{Folders, service::Status},
    *,
};

struct Scene {
    dir: tempfile::TempDir,
    systemd: Systemd,
    plan: Plan,
}

impl Scene {
    /// `systemctl` that fails for the commands in `fails` (a shell pattern).
    fn new(fails: &str) -> Scene {
        let dir = tempfile::tempdir().unwrap();
        let systemctl = dir.path().join("systemctl");
        let log = dir.path().join("log");
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> '{}'\ncase \"$*\" in {fails}) echo 'said no' >&2; exit 1;; esac\n",
            log.display()
        );
        fs::write(&systemctl, script).unwrap();
        fs::set_permissions(&systemctl, fs::Permissions::from_mode(0o755)).unwrap();
        let folders = Folders::under(&dir.path().join("home")).unwrap();
        let plan = Plan {
            program: "/usr/bin/goodword".into(),
            folders,
            sync_folder: None,
            variables: Vec::new(),
            start: Start::default(),
        };
        let systemd = Systemd { systemctl, units: dir.path().join("units") };
        Scene { dir, systemd, plan }
    }

    fn told(&self) -> Vec<String> {
        let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

#[test]
fn installing_writes_the_unit_makes_the_folders_and_starts_it() {
    let scene = Scene::new("nothing");
    let status = scene.systemd.install(&scene.plan).unwrap();
    let path = scene.systemd.unit();
    assert_eq!(status, Status { installed: Some(path.clone()), enabled: true, active: true });
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o644);
    assert!(scene.plan.folders.data.is_dir());
    let told = scene.told();
    let order = ["daemon-reload", "reenable goodword.service", "restart goodword.service"];
    let found: Vec<&str> = told.iter().filter_map(|line| line.strip_prefix("--user ")).collect();
    assert_eq!(found.iter().filter(|line| order.contains(line)).copied().collect::<Vec<_>>(), order);
}

#[test]
fn installing_again_does_not_restart_what_runs() {
    let scene = Scene::new("nothing");
    scene.systemd.install(&scene.plan).unwrap();
    let before = scene.told().len();
    scene.systemd.install(&scene.plan).unwrap();
    let again = scene.told().split_off(before);
    assert!(again.contains(&"--user start goodword.service".to_owned()), "{again:?}");
    assert!(!again.contains(&"--user restart goodword.service".to_owned()), "{again:?}");
}

#[test]
fn it_starts_with_the_desktop_where_there_is_one_and_with_the_login_elsewhere() {
    for (fails, target) in [("nothing", "graphical-session.target"), ("*graphical-session.target", "default.target")] {
        let scene = Scene::new(fails);
        scene.systemd.install(&scene.plan).unwrap();
        let text = fs::read_to_string(scene.systemd.unit()).unwrap();
        assert!(text.contains(&format!("WantedBy={target}\n")), "{text}");
    }
}

#[test]
fn without_a_systemd_for_this_user_nothing_is_written_and_the_error_says_what_to_do() {
    let scene = Scene::new("*");
    let error = scene.systemd.install(&scene.plan).unwrap_err();
    assert!(matches!(error, ServiceError::NoManager(_)), "{error}");
    assert!(error.to_string().contains("goodword daemon"), "{error}");
    assert!(!scene.systemd.unit().exists() && !scene.plan.folders.data.exists());
}

#[test]
fn what_systemd_answers_is_in_the_error() {
    let scene = Scene::new("*restart*");
    let error = scene.systemd.install(&scene.plan).unwrap_err();
    assert_eq!(error.to_string(), "systemctl --user restart goodword.service failed: said no");
}

#[test]
fn uninstalling_stops_and_removes_it_and_once_more_is_harmless() {
    let scene = Scene::new("nothing");
    scene.systemd.install(&scene.plan).unwrap();
    assert!(scene.systemd.uninstall().unwrap());
    assert!(scene.told().contains(&"--user disable --now goodword.service".to_owned()));
    assert!(!scene.systemd.unit().exists());
    assert!(!scene.systemd.uninstall().unwrap());
    assert!(scene.plan.folders.data.is_dir(), "the book stays");
}

#[test]
fn the_status_can_be_read_aloud() {
    let scene = Scene::new("*is-enabled*");
    assert_eq!(scene.systemd.status().to_string(), "not installed, but something by its name is running");
    scene.systemd.install(&scene.plan).unwrap();
    let words = scene.systemd.status().to_string();
    assert!(words.ends_with("does not start by itself, running"), "{words}");
}
