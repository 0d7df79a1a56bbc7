//! `contact import` and `contact export`: the files are read and written here, so no path crosses the socket.

use std::path::{Path, PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Printed, args::Import, book, client, printed, wrong};
use crate::{
    api::{Answer, Error, PeopleFormat, Request},
    import::{MAX_BYTES, too_large},
    platform::Folders,
    social::address::{Address, address},
};

/// Takes people in from a file, or from a list that anybody can see.
pub fn take_in(folders: &Folders, words: Import) -> Result<Printed, Error> {
    let Import { from, format, audience, dry_run } = words;
    if let Some(address) = public(&from) {
        if format.is_some() {
            return Err(Error::usage("--format is about files, and this is no file"));
        }
        return client::ask(folders, Request::ContactImportFrom { address, audience, dry_run }).map(printed);
    }
    let file = PathBuf::from(from);
    let bytes = book::read_some(&file, MAX_BYTES as u64)
        .map_err(|error| {
            Error::failed(wrong::file(&file, &error))
                .hint("nothing was changed; a handle begins with @, a link with https://")
        })?
        .ok_or_else(too_large)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let bytes = BASE64_STANDARD.encode(bytes);
    client::ask(folders, Request::ContactImport { bytes, file: name, format, audience, dry_run }).map(printed)
}

/// The handle or the link that was typed; nothing for a file. What looks like a site may be a file's name.
fn public(typed: &std::ffi::OsStr) -> Option<String> {
    let text = typed.to_str().filter(|_| !Path::new(typed).exists())?;
    let is_address = match address(text)? {
        Address::Mastodon(_) | Address::Bluesky(_) | Address::People(_) => true,
        Address::Web(_) => text.contains("://"),
        Address::Domain(_) => false,
    };
    is_address.then(|| text.trim().to_owned())
}

/// Writes everybody to a new file, for its owner alone.
pub fn write_out(folders: &Folders, file: &Path, format: Option<PeopleFormat>) -> Result<Printed, Error> {
    let format = match format {
        Some(format) => format,
        None => by_ending(file)?,
    };
    let Answer::File(bytes) = client::ask(folders, Request::ContactExport { format })? else {
        return Err(Error::failed("the daemon sent no file"));
    };
    let bytes = BASE64_STANDARD.decode(bytes.base64).map_err(|_| Error::failed("the daemon sent a torn file"))?;
    book::write(file, &bytes)
        .map_err(|error| Error::failed(wrong::file(file, &error)).hint("choose a place in a folder of your own"))?;
    let json =
        serde_json::json!({ "file": file.display().to_string(), "bytes": bytes.len(), "format": format.as_str() });
    let what = if format == PeopleFormat::Markdown { "The diary is" } else { "The people are" };
    let text = format!("{what} in {} ({} bytes).\n", file.display(), bytes.len());
    Ok(Printed { text, json: json.to_string(), nothing: false })
}

fn by_ending(file: &Path) -> Result<PeopleFormat, Error> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "csv" => Ok(PeopleFormat::Csv),
        "json" => Ok(PeopleFormat::Json),
        "opml" | "xml" => Ok(PeopleFormat::Opml),
        "vcf" | "vcard" => Ok(PeopleFormat::Vcard),
        "md" | "markdown" => Ok(PeopleFormat::Markdown),
        _ => Err(Error::usage(format!("the ending of {} says no format", file.display())).hint(format!(
            "end it in .csv, .json, .opml, .vcf or .md, or say --format {}",
            PeopleFormat::WORDS.join("|")
        ))),
    }
}
