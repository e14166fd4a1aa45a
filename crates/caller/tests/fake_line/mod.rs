//! A line of few words for the tests: answers as it is told, plays exactly the packets it is given.

#![allow(
    dead_code,
    reason = "each test file uses a part of it, and includes it whole"
)]

mod call;
mod exchange;

use std::{
    net::SocketAddr,
    sync::mpsc::{self, Receiver},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use media::{Ptime, rtcp, rtp};
use net::Waker;

use exchange::Exchange;

/// A line on a port of its own, until it is dropped.
pub(crate) struct FakeLine {
    pub(crate) address: SocketAddr,
    /// Every request it hears, as text.
    requests: Receiver<String>,
    heard: Receiver<Heard>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// What it hears of callers besides their requests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// A packet of sound.
    Sound,
    /// A key, with the time since the call's ACK.
    Key(Duration, char),
    /// A report, with the same.
    Report(Duration, rtcp::Heard),
}

/// How it takes calls.
#[derive(Clone)]
pub(crate) struct Manners {
    pub(crate) answer: Answer,
    /// What the calls hear, in turn; the last one for all others.
    pub(crate) sounds: Vec<Vec<Planned>>,
    /// Says goodbye after the last packet.
    pub(crate) says_goodbye: bool,
    /// Takes the ACK for lost until the 200 has been sent this often.
    pub(crate) sends_200: u32,
    /// Lines added to the 200, each with its CRLF.
    pub(crate) more: &'static [u8],
    /// Is silent so long after a key, for half a second.
    pub(crate) stops_after_key: Option<Duration>,
    /// Sends a report when the ACK is this old, and answers each report with one.
    pub(crate) reports_at: Option<Duration>,
    /// Final responses other than 200 wait so long.
    pub(crate) hesitates: Duration,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Takes,
    Refuses(u16, &'static str),
    RingsForEver,
    Silent,
}

/// One packet, sent when the ACK is this old.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) at: Duration,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) payload: Vec<u8>,
}

impl Planned {
    pub(crate) fn octets(&self) -> Vec<u8> {
        let header = rtp::encode_header(8, false, self.sequence, self.timestamp, 77);
        [&header[..], &self.payload].concat()
    }
}

impl Manners {
    /// Answers and plays.
    pub(crate) fn plays(packets: Vec<Planned>) -> Self {
        Self {
            answer: Answer::Takes,
            sounds: vec![packets],
            says_goodbye: true,
            sends_200: 1,
            more: b"",
            stops_after_key: None,
            reports_at: None,
            hesitates: Duration::ZERO,
        }
    }

    /// Answers in another way.
    pub(crate) fn answers(answer: Answer) -> Self {
        Self {
            answer,
            ..Self::plays(vec![])
        }
    }
}

impl FakeLine {
    pub(crate) fn open(manners: Manners) -> Self {
        let (requests_in, requests) = mpsc::channel();
        let (heard_in, heard) = mpsc::channel();
        let waker = Waker::new().unwrap();
        let mut exchange = Exchange::open(manners, requests_in, heard_in, waker.clone());
        let address = exchange.address();
        let thread = std::thread::spawn(move || exchange.run());
        Self {
            address,
            requests,
            heard,
            waker,
            thread: Some(thread),
        }
    }

    pub(crate) fn target(&self) -> String {
        format!("sip:0805691282@{}", self.address)
    }

    /// Closes the line; all requests it has heard.
    pub(crate) fn close(mut self) -> Vec<String> {
        self.stop();
        self.requests.try_iter().collect()
    }

    /// What it has heard since it was asked last.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.try_iter().collect()
    }

    fn stop(&mut self) {
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for FakeLine {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Perfect sound: frame `n` holds the octet `n`, over and over; number and timestamp wrap.
pub(crate) fn sound(frames: u16) -> Vec<Planned> {
    sound_of(Ptime::Ms20, frames)
}

/// The same in packets of another length.
pub(crate) fn sound_of(ptime: Ptime, frames: u16) -> Vec<Planned> {
    let one = |frame: u16| Planned {
        at: ptime.duration() * u32::from(frame),
        sequence: 65_500_u16.wrapping_add(frame),
        timestamp: (u32::MAX - 800).wrapping_add(u32::from(frame) * ptime.ticks()),
        payload: vec![frame.to_le_bytes()[0]; ptime.octets()],
    };
    (0..frames).map(one).collect()
}

/// How many of these requests begin with a method.
pub(crate) fn count(requests: &[String], method: &str) -> usize {
    let is_it = |request: &&String| request.starts_with(&format!("{method} "));
    requests.iter().filter(is_it).count()
}

/// The instant of the fake line's next doing.
pub(crate) fn soonest(instants: impl Iterator<Item = Instant>) -> Option<Duration> {
    let next = instants.min()?;
    Some(next.saturating_duration_since(Instant::now()))
}
