//! The author's other laptops and the shared folder, as `doctor` sees them.

use jiff::{SignedDuration, Timestamp};

use super::{ill, well};
use crate::{
    api::{Check, PeerStatus},
    daemon::{devices, home::Home},
    platform::Folders,
};

/// A laptop that was not seen for so long is worth a word.
const LONG: SignedDuration = SignedDuration::from_hours(14 * 24);

/// This laptop's key, also where nothing else can be opened.
pub fn key(folders: &Folders) -> Check {
    match devices::read_key(folders) {
        Ok(Some(key)) => well("key", format!("this laptop is {} to the others", key.public().short())),
        Ok(None) => well("key", "none yet; it is made when it is first needed"),
        Err(error) => ill("key", error.message, error.hint.map(String::from).unwrap_or_default()),
    }
}

/// Who is in step, and who is not.
pub fn laptops(home: &Home, now: Timestamp) -> Check {
    if let Some(trouble) = home.own_troubles().into_iter().next() {
        return ill("laptops", trouble, "goodword sync says more");
    }
    let peers = home.peer_rows();
    if peers.is_empty() {
        return well("laptops", "this one is alone; goodword device invite lets another in");
    }
    if let Some((peer, trouble)) = peers.iter().find_map(|peer| Some((peer, peer.trouble.as_ref()?))) {
        return ill("laptops", format!("{}: {trouble}", peer.name), "goodword sync says how all of them stand");
    }
    let is_missing =
        |peer: &&PeerStatus| !peer.connected && peer.last_seen.is_none_or(|seen| now.duration_since(seen) > LONG);
    match peers.iter().find(is_missing) {
        Some(peer) if home.since.is_some() => ill(
            "laptops",
            format!("{} was not seen for two weeks or longer", peer.name),
            "is goodword running there, and are both on one network? A folder in config.toml works without that; \
             goodword device remove takes a laptop off that is gone for good",
        ),
        _ => {
            let in_step = peers.iter().filter(|peer| peer.in_sync).count();
            well("laptops", format!("{in_step} of {} in step now; the rest when they are on", peers.len()))
        }
    }
}

/// The shared folder, where `config.toml` names one.
pub fn folder(home: &Home) -> Option<Check> {
    let folder = home.folder.as_ref()?;
    Some(match &folder.error {
        Some(error) => {
            ill("folder", error.clone(), format!("look at {}; everything is tried again by itself", folder.path))
        }
        None => well("folder", folder.path.clone()),
    })
}
