//! `backup`, `export`, `import-book`: the book as a whole.

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

use super::Home;
use crate::{
    api::{Answer, BackupRow, Error, ErrorKind, ExportFormat, FileBytes, Request},
    replica::ImportError,
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    let failed = |error: std::io::Error| Error::failed(format!("the backups: {error}"));
    match request {
        Request::BackupNow => {
            let today = home.clock(now).date();
            home.replica.back_up(today).map_err(failed)?;
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
    let backups = home.replica.backups().map_err(|error| Error::failed(format!("the backups: {error}")))?;
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
    let report = home.replica.import(&bytes).map_err(|error| match error {
        ImportError::Newer => Error::new(ErrorKind::Refused, error.to_string()).hint("update goodword on this laptop"),
        ImportError::Document(_) => Error::new(ErrorKind::Refused, error.to_string()).hint("nothing was changed"),
        ImportError::Json(_) => Error::failed(error.to_string()).hint("nothing was changed"),
        ImportError::Commit(error) => Error::failed(error.to_string()).hint("nothing was changed"),
    })?;
    let after = counts(home);
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
    Ok(home.said(said))
}

fn counts(home: &Home) -> (usize, usize, usize) {
    let book = home.book();
    (book.contacts.len(), book.audiences.len(), book.journal.len())
}
