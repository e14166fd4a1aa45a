//! Whether a peer lives, asked by OPTIONS (RFC 3261 § 11).
//!
//! Any final response means that it does, except 503 and 408, with which a peer says that it does not serve. One good
//! answer brings a peer up, three misses in a row take it down, so that one lost datagram moves nothing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::hop::Hop;
use super::request::{Ask, Asking};
use super::transaction::Transaction;
use crate::agent::tags::{Tags, tag_text};
use crate::message::Response;
use crate::peer::Peer;
use crate::repeats::Step;

/// One peer that is asked every so often.
#[derive(Debug)]
pub struct PeerWatch {
    uri: String,
    hop: Hop,
    interval: Duration,
    random: Tags,
    call_id: String,
    from_tag: String,
    cseq: u32,
    asked: Option<Transaction>,
    next: Instant,
    misses: u32,
    is_up: Option<bool>,
    events: VecDeque<WatchEvent>,
}

/// What the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchOutput {
    /// Send this message.
    Transmit {
        /// Where it goes, and how.
        to: Peer,
        /// The whole message.
        octets: Vec<u8>,
    },
    /// The peer is another than it was.
    Event(WatchEvent),
    /// Nothing to do before this instant, or before the next response.
    Timeout(Instant),
}

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// It answers.
    Up,
    /// It does not serve.
    Down,
}

impl PeerWatch {
    /// Asks at once, and then every `interval`.
    ///
    /// - `uri`: whom the OPTIONS is for. `seed`: another one for every watch, from the system's random source.
    pub fn new(now: Instant, uri: &str, hop: Hop, interval: Duration, seed: u64) -> Self {
        let mut random = Tags::new(seed);
        let [call_id, from_tag] = [random.next(), random.next()].map(tag_text);
        Self {
            uri: uri.to_owned(),
            interval: interval.max(SHORTEST),
            call_id: format!("{call_id}@{}", hop.local.ip()),
            hop,
            random,
            from_tag,
            cseq: 0,
            asked: None,
            next: now,
            misses: 0,
            is_up: None,
            events: VecDeque::new(),
        }
    }

    /// The way to the peer.
    pub fn hop(&self) -> &Hop {
        &self.hop
    }

    /// Whether it answers; `None` before that is known.
    pub fn is_up(&self) -> Option<bool> {
        self.is_up
    }

    /// Takes a response; answers whether it was one to this watch.
    pub fn handle_response(&mut self, response: &Response<'_>) -> bool {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.owns(response)) else {
            return false;
        };
        if asked.handle_response(response) {
            self.asked = None;
            if matches!(response.status, 408 | 503) {
                self.miss();
            } else {
                self.misses = 0;
                self.set(true);
            }
        }
        true
    }

    /// Says what to do now. Call again until it answers [`WatchOutput::Timeout`].
    pub fn poll_output(&mut self, now: Instant) -> WatchOutput {
        loop {
            if now >= self.next {
                // What is not answered when the next one is due was missed.
                if self.asked.take().is_some() {
                    self.miss();
                }
                self.ask(now);
            }
            if let Some(event) = self.events.pop_front() {
                return WatchOutput::Event(event);
            }
            let Some(asked) = &mut self.asked else {
                return WatchOutput::Timeout(self.next);
            };
            let to = asked.to();
            match asked.poll_output(now) {
                Step::Transmit(octets) => {
                    return WatchOutput::Transmit {
                        to,
                        octets: octets.to_vec(),
                    };
                }
                Step::Timeout(at) => return WatchOutput::Timeout(at.min(self.next)),
                Step::GiveUp => {
                    self.asked = None;
                    self.miss();
                }
            }
        }
    }

    fn ask(&mut self, now: Instant) {
        self.next = now + self.interval;
        self.cseq = self.cseq.wrapping_add(1) & LARGEST_CSEQ;
        let branch = format!("z9hG4bKw{}", tag_text(self.random.next()));
        let ask = Ask {
            asking: Asking::Options,
            uri: &self.uri,
            from: &self.hop.contact(None),
            from_tag: &self.from_tag,
            to: &self.uri,
            call_id: &self.call_id,
            cseq: self.cseq,
            branch: &branch,
            more: b"Accept: application/sdp\r\n",
        };
        let octets = ask.write(&self.hop);
        self.asked = Some(Transaction::new(
            now,
            Asking::Options,
            branch,
            self.hop.peer,
            octets,
        ));
    }

    fn miss(&mut self) {
        self.misses = self.misses.saturating_add(1);
        if self.misses >= MISSES {
            self.set(false);
        }
    }

    fn set(&mut self, is_up: bool) {
        if self.is_up != Some(is_up) {
            self.is_up = Some(is_up);
            self.events.push_back(if is_up {
                WatchEvent::Up
            } else {
                WatchEvent::Down
            });
        }
    }
}

/// As many in a row take a peer down.
const MISSES: u32 = 3;
/// Nobody is asked more often.
const SHORTEST: Duration = Duration::from_secs(1);
/// CSeq stays below 2³¹ (RFC 3261 § 8.1.1.5).
pub(super) const LARGEST_CSEQ: u32 = 0x7fff_ffff;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn one_good_answer_brings_a_peer_up_and_three_misses_take_it_down() {
        let mut scene = Scene::new();
        assert_eq!(scene.watch.is_up(), None);
        scene.round(Some(200));
        assert_eq!(scene.told(), [WatchEvent::Up]);

        scene.round(None);
        scene.round(None);
        scene.round(Some(404));
        assert_eq!(scene.told(), [], "two misses are not three");
        scene.round(None);
        scene.round(Some(503));
        scene.round(Some(408));
        scene.round(None);
        assert_eq!(scene.told(), [WatchEvent::Down]);
        assert_eq!(scene.watch.is_up(), Some(false));

        scene.round(Some(401));
        assert_eq!(scene.told(), [WatchEvent::Up]);
    }

    #[test]
    fn a_peer_that_never_answered_is_told_down_once() {
        let mut scene = Scene::new();
        for _ in 0..7 {
            scene.round(None);
        }
        assert_eq!(scene.told(), [WatchEvent::Down]);
    }

    #[test]
    fn a_lost_question_is_repeated_and_every_question_is_a_new_one() {
        let mut scene = Scene::new();
        let first = scene.round(None);
        let second = scene.round(None);

        assert!(first.len() > 5, "repeats after 0.5, 1.5, 3.5 s and on");
        assert!(first.iter().all(|octets| *octets == first[0]));
        assert!(first[0].starts_with("OPTIONS sip:sbc.example SIP/2.0\r\n"));
        assert!(first[0].contains("CSeq: 1 OPTIONS") && second[0].contains("CSeq: 2 OPTIONS"));
    }

    /// One watch every 60 s on a clock that only tests move.
    struct Scene {
        watch: PeerWatch,
        now: Instant,
        told: Vec<WatchEvent>,
    }

    impl Scene {
        fn new() -> Self {
            let now = Instant::now();
            let address: std::net::SocketAddr = "192.0.2.1:5060".parse().unwrap();
            let hop = Hop {
                peer: address.into(),
                local: "198.51.100.7:5060".parse().unwrap(),
                route: None,
            };
            let watch = PeerWatch::new(now, "sip:sbc.example", hop, Duration::from_mins(1), 3);
            Self {
                watch,
                now,
                told: vec![],
            }
        }

        /// One interval, in which the first question gets this answer; what was sent.
        fn round(&mut self, status: Option<u16>) -> Vec<String> {
            let (end, mut sent) = (self.now + Duration::from_mins(1), vec![]);
            loop {
                match self.watch.poll_output(self.now) {
                    WatchOutput::Event(event) => self.told.push(event),
                    WatchOutput::Timeout(next) if next >= end => break,
                    WatchOutput::Timeout(next) => self.now = next,
                    WatchOutput::Transmit { octets, .. } => {
                        sent.push(String::from_utf8(octets).unwrap());
                        if let Some(status) = status {
                            self.answer(&sent[0], status);
                        }
                    }
                }
            }
            self.now = end;
            sent
        }

        fn answer(&mut self, request: &str, status: u16) {
            let copied = request.split_once("\r\n").unwrap().1;
            let octets = format!("SIP/2.0 {status} X\r\n{copied}");
            let Ok(Message::Response(response)) = Message::parse(octets.as_bytes()) else {
                panic!("no response: {octets}");
            };
            assert!(self.watch.handle_response(&response));
        }

        fn told(&mut self) -> Vec<WatchEvent> {
            std::mem::take(&mut self.told)
        }
    }
}
