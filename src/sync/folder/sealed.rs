//! What is sealed for one device: who carries it, and who else finds it, reads nothing.

use crypto_box::{PublicKey, SecretKey, aead::OsRng};

use crate::sync::{DeviceKey, Key};

/// Seals bytes so that only the device with this key can read them.
///
/// Its X25519 key is worked out from the key itself, the way Ed25519 allows
/// (<https://eprint.iacr.org/2021/509> shows that one key may serve both). A sealing key that was published in the book
/// could be replaced there by whoever is about to be removed.
pub fn seal_for(device: &Key, bytes: &[u8]) -> Option<Vec<u8>> {
    let key = iroh::PublicKey::from_bytes(device.bytes()).ok()?;
    let sealing = PublicKey::from_bytes(key.as_verifying_key().to_montgomery().to_bytes());
    sealing.seal(&mut OsRng, bytes).ok()
}

/// What was sealed for this device.
pub fn unseal(me: &DeviceKey, sealed: &[u8]) -> Option<Vec<u8>> {
    SecretKey::from_bytes(me.secret().as_signing_key().to_scalar_bytes()).unseal(sealed).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn device(number: u8) -> DeviceKey {
        DeviceKey::new(&[number; 32])
    }

    #[test]
    fn what_is_sealed_for_one_device_is_read_by_it_alone() {
        let sealed = seal_for(&device(1).public(), b"a secret").unwrap();
        assert_eq!(unseal(&device(1), &sealed).as_deref(), Some(&b"a secret"[..]));
        assert_eq!(unseal(&device(2), &sealed), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_sealed_for_us_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            _ = unseal(&device(1), &bytes);
        }
    }
}
