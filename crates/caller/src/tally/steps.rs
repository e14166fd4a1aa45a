//! Timestamps that do not go on by the sound between two packets.

use std::collections::BTreeMap;

/// Compares neighbours in sequence order, which is not the order of arrival: a few packets wait
/// until a late one can no longer come between them.
#[derive(Debug, Default)]
pub(super) struct Steps {
    waiting: BTreeMap<i64, u32>,
    last: Option<(i64, u32)>,
    ticks: u32,
    wrong: u64,
}

impl Steps {
    /// Takes the timestamp of a packet; `octets` are the ticks of one packet.
    pub(super) fn note(&mut self, place: i64, timestamp: u32, octets: usize) {
        self.ticks = u32::try_from(octets).unwrap_or(0);
        self.waiting.insert(place, timestamp);
        if self.waiting.len() > WAITING {
            self.release();
        }
    }

    /// How many steps were wrong in all.
    pub(super) fn close(&mut self) -> u64 {
        while self.release() {}
        self.wrong
    }

    fn release(&mut self) -> bool {
        let Some((place, timestamp)) = self.waiting.pop_first() else {
            return false;
        };
        if let Some((last_place, last_timestamp)) = self.last {
            let places = u32::try_from(place - last_place).unwrap_or(0);
            let due = last_timestamp.wrapping_add(self.ticks.wrapping_mul(places));
            self.wrong += u64::from(due != timestamp && place > last_place);
        }
        self.last = Some((place, timestamp));
        true
    }
}

/// Packets that wait: a reordered one is rarely later than a few.
const WAITING: usize = 16;
