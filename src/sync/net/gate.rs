//! Who is let in. Whoever is not known is refused when the handshake has proved who they are, before any byte of ours;
//! and a crowd at the door is not even listened to, so that it cannot slow the house.

use std::{
    collections::BTreeSet,
    net::IpAddr,
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

    pub(super) fn knows_address(&self, address: IpAddr) -> bool {
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

/// What is done with whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Enter(Place),
    /// They are to come again, with a proof that their address is their own: it is crowded.
    Prove,
    /// Nothing is said: a device that belongs here asks again by itself, within a second.
    Ignore,
}

impl Doorman {
    pub(super) fn new(now: Instant) -> Doorman {
        Doorman { running: [0; 2], tokens: BURST, filled: now }
    }

    /// Looks at somebody: `known` if they come from an address, or through a relay with a key, that is known; `proved`
    /// if it is surely theirs.
    pub(super) fn look(&mut self, known: bool, proved: bool, now: Instant) -> Verdict {
        let passed = now.saturating_duration_since(self.filled);
        let more = u32::try_from(passed.as_millis() / EACH.as_millis()).unwrap_or(BURST);
        if more > 0 {
            self.tokens = self.tokens.saturating_add(more).min(BURST);
            self.filled = now;
        }
        let place = if known && self.running[Place::Known as usize] < AT_ONCE { Place::Known } else { Place::Stranger };
        if place == Place::Stranger && (self.tokens == 0 || self.running[Place::Stranger as usize] >= AT_ONCE) {
            return Verdict::Ignore;
        }
        if !proved && self.running[place as usize] >= AT_ONCE / 2 {
            return Verdict::Prove;
        }
        if place == Place::Stranger {
            self.tokens -= 1;
        }
        self.running[place as usize] += 1;
        Verdict::Enter(place)
    }

    pub(super) fn give_back(&mut self, place: Place) {
        let running = &mut self.running[place as usize];
        *running = running.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_of_strangers_leaves_places_for_an_address_that_is_known() {
        let now = Instant::now();
        let mut doorman = Doorman::new(now);
        let strangers = (0..500).filter(|_| doorman.look(false, true, now) == Verdict::Enter(Place::Stranger)).count();
        assert_eq!(strangers, AT_ONCE);
        assert_eq!(doorman.look(true, false, now), Verdict::Enter(Place::Known));
    }

    #[test]
    fn in_a_crowd_an_address_is_proved_first() {
        let now = Instant::now();
        let mut doorman = Doorman::new(now);
        for known in [true, false] {
            let entered = (0..500).filter(|_| matches!(doorman.look(known, false, now), Verdict::Enter(_))).count();
            assert_eq!(entered, AT_ONCE / 2);
            assert_eq!(doorman.look(known, false, now), Verdict::Prove);
            assert!(matches!(doorman.look(known, true, now), Verdict::Enter(_)));
        }
    }

    #[test]
    fn strangers_who_are_quick_still_come_only_so_often() {
        let now = Instant::now();
        let mut doorman = Doorman::new(now);
        let mut let_in = 0_u32;
        // Ten seconds, a thousand a second.
        for millisecond in 0..10_000 {
            if let Verdict::Enter(place) = doorman.look(false, true, now + Duration::from_millis(millisecond)) {
                let_in += 1;
                doorman.give_back(place);
            }
        }
        assert!((200..=BURST + 201).contains(&let_in), "{let_in}");
    }

    #[test]
    fn an_address_is_known_in_either_notation() {
        let gate = Gate::default();
        gate.know(BTreeSet::new(), ["192.0.2.1".parse().unwrap()].into());
        assert!(gate.knows_address("::ffff:192.0.2.1".parse().unwrap()));
        assert!(!gate.knows_address("192.0.2.2".parse().unwrap()));
    }
}
