//! Finished sound in frames ready to send: encoded once, shared by every caller.

use std::sync::Arc;
use std::time::Duration;

use crate::g711::{self, Law};
use crate::ptime::LONGEST_FRAME;
use crate::{Codec, Ptime, widen};

/// Sound in one codec. A clone is a pointer: a thousand callers hear one encoding, whatever the length of their packets.
///
/// Behind the sound lies as much silence as the longest packet holds, so that the last packet of any length is whole
/// without a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reel {
    codec: Codec,
    /// The sound and the silence behind it.
    octets: Arc<[u8]>,
}

impl Reel {
    /// Encodes samples of [`Codec::sample_rate`].
    #[must_use]
    pub fn encode(codec: Codec, samples: &[i16]) -> Self {
        Self::from_octets(codec, codec.encode(samples))
    }

    /// Takes octets already in this codec.
    #[must_use]
    pub fn from_octets(codec: Codec, mut octets: Vec<u8>) -> Self {
        octets.resize(octets.len() + LONGEST_FRAME, codec.silence());
        Self {
            codec,
            octets: octets.into(),
        }
    }

    /// The codec of every octet.
    #[must_use]
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// How many packets of this length carry it; a reel of no sound needs none.
    #[must_use]
    pub fn frames(&self, ptime: Ptime) -> usize {
        self.sound().div_ceil(ptime.octets())
    }

    /// The sound of one packet that begins at octet `place`, the last one filled up with silence. Empty from the end
    /// of the sound on.
    #[must_use]
    pub fn frame_at(&self, place: usize, ptime: Ptime) -> &[u8] {
        if place >= self.sound() {
            return &[];
        }
        self.octets
            .get(place..place + ptime.octets())
            .unwrap_or_default()
    }

    /// The sound as it is sent, without the silence behind it.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..self.sound()]
    }

    /// How long the reel plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_micros(125) * u32::try_from(self.sound()).unwrap_or(u32::MAX)
    }

    /// Octets of sound.
    pub(crate) fn sound(&self) -> usize {
        self.octets.len() - LONGEST_FRAME
    }
}

/// One recording in each codec, so that the caller's offer decides which is sent.
///
/// The same octet of each is the same instant of the recording: a call that changes its codec goes on at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reels {
    /// The recording in A-law.
    pub pcma: Reel,
    /// The recording in µ-law.
    pub pcmu: Reel,
    /// The recording in G.722, wide band where there is one.
    pub g722: Reel,
}

impl Reels {
    /// Encodes a recording of 8 kHz; in G.722 it is heard in the same narrow band.
    #[must_use]
    pub fn from_samples(narrow: &[i16]) -> Self {
        Self::from_wide(narrow, &widen(narrow))
    }

    /// Encodes a recording made for both bands: 8 kHz samples, and twice as many of 16 kHz.
    #[must_use]
    pub fn from_wide(narrow: &[i16], wide: &[i16]) -> Self {
        Self {
            pcma: Reel::encode(Codec::Pcma, narrow),
            pcmu: Reel::encode(Codec::Pcmu, narrow),
            g722: Reel::encode(Codec::G722, wide),
        }
    }

    /// Takes one recording already encoded in each codec.
    #[must_use]
    pub fn from_octets(pcma: Vec<u8>, pcmu: Vec<u8>, g722: Vec<u8>) -> Self {
        Self {
            pcma: Reel::from_octets(Codec::Pcma, pcma),
            pcmu: Reel::from_octets(Codec::Pcmu, pcmu),
            g722: Reel::from_octets(Codec::G722, g722),
        }
    }

    /// Takes one recording encoded in both laws of G.711 only; in G.722 it is heard in the same narrow band.
    #[must_use]
    pub fn from_narrow_octets(pcma: Vec<u8>, pcmu: Vec<u8>) -> Self {
        // µ-law is the finer one for soft sounds.
        let g722 = Codec::G722.encode(&widen(&g711::decode(Law::Mu, &pcmu)));
        Self::from_octets(pcma, pcmu, g722)
    }

    /// The reel in this codec.
    #[must_use]
    pub fn of(&self, codec: Codec) -> &Reel {
        match codec {
            Codec::Pcma => &self.pcma,
            Codec::Pcmu => &self.pcmu,
            Codec::G722 => &self.g722,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sine::{power_db, sine};

    #[test]
    fn the_last_packet_of_every_length_is_filled_up_with_the_silence_of_its_codec() {
        let reel = Reel::from_octets(Codec::Pcma, vec![1; 161]);
        for (ptime, frames) in Ptime::ALL.into_iter().zip([3, 2, 1, 1, 1]) {
            assert_eq!(reel.frames(ptime), frames);
            let last = (frames - 1) * ptime.octets();
            let frame = reel.frame_at(last, ptime);
            let (sound, silence) = frame.split_at(161 - last);
            assert_eq!(frame.len(), ptime.octets());
            assert!(sound.iter().all(|&octet| octet == 1));
            assert!(silence.iter().all(|&octet| octet == 0xD5));
        }
        let other = Reel::from_octets(Codec::Pcmu, vec![2; 159]);
        assert_eq!(other.frame_at(0, Ptime::Ms20)[158..], [2, 0xFF]);
    }

    #[test]
    fn the_sound_is_kept_as_it_is() {
        let reel = Reel::from_octets(Codec::Pcma, vec![7; 324]);

        assert_eq!(reel.octets(), [7; 324]);
        assert_eq!(reel.duration(), Duration::from_micros(40_500));
    }

    #[test]
    fn past_the_end_there_is_no_frame() {
        let reel = Reel::from_octets(Codec::Pcma, vec![]);

        assert_eq!(reel.frames(Ptime::Ms10), 0);
        assert!(reel.frame_at(0, Ptime::Ms10).is_empty());
        assert!(reel.frame_at(usize::MAX, Ptime::Ms60).is_empty());
    }

    #[test]
    fn a_clone_shares_the_octets() {
        let reel = Reel::encode(Codec::Pcmu, &[0; 160]);

        assert!(std::ptr::eq(reel.octets(), reel.clone().octets()));
    }

    #[test]
    fn each_reel_of_a_recording_is_in_its_codec_and_equally_long() {
        let reels = Reels::from_samples(&[1_000; 163]);

        for codec in Codec::ALL {
            assert_eq!(reels.of(codec).codec(), codec);
            assert_eq!(reels.of(codec).octets().len(), 163);
        }
    }

    #[test]
    fn a_recording_of_g711_only_is_heard_in_g722_as_in_g711() {
        let mut narrow = vec![0; 800];
        narrow.extend(sine(1_000.0, 8_000.0, 8_000, 8_000));
        let reels =
            Reels::from_narrow_octets(Codec::Pcma.encode(&narrow), Codec::Pcmu.encode(&narrow));

        let heard = Codec::G722.decoder().decode(reels.g722.octets());
        assert_eq!(heard.len(), 17_600);
        let change = power_db(&heard) - power_db(&narrow);
        assert!(change.abs() < 0.1, "{change:.2} dB");
        assert_eq!(reels.pcma.octets(), Codec::Pcma.encode(&narrow));
    }
}
