//! Which packets were heard before (RFC 3711 § 3.3.1 and § 3.3.2).

/// The streams heard under one key. None is ever forgotten, or its packets could be played back.
#[derive(Debug, Default)]
pub(super) struct Streams {
    heard: [Option<(u32, Window)>; MOST_STREAMS],
}

impl Streams {
    /// What was heard of a stream.
    pub(super) fn find(&self, ssrc: u32) -> Option<&Window> {
        let mut heard = self.heard.iter().flatten();
        heard
            .find(|(one, _)| *one == ssrc)
            .map(|(_, window)| window)
    }

    /// Whether no stream can be added.
    pub(super) fn is_full(&self) -> bool {
        self.heard.iter().all(Option::is_some)
    }

    /// Takes note of an authentic packet. Of a stream too many nothing is kept.
    pub(super) fn note(&mut self, ssrc: u32, index: u64) {
        let mut heard = self.heard.iter_mut();
        let place = heard.find(|one| one.as_ref().is_none_or(|(one, _)| *one == ssrc));
        match place {
            Some(Some((_, window))) => window.note(index),
            Some(free) => *free = Some((ssrc, Window::new(index))),
            None => {}
        }
    }
}

/// The latest packets of one stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The highest index heard.
    highest: u64,
    /// Bit n: the packet n before it was heard.
    seen: u64,
}

impl Window {
    fn new(index: u64) -> Self {
        Self {
            highest: index,
            seen: 1,
        }
    }

    /// The index of a packet with this sequence number: the nearest one to the highest heard (§ 3.3.1). `None` before
    /// the first one of all.
    pub(super) fn index_of(&self, sequence: u16) -> Option<u64> {
        let [.., high, low] = self.highest.to_be_bytes();
        let ahead = sequence.wrapping_sub(u16::from_be_bytes([high, low]));
        let ahead = i64::from(ahead.cast_signed());
        self.highest.checked_add_signed(ahead)
    }

    /// Whether it was not heard yet and is not too old to know.
    pub(super) fn is_new(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(before) => before < WIDTH && self.seen >> before & 1 == 0,
        }
    }

    fn note(&mut self, index: u64) {
        match index.checked_sub(self.highest) {
            Some(ahead) => {
                self.seen = if ahead < WIDTH { self.seen << ahead } else { 0 } | 1;
                self.highest = index;
            }
            None => {
                let before = self.highest - index;
                self.seen |= if before < WIDTH { 1 << before } else { 0 };
            }
        }
    }
}

/// The least that § 3.3.2 allows: more than a second of packets.
const WIDTH: u64 = 64;
/// A telephone has one stream, another after a transfer, and some send keys in one of their own.
const MOST_STREAMS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn a_sequence_number_is_the_nearest_packet_of_that_number() {
        for (highest, sequence, index) in [
            (100, 101, Some(101)),
            (100, 99, Some(99)),
            (0xFFFF, 0, Some(0x1_0000)),
            (0x1_0002, 0xFFFF, Some(0xFFFF)),
            (0x5_8001, 0, Some(0x6_0000)),
            (0x5_8000, 1, Some(0x5_0001)),
            (3, 0xFFFE, None),
        ] {
            assert_eq!(
                Window::new(highest).index_of(sequence),
                index,
                "{highest:x}"
            );
        }
    }

    #[test]
    fn a_stream_too_many_is_not_kept() {
        let mut streams = Streams::default();
        for ssrc in 0..9 {
            assert_eq!(streams.is_full(), ssrc >= 4);
            streams.note(ssrc, 7);
        }
        assert!(streams.find(3).is_some() && streams.find(4).is_none());
    }

    proptest! {
        #[test]
        fn nothing_is_let_in_twice(steps in proptest::collection::vec(-70_i64..90, 1..200)) {
            let mut streams = Streams::default();
            let (mut let_in, mut at) = (HashSet::new(), 1_000_u64);
            for step in steps {
                at = at.saturating_add_signed(step);
                let window = streams.find(9).copied();
                if window.is_none_or(|window| window.is_new(at)) {
                    prop_assert!(let_in.insert(at), "{} twice", at);
                    streams.note(9, at);
                } else {
                    let old = window.is_some_and(|window| window.highest - at >= WIDTH);
                    prop_assert!(old || let_in.contains(&at), "{} was never heard", at);
                }
            }
        }
    }
}
