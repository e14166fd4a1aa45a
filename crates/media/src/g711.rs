//! G.711 in both laws (ITU-T G.711, tables 1 and 2): 256 decoded amplitudes, and the nearest of them for any sample.
//!
//! Amplitudes are 16-bit: A-law reaches ±32,256, µ-law ±32,124. Encoding searches the amplitudes instead of
//! following the segments, so `|decode(encode(x)) - x|` is by construction the least that the law allows.

use crate::Codec;

/// Encodes 8 kHz samples, one octet each.
#[must_use]
pub fn encode(codec: Codec, samples: &[i16]) -> Vec<u8> {
    let law = law(codec);
    samples.iter().map(|&sample| law.nearest(sample)).collect()
}

/// Decodes octets to 8 kHz samples; every octet means something in both laws.
#[must_use]
pub fn decode(codec: Codec, octets: &[u8]) -> Vec<i16> {
    let law = law(codec);
    octets
        .iter()
        .map(|&octet| law.amplitudes[usize::from(octet)])
        .collect()
}

/// One law: the amplitude of each octet, and the octets in ascending order of amplitude.
struct Law {
    amplitudes: [i16; 256],
    ascending: [u8; 256],
}

impl Law {
    const fn new(codec: Codec) -> Self {
        let mut amplitudes = [0; 256];
        let mut ascending = [0; 256];
        let mut rank: u8 = 0;
        loop {
            let octet = octet_of_rank(codec, rank);
            ascending[rank as usize] = octet;
            amplitudes[octet as usize] = amplitude(codec, octet);
            if rank == u8::MAX {
                return Self {
                    amplitudes,
                    ascending,
                };
            }
            rank += 1;
        }
    }

    /// The octet whose amplitude is nearest. Halfway between two, the one further from zero, as the decision
    /// values of the Recommendation belong to the upper interval; zero itself is positive.
    fn nearest(&self, sample: i16) -> u8 {
        let sample = i32::from(sample);
        let value = |rank: usize| i32::from(self.amplitudes[usize::from(self.ascending[rank])]);
        let (mut low, mut high) = (0, 255);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if value(middle) <= sample {
                low = middle;
            } else {
                high = middle;
            }
        }
        let (below, above) = (sample - value(low), value(high) - sample);
        let upper = above < below || (above == below && sample >= 0);
        self.ascending[if upper { high } else { low }]
    }
}

const fn law(codec: Codec) -> &'static Law {
    static A_LAW: Law = Law::new(Codec::Pcma);
    static MU_LAW: Law = Law::new(Codec::Pcmu);
    match codec {
        Codec::Pcma => &A_LAW,
        Codec::Pcmu => &MU_LAW,
    }
}

/// The octet that stands at this place when amplitudes are put in ascending order.
///
/// A-law inverts its even bits (0x55) and has the sign bit set for positive values; µ-law inverts all bits.
const fn octet_of_rank(codec: Codec, rank: u8) -> u8 {
    match codec {
        Codec::Pcma if rank < 128 => (127 - rank) ^ 0x55,
        Codec::Pcma => rank ^ 0x55,
        Codec::Pcmu if rank < 128 => rank,
        Codec::Pcmu => u8::MAX - (rank - 128),
    }
}

/// The middle of the octet's interval, on the 16-bit scale.
const fn amplitude(codec: Codec, octet: u8) -> i16 {
    let bits = match codec {
        Codec::Pcma => octet ^ 0x55,
        Codec::Pcmu => !octet,
    };
    let segment = (bits >> 4) & 0x07;
    let step = (bits & 0x0F) as i16;
    let positive_sign = match codec {
        Codec::Pcma => bits & 0x80 != 0,
        Codec::Pcmu => bits & 0x80 == 0,
    };
    let magnitude = match (codec, segment) {
        (Codec::Pcma, 0) => (step << 4) + 8,
        (Codec::Pcma, _) => ((step << 4) + 0x108) << (segment - 1),
        (Codec::Pcmu, _) => (((step << 3) + MU_LAW_BIAS) << segment) - MU_LAW_BIAS,
    };
    if positive_sign { magnitude } else { -magnitude }
}

/// µ-law adds this before it looks for the segment, so that all segments begin at a power of two.
const MU_LAW_BIAS: i16 = 0x84;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_octets_have_the_amplitudes_of_the_recommendation() {
        assert_eq!(
            decode(Codec::Pcma, &[0xD5, 0x55, 0xAA, 0x2A]),
            [8, -8, 32_256, -32_256]
        );
        assert_eq!(
            decode(Codec::Pcmu, &[0xFF, 0x7F, 0x80, 0x00]),
            [0, 0, 32_124, -32_124]
        );
        assert_eq!(decode(Codec::Pcma, &[0x80, 0xC5]), [5_504, 264]);
        assert_eq!(decode(Codec::Pcmu, &[0xFE, 0xF0, 0xEF]), [8, 120, 132]);
    }

    #[test]
    fn every_octet_but_the_negative_zero_comes_back_from_its_own_amplitude() {
        for codec in Codec::ALL {
            for octet in 0..=u8::MAX {
                let back = encode(codec, &decode(codec, &[octet]))[0];
                let negative_zero = codec == Codec::Pcmu && octet == 0x7F;
                assert_eq!(
                    back,
                    if negative_zero { 0xFF } else { octet },
                    "{codec:?} {octet:#x}"
                );
            }
        }
    }

    #[test]
    fn every_sample_gets_the_least_error_that_the_law_allows() {
        for codec in Codec::ALL {
            let amplitudes = decode(codec, &(0..=u8::MAX).collect::<Vec<_>>());
            for sample in i16::MIN..=i16::MAX {
                let decoded = decode(codec, &encode(codec, &[sample]))[0];
                let least = amplitudes.iter().map(|&a| distance(a, sample)).min();
                assert_eq!(Some(distance(decoded, sample)), least, "{codec:?} {sample}");
            }
        }
    }

    #[test]
    fn louder_samples_never_decode_to_quieter_ones() {
        for codec in Codec::ALL {
            let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
            let decoded = decode(codec, &encode(codec, &samples));
            assert!(decoded.is_sorted(), "{codec:?}");
        }
    }

    #[test]
    fn silence_is_the_octet_of_an_idle_channel() {
        for codec in Codec::ALL {
            assert_eq!(encode(codec, &[0]), [codec.silence()]);
        }
    }

    fn distance(a: i16, b: i16) -> u32 {
        i32::from(a).abs_diff(i32::from(b))
    }
}
