//! What a file in the folder looks like: locked with a key of the folder, and signed inside by whoever wrote it.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the version of this format |
//! | 8 | which key of the folder |
//! | 24 | a random nonce |
//! | rest | XChaCha20-Poly1305 of: a signature (64), a length (4), so many bytes, and zeros |
//!
//! The cipher is bound to the file's writer, kind and number, and so is the signature: a file cannot be passed off as
//! another one, and who has the folder's key alone cannot write as somebody else. The zeros hide the true length
//! within an eighth.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};

use super::{
    bytes::{Reader, put_part},
    keys::{FolderKey, FolderKeys},
    names::Name,
};
use crate::sync::{
    DeviceKey, Key,
    key::{SIGNATURE_BYTES, Signature},
    random,
};

const VERSION: u8 = 1;
/// The most that one file carries, in bytes: a whole book, as the document's own limit has it.
pub const MAX_PAYLOAD: usize = 64 << 20;
/// The longest file that is read, in bytes.
pub const MAX_FILE: u64 = (MAX_PAYLOAD as u64) / 8 * 9 + 4096;
/// The first words of what is locked and signed.
const DOMAIN: &[u8] = b"goodword folder file 1\n";

/// Why a whole file cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    #[error("it is locked with a key that this laptop was not given yet")]
    NoKey,
    #[error("it is damaged, or was not written by the laptop whose folder it is in")]
    Forged,
    #[error("it was written by a newer version of goodword")]
    Newer,
}

/// Locks and signs what goes into one file. Its number and kind are bound to it, its hash is not yet known.
pub fn seal(key: &FolderKey, writer: &DeviceKey, name: &Name, payload: &[u8]) -> Vec<u8> {
    let bound = bound(&writer.public(), key, name);
    let mut plain = writer.sign(&signed(&bound, payload)).bytes().to_vec();
    put_part(&mut plain, payload);
    plain.resize(padded(plain.len()), 0);
    let nonce: [u8; 24] = random();
    let cipher = XChaCha20Poly1305::new(key.secret().into());
    // It fails for more bytes than any book has alone; an empty file is then found to be damaged, never taken.
    let locked = cipher.encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &bound }).unwrap_or_default();
    [&[VERSION][..], &key.id, &nonce, &locked].concat()
}

/// Opens what [`seal`] made, if this writer made it under this name.
///
/// # Errors
/// When it cannot be opened, or somebody else wrote it.
pub fn open(keys: &FolderKeys, writer: &Key, name: &Name, bytes: &[u8]) -> Result<Vec<u8>, Unopened> {
    let mut reader = Reader(bytes);
    if reader.take::<1>().ok_or(Unopened::Forged)? != [VERSION] {
        return Err(Unopened::Newer);
    }
    let key = keys.get(&reader.take().ok_or(Unopened::Forged)?).ok_or(Unopened::NoKey)?;
    let nonce: [u8; 24] = reader.take().ok_or(Unopened::Forged)?;
    let bound = bound(writer, key, name);
    let cipher = XChaCha20Poly1305::new(key.secret().into());
    let plain =
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: reader.0, aad: &bound }).map_err(|_| Unopened::Forged)?;
    let mut reader = Reader(&plain);
    let signature = reader.take::<SIGNATURE_BYTES>().ok_or(Unopened::Forged)?;
    let payload = reader.part().ok_or(Unopened::Forged)?;
    if !writer.signed(&signed(&bound, payload), &Signature::from_bytes(&signature)) {
        return Err(Unopened::Forged);
    }
    Ok(payload.to_vec())
}

/// Which key a file is locked with, from its beginning.
pub fn key_id(bytes: &[u8]) -> Option<super::keys::KeyId> {
    let mut reader = Reader(bytes);
    reader.take::<1>().filter(|version| *version == [VERSION])?;
    reader.take()
}

fn bound(writer: &Key, key: &FolderKey, name: &Name) -> Vec<u8> {
    let number = [name.series.to_be_bytes().as_slice(), &name.seq.to_be_bytes()].concat();
    [DOMAIN, writer.bytes(), &key.id, name.kind.word().as_bytes(), &number].concat()
}

fn signed(bound: &[u8], payload: &[u8]) -> Vec<u8> {
    [bound, Sha256::digest(payload).as_slice()].concat()
}

/// The next length of those that a file may have: whole kilobytes, or eighths of a power of two.
fn padded(len: usize) -> usize {
    let step = (len.next_power_of_two() / 16).max(1024);
    len.div_ceil(step) * step
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::sync::folder::names::Kind;

    fn a_key(maker: &DeviceKey) -> FolderKeys {
        let mut keys = FolderKeys::default();
        keys.make(maker.public(), &BTreeSet::new());
        keys
    }

    fn name(seq: u32) -> Name {
        Name::new(Kind::Chunk, 7, seq)
    }

    #[test]
    fn a_file_is_opened_under_its_own_name_and_writer_alone() {
        let (writer, other) = (DeviceKey::new(&[1; 32]), DeviceKey::new(&[2; 32]));
        let keys = a_key(&writer);
        let key = keys.fit(&BTreeSet::new()).unwrap();
        let sealed = seal(key, &writer, &name(3), b"changes");
        assert_eq!(open(&keys, &writer.public(), &name(3), &sealed).as_deref(), Ok(&b"changes"[..]));
        assert_eq!(open(&keys, &writer.public(), &name(4), &sealed), Err(Unopened::Forged));
        assert_eq!(open(&keys, &other.public(), &name(3), &sealed), Err(Unopened::Forged));
        assert_eq!(open(&a_key(&writer), &writer.public(), &name(3), &sealed), Err(Unopened::NoKey));
    }

    #[test]
    fn who_has_the_folders_key_cannot_write_as_another() {
        let (writer, forger) = (DeviceKey::new(&[1; 32]), DeviceKey::new(&[2; 32]));
        let keys = a_key(&writer);
        let key = keys.fit(&BTreeSet::new()).unwrap();
        // All that the forger can do: lock with the right binding, and sign with the wrong key.
        let bound = bound(&writer.public(), key, &name(0));
        let mut plain = forger.sign(&signed(&bound, b"lies")).bytes().to_vec();
        put_part(&mut plain, b"lies");
        let cipher = XChaCha20Poly1305::new(key.secret().into());
        let locked = cipher.encrypt(&XNonce::from([0; 24]), Payload { msg: &plain, aad: &bound }).unwrap();
        let file = [&[VERSION][..], &key.id, &[0; 24], &locked].concat();
        assert_eq!(open(&keys, &writer.public(), &name(0), &file), Err(Unopened::Forged));
    }

    #[test]
    fn lengths_say_little() {
        let writer = DeviceKey::new(&[1; 32]);
        let keys = a_key(&writer);
        let key = keys.fit(&BTreeSet::new()).unwrap();
        let len = |payload: usize| seal(key, &writer, &name(0), &vec![0; payload]).len();
        assert_eq!(len(10), len(900));
        assert!(len(100_000) < 100_000 * 9 / 8 + 1100);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_file_or_an_error(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<usize>(), flip in 1..=255_u8
        ) {
            let writer = DeviceKey::new(&[1; 32]);
            let keys = a_key(&writer);
            prop_assert!(open(&keys, &writer.public(), &name(0), &bytes).is_err());
            let key = keys.fit(&BTreeSet::new()).unwrap();
            let mut altered = seal(key, &writer, &name(0), &bytes);
            let at = at % altered.len();
            altered[at] ^= flip;
            prop_assert!(open(&keys, &writer.public(), &name(0), &altered).is_err());
            altered[at] ^= flip;
            prop_assert_eq!(open(&keys, &writer.public(), &name(0), &altered), Ok(bytes));
            altered.truncate(at);
            prop_assert!(open(&keys, &writer.public(), &name(0), &altered).is_err());
        }
    }
}
