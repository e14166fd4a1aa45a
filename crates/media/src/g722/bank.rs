//! The two filter banks: 16 kHz sound to two bands of 8 kHz, and back (ITU-T G.722 § 3.1 and § 4.4).

use super::tables::QMF;
use crate::widen::to_sample;

/// Splits sound into its bands.
#[derive(Clone, Debug, Default)]
pub(super) struct Analysis {
    /// The last 24 samples, the latest at the end.
    heard: [i32; 24],
}

impl Analysis {
    /// Takes two samples and gives one of the lower and one of the upper band, each of 15 bits.
    pub(super) fn split(&mut self, [first, second]: [i16; 2]) -> (i32, i32) {
        push(&mut self.heard, i32::from(first), i32::from(second));
        let (odd, even) = folded(&self.heard);
        (limited((even + odd) >> 14), limited((even - odd) >> 14))
    }
}

/// Joins the bands again.
#[derive(Clone, Debug, Default)]
pub(super) struct Synthesis {
    /// The last 12 sums and differences of the bands, in turn.
    heard: [i32; 24],
}

impl Synthesis {
    /// Takes one sample of each band and gives two samples of sound.
    pub(super) fn join(&mut self, below: i32, above: i32) -> [i16; 2] {
        push(&mut self.heard, below + above, below - above);
        let (odd, even) = folded(&self.heard);
        [even >> 11, odd >> 11].map(to_sample)
    }
}

fn push(heard: &mut [i32; 24], first: i32, second: i32) {
    heard.copy_within(2.., 0);
    heard[22] = first;
    heard[23] = second;
}

/// The two halves of the filter, each over every second value.
fn folded(heard: &[i32; 24]) -> (i32, i32) {
    let (pairs, _) = heard.as_chunks::<2>();
    let mut sums = (0, 0);
    for (place, [odd, even]) in pairs.iter().enumerate() {
        sums.0 += odd * QMF[place];
        sums.1 += even * QMF[11 - place];
    }
    sums
}

/// Held within 15 bits.
pub(super) fn limited(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}
