//! Repeats what the network may have lost until somebody answers.
//!
//! One schedule serves all: the 200 of an accepted INVITE until its ACK (RFC 3261 § 13.3.1.4),
//! a refusal until its ACK (Timers G and H, § 17.2.1), our BYE, UPDATE, REGISTER or OPTIONS until its response (Timers E
//! and F, § 17.1.2.2), our INVITE until its first response (Timers A and B, § 17.1.1.2) and a
//! provisional response until its PRACK (RFC 3262 § 3). Start with [`Repeats`]; dropping it is how the
//! answer stops the repeats. It reads no clock and no socket: every call carries `now`.

use std::time::{Duration, Instant};

use crate::peer::Transport;

/// Octets that nobody has acknowledged yet.
#[derive(Debug)]
pub struct Repeats {
    octets: Box<[u8]>,
    next: Instant,
    interval_ms: u32,
    doubles_on: bool,
    deadline: Instant,
}

impl Repeats {
    /// Takes the message in wire form; the first [`Step`] sends it at once.
    pub fn new(now: Instant, octets: Vec<u8>) -> Self {
        Self {
            octets: octets.into_boxed_slice(),
            next: now,
            interval_ms: T1_MS,
            doubles_on: false,
            deadline: now + 64 * T1,
        }
    }

    /// Over a transport that loses nothing the message is sent once, and still waits for its answer.
    pub fn over(now: Instant, octets: Vec<u8>, transport: Transport) -> Self {
        let mut repeats = Self::new(now, octets);
        if transport.is_reliable() {
            repeats.interval_ms = 64 * T1_MS;
        }
        repeats
    }

    /// Lets the pauses double without end, as Timer A and RFC 3262 § 3 want it.
    pub fn doubling(mut self) -> Self {
        self.doubles_on = true;
        self
    }

    /// Says what to do now. Call again until it answers [`Step::Timeout`] or [`Step::GiveUp`].
    pub fn poll_output(&mut self, now: Instant) -> Step<'_> {
        if now >= self.deadline {
            return Step::GiveUp;
        }
        if now < self.next {
            return Step::Timeout(self.next.min(self.deadline));
        }
        self.next = now + Duration::from_millis(self.interval_ms.into());
        self.interval_ms *= 2;
        if !self.doubles_on {
            self.interval_ms = self.interval_ms.min(T2_MS);
        }
        Step::Transmit(&self.octets)
    }

    /// Somebody is at work on it: further repeats come at the longest pause (§ 17.1.2.2, Proceeding).
    pub fn slow_down(&mut self) {
        self.interval_ms = self.interval_ms.max(T2_MS);
    }

    /// Whether the message has been sent at least once.
    pub fn is_begun(&self) -> bool {
        self.next + 64 * T1 > self.deadline
    }

    /// The message, for somebody who asks before its time.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Nobody answered within 64·T1 (32 s).
    GiveUp,
    /// Nothing to do before this instant.
    Timeout(Instant),
    /// Send these octets.
    Transmit(&'a [u8]),
}

/// Estimated round trip (RFC 3261 § 17.1.1.1).
pub(crate) const T1: Duration = Duration::from_millis(T1_MS as u64);
const T1_MS: u32 = 500;
/// Longest pause between two repeats (§ 17.1.2.2).
const T2_MS: u32 = 4_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_at_doubling_pauses_then_gives_up_after_32_seconds() {
        let start = Instant::now();
        let mut repeats = Repeats::new(start, b"SIP/2.0 200 OK".to_vec());

        let sent = seconds_sent(&mut repeats, start);

        assert_eq!(sent[..6], [0.0, 0.5, 1.5, 3.5, 7.5, 11.5]);
        assert_eq!(sent.last(), Some(&31.5));
    }

    #[test]
    fn pauses_that_double_without_end_make_seven_of_them() {
        let start = Instant::now();
        let mut repeats = Repeats::new(start, b"SIP/2.0 180 Ringing".to_vec()).doubling();

        let sent = seconds_sent(&mut repeats, start);

        assert_eq!(sent, [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
    }

    #[test]
    fn over_a_stream_once_is_enough_and_the_wait_is_the_same() {
        let start = Instant::now();
        let mut repeats = Repeats::over(start, b"SIP/2.0 486 Busy".to_vec(), Transport::Tcp);
        assert!(!repeats.is_begun());

        assert_eq!(seconds_sent(&mut repeats, start), [0.0]);
        assert!(repeats.is_begun());
        assert_eq!(repeats.poll_output(start + 64 * T1), Step::GiveUp);
    }

    /// Jumps from deadline to deadline; no test sleeps.
    fn seconds_sent(repeats: &mut Repeats, start: Instant) -> Vec<f64> {
        let (mut now, mut sent) = (start, vec![]);
        loop {
            match repeats.poll_output(now) {
                Step::GiveUp => return sent,
                Step::Timeout(next) => now = next,
                Step::Transmit(_) => sent.push((now - start).as_secs_f64()),
            }
        }
    }
}
