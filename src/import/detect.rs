//! Which format a file is in: its first signs, and its name only where they leave a doubt.

use super::{
    Sheet, csv, goodreads, google, instagram, linkedin, mastodon, readers,
    table::{self, Columns, delimiter},
    x,
};
use crate::api::{Error, ErrorKind, ImportFormat};

/// How many records are looked at of a table without a header.
const LOOKED_AT: usize = 50;
/// So much of a file's beginning tells what it is, in bytes.
const HEAD: usize = 64 << 10;

/// The format of a file.
///
/// # Errors
/// When it is none that we know, or one that must be asked for by name.
pub fn format(text: &str, file: &str) -> Result<ImportFormat, Error> {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let head = start.get(..start.floor_char_boundary(HEAD)).unwrap_or_default();
    let lower = head.get(..head.floor_char_boundary(4096)).unwrap_or_default().to_ascii_lowercase();
    if lower.starts_with("begin:vcard") {
        return Ok(ImportFormat::Vcard);
    }
    if start.starts_with(x::START) {
        return Ok(ImportFormat::X);
    }
    if lower.starts_with('<') {
        return match lower {
            lower if lower.contains("<opml") || lower.contains("<outline") => Ok(ImportFormat::Opml),
            lower if lower.contains("<html") => Err(unknown("this is a web page")
                .hint("some networks offer their lists as pages and as files: take the files (JSON or CSV)")),
            _ => Err(unknown("this is XML, and no OPML")),
        };
    }
    if lower.starts_with(['{', '[']) {
        let is_instagram =
            instagram::LISTS.iter().any(|(name, _)| head.contains(name)) || head.contains("\"string_list_data\"");
        return Ok(if is_instagram { ImportFormat::Instagram } else { ImportFormat::Json });
    }
    table_of(head, file)
}

fn table_of(head: &str, file: &str) -> Result<ImportFormat, Error> {
    if linkedin::preamble(head).is_some() {
        return Ok(ImportFormat::Linkedin);
    }
    // What is wrong in the table is said by its reader.
    let mut unread = Sheet::empty(ImportFormat::Csv.as_str());
    let first: String = head.split_inclusive('\n').take(LOOKED_AT).collect();
    let records = table::records(&first, delimiter(head), &mut unread)?;
    let Some(header) = records.first() else { return Err(unknown("not even its first line can be read")) };
    let columns = Columns::of(header);
    if columns.has("account address") {
        let is_mutes = columns.has("hide notifications");
        return Ok(if is_mutes { ImportFormat::MastodonMutes } else { ImportFormat::Mastodon });
    }
    if goodreads::is_goodreads(&columns) {
        return Ok(ImportFormat::Goodreads);
    }
    if readers::is_readers(&columns) {
        return Err(readers::refused());
    }
    if google::is_google(&columns) {
        return Ok(ImportFormat::Google);
    }
    if csv::is_known(&columns) {
        return Ok(ImportFormat::Csv);
    }
    // Mastodon's lists without a header: most of the lines decide, one may be broken.
    let most =
        |is: &dyn Fn(&table::Record) -> bool| records.iter().filter(|record| is(record)).count() * 2 > records.len();
    if most(&|record| {
        record.width() == 2 && mastodon::is_address(record.cell(1)) && !mastodon::is_address(record.cell(0))
    }) {
        return Ok(ImportFormat::MastodonLists);
    }
    if most(&|record| record.width() == 1 && mastodon::is_address(record.cell(0))) {
        let name = file.to_lowercase();
        return Ok(match name {
            name if name.contains("follow") => ImportFormat::Mastodon,
            name if name.contains("mute") => ImportFormat::MastodonMutes,
            _ => ImportFormat::MastodonBlocks,
        });
    }
    Err(unknown("its first line names no columns that we know"))
}

fn unknown(why: &str) -> Error {
    let formats = ImportFormat::WORDS.join(", ");
    Error::new(ErrorKind::Failed, format!("the format of this file is not recognised: {why}")).hint(format!(
        "a plain CSV begins with names of columns, such as name,why,mastodon,site,audiences; others: {formats}"
    ))
}
