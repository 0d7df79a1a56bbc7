//! One of the author's other devices: where it may be, and when it is called.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use iroh::{TransportAddr, endpoint::Connection};
use tokio::task::AbortHandle;

use super::{Known, dial::Redial};

/// How many addresses of one device are remembered, the latest first.
const ADDRESSES: usize = 16;

#[derive(Debug)]
pub(super) struct Peer {
    known: Known,
    /// Where it was seen: over a connection, or on the local network.
    seen: Vec<SocketAddr>,
    redial: Redial,
    call: Option<AbortHandle>,
    /// There is a connection, but it is not trusted: the computer slept, or its network changed.
    afresh: bool,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.hang_up();
    }
}

impl Peer {
    /// A device that is called for the first time at this moment.
    pub(super) fn new(at: Instant) -> Peer {
        Peer { known: Known::default(), seen: Vec::new(), redial: Redial::new(at), call: None, afresh: false }
    }

    /// What the daemon knows of it. An address that is new is tried at once.
    pub(super) fn know(&mut self, known: Known, now: Instant) {
        let news = known.relay != self.known.relay
            || known.addresses.iter().any(|address| !self.known.addresses.contains(address));
        self.known = known;
        if news {
            self.call_soon(now);
        }
    }

    /// It was seen at these addresses.
    pub(super) fn saw(&mut self, addresses: &[SocketAddr], now: Instant) {
        let before = self.seen.clone();
        for address in addresses {
            self.seen.retain(|seen| seen != address);
            self.seen.insert(0, *address);
        }
        self.seen.truncate(ADDRESSES);
        if self.seen.iter().any(|address| !before.contains(address)) {
            self.call_soon(now);
        }
    }

    /// Where it may be.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let known = self.known.addresses.iter().filter(|address| !self.seen.contains(address)).take(ADDRESSES);
        self.seen.iter().chain(known).copied()
    }

    pub(super) fn relay(&self) -> Option<&String> {
        self.known.relay.as_ref()
    }

    /// Whether there is a reason to call it, and a way.
    pub(super) fn may_be_called(&self, connected: bool) -> bool {
        let reachable = self.known.relay.is_some() || self.addresses().next().is_some();
        reachable && self.call.is_none() && (!connected || self.afresh)
    }

    pub(super) fn next_call(&self) -> Option<Instant> {
        self.redial.next()
    }

    pub(super) fn calls(&mut self, call: AbortHandle) {
        self.call = Some(call);
    }

    /// The network changed: if it is missing, it may not be now.
    pub(super) fn call_soon(&mut self, now: Instant) {
        if self.redial.next().is_some() {
            self.redial.hurry(now);
        }
    }

    /// The connection, if there is one, is not trusted any more.
    pub(super) fn call_anew(&mut self, now: Instant) {
        self.afresh = true;
        self.redial.hurry(now);
    }

    /// A connection that stands is good enough.
    pub(super) fn trusts(&self) -> bool {
        !self.afresh
    }

    /// The call was answered.
    pub(super) fn answered(&mut self) {
        self.call = None;
    }

    /// The call, or what came of it, led nowhere.
    pub(super) fn not_reached(&mut self, now: Instant, connected: bool) {
        self.call = None;
        if connected && !self.afresh {
            self.rest();
        } else {
            self.redial.failed(now, chance());
        }
    }

    /// There is a connection. Tells the addresses that it goes over.
    pub(super) fn connected(&mut self, connection: &Connection, now: Instant) -> Vec<SocketAddr> {
        self.hang_up();
        let addresses: Vec<_> = connection
            .paths()
            .iter()
            .filter_map(|path| match path.remote_addr() {
                TransportAddr::Ip(address) => Some(*address),
                _ => None,
            })
            .collect();
        self.saw(&addresses, now);
        self.rest();
        addresses
    }

    /// The connection ended after this time.
    pub(super) fn left(&mut self, now: Instant, lasted: Duration) {
        self.afresh = false;
        self.redial.ended(now, lasted, chance());
    }

    /// There is a connection that is good enough.
    pub(super) fn rest(&mut self) {
        self.afresh = false;
        self.redial.rest();
    }

    fn hang_up(&mut self) {
        self.call.take().iter().for_each(AbortHandle::abort);
    }
}

fn chance() -> u8 {
    uuid::Uuid::new_v4().as_bytes()[0]
}
