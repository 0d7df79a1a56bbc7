//! The author's laptops, as people read them.

use std::fmt::Write;

use jiff::{Timestamp, tz::TimeZone};

use super::status::clock;
use crate::api::{DeviceRow, FolderStatus, Invited, Joined, PeerStatus, SyncStatus, counted};

pub fn devices(rows: &[DeviceRow]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut notes = Vec::new();
        if row.this {
            notes.push("this one".to_owned());
        }
        if row.hub {
            notes.push("a hub: keeps the others in step, never notifies".to_owned());
        }
        notes.extend(row.removed.as_ref().map(|at| format!("removed on {}", at.get(..10).unwrap_or(at))));
        let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) };
        _ = writeln!(text, "{}{notes}", row.name);
    }
    if rows.iter().filter(|row| row.removed.is_none()).count() < 2 {
        text.push_str("\nNext: goodword device invite lets another laptop in.\n");
    }
    text
}

pub fn invited(invited: &Invited) -> String {
    let left = invited.expires.duration_since(Timestamp::now()).as_secs().max(0).unsigned_abs().div_ceil(60);
    format!(
        "On the OTHER laptop, on the same network, type:\n\n    goodword device join {}\n\n\
         It is good for {left} minutes and for one try. If that laptop is somewhere else, use the long ticket there:\n\n\
         goodword device join {}\n\n\
         Leave this one as it is; it waits for the other laptop (Ctrl-C stops waiting).\n",
        invited.code, invited.ticket
    )
}

pub fn joined(joined: &Joined) -> String {
    let Joined { joined: other, people_before, people, in_sync } = joined;
    let mut text = format!("This laptop and {} hold one book now.\n", other.name);
    let came = people.saturating_sub(*people_before);
    _ = match (in_sync, people_before, came) {
        (false, ..) => writeln!(text, "It is still on its way; goodword sync says when both are in step."),
        (true, 0, _) => writeln!(text, "{} came over.", counted(*people, "person", "people")),
        (true, _, 0) => writeln!(text, "Everybody was here already: {}.", counted(*people, "person", "people")),
        (true, before, came) => {
            writeln!(
                text,
                "{before} of your people were here before, {came} came over: {people} in all, and nobody was lost."
            )
        }
    };
    text
}

pub fn sync(sync: &SyncStatus) -> String {
    let mut text: String = sync.peers.iter().map(|peer| format!("{}\n", self::peer(peer))).collect();
    if let Some(folder) = &sync.folder {
        text.push_str(&shared_folder(folder));
    }
    text.extend(sync.troubles.iter().map(|trouble| format!("!! {trouble}\n")));
    if text.is_empty() {
        text.push_str("This laptop is alone. goodword device invite lets another one in.\n");
    }
    text
}

/// One laptop in a line, and what is wrong with it in another.
pub fn peer(peer: &PeerStatus) -> String {
    let state = match (peer.connected, peer.in_sync) {
        (true, true) => "connected, and both hold the same book".to_owned(),
        (true, false) => "connected; the book is on its way".to_owned(),
        (false, _) => match peer.last_seen {
            Some(at) => format!("not connected; last seen {}. It catches up when both are on", when(at)),
            None => "not seen yet. Is goodword running there, and is it on this network?".to_owned(),
        },
    };
    let trouble = peer.trouble.as_ref().map(|trouble| format!("\n  {trouble}")).unwrap_or_default();
    format!("{}: {state}{trouble}", peer.name)
}

fn shared_folder(folder: &FolderStatus) -> String {
    let moment = |at: &Option<Timestamp>| at.map_or_else(|| "not yet".to_owned(), when);
    let mut text = format!(
        "folder {}: last read {}, last written {}\n",
        folder.path,
        moment(&folder.last_read),
        moment(&folder.last_written)
    );
    if let Some(error) = &folder.error {
        _ = writeln!(text, "  {error}");
    }
    text
}

fn when(at: Timestamp) -> String {
    clock(&at.to_zoned(TimeZone::system()))
}
