//! What this device writes: its part of the book, how far it has read, and letters for the others.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{Effect, Keeper, Now, Place};
use crate::sync::{
    Key,
    folder::{
        News,
        files::Trouble,
        jobs::{Job, Put, Write, Written},
        keys::FolderKey,
        letter::{self, Ack},
        names::{self, Found},
        reading::Reading,
    },
};

/// Who showed nothing for so long is not waited for: it gets the whole book when it returns. In milliseconds.
const ABSENT: u64 = 90 * 24 * 3600 * 1000;
/// The most removed devices that find a letter which says so.
const MAX_REMOVED: usize = 16;

impl Keeper {
    pub(super) fn may_write(&self) -> bool {
        let removed = self.known.removed.contains(&self.me.public());
        self.ready && self.looked && !removed && !(self.known.members.is_empty() && self.known.removed.is_empty())
    }

    pub(super) fn write(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.looked |= self.ready && self.readings.values().all(|reading| reading.busy.is_none() || reading.told);
        if !self.may_write() || self.unheard || self.writing.busy.is_some() || self.writing.failed {
            return;
        }
        let mut put = Vec::new();
        if let Some(key) = self.key(effects) {
            self.writing.lock_with(&key);
            self.readings.values().filter_map(|reading| reading.ack.as_ref()).for_each(|(_, ack)| {
                self.writing.follow(ack.read.get(&self.me.public()).copied().unwrap_or_default().series);
            });
            if self.is_asked_for_whole() {
                self.writing.need_whole();
            }
            if self.writing.ask_for_whole() {
                effects.push(Effect::Tell(News::WholeWanted));
            }
            put.extend(self.writing.chunk(&key, now.up, now.millis()));
            if self.readings.values().all(Reading::is_quiet) {
                put.extend(self.writing.ack(self.my_ack(), &key, now.up, now.millis()));
            }
        }
        put.extend(self.letter(now));
        let remove = self.writing.old(self.all_have_read(now));
        if put.is_empty() && remove.is_empty() && !self.writing.check {
            return;
        }
        self.writing.busy = Some(now.up);
        effects.push(Effect::Run(self.write_job(put, remove)));
    }

    fn write_job(&self, put: Vec<Put>, remove: Vec<String>) -> Job {
        Job::Write(Box::new(Write {
            path: self.path.clone(),
            data: self.data.clone(),
            folder: names::of_device(&self.me.public()),
            me: self.me.clone(),
            put,
            remove,
            first: self.writing.is_first(),
        }))
    }

    /// The key to write with; after a removal, and at the very beginning, a new one. Nobody is written for alone.
    fn key(&mut self, effects: &mut Vec<Effect>) -> Option<FolderKey> {
        if self.known.members.is_empty() {
            return None;
        }
        if self.keys.fit(&self.known.removed).is_none() {
            self.keys.make(self.me.public(), &self.known.removed);
            effects.push(Effect::Tell(News::NewKeys(self.keys.clone())));
        }
        self.keys.fit(&self.known.removed).cloned()
    }

    fn letter(&mut self, now: Now) -> Option<Put> {
        let me = self.me.public();
        let members = &self.known.members;
        let removed: BTreeSet<Key> =
            self.known.removed.iter().filter(|key| **key != me).take(MAX_REMOVED).copied().collect();
        let keys = self.keys.all_fit(&self.known.removed);
        let mut hash = Sha256::new().chain_update(&self.known.circle).chain_update(keys.encode());
        members.iter().chain(&removed).for_each(|key| hash.update(key.bytes()));
        let (me, circle) = (&self.me, &self.known.circle);
        let payload = || letter::write(me, circle, &keys, members, &removed);
        self.writing.letter(hash.finalize().into(), payload, now.millis())
    }

    fn my_ack(&self) -> Ack {
        let of = |reading: &Reading| reading.writer.map(|writer| (writer, reading.position));
        let broken = |reading: &Reading| reading.writer.zip(reading.broken);
        Ack {
            read: self.readings.values().filter_map(of).collect(),
            broken: self.readings.values().filter_map(broken).collect(),
        }
    }

    fn acks(&self) -> impl Iterator<Item = (Key, Option<&(String, Ack)>)> {
        self.readings.values().filter_map(|reading| Some((reading.writer?, reading.ack.as_ref())))
    }

    /// Somebody cannot read the present series to its end.
    fn is_asked_for_whole(&self) -> bool {
        let me = self.me.public();
        let series = self.writing.position().series;
        self.acks().filter_map(|(_, ack)| ack?.1.broken.get(&me)).any(|broken| *broken == series)
    }

    fn all_have_read(&self, now: Now) -> bool {
        let me = self.me.public();
        let series = self.writing.position().series;
        let mut acks = self.acks();
        acks.all(|(_, ack)| {
            let read = ack.and_then(|(_, ack)| ack.read.get(&me)).is_some_and(|read| read.series >= series);
            let last = ack.and_then(|(file, _)| Found::parse(file)).map_or(series, |found| found.name.series);
            read || now.millis().saturating_sub(last) > ABSENT
        })
    }

    pub(super) fn wrote(&mut self, written: Result<Written, Trouble>, now: Now, effects: &mut Vec<Effect>) {
        let written = self.settled(Place::Own, written);
        let put_chunk = written.as_ref().is_some_and(|written| written.put.iter().any(Found::is_chunk));
        let tag = self.writing.done(written, now.up);
        if put_chunk {
            self.state.last_written = Some(now.wall);
        }
        effects.extend(tag.map(|tag| Effect::Tell(News::Wrote(tag))));
    }
}
