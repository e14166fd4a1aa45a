//! What became of a storm of calls.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::Lateness;

/// The judgement of many calls, fit to be compared with that of other runs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StormReport {
    /// Whether the figures can be believed; `false` when this process lost packets itself or was
    /// too slow to place the calls.
    pub valid: bool,
    /// Why not, and what else a reader of the figures should know.
    pub notes: Vec<String>,
    /// Calls placed.
    pub calls: usize,
    /// Calls that got a 200.
    pub answered: usize,
    /// Calls that got another final response.
    pub refused: usize,
    /// The same by status.
    pub refused_by_status: BTreeMap<u16, usize>,
    /// Calls without a final response, or with one of no use.
    pub failed: usize,
    /// Answered calls that the line ended before the caller did.
    pub ended_by_line: usize,
    /// The most calls that listened at once.
    pub most_at_once: usize,
    /// INVITEs sent again for want of any response.
    pub invite_retransmissions: u64,
    /// From INVITE to 200.
    pub setup_ms: Spread,
    /// From ACK to first RTP packet.
    pub first_sound_ms: Spread,
    /// RTP packets received, each number once.
    pub packets: u64,
    /// Never received.
    pub lost: u64,
    /// Received twice.
    pub duplicates: u64,
    /// Received after a later one.
    pub out_of_order: u64,
    /// Wrong steps in timestamps.
    pub timestamp_steps: u64,
    /// Payloads of another length.
    pub wrong_size: u64,
    /// Due by the clock and never numbered.
    pub missing_by_clock: u64,
    /// Datagrams that belong to no stream.
    pub strays: u64,
    /// Lateness of all packets, to 0.01 ms, each against the ideal clock of its own call.
    pub late_ms: Lateness,
    /// The same as a histogram.
    pub late_histogram: Vec<Bucket>,
    /// Lost, over 20 ms late, wrong in size or step, missing by the clock.
    pub bad_packets: u64,
    /// Calls with over 0.1 % bad packets, or none at all.
    pub bad_calls: usize,
    /// Packets that this process's own sockets dropped (SO_RXQ_OVFL).
    pub own_drops: u64,
    /// From the first INVITE to the end of the last call.
    pub duration_s: f64,
    /// Processor time of the storm per packet received.
    pub own_cost_us: f64,
    /// Whether the storm ran with real-time priority.
    pub real_time: bool,
}

/// A figure over many calls, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half of the calls are not above.
    pub p50: f64,
    /// 99 of 100 are not above.
    pub p99: f64,
    /// The highest.
    pub max: f64,
}

/// Packets up to a lateness, above that of the bucket before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// The upper edge; `None` for the last one.
    pub up_to_ms: Option<f64>,
    /// How many packets.
    pub packets: u64,
}

impl fmt::Display for StormReport {
    /// A page for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { late_ms: late, .. } = self;
        writeln!(f, "{}", if self.valid { "valid" } else { "NOT VALID" })?;
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        writeln!(
            f,
            "calls      {} placed, {} answered, {} refused {:?}, {} failed, {} ended by the line, {} at once",
            self.calls,
            self.answered,
            self.refused,
            self.refused_by_status,
            self.failed,
            self.ended_by_line,
            self.most_at_once
        )?;
        writeln!(
            f,
            "set-up     {} ms; {} INVITEs sent again",
            self.setup_ms, self.invite_retransmissions
        )?;
        writeln!(f, "sound      after {} ms", self.first_sound_ms)?;
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
        writeln!(f, "late       {late} ms")?;
        writeln!(
            f,
            "bad        {} packets, {} calls",
            self.bad_packets, self.bad_calls
        )?;
        write!(
            f,
            "own        {} packets dropped, {:.2} us each, {:.1} s, real-time {}",
            self.own_drops, self.own_cost_us, self.duration_s, self.real_time
        )
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p99, max } = self;
        write!(f, "p50 {p50:.1}, p99 {p99:.1}, max {max:.1}")
    }
}
