//! What is done when, and no file: events go in, effects come out. Threads perform them ([`super::start`]), or a test.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use jiff::Timestamp;
mod tell;
mod write;

use super::{
    FolderOptions, Known, News, Receipt, State, Tag, Taken,
    files::Trouble,
    jobs::{Done, Job, Read, WasRead},
    keys::FolderKeys,
    letter::Position,
    names,
    reading::Reading,
    writing::Writing,
};
use crate::sync::{DeviceKey, Key};

/// After so long a thread is taken to hang, and the author is told.
const HANGS: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub enum Event {
    Gained(Vec<u8>, Tag),
    Whole(Vec<u8>, Tag),
    Known(Box<Known>),
    Taken(Receipt, Taken),
    /// Look at everything, now.
    Look,
    Done(Done),
    /// Time has passed.
    Tick,
    /// The program ends: what waits is written.
    Stop,
}

#[derive(Debug)]
pub enum Effect {
    Run(Job),
    Tell(News),
}

/// One instant: since the start, which never jumps; and by the clock, which does.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    pub up: Duration,
    pub wall: Timestamp,
}

impl Now {
    fn millis(&self) -> u64 {
        u64::try_from(self.wall.as_millisecond()).unwrap_or_default()
    }
}

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Whole,
    Own,
    Of(String),
}

pub struct Keeper {
    me: DeviceKey,
    path: PathBuf,
    data: PathBuf,
    set_up: bool,
    read: BTreeMap<Key, Position>,
    known: Known,
    keys: FolderKeys,
    /// Since when a thread looks; and whether the author knows that it hangs.
    looking: Option<Duration>,
    looking_told: bool,
    /// Statements were passed on, and what they mean is not known yet: until then nothing is offered or written.
    unheard: bool,
    /// The folder was there at the last look.
    ready: bool,
    /// Everything was looked at once, or hangs.
    looked: bool,
    readings: BTreeMap<String, Reading>,
    writing: Writing,
    receipts: Receipt,
    trouble: BTreeMap<Place, String>,
    state: State,
    told: State,
}

impl Keeper {
    pub fn new(options: FolderOptions) -> Keeper {
        Keeper {
            me: options.key,
            path: options.path,
            data: options.data,
            set_up: options.set_up,
            read: options.read,
            known: Known::default(),
            keys: FolderKeys::default(),
            looking: None,
            looking_told: false,
            unheard: false,
            ready: false,
            looked: false,
            readings: BTreeMap::new(),
            writing: Writing::default(),
            receipts: 0,
            trouble: BTreeMap::new(),
            state: State::default(),
            told: State::default(),
        }
    }

    pub fn on(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Gained(bytes, tag) => self.writing.gained(bytes, tag, now.up),
            Event::Whole(bytes, tag) => self.writing.gave_whole(bytes, tag),
            Event::Known(known) => self.know(*known, now, &mut effects),
            Event::Taken(receipt, taken) => self.taken(receipt, taken, now, &mut effects),
            Event::Look => self.look(now, &mut effects),
            Event::Done(Done::Look(found)) => self.looked(found, now, &mut effects),
            Event::Done(Done::Read(folder, read)) => self.was_read(&folder, read, now, &mut effects),
            Event::Done(Done::Write(written)) => self.wrote(written, now, &mut effects),
            Event::Tick => {}
            Event::Stop => self.writing.hurry(now.up),
        }
        self.notice_hanging(now);
        self.offer(&mut effects);
        self.write(now, &mut effects);
        self.tell_state(&mut effects);
        effects
    }

    /// When a tick is due; nothing as long as nothing is going on.
    pub fn wakes_at(&self) -> Option<Duration> {
        let lane = |busy: Option<Duration>, told: bool| busy.filter(|_| !told).map(|since| since + HANGS);
        let lanes = self.readings.values().map(|reading| lane(reading.busy, reading.told));
        let own = [
            lane(self.looking, self.looking_told),
            lane(self.writing.busy, self.writing.told),
            self.writing.wakes_at().filter(|_| self.may_write() && !self.unheard && !self.known.members.is_empty()),
        ];
        lanes.chain(own).flatten().min()
    }

    /// Whether something is being written, or is about to be.
    pub fn is_writing(&self) -> bool {
        self.writing.busy.is_some_and(|_| !self.writing.told)
    }

    fn look(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.writing.failed = false;
        self.writing.check = true;
        self.readings.values_mut().for_each(Reading::try_again);
        if self.looking.is_none() {
            self.looking = Some(now.up);
            let (path, data) = (self.path.clone(), self.data.clone());
            effects.push(Effect::Run(Job::Look { path, data, set_up: self.set_up }));
        }
    }

    fn looked(&mut self, found: Result<Vec<String>, Trouble>, now: Now, effects: &mut Vec<Effect>) {
        (self.looking, self.looking_told) = (None, false);
        let found = self.settled(Place::Whole, found);
        self.ready = found.is_some();
        let Some(found) = found else { return };
        self.set_up = false;
        self.state.last_look = Some(now.wall);
        let mine = names::of_device(&self.me.public());
        for folder in found.into_iter().filter(|folder| *folder != mine) {
            self.readings.entry(folder).or_default();
        }
        self.read(now, effects, |_| true);
    }

    fn read(&mut self, now: Now, effects: &mut Vec<Effect>, which: impl Fn(&Reading) -> bool) {
        for (folder, reading) in &mut self.readings {
            if !self.ready || !reading.wants_reading() || !which(reading) {
                continue;
            }
            (reading.busy, reading.outdated) = (Some(now.up), false);
            effects.push(Effect::Run(Job::Read(Box::new(Read {
                path: self.path.clone(),
                folder: folder.clone(),
                me: self.me.clone(),
                writer: reading.writer,
                position: reading.position,
                keys: self.keys.clone(),
                letter: reading.letter.as_ref().map(|(file, _)| file.clone()),
                ack: reading.ack.as_ref().map(|(file, _)| file.clone()),
            }))));
        }
    }

    fn was_read(&mut self, folder: &str, read: Result<Box<WasRead>, Trouble>, now: Now, effects: &mut Vec<Effect>) {
        let read = self.settled(Place::Of(folder.to_owned()), read);
        let Some(reading) = self.readings.get_mut(folder) else { return };
        (reading.busy, reading.told) = (None, false);
        let Some(read) = read else { return };
        if let Some(wrong) = &read.wrong {
            self.trouble.insert(Place::Of(folder.to_owned()), wrong.clone());
        }
        let before =
            reading.letter.as_ref().and_then(|(_, letter)| letter.as_ref()).map(|letter| letter.circle.clone());
        reading.was_read(*read);
        if let Some((_, Some(letter))) = &reading.letter
            && before.as_ref() != Some(&letter.circle)
        {
            self.unheard = true;
            effects.push(Effect::Tell(News::Statements(letter.circle.clone())));
        }
        self.take_keys(now, effects);
        self.read(now, effects, |reading| reading.outdated);
    }

    /// What members have left for us. Until a writer is known to be a member, its letter waits.
    fn take_keys(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let mut new = false;
        for reading in self.readings.values() {
            if let (Some(writer), Some((_, Some(letter)))) = (reading.writer, &reading.letter)
                && writer == letter.from
            {
                new |= self.keys.merge(&letter.keys, writer);
            }
        }
        if new {
            effects.push(Effect::Tell(News::NewKeys(self.keys.clone())));
            self.outdate_reads();
            self.read(now, effects, |reading| reading.outdated);
        }
    }

    /// There are other keys: whoever reads now went in without them, and what is locked may open.
    fn outdate_reads(&mut self) {
        for reading in self.readings.values_mut() {
            reading.outdated |= reading.busy.is_some() || reading.locked;
        }
    }

    fn know(&mut self, known: Known, now: Now, effects: &mut Vec<Effect>) {
        self.unheard = false;
        if self.keys.absorb(&known.keys) {
            self.outdate_reads();
        }
        let members: BTreeMap<String, Key> = known.members.iter().map(|key| (names::of_device(key), *key)).collect();
        let first_member = self.known.members.is_empty() && !known.members.is_empty();
        let changed = self.known.members != known.members;
        self.known = Known { keys: FolderKeys::default(), ..known };
        for folder in members.keys() {
            self.readings.entry(folder.clone()).or_default();
        }
        for (folder, reading) in &mut self.readings {
            let writer = members.get(folder).copied();
            let position = writer.and_then(|writer| self.read.get(&writer)).copied().unwrap_or_default();
            reading.belongs_to(writer, position);
        }
        self.take_keys(now, effects);
        if changed || first_member {
            self.look(now, effects);
        }
    }

    fn taken(&mut self, receipt: Receipt, taken: Taken, now: Now, effects: &mut Vec<Effect>) {
        let Some(reading) = self.readings.values_mut().find(|reading| reading.is_offered(receipt)) else { return };
        match taken {
            Taken::Merged => {
                reading.merged();
                self.state.last_read = Some(now.wall);
                // What others have brought may have waited for this.
                for held in self.readings.values_mut().filter(|reading| reading.is_held()) {
                    held.try_again();
                    held.outdated = true;
                }
                self.read(now, effects, Reading::wants_more);
            }
            Taken::Incomplete => reading.incomplete(),
            Taken::Refused => {
                reading.refused();
                self.read(now, effects, Reading::wants_more);
            }
        }
    }

    fn offer(&mut self, effects: &mut Vec<Effect>) {
        // Where somebody is still being read, a letter may lie that says who was removed: it comes before any writing.
        let unread = self.readings.values().any(|reading| reading.busy.is_some() && !reading.told);
        for reading in self.readings.values_mut().filter(|_| !self.unheard && !unread) {
            if let Some(offer) = reading.offer(self.receipts + 1) {
                self.receipts += 1;
                let (from, parts, receipt, at) = (offer.from, offer.parts, offer.receipt, offer.at);
                effects.push(Effect::Tell(News::Chunk { from, parts, receipt, at }));
            }
        }
    }
}
