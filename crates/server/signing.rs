//! The key that signs CAP messages: made at the first start, kept in the data folder, read by nobody else.
//!
//! Ed25519 (RFC 8032), as PKCS #8 (RFC 8410). Who verifies needs the public half, which the page publishes.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use web::Sign;

/// The key at work: what signs, and the public half as `openssl` reads it.
pub(crate) struct SigningKey {
    pub(crate) sign: Sign,
    pub(crate) pem: String,
}

impl SigningKey {
    /// Reads the key of a data folder, and makes one where there is none.
    ///
    /// # Errors
    /// [`SigningKeyError`], which names the file.
    pub(crate) fn open(data: &Path) -> Result<Self, SigningKeyError> {
        let path = data.join(FILE);
        let octets = match read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(&path).and_then(|()| read(&path))
            }
            read => read,
        };
        let octets = octets.map_err(|source| SigningKeyError::File {
            path: path.clone(),
            source,
        })?;
        let pair =
            Ed25519KeyPair::from_pkcs8(&octets).map_err(|_| SigningKeyError::Malformed { path })?;
        let pem = pem(pair.public_key().as_ref());
        let sign = Arc::new(move |message: &[u8]| {
            let mut signature = [0; 64];
            signature.copy_from_slice(pair.sign(message).as_ref());
            signature
        });
        Ok(Self { sign, pem })
    }
}

/// Why messages cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The file is not there and cannot be made, or may not be read.
    #[error("the key that signs CAP messages cannot be read or made in {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds something else.
    #[error(
        "{} holds no Ed25519 key (PKCS #8); bring it back from a copy, or delete it and have a new one made: who verifies \
         signatures needs the new public key then",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut octets)?;
    Ok(octets)
}

fn make(path: &Path) -> io::Result<()> {
    let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|_| io::Error::other("the system has no randomness"))?;
    store::put_once(path, pair.as_ref())
}

/// SubjectPublicKeyInfo of 32 octets (RFC 8410 § 4): always the same twelve octets before them.
fn pem(public: &[u8]) -> String {
    let info = [&PREFIX[..], public].concat();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        Base64::encode_string(&info)
    )
}

/// In the data folder.
const FILE: &str = "signing.key";
/// More than any such key has.
const MOST: u64 = 1_024;
const PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_signs_the_same_after_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let first = SigningKey::open(data.path()).unwrap();
        let again = SigningKey::open(data.path()).unwrap();

        assert_eq!(first.pem, again.pem);
        assert_eq!((first.sign)(b"a"), (again.sign)(b"a"));
        let encoded = first.pem.lines().nth(1).unwrap();
        let info = Base64::decode_vec(encoded).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, &info[12..]);
        assert!(public.verify(b"a", &(first.sign)(b"a")).is_ok());
        assert!(public.verify(b"b", &(first.sign)(b"a")).is_err());
        let mode = std::fs::metadata(data.path().join(FILE)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_holds_no_key_is_named_and_left_alone() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(FILE), "nothing").unwrap();
        let error = SigningKey::open(data.path()).err().unwrap();
        assert!(error.to_string().contains(FILE), "{error}");
        assert_eq!(std::fs::read(data.path().join(FILE)).unwrap(), b"nothing");
    }
}
