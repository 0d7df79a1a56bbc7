//! The daemon: one loop that alone writes the book. Everything else (the socket, the desktop, the feeds, the clock)
//! runs beside it and sends it messages.

mod alarm;
pub mod demo;
mod desktop;
mod devices;
pub mod dispatch;
mod effects;
mod errand;
mod errors;
mod folder;
pub mod home;
pub mod house;
mod instance;
mod lookups;
mod network;
pub mod once;
mod pairing;
pub mod peers;
mod person;
mod phrases;
mod reading;
mod relations;
mod rounds;
mod seeking;
mod waking;
mod words;

use std::time::{Duration, Instant};

use jiff::{Timestamp, civil::Date};
use tokio::sync::{mpsc, oneshot, watch};

use self::{
    desktop::{News, Wish},
    errand::Found,
    folder::Shared,
    home::Home,
    house::Chore,
    network::Network,
    pairing::{Met, Pairing},
    waking::Waking,
};
use crate::{
    api::{Answer, Error, Request},
    domain::{
        Change, Id,
        decide::{Desk, Input},
    },
    platform::{self, ServerInfo, supervisor},
    server::{Asked, Ear, Handle, page, socket},
};

/// What tasks beside the loop tell it.
#[derive(Debug)]
enum Said {
    /// A person's feeds were read, or their time was up.
    Prepared { date: Date, contact: Id, idle: bool },
    /// The errand of a request is done: now it can be answered.
    Fetched(Box<Asked>),
    /// The feeds that were due were all read.
    Refreshed,
    /// The house is kept; nothing where there was no process to do it.
    HouseKept(Vec<(Chore, Option<Result<(), Error>>)>),
    /// A round of look-ups is over.
    LookedUp,
    /// Another laptop was let in, and the first sync with it is over, or takes long.
    Paired(Box<Asked>, Met),
}

/// How long the desktop may take to take our notification down when we stop.
const STOP_LIMIT: Duration = Duration::from_secs(2);
/// How soon what could not be written is tried again.
const WRITE_AGAIN: Duration = Duration::from_secs(30);
/// How long whoever asks may go before the day.
const LOOK_LIMIT: Duration = Duration::from_secs(1);

struct Daemon {
    home: Home,
    desk: Desk,
    server: Option<ServerInfo>,
    /// Why the last notification could not be raised: said once, not each minute.
    unraised: Option<String>,
    /// Lets the browser come to the front after a press.
    token: Option<String>,
    /// Changes that could not be written (a full disk); tried again all the time, so that no press is lost.
    unwritten: Vec<Change>,
    /// The day may be another one since then: it is looked at once nobody waits.
    to_look: Option<Instant>,
    refreshing: bool,
    keeping_house: bool,
    waking: Waking,
    looking_up: bool,
    /// The author's other devices; nothing where this one has no key.
    network: Option<Network>,
    /// The shared folder, if `config.toml` names one.
    shared: Option<Shared>,
    pairing: Pairing,
    /// Nothing happened that somebody who looks would see.
    quiet: bool,
    changed: watch::Sender<u64>,
    alarm: watch::Sender<Option<Timestamp>>,
    wishes: watch::Sender<Wish>,
    found: mpsc::UnboundedSender<Found>,
    said: mpsc::Sender<Said>,
}

/// Runs until SIGTERM or SIGINT. The socket is there before this tells the supervisor it is ready.
pub async fn run(mut home: Home, ear: Ear, handle: Handle) -> std::io::Result<()> {
    let listener = socket::bind(&home.folders.socket())?;
    let Ear { mut asked, changed } = ear;
    let socket = tokio::spawn(socket::serve(listener, handle.clone()));
    let page = page::bind(home.config.page_port).await;
    let page = page.and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
    let page = match page {
        Ok((port, listener)) => {
            home.doors.stand_at(port);
            Some(tokio::spawn(page::serve(listener, port, handle)))
        }
        // Everything else works without it.
        Err(error) => {
            tracing::warn!(%error, "the page has no port");
            None
        }
    };
    let (alarm, at) = watch::channel(None);
    let (tick, mut ticks) = mpsc::channel(1);
    let alarm_task = tokio::spawn(alarm::run(at, tick));
    let (wishes, wished) = watch::channel(Wish::default());
    let (news, mut heard) = mpsc::channel(64);
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(desktop::run(wished, news, stopped, home.notification_left()));
    let (found, mut finds) = mpsc::unbounded_channel();
    let (said, mut sayings) = mpsc::channel(64);
    let mut wake = platform::wake().await;
    let mut daemon = Daemon {
        home,
        desk: Desk::Clear,
        server: None,
        unraised: None,
        token: None,
        unwritten: Vec::new(),
        to_look: None,
        refreshing: false,
        keeping_house: false,
        waking: Waking::new(Timestamp::now()),
        looking_up: false,
        network: None,
        shared: None,
        pairing: Pairing::default(),
        quiet: false,
        changed,
        alarm,
        wishes,
        found,
        said,
    };
    daemon.home.since = Some(daemon.now());
    daemon.network = Network::start(&daemon.home);
    daemon.shared = Shared::start(&mut daemon.home);
    supervisor::ready(&daemon.home.in_words(daemon.now()));
    let mut watchdog = supervisor::watchdog().map(tokio::time::interval);
    let mut interrupted = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    daemon.look_soon();
    loop {
        // In this order: what the author pressed, what was found, what is asked, and only then the clock and the day.
        tokio::select! {
            biased;
            _ = terminated.recv() => break,
            _ = interrupted.recv() => break,
            () = std::future::ready(()), if daemon.waits_to_look(LOOK_LIMIT) => daemon.catch_up().await,
            Some(news) = heard.recv() => daemon.hear(news).await,
            Some(found) = finds.recv() => daemon.find(found),
            Some(said) = sayings.recv() => {
                // What its errand found comes first, and is a change even where the answer alone is none.
                let mut is_news = false;
                while let Ok(found) = finds.try_recv() {
                    daemon.find(found);
                    is_news = true;
                }
                daemon.told(said).await;
                daemon.quiet &= !is_news;
            }
            Some(asked) = asked.recv() => daemon.asked(asked).await,
            Some(news) = news_of(&mut daemon.network) => daemon.hear_network(news),
            Some(news) = news_from(&mut daemon.shared) => daemon.hear_folder(news),
            Some(()) = ticks.recv() => daemon.tick().await,
            () = wake.next() => {
                if let Some(network) = &daemon.network {
                    network.net.woke();
                }
                daemon.waking.told(daemon.now());
                if let Some(shared) = &daemon.shared {
                    shared.look();
                }
                daemon.tick().await;
            }
            () = tick_of(&mut watchdog) => {
                supervisor::alive();
                daemon.quiet = true;
            }
            // Whoever waits is answered first.
            () = let_others_speak(), if daemon.waits_to_look(Duration::ZERO) => daemon.catch_up().await,
            () = tokio::time::sleep(WRITE_AGAIN), if daemon.has_unwritten() => {}
        }
        daemon.write_again();
        daemon.tell_the_others();
        // Whoever looks asks again; that is cheaper than knowing what changed for whom. But a look is no change, or
        // looking because something changed would never come to rest.
        if !std::mem::take(&mut daemon.quiet) {
            daemon.changed.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
    supervisor::stopping();
    daemon.write_again();
    daemon.tell_the_others();
    if let Some(network) = daemon.network.take() {
        network.net.stop().await;
    }
    if let Some(shared) = daemon.shared.take() {
        shared.stop();
    }
    socket.abort();
    page.iter().for_each(tokio::task::JoinHandle::abort);
    alarm_task.abort();
    _ = std::fs::remove_file(daemon.home.folders.socket());
    drop(stop);
    let last_words = async {
        while let Some(news) = heard.recv().await {
            // Pressed before the notification was down: it counts.
            if matches!(news, News::Pressed { .. }) {
                daemon.hear(news).await;
            }
        }
    };
    if tokio::time::timeout(STOP_LIMIT, last_words).await.is_err() {
        tracing::warn!("the notification server did not answer; ours may still be up");
    }
    Ok(())
}

/// One turn in which the sockets are read, and one in which the tasks beside us say what came.
async fn let_others_speak() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}

async fn tick_of(interval: &mut Option<tokio::time::Interval>) {
    match interval {
        Some(interval) => _ = interval.tick().await,
        None => std::future::pending().await,
    }
}

async fn news_from(shared: &mut Option<Shared>) -> Option<crate::sync::folder::News> {
    match shared {
        Some(shared) => shared.news.recv().await,
        None => std::future::pending().await,
    }
}

async fn news_of(network: &mut Option<Network>) -> Option<crate::sync::net::News> {
    match network {
        Some(network) => network.news.recv().await,
        None => std::future::pending().await,
    }
}

impl Daemon {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Looks at everything that time may have changed, and keeps house.
    async fn tick(&mut self) {
        self.waking.look(self.now());
        // Also without a new wish the desktop sees whether a server came or went.
        self.wishes.send_modify(|_| {});
        self.look().await;
        self.look_up_instance();
        self.look_up_relations();
        self.look_for_feeds();
        self.keep_house();
    }

    /// Looks at the day, and at what it needs. At the start that is all: the house is kept at the first tick, within a
    /// minute.
    async fn look(&mut self) {
        self.to_look = None;
        self.refresh_due();
        self.step(Input::Tick).await;
        supervisor::status(&self.home.in_words(self.now()));
    }

    /// The book changed, and the day may be another one now: a press takes the notification off. Thinking of it takes
    /// longer than the change, so it is done once nobody waits, and once for many changes.
    fn look_soon(&mut self) {
        self.to_look.get_or_insert_with(Instant::now);
    }

    fn waits_to_look(&self, at_least: Duration) -> bool {
        self.to_look.is_some_and(|since| since.elapsed() >= at_least)
    }

    /// Looks at the day after a change; whoever looks at us hears of it only where that changed something more.
    async fn catch_up(&mut self) {
        let before = self.home.replica.heads_hex();
        self.look().await;
        self.quiet = before == self.home.replica.heads_hex();
    }

    fn find(&mut self, found: Found) {
        let now = self.now();
        if let Err(error) = self.home.take(now, found) {
            tracing::warn!(%error, "what was fetched could not be kept");
        }
    }

    async fn told(&mut self, said: Said) {
        match said {
            Said::Prepared { date, contact, idle } => {
                let acts = self.home.peers.presence(!idle);
                self.act(acts);
                self.step(Input::Prepared { date, contact, idle }).await;
            }
            Said::Fetched(asked) => self.answer(*asked).await,
            Said::Refreshed => self.refreshing = false,
            Said::HouseKept(chores) => {
                self.keeping_house = false;
                for (chore, result) in chores {
                    if let Err(error) = self.home.chore_ended(chore, result) {
                        tracing::warn!(%error, ?chore, "the house could not be kept; it is tried again");
                    }
                }
            }
            Said::LookedUp => self.looking_up = false,
            Said::Paired(asked, met) => self.answer_paired(*asked, met),
        }
    }

    async fn asked(&mut self, asked: Asked) {
        let Some(asked) = self.asked_of_the_network(asked).await else { return };
        let errand = self.home.errand(self.now(), &asked.request);
        let (Some(errand), Ok(fetcher)) = (errand, self.home.fetcher()) else {
            return self.answer(asked).await;
        };
        self.quiet = true;
        let (found, said) = (self.found.clone(), self.said.clone());
        tokio::spawn(async move {
            errand::run_with_progress(fetcher, errand, found, &asked.progress).await;
            _ = said.send(Said::Fetched(Box::new(asked))).await;
        });
    }

    async fn answer(&mut self, asked: Asked) {
        let Asked { request, answer, .. } = asked;
        let looks_only = dispatch::looks_only(&request);
        let before = self.home.replica.heads_hex();
        let result = self.dispatch(request);
        _ = answer.send(result);
        if !looks_only {
            self.look_soon();
        }
        self.quiet = before == self.home.replica.heads_hex();
    }

    fn dispatch(&mut self, request: Request) -> Result<Answer, Error> {
        let now = self.now();
        dispatch::dispatch(&mut self.home, now, request)
    }
}
