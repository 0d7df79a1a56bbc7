//! A connection arrives: whether it is to be the one between the two devices, and what follows when both agree.

use super::{super::link, *};

/// Two connections that come within this time come from two devices that called each other at once: one is enough.
/// One that comes later comes from a device that lost the older one.
const AT_ONCE: Duration = Duration::from_secs(3);
/// How many connections of one device may be about to be agreed on.
const GREETINGS: usize = 3;

impl Driver {
    /// A handshake is done. The device with the lower key decides at once whether this connection is to be the one.
    pub(super) fn arrived(&mut self, connection: Connection, dialled: bool, now: Instant) {
        let key = Key::from_bytes(connection.remote_id().as_bytes());
        let Some((key, peer)) = key.ok().and_then(|key| Some((key, self.peers.get_mut(&key)?))) else {
            return Code::Unknown.close(&connection);
        };
        if dialled {
            peer.answered();
        }
        let decides = self.options.key.public() < key;
        let of_theirs = self.greetings.iter().filter(|(_, greeting)| greeting.peer == key);
        let older: Vec<_> = of_theirs.map(|(id, greeting)| (*id, greeting.since)).collect();
        let link = self.links.get(&key).filter(|_| peer.trusts()).map(|open| open.since);
        let lately = |since: &Instant| now.saturating_duration_since(*since) < AT_ONCE;
        if decides && older.iter().map(|(_, since)| since).chain(&link).any(lately) {
            if link.is_some() {
                peer.rest();
            }
            return Code::Enough.close(&connection);
        }
        let most = if decides { 0 } else { GREETINGS - 1 };
        for (id, _) in older.iter().take(older.len().saturating_sub(most)) {
            if let Some(greeting) = self.greetings.remove(id) {
                Code::Enough.close(&greeting.connection);
            }
        }
        let id = self.next_id();
        self.greetings.insert(id, Greeting { peer: key, since: now, connection: connection.clone() });
        let events = self.events.clone();
        self.errands.spawn(async move {
            let wire = link::greet(connection, decides).await;
            _ = events.send(Event::Greeted { id, wire }).await;
        });
    }

    pub(super) fn greeted(&mut self, id: u64, wire: Result<Wire, Why>, now: Instant) {
        let Some(Greeting { peer: key, .. }) = self.greetings.remove(&id) else { return };
        let wire = match wire {
            Ok(wire) => wire,
            Err(why) => {
                self.refused(key, &why);
                let connected = self.links.contains_key(&key);
                if let Some(peer) = self.peers.get_mut(&key) {
                    peer.not_reached(now, connected);
                }
                return;
            }
        };
        self.cut(key, Code::Enough, Why::Replaced, now);
        let Some(peer) = self.peers.get_mut(&key) else { return Code::Unknown.close(&wire.connection) };
        let addresses = peer.connected(&wire.connection, now);
        let (outbox, queue) = link::outbox();
        self.links.insert(key, Open { id, since: now, connection: wire.connection.clone(), outbox, leaving: false });
        self.wires.spawn(link::run(id, wire, queue, self.events.clone()));
        self.watchdog.heard();
        self.news.push_back(News::Up(Link { peer: key, id }));
        if !addresses.is_empty() {
            self.news.push_back(News::Addresses(key, addresses));
        }
    }
}
