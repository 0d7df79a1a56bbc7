//! Keeping house: the day's backup, and one snapshot in the place of many changes.
//!
//! Both mean to load the whole book a second time, to see that what was written can be read. Done in the daemon, that
//! held up the loop for a quarter of a second at ten thousand people, and the allocator kept the memory for good. So a
//! process of its own does it, from what the disk really holds, and its memory goes when it ends.

use std::process::{Command, Stdio};

use jiff::{Timestamp, civil::Date};
use tokio::sync::{Mutex, oneshot};

use super::{Daemon, errors, home::Home};
use crate::{
    api::{Error, Said},
    platform::{self, Folders},
    replica::Replica,
};

/// Something to be done when nobody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// The backup of a day.
    BackUp(Date),
    /// One snapshot in the place of all changes.
    Compact,
}

/// Two at once would only be in each other's way.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// What the process does: `goodword keep-house ..`, beside the daemon that holds the home.
pub fn keep(folders: &Folders, chore: Chore) -> Result<(), Error> {
    do_chore(&mut Replica::beside(&folders.data).map_err(errors::open)?, chore)
}

fn do_chore(replica: &mut Replica, chore: Chore) -> Result<(), Error> {
    match chore {
        Chore::BackUp(day) => replica.back_up(day).map(|_| ()).map_err(errors::backups),
        Chore::Compact => replica.compact().map_err(errors::store),
    }
}

/// Starts the process and waits for it. Nothing when there could be none, or it was stopped before its end.
pub(super) async fn by_process(folders: &Folders, chore: Chore) -> Option<Result<(), Error>> {
    let _turn = ONE_AT_A_TIME.lock().await;
    let mut command = Command::new(platform::this_program().ok()?);
    command.args(["--json", "keep-house"]);
    match chore {
        Chore::BackUp(day) => command.args(["back-up", &day.to_string()]),
        Chore::Compact => command.arg("compact"),
    };
    if let Some(home) = &folders.home {
        command.env("GOODWORD_HOME", home);
    }
    command.stdin(Stdio::null());
    let (done, ended) = oneshot::channel();
    // A thread and not the loop waits, and nobody waits for it when we stop.
    std::thread::spawn(move || done.send(command.output()));
    let said = ended.await.ok()?.ok()?.stdout;
    match serde_json::from_slice(&said).ok()? {
        Outcome::Done(Said { .. }) => Some(Ok(())),
        Outcome::Failed { error } => Some(Err(error)),
    }
}

/// What the process prints.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Outcome {
    Failed { error: Error },
    Done(Said),
}

impl Daemon {
    /// Keeps house, beside the loop: at the start somebody waits for us, so not before the first tick.
    pub(super) fn keep_house(&mut self) {
        let chores = self.home.chores(self.now());
        if self.keeping_house || chores.is_empty() {
            return;
        }
        self.keeping_house = true;
        let (folders, said) = (self.home.folders.clone(), self.said.clone());
        tokio::spawn(async move {
            let mut kept = Vec::new();
            for chore in chores {
                kept.push((chore, by_process(&folders, chore).await));
            }
            _ = said.send(super::Said::HouseKept(kept)).await;
        });
    }
}

impl Home {
    /// What is to be done; nothing as a rule.
    pub(super) fn chores(&self, now: Timestamp) -> Vec<Chore> {
        let today = self.clock(now).date();
        let back_up = self.backed_up != Some(today) && !self.replica.is_empty();
        let compact = self.replica.needs_compaction();
        back_up.then_some(Chore::BackUp(today)).into_iter().chain(compact.then_some(Chore::Compact)).collect()
    }

    /// Takes in what became of a chore. One for which there was no process is done here.
    pub(super) fn chore_ended(&mut self, chore: Chore, result: Option<Result<(), Error>>) -> Result<(), Error> {
        let by = if result.is_some() { "by a process of its own" } else { "here" };
        result.unwrap_or_else(|| do_chore(&mut self.replica, chore))?;
        tracing::debug!(?chore, by, "the house is kept");
        match chore {
            Chore::BackUp(day) => self.backed_up = Some(day),
            Chore::Compact => self.replica.recount().map_err(errors::store)?,
        }
        Ok(())
    }
}
