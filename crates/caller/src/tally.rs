//! Counts what arrives of one stream: losses, repeats, order, steps, lateness.
//!
//! Packets are taken as they arrive; a bit for each sequence number and a transit for each packet
//! is all that is kept, so that thousands of calls are counted at once. Start with [`Tally`].

mod jitter;
mod order;
mod steps;

use std::time::Duration;

use media::rtp::Packet;
use serde::Serialize;

use crate::lateness;
use jitter::Jitter;
use order::{Order, Place};
use steps::Steps;

/// The running account of one stream.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    order: Order,
    steps: Steps,
    /// Arrival minus media time of each packet, in microseconds, from that of the first one.
    transits_us: Vec<i32>,
    jitter: Jitter,
    clock: Option<Clock>,
    counts: Counts,
}

impl Tally {
    /// Counts one packet; answers where its payload stands if it is the first with its number.
    pub(crate) fn note(&mut self, arrived: Duration, packet: &Packet<'_>) -> Option<i64> {
        let place = match self.order.place(packet.sequence, packet.ssrc) {
            Place::Stray => {
                self.counts.strays += 1;
                return None;
            }
            Place::Twice => {
                self.counts.duplicates += 1;
                return None;
            }
            Place::InOrder(place) => place,
            Place::Behind(place) => {
                self.counts.out_of_order += 1;
                place
            }
        };
        self.counts.packets += 1;
        let clock = self
            .clock
            .get_or_insert_with(|| Clock::new(arrived, packet));
        if packet.payload.len() != clock.octets {
            self.counts.wrong_size += 1;
        }
        let transit = clock.transit_us(arrived, packet.timestamp);
        if let Some(before) = self.transits_us.last() {
            self.jitter.note(transit.abs_diff(*before));
        }
        self.transits_us.push(transit);
        self.steps.note(place, packet.timestamp, clock.octets);
        Some(place)
    }

    /// What a report to the line says of its stream so far; `None` before the first packet.
    pub(crate) fn reception(&self) -> Option<Reception> {
        let (ssrc, highest_sequence) = self.order.highest()?;
        Some(Reception {
            ssrc,
            highest_sequence,
            expected: self.order.numbered(),
            received: self.counts.packets + self.counts.duplicates,
            jitter_ticks: self.jitter.ticks(),
        })
    }

    /// Milliseconds of sound in one packet, going by the first.
    pub(crate) fn packet_ms(&self) -> Option<u32> {
        let octets = self.clock?.octets;
        u32::try_from(octets / OCTETS_PER_MS).ok()
    }

    /// Closes the account at the end of the call.
    pub(crate) fn close(mut self, ended: Duration) -> Account {
        let counts = &mut self.counts;
        let numbered = self.order.numbered();
        counts.lost = numbered.saturating_sub(counts.packets);
        counts.timestamp_steps = self.steps.close();
        let neighbours = self.transits_us.array_windows();
        let gaps_us = neighbours.map(|[one, next]| next.abs_diff(*one)).collect();
        lateness::from_transits(&mut self.transits_us);
        let late = self.transits_us.iter().filter(|&&late| late > TOO_LATE_US);
        counts.late = u64::try_from(late.count()).unwrap_or(u64::MAX);
        counts.missing_by_clock = self.clock.map_or(0, |clock| {
            clock.packets_until(ended).saturating_sub(numbered)
        });
        counts.judge(numbered);
        Account {
            counts: self.counts,
            late_us: self.transits_us,
            gaps_us,
        }
    }
}

/// What a [`Tally`] comes to.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) counts: Counts,
    /// The lateness of each packet, in microseconds, in the order of arrival.
    pub(crate) late_us: Vec<i32>,
    /// |arrival gap − media gap| of each packet and the one that arrived before it, in microseconds.
    pub(crate) gaps_us: Vec<u32>,
}

/// A stream as its receiver reports on it (RFC 3550 § 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    /// The upper half counts the wraps.
    pub(crate) highest_sequence: u32,
    pub(crate) expected: u64,
    /// Repeats counted.
    pub(crate) received: u64,
    pub(crate) jitter_ticks: u32,
}

/// What became of the packets of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Received, each sequence number once.
    pub packets: u64,
    /// Numbers never received between the first and the last that were.
    pub lost: u64,
    /// Received again.
    pub duplicates: u64,
    /// Received after a packet with a higher number.
    pub out_of_order: u64,
    /// Neighbours in sequence whose timestamps do not differ by their sound.
    pub timestamp_steps: u64,
    /// Payloads that are not as long as the first one.
    pub wrong_size: u64,
    /// Later than 20 ms against the call's own ideal clock.
    pub late: u64,
    /// Due by the clock until the end of the call, and never numbered.
    pub missing_by_clock: u64,
    /// Packets whose number has nothing to do with the stream, or that are not RTP.
    pub strays: u64,
    /// Lost, late, wrong in size or step, or missing by the clock beyond the one that the end may
    /// cut off.
    pub bad_packets: u64,
    /// Over 0.1 % bad packets, or no packet at all.
    pub bad: bool,
}

impl Counts {
    fn judge(&mut self, numbered: u64) {
        self.bad_packets = self.lost
            + self.late
            + self.timestamp_steps
            + self.wrong_size
            + self.missing_by_clock.saturating_sub(1);
        self.bad = self.packets == 0 || self.bad_packets * 1_000 > numbered;
    }
}

/// The clock of the stream, from its first packet on.
#[derive(Clone, Copy, Debug)]
struct Clock {
    first_arrival: Duration,
    last_timestamp: u32,
    /// Ticks since the first packet; runs on where the timestamp wraps.
    ticks: i64,
    /// Octets of a payload, which are ticks in G.711.
    octets: usize,
}

impl Clock {
    fn new(arrived: Duration, packet: &Packet<'_>) -> Self {
        Self {
            first_arrival: arrived,
            last_timestamp: packet.timestamp,
            ticks: 0,
            octets: packet.payload.len(),
        }
    }

    fn transit_us(&mut self, arrived: Duration, timestamp: u32) -> i32 {
        let step = timestamp.wrapping_sub(self.last_timestamp).cast_signed();
        self.last_timestamp = timestamp;
        self.ticks += i64::from(step);
        let since_first = micros(arrived) - micros(self.first_arrival);
        let transit = since_first - self.ticks * MICROS_PER_TICK;
        i32::try_from(transit).unwrap_or(if transit < 0 { i32::MIN } else { i32::MAX })
    }

    /// How many packets are due from the first one until `ended`, both counted.
    fn packets_until(&self, ended: Duration) -> u64 {
        let ticks = u64::try_from(self.octets.max(1)).unwrap_or(1);
        let packet_us = ticks * MICROS_PER_TICK.unsigned_abs();
        let until = ended.saturating_sub(self.first_arrival).as_micros();
        u64::try_from(until).unwrap_or(u64::MAX) / packet_us + 1
    }
}

fn micros(instant: Duration) -> i64 {
    i64::try_from(instant.as_micros()).unwrap_or(i64::MAX)
}

/// A jitter buffer of a telephone forgives no more.
const TOO_LATE_US: i32 = 20_000;
/// 8,000 ticks a second.
const MICROS_PER_TICK: i64 = 125;
/// In every codec that is called for: 64 kbit/s.
const OCTETS_PER_MS: usize = 8;

#[cfg(test)]
mod tests;
