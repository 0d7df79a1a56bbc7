//! `contact import` and `contact export`: people from other programs' files, and into them.

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

use super::{Home, diary};
use crate::{
    api::{Answer, Diary, Error, FileBytes, Imported, Request},
    domain::journal::Ledger,
    import,
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    let today = home.clock(now).date();
    match request {
        Request::ContactImport { bytes, file, format, audience, dry_run } => {
            // Refused by its length, before it is unpacked.
            if bytes.len() / 4 * 3 > import::MAX_BYTES + 3 {
                return Err(import::too_large());
            }
            let bytes = BASE64_STANDARD.decode(bytes).map_err(|_| Error::usage("the file's bytes are not Base64"))?;
            let sheet = import::read(&bytes, file.as_deref().unwrap_or_default(), format)?;
            let plan = import::plan(home.book(), sheet, audience.as_deref(), today, &mut || home.new_id(now))?;
            if !dry_run {
                home.commit(&plan.changes)?;
            }
            Ok(Answer::Imported(Imported { dry_run, ..plan.report }))
        }
        Request::ContactExport { format } => {
            let (book, history) = (home.book(), home.book().history(today));
            let diary = || Diary { entries: diary::entries(book, None, today, None), ledger: Ledger::on(book, today) };
            let text = import::write(book, &history, diary, format);
            Ok(Answer::File(FileBytes { base64: BASE64_STANDARD.encode(text) }))
        }
        _ => Err(Error::usage("this is not about people's files")),
    }
}
