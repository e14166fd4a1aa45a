//! Cuts a stream into messages (RFC 3261 § 18.3, RFC 5626 § 3.5.1).
//!
//! Octets come in as the network hands them out, one by one or several messages at once; whole messages come out. Start
//! with [`Framer`]. What a stream must not do ends it: where the next message would begin is not known then.

use crate::message::{Frame, limits::MAX_MESSAGE};

/// The octets of one connection that are not yet a message.
#[derive(Debug, Default)]
pub struct Framer {
    octets: Vec<u8>,
    /// Up to where no end of the headers begins.
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
            if self.octets.starts_with(PING) {
                self.take(PING.len());
                return Ok(Some(Framed::Ping));
            }
            while self.octets.starts_with(LINE_END) && self.octets.len() >= PING.len() {
                self.take(LINE_END.len());
            }
            self.length = self.find_length()?;
        }
        match self.length {
            Some(length) if self.octets.len() >= length => {
                self.length = None;
                Ok(Some(Framed::Message(self.take(length))))
            }
            _ => Ok(None),
        }
    }

    /// Whether a message has begun and is not complete.
    pub fn is_within_message(&self) -> bool {
        !self.octets.is_empty() && !LINE_END.starts_with(&self.octets)
    }

    fn find_length(&mut self) -> Result<Option<usize>, Unframed> {
        let unread = self.octets.get(self.searched..).unwrap_or_default();
        let Some(end) = unread
            .windows(HEADERS_END.len())
            .position(|window| window == HEADERS_END)
        else {
            self.searched = self.octets.len().saturating_sub(HEADERS_END.len() - 1);
            return if self.octets.len() > MAX_MESSAGE {
                Err(Unframed::TooLong)
            } else {
                Ok(None)
            };
        };
        let headers = self.searched + end + HEADERS_END.len();
        let frame = Frame::read(&self.octets[..headers]);
        let body = frame.content_length().map_err(|_| Unframed::NoLength)?;
        let body = body.ok_or(Unframed::NoLength)?;
        let length = headers.checked_add(body);
        let length = length.filter(|&length| length <= MAX_MESSAGE);
        length.ok_or(Unframed::TooLong).map(Some)
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.searched = 0;
        let rest = self.octets.split_off(length);
        std::mem::replace(&mut self.octets, rest)
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
