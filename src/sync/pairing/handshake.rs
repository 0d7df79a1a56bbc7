//! What two devices say to each other while they pair: bytes in, bytes out, with time and randomness left outside.
//!
//! ```text
//! joiner  ── hello: version, code or ticket, SPAKE2 ──►  inviter
//!         ◄── share: SPAKE2 ───────────────────────────
//!         ── proof ────────────────────────────────────►  (the one guess)
//!         ◄── proof ───────────────────────────────────
//!         ── payload ──────────────────────────────────►
//!         ◄── payload ─────────────────────────────────
//!         ── thanks ───────────────────────────────────►
//! ```
//!
//! Each step takes the one before it apart, so none can be repeated or left out. Instead of any of its messages the
//! inviter may say why it does not go on.

use sha2::{Digest, Sha256};
use spake2::{Ed25519Group, Identity, Password, Spake2};

use super::{Failure, Invitation, MAX_PAYLOAD};
use crate::sync::key::Key;

/// The version of this exchange.
const VERSION: u8 = 1;
/// The longest message, with its kind.
pub const MAX_MESSAGE: usize = MAX_PAYLOAD + 1;
/// The longest reason that is told or shown.
const MAX_REASON: usize = 300;

const HELLO: u8 = 1;
const SHARE: u8 = 2;
const PROOF: u8 = 3;
const PAYLOAD: u8 = 4;
const THANKS: u8 = 5;
const SORRY: u8 = 6;

type Share = [u8; 33];
type Proof = [u8; 32];

/// What the inviter holds a proof against.
#[derive(Clone)]
pub struct Secrets {
    code: String,
    ticket: [u8; 16],
}

impl Secrets {
    /// What an invitation is proved with.
    #[must_use]
    pub fn of(invitation: &Invitation) -> Secrets {
        Secrets { code: invitation.code.to_string(), ticket: invitation.secret }
    }
}

/// What the joiner has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Code = 0,
    Ticket = 1,
}

/// The two devices, as the connection proved them: a key that is not the one the other side sees breaks the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    pub joiner: Key,
    pub inviter: Key,
}

/// A joiner that waits for the other's share.
pub struct Joiner(Begun);
/// A joiner that waits for the other's proof.
pub struct JoinerProving {
    expected: Proof,
}
/// An inviter that waits for the joiner's proof.
pub struct Inviter {
    pub kind: Kind,
    expected: Proof,
    own: Proof,
}

struct Begun {
    spake: Spake2<Ed25519Group>,
    share: Share,
    ends: Ends,
}

impl Joiner {
    /// Begins, with what was typed and 32 random bytes. The bytes are the first message.
    #[must_use]
    pub fn start(kind: Kind, secret: &[u8], ends: Ends, random: &[u8; 32]) -> (Joiner, Vec<u8>) {
        let (joiner, inviter) = identities(&ends);
        let (spake, share) = Spake2::<Ed25519Group>::start_a_with_rng(
            &password(kind, secret),
            &joiner,
            &inviter,
            Given { random: *random, taken: 0 },
        );
        let mut hello = vec![HELLO, VERSION, kind as u8];
        hello.extend(&share);
        (Joiner(Begun { spake, share: exactly(&share).unwrap_or([0; 33]), ends }), hello)
    }

    /// Takes the other's share, and answers with the proof.
    ///
    /// # Errors
    /// When it is none, or the inviter says why it does not go on.
    pub fn hear_share(self, message: &[u8]) -> Result<(JoinerProving, Vec<u8>), Failure> {
        let theirs: Share = exactly(body(message, SHARE)?).ok_or(Failure::Garbled)?;
        let Begun { spake, share, ends } = self.0;
        let key = spake.finish(&theirs).map_err(|_| Failure::Garbled)?;
        let [own, expected] = proofs(&key, &share, &theirs, &ends);
        Ok((JoinerProving { expected }, said(PROOF, &own)))
    }
}

impl JoinerProving {
    /// Whether the other holds the code as well. From here on it can be trusted.
    ///
    /// # Errors
    /// When it does not, or says that this device does not.
    pub fn hear_proof(self, message: &[u8]) -> Result<(), Failure> {
        let proof: Proof = exactly(body(message, PROOF)?).ok_or(Failure::Garbled)?;
        if same(&proof, &self.expected) { Ok(()) } else { Err(Failure::Wrong { from: None }) }
    }
}

impl Inviter {
    /// Takes a hello, with 32 random bytes, and answers with a share.
    ///
    /// # Errors
    /// When it is none, or one of another version.
    pub fn hear_hello(
        secrets: &Secrets,
        ends: Ends,
        random: &[u8; 32],
        message: &[u8],
    ) -> Result<(Inviter, Vec<u8>), Failure> {
        let (&[version, kind], theirs) = body(message, HELLO)?.split_first_chunk().ok_or(Failure::Garbled)?;
        match version {
            VERSION => {}
            newer if newer > VERSION => return Err(Failure::TheyAreNewer),
            _ => return Err(Failure::TheyAreOlder),
        }
        let (kind, secret) = match kind {
            0 => (Kind::Code, secrets.code.as_bytes()),
            1 => (Kind::Ticket, &secrets.ticket[..]),
            _ => return Err(Failure::Garbled),
        };
        let theirs: Share = exactly(theirs).ok_or(Failure::Garbled)?;
        let (joiner, inviter) = identities(&ends);
        let (spake, share) = Spake2::<Ed25519Group>::start_b_with_rng(
            &password(kind, secret),
            &joiner,
            &inviter,
            Given { random: *random, taken: 0 },
        );
        let key = spake.finish(&theirs).map_err(|_| Failure::Garbled)?;
        let own: Share = exactly(&share).ok_or(Failure::Garbled)?;
        let [expected, proof] = proofs(&key, &theirs, &own, &ends);
        Ok((Inviter { kind, expected, own: proof }, said(SHARE, &share)))
    }

    /// Whether the joiner holds the code, and the proof that this device does. May be asked once.
    ///
    /// # Errors
    /// When it does not: the code is void then.
    pub fn hear_proof(self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let proof: Proof = exactly(body(message, PROOF)?).ok_or(Failure::Garbled)?;
        if same(&proof, &self.expected) { Ok(said(PROOF, &self.own)) } else { Err(Failure::Wrong { from: None }) }
    }
}

/// Whether a message is a proof: what is none spends no guess.
#[must_use]
pub fn is_proof(message: &[u8]) -> bool {
    matches!(message, [PROOF, proof @ ..] if proof.len() == 32)
}

/// A payload as a message.
#[must_use]
pub fn say_payload(payload: &[u8]) -> Vec<u8> {
    said(PAYLOAD, payload)
}

/// The payload of a message.
///
/// # Errors
/// When it is none, or the other side says why it does not go on.
pub fn hear_payload(message: &[u8]) -> Result<Vec<u8>, Failure> {
    body(message, PAYLOAD).map(<[u8]>::to_vec)
}

/// That the payload arrived.
#[must_use]
pub fn say_thanks() -> Vec<u8> {
    vec![THANKS]
}

/// Whether it did.
///
/// # Errors
/// When the message says anything else.
pub fn hear_thanks(message: &[u8]) -> Result<(), Failure> {
    body(message, THANKS).map(drop)
}

/// Why this side does not go on, as a message: what the other side is to read, seen from there.
#[must_use]
pub fn say_sorry(why: &Failure) -> Vec<u8> {
    let (code, reason) = match why {
        Failure::Wrong { .. } => (1, ""),
        Failure::Expired => (2, ""),
        Failure::Taken => (3, ""),
        // Whoever is newer here is older there.
        Failure::TheyAreOlder => (4, ""),
        Failure::TheyAreNewer => (5, ""),
        Failure::Declined(why) => (6, why.as_str()),
        Failure::NotInviting => (7, ""),
        _ => (0, ""),
    };
    let reason: String = reason.chars().take(MAX_REASON).collect();
    let mut message = vec![SORRY, code];
    message.extend(reason.as_bytes());
    message
}

fn hear_sorry(body: &[u8]) -> Failure {
    match body {
        [1, ..] => Failure::Wrong { from: None },
        [2, ..] => Failure::Expired,
        [3, ..] => Failure::Taken,
        [4, ..] => Failure::TheyAreNewer,
        [5, ..] => Failure::TheyAreOlder,
        [6, why @ ..] => {
            let why = String::from_utf8_lossy(why);
            Failure::Declined(why.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect())
        }
        [7, ..] => Failure::NotInviting,
        _ => Failure::Garbled,
    }
}

fn said(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(body.len() + 1);
    message.push(kind);
    message.extend(body);
    message
}

fn body(message: &[u8], kind: u8) -> Result<&[u8], Failure> {
    match message.split_first() {
        Some((&SORRY, why)) => Err(hear_sorry(why)),
        Some((&is, body)) if is == kind => Ok(body),
        _ => Err(Failure::Garbled),
    }
}

fn exactly<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// A code and a ticket never make one and the same password.
fn password(kind: Kind, secret: &[u8]) -> Password {
    Password::new([&[kind as u8], secret].concat())
}

fn identities(ends: &Ends) -> (Identity, Identity) {
    (Identity::new(ends.joiner.bytes()), Identity::new(ends.inviter.bytes()))
}

/// The joiner's proof and the inviter's, over everything that was said. All parts have one length each.
fn proofs(key: &[u8], joiner_share: &Share, inviter_share: &Share, ends: &Ends) -> [Proof; 2] {
    [&b"goodword pairing 1: joiner "[..], b"goodword pairing 1: inviter"].map(|who| {
        let mut hash = Sha256::new();
        for part in [who, key, joiner_share, inviter_share, ends.joiner.bytes(), ends.inviter.bytes()] {
            hash.update(part);
        }
        hash.finalize().into()
    })
}

/// Looks at every byte, wherever the first difference is.
fn same(one: &Proof, other: &Proof) -> bool {
    one.iter().zip(other).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

/// Randomness that was given, for as long as it is asked for.
struct Given {
    random: [u8; 32],
    taken: u64,
}

impl rand_core::RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.taken += 1;
            let block = Sha256::new().chain_update(self.random).chain_update(self.taken.to_be_bytes()).finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for Given {}

#[cfg(test)]
mod tests;
