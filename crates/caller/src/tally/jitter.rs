//! Interarrival jitter as reports to the line carry it (RFC 3550 § 6.4.1 and § A.8).

/// A running mean of how unevenly packets arrive; each one moves it by a sixteenth.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Jitter {
    /// In sixteenths of a microsecond.
    sixteenths_us: u64,
}

impl Jitter {
    /// Takes by how much a packet came nearer to the one before it, or farther, than their sound lies apart.
    pub(super) fn note(&mut self, deviation_us: u32) {
        let settled = (self.sixteenths_us + 8) >> 4;
        self.sixteenths_us = (self.sixteenths_us + u64::from(deviation_us)).saturating_sub(settled);
    }

    /// In ticks of the clock of the stream.
    pub(super) fn ticks(self) -> u32 {
        u32::try_from((self.sixteenths_us >> 4) / MICROS_PER_TICK).unwrap_or(u32::MAX)
    }
}

/// 8,000 ticks a second.
const MICROS_PER_TICK: u64 = 125;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_deviation_becomes_the_jitter_and_fades_when_it_ends() {
        let mut jitter = Jitter::default();
        jitter.note(16_000);
        assert_eq!(jitter.ticks(), 8, "a sixteenth of 128 ticks");
        for _ in 0..200 {
            jitter.note(16_000);
        }
        assert_eq!(jitter.ticks(), 127);
        for _ in 0..400 {
            jitter.note(0);
        }
        assert_eq!(jitter.ticks(), 0);
    }
}
