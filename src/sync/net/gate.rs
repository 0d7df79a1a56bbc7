//! Who is let in. Whoever is not known is refused when the handshake has proved who they are, before any byte of ours;
//! and a crowd at the door is not even listened to, so that it cannot slow the house.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use iroh::endpoint::{AfterHandshakeOutcome, Connection, EndpointHooks, Side, VarInt};

use super::{link::Code, meet::PAIR};
use crate::sync::key::Key;

/// What the devices of one author speak with each other.
pub(super) const SYNC: &[u8] = b"goodword/sync/1";

/// How many handshakes run at once with strangers, and besides them with addresses that are known.
const AT_ONCE: usize = 8;
/// How many handshakes a second strangers may begin, and how many at once after a quiet time.
const EACH: Duration = Duration::from_millis(50);
const BURST: u32 = 20;

/// The list at the door, shared with the handshakes.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<RwLock<Guests>>);

#[derive(Debug, Default)]
struct Guests {
    known: BTreeSet<Key>,
    /// Where they were last, so that a crowd elsewhere does not keep them waiting.
    addresses: BTreeSet<IpAddr>,
    /// An invitation is open.
    inviting: bool,
}

impl Gate {
    pub(super) fn know(&self, known: BTreeSet<Key>, addresses: BTreeSet<IpAddr>) {
        let mut guests = self.0.write().unwrap_or_else(PoisonError::into_inner);
        (guests.known, guests.addresses) = (known, addresses);
    }

    pub(super) fn invites(&self, inviting: bool) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).inviting = inviting;
    }

    fn is_inviting(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).inviting
    }

    pub(super) fn knows(&self, key: &Key) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).known.contains(key)
    }

    fn knows_address(&self, address: IpAddr) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).addresses.contains(&address.to_canonical())
    }

    fn admits(&self, connection: &Connection) -> bool {
        let Ok(key) = Key::from_bytes(connection.remote_id().as_bytes()) else { return false };
        match connection.alpn() {
            SYNC => self.knows(&key),
            PAIR => connection.side() == Side::Client || self.is_inviting(),
            _ => false,
        }
    }
}

impl EndpointHooks for Gate {
    async fn after_handshake(&self, connection: &Connection) -> AfterHandshakeOutcome {
        if self.admits(connection) {
            return AfterHandshakeOutcome::Accept;
        }
        AfterHandshakeOutcome::Reject { error_code: VarInt::from_u32(Code::Unknown as u32), reason: Vec::new() }
    }
}

/// Counts who stands at the door.
#[derive(Debug)]
pub(super) struct Doorman {
    gate: Gate,
    /// Handshakes that run: with strangers, and with known addresses.
    running: [usize; 2],
    tokens: u32,
    filled: Instant,
}

/// A place at the door, to be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Stranger = 0,
    Known = 1,
}

impl Doorman {
    pub(super) fn new(gate: Gate, now: Instant) -> Doorman {
        Doorman { gate, running: [0; 2], tokens: BURST, filled: now }
    }

    /// A place for a handshake that comes from this address; none when the crowd is too large. Nobody is told so: a
    /// device that belongs here asks again by itself, within a second.
    pub(super) fn place(&mut self, from: Option<SocketAddr>, now: Instant) -> Option<Place> {
        let passed = now.saturating_duration_since(self.filled);
        let more = u32::try_from(passed.as_millis() / EACH.as_millis()).unwrap_or(BURST);
        if more > 0 {
            self.tokens = self.tokens.saturating_add(more).min(BURST);
            self.filled = now;
        }
        let known = from.is_some_and(|from| self.gate.knows_address(from.ip()));
        if known && self.running[Place::Known as usize] < AT_ONCE {
            self.running[Place::Known as usize] += 1;
            return Some(Place::Known);
        }
        if self.tokens == 0 || self.running[Place::Stranger as usize] >= AT_ONCE {
            return None;
        }
        self.tokens -= 1;
        self.running[Place::Stranger as usize] += 1;
        Some(Place::Stranger)
    }

    pub(super) fn give_back(&mut self, place: Place) {
        let running = &mut self.running[place as usize];
        *running = running.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doorman(known: &str, now: Instant) -> Doorman {
        let gate = Gate::default();
        gate.know(BTreeSet::new(), [known.parse().unwrap()].into());
        Doorman::new(gate, now)
    }

    fn from(address: &str) -> Option<SocketAddr> {
        Some(SocketAddr::new(address.parse().unwrap(), 4747))
    }

    #[test]
    fn a_crowd_of_strangers_leaves_places_for_an_address_that_is_known() {
        let now = Instant::now();
        let mut doorman = doorman("192.0.2.1", now);
        let strangers = (0..500).filter_map(|_| doorman.place(from("203.0.113.7"), now)).count();
        assert_eq!(strangers, AT_ONCE);
        assert_eq!(doorman.place(from("192.0.2.1"), now), Some(Place::Known));
        assert_eq!(doorman.place(from("::ffff:192.0.2.1"), now), Some(Place::Known));
    }

    #[test]
    fn strangers_who_are_quick_still_come_only_so_often() {
        let now = Instant::now();
        let mut doorman = doorman("192.0.2.1", now);
        let mut let_in = 0_u32;
        // Ten seconds, a thousand a second.
        for millisecond in 0..10_000 {
            if let Some(place) = doorman.place(from("203.0.113.7"), now + Duration::from_millis(millisecond)) {
                let_in += 1;
                doorman.give_back(place);
            }
        }
        assert!((200..=BURST + 201).contains(&let_in), "{let_in}");
    }
}
