//! What only the page asks: its doors (one-time tokens and sessions), and a few answers in the page's own cut.
//!
//! A launch token lives in memory, is good once, and dies with the daemon. A session is a random text in the browser's
//! cookie; the store keeps its hash and its end, so it survives a restart and a thief of the file gains nothing.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use super::{Home, audience, contact, day, work};
use crate::api::{Answer, AudienceMap, ContactPage, Error, ErrorKind, Next, PageStatus, Request, TieLine, Visit};

/// How long a launch token is good.
const LAUNCH_MINUTES: i64 = 10;
/// Launch tokens at once; the oldest goes.
const MAX_LAUNCHES: usize = 8;
const SESSION_DAYS: i64 = 30;
/// Browsers at once; the session that ends first goes.
const MAX_SESSIONS: usize = 16;
/// The name under which the store keeps the sessions.
const SESSIONS_KEY: &str = "page-sessions";
/// Contacts on one screen.
pub const SCREENFUL: usize = 50;

/// Where the page is, and the tokens that are good now.
#[derive(Default)]
pub struct Doors {
    port: Option<u16>,
    /// Hashes with their ends, oldest first.
    launches: Vec<(String, Timestamp)>,
}

impl Doors {
    /// The page is served at this port of 127.0.0.1.
    pub fn stand_at(&mut self, port: u16) {
        self.port = Some(port);
    }

    /// The page's plain address; nothing while no page is served.
    pub fn at(&self) -> Option<String> {
        self.port.map(|port| format!("http://127.0.0.1:{port}/"))
    }

    /// A one-time address.
    pub fn open(&mut self, now: Timestamp) -> Option<String> {
        let at = self.at()?;
        self.launches.retain(|(_, end)| *end > now);
        if self.launches.len() >= MAX_LAUNCHES {
            self.launches.remove(0);
        }
        let token = secret();
        let end = now.checked_add(LAUNCH_MINUTES.minutes()).ok()?;
        self.launches.push((hash(&token), end));
        Some(format!("{at}enter?token={token}"))
    }

    /// Takes a token; the same token is not taken again.
    fn enter(&mut self, now: Timestamp, token: &str) -> bool {
        let token = hash(token);
        let before = self.launches.len();
        self.launches.retain(|(_, end)| *end > now);
        let good = self.launches.iter().any(|(known, _)| *known == token);
        self.launches.retain(|(known, _)| *known != token);
        good && self.launches.len() < before
    }
}

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::PageOpen => match home.doors.open(now) {
            Some(url) => Ok(Answer::Page(PageStatus { url })),
            None => Err(Error::new(ErrorKind::Unreachable, "the page is served by the daemon, and none runs")
                .hint(Next::StartDaemon)),
        },
        Request::PageEnter { token } => {
            if !home.doors.enter(now, &token) {
                return Err(refused("this address was used before, or is too old"));
            }
            let session = secret();
            let mut sessions = sessions(home, now);
            if sessions.len() >= MAX_SESSIONS
                && let Some(first) = sessions.iter().min_by_key(|(_, end)| **end).map(|(hash, _)| hash.clone())
            {
                sessions.remove(&first);
            }
            let end = now.checked_add((SESSION_DAYS * 24).hours()).map_err(|error| Error::failed(error.to_string()))?;
            sessions.insert(hash(&session), end);
            keep(home, &sessions)?;
            Ok(Answer::Session(session))
        }
        Request::PageCheck { session } => {
            if sessions(home, now).contains_key(&hash(&session)) {
                let clock = home.clock(now);
                let zone = clock.time_zone().iana_name().unwrap_or("UTC").to_owned();
                Ok(Answer::Visit(Visit { today: clock.date(), zone, contacts: home.book().people().count() }))
            } else {
                Err(refused("there is no such session"))
            }
        }
        Request::PageLeave { session } => {
            let mut sessions = sessions(home, now);
            sessions.remove(&hash(&session));
            keep(home, &sessions)?;
            Ok(home.said("This browser has left."))
        }
        Request::PageLeaveAll => {
            home.doors.launches.clear();
            keep(home, &BTreeMap::new())?;
            Ok(home.said("Every browser has left."))
        }
        Request::Opened => day::opened(home, now),
        Request::ContactPage { audience, stage, search, waiting, skip } => {
            let (book, today) = (home.book(), home.clock(now).date());
            let history = book.history(today);
            let text = search.as_deref().map(str::trim);
            let mut found = contact::search(book, &history, audience.as_deref(), stage, text)?;
            found.retain(|person| !waiting || (person.why.trim().is_empty() && !person.never));
            let total = found.len();
            let rows = found.into_iter().skip(skip).take(SCREENFUL);
            let rows = rows.map(|person| contact::row(book, &history, person, today)).collect();
            Ok(Answer::ContactPage(ContactPage { rows, total, skip }))
        }
        Request::AudienceMap => Ok(Answer::AudienceMap(map(home, now))),
        _ => Err(Error::usage("this is not about the page")),
    }
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Refused, why).hint(Next::OpenPage)
}

/// 244 random bits.
fn secret() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The sessions that still hold: hash to end. What cannot be read is nobody's session.
fn sessions(home: &Home, now: Timestamp) -> BTreeMap<String, Timestamp> {
    let kept = home.replica.store().device_get(SESSIONS_KEY).ok().flatten();
    let kept: BTreeMap<String, Timestamp> = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    kept.into_iter().filter(|(_, end)| *end > now).collect()
}

fn keep(home: &mut Home, sessions: &BTreeMap<String, Timestamp>) -> Result<(), Error> {
    let failed = |error: String| Error::failed(error).hint(Next::Doctor);
    let text = serde_json::to_string(sessions).map_err(|error| failed(error.to_string()))?;
    home.replica.store_mut().device_set(SESSIONS_KEY, Some(&text)).map_err(|error| failed(error.to_string()))
}

fn map(home: &Home, now: Timestamp) -> AudienceMap {
    let book = home.book();
    let name = |id| book.audience(id).map(|audience| audience.name.clone());
    let ties = book
        .ties
        .values()
        .filter(|tie| tie.removed.is_none())
        .filter_map(|tie| Some(TieLine { from: name(&tie.from)?, to: name(&tie.to)?, bridge: tie.bridge.clone() }));
    // Without the graph there is still the book.
    let prompts = home.graph().map(|graph| graph.prompts.clone()).unwrap_or_default();
    AudienceMap { works: work::rows(book), ties: ties.collect(), audiences: audience::kept(home, now), prompts }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::platform::Folders;

    fn home(folder: &std::path::Path) -> Home {
        let mut home = Home::open(&Folders::under(folder).unwrap(), Duration::from_secs(5)).unwrap();
        home.doors.stand_at(4747);
        home
    }

    fn token(home: &mut Home, now: Timestamp) -> String {
        let Ok(Answer::Page(page)) = dispatch(home, now, Request::PageOpen) else { panic!("no address") };
        page.url.split_once('=').unwrap().1.to_owned()
    }

    fn enter(home: &mut Home, now: Timestamp, token: &str) -> Option<String> {
        match dispatch(home, now, Request::PageEnter { token: token.to_owned() }) {
            Ok(Answer::Session(session)) => Some(session),
            _ => None,
        }
    }

    #[test]
    fn a_token_is_good_once_and_not_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let (mut home, now) = (home(folder.path()), Timestamp::UNIX_EPOCH);
        let (one, two) = (token(&mut home, now), token(&mut home, now));
        assert!(enter(&mut home, now, &one).is_some());
        assert!(enter(&mut home, now, &one).is_none());
        assert!(enter(&mut home, now + 11.minutes(), &two).is_none());
        assert!(enter(&mut home, now, "").is_none());
    }

    #[test]
    fn a_session_ends_after_thirty_days() {
        let folder = tempfile::tempdir().unwrap();
        let (mut home, now) = (home(folder.path()), Timestamp::UNIX_EPOCH);
        let token = token(&mut home, now);
        let session = enter(&mut home, now, &token).unwrap();
        let mut holds = |at| dispatch(&mut home, at, Request::PageCheck { session: session.clone() }).is_ok();
        assert!(holds(now + (29 * 24).hours()));
        assert!(!holds(now + (30 * 24).hours()));
    }

    #[test]
    fn only_so_many_browsers_hold_the_book_and_the_oldest_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let (mut home, now) = (home(folder.path()), Timestamp::UNIX_EPOCH);
        let mut all = Vec::new();
        for n in 0..=MAX_SESSIONS {
            let at = now + i64::try_from(n).unwrap().seconds();
            let token = token(&mut home, at);
            all.push(enter(&mut home, at, &token).unwrap());
        }
        let mut holds = |session: &String| {
            dispatch(&mut home, now + 1.minutes(), Request::PageCheck { session: session.clone() }).is_ok()
        };
        assert!(!holds(&all[0]));
        assert!(all[1..].iter().all(&mut holds));
    }
}
