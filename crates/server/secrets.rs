//! Secrets: made from the system's randomness, shown once, kept as hashes.

use bulletin::SiteSlug;
use sha2::{Digest, Sha256};
use store::{By, NewToken, Scope, Store};

/// Octets from the system's randomness.
///
/// # Errors
/// [`SecretError::NoRandomness`] if the system has none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(SecretError::NoRandomness)?;
    Ok(octets)
}

/// A password of 100 bits, in letters that are not mistaken for one another.
///
/// # Errors
/// As [`random`].
pub(crate) fn password() -> Result<String, SecretError> {
    letters::<20>()
}

/// What an authenticator makes its codes of.
pub(crate) fn totp_secret() -> String {
    web::base32(web::Totp::draw().octets())
}

/// Six digits for a telephone's keypad.
///
/// # Errors
/// As [`random`].
pub(crate) fn pin() -> Result<String, SecretError> {
    let number = u32::from_be_bytes(random()?) % 1_000_000;
    Ok(format!("{number:06}"))
}

/// Octets for the name of a bulletin.
pub(crate) fn random_name() -> [u8; 8] {
    random().expect("a seeded kernel always has randomness, and this call waits for the seed")
}

/// A name for one request, so that a repeat of it is known.
///
/// # Errors
/// As [`random`].
pub(crate) fn request_key() -> Result<String, SecretError> {
    letters::<20>()
}

/// The Argon2id hash of a password, in PHC form.
///
/// # Errors
/// [`SecretError::Hash`] with the library's word.
pub(crate) fn hash_password(password: &str) -> Result<String, SecretError> {
    web::hash_password(password).map_err(SecretError::Hash)
}

/// Whether a password or PIN is the one of this hash; never where the hash cannot be read.
pub(crate) fn verify_password(password: &str, hash: &str) -> bool {
    web::verify_password(password, hash)
}

/// Four digits by which a site is known on the telephone; not secret.
///
/// # Errors
/// As [`random`].
pub(crate) fn site_code() -> Result<String, SecretError> {
    let number = u32::from_be_bytes(random()?) % 9_000 + 1_000;
    Ok(number.to_string())
}

/// A token of 160 bits that tells what it is.
///
/// # Errors
/// As [`random`].
pub(crate) fn token() -> Result<String, SecretError> {
    Ok(format!("allo_{}", letters::<32>()?))
}

/// The beginning of the SHA-256 of a text, in hexadecimal digits: a name that does not tell what it names.
pub(crate) fn short_hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash[..6]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// What makes a link one that nobody guesses, of 160 bits.
///
/// # Errors
/// As [`random`].
pub(crate) fn link() -> Result<String, SecretError> {
    letters::<32>()
}

/// The SHA-256 under which a token, or the secret of a link, is kept and found.
pub(crate) fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Lets a site act with this token, as far as the scope goes.
///
/// # Errors
/// Of the randomness or the store.
pub(crate) async fn keep_token(
    store: &Store,
    site: &SiteSlug,
    label: &str,
    scope: Scope,
    token: &str,
    by: By<'_>,
) -> Result<(), SecretError> {
    let new = NewToken {
        id: letters::<8>()?,
        site: site.clone(),
        hash: hash_token(token),
        label: label.into(),
        scope,
    };
    Ok(store.insert_token(&new, by).await?)
}

/// Why a secret could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The system gives no random octets.
    #[error("the system gives no randomness: {0}")]
    NoRandomness(getrandom::Error),
    /// The hash function refused.
    #[error("cannot hash a password: {0}")]
    Hash(String),
    /// The row could not be written.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Five random bits a letter.
fn letters<const N: usize>() -> Result<String, SecretError> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let octets: [u8; N] = random()?;
    Ok(octets
        .iter()
        .map(|octet| char::from(ALPHABET[usize::from(octet % 32)]))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_are_never_alike() {
        assert_ne!(password().unwrap(), password().unwrap());
        assert_eq!(password().unwrap().len(), 20);
        assert_eq!(pin().unwrap().len(), 6);
    }
}
