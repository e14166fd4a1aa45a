//! Puts the calls of a storm together: sums, spreads, and one histogram of lateness.

use std::collections::BTreeMap;

use super::report::{Bucket, Spread, StormReport};
use super::resident::Ear;
use crate::{
    Lateness,
    lateness::{Rank, quantile},
};

/// The running judgement.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) answered: usize,
    pub(super) refused: BTreeMap<u16, usize>,
    pub(super) failed: usize,
    pub(super) ended_by_line: usize,
    pub(super) most_at_once: usize,
    pub(super) invite_retransmissions: u64,
    pub(super) setups_ms: Vec<f64>,
    first_sounds_ms: Vec<f64>,
    sums: StormReport,
    /// Packets by lateness, in steps of 10 µs up to a second.
    late: Vec<u64>,
    latest_us: i32,
}

impl Verdict {
    /// Nothing judged yet.
    pub(super) fn new() -> Self {
        Self {
            answered: 0,
            refused: BTreeMap::new(),
            failed: 0,
            ended_by_line: 0,
            most_at_once: 0,
            invite_retransmissions: 0,
            setups_ms: vec![],
            first_sounds_ms: vec![],
            sums: StormReport::default(),
            late: vec![0; STEPS + 1],
            latest_us: 0,
        }
    }

    /// Adds what one answered call has heard.
    pub(super) fn add(&mut self, ear: &Ear) {
        let (sums, counts) = (&mut self.sums, &ear.counts);
        sums.packets += counts.packets;
        sums.lost += counts.lost;
        sums.duplicates += counts.duplicates;
        sums.out_of_order += counts.out_of_order;
        sums.timestamp_steps += counts.timestamp_steps;
        sums.wrong_size += counts.wrong_size;
        sums.missing_by_clock += counts.missing_by_clock;
        sums.strays += counts.strays;
        sums.bad_packets += counts.bad_packets;
        sums.bad_calls += usize::from(counts.bad);
        sums.own_drops += u64::from(ear.dropped);
        self.first_sounds_ms.extend(ear.first_sound_ms);
        for &late_us in &ear.late_us {
            let step = usize::try_from(late_us / STEP_US).unwrap_or(0);
            self.late[step.min(STEPS)] += 1;
            self.latest_us = self.latest_us.max(late_us);
        }
    }

    /// The report, still without what only the crowd knows.
    pub(super) fn report(mut self) -> StormReport {
        StormReport {
            answered: self.answered,
            refused: self.refused.values().sum(),
            refused_by_status: std::mem::take(&mut self.refused),
            failed: self.failed,
            ended_by_line: self.ended_by_line,
            most_at_once: self.most_at_once,
            invite_retransmissions: self.invite_retransmissions,
            setup_ms: spread(&mut self.setups_ms),
            first_sound_ms: spread(&mut self.first_sounds_ms),
            late_ms: self.lateness(),
            late_histogram: self.histogram(),
            ..self.sums
        }
    }

    fn lateness(&self) -> Lateness {
        Lateness {
            p50: self.late_quantile(0.50),
            p99: self.late_quantile(0.99),
            p999: self.late_quantile(0.999),
            max: f64::from(self.latest_us) / 1_000.0,
        }
    }

    fn late_quantile(&self, share: f64) -> f64 {
        let packets = usize::try_from(self.late.iter().sum::<u64>()).unwrap_or(usize::MAX);
        let Some(rank) = Rank(share).of(packets) else {
            return 0.0;
        };
        let mut below = 0;
        let step = self.late.iter().position(|&packets| {
            below += usize::try_from(packets).unwrap_or(usize::MAX);
            below > rank
        });
        let late_us = step.and_then(|step| i32::try_from(step).ok()).unwrap_or(0) * STEP_US;
        f64::from(late_us) / 1_000.0
    }

    fn histogram(&self) -> Vec<Bucket> {
        let mut from = 0;
        let mut buckets: Vec<_> = EDGES_MS
            .iter()
            .map(|&edge_ms| {
                let to = edge_ms * STEPS_PER_MS;
                let packets = self.late[from..to].iter().sum();
                from = to;
                Bucket {
                    up_to_ms: u32::try_from(edge_ms).ok().map(f64::from),
                    packets,
                }
            })
            .collect();
        buckets.push(Bucket {
            up_to_ms: None,
            packets: self.late[from..].iter().sum(),
        });
        buckets
    }
}

fn spread(values: &mut [f64]) -> Spread {
    values.sort_unstable_by(f64::total_cmp);
    let at = |share| quantile(values, share).unwrap_or(0.0);
    Spread {
        p50: at(0.50),
        p99: at(0.99),
        max: at(1.0),
    }
}

/// Upper edges of the histogram's buckets.
const EDGES_MS: [usize; 8] = [1, 2, 5, 10, 20, 50, 100, 200];
const STEP_US: i32 = 10;
const STEPS_PER_MS: usize = 100;
/// One second; what is later is counted as that late, but for the maximum.
const STEPS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Counts;

    #[test]
    fn lateness_of_all_calls_is_put_together_to_ten_microseconds() {
        let mut verdict = Verdict::new();
        for call in 0..10 {
            let late_us = (0..100).map(|packet| (call * 100 + packet) * 25).collect();
            verdict.add(&heard(late_us));
        }

        let report = verdict.report();

        let late = report.late_ms;
        assert_eq!((late.p50, late.p99), (12.47, 24.72));
        assert_eq!((late.p999, late.max), (24.95, 24.975));
        let packets: Vec<_> = report
            .late_histogram
            .iter()
            .map(|one| one.packets)
            .collect();
        assert_eq!(packets, [40, 40, 120, 200, 400, 200, 0, 0, 0]);
        assert_eq!(report.late_histogram.last().unwrap().up_to_ms, None);
    }

    #[test]
    fn a_packet_later_than_a_second_is_in_the_last_bucket_and_in_the_maximum() {
        let mut verdict = Verdict::new();
        verdict.add(&heard(vec![3_000_000]));

        let report = verdict.report();

        assert_eq!(report.late_histogram[8].packets, 1);
        assert_eq!((report.late_ms.p99, report.late_ms.max), (1_000.0, 3_000.0));
    }

    #[test]
    fn a_storm_that_nobody_answers_has_figures_all_the_same() {
        let report = Verdict::new().report();

        assert_eq!(report.late_ms, Lateness::default());
        assert_eq!(report.setup_ms, Spread::default());
    }

    fn heard(late_us: Vec<i32>) -> Ear {
        Ear {
            first_sound_ms: None,
            counts: Counts::default(),
            late_us,
            dropped: 0,
        }
    }
}
