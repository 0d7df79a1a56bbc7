//! Two laptops, one book: moves bytes between the author's devices, directly, and knows nothing of what is in them.
//!
//! - [`key`]: a device's key is its address and its signature.
//! - [`circle`]: which devices belong together, from signed statements; who was removed stays removed.
//! - [`pairing`]: a short code, spoken once, lets one more in.
//! - [`wire`]: what is said over a connection, and how long it may be.
//! - [`net`]: the connections themselves.
//! - [`folder`]: the same through a folder that somebody else carries (Dropbox, Syncthing, a USB stick).
//!
//! Everything but `net` and the reading and writing of `folder` is pure. The daemon alone decides what bytes mean.

pub mod circle;
pub mod folder;
pub mod key;
pub mod net;
pub mod pairing;
pub mod wire;

use crypto_box::aead::{OsRng, rand_core::RngCore};

pub use circle::{Circle, CircleError, Heard};
pub use key::{DeviceKey, Key, KeyFileError};

/// Random bytes from the system.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
