//! Figures of millions of packets in little room: counted in steps of 10 µs.

use super::report::Bucket;
use crate::{Lateness, Spread, lateness::Rank};

/// Packets by some time in microseconds.
#[derive(Debug)]
pub(super) struct Histogram {
    /// By steps up to a second; what is longer is in the last one.
    steps: Vec<u64>,
    longest_us: u32,
}

impl Histogram {
    /// Without packets.
    pub(super) fn new() -> Self {
        Self {
            steps: vec![0; STEPS + 1],
            longest_us: 0,
        }
    }

    /// Counts a packet.
    pub(super) fn add(&mut self, time_us: u32) {
        let step = usize::try_from(time_us / STEP_US).unwrap_or(STEPS);
        self.steps[step.min(STEPS)] += 1;
        self.longest_us = self.longest_us.max(time_us);
    }

    /// The figures that are told of lateness.
    pub(super) fn lateness(&self) -> Lateness {
        Lateness {
            p50: self.quantile_ms(0.50),
            p99: self.quantile_ms(0.99),
            p999: self.quantile_ms(0.999),
            max: self.longest_ms(),
        }
    }

    /// The figures that are told of anything else.
    pub(super) fn spread(&self) -> Spread {
        Spread {
            p50: self.quantile_ms(0.50),
            p99: self.quantile_ms(0.99),
            max: self.longest_ms(),
        }
    }

    /// The whole in few lines.
    pub(super) fn buckets(&self) -> Vec<Bucket> {
        let mut from = 0;
        let mut buckets: Vec<_> = EDGES_MS
            .iter()
            .map(|&edge_ms| {
                let to = edge_ms * STEPS_PER_MS;
                let packets = self.steps[from..to].iter().sum();
                from = to;
                Bucket {
                    up_to_ms: u32::try_from(edge_ms).ok().map(f64::from),
                    packets,
                }
            })
            .collect();
        buckets.push(Bucket {
            up_to_ms: None,
            packets: self.steps[from..].iter().sum(),
        });
        buckets
    }

    fn longest_ms(&self) -> f64 {
        f64::from(self.longest_us) / 1_000.0
    }

    fn quantile_ms(&self, share: f64) -> f64 {
        let packets = usize::try_from(self.steps.iter().sum::<u64>()).unwrap_or(usize::MAX);
        let Some(rank) = Rank(share).of(packets) else {
            return 0.0;
        };
        let mut below = 0;
        let step = self.steps.iter().position(|&packets| {
            below += usize::try_from(packets).unwrap_or(usize::MAX);
            below > rank
        });
        let step = step.and_then(|step| u32::try_from(step).ok()).unwrap_or(0);
        f64::from(step * STEP_US) / 1_000.0
    }
}

/// Upper edges of the buckets.
const EDGES_MS: [usize; 8] = [1, 2, 5, 10, 20, 50, 100, 200];
const STEP_US: u32 = 10;
const STEPS_PER_MS: usize = 100;
/// One second.
const STEPS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_many_packets_are_right_to_ten_microseconds() {
        let mut histogram = Histogram::new();
        for packet in 0..1_000 {
            histogram.add(packet * 25);
        }

        let late = histogram.lateness();
        assert_eq!((late.p50, late.p99), (12.47, 24.72));
        assert_eq!((late.p999, late.max), (24.95, 24.975));
        let spread = histogram.spread();
        assert_eq!((spread.p50, spread.p99, spread.max), (12.47, 24.72, 24.975));
        let packets: Vec<_> = histogram.buckets().iter().map(|one| one.packets).collect();
        assert_eq!(packets, [40, 40, 120, 200, 400, 200, 0, 0, 0]);
        assert_eq!(histogram.buckets().last().unwrap().up_to_ms, None);
    }

    #[test]
    fn more_than_a_second_is_in_the_last_bucket_and_in_the_maximum() {
        let mut histogram = Histogram::new();
        histogram.add(3_000_000);

        let late = histogram.lateness();
        assert_eq!(histogram.buckets()[8].packets, 1);
        assert_eq!((late.p99, late.max), (1_000.0, 3_000.0));
    }

    #[test]
    fn nothing_has_figures_all_the_same() {
        assert_eq!(Histogram::new().lateness(), Lateness::default());
        assert_eq!(Histogram::new().spread(), Spread::default());
    }
}
