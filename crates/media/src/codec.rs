//! The codecs of the line as RTP names them (RFC 3551 § 4.5.2 and § 4.5.14).

use crate::g711::Law;
use crate::ptime::LONGEST_FRAME;
use crate::{Ptime, g711, g722};

/// A way to send sound in 8 octets a millisecond, with an RTP clock of 8 ticks a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 in A-law, the law of European trunks.
    Pcma,
    /// G.711 in µ-law, the law of North America and Japan.
    Pcmu,
    /// G.722 at 64 kbit/s: twice the band, where a telephone has it. Its RTP clock counts 8,000 a second although
    /// its sound has 16,000 samples: an error of RFC 1890 that everybody keeps.
    G722,
}

impl Codec {
    /// All of them: the law of European trunks first, the one that few trunks carry last.
    pub const ALL: [Self; 3] = [Self::Pcma, Self::Pcmu, Self::G722];

    /// The static RTP payload type (RFC 3551 table 4).
    #[must_use]
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
            Self::G722 => 9,
        }
    }

    /// Samples a second of its sound; not the ticks of its clock, which are 8,000 for each codec.
    #[must_use]
    pub const fn sample_rate(self) -> u32 {
        match self {
            Self::Pcma | Self::Pcmu => SAMPLE_RATE,
            Self::G722 => g722::SAMPLE_RATE,
        }
    }

    /// The octet of an idle channel: the code of the smallest positive amplitude or, in G.722, [`g722::SILENCE`].
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcma => 0xD5,
            Self::Pcmu => 0xFF,
            Self::G722 => g722::SILENCE,
        }
    }

    /// The sound of one packet of silence.
    #[must_use]
    pub fn silent_frame(self, ptime: Ptime) -> &'static [u8] {
        let longest: &[u8; LONGEST_FRAME] = match self {
            Self::Pcma => const { &[Self::Pcma.silence(); LONGEST_FRAME] },
            Self::Pcmu => const { &[Self::Pcmu.silence(); LONGEST_FRAME] },
            Self::G722 => const { &[Self::G722.silence(); LONGEST_FRAME] },
        };
        &longest[..ptime.octets()]
    }

    /// The encoding name of `a=rtpmap` and of an API parameter in lower case (RFC 3551 table 4).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
            Self::G722 => "G722",
        }
    }

    /// Finds a codec by its name, whatever the case (RFC 4855 § 3: encoding names ignore case).
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// Finds a codec by its static payload type.
    #[must_use]
    pub fn find_payload_type(payload_type: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.payload_type() == payload_type)
    }

    /// Encodes a whole recording of [`Self::sample_rate`].
    #[must_use]
    pub fn encode(self, samples: &[i16]) -> Vec<u8> {
        match self {
            Self::Pcma => g711::encode(Law::A, samples),
            Self::Pcmu => g711::encode(Law::Mu, samples),
            Self::G722 => g722::encode_recording(samples),
        }
    }

    /// The listening end of a stream that begins here.
    #[must_use]
    pub fn decoder(self) -> Decoder {
        Decoder(match self {
            Self::Pcma => Memory::Law(Law::A),
            Self::Pcmu => Memory::Law(Law::Mu),
            Self::G722 => Memory::G722(Box::default()),
        })
    }
}

/// The listening end of one stream.
#[derive(Clone, Debug)]
pub struct Decoder(Memory);

impl Decoder {
    /// Decodes the next octets to samples of [`Codec::sample_rate`]; every octet means something.
    pub fn decode(&mut self, octets: &[u8]) -> Vec<i16> {
        match &mut self.0 {
            Memory::Law(law) => g711::decode(*law, octets),
            Memory::G722(decoder) => decoder.decode(octets),
        }
    }
}

/// What a decoder must remember: G.711 nothing but its law.
#[derive(Clone, Debug)]
enum Memory {
    Law(Law),
    G722(Box<g722::Decoder>),
}

/// Samples a second of narrow sound, which are also the ticks of every codec's RTP clock.
pub const SAMPLE_RATE: u32 = 8_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sine::{power_db, sine};

    #[test]
    fn a_codec_is_found_by_name_in_any_case_and_by_payload_type() {
        assert_eq!(Codec::find("pcma"), Some(Codec::Pcma));
        assert_eq!(Codec::find("PCMU"), Some(Codec::Pcmu));
        assert_eq!(Codec::find("g722"), Some(Codec::G722));
        assert_eq!(Codec::find("opus"), None);
        assert_eq!(Codec::find_payload_type(8), Some(Codec::Pcma));
        assert_eq!(Codec::find_payload_type(0), Some(Codec::Pcmu));
        assert_eq!(Codec::find_payload_type(9), Some(Codec::G722));
        assert_eq!(Codec::find_payload_type(18), None);
    }

    #[test]
    fn every_codec_makes_eight_octets_a_millisecond_that_come_back_as_the_sound() {
        for codec in Codec::ALL {
            let rate = codec.sample_rate();
            let sound = sine(1_000.0, 3_000.0, rate, rate);
            let octets = codec.encode(&sound);
            assert_eq!(octets.len(), 8_000);
            let mut decoder = codec.decoder();
            let heard: Vec<i16> = octets
                .chunks(160)
                .flat_map(|it| decoder.decode(it))
                .collect();
            assert_eq!(heard.len(), sound.len());
            let change = power_db(&heard[2_000..]) - power_db(&sound[2_000..]);
            assert!(change.abs() < 0.1, "{codec:?}: {change:.2} dB");
        }
    }

    #[test]
    fn a_silent_frame_of_every_length_is_the_octet_of_silence() {
        for codec in Codec::ALL {
            for ptime in Ptime::ALL {
                assert_eq!(
                    codec.silent_frame(ptime),
                    vec![codec.silence(); ptime.octets()]
                );
            }
        }
    }
}
