//! `export`, `import-book` and `backup restore`: the files are read and written here, so no path crosses the socket.

use std::{
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Printed, client, printed, wrong};
use crate::{
    api::{Answer, Error, ExportFormat, Request},
    platform::Folders,
};

/// The largest book file we read, in bytes.
const MAX_BYTES: u64 = 40 << 20;

/// Writes the book to a new file, for its owner alone.
pub fn export(folders: &Folders, file: &Path) -> Result<Printed, Error> {
    let format = match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => ExportFormat::Json,
        Some("automerge") => ExportFormat::Automerge,
        _ => {
            return Err(Error::usage(format!("{} ends neither in .json nor in .automerge", file.display()))
                .hint("goodword export book.json, or book.automerge for a standard Automerge file"));
        }
    };
    let Answer::File(bytes) = client::ask(folders, Request::BookExport { format })? else {
        return Err(Error::failed("the daemon sent no file"));
    };
    let bytes = BASE64_STANDARD.decode(bytes.base64).map_err(|_| Error::failed("the daemon sent a torn file"))?;
    write(file, &bytes)
        .map_err(|error| Error::failed(wrong::file(file, &error)).hint("choose a place in a folder of your own"))?;
    let json = serde_json::json!({ "file": file.display().to_string(), "bytes": bytes.len() });
    let text = format!("The book is in {} ({} bytes).\n", file.display(), bytes.len());
    Ok(Printed { text, json: json.to_string(), nothing: false })
}

/// Whole or not at all: a file that was there stays until the new one is on disk.
pub(super) fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = (|| {
        let mut part = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        part.write_all(bytes)?;
        part.sync_all()?;
        std::fs::rename(&beside, file)
    })();
    if written.is_err() {
        _ = std::fs::remove_file(&beside);
    }
    written
}

/// Takes a book in from an export.
pub fn take_in(folders: &Folders, file: &Path) -> Result<Printed, Error> {
    client::restore(folders, &read(file)?).map(printed)
}

/// Takes the book back from a backup, which may be named as `backup list` names it.
pub fn restore(folders: &Folders, file: &Path) -> Result<Printed, Error> {
    let named = folders.backups().join(file);
    let file = if !file.exists() && named.exists() { &named } else { file };
    client::restore(folders, &read(file)?).map(printed)
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    let bytes = read_some(file, MAX_BYTES).map_err(|error| {
        Error::failed(wrong::file(file, &error)).hint("goodword backup list shows the copies on this laptop")
    })?;
    bytes.ok_or_else(|| {
        Error::failed(format!("{} has more than {MAX_BYTES} bytes; no book has", file.display()))
            .hint("is it the file that export or a backup wrote? nothing was changed")
    })
}

/// A file's bytes; nothing when there are more than so many. Read with a limit, and not only measured: a device or a
/// pipe has no length.
pub(super) fn read_some(file: &Path, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(file)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok((u64::try_from(read).unwrap_or(u64::MAX) <= most).then_some(bytes))
}
