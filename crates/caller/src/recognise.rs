//! Finds a known sound in what a call was, packet by packet.
//!
//! A line sends a recording as it was encoded, in packets of which the last is filled up with silence: where nothing is lost
//! it is found again octet for octet, and not by likeness.

/// Where a sound stands in what was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// From its first octet to its last.
    Whole {
        /// The packet after it, in packets from the first of the call.
        end: usize,
    },
    /// It begins, and does not go on to its end.
    Broken {
        /// Packets up to there.
        packets: usize,
    },
    /// It does not even begin.
    Nowhere,
}

/// Looks for a sound in the octets of a call, from a packet on.
///
/// - `heard`: payloads one after the other, each of `packet_octets`.
/// - `from`: in packets from the first of the call.
///
/// A sound counts as begun after half a second of it: silence and a first word are alike in many.
#[must_use]
pub fn find_sound(heard: &[u8], sound: &[u8], packet_octets: usize, from: usize) -> Found {
    if sound.is_empty() || packet_octets == 0 {
        return Found::Nowhere;
    }
    let enough = (ENOUGH_OCTETS.min(sound.len())).div_ceil(packet_octets);
    let mut longest = 0;
    for (place, _) in heard.chunks(packet_octets).enumerate().skip(from) {
        let pairs = heard[place * packet_octets..]
            .chunks(packet_octets)
            .zip(sound.chunks(packet_octets));
        let alike = pairs
            .take_while(|(one, other)| one.starts_with(other))
            .count();
        if alike == sound.len().div_ceil(packet_octets) {
            return Found::Whole { end: place + alike };
        }
        longest = longest.max(alike);
    }
    match longest {
        packets if packets >= enough => Found::Broken { packets },
        _ => Found::Nowhere,
    }
}

/// Half a second.
const ENOUGH_OCTETS: usize = 4_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_found_whole_broken_off_or_not_at_all() {
        let (one, other) = (noise(1, 9_000), noise(2, 8_010));
        let packets = |sound: &[u8]| {
            let mut sound = sound.to_vec();
            sound.resize(sound.len().next_multiple_of(160), 0xD5);
            sound
        };
        let heard = [&packets(&[0xD5; 480])[..], &packets(&one), &packets(&other)].concat();

        assert_eq!(find_sound(&heard, &one, 160, 0), Found::Whole { end: 60 });
        assert_eq!(
            find_sound(&heard, &other, 160, 60),
            Found::Whole { end: 111 }
        );
        assert_eq!(find_sound(&heard, &one, 160, 4), Found::Nowhere);
        let cut = &heard[..59 * 160];
        assert_eq!(find_sound(cut, &one, 160, 0), Found::Broken { packets: 56 });
        assert_eq!(find_sound(&heard, &noise(3, 9_000), 160, 0), Found::Nowhere);
        let mut changed = heard.clone();
        changed[160 * 50 + 7] ^= 1;
        assert_eq!(
            find_sound(&changed, &one, 160, 0),
            Found::Broken { packets: 47 }
        );
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert_eq!(find_sound(&[], &[1], 160, 0), Found::Nowhere);
        assert_eq!(find_sound(&[1], &[], 160, 0), Found::Nowhere);
        assert_eq!(find_sound(&[1], &[1], 0, 0), Found::Nowhere);
        assert_eq!(find_sound(&[1; 160], &[1; 161], 160, 9), Found::Nowhere);
    }

    fn noise(seed: u32, length: usize) -> Vec<u8> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        std::iter::repeat_with(next).take(length).collect()
    }
}
