//! A ticket for another laptop anywhere: who invites, where it is, and a secret. Longer than a code, to be copied.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::Failure;
use crate::sync::key::Key;

/// What every ticket begins with; the number is the version of what follows.
const BEGINS: &str = "goodword1";
const ANY_VERSION: &str = "goodword";
/// The longest ticket that is read.
const MAX_TEXT: usize = 2000;
/// How many addresses a ticket holds.
const ADDRESSES: usize = 8;
/// The longest address of a relay.
const MAX_RELAY: usize = 250;
const CHECKSUM: usize = 4;

/// What the joiner needs to know.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    pub key: Key,
    /// What proves that the joiner holds the ticket.
    pub(super) secret: [u8; 16],
    pub addresses: Vec<SocketAddr>,
    pub relay: Option<String>,
}

/// Whether somebody who typed this meant a ticket, of whichever version.
pub(super) fn looks_like(text: &str) -> bool {
    compact(text).starts_with(ANY_VERSION)
}

/// Without the spaces and line ends that copying adds.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).take(MAX_TEXT + 1).collect::<String>().to_ascii_lowercase()
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(bytes).into();
    [a, b, c, d]
}

impl Ticket {
    pub(in crate::sync) fn secret(&self) -> &[u8; 16] {
        &self.secret
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        bytes.extend(self.key.bytes());
        bytes.extend(self.secret);
        let relay = self.relay.as_deref().filter(|relay| relay.len() <= MAX_RELAY).unwrap_or_default();
        bytes.push(u8::try_from(relay.len()).unwrap_or_default());
        bytes.extend(relay.as_bytes());
        for address in self.addresses.iter().take(ADDRESSES) {
            match address.ip() {
                IpAddr::V4(ip) => {
                    bytes.push(4);
                    bytes.extend(ip.octets());
                }
                IpAddr::V6(ip) => {
                    bytes.push(6);
                    bytes.extend(ip.octets());
                }
            }
            bytes.extend(address.port().to_be_bytes());
        }
        bytes.extend(checksum(&bytes));
        write!(f, "{BEGINS}{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("key", &self.key).field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl FromStr for Ticket {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Ticket, Failure> {
        let text = compact(text);
        let Some(text) = text.strip_prefix(BEGINS) else {
            let later =
                text.strip_prefix(ANY_VERSION).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            return Err(if later { Failure::TheyAreNewer } else { Failure::NoCode });
        };
        if text.len() > MAX_TEXT {
            return Err(Failure::TornTicket);
        }
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| Failure::TornTicket)?;
        let body = bytes.len().checked_sub(CHECKSUM).ok_or(Failure::TornTicket)?;
        let (body, sum) = bytes.split_at(body);
        if sum != checksum(body) {
            return Err(Failure::TornTicket);
        }
        parse(body).ok_or(Failure::TornTicket)
    }
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}

fn parse(mut bytes: &[u8]) -> Option<Ticket> {
    let key = Key::from_bytes(take(&mut bytes)?).ok()?;
    let secret = *take(&mut bytes)?;
    let [length] = *take(&mut bytes)?;
    let (relay, rest) = bytes.split_at_checked(usize::from(length))?;
    let relay = std::str::from_utf8(relay).ok()?;
    bytes = rest;
    let mut addresses = Vec::new();
    while let Some([kind]) = take(&mut bytes).copied() {
        let ip = match kind {
            4 => IpAddr::from(*take::<4>(&mut bytes)?),
            6 => IpAddr::from(*take::<16>(&mut bytes)?),
            _ => return None,
        };
        addresses.push(SocketAddr::new(ip, u16::from_be_bytes(*take(&mut bytes)?)));
        if addresses.len() > ADDRESSES {
            return None;
        }
    }
    Some(Ticket { key, secret, addresses, relay: (!relay.is_empty()).then(|| relay.to_owned()) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sync::key::DeviceKey;

    fn tickets() -> impl Strategy<Value = Ticket> {
        let addresses = proptest::collection::vec(any::<(IpAddr, u16)>().prop_map(SocketAddr::from), 0..=ADDRESSES);
        let relay = proptest::option::of("https://[a-z]{1,20}\\.example/");
        (any::<([u8; 32], [u8; 16])>(), addresses, relay).prop_map(|((key, secret), addresses, relay)| Ticket {
            key: DeviceKey::new(&key).public(),
            secret,
            addresses,
            relay,
        })
    }

    proptest! {
        #[test]
        fn a_ticket_is_read_as_it_was_written_and_as_mail_breaks_it(ticket in tickets(), width in 5..60_usize) {
            let text = ticket.to_string();
            prop_assert_eq!(text.parse(), Ok(ticket.clone()));
            let letters: Vec<_> = text.to_uppercase().chars().collect();
            let broken = letters.chunks(width).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>();
            prop_assert_eq!(broken.join("\r\n  ").parse(), Ok(ticket));
        }

        #[test]
        fn a_letter_that_is_wrong_is_told(ticket in tickets(), at in any::<prop::sample::Index>(), letter in "[a-z2-7]") {
            let text = ticket.to_string();
            let at = BEGINS.len() + at.index(text.len() - BEGINS.len());
            let mut wrong = text.clone();
            wrong.replace_range(at..=at, &letter);
            prop_assert!(wrong == text || wrong.parse::<Ticket>() == Err(Failure::TornTicket));
        }

        #[test]
        fn any_text_is_a_ticket_or_an_error(text in "\\PC{0,80}|goodword1[a-z2-7]{0,200}") {
            _ = text.parse::<Ticket>();
        }

        #[test]
        fn any_body_is_a_ticket_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            _ = parse(&bytes);
        }
    }

    #[test]
    fn a_ticket_of_a_later_version_says_so() {
        assert_eq!("goodword2abc".parse::<Ticket>(), Err(Failure::TheyAreNewer));
        assert_eq!("goodword1".parse::<Ticket>(), Err(Failure::TornTicket));
        assert_eq!("7-otter-lamp".parse::<Ticket>(), Err(Failure::NoCode));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let ticket: Ticket =
            Ticket { key: DeviceKey::new(&[1; 32]).public(), secret: [7; 16], addresses: vec![], relay: None };
        assert!(!format!("{ticket:?}").contains("7, 7"));
    }
}
