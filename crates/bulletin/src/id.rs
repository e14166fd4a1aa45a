//! The name of one bulletin in addresses, rows and logs.

use std::fmt;

use crate::Refusal;

/// Twelve of `a`–`z`, `2`–`7`: 60 random bits, easy to read aloud and not to be guessed from another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BulletinId(String);

impl BulletinId {
    /// Makes an id from 64 random bits, of which 60 are kept.
    pub fn from_random(random: [u8; 8]) -> Self {
        let bits = u64::from_be_bytes(random);
        let letter = |place: u32| char::from(ALPHABET[((bits >> (5 * place)) & 31) as usize]);
        Self((0..LENGTH).map(letter).collect())
    }

    /// Reads an id, in small letters only.
    ///
    /// # Errors
    /// [`Refusal::BulletinId`] for any other length or character.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let good = text.len() == LENGTH as usize && text.bytes().all(|b| ALPHABET.contains(&b));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::BulletinId)
        }
    }

    /// The id as written in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BulletinId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Base 32 of RFC 4648 § 6 in small letters: no 0, 1, 8 or 9 to be taken for O, L, B or G.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const LENGTH: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_beyond_the_sixtieth_do_not_matter_and_all_others_do() {
        let zero = BulletinId::from_random([0; 8]);
        assert_eq!(zero.as_str(), "aaaaaaaaaaaa");
        assert_eq!(BulletinId::from_random([0xf0, 0, 0, 0, 0, 0, 0, 0]), zero);
        assert_ne!(BulletinId::from_random([0x08, 0, 0, 0, 0, 0, 0, 0]), zero);
        assert_ne!(BulletinId::from_random([0, 0, 0, 0, 0, 0, 0, 1]), zero);
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        for bad in [
            "",
            "aaaaaaaaaaa",
            "aaaaaaaaaaaaa",
            "Aaaaaaaaaaaa",
            "aaaaaaaaaaa1",
            "éaaaaaaaaaa",
        ] {
            assert_eq!(BulletinId::parse(bad), Err(Refusal::BulletinId), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_made_id_reads_back(random: [u8; 8]) {
            let id = BulletinId::from_random(random);
            prop_assert_eq!(BulletinId::parse(id.as_str()), Ok(id));
        }
    }
}
