//! What two devices say to each other over a connection, and how long it may be.
//!
//! A connection carries one stream each way. On it go frames: four bytes of length (big endian, the kind included), one
//! byte of kind, then the body. A [`Frame::Hello`] comes first, both ways, and nothing else is listened to before it.

use serde::{Deserialize, Serialize};

/// The protocol that this program speaks. A device that speaks a newer one is told so and left in peace.
pub const PROTOCOL: u32 = 1;
/// The longest frame that is taken, in bytes: a whole book, as the document's own limit has it, and its header.
pub const MAX_FRAME: usize = (64 << 20) + 1024;
/// The longest [`Frame::Hello`] or [`Frame::Circle`], in bytes: before it nobody is trusted with more.
pub const MAX_HELLO: usize = 64 << 10;

/// One thing said over a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Who speaks, and everything they know of who belongs to the circle: before any byte of the book.
    Hello(Hello),
    /// More that is known of the circle, such as a removal that was just made: encoded statements.
    Circle(Vec<u8>),
    /// A message about the document, which this room does not understand.
    Sync(Vec<u8>),
    /// Whether somebody may be at the speaker's keyboard; until it is said, somebody may be.
    Presence(bool),
    /// The speaker closes the connection, and says why.
    Bye(Bye),
}

/// The first thing said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u32,
    /// The program's version, for the author's eyes.
    pub version: String,
    /// Random text, new at every start: two laptops with one key are told apart by it.
    pub instance: String,
    /// The speaker raises notifications.
    #[serde(default)]
    pub notifies: bool,
    /// Encoded statements of the circle.
    #[serde(with = "base64_text")]
    pub circle: Vec<u8>,
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bye {
    /// The program ends; it will be back.
    Stopping,
    /// You were removed from the circle.
    Removed,
    /// You speak a newer protocol.
    TooNew,
    /// You speak an older protocol than is understood any more.
    TooOld,
    /// What you sent cannot be kept here now; it is asked for again later.
    Full,
    /// What you said could not be understood.
    Garbled,
    /// Another laptop runs with this very key.
    Twin,
    /// A later version knows this reason.
    #[serde(other)]
    Other,
}

/// Bytes that are no frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("a frame of {0} bytes is longer than any may be")]
    TooLong(usize),
    #[error("a frame of an unknown kind ({0})")]
    Unknown(u8),
    #[error("a frame that cannot be read")]
    Torn,
}

const HELLO: u8 = 1;
const CIRCLE: u8 = 2;
const SYNC: u8 = 3;
const BYE: u8 = 4;
const PRESENCE: u8 = 5;

impl Frame {
    /// The frame as it goes over the stream, with its length.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let json = |value: Result<Vec<u8>, serde_json::Error>| value.unwrap_or_default();
        let (kind, body) = match self {
            Frame::Hello(hello) => (HELLO, json(serde_json::to_vec(hello))),
            Frame::Circle(statements) => (CIRCLE, statements.clone()),
            Frame::Sync(message) => (SYNC, message.clone()),
            Frame::Bye(why) => (BYE, json(serde_json::to_vec(why))),
            Frame::Presence(in_use) => (PRESENCE, vec![u8::from(*in_use)]),
        };
        let length = u32::try_from(body.len() + 1).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(body.len() + 5);
        bytes.extend(length.to_be_bytes());
        bytes.push(kind);
        bytes.extend(body);
        bytes
    }

    /// How many bytes follow the four of the length; before the hello only as many as a hello may have.
    ///
    /// # Errors
    /// When it is none or more than may be: the connection cannot go on.
    pub fn length(header: [u8; 4], greeted: bool) -> Result<usize, FrameError> {
        let length = usize::try_from(u32::from_be_bytes(header)).unwrap_or(usize::MAX);
        let most = if greeted { MAX_FRAME } else { MAX_HELLO };
        if length == 0 {
            return Err(FrameError::Torn);
        }
        if length > most { Err(FrameError::TooLong(length)) } else { Ok(length) }
    }

    /// Reads what follows the length.
    ///
    /// # Errors
    /// When it is no frame.
    pub fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
        let (kind, body) = bytes.split_first().ok_or(FrameError::Torn)?;
        if body.len() > MAX_HELLO && *kind != SYNC {
            return Err(FrameError::TooLong(body.len()));
        }
        match *kind {
            HELLO => serde_json::from_slice(body).map(Frame::Hello).map_err(|_| FrameError::Torn),
            CIRCLE => Ok(Frame::Circle(body.to_vec())),
            SYNC => Ok(Frame::Sync(body.to_vec())),
            BYE => serde_json::from_slice(body).map(Frame::Bye).map_err(|_| FrameError::Torn),
            PRESENCE => body.first().map(|byte| Frame::Presence(*byte != 0)).ok_or(FrameError::Torn),
            kind => Err(FrameError::Unknown(kind)),
        }
    }
}

/// Bytes as Base64 text in JSON.
pub mod base64_text {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames() -> impl Strategy<Value = Frame> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..200);
        prop_oneof![
            (any::<u32>(), ".{0,20}", ".{0,20}", any::<bool>(), bytes()).prop_map(
                |(protocol, version, instance, notifies, circle)| {
                    Frame::Hello(Hello { protocol, version, instance, notifies, circle })
                }
            ),
            bytes().prop_map(Frame::Circle),
            bytes().prop_map(Frame::Sync),
            Just(Frame::Bye(Bye::Removed)),
            any::<bool>().prop_map(Frame::Presence),
        ]
    }

    proptest! {
        #[test]
        fn a_frame_is_read_as_it_was_written(frame in frames()) {
            let bytes = frame.encode();
            let header = bytes[..4].try_into().unwrap();
            prop_assert_eq!(Frame::length(header, false), Ok(bytes.len() - 4));
            prop_assert_eq!(Frame::decode(&bytes[4..]), Ok(frame));
        }

        #[test]
        fn any_bytes_are_a_frame_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            _ = Frame::decode(&bytes);
        }
    }

    #[test]
    fn a_stranger_is_listened_to_for_one_hello_and_no_longer() {
        let long = u32::try_from(MAX_HELLO + 1).unwrap().to_be_bytes();
        assert_eq!(Frame::length(long, false), Err(FrameError::TooLong(MAX_HELLO + 1)));
        assert_eq!(Frame::length(long, true), Ok(MAX_HELLO + 1));
        assert_eq!(Frame::length([0xff; 4], true), Err(FrameError::TooLong(u32::MAX as usize)));
    }

    #[test]
    fn a_reason_that_a_later_version_gives_is_still_a_goodbye() {
        let mut bytes = Frame::Bye(Bye::Stopping).encode()[4..5].to_vec();
        bytes.extend(b"\"asleep\"");
        assert_eq!(Frame::decode(&bytes), Ok(Frame::Bye(Bye::Other)));
    }
}
