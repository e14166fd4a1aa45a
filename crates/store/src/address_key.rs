//! The key under which the addresses of subscribers are kept: whoever has the database alone reads none.
//!
//! Addresses are sealed with ChaCha20-Poly1305 (RFC 8439) under a nonce drawn for each, bound to the row they stand in.
//! They are found again by a mark, an HMAC-SHA256 (RFC 2104) that says nothing without the key. The links in mails are
//! made of it likewise, so that the database holds nothing by which somebody could be unsubscribed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use bulletin::{EmailAddress, TerritorySlug};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::{Error, Result, put_once};

/// The key of one data folder.
pub struct AddressKey {
    seal: LessSafeKey,
    mark: hmac::Key,
    link: hmac::Key,
    random: SystemRandom,
}

impl AddressKey {
    /// Reads the key from its file; makes it, for the eyes of its owner alone, where there is none.
    ///
    /// # Errors
    /// [`Error::File`], also for a file that holds no key: then the addresses of before cannot be read without a copy
    /// of it.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |source| Error::File {
            path: path.to_owned(),
            source,
        };
        let octets = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let octets = draw::<KEY_OCTETS>(&SystemRandom::new()).map_err(failed)?;
                put_once(path, &octets).map_err(failed)?;
                fs::read(path)
            }
            read => read,
        };
        let octets = octets.map_err(failed)?.try_into();
        let octets = octets.map_err(|_| failed(ErrorKind::InvalidData.into()))?;
        Ok(Self::new(&octets))
    }

    fn new(octets: &[u8; KEY_OCTETS]) -> Self {
        let master = hmac::Key::new(hmac::HMAC_SHA256, octets);
        let derived = |purpose: &str| hmac::sign(&master, purpose.as_bytes());
        let seal = UnboundKey::new(&CHACHA20_POLY1305, derived("seal").as_ref());
        let hmac_key = |purpose| hmac::Key::new(hmac::HMAC_SHA256, derived(purpose).as_ref());
        Self {
            seal: LessSafeKey::new(seal.expect("SHA-256 gives the 32 octets this cipher asks for")),
            mark: hmac_key("mark"),
            link: hmac_key("link"),
            random: SystemRandom::new(),
        }
    }

    /// Draws the name of a new subscriber: 60 bits.
    ///
    /// # Errors
    /// [`Error::File`] when the system has no randomness.
    pub fn draw_id(&self) -> Result<String> {
        Ok(letters(&self.draw::<ID_LETTERS>()?))
    }

    /// Seals an address for the row of a subscriber.
    ///
    /// # Errors
    /// As [`AddressKey::draw_id`].
    pub fn seal(&self, id: &str, address: &EmailAddress) -> Result<Vec<u8>> {
        let nonce = self.draw::<NONCE_LEN>()?;
        let mut sealed = address.as_str().as_bytes().to_vec();
        let once = Nonce::assume_unique_for_key(nonce);
        self.seal
            .seal_in_place_append_tag(once, Aad::from(id), &mut sealed)
            .expect("an address is shorter than 256 GB");
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`AddressKey::seal`] sealed for the same subscriber under the same key.
    #[must_use]
    pub fn unseal(&self, id: &str, sealed: &[u8]) -> Option<EmailAddress> {
        let (nonce, octets) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut octets = octets.to_vec();
        let once = Nonce::assume_unique_for_key(*nonce);
        let opened = self.seal.open_in_place(once, Aad::from(id), &mut octets);
        let text = std::str::from_utf8(opened.ok()?).ok()?;
        EmailAddress::parse(text).ok()
    }

    /// What an address is found by in one territory, whichever letters are capital.
    #[must_use]
    pub fn mark(&self, territory: &TerritorySlug, address: &EmailAddress) -> [u8; 32] {
        let text = format!("{territory} {}", address.as_str().to_ascii_lowercase());
        let tag = hmac::sign(&self.mark, text.as_bytes());
        let mut mark = [0; 32];
        mark.copy_from_slice(tag.as_ref());
        mark
    }

    /// What stands in the links of a subscriber's mails: their name, and a proof that it was read there.
    #[must_use]
    pub fn token(&self, id: &str) -> String {
        let proof = hmac::sign(&self.link, id.as_bytes());
        format!("{id}{}", letters(&proof.as_ref()[..PROOF_LETTERS]))
    }

    /// The subscriber of a token; `None` for one that this key has not made.
    #[must_use]
    pub fn read_token(&self, token: &str) -> Option<String> {
        let id = token.get(..ID_LETTERS)?;
        // Both are texts of public length; what is compared octet by octet are their hashes.
        let hashed = |text: &str| hmac::sign(&self.link, text.as_bytes());
        let is_right = hmac::verify(
            &self.link,
            self.token(id).as_bytes(),
            hashed(token).as_ref(),
        );
        is_right.is_ok().then(|| id.to_owned())
    }

    fn draw<const N: usize>(&self) -> Result<[u8; N]> {
        draw(&self.random).map_err(|source| Error::File {
            path: "/dev/urandom".into(),
            source,
        })
    }
}

impl std::fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddressKey(…)")
    }
}

fn draw<const N: usize>(random: &SystemRandom) -> std::io::Result<[u8; N]> {
    let mut octets = [0; N];
    let drawn = random.fill(&mut octets);
    drawn.map_err(|_| std::io::Error::other("the system gives no randomness"))?;
    Ok(octets)
}

/// Five bits of each octet, as letters that are not mistaken for one another.
fn letters(octets: &[u8]) -> String {
    let letter = |octet: &u8| char::from(ALPHABET[usize::from(octet % 32)]);
    octets.iter().map(letter).collect()
}

const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const KEY_OCTETS: usize = 32;
const ID_LETTERS: usize = 12;
/// 120 bits.
const PROOF_LETTERS: usize = 24;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_key_is_made_once_for_the_eyes_of_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("addresses.key");
        let first = AddressKey::open(&path).unwrap();
        let sealed = first.seal("anne", &anne()).unwrap();

        let again = AddressKey::open(&path).unwrap();

        assert_eq!(again.unseal("anne", &sealed), Some(anne()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&path, "no key").unwrap();
        assert!(AddressKey::open(&path).is_err());
    }

    #[test]
    fn what_is_sealed_shows_nothing_and_opens_in_its_own_row_only() {
        let key = AddressKey::new(&[7; 32]);
        let (once, twice) = (
            key.seal("a", &anne()).unwrap(),
            key.seal("a", &anne()).unwrap(),
        );
        assert_ne!(once, twice, "nobody sees that two rows hold one address");
        assert!(!once.windows(4).any(|it| it == b"anne" || it == b"exam"));
        assert_eq!(key.unseal("b", &once), None);
        assert_eq!(AddressKey::new(&[8; 32]).unseal("a", &once), None);
        let mut touched = once.clone();
        touched[20] ^= 1;
        assert_eq!(key.unseal("a", &touched), None);
    }

    #[test]
    fn an_address_has_one_mark_in_each_territory_however_it_is_written() {
        let key = AddressKey::new(&[7; 32]);
        let territory = |slug| TerritorySlug::parse(slug).unwrap();
        let shouted = EmailAddress::parse("ANNE@example.org").unwrap();
        let mark = key.mark(&territory("rouen"), &anne());
        assert_eq!(mark, key.mark(&territory("rouen"), &shouted));
        assert_ne!(mark, key.mark(&territory("berre"), &anne()));
        assert_ne!(
            mark,
            AddressKey::new(&[8; 32]).mark(&territory("rouen"), &anne())
        );
    }

    proptest! {
        #[test]
        fn no_other_text_is_the_token_of_a_subscriber(text in "\\PC{0,50}", place in 0..36_usize) {
            let key = AddressKey::new(&[7; 32]);
            let id = key.draw_id().unwrap();
            let token = key.token(&id);
            prop_assert_eq!(key.read_token(&token), Some(id));
            prop_assert_eq!(key.read_token(&text), None);
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'a' { b'b' } else { b'a' };
            prop_assert_eq!(key.read_token(std::str::from_utf8(&changed).unwrap()), None);
            prop_assert_eq!(AddressKey::new(&[8; 32]).read_token(&token), None);
            prop_assert_eq!(key.read_token(&format!("{token}a")), None);
        }
    }

    fn anne() -> EmailAddress {
        EmailAddress::parse("anne@example.org").unwrap()
    }
}
