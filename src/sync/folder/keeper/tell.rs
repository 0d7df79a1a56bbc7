//! What the author is told: what is wrong, what hangs, and how far everything is.

use std::time::Duration;

use super::{Effect, HANGS, Keeper, Now, Place};
use crate::sync::folder::{
    News, Seen,
    files::{ROOT, Trouble},
    names,
    reading::Reading,
};

impl Keeper {
    /// Takes a result apart: what is wrong is shown until it is right again.
    pub(super) fn settled<T>(&mut self, place: Place, result: Result<T, Trouble>) -> Option<T> {
        match result {
            Ok(value) => {
                self.trouble.remove(&place);
                Some(value)
            }
            Err(trouble) => {
                self.trouble.insert(place, trouble.to_string());
                None
            }
        }
    }

    pub(super) fn notice_hanging(&mut self, now: Now) {
        let hangs = |busy: Option<Duration>, told: &mut bool| {
            busy.is_some_and(|since| now.up >= since + HANGS) && !std::mem::replace(told, true)
        };
        let said = |what: &str| {
            format!(
                "{what} has not answered for {} seconds: is it still being fetched from the cloud, or is the disk asleep? \
                 Everything else goes on",
                HANGS.as_secs()
            )
        };
        let root = self.path.join(ROOT);
        if hangs(self.looking, &mut self.looking_told) {
            self.trouble.insert(Place::Whole, said(&root.display().to_string()));
        }
        if hangs(self.writing.busy, &mut self.writing.told) {
            self.trouble
                .insert(Place::Own, said(&root.join(names::of_device(&self.me.public())).display().to_string()));
        }
        for (folder, reading) in &mut self.readings {
            if hangs(reading.busy, &mut reading.told) {
                self.trouble.insert(Place::Of(folder.clone()), said(&root.join(folder).display().to_string()));
            }
        }
    }

    pub(super) fn tell_state(&mut self, effects: &mut Vec<Effect>) {
        let me = self.me.public();
        let mine = self.writing.position();
        let seen = |reading: &Reading| {
            let writer = reading.writer?;
            let acked = reading.ack.as_ref().and_then(|(_, ack)| ack.read.get(&me));
            Some((writer, Seen { read: reading.position, has_all: acked == Some(&mine), locked: reading.locked }))
        };
        self.state.devices = self.readings.values().filter_map(seen).collect();
        self.state.waiting = self.writing.waiting();
        self.state.trouble = self.trouble.values().cloned().collect();
        let refused = self.readings.values().filter(|reading| reading.refused).filter_map(|reading| reading.writer);
        self.state.trouble.extend(refused.map(|from| {
            format!("something that {} wrote could not be taken in; it was asked to write the whole book", from.short())
        }));
        if self.writing.twin {
            self.state.trouble.push(
                "another laptop writes in this one's place: is its home a copy? remove one of the two, and pair it again"
                    .to_owned(),
            );
        }
        if self.state != self.told {
            self.told = self.state.clone();
            effects.push(Effect::Tell(News::State(self.state.clone())));
        }
    }
}
