//! The desktop's own task: a notification server that hangs keeps nobody else waiting.

use tokio::sync::mpsc;

use crate::platform::{Desktop, DesktopEvent, Note, ServerInfo, ShownId};

/// What the daemon wants on the screen. At most one notification of ours is ever up.
#[derive(Debug)]
pub enum Wish {
    /// Raise it, in place of the one that is up.
    Raise(Note),
    TakeDown,
    /// See whether a server came or went.
    Look,
}

/// What the desktop tells.
#[derive(Debug)]
pub enum News {
    Raised,
    NotRaised(String),
    /// A button of the notification that is up, with the token that lets a browser come to the front.
    Pressed {
        action: String,
        token: Option<String>,
    },
    /// The author closed it.
    Closed,
    /// The server died, and our notification with it.
    Gone,
    /// Which server is there now.
    Server(Option<ServerInfo>),
}

/// Runs until the daemon drops its end; then takes our notification down.
pub async fn run(mut wishes: mpsc::Receiver<Wish>, news: mpsc::Sender<News>) {
    let mut desktop = Desktop::connect(None).await;
    let mut up: Option<ShownId> = None;
    _ = news.send(News::Server(desktop.server().cloned())).await;
    loop {
        let tell = tokio::select! {
            // A press before a wish: what the author pressed was what they saw.
            biased;
            event = desktop.next_event() => heard(event, &mut up, &mut desktop).await,
            wish = wishes.recv() => match wish {
                Some(wish) => grant(wish, &mut desktop, &mut up).await,
                None => break,
            },
        };
        for news_item in tell {
            if news.send(news_item).await.is_err() {
                break;
            }
        }
    }
    if let Some(id) = up {
        _ = desktop.close(id).await;
    }
}

async fn heard(event: DesktopEvent, up: &mut Option<ShownId>, desktop: &mut Desktop) -> Vec<News> {
    match event {
        DesktopEvent::Pressed { id, action, token } if *up == Some(id) => vec![News::Pressed { action, token }],
        DesktopEvent::Closed { id, by_author } if *up == Some(id) => {
            *up = None;
            if by_author { vec![News::Closed] } else { Vec::new() }
        }
        DesktopEvent::ServerGone => {
            *up = None;
            vec![News::Gone, News::Server(None)]
        }
        DesktopEvent::ServerAppeared => {
            desktop.check().await;
            vec![News::Server(desktop.server().cloned())]
        }
        DesktopEvent::Pressed { .. } | DesktopEvent::Closed { .. } => Vec::new(),
    }
}

async fn grant(wish: Wish, desktop: &mut Desktop, up: &mut Option<ShownId>) -> Vec<News> {
    match wish {
        Wish::Raise(note) => match desktop.show(&note, *up).await {
            Ok(id) => {
                *up = Some(id);
                vec![News::Raised]
            }
            Err(error) => {
                *up = None;
                vec![News::NotRaised(error.to_string()), News::Server(desktop.server().cloned())]
            }
        },
        Wish::TakeDown => {
            if let Some(id) = up.take() {
                _ = desktop.close(id).await;
            }
            Vec::new()
        }
        Wish::Look => {
            desktop.check().await;
            vec![News::Server(desktop.server().cloned())]
        }
    }
}
