//! `service`: lets goodword start with the desktop.

use super::{Printed, args};
use crate::{
    api::Error,
    platform::{
        Folders,
        service::{self, Plan, ServiceError, Status},
    },
};

pub fn run(folders: &Folders, command: &args::Service) -> Result<Printed, Error> {
    let failed = |error: ServiceError| Error::failed(error.to_string());
    let plan = || Plan::of_this_program(folders.clone(), None).map_err(failed);
    match command {
        args::Service::Install { print: true }
        | args::Service::Uninstall { print: true }
        | args::Service::Status { print: true } => {
            let file = service::print(&plan()?).map_err(failed)?;
            let json = serde_json::json!({ "file": file }).to_string();
            Ok(Printed { text: file, json, nothing: false })
        }
        args::Service::Install { .. } => {
            let status = service::install(&plan()?).map_err(failed)?;
            said(&status, "goodword is with you from now on. goodword status says when the next person comes.")
        }
        args::Service::Uninstall { .. } => {
            let was_there = service::uninstall().map_err(failed)?;
            let text =
                if was_there { "It is uninstalled; your book stays where it is." } else { "It was not installed." };
            said(&Status::default(), text)
        }
        args::Service::Status { .. } => {
            let status = service::status().map_err(failed)?;
            said(&status, "")
        }
    }
}

fn said(status: &Status, after: &str) -> Result<Printed, Error> {
    let json = serde_json::to_string(status).map_err(|error| Error::failed(error.to_string()))?;
    let after = if after.is_empty() { String::new() } else { format!("{after}\n") };
    Ok(Printed { text: format!("The service is {status}.\n{after}"), json, nothing: false })
}
