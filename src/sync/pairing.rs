//! One more device is let in: by a short code that is spoken, or by a ticket that is copied.
//!
//! Both devices run SPAKE2 over a connection that has already proved whose keys its ends hold. The code becomes a strong
//! key, with both device keys bound to it, so nobody who stands between the two, or guesses, learns or changes
//! anything; each side proves that it holds that key before anything else is said.
//!
//! **One guess.** The joiner proves first. A wrong proof of the code voids it, and the inviter is told where it came from;
//! whoever leaves before proving has learned nothing, and spent nothing. A ticket holds 128 random bits: guessing at it
//! is in vain and voids nothing.
//!
//! - [`code`]: such as `7-otter-lamp`.
//! - [`ticket`]: begins with `goodword1`.
//! - [`handshake`]: what the two say to each other, as bytes in and bytes out.
//! - [`failure`]: what went wrong, in words that say what to do next, on which laptop.

pub mod code;
pub mod failure;
pub mod handshake;
pub mod ticket;

use std::{fmt, net::SocketAddr, str::FromStr, time::Duration};

pub use self::{code::Code, failure::Failure, ticket::Ticket};
use super::key::Key;

/// How long an invitation is open.
pub const OPEN_FOR: Duration = Duration::from_secs(5 * 60);
/// The longest payload either side may send, in bytes.
pub const MAX_PAYLOAD: usize = 64 << 10;

/// What one device shows so that another can join.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    pub code: Code,
    /// What the ticket holds instead of a code.
    secret: [u8; 16],
}

/// What was typed on the device that joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Code(Code),
    Ticket(Ticket),
}

/// Which side of a pairing this device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Inviter,
    Joiner,
}

/// What the daemon hears of a pairing.
#[derive(Debug)]
pub enum News {
    /// The invitation is open, and this is what to show.
    Open { code: String, ticket: String },
    /// Another device proved the code, and introduces itself. It waits for an answer: a payload, or why not.
    Asking { peer: Key, payload: Vec<u8>, answer: Answer },
    /// The other device has our answer: it is in.
    Met { peer: Key, addresses: Vec<SocketAddr> },
    /// This device is in.
    Joined { peer: Key, payload: Vec<u8>, addresses: Vec<SocketAddr> },
    /// It came to nothing. The role tells who reads of it.
    Failed { role: Role, why: Failure },
}

/// Makes what the joiner says of itself, now that it knows whom it says it to.
pub struct Offer(Box<dyn FnOnce(Key) -> Vec<u8> + Send>);

/// Takes what the inviter answers.
pub struct Answer(Box<dyn FnOnce(Result<Vec<u8>, String>) + Send>);

impl Invitation {
    /// A new invitation, from random bytes.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> Invitation {
        let mut secret = [0; 16];
        secret.copy_from_slice(&random[16..]);
        Invitation { code: Code::new([random[0], random[1], random[2]]), secret }
    }

    /// The ticket of this invitation.
    pub(in crate::sync) fn ticket(&self, key: Key, addresses: Vec<SocketAddr>, relay: Option<String>) -> Ticket {
        Ticket { key, secret: self.secret, addresses, relay }
    }
}

impl Offer {
    pub fn new(make: impl FnOnce(Key) -> Vec<u8> + Send + 'static) -> Offer {
        Offer(Box::new(make))
    }

    pub(in crate::sync) fn make(self, inviter: Key) -> Vec<u8> {
        (self.0)(inviter)
    }
}

impl Answer {
    pub(in crate::sync) fn new(take: impl FnOnce(Result<Vec<u8>, String>) + Send + 'static) -> Answer {
        Answer(Box::new(take))
    }

    /// Lets the other device in with a payload of at most [`MAX_PAYLOAD`], or says why not. An answer that is dropped
    /// is a refusal without a reason.
    pub fn send(self, answer: Result<Vec<u8>, String>) {
        (self.0)(answer);
    }
}

impl FromStr for Target {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Target, Failure> {
        if ticket::looks_like(text) { text.parse().map(Target::Ticket) } else { text.parse().map(Target::Code) }
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invitation")
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Offer")
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}
