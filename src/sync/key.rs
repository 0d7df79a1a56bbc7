//! A device's key: the address others reach it by, what it signs with, and what is sealed to it.

use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// The longest `device.key` that is read, in bytes.
const MAX_FILE: u64 = 4096;
/// The first word of a key file.
const HEADER: &str = "goodword-device-key-1";
/// How long a signature is, in bytes.
pub(in crate::sync) const SIGNATURE_BYTES: usize = 64;

/// A device's public key (Ed25519), as 64 hex digits in files and answers. Whoever holds the secret half is that device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Key([u8; 32]);

/// A device's secret key. It never leaves its file, and is never shown.
#[derive(Clone)]
pub struct DeviceKey(iroh::SecretKey);

/// A signature of a device (Ed25519), as 128 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Signature([u8; SIGNATURE_BYTES]);

/// Text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a device's key")]
pub struct NotAKey;

/// Why a device's key cannot be used. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("{path} does not hold this device's key: {why}")]
    Damaged { path: PathBuf, why: &'static str },
    #[error("{path} cannot be used: {error}")]
    Io { path: PathBuf, error: io::Error },
}

impl Key {
    /// The key with these bytes.
    ///
    /// # Errors
    /// When they are not a point that a key can be.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Key, NotAKey> {
        iroh::PublicKey::from_bytes(bytes).map(|key| Key(*key.as_bytes())).map_err(|_| NotAKey)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this device signed these bytes.
    #[must_use]
    pub fn signed(&self, bytes: &[u8], signature: &Signature) -> bool {
        iroh::PublicKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify(bytes, &iroh::Signature::from_bytes(&signature.0)).is_ok())
    }

    /// Enough of it to tell two devices apart on a screen.
    #[must_use]
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }
}

impl DeviceKey {
    /// A new key, from 32 random bytes.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> DeviceKey {
        DeviceKey(iroh::SecretKey::from_bytes(random))
    }

    /// Reads a device's key, or makes the file from 32 random bytes where there is none. Readable by its owner only.
    ///
    /// # Errors
    /// When the file is there and holds no key (it is never overwritten: the other laptops know this device by it), or
    /// cannot be read or written.
    pub fn read_or_make(path: &Path, random: &[u8; 32]) -> Result<DeviceKey, KeyFileError> {
        match DeviceKey::read(path)? {
            Some(key) => Ok(key),
            None => DeviceKey::new(random).write(path),
        }
    }

    /// Reads a device's key; nothing where there is no file.
    ///
    /// # Errors
    /// When the file is there and holds no key, or cannot be read.
    pub fn read(path: &Path) -> Result<Option<DeviceKey>, KeyFileError> {
        let failed = |error| KeyFileError::Io { path: path.to_owned(), error };
        let damaged = |why| KeyFileError::Damaged { path: path.to_owned(), why };
        match fs::metadata(path) {
            Ok(meta) if !meta.is_file() => return Err(damaged("it is not a file")),
            Ok(meta) if meta.len() > MAX_FILE => return Err(damaged("it is too long")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let text = String::from_utf8(fs::read(path).map_err(failed)?).map_err(|_| damaged("it is not text"))?;
        let mut words = text.split_whitespace();
        if words.next() != Some(HEADER) {
            return Err(damaged("it does not begin as a key of goodword's"));
        }
        let bytes = words.next().and_then(bytes_of).ok_or_else(|| damaged("the key in it is torn"))?;
        Ok(Some(DeviceKey::new(&bytes)))
    }

    /// Under another name first: a crash leaves a whole key or none.
    fn write(self, path: &Path) -> Result<DeviceKey, KeyFileError> {
        let failed = |error| KeyFileError::Io { path: path.to_owned(), error };
        let new = path.with_extension("key.new");
        let write = || {
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            writeln!(file, "{HEADER} {}", hex(&self.0.to_bytes()))?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
        };
        write().map_err(failed)?;
        Ok(self)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> Key {
        Key(*self.0.public().as_bytes())
    }

    /// Signs bytes as this device. What is signed begins with a word that says what it is, so that no signature can
    /// ever be taken for one of another kind.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(bytes).to_bytes())
    }

    /// The secret itself, for the rooms of this house that derive other keys from it.
    pub(in crate::sync) fn secret(&self) -> &iroh::SecretKey {
        &self.0
    }
}

impl Signature {
    /// The 64 bytes.
    pub(in crate::sync) fn bytes(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.0
    }

    /// What may be a signature: whether it is one, [`Key::signed`] says.
    pub(in crate::sync) fn from_bytes(bytes: &[u8; SIGNATURE_BYTES]) -> Signature {
        Signature(*bytes)
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey of {}", self.public())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.short())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", hex(&self.0[..4]))
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Key, NotAKey> {
        Key::from_bytes(&bytes_of(text).ok_or(NotAKey)?)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Key, NotAKey> {
        text.parse()
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> String {
        hex(&signature.0)
    }
}

impl TryFrom<String> for Signature {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Signature, NotAKey> {
        bytes_of(&text).map(Signature).ok_or(NotAKey)
    }
}

/// Bytes as hex digits.
pub(in crate::sync) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly this many bytes from hex digits.
pub(in crate::sync) fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_ever_after_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.key");
        let made = DeviceKey::read_or_make(&path, &[7; 32]).unwrap();
        let read = DeviceKey::read_or_make(&path, &[8; 32]).unwrap();
        assert_eq!(made.public(), read.public());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_signature_holds_for_one_text_and_one_device() {
        let (mine, other) = (DeviceKey::new(&[1; 32]), DeviceKey::new(&[2; 32]));
        let signature = mine.sign(b"welcome");
        assert!(mine.public().signed(b"welcome", &signature));
        assert!(!mine.public().signed(b"removal", &signature));
        assert!(!other.public().signed(b"welcome", &signature));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let key = DeviceKey::new(&[3; 32]);
        assert!(!format!("{key:?}").contains(&hex(&[3; 32])));
    }

    #[test]
    fn a_file_that_holds_no_key_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.key");
        for garbage in [&b""[..], b"\xff\xfe", b"goodword-device-key-1", b"goodword-device-key-1 0102", &[b'a'; 5000]] {
            fs::write(&path, garbage).unwrap();
            let error = DeviceKey::read_or_make(&path, &[7; 32]).unwrap_err();
            assert!(error.to_string().contains("device.key"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), garbage);
        }
    }

    proptest! {
        #[test]
        fn a_key_is_written_as_it_is_read(random in any::<[u8; 32]>()) {
            let key = DeviceKey::new(&random).public();
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn any_text_is_a_key_or_none(text in "\\PC{0,80}|[0-9a-f]{64}") {
            _ = text.parse::<Key>();
        }
    }
}
