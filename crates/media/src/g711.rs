//! G.711 in both laws (ITU-T G.711, tables 1 and 2): 256 decoded amplitudes, and the nearest of them for any sample.
//!
//! Amplitudes are 16-bit: A-law reaches ±32,256, µ-law ±32,124. Encoding searches the amplitudes instead of
//! following the segments, so `|decode(encode(x)) - x|` is by construction the least that the law allows.

use std::sync::OnceLock;

/// One of the two companding laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A-law.
    A,
    /// µ-law.
    Mu,
}

/// Encodes 8 kHz samples, one octet each.
#[must_use]
pub fn encode(law: Law, samples: &[i16]) -> Vec<u8> {
    let octets = octets(law);
    samples
        .iter()
        .map(|sample| octets[usize::from(sample.cast_unsigned())])
        .collect()
}

/// Decodes octets to 8 kHz samples; every octet means something in both laws.
#[must_use]
pub fn decode(law: Law, octets: &[u8]) -> Vec<i16> {
    let table = table(law);
    octets
        .iter()
        .map(|&octet| table.amplitudes[usize::from(octet)])
        .collect()
}

/// One law: the amplitude of each octet, and the octets in ascending order of amplitude.
struct Table {
    amplitudes: [i16; 256],
    ascending: [u8; 256],
}

impl Table {
    const fn new(law: Law) -> Self {
        let mut amplitudes = [0; 256];
        let mut ascending = [0; 256];
        let mut rank: u8 = 0;
        loop {
            let octet = octet_of_rank(law, rank);
            ascending[rank as usize] = octet;
            amplitudes[octet as usize] = amplitude(law, octet);
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

/// The octet of every sample, by its bits: found once, since a search for each sample takes ten times as long.
fn octets(law: Law) -> &'static [u8] {
    static A_LAW: OnceLock<Vec<u8>> = OnceLock::new();
    static MU_LAW: OnceLock<Vec<u8>> = OnceLock::new();
    let octets = match law {
        Law::A => &A_LAW,
        Law::Mu => &MU_LAW,
    };
    octets.get_or_init(|| {
        (0..=u16::MAX)
            .map(|bits| table(law).nearest(bits.cast_signed()))
            .collect()
    })
}

const fn table(law: Law) -> &'static Table {
    static A_LAW: Table = Table::new(Law::A);
    static MU_LAW: Table = Table::new(Law::Mu);
    match law {
        Law::A => &A_LAW,
        Law::Mu => &MU_LAW,
    }
}

/// The octet that stands at this place when amplitudes are put in ascending order.
///
/// A-law inverts its even bits (0x55) and has the sign bit set for positive values; µ-law inverts all bits.
const fn octet_of_rank(law: Law, rank: u8) -> u8 {
    match law {
        Law::A if rank < 128 => (127 - rank) ^ 0x55,
        Law::A => rank ^ 0x55,
        Law::Mu if rank < 128 => rank,
        Law::Mu => u8::MAX - (rank - 128),
    }
}

/// The middle of the octet's interval, on the 16-bit scale.
const fn amplitude(law: Law, octet: u8) -> i16 {
    let bits = match law {
        Law::A => octet ^ 0x55,
        Law::Mu => !octet,
    };
    let segment = (bits >> 4) & 0x07;
    let step = (bits & 0x0F) as i16;
    let positive_sign = match law {
        Law::A => bits & 0x80 != 0,
        Law::Mu => bits & 0x80 == 0,
    };
    let magnitude = match (law, segment) {
        (Law::A, 0) => (step << 4) + 8,
        (Law::A, _) => ((step << 4) + 0x108) << (segment - 1),
        (Law::Mu, _) => (((step << 3) + MU_LAW_BIAS) << segment) - MU_LAW_BIAS,
    };
    if positive_sign { magnitude } else { -magnitude }
}

/// µ-law adds this before it looks for the segment, so that all segments begin at a power of two.
const MU_LAW_BIAS: i16 = 0x84;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Codec;

    #[test]
    fn known_octets_have_the_amplitudes_of_the_recommendation() {
        assert_eq!(
            decode(Law::A, &[0xD5, 0x55, 0xAA, 0x2A]),
            [8, -8, 32_256, -32_256]
        );
        assert_eq!(
            decode(Law::Mu, &[0xFF, 0x7F, 0x80, 0x00]),
            [0, 0, 32_124, -32_124]
        );
        assert_eq!(decode(Law::A, &[0x80, 0xC5]), [5_504, 264]);
        assert_eq!(decode(Law::Mu, &[0xFE, 0xF0, 0xEF]), [8, 120, 132]);
    }

    #[test]
    fn every_octet_but_the_negative_zero_comes_back_from_its_own_amplitude() {
        for law in BOTH {
            for octet in 0..=u8::MAX {
                let back = encode(law, &decode(law, &[octet]))[0];
                let negative_zero = law == Law::Mu && octet == 0x7F;
                assert_eq!(
                    back,
                    if negative_zero { 0xFF } else { octet },
                    "{law:?} {octet:#x}"
                );
            }
        }
    }

    #[test]
    fn every_sample_gets_the_least_error_that_the_law_allows() {
        for law in BOTH {
            let amplitudes = decode(law, &(0..=u8::MAX).collect::<Vec<_>>());
            for sample in i16::MIN..=i16::MAX {
                let decoded = decode(law, &encode(law, &[sample]))[0];
                let least = amplitudes.iter().map(|&a| distance(a, sample)).min();
                assert_eq!(Some(distance(decoded, sample)), least, "{law:?} {sample}");
            }
        }
    }

    #[test]
    fn louder_samples_never_decode_to_quieter_ones() {
        for law in BOTH {
            let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
            let decoded = decode(law, &encode(law, &samples));
            assert!(decoded.is_sorted(), "{law:?}");
        }
    }

    #[test]
    fn silence_is_the_octet_of_an_idle_channel() {
        for codec in [Codec::Pcma, Codec::Pcmu] {
            assert_eq!(codec.encode(&[0]), [codec.silence()]);
        }
    }

    fn distance(a: i16, b: i16) -> u32 {
        i32::from(a).abs_diff(i32::from(b))
    }

    const BOTH: [Law; 2] = [Law::A, Law::Mu];
}
