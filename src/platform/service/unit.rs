//! The systemd user unit: `systemd/goodword.service` filled in, every path escaped by systemd's rules.
//!
//! The rules are systemd.service(5), "Command lines", and systemd.unit(5), "Specifiers" (read with systemd 252).

use std::path::Path;

use super::{Plan, ServiceError, Start, filled, plain};

pub const NAME: &str = "goodword.service";
const TEMPLATE: &str = include_str!("../../../systemd/goodword.service");

/// The whole unit. [`Start::Fitting`] counts as [`Start::Desktop`]: only the installer can ask the session.
///
/// # Errors
/// For a path that a unit cannot hold.
pub fn unit(plan: &Plan) -> Result<String, ServiceError> {
    let environment = plan
        .variables
        .iter()
        .map(|(name, path)| Ok(format!("Environment={}", quoted(&format!("{name}={}", plain(path)?)))))
        .collect::<Result<Vec<_>, ServiceError>>()?
        .join("\n");
    let mut writable = Vec::new();
    for path in [&plan.folders.data, &plan.folders.config] {
        let path = quoted(plain(path)?);
        if !writable.contains(&path) {
            writable.push(path);
        }
    }
    if let Some(path) = &plan.sync_folder {
        // A stick that is not plugged in today must not keep the service from starting.
        writable.push(quoted(&format!("-{}", plain(path)?)));
    }
    let (session, target) = match plan.start {
        Start::Login => ("", "default.target"),
        Start::Fitting | Start::Desktop => ("PartOf=graphical-session.target", "graphical-session.target"),
    };
    Ok(filled(
        TEMPLATE,
        &[
            ("SESSION", session),
            ("PROGRAM", &program(&plan.program)?),
            ("ENVIRONMENT", &environment),
            ("WRITABLE", &writable.join(" ")),
            ("PRIVATE_TMP", if uses_tmp(plan) { "no" } else { "yes" }),
            ("TARGET", target),
        ],
    ))
}

/// Variables are put in for arguments, not in the program's own path; so `$` stays as it is here.
fn program(path: &Path) -> Result<String, ServiceError> {
    let text = plain(path)?;
    if text.contains(['"', '\'', '\\']) {
        let why = "systemd starts no program with a quote or a backslash in its path; move it";
        return Err(ServiceError::Path { path: path.to_owned(), why });
    }
    Ok(quoted(text))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '%' => out.push_str("%%"),
            c => out.push(c),
        }
    }
    out + "\""
}

/// A private /tmp would hide what is really there.
fn uses_tmp(plan: &Plan) -> bool {
    [Some(&plan.program), Some(&plan.folders.data), Some(&plan.folders.config), plan.sync_folder.as_ref()]
        .into_iter()
        .flatten()
        .any(|path| path.starts_with("/tmp") || path.starts_with("/var/tmp"))
}
