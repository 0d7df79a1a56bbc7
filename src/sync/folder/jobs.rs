//! What is done in the folder, each in a thread of its own: one look at the whole, one reading of another device's
//! sub-folder, one round of writing in our own.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    bytes::{Reader, put_part},
    envelope::{self, MAX_FILE, Unopened},
    files::{self, ROOT, Trouble},
    keys::{FolderKey, FolderKeys, KeyId},
    letter::{self, Ack, Letter, MAX_LETTER, Position},
    names::{Found, Kind, Name},
};
use crate::sync::{DeviceKey, Key};

/// How much is read at once, in bytes: then it is handed on, and the rest read after.
const BATCH: usize = 8 << 20;
/// The longest ack that is read, in bytes.
const MAX_ACK: u64 = 64 << 10;
/// How many acks or letters are tried, from the newest.
const TRIES: usize = 4;

#[derive(Clone, Debug)]
pub enum Job {
    /// Is the folder there, and who has a sub-folder?
    Look {
        path: PathBuf,
        data: PathBuf,
        set_up: bool,
    },
    Read(Box<Read>),
    Write(Box<Write>),
}

#[derive(Clone, Debug)]
pub struct Read {
    pub path: PathBuf,
    pub folder: String,
    pub me: DeviceKey,
    /// Whose it is, when it is a member's: of all others only the letter is read.
    pub writer: Option<Key>,
    pub position: Position,
    pub keys: FolderKeys,
    /// The files that were taken last.
    pub letter: Option<String>,
    pub ack: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Write {
    pub path: PathBuf,
    pub data: PathBuf,
    pub folder: String,
    pub me: DeviceKey,
    pub put: Vec<Put>,
    pub remove: Vec<String>,
    /// Nothing is known yet of what an earlier run of the program has written.
    pub first: bool,
}

/// One file to write.
#[derive(Clone, Debug)]
pub struct Put {
    pub name: Name,
    /// The key to lock it with; a letter is sealed already.
    pub key: Option<FolderKey>,
    pub payload: Vec<u8>,
}

#[derive(Debug)]
pub enum Done {
    Look(Result<Vec<String>, Trouble>),
    Read(String, Result<Box<WasRead>, Trouble>),
    Write(Result<Written, Trouble>),
}

#[derive(Debug, Default, PartialEq)]
pub struct WasRead {
    pub chunks: Vec<Chunk>,
    /// There is more to read after these.
    pub more: bool,
    pub letter: Option<(String, Option<Letter>)>,
    pub ack: Option<(String, Ack)>,
    /// The series that does not go on though there is more of it.
    pub broken: Option<u64>,
    pub locked: bool,
    pub wrong: Option<String>,
}

/// One file's worth of somebody's book.
#[derive(Debug, PartialEq)]
pub struct Chunk {
    pub after: Position,
    pub parts: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
pub struct Written {
    /// What was in our sub-folder before.
    pub before: Vec<Found>,
    pub put: Vec<Found>,
    /// The key that our newest series begins with; looked up the first time only.
    pub key: Option<KeyId>,
}

pub fn run(job: Job) -> Done {
    match job {
        Job::Look { path, data, set_up } => {
            Done::Look(files::check_place(&path, &data, set_up).and_then(|()| files::devices(&path)))
        }
        Job::Read(read) => Done::Read(read.folder.clone(), read.run().map(Box::new)),
        Job::Write(write) => Done::Write(write.run()),
    }
}

/// The bytes of a chunk, from what was written since the last.
pub fn join(parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.as_ref().len() + 4).sum());
    parts.iter().for_each(|part| put_part(&mut bytes, part.as_ref()));
    bytes
}

fn split(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut reader = Reader(bytes);
    let parts = std::iter::from_fn(|| reader.part().map(<[u8]>::to_vec)).collect();
    reader.0.is_empty().then_some(parts)
}

impl Read {
    fn run(&self) -> Result<WasRead, Trouble> {
        let folder = self.path.join(ROOT).join(&self.folder);
        let found = files::list(&folder)?;
        let mut read = WasRead { letter: self.letter(&folder, &found)?, ..WasRead::default() };
        if let Some(writer) = self.writer {
            read.ack = self.ack(&folder, &found, &writer)?;
            self.chunks(&folder, &found, &writer, &mut read)?;
        }
        Ok(read)
    }

    /// The newest that is whole, unless it was taken before.
    fn letter(&self, folder: &Path, found: &[Found]) -> Result<Option<(String, Option<Letter>)>, Trouble> {
        for file in newest(found, Kind::Letter) {
            if Some(&file.file) == self.letter.as_ref() {
                break;
            }
            if let Some(bytes) = files::read_file(folder, file, MAX_LETTER)? {
                return Ok(Some((file.file.clone(), letter::read(&self.me, &self.folder, &bytes))));
            }
        }
        Ok(None)
    }

    fn ack(&self, folder: &Path, found: &[Found], writer: &Key) -> Result<Option<(String, Ack)>, Trouble> {
        for file in newest(found, Kind::Ack) {
            if Some(&file.file) == self.ack.as_ref() {
                break;
            }
            let Some(bytes) = files::read_file(folder, file, MAX_ACK)? else { continue };
            let opened = envelope::open(&self.keys, writer, &file.name, &bytes).ok();
            if let Some(ack) = opened.as_deref().and_then(Ack::decode) {
                return Ok(Some((file.file.clone(), ack)));
            }
        }
        Ok(None)
    }

    /// The newest series whose whole book can be read, and what follows in it; else what follows in the present one.
    fn chunks(&self, folder: &Path, found: &[Found], writer: &Key, read: &mut WasRead) -> Result<(), Trouble> {
        let chunks: Vec<&Found> = found.iter().filter(|file| file.is_chunk()).collect();
        let all: BTreeSet<u64> = chunks.iter().map(|file| file.name.series).collect();
        let mut newest_broken = None;
        for series in all.iter().rev().filter(|series| **series > self.position.series) {
            self.follow(folder, &chunks, writer, Position { series: *series, next: 0 }, read)?;
            newest_broken = newest_broken.or(read.broken.take());
            if !read.chunks.is_empty() {
                read.broken = newest_broken;
                return Ok(());
            }
        }
        self.follow(folder, &chunks, writer, self.position, read)?;
        read.broken = newest_broken.or(read.broken);
        Ok(())
    }

    fn follow(
        &self,
        folder: &Path,
        chunks: &[&Found],
        writer: &Key,
        mut at: Position,
        read: &mut WasRead,
    ) -> Result<(), Trouble> {
        let mut size = 0;
        while size < BATCH {
            let mut here =
                chunks.iter().filter(|file| (file.name.series, file.name.seq) == (at.series, at.next)).peekable();
            let is_there = here.peek().is_some();
            let mut opened = None;
            for file in here {
                let Some(bytes) = files::read_file(folder, file, MAX_FILE)? else { continue };
                let parts = envelope::open(&self.keys, writer, &file.name, &bytes)
                    .and_then(|payload| split(&payload).ok_or(Unopened::Forged));
                match parts {
                    Ok(parts) => {
                        size += bytes.len();
                        opened = Some(parts);
                        break;
                    }
                    Err(Unopened::NoKey) => read.locked = true,
                    Err(why) => read.wrong = Some(format!("{}: {why}", folder.join(&file.file).display())),
                }
            }
            let Some(parts) = opened else {
                let goes_on = chunks.iter().any(|file| file.name.series == at.series && file.name.seq > at.next);
                if (is_there || goes_on) && !read.locked {
                    read.broken = Some(at.series);
                }
                return Ok(());
            };
            at.next = at.next.saturating_add(1);
            read.chunks.push(Chunk { after: at, parts });
        }
        read.more = true;
        Ok(())
    }
}

fn newest(found: &[Found], kind: Kind) -> impl Iterator<Item = &Found> {
    found.iter().rev().filter(move |file| file.name.kind == kind).take(TRIES)
}

impl Write {
    fn run(&self) -> Result<Written, Trouble> {
        // Again: the stick may have been drawn since the last look.
        files::check_place(&self.path, &self.data, false)?;
        let folder = self.path.join(ROOT).join(&self.folder);
        files::make_folder(&folder)?;
        files::clean(&folder)?;
        let before = files::list(&folder)?;
        let key = if self.first { first_key(&folder, &before)? } else { None };
        let mut written = Written { before, put: Vec::new(), key };
        for put in &self.put {
            let bytes = match &put.key {
                Some(key) => envelope::seal(key, &self.me, &put.name, &put.payload),
                None => put.payload.clone(),
            };
            let file = put.name.file(&bytes);
            files::write_file(&folder, &file, &bytes)?;
            written.put.push(Found { name: put.name, file });
        }
        // One that stays is found at the next look, and nobody needs it until then.
        for file in &self.remove {
            _ = files::remove(&folder, file);
        }
        Ok(written)
    }
}

fn first_key(folder: &Path, found: &[Found]) -> Result<Option<KeyId>, Trouble> {
    let chunks = || found.iter().filter(|file| file.is_chunk());
    let newest = chunks().map(|file| file.name.series).max();
    let Some(first) = chunks().find(|file| Some(file.name.series) == newest && file.name.seq == 0) else {
        return Ok(None);
    };
    Ok(files::read_file(folder, first, MAX_FILE)?.as_deref().and_then(envelope::key_id))
}
