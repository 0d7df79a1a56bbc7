//! How far one device's sub-folder was read, and what of it waits to be taken into the book.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use super::{
    Receipt,
    jobs::{Chunk, WasRead},
    letter::{Ack, Letter, Position},
};
use crate::sync::Key;

/// After so many looks at a gap it is taken for lost.
const PATIENCE: u32 = 3;

/// Another device's sub-folder.
#[derive(Debug, Default)]
pub struct Reading {
    /// Whose it is, as long as that is a member.
    pub writer: Option<Key>,
    /// Everything before this is in the book.
    pub position: Position,
    /// Since when a thread is in there; `told` when the author knows that it hangs.
    pub busy: Option<Duration>,
    pub told: bool,
    /// It is to be read again: the thread in there went in before something was known that it should have known, or what
    /// was read waited for what has come since.
    pub outdated: bool,
    pub letter: Option<(String, Option<Letter>)>,
    pub ack: Option<(String, Ack)>,
    /// Something is locked with a key that is not here yet.
    pub locked: bool,
    /// The series that is asked for anew, as something in it is lost or could not be taken in.
    pub broken: Option<u64>,
    pub refused: bool,
    queue: VecDeque<Chunk>,
    more: bool,
    offered: Option<(Receipt, Position)>,
    /// The first in the queue builds on what another device has yet to bring.
    held: bool,
    held_times: u32,
    gap: Option<(u64, u32)>,
}

/// What is offered to the book.
pub struct Offer {
    pub from: Key,
    pub parts: Arc<Vec<Vec<u8>>>,
    pub receipt: Receipt,
    pub at: Position,
}

impl Reading {
    /// Whether a thread should go and read on.
    pub fn wants_reading(&self) -> bool {
        self.busy.is_none() && self.queue.is_empty() && self.offered.is_none()
    }

    pub fn wants_more(&self) -> bool {
        (self.more || self.outdated) && self.wants_reading()
    }

    /// Nothing of it is on its way.
    pub fn is_quiet(&self) -> bool {
        (self.busy.is_none() || self.told) && (self.held || (self.queue.is_empty() && self.offered.is_none()))
    }

    /// It is another's now, or a removed device's: what was read of it is forgotten.
    pub fn belongs_to(&mut self, writer: Option<Key>, position: Position) {
        if self.writer != writer {
            let (busy, told, letter) = (self.busy, self.told, self.letter.take());
            *self = Reading { writer, position, busy, told, outdated: busy.is_some(), letter, ..Reading::default() };
        }
    }

    /// A look begins: what could not be taken in or read is tried again.
    pub fn try_again(&mut self) {
        self.held = false;
    }

    pub fn was_read(&mut self, mut read: WasRead) {
        // The thread went in when it was a member's yet.
        if self.writer.is_none() {
            read = WasRead { letter: read.letter, ..WasRead::default() };
        }
        self.locked = read.locked;
        self.letter = read.letter.or(self.letter.take());
        self.ack = read.ack.or(self.ack.take());
        self.more = read.more;
        // It may have been asked for before a chunk was taken in that has come since.
        self.queue = read.chunks.into_iter().filter(|chunk| chunk.after > self.position).collect();
        self.gap = match (read.broken, self.gap) {
            (Some(series), Some((before, times))) if before == series => Some((series, times + 1)),
            (Some(series), _) => Some((series, 1)),
            (None, _) => None,
        };
        if let Some((series, times)) = self.gap
            && times >= PATIENCE
        {
            self.broken = Some(series);
        }
    }

    /// The next chunk, if the book is ready for it.
    pub fn offer(&mut self, receipt: Receipt) -> Option<Offer> {
        let from = self.writer.filter(|_| !self.held && self.offered.is_none())?;
        let chunk = self.queue.pop_front()?;
        self.offered = Some((receipt, chunk.after));
        Some(Offer { from, parts: Arc::new(chunk.parts), receipt, at: chunk.after })
    }

    pub fn is_offered(&self, receipt: Receipt) -> bool {
        self.offered.is_some_and(|(offered, _)| offered == receipt)
    }

    /// It is in the book.
    pub fn merged(&mut self) {
        self.passed_on();
        if self.broken.is_some_and(|broken| self.position.series > broken) {
            self.broken = None;
            self.refused = false;
        }
    }

    /// It can never be in the book: it is not tried for ever, and the whole book is asked for.
    pub fn refused(&mut self) {
        self.passed_on();
        self.broken = Some(self.position.series);
        self.refused = true;
    }

    fn passed_on(&mut self) {
        if let Some((_, after)) = self.offered.take() {
            self.position = after;
        }
        self.held_times = 0;
    }

    /// It builds on something that is not here yet. It is read again when that may have changed.
    pub fn incomplete(&mut self) {
        if let Some((_, at)) = self.offered.take() {
            self.held_times += 1;
            if self.held_times > PATIENCE {
                self.broken = Some(at.series);
            }
        }
        self.queue.clear();
        self.held = true;
    }

    pub fn is_held(&self) -> bool {
        self.held
    }
}
