//! `contact import` and `contact export`: people from other programs' files and from lists that anybody can see, and into
//! files.

use std::collections::HashSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

use super::{Home, diary};
use crate::{
    api::{Answer, Diary, Error, ErrorKind, FileBytes, Imported, LeftOut, Request},
    daemon::errand::Errand,
    domain::{Book, Stage, bond::OPEN, journal::Ledger},
    import::{self, Entry, Sheet, Wish},
    social::{
        LookupError, Profile,
        roster::{Roster, site_of},
    },
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
        Request::ContactImportFrom { address, audience, dry_run } => {
            let again = || Error::failed(format!("nothing is known of {address}; ask again"));
            let roster = home.rosters.remove(&address).ok_or_else(again)?.map_err(|error| unread(&error, &address))?;
            if roster.people.is_empty() && roster.left_out.is_empty() {
                return Err(nobody(&roster));
            }
            let left_out = roster.left_out.iter().map(|(why, people)| LeftOut { why: why.clone(), people: *people });
            let (list, left_out, more_people) = (roster.called.clone(), left_out.collect(), roster.more);
            let sheet = sheet(home.book(), &roster)?;
            let plan = import::plan(home.book(), sheet, audience.as_deref(), today, &mut || home.new_id(now))?;
            if !dry_run {
                home.commit(&plan.changes)?;
            }
            Ok(Answer::Imported(Imported { dry_run, list, left_out, more_people, ..plan.report }))
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

impl Home {
    /// Reads the list at an address: what was read lately is known.
    pub(in crate::daemon) fn roster_errand(&self, address: &str) -> Option<Errand> {
        let own = OPEN.iter().filter_map(|(network, _)| self.book().settings.handle_on(*network).map(str::to_owned));
        Some(Errand::Roster { client: self.social().ok()?, address: address.to_owned(), own: own.collect() })
    }
}

/// The people of a list as entries, held to what a file may say of somebody.
fn sheet(book: &Book, roster: &Roster) -> Result<Sheet, Error> {
    let handles = book.people().filter_map(|contact| contact.handles.get(roster.network));
    let known: HashSet<_> = handles.map(|handle| handle.to_lowercase()).collect();
    let entry = |profile: &Profile| {
        let mut entry = Entry::default();
        entry.handle(roster.network, &profile.handle);
        if roster.is_moderation {
            return entry.wishing(Wish::Mute);
        }
        entry.name(&profile.name);
        if let Some(site) = site_of(profile) {
            entry.site(site);
        }
        // It tells the author who that was, until they say why; those who are known need no telling.
        if !known.contains(&profile.handle.to_lowercase()) {
            entry.note(&profile.about);
        }
        if let Some(name) = &roster.name {
            entry.audience(name);
        }
        if roster.is_own {
            entry.contact.stage = Stage::Following;
        }
        entry
    };
    Sheet::of_network(roster.network, roster.people.iter().map(entry))
}

/// Why a list was not read, and what to do next.
fn unread(error: &LookupError, address: &str) -> Error {
    let message = format!("{address}: {error}");
    match error {
        LookupError::Nothing(_) => Error::new(ErrorKind::NotFound, message).hint("look whether it opens in a browser"),
        LookupError::NoAddress(_) => Error::usage(message).hint(
            "such as @you@host, @you.bsky.social, or the link to a list or a starter pack on Bluesky; for anything else \
             import a file",
        ),
        LookupError::Closed(_) => Error::failed(message).hint(
            "nothing was changed; Mastodon's own export (Preferences, Import and export) gives you the list as a file",
        ),
        _ => Error::failed(message).hint("nothing was changed"),
    }
}

fn nobody(roster: &Roster) -> Error {
    let message = format!("there is nobody in {}, or it is not shown to anybody", roster.called);
    Error::new(ErrorKind::Nothing, message).hint(match roster.network {
        "mastodon" => "Mastodon's own export (Preferences, Import and export) gives you the list as a file",
        _ => "nothing was changed",
    })
}
