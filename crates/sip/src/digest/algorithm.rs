//! The hashes of digest authentication (RFC 7616 § 3.2, RFC 8760 § 2.1), each from its own well-kept crate.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// What a challenge names as its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm {
    /// The hash.
    pub hash: Hash,
    /// Whether it names one at all: without a name it is MD5, and the answer names none either.
    pub is_named: bool,
    /// `-sess`: nonces go into the secret once for a whole session.
    pub is_session: bool,
}

/// A hash, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hash {
    /// Broken as a hash, and still what most registrars ask.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512_256,
}

impl Algorithm {
    /// Reads the value of `algorithm`; `None` names none. Answers nothing for one that is not known here.
    pub fn find(name: Option<&[u8]>) -> Option<Self> {
        let Some(name) = name else {
            return Some(Self {
                hash: Hash::Md5,
                is_named: false,
                is_session: false,
            });
        };
        let mut all = NAMES.iter();
        let (hash, is_session, _) =
            all.find(|(_, _, known)| name.eq_ignore_ascii_case(known.as_bytes()))?;
        Some(Self {
            hash: *hash,
            is_named: true,
            is_session: *is_session,
        })
    }

    /// As the answer writes it; `None` if the challenge named none.
    pub fn name(&self) -> Option<&'static str> {
        let mut all = NAMES.iter();
        all.find(|(hash, is_session, _)| *hash == self.hash && *is_session == self.is_session)
            .map(|(_, _, name)| *name)
            .filter(|_| self.is_named)
    }
}

impl Hash {
    /// The hash of these octets one after the other, in lower-case hexadecimal digits.
    pub fn hex(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 => hex_of::<Md5>(parts),
            Self::Sha256 => hex_of::<Sha256>(parts),
            Self::Sha512_256 => hex_of::<Sha512_256>(parts),
        }
    }
}

fn hex_of<D: Digest>(parts: &[&[u8]]) -> String {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    let octets = hasher.finalize();
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

const NAMES: [(Hash, bool, &str); 6] = [
    (Hash::Md5, false, "MD5"),
    (Hash::Md5, true, "MD5-sess"),
    (Hash::Sha256, false, "SHA-256"),
    (Hash::Sha256, true, "SHA-256-sess"),
    (Hash::Sha512_256, false, "SHA-512-256"),
    (Hash::Sha512_256, true, "SHA-512-256-sess"),
];
