//! What became of a storm of calls.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Lateness, Spread};

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
    /// Answered calls that heard nothing in their last half second, or nothing at all.
    pub fell_silent: usize,
    /// The most calls that listened at once.
    pub most_at_once: usize,
    /// INVITEs sent again for want of any response.
    pub invite_retransmissions: u64,
    /// From INVITE to 200.
    pub setup_ms: Spread,
    /// From INVITE to any other final response.
    pub refusal_ms: Spread,
    /// From ACK to first RTP packet.
    pub first_sound_ms: Spread,
    /// Calls by the milliseconds of sound in one packet, going by their first packets.
    pub calls_by_packet_ms: BTreeMap<u32, usize>,
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
    /// |arrival gap − media gap| of neighbours in the order of arrival, to 0.01 ms.
    pub gap_ms: Spread,
    /// Lost, over 20 ms late, wrong in size or step, missing by the clock.
    pub bad_packets: u64,
    /// Calls with over 0.1 % bad packets, or none at all.
    pub bad_calls: usize,
    /// Keys pressed, if any were to be.
    pub keys: Option<KeyReactions>,
    /// Calls whose sound was encrypted, if any was.
    pub srtp: Option<EncryptedCalls>,
    /// Reports exchanged, if any were to be.
    pub rtcp: Option<ReportsExchanged>,
    /// What the line cost, if its process was watched.
    pub server: Option<ServerCost>,
    /// Packets that this process's own sockets dropped (SO_RXQ_OVFL).
    pub own_drops: u64,
    /// From the first INVITE to the end of the last call.
    pub duration_s: f64,
    /// Processor time of the storm per packet received, without what it spends on speaking.
    pub own_cost_us: f64,
    /// RTP packets sent: what callers say, and their keys.
    pub spoken: u64,
    /// Processor time of the storm per packet sent.
    pub speaking_cost_us: f64,
    /// Whether the storm ran with real-time priority.
    pub real_time: bool,
}

/// Packets up to a lateness, above that of the bucket before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// The upper edge; `None` for the last one.
    pub up_to_ms: Option<f64>,
    /// How many packets.
    pub packets: u64,
}

/// How the voice stops when a caller presses a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct KeyReactions {
    /// Keys pressed while the line spoke.
    pub presses: u64,
    /// Of these, those after which at least 8 packets of silence came in a row.
    pub reacted: u64,
    /// Keys pressed while the line was silent anyhow, which says nothing.
    pub not_counted: u64,
    /// From the first packet of the key to the first one of that silence.
    pub reaction_ms: Spread,
}

/// SRTP of all calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EncryptedCalls {
    /// How many were encrypted.
    pub calls: usize,
    /// Packets of the line that were not authentic, or came twice; they count as lost.
    pub refused: u64,
}

/// RTCP of all calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ReportsExchanged {
    /// Sender reports of the line received.
    pub sender_reports: u64,
    /// Reports sent to the line.
    pub sent: u64,
}

/// What the process of the line took, as the kernel keeps it.
///
/// Processor time is of the steady window: after the last call was answered or refused, before the
/// first one ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ServerCost {
    /// Length of the steady window; 0 when the first call ended before the last one began.
    pub window_s: f64,
    /// Processor time in it, all threads, user and system.
    pub cpu_s: f64,
    /// Packets received in it.
    pub packets: u64,
    /// Processor time per packet received.
    pub us_per_packet: f64,
    /// Memory of its own (RssAnon) before the first call.
    pub memory_before_kb: u64,
    /// The most there was while the storm lasted.
    pub memory_peak_kb: u64,
    /// The growth, for each of the most calls that listened at once.
    pub octets_per_call: f64,
}
