//! Names of records that sort by time.
//!
//! Source: AT Protocol specification, "TID": one bit 0, 53 bits of microseconds since 1970, 10 bits of a clock's name, in
//! thirteen letters of a base 32 that sorts.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The name of the record of one entry: always the same, so that a second try writes the same record.
///
/// - `key`: tells apart two entries of one microsecond.
pub(super) fn tid(at: Timestamp, key: &str) -> String {
    let micros = u64::try_from(at.as_microsecond()).unwrap_or_default() & ((1 << 53) - 1);
    let hash = Sha256::digest(key.as_bytes());
    let clock = u64::from(u16::from_be_bytes([hash[0], hash[1]]) & 0x3ff);
    letters((micros << 10) | clock)
}

fn letters(number: u64) -> String {
    (0..13)
        .rev()
        .map(|place| char::from(ALPHABET[((number >> (5 * place)) & 31) as usize]))
        .collect()
}

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_are_reached() {
        assert_eq!(letters(0), "2222222222222");
        // "3jzfcijpj2z2a", read back by hand: 2023-06-02T21:36:06.602Z or so, and a clock.
        let value = "3jzfcijpj2z2a".bytes().fold(0_u64, |value, letter| {
            let place = ALPHABET.iter().position(|it| *it == letter).unwrap();
            (value << 5) | u64::try_from(place).unwrap()
        });
        assert_eq!(letters(value), "3jzfcijpj2z2a");
        let at = Timestamp::from_microsecond(i64::try_from(value >> 10).unwrap()).unwrap();
        assert_eq!(at.to_string()[..4], *"2023");
    }

    #[test]
    fn names_sort_by_time_and_stay_what_they_are() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let early = tid(at("2026-11-26T02:00:00Z"), "abc-1");
        let late = tid(at("2026-11-26T02:00:00.000001Z"), "abc-2");
        assert!(early < late);
        assert_eq!(early.len(), 13);
        assert_eq!(early, tid(at("2026-11-26T02:00:00Z"), "abc-1"));
        assert_ne!(early, tid(at("2026-11-26T02:00:00Z"), "abd-1"));
    }
}
