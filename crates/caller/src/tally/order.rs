//! Sequence numbers that wrap, come twice, or come late.

/// Which numbers of a stream have been received.
#[derive(Debug, Default)]
pub(super) struct Order {
    stream: Option<Stream>,
}

#[derive(Debug)]
struct Stream {
    ssrc: u32,
    /// Place of the highest number so far; the first packet has place 0.
    highest: i64,
    highest_sequence: u16,
    /// Sequence number of place 0 in this stream, wraps counted.
    origin: i64,
    lowest: i64,
    /// One bit for each place from `-EARLY` on.
    received: Vec<u64>,
}

impl Order {
    /// Finds the place of a packet. A sender that begins a new stream (another SSRC) goes on right
    /// after the last one.
    pub(super) fn place(&mut self, sequence: u16, ssrc: u32) -> Place {
        let stream = self
            .stream
            .get_or_insert_with(|| Stream::new(sequence, ssrc));
        if ssrc != stream.ssrc {
            stream.ssrc = ssrc;
            stream.highest_sequence = sequence.wrapping_sub(1);
            stream.origin = i64::from(sequence) - 1 - stream.highest;
        }
        let ahead = sequence.wrapping_sub(stream.highest_sequence).cast_signed();
        let place = stream.highest + i64::from(ahead);
        match stream.mark(place) {
            None => Place::Stray,
            Some(false) => Place::Twice,
            Some(true) if ahead >= 0 => {
                stream.highest = place;
                stream.highest_sequence = sequence;
                Place::InOrder(place)
            }
            Some(true) => {
                stream.lowest = stream.lowest.min(place);
                Place::Behind(place)
            }
        }
    }

    /// The stream and its highest sequence number, whose upper half counts the wraps.
    pub(super) fn highest(&self) -> Option<(u32, u32)> {
        let stream = self.stream.as_ref()?;
        let number = (stream.origin + stream.highest).max(0);
        Some((stream.ssrc, u32::try_from(number).unwrap_or(u32::MAX)))
    }

    /// How many numbers there are from the lowest to the highest received.
    pub(super) fn numbered(&self) -> u64 {
        let stream = self.stream.as_ref();
        stream.map_or(0, |stream| {
            u64::try_from(stream.highest - stream.lowest + 1).unwrap_or(0)
        })
    }
}

impl Stream {
    fn new(sequence: u16, ssrc: u32) -> Self {
        Self {
            ssrc,
            highest: 0,
            highest_sequence: sequence,
            origin: i64::from(sequence),
            lowest: 0,
            received: vec![],
        }
    }

    /// Whether the place is new; `None` for one that no stream of ours reaches.
    fn mark(&mut self, place: i64) -> Option<bool> {
        let bit = usize::try_from(place + EARLY).ok()?;
        if bit > MOST_PLACES {
            return None;
        }
        let (word, mask) = (bit / 64, 1_u64 << (bit % 64));
        if word >= self.received.len() {
            self.received.resize(word + 1, 0);
        }
        let is_new = self.received[word] & mask == 0;
        self.received[word] |= mask;
        Some(is_new)
    }
}

/// Where a packet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At or above the highest number so far; places count from the first packet.
    InOrder(i64),
    /// Below it, for the first time.
    Behind(i64),
    /// Received before.
    Twice,
    /// Outside anything that belongs to the call.
    Stray,
}

/// Places before the first packet that are still of the stream.
const EARLY: i64 = 128;
/// A day of packets; more is no call.
const MOST_PLACES: usize = 86_400 * 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_on_where_the_number_wraps() {
        assert_eq!(
            places(&[65_534, 65_535, 0, 1]),
            [0, 1, 2, 3].map(Place::InOrder)
        );
    }

    #[test]
    fn a_late_packet_is_behind_once_then_twice() {
        assert_eq!(
            places(&[10, 12, 11, 11, 12, 9]),
            [
                Place::InOrder(0),
                Place::InOrder(2),
                Place::Behind(1),
                Place::Twice,
                Place::Twice,
                Place::Behind(-1),
            ]
        );
    }

    #[test]
    fn a_number_from_long_before_the_call_is_a_stray() {
        assert_eq!(places(&[1_000, 500]), [Place::InOrder(0), Place::Stray]);
    }

    #[test]
    fn the_highest_number_counts_its_wraps() {
        let mut order = Order::default();
        assert_eq!(order.highest(), None);
        for sequence in [65_534, 0, 65_535, 2] {
            order.place(sequence, 5);
        }
        assert_eq!(order.highest(), Some((5, 0x0001_0002)));

        order.place(700, 6);
        assert_eq!(order.highest(), Some((6, 700)));
    }

    #[test]
    fn another_stream_goes_on_after_the_last() {
        let mut order = Order::default();
        order.place(7, 1);

        assert_eq!(order.place(40_000, 2), Place::InOrder(1));
        assert_eq!(order.place(40_002, 2), Place::InOrder(3));
        assert_eq!(order.numbered(), 4);
    }

    fn places(sequences: &[u16]) -> Vec<Place> {
        let mut order = Order::default();
        let packets = sequences.iter();
        packets.map(|&sequence| order.place(sequence, 1)).collect()
    }
}
