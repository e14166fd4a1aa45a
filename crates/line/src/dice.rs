//! Random numbers, so that strangers cannot guess a call's stream, port or tags.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::RangeInclusive;

/// Any 64 bits.
pub(crate) fn long() -> u64 {
    // Without a system source (no Linux in use lacks one) the standard library's own keys are random enough.
    getrandom::u64().unwrap_or_else(|_| RandomState::new().build_hasher().finish())
}

/// Any 32 bits.
pub(crate) fn number() -> u32 {
    let [a, b, c, d, ..] = long().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Any 16 bits.
pub(crate) fn short() -> u16 {
    let [a, b, ..] = long().to_le_bytes();
    u16::from_le_bytes([a, b])
}

/// A master key of SRTP with its salt.
///
/// # Errors
/// Without a system source: a key that can be guessed is none.
pub(crate) fn key() -> std::io::Result<[u8; 30]> {
    let mut octets = [0; 30];
    getrandom::fill(&mut octets).map_err(std::io::Error::other)?;
    Ok(octets)
}

/// One of these numbers; the first one when there is none.
pub(crate) fn number_in(range: &RangeInclusive<u16>) -> u16 {
    let count = u64::from(range.end().saturating_sub(*range.start())) + 1;
    let offset = u16::try_from(long() % count).unwrap_or(0);
    range.start().saturating_add(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_range_stays_in_it() {
        for range in [10_000..=10_003, 0..=u16::MAX, 7..=7] {
            for _ in 0..100 {
                assert!(range.contains(&number_in(&range)));
            }
        }
        let (first, last) = (9, 3);
        assert_eq!(number_in(&(first..=last)), 9);
    }

    #[test]
    fn two_numbers_in_a_row_differ() {
        assert_ne!(long(), long());
        assert_ne!(key().unwrap(), key().unwrap());
    }
}
