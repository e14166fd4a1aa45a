//! The report of a storm as a page for a terminal.

use std::fmt;

use super::report::{
    Bucket, EncryptedCalls, KeyReactions, ReportsExchanged, ServerCost, StormReport,
};

impl fmt::Display for StormReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", if self.valid { "valid" } else { "NOT VALID" })?;
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        self.write_calls(f)?;
        self.write_packets(f)?;
        if let Some(keys) = &self.keys {
            writeln!(f, "{keys}")?;
        }
        if let Some(EncryptedCalls { calls, refused }) = self.srtp {
            writeln!(
                f,
                "srtp       {calls} calls encrypted, {refused} packets refused"
            )?;
        }
        if let Some(rtcp) = &self.rtcp {
            writeln!(f, "{rtcp}")?;
        }
        if let Some(server) = &self.server {
            writeln!(f, "{server}")?;
        }
        write!(
            f,
            "own        {} packets dropped, {:.2} us each, {} spoken, {:.2} us each, {:.1} s, real-time {}",
            self.own_drops,
            self.own_cost_us,
            self.spoken,
            self.speaking_cost_us,
            self.duration_s,
            self.real_time
        )
    }
}

impl StormReport {
    fn write_calls(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "calls      {} placed, {} answered, {} refused {:?}, {} failed, {} ended by the line, {} fell silent, {} at once",
            self.calls,
            self.answered,
            self.refused,
            self.refused_by_status,
            self.failed,
            self.ended_by_line,
            self.fell_silent,
            self.most_at_once
        )?;
        writeln!(
            f,
            "set-up     {:.2} ms; {} INVITEs sent again",
            self.setup_ms, self.invite_retransmissions
        )?;
        if self.refused > 0 {
            writeln!(f, "refusal    {:.2} ms", self.refusal_ms)?;
        }
        writeln!(f, "sound      after {} ms", self.first_sound_ms)
    }

    fn write_packets(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "packets    {} received, {} lost, {} twice, {} out of order, {} wrong steps, {} wrong sizes, {} missing by the clock",
            self.packets,
            self.lost,
            self.duplicates,
            self.out_of_order,
            self.timestamp_steps,
            self.wrong_size,
            self.missing_by_clock
        )?;
        for (packet_ms, calls) in &self.calls_by_packet_ms {
            writeln!(f, "           of {packet_ms} ms each in {calls} calls")?;
        }
        writeln!(f, "late       {} ms", self.late_ms)?;
        for bucket in &self.late_histogram {
            writeln!(f, "{}", Bar(bucket, self.packets))?;
        }
        writeln!(f, "gap        {:.2} ms", self.gap_ms)?;
        writeln!(
            f,
            "bad        {} packets, {} calls",
            self.bad_packets, self.bad_calls
        )
    }
}

impl fmt::Display for KeyReactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "keys       {} pressed while the line spoke, {} made it silent after {} ms; {} more pressed in silence",
            self.presses, self.reacted, self.reaction_ms, self.not_counted
        )
    }
}

impl fmt::Display for ReportsExchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "rtcp       {} sender reports heard, {} reports sent",
            self.sender_reports, self.sent
        )
    }
}

impl fmt::Display for ServerCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "server     {:.2} s of processor time in {:.1} s with all calls, {:.2} us per packet; \
             memory from {} to {} kB, {:.0} octets a call",
            self.cpu_s,
            self.window_s,
            self.us_per_packet,
            self.memory_before_kb,
            self.memory_peak_kb,
            self.octets_per_call
        )
    }
}

/// One line of the histogram: a bucket, and all packets.
struct Bar<'b>(&'b Bucket, u64);

impl fmt::Display for Bar<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bucket, all) = self;
        let edge = match bucket.up_to_ms {
            Some(edge) => format!("up to {edge:>3}"),
            None => "longer   ".to_owned(),
        };
        let share = bucket.packets as f64 / (*all).max(1) as f64;
        let length = (bucket.packets.saturating_mul(BAR)).div_ceil((*all).max(1));
        let bar = "#".repeat(usize::try_from(length).unwrap_or(0));
        write!(
            f,
            "  {edge} ms {:>12} {:>8.4} % {bar}",
            bucket.packets,
            share * 100.0
        )
    }
}

/// The longest bar; the shortest is one.
const BAR: u64 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_bar_for_each_bucket_and_a_line_for_what_was_measured() {
        let mut report = StormReport {
            packets: 1_000,
            late_histogram: vec![
                Bucket {
                    up_to_ms: Some(1.0),
                    packets: 999,
                },
                Bucket {
                    up_to_ms: None,
                    packets: 1,
                },
            ],
            ..StormReport::default()
        };
        let page = report.to_string();
        assert!(page.starts_with("NOT VALID\n"), "{page}");
        let first = format!("up to   1 ms          999  99.9000 % {}", "#".repeat(40));
        assert!(page.contains(&first), "{page}");
        assert!(page.contains("longer    ms            1   0.1000 % #\n"));
        for absent in ["keys ", "rtcp ", "server ", "refusal "] {
            assert!(!page.contains(absent), "{absent}");
        }

        report.keys = Some(KeyReactions::default());
        report.rtcp = Some(ReportsExchanged::default());
        report.server = Some(ServerCost::default());
        report.refused = 1;
        let page = report.to_string();
        for present in ["\nkeys ", "\nrtcp ", "\nserver ", "\nrefusal "] {
            assert!(page.contains(present), "{present}");
        }
    }
}
