//! The task that owns the connections: one loop that hears the daemon and what happens on the network, and in between
//! sets right what is not as it should be (nobody listens, somebody is missing).

mod arrive;
mod meet;
mod settle;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

use iroh::{EndpointAddr, RelayUrl, endpoint::Connection};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep_until, timeout},
};

use super::{
    Command, Known, Link, NetOptions, News, Why,
    dial::COURTESY,
    discovery::Discovery,
    gate::Gate,
    ground::{self, Ground},
    link::{Code, Outbox, Wire},
    meet::{Met, PAIR},
    peer::Peer,
    watchdog::Watchdog,
};
use crate::sync::{
    key::Key,
    pairing,
    wire::{Bye, Frame},
};

/// How soon a port that could not be had is asked for again.
const BIND_AGAIN: Duration = Duration::from_secs(30);
/// How long the goodbyes may take when the daemon stops.
const GOODBYES: Duration = Duration::from_millis(500);

/// What happens beside the loop.
#[derive(Debug)]
pub(super) enum Event {
    /// A handshake is done: it is known who they are.
    Arrived {
        connection: Connection,
        dialled: bool,
    },
    /// A call led nowhere.
    Undialled {
        peer: Key,
        why: Why,
    },
    /// Both sides agreed on a connection, or did not.
    Greeted {
        id: u64,
        wire: Result<Wire, Why>,
    },
    Frame(u64, Frame),
    Ended(u64, Why),
    /// A device was seen on the local network.
    Found(Key, Vec<SocketAddr>),
    /// Somebody proved the code of the invitation, and introduces itself.
    Asked {
        peer: Key,
        payload: Vec<u8>,
        answer: pairing::Answer,
    },
    /// Somebody at the door of the invitation is done; whether the invitation is, too.
    Invited {
        outcome: Result<Met, pairing::Failure>,
        over: bool,
    },
    /// The attempt to join is done.
    Joined(Result<Met, pairing::Failure>),
    /// Where this device can be reached.
    Here(EndpointAddr),
    /// The endpoint accepts nothing any more.
    Sunk,
    /// The endpoint is gone, its port is free.
    Closed,
}

/// What something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Relay,
    Port,
    Discovery,
    Invitation,
}

/// A connection that both sides agreed on.
#[derive(Debug)]
struct Open {
    id: u64,
    since: Instant,
    connection: Connection,
    outbox: Outbox,
    /// It said goodbye and only waits for that to arrive.
    leaving: bool,
}

/// A connection that is about to be agreed on.
#[derive(Debug)]
struct Greeting {
    peer: Key,
    since: Instant,
    connection: Connection,
}

#[derive(Debug)]
pub(super) struct Driver {
    options: NetOptions,
    gate: Gate,
    peers: BTreeMap<Key, Peer>,
    ground: Option<Ground>,
    /// Where it can be reached, once that is known.
    here: Option<EndpointAddr>,
    /// The last endpoint still holds the port.
    closing: bool,
    bind_at: Option<Instant>,
    links: BTreeMap<Key, Open>,
    greetings: BTreeMap<u64, Greeting>,
    meeting: meet::Meeting,
    discovery: Discovery,
    watchdog: Watchdog,
    /// Connections that run, and what else is under way.
    wires: JoinSet<()>,
    errands: JoinSet<()>,
    last_id: u64,
    troubles: BTreeMap<About, String>,
    news: VecDeque<News>,
    events: mpsc::Sender<Event>,
}

/// Runs until the daemon stops it, or is gone.
pub(super) async fn run(options: NetOptions, mut commands: mpsc::UnboundedReceiver<Command>, news: mpsc::Sender<News>) {
    let (events, mut happened) = mpsc::channel(1);
    let mut driver = Driver::new(options, events);
    let done = loop {
        let next = driver.next();
        tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Stop(done)) => break Some(done),
                Some(command) => driver.obey(command, Instant::now()),
                None => break None,
            },
            permit = news.reserve(), if !driver.news.is_empty() => match (permit, driver.news.pop_front()) {
                (Ok(permit), Some(news)) => permit.send(news),
                _ => break None,
            },
            // As long as the daemon has not heard the last news, nothing more is taken from the network.
            Some(event) = happened.recv(), if driver.news.is_empty() => driver.hear(event, Instant::now()),
            () = sleep_until(next.unwrap_or_else(Instant::now).into()), if next.is_some() => {}
            // The last words of a connection may be all that the endpoint is still there for.
            Some(_) = driver.wires.join_next(), if !driver.wires.is_empty() => {}
            () = news.closed() => break None,
        }
        driver.settle(Instant::now()).await;
    };
    drop(happened);
    driver.stop().await;
    if let Some(done) = done {
        _ = done.send(());
    }
}

impl Driver {
    fn new(options: NetOptions, events: mpsc::Sender<Event>) -> Driver {
        let wrong = options.relay.as_ref().filter(|relay| relay.parse::<RelayUrl>().is_err());
        let trouble = wrong.map(|relay| format!("\"{relay}\" is no address of a relay: none is used"));
        let mut driver = Driver {
            options,
            gate: Gate::default(),
            peers: BTreeMap::new(),
            ground: None,
            here: None,
            closing: false,
            bind_at: None,
            links: BTreeMap::new(),
            greetings: BTreeMap::new(),
            meeting: meet::Meeting::default(),
            discovery: Discovery::default(),
            watchdog: Watchdog::default(),
            wires: JoinSet::new(),
            errands: JoinSet::new(),
            last_id: 0,
            troubles: BTreeMap::new(),
            news: VecDeque::new(),
            events,
        };
        driver.trouble(About::Relay, trouble);
        driver
    }

    /// Something is wrong, or well again; the daemon hears of it where that is new.
    fn trouble(&mut self, about: About, what: Option<String>) {
        if self.troubles.get(&about) == what.as_ref() {
            return;
        }
        self.troubles.remove(&about);
        self.troubles.extend(what.map(|what| (about, what)));
        self.news.push_back(News::Troubles(self.troubles.values().cloned().collect()));
    }

    fn obey(&mut self, command: Command, now: Instant) {
        match command {
            Command::Know(known) => self.know(known, now),
            Command::Send(link, frame) => {
                let full = self.links.get(&link.peer).filter(|open| open.id == link.id && !open.leaving);
                if full.is_some_and(|open| open.outbox.frame(&frame).is_err()) {
                    self.cut(link.peer, Code::Stuck, Why::Stuck, now);
                }
            }
            Command::Close(link, why) => {
                if let Some(open) = self.links.get_mut(&link.peer).filter(|open| open.id == link.id && !open.leaving) {
                    open.outbox.bye(why);
                    open.leaving = true;
                }
            }
            Command::Woke => self.woke(now),
            Command::Invite(invitation) => self.invite(invitation, now),
            Command::Join(target, offer) => self.join(target, offer, now),
            Command::EndPairing => self.end_pairing(now),
            Command::Stop(_) => {}
        }
    }

    fn know(&mut self, known: BTreeMap<Key, Known>, now: Instant) {
        let me = self.options.key.public();
        let gone: Vec<_> = self.peers.keys().filter(|key| !known.contains_key(key)).copied().collect();
        for peer in gone {
            self.peers.remove(&peer);
            // Who was just told why has two seconds to hear it, and is not listened to any more.
            if self.links.get(&peer).is_some_and(|open| open.leaving) {
                self.links.remove(&peer).into_iter().for_each(|open| self.down(peer, open.id, Why::Forgotten));
            } else {
                self.cut(peer, Code::Unknown, Why::Forgotten, now);
            }
            self.greetings.retain(|_, greeting| {
                let goes = greeting.peer == peer;
                if goes {
                    Code::Unknown.close(&greeting.connection);
                }
                !goes
            });
        }
        for (key, mut known) in known.into_iter().filter(|(key, _)| *key != me) {
            // An author who has a relay most likely named it on all laptops.
            known.relay = known.relay.or_else(|| self.options.relay.clone());
            let first = if me < key { now } else { now + COURTESY };
            if !self.peers.contains_key(&key) {
                self.discovery.burst(now);
            }
            self.peers.entry(key).or_insert_with(|| Peer::new(first)).know(known, now);
        }
        let addresses = self.peers.values().flat_map(Peer::addresses).map(|address| address.ip().to_canonical());
        self.gate.know(self.peers.keys().copied().collect(), addresses.collect());
    }

    fn woke(&mut self, now: Instant) {
        self.peers.values_mut().for_each(|peer| peer.call_anew(now));
        self.discovery.burst(now);
        if let Some(ground) = &self.ground {
            let endpoint = ground.endpoint.clone();
            self.errands.spawn(async move { endpoint.network_change().await });
        }
    }

    fn hear(&mut self, event: Event, now: Instant) {
        match event {
            Event::Arrived { connection, .. } if connection.alpn() == PAIR => self.knocked(connection),
            Event::Arrived { connection, dialled } => self.arrived(connection, dialled, now),
            Event::Undialled { peer, why } => {
                self.refused(peer, &why);
                let connected = self.links.contains_key(&peer);
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.not_reached(now, connected);
                }
            }
            Event::Greeted { id, wire } => self.greeted(id, wire, now),
            Event::Frame(id, frame) => {
                if let Some((peer, _)) = self.links.iter().find(|(_, open)| open.id == id && !open.leaving) {
                    self.news.push_back(News::Frame(Link { peer: *peer, id }, frame));
                }
            }
            Event::Ended(id, why) => {
                let peer = self.links.iter().find(|(_, open)| open.id == id).map(|(peer, _)| *peer);
                if let Some(peer) = peer {
                    self.cut(peer, Code::Done, why, now);
                }
            }
            Event::Found(peer, addresses) => {
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.saw(&addresses, now);
                }
            }
            Event::Asked { peer, payload, answer } => {
                self.news.push_back(News::Pairing(pairing::News::Asking { peer, payload, answer }));
            }
            Event::Invited { outcome, over } => self.invited(outcome, over, now),
            Event::Joined(outcome) => self.joined(outcome, now),
            Event::Here(here) => self.moved(here, now),
            Event::Sunk => self.sink(now),
            Event::Closed => self.closing = false,
        }
    }

    fn moved(&mut self, here: EndpointAddr, now: Instant) {
        if self.here.as_ref().is_some_and(|before| *before != here) {
            // A connection that stands may hang on an address that is gone: the other end cannot follow, and would hear
            // of it only from ten seconds of silence.
            self.discovery.burst(now);
            self.peers.values_mut().for_each(|peer| peer.call_anew(now));
        }
        self.discovery.moved(&here);
        self.meeting.moved(&here);
        self.news.push_back(News::Listening {
            addresses: here.ip_addrs().copied().collect(),
            relay: here.relay_urls().next().map(ToString::to_string),
        });
        self.here = Some(here);
    }

    fn refused(&mut self, peer: Key, why: &Why) {
        if *why == Why::Refused && self.peers.contains_key(&peer) {
            self.news.push_back(News::Refused(peer));
        }
    }

    /// Ends the link with a device, if there is one, and says so.
    fn cut(&mut self, peer: Key, code: Code, why: Why, now: Instant) {
        let Some(open) = self.links.remove(&peer) else { return };
        code.close(&open.connection);
        self.refused(peer, &why);
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.left(now, now.saturating_duration_since(open.since));
        }
        self.down(peer, open.id, why);
    }

    fn down(&mut self, peer: Key, id: u64, why: Why) {
        self.news.push_back(News::Down(Link { peer, id }, why));
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
