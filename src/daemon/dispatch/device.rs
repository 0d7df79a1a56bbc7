//! `device` and `sync`: the author's laptops, and how they stand. Pairing itself needs the network, so a running daemon
//! answers it ([`network`](super::super::network)).

use jiff::Timestamp;

use super::{Home, names};
use crate::{
    api::{Answer, DeviceRow, Error, ErrorKind, Next, Request, SyncStatus},
    domain::{
        Change, Device, Id,
        typed::{MAX_NAME, one_line},
    },
    sync::Key,
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::DeviceList => Ok(Answer::Devices(rows(home))),
        Request::DeviceRename { name, device } => rename(home, &name, device.as_deref()),
        Request::DeviceRemove { name } => remove(home, now, &name),
        Request::Sync { .. } => Ok(Answer::Sync(sync_status(home))),
        _ => Err(Error::new(ErrorKind::Unreachable, "laptops meet through the daemon, and none is running here")
            .hint(Next::StartDaemon)),
    }
}

/// How the others stand.
pub fn sync_status(home: &Home) -> SyncStatus {
    SyncStatus { peers: home.peer_rows(), folder: home.folder.clone(), troubles: home.own_troubles() }
}

fn rows(home: &Home) -> Vec<DeviceRow> {
    let removed = |device: &Device| {
        let key: Option<Key> = device.key.parse().ok();
        key.and_then(|key| home.circle.removed().get(&key)).map(|removed| removed.at.to_string())
    };
    let row = |device: &Device| DeviceRow {
        id: device.id.to_string(),
        name: device.name.clone(),
        this: device.id == home.device,
        hub: device.hub,
        added: device.added.map(|date| date.to_string()),
        removed: removed(device).or_else(|| device.removed.map(|date| date.to_string())),
    };
    let mut rows: Vec<_> = home.book().devices.values().map(row).collect();
    rows.sort_by_key(|row| (row.removed.is_some(), !row.this));
    rows
}

fn rename(home: &mut Home, name: &str, device: Option<&str>) -> Result<Answer, Error> {
    let name = one_line("name", name, MAX_NAME)?;
    let id = match device {
        Some(device) => names::device(home.book(), device)?.id.clone(),
        None => home.device.clone(),
    };
    if id == home.device && !home.config.name.is_empty() && home.config.name != name {
        let file = home.folders.config_file();
        return Err(Error::usage(format!("this laptop's name is set in {}", file.display()))
            .hint("change it there, or take that line away"));
    }
    let known = home.book().devices.get(&id).cloned().unwrap_or_default();
    home.commit(&[Change::Device(Device { id, name, ..known })])?;
    Ok(Answer::Devices(rows(home)))
}

fn remove(home: &mut Home, now: Timestamp, name: &str) -> Result<Answer, Error> {
    let device = names::device(home.book(), name)?.clone();
    if device.id == home.device {
        return Err(Error::usage("this is the laptop you sit at").hint(Next::RemoveElsewhere));
    }
    let Some(key) = home.key.clone() else { return Err(Error::failed("this laptop has no key yet")) };
    let Ok(theirs) = device.key.parse::<Key>() else {
        // From before it had a key: it could never connect.
        return bury(home, now, &device.id).map(|()| home.said(format!("{} is off the list.", device.name)));
    };
    let before = home.circle.clone();
    home.circle.remove(&key, theirs, now);
    if let Err(error) = home.keep_circle() {
        home.circle = before;
        return Err(error);
    }
    // In force already: that the book cannot say so too does not take it back.
    if let Err(error) = bury(home, now, &device.id) {
        tracing::warn!(%error, "a removal is not in the book");
    }
    let people = home.book().people().count();
    Ok(home.said(format!(
        "{} is removed, here at once and on your other laptops as soon as they hear of it. It gets nothing more and can \
         never come back under its key. What it has it keeps: the book as of its last sync, with up to {people} people, \
         your notes about them and the diary. If it was stolen, change the passwords that are stored on it.",
        device.name
    )))
}

/// Says in the book, for people to read, what the circle already decided.
fn bury(home: &mut Home, now: Timestamp, id: &Id) -> Result<(), Error> {
    let removed = Some(home.clock(now).date());
    let Some(device) = home.book().devices.get(id).cloned() else { return Ok(()) };
    home.commit(&[Change::Device(Device { removed, ..device })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::book::Schema, platform::Folders, sync::DeviceKey};

    #[test]
    fn a_removal_is_in_force_also_where_the_book_cannot_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::under(&folder.path().join("home")).unwrap();
        let mut home = Home::open(&folders, std::time::Duration::ZERO).unwrap();
        let thief = DeviceKey::new(&[9; 32]).public();
        let (now, own) = (Timestamp::now(), home.key.clone().unwrap());
        home.circle.welcome(&own, thief, now).unwrap();
        let record = Device { id: "t".into(), name: "stolen".to_owned(), key: thief.to_string(), ..Device::default() };
        // A newer goodword has closed the book to us since.
        let newer = Schema { writer: 99, oldest_writer: 99 };
        home.commit(&[Change::Device(record), Change::Schema(newer)]).unwrap();
        remove(&mut home, now, "stolen").unwrap();
        assert!(home.circle.removed().contains_key(&thief));
        drop(home);
        let home = Home::open(&folders, std::time::Duration::ZERO).unwrap();
        assert!(home.circle.removed().contains_key(&thief), "and after a restart");
    }
}
