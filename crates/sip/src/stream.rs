//! Cuts a stream into messages (RFC 3261 § 18.3, RFC 5626 § 3.5.1).
//!
//! Octets come in as the network hands them out, one by one or several messages at once; whole messages come out. Start
//! with [`Framer`]. What a stream must not do ends it: where the next message would begin is not known then.

use crate::message::{Frame, limits::MAX_MESSAGE};

/// The octets of one connection that are not yet a message.
#[derive(Debug, Default)]
pub struct Framer {
    octets: Vec<u8>,
    /// How many of them have come out.
    taken: usize,
    /// Up to where no end of the headers begins, counted from there.
    searched: usize,
    /// The length of the message that has begun, once its headers are there.
    length: Option<usize>,
}

impl Framer {
    /// Takes what was read.
    pub fn push(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Takes out the next message or ping; `None` until more is read.
    ///
    /// # Errors
    /// [`Unframed`]: the connection is of no more use.
    pub fn next_frame(&mut self) -> Result<Option<Framed>, Unframed> {
        if self.length.is_none() {
            if self.rest().starts_with(PING) {
                self.pass(PING.len());
                return Ok(Some(Framed::Ping));
            }
            while self.rest().starts_with(LINE_END) && self.rest().len() >= PING.len() {
                self.pass(LINE_END.len());
            }
            self.length = self.find_length()?;
        }
        let Some(length) = self.length.filter(|&length| self.rest().len() >= length) else {
            self.give_back();
            return Ok(None);
        };
        self.length = None;
        let message = self.rest()[..length].to_vec();
        self.pass(length);
        Ok(Some(Framed::Message(message)))
    }

    /// Whether a message has begun and is not complete.
    pub fn is_within_message(&self) -> bool {
        !self.rest().is_empty() && !LINE_END.starts_with(self.rest())
    }

    fn find_length(&mut self) -> Result<Option<usize>, Unframed> {
        let rest = &self.octets[self.taken..];
        let unread = rest.get(self.searched..).unwrap_or_default();
        let Some(end) = unread
            .windows(HEADERS_END.len())
            .position(|window| window == HEADERS_END)
        else {
            self.searched = rest.len().saturating_sub(HEADERS_END.len() - 1);
            return if rest.len() > MAX_MESSAGE {
                Err(Unframed::TooLong)
            } else {
                Ok(None)
            };
        };
        let headers = self.searched + end + HEADERS_END.len();
        let frame = Frame::read(&rest[..headers]);
        let body = frame.content_length().map_err(|_| Unframed::NoLength)?;
        let body = body.ok_or(Unframed::NoLength)?;
        let length = headers.checked_add(body);
        let length = length.filter(|&length| length <= MAX_MESSAGE);
        length.ok_or(Unframed::TooLong).map(Some)
    }

    /// What has not come out yet.
    fn rest(&self) -> &[u8] {
        &self.octets[self.taken..]
    }

    /// These octets have come out. Their room is kept until all that is whole has: moving the rest forward each time would
    /// cost the square of what was read.
    fn pass(&mut self, length: usize) {
        self.searched = 0;
        self.taken += length;
    }

    fn give_back(&mut self) {
        if self.taken > 0 {
            self.octets = self.octets.split_off(self.taken);
            self.taken = 0;
        }
    }
}

/// What a stream holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// One message, whole.
    Message(Vec<u8>),
    /// Two empty lines: the peer wants to see an empty line back ([`PONG`]).
    Ping,
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unframed {
    /// More than 65,535 octets, or no end of the headers within them.
    #[error("a message has more than 65,535 octets")]
    TooLong,
    /// On a stream only Content-Length says where a message ends.
    #[error("a message has no Content-Length, or one that cannot be read")]
    NoLength,
}

/// What answers a [`Framed::Ping`].
pub const PONG: &[u8] = LINE_END;

const LINE_END: &[u8] = b"\r\n";
const PING: &[u8] = b"\r\n\r\n";
const HEADERS_END: &[u8] = b"\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_messages_in_one_read_come_out_one_by_one() {
        let mut framer = Framer::default();
        framer.push(&[message("one"), message("")].concat());

        assert_eq!(
            framer.next_frame(),
            Ok(Some(Framed::Message(message("one"))))
        );
        assert_eq!(framer.next_frame(), Ok(Some(Framed::Message(message("")))));
        assert_eq!(framer.next_frame(), Ok(None));
        assert!(!framer.is_within_message());
    }

    #[test]
    fn a_ping_is_told_and_other_empty_lines_are_passed_over() {
        let mut framer = Framer::default();
        framer.push(b"\r\n\r\n\r\n");
        framer.push(&message("body"));

        assert_eq!(framer.next_frame(), Ok(Some(Framed::Ping)));
        assert_eq!(
            framer.next_frame(),
            Ok(Some(Framed::Message(message("body"))))
        );
        framer.push(b"\r\n");
        assert_eq!(framer.next_frame(), Ok(None));
        assert!(
            !framer.is_within_message(),
            "half a ping is nothing to wait for"
        );
        framer.push(b"\r\n");
        assert_eq!(framer.next_frame(), Ok(Some(Framed::Ping)));
    }

    #[test]
    fn the_short_name_and_a_folded_length_are_read() {
        for length in ["l: 4", "Content-Length:\r\n 4", "CONTENT-LENGTH : 4"] {
            let mut framer = Framer::default();
            let text = format!("OPTIONS sip:a SIP/2.0\r\n{length}\r\n\r\nbodyBYE");
            framer.push(text.as_bytes());

            let framed = framer.next_frame().unwrap();
            let expected = text.as_bytes()[..text.len() - 3].to_vec();
            assert_eq!(framed, Some(Framed::Message(expected)), "{length}");
            assert!(framer.is_within_message());
        }
    }

    #[test]
    fn what_cannot_be_delimited_ends_the_stream() {
        for (text, why) in [
            ("OPTIONS sip:a SIP/2.0\r\nTo: a\r\n\r\n", Unframed::NoLength),
            ("A\r\nContent-Length: -1\r\n\r\n", Unframed::NoLength),
            ("A\r\nl: 1\r\nl: 1\r\n\r\n", Unframed::NoLength),
            ("A\r\nl: 65535\r\n\r\n", Unframed::TooLong),
            ("A\r\nl: 18446744073709551615\r\n\r\n", Unframed::TooLong),
        ] {
            let mut framer = Framer::default();
            framer.push(text.as_bytes());
            assert_eq!(framer.next_frame(), Err(why), "{text:?}");
        }
        let mut framer = Framer::default();
        framer.push(&[b'a'; MAX_MESSAGE + 1]);
        assert_eq!(framer.next_frame(), Err(Unframed::TooLong));
    }

    #[test]
    fn thousands_of_messages_in_one_read_take_little_more_memory_than_their_octets() {
        let shortest = b"A\r\nl:0\r\n\r\n";
        let read = shortest.repeat(65_536 / shortest.len());
        let allocated = allocation_counter::measure(|| {
            let mut framer = Framer::default();
            framer.push(&read);
            let all: Vec<Framed> = std::iter::from_fn(|| framer.next_frame().unwrap()).collect();
            assert_eq!(all.len(), read.len() / shortest.len());
        });

        assert!(allocated.bytes_max < 1_000_000, "{allocated:?}");
    }

    #[test]
    fn what_was_taken_takes_no_room_while_nothing_more_comes() {
        let mut framer = Framer::default();
        framer.push(&[message("one"), message("two"), b"OPT".to_vec()].concat());
        while framer.next_frame().unwrap().is_some() {}

        assert_eq!(framer.octets.capacity(), 3);
    }

    proptest! {
        #[test]
        fn however_a_stream_is_cut_the_messages_are_the_same(
            bodies in prop::collection::vec("[a-z\r\n]{0,40}", 1..6),
            cuts in prop::collection::vec(1_usize..90, 1..40),
        ) {
            let messages: Vec<Vec<u8>> = bodies.iter().map(|body| message(body)).collect();
            let stream = messages.concat();
            let (mut framer, mut found, mut rest) = (Framer::default(), Vec::new(), &stream[..]);
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                framer.push(now);
                while let Some(framed) = framer.next_frame().unwrap() {
                    found.push(framed);
                }
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            let expected: Vec<_> = messages.into_iter().map(Framed::Message).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn between_pings_and_empty_lines_too_a_cut_changes_nothing(
            parts in prop::collection::vec(
                prop::sample::select(vec!["\r\n", "\r\n\r\n", "A\r\nl:0\r\n\r\n", "B\r\nl:4\r\n\r\n\r\n\r\n"]),
                0..12,
            ),
            cut in 1_usize..40,
        ) {
            let stream = parts.concat().into_bytes();
            let framed = |length| {
                let (mut framer, mut found) = (Framer::default(), Vec::new());
                for read in stream.chunks(length) {
                    framer.push(read);
                    found.extend(std::iter::from_fn(|| framer.next_frame().unwrap()));
                }
                (found, framer.is_within_message())
            };
            prop_assert_eq!(framed(cut), framed(stream.len().max(1)));
        }

        #[test]
        fn anything_may_come(octets in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut framer = Framer::default();
            framer.push(&octets);
            while let Ok(Some(_)) = framer.next_frame() {}
        }
    }

    fn message(body: &str) -> Vec<u8> {
        let length = body.len();
        format!("OPTIONS sip:a SIP/2.0\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
    }
}
