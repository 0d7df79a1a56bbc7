//! `status`: what is running, and when it is next.

use jiff::{Timestamp, Zoned};

use super::Home;
use crate::{
    api::{DesktopStatus, DocumentStatus, FeedsStatus, PageStatus, ScheduleStatus, Status, VERSION},
    domain::{Book, decide::Standing, schedule},
};

pub fn status(home: &Home, now: Timestamp) -> Status {
    let book = home.book();
    let clock = home.clock(now);
    let next = match Standing::of(book, &clock) {
        Standing::Open(..) => Some(now),
        Standing::Wait(until) => until,
        Standing::Nobody(nobody) => {
            let from = nobody.until().max(clock.date().tomorrow().ok());
            from.and_then(|date| schedule::first_from(book, date, clock.time_zone()))
        }
    };
    let next = next.map(|at| to_the_second(at.to_zoned(clock.time_zone().clone())).to_string());
    let daily_at = book.settings.get("daily_at", clock.date()).unwrap_or_default();
    let zone = clock.time_zone().iana_name().unwrap_or("UTC").to_owned();
    let feeds = home.replica.store().feeds_in_all().unwrap_or_default();
    let (server, actions) = home.desktop.clone().map_or((None, false), |(server, actions)| (Some(server), actions));
    Status {
        version: VERSION.to_owned(),
        pid: home.since.map(|_| std::process::id()),
        uptime_s: home.since.map(|since| u64::try_from(now.duration_since(since).as_secs()).unwrap_or_default()),
        home: home.folders.data.display().to_string(),
        document: DocumentStatus {
            bytes: home.replica.bytes().unwrap_or_default(),
            heads: home.replica.heads_hex(),
            ..counted(book)
        },
        schedule: ScheduleStatus { daily_at, zone, next },
        desktop: DesktopStatus { server, actions },
        feeds: FeedsStatus { total: feeds.total, failing: feeds.failing, last_refresh: feeds.fetched_at },
        page: home.doors.at().map(|url| PageStatus { url }),
        peers: home.peer_rows(),
    }
}

fn to_the_second(at: Zoned) -> Zoned {
    at.with().subsec_nanosecond(0).build().unwrap_or(at)
}

fn counted(book: &Book) -> DocumentStatus {
    DocumentStatus {
        contacts: book.people().count(),
        audiences: book.kept_audiences().count(),
        journal: book.journal.len(),
        bytes: 0,
        heads: Vec::new(),
    }
}
