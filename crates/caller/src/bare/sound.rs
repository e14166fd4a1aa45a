//! Ten seconds of A-law that is like a voice: never silent for long, no two packets alike.

use std::sync::LazyLock;

use media::g711::{self, Law};

/// The same for every call. Where µ-law was agreed on it is noise, and costs as much.
pub(super) static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut noise = Noise(1);
    let samples: Vec<i16> = (0..SOUND_OCTETS)
        .map(|place| {
            // Four syllables a second, each swelling and fading.
            let syllable = place % SYLLABLE;
            let swell = i32::try_from(syllable.min(SYLLABLE - syllable)).unwrap_or(0);
            i16::try_from((noise.next() * (swell + 50)) >> 10).unwrap_or(0)
        })
        .collect();
    g711::encode(Law::A, &samples)
});

/// Ten seconds.
pub(super) const SOUND_OCTETS: usize = 80_000;
const SYLLABLE: usize = 2_000;

/// A linear congruential generator; the same sound every time.
struct Noise(u32);

impl Noise {
    /// From −16,384 to 16,383.
    fn next(&mut self) -> i32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 17).cast_signed() - 16_384
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::Codec;

    #[test]
    fn no_packet_of_the_sound_is_silent_or_like_the_one_before() {
        assert_eq!(SOUND.len(), SOUND_OCTETS);
        let packets: Vec<_> = SOUND.chunks(160).collect();
        for pair in packets.windows(2) {
            assert_ne!(pair[0], pair[1]);
            assert!(pair[0].iter().any(|&octet| octet != Codec::Pcma.silence()));
        }
    }
}
