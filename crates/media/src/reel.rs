//! Finished sound in frames ready to send: encoded once, shared by every caller.

use std::sync::Arc;
use std::time::Duration;

use crate::codec::{FRAME_DURATION, FRAME_OCTETS};
use crate::{Codec, g711};

/// Sound in one law, cut into whole 20 ms frames. A clone is a pointer: a thousand callers hear one encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reel {
    codec: Codec,
    octets: Arc<[u8]>,
}

impl Reel {
    /// Encodes 8 kHz samples; the last frame is filled up with the law's silence.
    #[must_use]
    pub fn encode(codec: Codec, samples: &[i16]) -> Self {
        Self::from_octets(codec, g711::encode(codec, samples))
    }

    /// Takes octets already in this law; the last frame is filled up with the law's silence.
    #[must_use]
    pub fn from_octets(codec: Codec, mut octets: Vec<u8>) -> Self {
        let whole = octets.len().next_multiple_of(FRAME_OCTETS);
        octets.resize(whole, codec.silence());
        Self {
            codec,
            octets: octets.into(),
        }
    }

    /// The law of every octet.
    #[must_use]
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The number of frames; a reel of no sound has none.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.octets.len() / FRAME_OCTETS
    }

    /// The payload of one packet: 160 octets, or none at all past the end.
    #[must_use]
    pub fn frame(&self, index: usize) -> &[u8] {
        let start = index.saturating_mul(FRAME_OCTETS);
        self.octets
            .get(start..start.saturating_add(FRAME_OCTETS))
            .unwrap_or_default()
    }

    /// All frames one after the other, exactly as they are sent.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// How long the reel plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        FRAME_DURATION * u32::try_from(self.frames()).unwrap_or(u32::MAX)
    }
}

/// One recording in each law, so that the caller's offer decides which is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reels {
    /// The recording in A-law.
    pub pcma: Reel,
    /// The recording in µ-law.
    pub pcmu: Reel,
}

impl Reels {
    /// Encodes 8 kHz samples in both laws.
    #[must_use]
    pub fn from_samples(samples: &[i16]) -> Self {
        Self {
            pcma: Reel::encode(Codec::Pcma, samples),
            pcmu: Reel::encode(Codec::Pcmu, samples),
        }
    }

    /// Takes one recording already encoded in both laws.
    #[must_use]
    pub fn from_octets(pcma: Vec<u8>, pcmu: Vec<u8>) -> Self {
        Self {
            pcma: Reel::from_octets(Codec::Pcma, pcma),
            pcmu: Reel::from_octets(Codec::Pcmu, pcmu),
        }
    }

    /// The reel in this law.
    #[must_use]
    pub fn of(&self, codec: Codec) -> &Reel {
        match codec {
            Codec::Pcma => &self.pcma,
            Codec::Pcmu => &self.pcmu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_is_filled_up_with_the_silence_of_its_law() {
        let reels = Reels::from_octets(vec![1; 161], vec![2; 159]);

        assert_eq!((reels.pcma.frames(), reels.pcmu.frames()), (2, 1));
        assert_eq!(reels.pcma.frame(1)[0], 1);
        assert!(reels.pcma.frame(1)[1..].iter().all(|&octet| octet == 0xD5));
        assert_eq!(reels.pcmu.frame(0)[158..], [2, 0xFF]);
    }

    #[test]
    fn a_whole_number_of_frames_is_kept_as_it_is() {
        let reel = Reel::from_octets(Codec::Pcma, vec![7; 320]);

        assert_eq!(reel.octets(), [7; 320]);
        assert_eq!(reel.duration(), Duration::from_millis(40));
    }

    #[test]
    fn past_the_end_there_is_no_frame() {
        let reel = Reel::from_octets(Codec::Pcma, vec![]);

        assert_eq!(reel.frames(), 0);
        assert!(reel.frame(0).is_empty());
        assert!(reel.frame(usize::MAX).is_empty());
    }

    #[test]
    fn a_clone_shares_the_octets() {
        let reel = Reel::encode(Codec::Pcmu, &[0; 160]);

        assert!(std::ptr::eq(reel.octets(), reel.clone().octets()));
    }

    #[test]
    fn each_law_of_a_recording_is_that_law() {
        let reels = Reels::from_samples(&[1_000; 160]);

        for codec in Codec::ALL {
            assert_eq!(reels.of(codec).codec(), codec);
        }
    }
}
