//! The RTCP of a caller (RFC 3550 § 6.4): reports on the line's stream, and what the line's reports say.
//!
//! Pure: instants come in on the wall clock, which the kernel's stamps are on; datagrams come out.

use std::time::Duration;

use media::rtcp::{self, ReportBlock, SenderReport};
use serde::Serialize;

use crate::tally::Reception;

/// The reports of one call.
#[derive(Debug)]
pub(crate) struct Reporter {
    ssrc: u32,
    /// The latest sender report: the middle of its NTP time, and its arrival.
    latest: Option<(u32, Duration)>,
    /// Expected and received at the report before.
    before: (u64, u64),
    reports: Reports,
}

/// RTCP of one call, as far as it was agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Reports {
    /// Sender reports of the line received.
    pub sender_reports: u32,
    /// Reports sent to the line.
    pub sent: u32,
    /// From the line's latest word about our own stream: the way there and back (§ 6.4.1). A line
    /// that does not report on what callers send leaves it out.
    pub round_trip_ms: Option<f64>,
}

impl Reporter {
    /// No report yet; `ssrc` is that of our own stream, or of the one we do not send.
    pub(crate) fn new(ssrc: u32) -> Self {
        Self {
            ssrc,
            latest: None,
            before: (0, 0),
            reports: Reports::default(),
        }
    }

    /// What was sent and heard so far.
    pub(crate) fn reports(&self) -> Reports {
        self.reports
    }

    /// Takes one datagram of the line.
    pub(crate) fn hear(&mut self, arrived: Duration, datagram: &[u8]) {
        let Ok(heard) = rtcp::parse(datagram) else {
            return;
        };
        if let Some(sender) = heard.sender {
            self.reports.sender_reports += 1;
            self.latest = Some((rtcp::middle(sender.ntp), arrived));
        }
        let about_us = heard.about(self.ssrc);
        let now = rtcp::middle(rtcp::ntp(arrived));
        if let Some(round_trip) = about_us.and_then(|block| rtcp::round_trip(now, block)) {
            self.reports.round_trip_ms = Some(round_trip.as_secs_f64() * 1_000.0);
        }
    }

    /// Writes a report in place of what `octets` held: that of a sender if we send, with a block
    /// on the line's stream if it was heard.
    pub(crate) fn write(
        &mut self,
        now: Duration,
        heard: Option<Reception>,
        said: Option<Said>,
        octets: &mut Vec<u8>,
    ) {
        octets.clear();
        let block = heard.map(|reception| self.block(now, reception));
        let name = format!("{:08x}@caller.invalid", self.ssrc);
        match said {
            None => rtcp::encode_receiver_report(self.ssrc, block.as_slice(), &name, octets),
            Some(said) => {
                let report = SenderReport {
                    ssrc: self.ssrc,
                    ntp: rtcp::ntp(now),
                    rtp_timestamp: said.rtp_timestamp,
                    packets: said.packets,
                    octets: said.octets,
                };
                rtcp::encode_sender_report_about(&report, block.as_slice(), &name, octets);
            }
        }
        self.reports.sent += 1;
    }

    fn block(&mut self, now: Duration, reception: Reception) -> ReportBlock {
        let Reception {
            expected, received, ..
        } = reception;
        let (expected_before, received_before) =
            std::mem::replace(&mut self.before, (expected, received));
        let newly_expected = expected.saturating_sub(expected_before);
        let newly_lost = newly_expected.saturating_sub(received.saturating_sub(received_before));
        let fraction = (newly_lost * 256).checked_div(newly_expected).unwrap_or(0);
        let lost = i64::try_from(expected).unwrap_or(i64::MAX)
            - i64::try_from(received).unwrap_or(i64::MAX);
        let (last_sr, delay) = self
            .latest
            .map_or((0, Duration::ZERO), |(middle, arrived)| {
                (middle, now.saturating_sub(arrived))
            });
        ReportBlock {
            ssrc: reception.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: i32::try_from(lost).unwrap_or(i32::MAX),
            highest_sequence: reception.highest_sequence,
            jitter: reception.jitter_ticks,
            last_sr,
            delay_since_last_sr: in_65536ths(delay),
        }
    }
}

/// What we have sent ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// The instant of the report on the clock of our stream.
    pub(crate) rtp_timestamp: u32,
    pub(crate) packets: u32,
    /// Headers not counted.
    pub(crate) octets: u32,
}

/// From one report of a call to the next (§ 6.2); the first comes after half of it.
pub(crate) const BETWEEN_REPORTS: Duration = Duration::from_secs(5);

fn in_65536ths(delay: Duration) -> u32 {
    u32::try_from((delay.as_nanos() << 16) / 1_000_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_says_what_was_lost_since_the_last_one_and_in_all() {
        let mut reporter = Reporter::new(7);

        let first = block_of(&mut reporter, at(5), reception(250, 200));
        let second = block_of(&mut reporter, at(10), reception(500, 450));
        let third = block_of(&mut reporter, at(15), reception(750, 751));

        assert_eq!((first.fraction_lost, first.cumulative_lost), (51, 50));
        assert_eq!((second.fraction_lost, second.cumulative_lost), (0, 50));
        assert_eq!((third.fraction_lost, third.cumulative_lost), (0, -1));
        assert_eq!(
            (first.ssrc, first.highest_sequence, first.jitter),
            (9, 4, 3)
        );
        assert_eq!((first.last_sr, first.delay_since_last_sr), (0, 0));
        assert_eq!(reporter.reports().sent, 3);
    }

    #[test]
    fn a_block_refers_to_the_latest_sender_report_and_how_long_it_lay_here() {
        let mut reporter = Reporter::new(7);
        for ntp in [0x1111_2222_3333_4444, 0x5555_6666_7777_8888] {
            let mut octets = vec![];
            let report = SenderReport { ntp, ..spoken(9) };
            rtcp::encode_sender_report(&report, "line", &mut octets);
            reporter.hear(at(2), &octets);
        }
        reporter.hear(at(3), b"noise");

        let block = block_of(&mut reporter, at(2) + ms(1_500), reception(1, 1));

        assert_eq!(block.last_sr, 0x6666_7777);
        assert_eq!(block.delay_since_last_sr, 3 << 15);
        assert_eq!(reporter.reports().sender_reports, 2);
    }

    #[test]
    fn a_line_that_reports_on_us_gives_the_way_there_and_back() {
        let mut reporter = Reporter::new(7);
        let said = Said {
            rtp_timestamp: 800,
            packets: 5,
            octets: 800,
        };
        let mut octets = vec![];
        reporter.write(at(10), None, Some(said), &mut octets);
        let ours = rtcp::parse(&octets).unwrap().sender.unwrap();
        assert_eq!(
            (ours.packets, ours.octets, ours.rtp_timestamp),
            (5, 800, 800)
        );
        let theirs = ReportBlock {
            ssrc: 7,
            last_sr: rtcp::middle(ours.ntp),
            delay_since_last_sr: 1 << 16,
            ..ReportBlock::default()
        };
        octets.clear();
        rtcp::encode_sender_report_about(&spoken(9), &[theirs], "line", &mut octets);

        reporter.hear(at(11) + ms(30), &octets);

        let round_trip = reporter.reports().round_trip_ms.unwrap();
        assert!((29.9..30.1).contains(&round_trip), "{round_trip} ms");
    }

    fn block_of(reporter: &mut Reporter, now: Duration, reception: Reception) -> ReportBlock {
        let mut octets = b"of the call before".to_vec();
        reporter.write(now, Some(reception), None, &mut octets);
        let heard = rtcp::parse(&octets).unwrap();
        assert_eq!(heard.sender, None);
        *heard.about(9).unwrap()
    }

    fn reception(expected: u64, received: u64) -> Reception {
        Reception {
            ssrc: 9,
            highest_sequence: 4,
            expected,
            received,
            jitter_ticks: 3,
        }
    }

    fn spoken(ssrc: u32) -> SenderReport {
        SenderReport {
            ssrc,
            ntp: 0,
            rtp_timestamp: 0,
            packets: 0,
            octets: 0,
        }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_700_000_000 + seconds)
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }
}
