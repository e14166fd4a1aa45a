//! Finished sound in frames ready to send: encoded once, shared by every caller.

use std::sync::Arc;
use std::time::Duration;

use crate::g711::{self, Law};
use crate::pauses::pauses;
use crate::ptime::LONGEST_FRAME;
use crate::{Codec, Ptime, widen};

/// Sound in one codec. A clone is a pointer: a thousand callers hear one encoding, whatever the length of their packets.
///
/// Behind the sound lies as much silence as the longest packet holds, so that the last packet of any length is whole
/// without a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reel {
    codec: Codec,
    /// The sound of the recording and the silence behind it.
    octets: Arc<[u8]>,
    /// Where the part begins that this reel plays, in [`Ptime::COMMON_OCTETS`]: a reel is no larger for it.
    begin: u16,
    /// Where it ends, in octets.
    end: u32,
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
        octets.truncate(LONGEST_SOUND);
        let end = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        octets.resize(octets.len() + LONGEST_FRAME, codec.silence());
        Self {
            codec,
            octets: octets.into(),
            begin: 0,
            end,
        }
    }

    /// A part of this reel, which shares its octets; its places are counted in [`Ptime::COMMON_OCTETS`], so that what
    /// follows it goes on without a seam in packets of any length. Without an end it goes on to that of the reel.
    fn part(&self, begin: u16, end: Option<u16>) -> Self {
        let end = end.map(|end| u32::from(end) * COMMON_OCTETS);
        Self {
            octets: Arc::clone(&self.octets),
            begin,
            end: end.unwrap_or(self.end),
            codec: self.codec,
        }
    }

    fn begin(&self) -> usize {
        usize::from(self.begin) * Ptime::COMMON_OCTETS
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
        let from = self.begin() + place;
        self.octets
            .get(from..from + ptime.octets())
            .unwrap_or_default()
    }

    /// The sound as it is sent, without the silence behind it.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[self.begin()..self.end as usize]
    }

    /// How long the reel plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_micros(125) * u32::try_from(self.sound()).unwrap_or(u32::MAX)
    }

    /// Octets of sound.
    pub(crate) fn sound(&self) -> usize {
        self.end as usize - self.begin()
    }
}

/// Sound that would not end within a day and a half is cut.
const LONGEST_SOUND: usize = 1 << 30;
/// As it is counted in a reel.
#[expect(clippy::cast_possible_truncation, reason = "960")]
const COMMON_OCTETS: u32 = Ptime::COMMON_OCTETS as u32;

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

    /// The recording in pieces, each of which but the last ends in a pause of the voice: between two of them it can
    /// be left without breaking a word. Played one after the other they are the recording, octet for octet, in packets
    /// of any length. They share its octets.
    #[must_use]
    pub fn sentences(&self) -> Vec<Self> {
        let ends = pauses(&g711::decode(Law::A, self.pcma.octets()));
        // After two hours nobody listens.
        let ends = ends.into_iter().map_while(|end| u16::try_from(end).ok());
        let ends: Vec<_> = ends.collect();
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let ends = ends.iter().copied().map(Some).chain([None]);
        let piece = |(begin, end): (u16, Option<u16>)| Self {
            pcma: self.pcma.part(begin, end),
            pcmu: self.pcmu.part(begin, end),
            g722: self.g722.part(begin, end),
        };
        begins.zip(ends).map(piece).collect()
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
    fn sentences_one_after_the_other_are_the_recording_in_packets_of_any_length() {
        let mut samples = Vec::new();
        for (voice, pause) in [
            (7_777, 8_001),
            (3_000, 4_000),
            (12_345, 900),
            (6_000, 5_555),
        ] {
            samples.extend(sine(1_000.0, 8_000.0, 8_000, voice));
            samples.resize(samples.len() + pause, 0);
        }
        let whole = Reels::from_samples(&samples);

        let sentences = whole.sentences();

        assert_eq!(sentences.len(), 3, "900 samples are no pause");
        for codec in Codec::ALL {
            for ptime in Ptime::ALL {
                let frames = |reel: &Reel| {
                    let places = (0..reel.frames(ptime)).map(|frame| frame * ptime.octets());
                    let frames = places.map(|place| reel.frame_at(place, ptime).to_vec());
                    frames.collect::<Vec<_>>()
                };
                let said = sentences.iter().flat_map(|one| frames(one.of(codec)));
                assert!(said.eq(frames(whole.of(codec))), "{codec:?} {ptime:?}");
            }
            let first = sentences[0].of(codec);
            let millis = u32::try_from(first.sound() / 8).unwrap();
            assert_eq!(first.duration(), Duration::from_millis(millis.into()));
            assert!(std::ptr::eq(
                first.octets().as_ptr(),
                whole.of(codec).octets().as_ptr()
            ));
        }
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
