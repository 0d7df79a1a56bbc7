//! `backup`, `export`, `import-book`: the book as a whole.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

use super::Home;
use crate::{
    api::{Answer, BackupRow, Error, ExportFormat, FileBytes, Request},
    daemon::{errors, home::Restored, house::Chore},
    platform::Folders,
    replica::ImportReport,
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::BackupNow => {
            match home.asked_backup.take() {
                Some(made) => made?,
                None => home.chore_ended(Chore::BackUp(home.clock(now).date()), None)?,
            }
            rows(home)
        }
        Request::BackupList => rows(home),
        Request::BookExport { format } => {
            let bytes = match format {
                ExportFormat::Automerge => home.replica.export_automerge(),
                ExportFormat::Json => home.replica.export_json().map_err(|error| Error::failed(error.to_string()))?,
            };
            Ok(Answer::File(FileBytes { base64: BASE64_STANDARD.encode(bytes) }))
        }
        Request::BookImport { bytes } => take_in(home, &bytes),
        _ => Err(Error::usage("this is not about the book as a whole")),
    }
}

fn rows(home: &Home) -> Result<Answer, Error> {
    let backups = home.replica.backups().map_err(errors::backups)?;
    let row = |backup: crate::store::backup::Backup| BackupRow {
        file: backup.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        date: backup.date,
        bytes: backup.bytes,
    };
    Ok(Answer::Backups(backups.into_iter().map(row).collect()))
}

fn take_in(home: &mut Home, bytes: &str) -> Result<Answer, Error> {
    let bytes = BASE64_STANDARD.decode(bytes).map_err(|_| Error::usage("the book's bytes are not Base64"))?;
    let before = counts(home);
    let report = home.replica.import(&bytes).map_err(errors::import)?;
    let after = counts(home);
    Ok(home.said(merged(before, after, &report)))
}

/// `backup restore` without a daemon: works also where the book cannot be read, or is gone.
pub fn restore(folders: &Folders, wait: Duration, bytes: &[u8]) -> Result<Answer, Error> {
    // What was there is counted only to tell what came.
    let before = Home::look(folders).map(|home| counts(&home)).unwrap_or_default();
    let (home, restored) = Home::restore(folders, wait, bytes)?;
    let after = counts(&home);
    let said = match restored {
        Restored::Merged(report) => merged(before, after, &report),
        Restored::Replaced { aside } => {
            let kept = aside.map(|file| format!(" The file that could not be read is kept: {}", file.display()));
            let (people, audiences, events) = after;
            let held = format!("{people} contacts, {audiences} audiences, {events} events");
            format!("This is your book now: {held}.{}", kept.unwrap_or_default())
        }
    };
    Ok(home.said(said))
}

type Counts = (usize, usize, usize);

fn merged(before: Counts, after: Counts, report: &ImportReport) -> String {
    let came = format!(
        "{} more contacts, {} more audiences, {} more events",
        after.0 - before.0,
        after.1 - before.1,
        after.2 - before.2
    );
    let mut said = match (report.changes, report.was_empty) {
        (0, _) => "Everything in this file is in your book already.".to_owned(),
        (_, true) => format!("This is your book now: {came}."),
        (_, false) => format!("Merged into your book: {came}. Nothing you had was taken away."),
    };
    if !report.skipped.is_empty() {
        said.push_str(&format!(" Not understood and left out: {}.", report.skipped.join(", ")));
    }
    said
}

fn counts(home: &Home) -> Counts {
    let book = home.book();
    (book.contacts.len(), book.audiences.len(), book.journal.len())
}
