//! The systemd user service: written, enabled, asked about, removed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use super::super::service::{Plan, ServiceError, Start, Status, unit};

/// The unit as [`install`] would write it. Touches nothing.
///
/// # Errors
/// For a path that a unit cannot hold.
pub fn print(plan: &Plan) -> Result<String, ServiceError> {
    Systemd::of_this_user()?.fitted(plan).and_then(|plan| unit::unit(&plan))
}

/// Writes the unit, enables and starts it. Installing again brings an older unit up to date, and changes nothing else.
///
/// # Errors
/// Without a systemd that serves this user (nothing is written then), and with what systemd says when it refuses.
pub fn install(plan: &Plan) -> Result<Status, ServiceError> {
    Systemd::of_this_user()?.install(plan)
}

/// Stops the service and removes its unit. `false` when there was none.
///
/// # Errors
/// When the unit cannot be removed.
pub fn uninstall() -> Result<bool, ServiceError> {
    Systemd::of_this_user()?.uninstall()
}

/// # Errors
/// Without a place where units could be.
pub fn status() -> Result<Status, ServiceError> {
    Ok(Systemd::of_this_user()?.status())
}

/// One user's systemd.
struct Systemd {
    systemctl: PathBuf,
    units: PathBuf,
}

impl Systemd {
    fn of_this_user() -> Result<Systemd, ServiceError> {
        let config = super::super::folders::config_home()?;
        Ok(Systemd { systemctl: "systemctl".into(), units: config.join("systemd/user") })
    }

    fn unit(&self) -> PathBuf {
        self.units.join(unit::NAME)
    }

    fn install(&self, plan: &Plan) -> Result<Status, ServiceError> {
        let text = unit::unit(&self.fitted(plan)?)?;
        self.run(&["show-environment"])
            .map_err(|error| ServiceError::NoManager(format!("systemd does not serve this user here ({error})")))?;
        // ReadWritePaths= names them, and the unit would not start without them.
        plan.folders.prepare()?;
        let path = self.unit();
        let changed = fs::read_to_string(&path).map_or(true, |old| old != text);
        if changed {
            write(&path, &text).map_err(|error| ServiceError::Io { path, error })?;
        }
        self.run(&["daemon-reload"])?;
        // Enabling anew also takes back what an older unit was wanted by.
        self.run(&["reenable", unit::NAME])?;
        self.run(&[if changed { "restart" } else { "start" }, unit::NAME])?;
        Ok(self.status())
    }

    fn uninstall(&self) -> Result<bool, ServiceError> {
        let path = self.unit();
        if !path.exists() {
            return Ok(false);
        }
        if let Err(error) = self.run(&["disable", "--now", unit::NAME]) {
            tracing::warn!(%error, "the service could not be stopped; its unit is removed all the same");
        }
        fs::remove_file(&path).map_err(|error| ServiceError::Io { path, error })?;
        if let Err(error) = self.run(&["daemon-reload"]) {
            tracing::warn!(%error, "systemd was not told that the unit is gone");
        }
        Ok(true)
    }

    fn status(&self) -> Status {
        let path = self.unit();
        Status {
            installed: path.exists().then_some(path),
            enabled: self.run(&["is-enabled", "--quiet", unit::NAME]).is_ok(),
            active: self.run(&["is-active", "--quiet", unit::NAME]).is_ok(),
        }
    }

    fn fitted(&self, plan: &Plan) -> Result<Plan, ServiceError> {
        let mut plan = plan.clone();
        if plan.start == Start::Fitting {
            let desktop = self.run(&["is-active", "--quiet", "graphical-session.target"]).is_ok();
            plan.start = if desktop { Start::Desktop } else { Start::Login };
        }
        Ok(plan)
    }

    fn run(&self, args: &[&str]) -> Result<(), ServiceError> {
        let command = || format!("systemctl --user {}", args.join(" "));
        let failed = |output: String| ServiceError::Manager { command: command(), output };
        let output = Command::new(&self.systemctl)
            .arg("--user")
            .args(args)
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }
}

/// Beside it first, so that systemd never reads half a unit.
fn write(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("service.new");
    fs::write(&beside, text)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o644))?;
    fs::rename(&beside, path)
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
