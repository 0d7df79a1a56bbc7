//! The desktop's own task: a notification server that hangs keeps nobody else waiting.
//!
//! The daemon says what should be on the screen, not what to do: only the latest wish counts, so however long a server
//! takes, no queue grows and the daemon never waits. Every notification is raised anew and the one before it taken
//! down, never replaced under its id: a press then always tells which question it answers, even one that was on its
//! way while the next was raised.

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

use crate::{
    domain::{Item, decide::Question},
    platform::{Desktop, DesktopEvent, Note, ServerInfo, ShownId},
};

/// What the daemon wants on the screen. At most one notification of ours is up.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub up: Option<Raising>,
    /// Counts the wishes: the same notification may be wished for again.
    pub turn: u64,
}

/// A notification on its way.
#[derive(Clone, Debug)]
pub struct Raising {
    pub question: Question,
    /// What its draft is about.
    pub item: Option<Item>,
    pub note: Note,
}

/// What the desktop tells.
#[derive(Debug)]
pub enum News {
    /// It is up. The mark finds it again after a crash.
    Raised {
        question: Question,
        item: Option<Item>,
        mark: Option<String>,
    },
    NotRaised {
        question: Question,
        why: String,
    },
    /// A button of a notification of ours, with the token that lets a browser come to the front.
    Pressed {
        question: Question,
        action: String,
        token: Option<String>,
    },
    /// The author closed it.
    Closed(Question),
    /// The server died, and our notification with it.
    Gone,
    /// Which server is there now.
    Server(Option<ServerInfo>),
}

/// Runs until `stop` is dropped; then takes our notification down, and tells the presses that came before.
/// `left` is the mark of a notification that a daemon left behind when it was killed.
pub async fn run(
    mut wishes: watch::Receiver<Wish>,
    news: mpsc::Sender<News>,
    mut stop: oneshot::Receiver<()>,
    left: Option<String>,
) {
    let desktop = Desktop::connect(None).await;
    let mut screen = Screen { desktop, up: None, ours: BTreeMap::new(), turn: 0, news };
    if let Some(mark) = left
        && let Err(error) = screen.desktop.close_marked(&mark).await
    {
        tracing::warn!(%error, "the notification of a daemon that was killed may still be up");
    }
    screen.tell_server().await;
    loop {
        tokio::select! {
            // A press before a wish: what the author pressed was what they saw.
            biased;
            event = screen.desktop.next_event() => screen.heard(event).await,
            changed = wishes.changed() => {
                let wish = wishes.borrow_and_update().clone();
                if changed.is_err() {
                    break;
                }
                screen.grant(wish).await;
            }
            _ = &mut stop => break,
        }
    }
    screen.take_down().await;
    while let Ok(event) = timeout(Duration::ZERO, screen.desktop.next_event()).await {
        screen.heard(event).await;
    }
}

struct Screen {
    desktop: Desktop,
    up: Option<ShownId>,
    /// What each notification that the server has not closed yet asked.
    ours: BTreeMap<ShownId, Question>,
    /// The last wish that was granted.
    turn: u64,
    news: mpsc::Sender<News>,
}

impl Screen {
    async fn heard(&mut self, event: DesktopEvent) {
        match event {
            DesktopEvent::Pressed { id, action, token } => {
                if let Some(question) = self.ours.get(&id).cloned() {
                    self.tell(News::Pressed { question, action, token }).await;
                }
            }
            DesktopEvent::Closed { id, by_author } => {
                let question = self.ours.remove(&id);
                if self.up == Some(id) {
                    self.up = None;
                    if let Some(question) = question.filter(|_| by_author) {
                        self.tell(News::Closed(question)).await;
                    }
                }
            }
            DesktopEvent::ServerGone => {
                self.up = None;
                self.ours.clear();
                self.tell(News::Gone).await;
                self.tell(News::Server(None)).await;
            }
            DesktopEvent::ServerAppeared => self.look().await,
        }
    }

    async fn grant(&mut self, wish: Wish) {
        if wish.turn == self.turn {
            return self.look().await;
        }
        self.turn = wish.turn;
        self.take_down().await;
        let Some(Raising { question, item, note }) = wish.up else { return };
        match self.desktop.show(&note, None).await {
            Ok(id) => {
                self.up = Some(id);
                self.ours.insert(id, question.clone());
                let mark = self.desktop.mark(id);
                self.tell(News::Raised { question, item, mark }).await;
            }
            Err(error) => self.tell(News::NotRaised { question, why: error.to_string() }).await,
        }
        // It may be one that the bus started for us just now.
        self.tell_server().await;
    }

    /// Sees whether a server came or went.
    async fn look(&mut self) {
        self.desktop.check().await;
        self.tell_server().await;
    }

    async fn take_down(&mut self) {
        let Some(id) = self.up.take() else { return };
        if let Err(error) = self.desktop.close(id).await {
            tracing::warn!(%error, "a notification could not be taken down");
        }
    }

    async fn tell_server(&self) {
        self.tell(News::Server(self.desktop.server().cloned())).await;
    }

    async fn tell(&self, news: News) {
        // Only a daemon that ends does not hear.
        _ = self.news.send(news).await;
    }
}
