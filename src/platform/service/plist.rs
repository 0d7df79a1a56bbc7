//! The launchd agent: `config/org.goodword.daemon.plist` filled in. launchd expands neither `~` nor `$HOME`.

use std::path::Path;

use super::{Plan, ServiceError, filled, plain};

pub const LABEL: &str = "org.goodword.daemon";
const TEMPLATE: &str = include_str!("../../../config/org.goodword.daemon.plist");

/// The whole property list; `logs` is where its output goes, a folder that the installer creates.
///
/// # Errors
/// For a path that the list cannot hold.
pub fn plist(plan: &Plan, logs: &Path) -> Result<String, ServiceError> {
    let environment = plan
        .variables
        .iter()
        .map(|(name, path)| {
            Ok(format!("\t\t<key>{}</key>\n\t\t<string>{}</string>", escaped(name), escaped(plain(path)?)))
        })
        .collect::<Result<Vec<_>, ServiceError>>()?
        .join("\n");
    let values =
        [("PROGRAM", escaped(plain(&plan.program)?)), ("ENVIRONMENT", environment), ("LOGS", escaped(plain(logs)?))];
    Ok(filled(TEMPLATE, &values.each_ref().map(|(name, value)| (*name, value.as_str()))))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
