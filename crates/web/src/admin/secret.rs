//! What nobody can guess: from the system's randomness.

use sha2::{Digest, Sha256};

/// Octets from the system's randomness.
pub(super) fn octets<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    getrandom::fill(&mut octets)
        .expect("a seeded kernel always has randomness, and this call waits for the seed");
    octets
}

/// Letters that are not mistaken for one another, five random bits each.
pub(super) fn letters<const N: usize>() -> String {
    let letter = |octet: u8| char::from(ALPHABET[usize::from(octet % 32)]);
    octets::<N>().into_iter().map(letter).collect()
}

/// The SHA-256 of a secret drawn here, under which it is kept.
pub(super) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
