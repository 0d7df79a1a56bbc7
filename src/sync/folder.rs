//! The folder: the book's changes through a folder that somebody else carries (Dropbox, iCloud, Syncthing, a stick).
//!
//! Two laptops that are never on together stay in step through it. Nothing in it is ever changed: each device writes
//! new files in its own sub-folder, locked and signed, and takes its own old ones away when everybody has read past
//! them. Whatever else a synchronising service does there (parts of files, copies of conflicts, files that are not
//! fetched yet) is passed over and looked at again.
//!
//! ```text
//! FOLDER/goodword/README.txt                                  the folder is the right one
//!                 <device>/<series>-<number>-<hash>.chunk     changes; number 0 is the whole book
//!                          <time>-00000000-<hash>.ack         how far the others were read
//!                          <time>-00000000-<hash>.letter      the circle and the folder's keys, for each by name
//! ```
//!
//! A thread keeps the state ([`keeper`], which touches no file) and sends others into the folder, one for each
//! sub-folder at a time: one that hangs stops neither the daemon nor the rest. The daemon alone touches the book: it is
//! offered [`News::Chunk`]s and says what became of them.
//!
//! What survives what:
//! - **A crash**: a file is written under another name, synced, renamed. What was not [`News::Wrote`] yet, the daemon
//!   gives again.
//! - **A lost or damaged file**: its readers say so in their acks, and its writer writes the whole book.
//! - **A restored backup**: positions are stored with the book, or all is read again; merging twice does nothing.
//! - **A removed device**: its files are not looked at, and what is written is locked with a key that it never gets.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{DeviceKey, Key};

mod bytes;
mod envelope;
mod files;
mod jobs;
mod keeper;
mod keys;
mod letter;
mod names;
mod reading;
mod sealed;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod writing;

pub use keys::{FolderKeys, NotKeys};
pub use letter::Position;

use keeper::{Effect, Event, Keeper, Now};

/// How often the folder is looked at when nobody asks.
const EVERY: Duration = Duration::from_secs(5 * 60);
/// How long the end of the program waits for what is written.
const LAST: Duration = Duration::from_secs(2);

/// Names what the daemon gave to be written, such as a count; it comes back in [`News::Wrote`].
pub type Tag = u64;
/// Names a chunk that was offered.
pub type Receipt = u64;

/// Where the folder is, and where we are.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// The folder that the author named: a full path.
    pub path: PathBuf,
    /// Goodword's own data folder: a shared folder must not hold it, nor be in it.
    pub data: PathBuf,
    pub key: DeviceKey,
    /// The author has just named this folder, and it may be made one of ours. Never again after the first
    /// [`State::last_look`]: a stick that is away must not be taken for an empty folder.
    pub set_up: bool,
    /// How far the others' chunks are in the book: stored in the transaction that took them in, or left empty to read
    /// all again.
    pub read: BTreeMap<Key, Position>,
}

/// What the daemon knows of the circle. Given at the start, and whenever it changes.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Whose chunks are taken: the circle's members, without this device.
    pub members: BTreeSet<Key>,
    pub removed: BTreeSet<Key>,
    /// All statements of the circle, encoded: the others find them in the folder.
    pub circle: Vec<u8>,
    /// The folder's keys, as they were stored or given at the pairing.
    pub keys: FolderKeys,
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is in the book, and on the disk.
    Merged,
    /// It builds on changes that are not here yet: it is offered again when others have brought something.
    Incomplete,
    /// It can never be taken in. It is passed over, and its writer asked for the whole book.
    Refused,
}

/// What the daemon hears from the folder.
#[derive(Clone, Debug)]
pub enum News {
    /// Something for the book. The device's next one comes when this one's receipt was given back with [`Folder::took`].
    Chunk {
        from: Key,
        /// What its writer gave to be written, in order.
        parts: Arc<Vec<Vec<u8>>>,
        receipt: Receipt,
        /// How far this device is read once it is in the book.
        at: Position,
    },
    /// Everything up to this tag is in the folder, and on its disk.
    Wrote(Tag),
    /// Give the whole book to be written, with [`Folder::write_whole`].
    WholeWanted,
    /// The folder's keys are others now: store them, before anything else is done.
    NewKeys(FolderKeys),
    /// Statements of the circle that another device left. [`Folder::know`] follows, whether they were new or not: until
    /// then nothing is offered or written, so that a removal is in force before whatever came with it.
    Statements(Vec<u8>),
    /// Something about the folder has changed that the author may want to see.
    State(State),
}

/// How it stands with the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What is wrong, in plain words.
    pub trouble: Vec<String>,
    /// When the folder was last there.
    pub last_look: Option<Timestamp>,
    pub last_read: Option<Timestamp>,
    pub last_written: Option<Timestamp>,
    /// How many changes wait to be written.
    pub waiting: usize,
    pub devices: BTreeMap<Key, Seen>,
}

/// How it stands with one of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub read: Position,
    /// It has read all that this device wrote.
    pub has_all: bool,
    /// What it wrote is locked with a key that this device was not given yet.
    pub locked: bool,
}

/// The daemon's end of the folder. Nothing here waits for a disk.
#[derive(Debug)]
pub struct Folder {
    events: mpsc::Sender<Event>,
    ended: mpsc::Receiver<()>,
}

/// Begins to keep the folder. It does nothing until it [knows](Folder::know) somebody.
///
/// # Errors
/// When no thread can be started.
pub fn start(options: FolderOptions) -> std::io::Result<(Folder, UnboundedReceiver<News>)> {
    let (events, inbox) = mpsc::channel();
    let (ending, ended) = mpsc::channel();
    let (news, outbox) = unbounded_channel();
    let back = events.clone();
    thread::Builder::new().name("folder".to_owned()).spawn(move || {
        Rounds { keeper: Keeper::new(options), back, news, began: Instant::now() }.run(&inbox);
        _ = ending.send(());
    })?;
    Ok((Folder { events, ended }, outbox))
}

impl Folder {
    /// What the book has gained since the last write, this device's part of it at least.
    pub fn write(&self, bytes: Vec<u8>, tag: Tag) {
        self.send(Event::Gained(bytes, tag));
    }

    /// The whole book, with all that was gained before; the answer to [`News::WholeWanted`].
    pub fn write_whole(&self, bytes: Vec<u8>, tag: Tag) {
        self.send(Event::Whole(bytes, tag));
    }

    pub fn know(&self, known: Known) {
        self.send(Event::Known(Box::new(known)));
    }

    /// What became of a chunk.
    pub fn took(&self, receipt: Receipt, taken: Taken) {
        self.send(Event::Taken(receipt, taken));
    }

    /// Looks at everything now, as after a wake.
    pub fn look(&self) {
        self.send(Event::Look);
    }

    /// Ends it. What waits is written if that is done within two seconds; if not, the daemon gives it again next time.
    pub fn stop(self) {
        self.send(Event::Stop);
        _ = self.ended.recv_timeout(LAST + Duration::from_millis(100));
    }

    /// The thread ends with us, so it hears everything.
    fn send(&self, event: Event) {
        _ = self.events.send(event);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.send(Event::Stop);
    }
}

struct Rounds {
    keeper: Keeper,
    back: mpsc::Sender<Event>,
    news: UnboundedSender<News>,
    began: Instant,
}

impl Rounds {
    fn run(mut self, inbox: &mpsc::Receiver<Event>) {
        self.handle(Event::Look);
        let mut next_look = Instant::now() + EVERY;
        let mut end = None;
        loop {
            let wake = self.keeper.wakes_at().map(|at| self.began + at);
            let until = [Some(next_look), wake, end].into_iter().flatten().min().unwrap_or(next_look);
            match inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(event) => {
                    if matches!(event, Event::Stop) {
                        end.get_or_insert(Instant::now() + LAST);
                    }
                    self.handle(event);
                }
                Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() >= next_look => {
                    next_look = Instant::now() + EVERY;
                    self.handle(Event::Look);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => self.handle(Event::Tick),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
            if end.is_some_and(|end| Instant::now() >= end || !self.keeper.is_writing()) {
                return;
            }
        }
    }

    fn handle(&mut self, event: Event) {
        let now = Now { up: self.began.elapsed(), wall: Timestamp::now() };
        for effect in self.keeper.on(event, now) {
            match effect {
                // Nobody listens any more: then the program ends.
                Effect::Tell(news) => _ = self.news.send(news),
                Effect::Run(job) => {
                    let back = self.back.clone();
                    // Detached: it may hang for ever. Without a thread the lane is seen to hang, and is told of.
                    _ = thread::Builder::new().name("folder-job".to_owned()).spawn(move || {
                        _ = back.send(Event::Done(jobs::run(job)));
                    });
                }
            }
        }
    }
}
