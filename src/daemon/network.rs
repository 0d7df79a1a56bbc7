//! The daemon's side of the network: hears what connections bring, does what [`Peers`](super::peers::Peers) decides,
//! and answers the requests that need the network.

use std::{collections::BTreeSet, time::Duration};

use tokio::sync::watch;

use super::{
    Daemon, Said,
    peers::{Act, Me},
};
use crate::{
    api::{Request, VERSION},
    server::Asked,
    sync::{
        Key,
        net::{self, Net, NetOptions, News, Why},
        wire::Frame,
    },
};

/// How long the day, and `sync --now`, wait for laptops that are not in step.
pub(super) const SYNC_LIMIT: Duration = Duration::from_secs(10);

/// The network as the daemon holds it.
pub(super) struct Network {
    pub net: Net,
    pub news: tokio::sync::mpsc::Receiver<News>,
    pub me: Me,
    /// The book's heads when the others were last told of them.
    told: Vec<String>,
    /// The devices that hold the same book, now.
    pub in_step: watch::Sender<BTreeSet<Key>>,
}

impl Network {
    /// Starts the connections of a device.
    pub fn start(home: &super::Home) -> Option<Network> {
        let key = home.key.clone()?;
        let (net, news) = net::start(NetOptions {
            key: key.clone(),
            port: Some(home.config.sync_port).filter(|port| *port != 0),
            relay: home.config.relay_address(),
            discovery: home.config.discovery,
        });
        net.know(home.known());
        let me =
            Me { key, instance: super::home::random_text(), version: VERSION.to_owned(), notifies: home.may_notify() };
        Some(Network { net, news, me, told: Vec::new(), in_step: watch::Sender::default() })
    }
}

impl Daemon {
    /// Takes in what the network brings.
    pub(super) fn hear_network(&mut self, news: News) {
        let Some(network) = &self.network else { return };
        let acts = match news {
            News::Up(link) => self.home.peers.up(&network.me, &self.home.circle, link),
            News::Frame(link, frame) => {
                self.quiet = matches!(frame, Frame::Presence(_));
                let home = &mut self.home;
                home.peers.hear(&mut home.circle, &mut home.replica, &link, frame)
            }
            News::Down(link, why) => {
                self.went_down(&link, &why);
                Vec::new()
            }
            News::Addresses(key, addresses) => {
                self.quiet = true;
                self.home.remember_addresses(key, addresses);
                Vec::new()
            }
            News::Refused(key) => {
                self.home.peers.refused(key);
                Vec::new()
            }
            News::Listening { .. } => {
                self.quiet = true;
                Vec::new()
            }
            News::Pairing(news) => {
                self.hear_of_pairing(news);
                Vec::new()
            }
            News::Troubles(troubles) => {
                tracing::warn!(?troubles, "the network");
                self.home.network_troubles = troubles;
                Vec::new()
            }
        };
        self.act(acts);
    }

    fn went_down(&mut self, link: &net::Link, why: &Why) {
        let now = self.now();
        match why {
            Why::Said(bye) => self.home.peers.said_goodbye(link.peer, *bye),
            Why::Refused => self.home.peers.refused(link.peer),
            Why::Garbled(what) => self.home.peers.garbled(link.peer, what),
            Why::Closed(_) | Why::Forgotten | Why::Replaced | Why::Stuck | Why::Lost(_) => {}
        }
        if self.home.peers.down(link) {
            tracing::debug!(peer = %link.peer.short(), ?why, "a laptop is gone");
            self.home.remember_seen(link.peer, now);
        }
    }

    /// Does what was decided, in order.
    pub(super) fn act(&mut self, acts: Vec<Act>) {
        for act in acts {
            let Some(network) = &self.network else { return };
            match act {
                Act::Send(link, frame) => network.net.send(&link, frame),
                Act::Close(link, why) => network.net.close(&link, why),
                Act::KeepCircle => {
                    let kept = self.home.keep_circle();
                    if let Err(error) = &kept {
                        tracing::error!(%error, "who belongs together could not be written; it is tried again");
                    }
                    self.home.circle_unkept = kept.is_err();
                }
                Act::Know => {
                    network.net.know(self.home.known());
                    if let Some(shared) = &self.shared {
                        shared.know(&self.home);
                    }
                }
                Act::BookChanged => self.look_soon(),
                Act::Seen(key) => {
                    let now = self.now();
                    self.home.remember_seen(key, now);
                }
            }
        }
    }

    /// The circle is another one now: everybody hears of it.
    pub(super) fn circle_changed(&mut self) {
        let acts = self.home.peers.circle_changed(&self.home.circle);
        self.act(acts);
    }

    /// After everything that happens: the others hear what is new here, and whoever waits for them to be in step.
    pub(super) fn tell_the_others(&mut self) {
        if self.home.replica.is_torn() {
            return;
        }
        if let Some(shared) = &mut self.shared {
            shared.give(&self.home);
        }
        let Some(network) = &mut self.network else { return };
        let heads = self.home.replica.heads_hex();
        if network.told != heads {
            network.told = heads;
            let acts = self.home.peers.say(&self.home.replica);
            self.act(acts);
        }
        let Some(network) = &self.network else { return };
        let in_step = self.home.peers.in_step(&self.home.replica);
        network.in_step.send_if_modified(|known| {
            let differs = *known != in_step;
            *known = in_step;
            differs
        });
    }

    /// Waits until everybody holds the same book, but not for long. Whoever is missing is called.
    pub(super) fn all_in_step(&self, limit: Duration) -> impl Future<Output = ()> + Send + 'static {
        let wanted = self.home.circle.members().clone();
        let steps = self.network.as_ref().map(|network| {
            if wanted.iter().any(|key| !self.home.peers.standing(key, &self.home.replica).connected) {
                network.net.woke();
            }
            network.in_step.subscribe()
        });
        async move {
            let Some(mut steps) = steps.filter(|_| !wanted.is_empty()) else { return };
            _ = tokio::time::timeout(limit, steps.wait_for(|in_step| wanted.is_subset(in_step))).await;
        }
    }

    /// The requests that the network answers; any other is given back.
    pub(super) async fn asked_of_the_network(&mut self, asked: Asked) -> Option<Asked> {
        match &asked.request {
            Request::Sync { now: true } => {
                if let Some(shared) = &self.shared {
                    shared.look();
                }
                let (wait, said) = (self.all_in_step(SYNC_LIMIT), self.said.clone());
                tokio::spawn(async move {
                    wait.await;
                    _ = said.send(Said::Fetched(Box::new(asked))).await;
                });
                None
            }
            Request::DeviceRemove { .. } => {
                let Asked { request, answer, .. } = asked;
                let removed = self.dispatch(request);
                if removed.is_ok() {
                    self.circle_changed();
                }
                _ = answer.send(removed);
                None
            }
            Request::DeviceInvite | Request::DeviceInvited | Request::DeviceJoin { .. } => {
                self.asked_to_pair(asked).await;
                None
            }
            _ => Some(asked),
        }
    }
}
