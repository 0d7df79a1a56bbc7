//! What this device has written in its own sub-folder, and what waits to be.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    Tag,
    jobs::{Put, Written, join},
    keys::{FolderKey, KeyId},
    letter::{Ack, Position},
    names::{Found, Kind, Name},
};

/// A burst of edits becomes one file.
const BURST: Duration = Duration::from_secs(2);
/// After so many chunks the whole book is written anew.
const MAX_SERIES: u32 = 100;
/// The most that waits for a folder that is away, in bytes: after that the whole book is written instead.
const MAX_PENDING: usize = 4 << 20;
/// No clock will ever show a later one (the year 10889): there is always room for the next.
const LAST_SERIES: u64 = 1 << 48;
/// How many old series stand beside the newest, whoever has not read that yet.
const MAX_OLD: usize = 4;

#[derive(Debug, Default)]
pub struct Writing {
    /// Since when a thread writes; `told` when the author knows that it hangs.
    pub busy: Option<Duration>,
    pub told: bool,
    /// The last round failed: not before the next look again.
    pub failed: bool,
    /// What is there is to be compared with what should be.
    pub check: bool,
    /// Was anything heard of the sub-folder yet?
    looked: bool,
    series: Option<Series>,
    /// The greatest number that any file of ours had.
    greatest: u64,
    pending: VecDeque<(Vec<u8>, Tag)>,
    pending_bytes: usize,
    flush_at: Option<Duration>,
    whole: Option<(Arc<Vec<u8>>, Tag)>,
    needs_whole: bool,
    asked: bool,
    /// What was last left for the others, to tell whether it has changed.
    letter: Option<[u8; 32]>,
    ack: Option<(Ack, Duration)>,
    found: Vec<Found>,
    round: Option<Round>,
    /// A round broke off: some of it may be there.
    unsure: bool,
    /// Somebody else writes here.
    pub twin: bool,
}

#[derive(Clone, Copy, Debug)]
struct Series {
    number: u64,
    next: u32,
    key: KeyId,
}

/// What a thread is about to write.
#[derive(Debug, Default)]
struct Round {
    whole: Option<(Arc<Vec<u8>>, Tag, Series)>,
    pending: usize,
    tag: Option<Tag>,
    letter: Option<[u8; 32]>,
    ack: Option<Ack>,
    remove: Vec<String>,
}

impl Writing {
    /// What the book has gained.
    pub fn gained(&mut self, bytes: Vec<u8>, tag: Tag, now: Duration) {
        self.pending_bytes += bytes.len();
        self.pending.push_back((bytes, tag));
        self.flush_at.get_or_insert(now + BURST);
        if self.pending_bytes > MAX_PENDING {
            // The whole book that waits, if one does, is from before.
            (self.whole, self.asked) = (None, false);
            self.forget_pending();
            self.need_whole();
        }
    }

    /// The whole book, in which everything is that was gained before.
    pub fn gave_whole(&mut self, bytes: Vec<u8>, tag: Tag) {
        self.forget_pending();
        self.whole = Some((Arc::new(bytes), tag));
        self.needs_whole = true;
        self.asked = true;
    }

    fn forget_pending(&mut self) {
        self.pending.clear();
        self.pending_bytes = 0;
        self.flush_at = None;
        if let Some(round) = &mut self.round {
            round.pending = 0;
        }
    }

    /// Others have read a series of this number: when all our files are lost and the clock was set back, the next one
    /// still has to be greater.
    pub fn follow(&mut self, series: u64) {
        if series <= LAST_SERIES {
            self.greatest = self.greatest.max(series);
        }
    }

    pub fn need_whole(&mut self) {
        self.needs_whole = true;
    }

    /// Asks for the whole book, once.
    pub fn ask_for_whole(&mut self) -> bool {
        self.looked && self.needs_whole && self.whole.is_none() && !std::mem::replace(&mut self.asked, true)
    }

    /// Whether nothing is known yet of an earlier run.
    pub fn is_first(&self) -> bool {
        !self.looked
    }

    pub fn position(&self) -> Position {
        self.series.map_or(Position::default(), |series| Position { series: series.number, next: series.next })
    }

    pub fn waiting(&self) -> usize {
        self.pending.len() + usize::from(self.needs_whole)
    }

    pub fn wakes_at(&self) -> Option<Duration> {
        self.flush_at.filter(|_| self.series.is_some() && !self.failed && self.busy.is_none() && !self.needs_whole)
    }

    /// Everything that waits is written now.
    pub fn hurry(&mut self, now: Duration) {
        self.flush_at = self.flush_at.map(|_| now);
    }

    /// Another key: the book is begun anew under it, so that nobody needs the old one.
    pub fn lock_with(&mut self, key: &FolderKey) {
        if self.looked && self.series.is_none_or(|series| series.key != key.id) {
            self.need_whole();
        }
    }

    /// The chunk that is due.
    pub fn chunk(&mut self, key: &FolderKey, now: Duration, wall: u64) -> Option<Put> {
        let put = |number: u64, seq: u32, payload: Vec<u8>| {
            Some(Put { name: Name::new(Kind::Chunk, number, seq), key: Some(key.clone()), payload })
        };
        if !self.looked {
            return None;
        }
        if self.needs_whole {
            let (bytes, tag) = self.whole.clone()?;
            let number = wall.max(self.greatest.saturating_add(1));
            let series = Series { number, next: 1, key: key.id };
            let payload = join(&[bytes.as_slice()]);
            self.round().whole = Some((bytes, tag, series));
            return put(number, 0, payload);
        }
        let series = self.series?;
        if self.pending.is_empty() || self.flush_at.is_none_or(|at| at > now) {
            return None;
        }
        let parts: Vec<&[u8]> = self.pending.iter().map(|(bytes, _)| bytes.as_slice()).collect();
        let payload = join(&parts);
        let (count, tag) = (self.pending.len(), self.pending.back().map(|(_, tag)| *tag));
        let round = self.round();
        (round.pending, round.tag) = (count, tag);
        put(series.number, series.next, payload)
    }

    /// The letter, when it is another than the last; a hash of what is in it tells.
    pub fn letter(&mut self, hash: [u8; 32], payload: impl FnOnce() -> Vec<u8>, wall: u64) -> Option<Put> {
        if !self.looked || self.letter == Some(hash) {
            return None;
        }
        self.round().letter = Some(hash);
        Some(Put { name: Name::new(Kind::Letter, self.next_number(wall), 0), key: None, payload: payload() })
    }

    /// The ack, when it is another than the last, or that is a week old: it shows that this device still reads.
    pub fn ack(&mut self, ack: Ack, key: &FolderKey, now: Duration, wall: u64) -> Option<Put> {
        const WEEK: Duration = Duration::from_hours(7 * 24);
        let is_due = |(last, at): &(Ack, Duration)| *last != ack || now > *at + WEEK;
        if !self.looked || !self.ack.as_ref().is_none_or(is_due) {
            return None;
        }
        let payload = ack.encode();
        self.round().ack = Some(ack);
        Some(Put { name: Name::new(Kind::Ack, self.next_number(wall), 0), key: Some(key.clone()), payload })
    }

    fn next_number(&self, wall: u64) -> u64 {
        let newest = self.found.iter().map(|file| file.name.series).max().unwrap_or_default();
        wall.max(newest.saturating_add(1)).max(self.greatest.saturating_add(1))
    }

    fn round(&mut self) -> &mut Round {
        self.round.get_or_insert_default()
    }

    /// Our own files that nobody needs any more: letters and acks that a newer one has replaced, and series that all
    /// who are present have read past.
    pub fn old(&mut self, all_read: bool) -> Vec<String> {
        let newest = |kind: Kind| self.found.iter().rev().find(|file| file.name.kind == kind).cloned();
        let (letter, ack) = (newest(Kind::Letter), newest(Kind::Ack));
        let mut series: Vec<u64> =
            self.found.iter().filter(|file| file.is_chunk()).map(|file| file.name.series).collect();
        series.dedup();
        let kept = if all_read { 1 } else { 1 + MAX_OLD };
        let oldest_kept = series.iter().rev().nth(kept - 1).copied().unwrap_or_default();
        let is_old = |file: &&Found| match file.name.kind {
            Kind::Chunk => {
                self.series.is_some_and(|now| file.name.series < now.number) && file.name.series < oldest_kept
            }
            Kind::Letter => Some(*file) != letter.as_ref(),
            Kind::Ack => Some(*file) != ack.as_ref(),
        };
        let old: Vec<String> = self.found.iter().filter(is_old).map(|file| file.file.clone()).collect();
        self.round().remove.clone_from(&old);
        old
    }

    /// A round is over: what was meant is now there, or is tried again after the next look.
    pub fn done(&mut self, written: Option<Written>, now: Duration) -> Option<Tag> {
        (self.busy, self.told) = (None, false);
        let round = self.round.take().unwrap_or_default();
        let Some(written) = written else {
            (self.failed, self.unsure) = (true, true);
            return None;
        };
        self.check = false;
        self.compare(&written);
        let gone: BTreeSet<&String> = round.remove.iter().collect();
        self.found = written.before.into_iter().filter(|file| !gone.contains(&file.file)).chain(written.put).collect();
        self.found.sort_unstable();
        let greatest = self.found.iter().filter(|file| file.is_chunk()).map(|file| file.name.series).max();
        self.greatest = self.greatest.max(greatest.unwrap_or_default());
        self.letter = round.letter.or(self.letter);
        self.ack = round.ack.map(|ack| (ack, now)).or(self.ack.take());
        if let Some((bytes, tag, series)) = round.whole {
            self.series = Some(series);
            self.asked = false;
            // Meanwhile a newer one may have been given, or what was gained since been too much to wait.
            let is_newest = self.whole.as_ref().is_some_and(|(newest, _)| Arc::ptr_eq(newest, &bytes));
            self.needs_whole = !is_newest;
            self.whole = self.whole.take().filter(|_| !is_newest);
            return Some(tag);
        }
        if let Some(series) = self.series.as_mut().filter(|_| round.tag.is_some()) {
            series.next += 1;
            if series.next > MAX_SERIES {
                self.needs_whole = true;
            }
            let taken: Vec<_> = self.pending.drain(..round.pending).collect();
            self.pending_bytes -= taken.iter().map(|(bytes, _)| bytes.len()).sum::<usize>();
            self.flush_at = (!self.pending.is_empty()).then_some(now + BURST);
            return round.tag.filter(|_| round.pending > 0);
        }
        None
    }

    /// Goes on where an earlier run has ended, and sees what others did here.
    fn compare(&mut self, written: &Written) {
        let was_unsure = std::mem::take(&mut self.unsure);
        let there: Vec<&Found> = written.before.iter().filter(|file| file.is_chunk()).collect();
        if !std::mem::replace(&mut self.looked, true) {
            let newest = there.iter().map(|file| file.name.series).max();
            let seqs: Vec<u32> =
                there.iter().filter(|file| Some(file.name.series) == newest).map(|file| file.name.seq).collect();
            let goes_on = seqs.iter().copied().eq(0..u32::try_from(seqs.len()).unwrap_or(u32::MAX));
            self.series = newest.zip(written.key).filter(|_| goes_on).map(|(number, key)| {
                let next = u32::try_from(seqs.len()).unwrap_or(u32::MAX);
                Series { number, next, key }
            });
            if self.series.is_none() {
                self.need_whole();
            }
            return;
        }
        let Some(series) = self.series else { return };
        let mut expected = self.found.iter().filter(|file| file.is_chunk() && file.name.series == series.number);
        if expected.any(|file| !there.contains(&file)) {
            self.need_whole();
        }
        let is_strange = |file: &&&Found| file.name.series >= series.number && !self.found.contains(file);
        if there.iter().any(|file| is_strange(&file)) {
            self.twin |= !was_unsure;
            self.need_whole();
        }
    }
}
