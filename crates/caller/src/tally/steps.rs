//! Timestamps that do not go on by the sound between two packets.

use std::collections::BTreeMap;

/// Compares neighbours in sequence order, which is not the order of arrival: where a number is
/// missing, a few packets wait until it can no longer come between them.
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
        if self.waiting.is_empty() && self.is_next(place) {
            self.compare(place, timestamp);
            return;
        }
        self.waiting.insert(place, timestamp);
        while let Some((&first, _)) = self.waiting.first_key_value()
            && (self.is_next(first) || self.waiting.len() > WAITING)
        {
            self.release();
        }
    }

    /// How many steps were wrong in all.
    pub(super) fn close(&mut self) -> u64 {
        while self.release() {}
        self.wrong
    }

    /// Whether nothing can come between the last one compared and this one.
    fn is_next(&self, place: i64) -> bool {
        self.last.is_some_and(|(last, _)| place == last + 1)
    }

    fn release(&mut self) -> bool {
        let Some((place, timestamp)) = self.waiting.pop_first() else {
            return false;
        };
        self.compare(place, timestamp);
        true
    }

    /// One that comes when its neighbours have been compared is let go.
    fn compare(&mut self, place: i64, timestamp: u32) {
        if let Some((last_place, last_timestamp)) = self.last {
            let Ok(places @ 1..) = u32::try_from(place - last_place) else {
                return;
            };
            let due = last_timestamp.wrapping_add(self.ticks.wrapping_mul(places));
            self.wrong += u64::from(due != timestamp);
        }
        self.last = Some((place, timestamp));
    }
}

/// Packets that wait: a reordered one is rarely later than a few.
const WAITING: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_that_change_places_are_compared_in_their_right_order() {
        let swapped = [(0, 0), (2, 320), (1, 160), (3, 480), (-1, u32::MAX - 159)];

        assert_eq!(wrong(swapped), 0);
    }

    #[test]
    fn a_slip_counts_once_though_packets_are_lost_around_it() {
        let before = (0..30).map(|place| (place, timestamp(place)));
        let after = (33..90).map(|place| (place, timestamp(place) + 7));

        assert_eq!(wrong(before.chain(after)), 1);
    }

    #[test]
    fn a_packet_that_comes_when_all_is_compared_is_let_go() {
        let without = (0..60).filter(|place| *place != 20);
        let packets = without.chain([20]).map(|place| (place, timestamp(place)));

        assert_eq!(wrong(packets), 0);
    }

    fn timestamp(place: i64) -> u32 {
        160 * u32::try_from(place).unwrap()
    }

    fn wrong(packets: impl IntoIterator<Item = (i64, u32)>) -> u64 {
        let mut steps = Steps::default();
        for (place, timestamp) in packets {
            steps.note(place, timestamp, 160);
        }
        steps.close()
    }
}
