//! Puts the calls of a storm together: sums, spreads, histograms.

use std::collections::BTreeMap;

use super::histogram::Histogram;
use super::report::{EncryptedCalls, ReportsExchanged, StormReport};
use super::resident::Ear;
use crate::Spread;

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
    pub(super) refusals_ms: Vec<f64>,
    first_sounds_ms: Vec<f64>,
    sums: StormReport,
    late: Histogram,
    gaps: Histogram,
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
            refusals_ms: vec![],
            first_sounds_ms: vec![],
            sums: StormReport::default(),
            late: Histogram::new(),
            gaps: Histogram::new(),
        }
    }

    /// Calls that were taken, refused or never answered.
    pub(super) fn settled(&self) -> usize {
        self.answered + self.refused.values().sum::<usize>() + self.failed
    }

    /// Adds what one answered call has heard.
    pub(super) fn add(&mut self, ear: &Ear) {
        let (sums, counts) = (&mut self.sums, &ear.account.counts);
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
        let missing_ms = counts.missing_by_clock * u64::from(ear.packet_ms.unwrap_or(0));
        sums.fell_silent += usize::from(counts.packets == 0 || missing_ms >= SILENCE_MS);
        sums.own_drops += u64::from(ear.dropped);
        if let Some(packet_ms) = ear.packet_ms {
            *sums.calls_by_packet_ms.entry(packet_ms).or_default() += 1;
        }
        if let Some(srtp) = ear.srtp {
            let sum = sums.srtp.get_or_insert(EncryptedCalls::default());
            sum.calls += 1;
            sum.refused += srtp.refused;
        }
        if let Some(reports) = ear.reports {
            let sum = sums.rtcp.get_or_insert(ReportsExchanged::default());
            sum.sender_reports += u64::from(reports.sender_reports);
            sum.sent += u64::from(reports.sent);
        }
        self.first_sounds_ms.extend(ear.first_sound_ms);
        for late_us in &ear.account.late_us {
            self.late.add(u32::try_from(*late_us).unwrap_or(0));
        }
        for gap_us in &ear.account.gaps_us {
            self.gaps.add(*gap_us);
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
            setup_ms: Spread::of(&mut self.setups_ms),
            refusal_ms: Spread::of(&mut self.refusals_ms),
            first_sound_ms: Spread::of(&mut self.first_sounds_ms),
            late_ms: self.late.lateness(),
            late_histogram: self.late.buckets(),
            gap_ms: self.gaps.spread(),
            ..self.sums
        }
    }
}

/// Sound that is due at the end of a call and absent for so long has stopped; a packet or two may still be on their way.
const SILENCE_MS: u64 = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counts, Encryption, Lateness, Reports, tally::Account};

    #[test]
    fn the_calls_of_a_storm_are_put_together() {
        let mut verdict = Verdict::new();
        for call in 0..10 {
            verdict.add(&Ear {
                first_sound_ms: Some(f64::from(call)),
                packet_ms: Some(if call == 0 { 40 } else { 20 }),
                account: Account {
                    counts: Counts {
                        packets: 100,
                        bad: call == 3,
                        ..Counts::default()
                    },
                    late_us: (0..100).map(|packet| (call * 100 + packet) * 25).collect(),
                    gaps_us: vec![0, 2_000],
                },
                reports: Some(Reports {
                    sender_reports: 2,
                    sent: 3,
                    round_trip_ms: None,
                }),
                dropped: 0,
                srtp: (call < 4).then_some(Encryption {
                    suite: "any",
                    refused: 2,
                }),
            });
        }

        let report = verdict.report();

        assert_eq!((report.packets, report.bad_calls), (1_000, 1));
        assert_eq!((report.late_ms.p50, report.late_ms.max), (12.47, 24.975));
        assert_eq!((report.gap_ms.p50, report.gap_ms.p99), (0.0, 2.0));
        assert_eq!(report.first_sound_ms.max, 9.0);
        assert_eq!(report.calls_by_packet_ms, [(20, 9), (40, 1)].into());
        let rtcp = report.rtcp.unwrap();
        assert_eq!((rtcp.sender_reports, rtcp.sent), (20, 30));
        let srtp = report.srtp.unwrap();
        assert_eq!((srtp.calls, srtp.refused), (4, 8));
    }

    #[test]
    fn a_call_whose_sound_stopped_half_a_second_before_its_end_fell_silent() {
        let mut verdict = Verdict::new();
        for (packets, packet_ms, missing_by_clock) in [
            (100, Some(20), 24),
            (100, Some(20), 25),
            (100, Some(40), 13),
            (0, None, 0),
        ] {
            verdict.add(&Ear {
                first_sound_ms: None,
                packet_ms,
                account: Account {
                    counts: Counts {
                        packets,
                        missing_by_clock,
                        ..Counts::default()
                    },
                    late_us: vec![],
                    gaps_us: vec![],
                },
                reports: None,
                dropped: 0,
                srtp: None,
            });
        }

        assert_eq!(verdict.report().fell_silent, 3);
    }

    #[test]
    fn a_storm_that_nobody_answers_has_figures_all_the_same() {
        let report = Verdict::new().report();

        assert_eq!(report.late_ms, Lateness::default());
        assert_eq!(report.setup_ms, Spread::default());
        assert_eq!((report.rtcp, report.srtp), (None, None));
    }
}
