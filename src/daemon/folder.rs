//! The daemon's side of the shared folder: gives it what the book gained, takes in what others left there, and keeps
//! how far that has come.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Daemon, home::Home};
use crate::{
    api::FolderStatus,
    replica::{CommitError, ImportError},
    sync::{
        Key,
        folder::{self, Folder, FolderKeys, FolderOptions, Known, News, Position, Taken},
    },
};

/// The names under which the store keeps the folder's keys, the folder that was set up, how far the others were read,
/// and the book's heads that are in the folder.
const KEYS_KEY: &str = "folder/keys";
const PATH_KEY: &str = "folder/path";
const READ_KEY: &str = "folder/read";
const HEADS_KEY: &str = "folder/heads";

/// The folder as the daemon holds it.
pub(super) struct Shared {
    folder: Folder,
    pub news: UnboundedReceiver<News>,
    /// The book's heads up to which everything was given to the folder.
    given: Vec<String>,
    /// What was given and is not on its disk yet, with the heads that it brings.
    under_way: VecDeque<(folder::Tag, Vec<String>)>,
    tags: folder::Tag,
}

impl Shared {
    /// Begins to keep the folder that `config.toml` names, if it names one.
    pub fn start(home: &mut Home) -> Option<Shared> {
        let path = PathBuf::from(&home.config.folder);
        let key = home.key.clone()?;
        if home.config.folder.is_empty() {
            return None;
        }
        home.folder = Some(FolderStatus { path: home.config.folder.clone(), ..FolderStatus::default() });
        let kept = |home: &Home, key: &str| home.replica.store().device_get(key).ok().flatten();
        // Another folder than before has none of what was written, and nothing of it was read.
        let is_new = kept(home, PATH_KEY).as_ref() != Some(&home.config.folder);
        let read = |key: &str| kept(home, key).filter(|_| !is_new).unwrap_or_default();
        let options = FolderOptions {
            path,
            data: home.folders.data.clone(),
            key,
            set_up: is_new,
            read: serde_json::from_str(&read(READ_KEY)).unwrap_or_default(),
        };
        let given = serde_json::from_str(&read(HEADS_KEY)).unwrap_or_default();
        match folder::start(options) {
            Ok((folder, news)) => {
                folder.know(home.known_to_folder());
                Some(Shared { folder, news, given, under_way: VecDeque::new(), tags: 0 })
            }
            Err(error) => {
                tracing::warn!(%error, "the shared folder cannot be kept");
                None
            }
        }
    }

    /// The circle or the keys are others now.
    pub fn know(&self, home: &Home) {
        self.folder.know(home.known_to_folder());
    }

    /// Looks at everything now.
    pub fn look(&self) {
        self.folder.look();
    }

    pub fn stop(self) {
        self.folder.stop();
    }

    fn tag(&mut self, heads: Vec<String>) -> folder::Tag {
        self.tags += 1;
        self.given.clone_from(&heads);
        self.under_way.push_back((self.tags, heads));
        self.tags
    }

    /// Gives the folder what the book gained since the last time.
    pub fn give(&mut self, home: &Home) {
        let heads = home.replica.heads_hex();
        if self.given == heads || home.circle.members().is_empty() {
            return;
        }
        let gained = home.replica.changes_after(&self.given);
        let tag = self.tag(heads);
        self.folder.write(gained, tag);
    }
}

impl Home {
    fn known_to_folder(&self) -> Known {
        Known {
            members: self.circle.members().clone(),
            removed: self.circle.removed().keys().copied().collect(),
            circle: self.circle.encode(),
            keys: self.folder_keys(),
        }
    }

    /// The keys of the shared folder. None that can be read is none: the others give them again.
    pub(super) fn folder_keys(&self) -> FolderKeys {
        let kept = self.replica.store().device_get(KEYS_KEY).ok().flatten();
        let bytes = kept.and_then(|text| BASE64_STANDARD.decode(text).ok());
        bytes.and_then(|bytes| FolderKeys::decode(&bytes).ok()).unwrap_or_default()
    }

    /// Takes the keys that another device gave.
    pub(super) fn take_folder_keys(&mut self, given: &FolderKeys, by: Key) {
        let mut keys = self.folder_keys();
        if keys.merge(given, by) {
            self.keep_folder(KEYS_KEY, &BASE64_STANDARD.encode(keys.encode()));
        }
    }

    fn keep_folder(&mut self, key: &str, value: &str) {
        if let Err(error) = self.replica.store_mut().device_set(key, Some(value)) {
            tracing::warn!(%error, "how far the shared folder has come could not be kept; some of it is done again");
        }
    }

    /// Remembers how far a device's part of the folder is in the book.
    fn keep_position(&mut self, from: Key, at: Position) {
        let kept = self.replica.store().device_get(READ_KEY).ok().flatten().unwrap_or_default();
        let mut read: BTreeMap<Key, Position> = serde_json::from_str(&kept).unwrap_or_default();
        read.insert(from, at);
        if let Ok(text) = serde_json::to_string(&read) {
            self.keep_folder(READ_KEY, &text);
        }
    }
}

impl Daemon {
    /// Takes in what the folder brings.
    pub(super) fn hear_folder(&mut self, news: News) {
        let Some(shared) = &mut self.shared else { return };
        match news {
            News::Chunk { from, parts, receipt, at } => {
                let before = self.home.replica.heads_hex();
                let taken = take_in(&mut self.home, &parts);
                if taken == Taken::Merged {
                    self.home.keep_position(from, at);
                    // What came out of the folder need not go into it again.
                    if shared.given == before {
                        shared.given = self.home.replica.heads_hex();
                    }
                }
                shared.folder.took(receipt, taken);
                if before != self.home.replica.heads_hex() {
                    self.look_soon();
                }
            }
            News::Wrote(tag) => {
                self.quiet = true;
                let written = shared.under_way.iter().take_while(|(given, _)| *given <= tag).count();
                let last = shared.under_way.drain(..written).next_back();
                if let Some(text) = last.and_then(|(_, heads)| serde_json::to_string(&heads).ok()) {
                    self.home.keep_folder(HEADS_KEY, &text);
                }
            }
            News::WholeWanted => {
                self.quiet = true;
                let whole = self.home.replica.export_automerge();
                let tag = shared.tag(self.home.replica.heads_hex());
                shared.folder.write_whole(whole, tag);
            }
            News::NewKeys(keys) => {
                self.quiet = true;
                self.home.keep_folder(KEYS_KEY, &BASE64_STANDARD.encode(keys.encode()));
            }
            // The folder waits for our word on whom to trust, also where nothing is new.
            News::Statements(statements) => match self.home.circle.hear(&statements) {
                Ok(heard) if heard.new => self.circle_changed(),
                heard => {
                    self.quiet = true;
                    if let Err(error) = heard {
                        tracing::warn!(%error, "the shared folder says something odd of the circle");
                    }
                    shared.know(&self.home);
                }
            },
            News::State(state) => {
                if state.last_look.is_some() {
                    let path = self.home.config.folder.clone();
                    self.home.keep_folder(PATH_KEY, &path);
                }
                self.home.folder = Some(FolderStatus {
                    path: self.home.config.folder.clone(),
                    last_read: state.last_read,
                    last_written: state.last_written,
                    error: (!state.trouble.is_empty()).then(|| state.trouble.join("; ")),
                });
            }
        }
    }
}

/// Everything in a chunk, in order. What waits for other changes, or for room on the disk, is offered again.
fn take_in(home: &mut Home, parts: &[Vec<u8>]) -> Taken {
    for part in parts {
        match home.replica.receive(part) {
            Ok(_) => {}
            Err(ImportError::Document(crate::document::LoadError::Incomplete)) => return Taken::Incomplete,
            Err(ImportError::Commit(CommitError::Store(error))) => {
                tracing::warn!(%error, "what lies in the shared folder could not be kept; it is tried again");
                return Taken::Incomplete;
            }
            Err(error) => {
                tracing::warn!(%error, "something in the shared folder is not of this book");
                return Taken::Refused;
            }
        }
    }
    Taken::Merged
}
