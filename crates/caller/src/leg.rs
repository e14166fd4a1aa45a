//! The calling side of one dialog: INVITE, ACK, CANCEL, BYE, each repeated as its transport wants it
//! (RFC 3261 § 9, § 13.2, § 15 and § 17.1).
//!
//! No I/O: responses and requests come in, octets and events come out of [`Leg::poll_output`].
//! Shared by one call and by a storm of them. Start with [`Leg`].

mod answer;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

use media::Ptime;
use sip::{
    Transport,
    repeats::{Repeats, Step},
    sdp::{Agreement, Capabilities},
    write::OutgoingCall,
};

use crate::Target;

/// One call, from its first INVITE to the answer to its BYE.
#[derive(Debug)]
pub(crate) struct Leg {
    call: OutgoingCall,
    offer: Vec<u8>,
    ours: Capabilities,
    target: SocketAddr,
    transport: Transport,
    /// The tag of the telephone that took the call.
    their_tag: Option<Vec<u8>>,
    state: State,
    outputs: VecDeque<Output>,
    retransmissions: Retransmissions,
}

impl Leg {
    /// Begins a call; the first [`Output`] is its INVITE.
    ///
    /// - `local`: where responses come back; `ours`: where and what we hear; `ptime`: in packets of
    ///   which length.
    /// - `seed`: another one for every call; names it on the wire.
    pub(crate) fn new(
        now: Instant,
        target: &Target,
        local: SocketAddr,
        ours: Capabilities,
        ptime: Ptime,
        seed: u64,
    ) -> Self {
        let caller = format!("sip:caller@{local}");
        Self {
            call: OutgoingCall::new(&target.uri, &caller, local, seed).over(target.transport),
            offer: crate::offer::offer(&ours, ptime),
            ours,
            target: target.address,
            transport: target.transport,
            their_tag: None,
            state: State::Calling(InviteRepeats::new(now, target.transport)),
            outputs: VecDeque::new(),
            retransmissions: Retransmissions::default(),
        }
    }

    /// The Call-ID of all its messages.
    pub(crate) fn call_id(&self) -> &str {
        self.call.call_id()
    }

    /// How often something was sent again.
    pub(crate) fn retransmissions(&self) -> Retransmissions {
        self.retransmissions
    }

    /// Ends the call in the way its state asks for: CANCEL, BYE, or nothing more to say.
    pub(crate) fn hang_up(&mut self, now: Instant) {
        match &mut self.state {
            // A CANCEL before any response has nothing to cancel (§ 9.1).
            State::Calling(_) => self.give_up(),
            State::Ringing => {
                let octets = self.call.cancel();
                self.state = State::Cancelling {
                    cancel: Some(self.repeat(now, self.target, octets)),
                    until: now + GIVE_UP_AFTER,
                };
            }
            State::Talking { ack } => {
                let ack = std::mem::take(ack);
                self.say_goodbye(now, ack);
            }
            State::Cancelling { .. } | State::Leaving { .. } | State::Over => {}
        }
    }

    /// Says what to do now. Call again until it answers [`Output::Timeout`] or [`Output::Nothing`].
    pub(crate) fn poll_output(&mut self, now: Instant) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        let to = self.target;
        match &mut self.state {
            State::Calling(repeats) => match repeats.poll(now) {
                Due::Send { again } => {
                    self.retransmissions.invite += u32::from(again);
                    let octets = self.call.invite(Some(&self.offer));
                    return Output::Transmit { to, octets };
                }
                Due::At(next) => return Output::Timeout(next),
                Due::Never => self.give_up(),
            },
            State::Cancelling { until, .. } if now >= *until => self.give_up(),
            State::Cancelling { cancel, until } => {
                let Some(repeats) = cancel else {
                    return Output::Timeout(*until);
                };
                match due(repeats, now, to, &mut self.retransmissions) {
                    Some(output) => return output,
                    None => *cancel = None,
                }
            }
            State::Leaving { to, bye, .. } => match due(bye, now, *to, &mut self.retransmissions) {
                Some(output) => return output,
                None => self.end(Event::Ended),
            },
            State::Ringing | State::Talking { .. } | State::Over => return Output::Nothing,
        }
        self.poll_output(now)
    }

    /// Leaves a call whose 200 has come; `ack` acknowledges its repeats.
    fn say_goodbye(&mut self, now: Instant, ack: Vec<u8>) {
        let to = self.next_hop();
        let octets = self.call.bye();
        let bye = self.repeat(now, to, octets);
        self.state = State::Leaving { ack, to, bye };
    }

    /// Sends at once what is to be repeated until somebody answers.
    fn repeat(&mut self, now: Instant, to: SocketAddr, octets: Vec<u8>) -> Repeats {
        let mut repeats = Repeats::over(now, octets, self.transport);
        if let Step::Transmit(octets) = repeats.poll_output(now) {
            let octets = octets.to_vec();
            self.transmit(to, octets);
        }
        repeats
    }

    fn give_up(&mut self) {
        self.end(Event::Unanswered);
    }

    fn end(&mut self, event: Event) {
        self.state = State::Over;
        self.outputs.push_back(Output::Event(event));
    }

    fn transmit(&mut self, to: SocketAddr, octets: Vec<u8>) {
        self.outputs.push_back(Output::Transmit { to, octets });
    }

    /// The first route or the line's Contact, if it is a number; else where the INVITE went.
    fn next_hop(&self) -> SocketAddr {
        let hop = self.call.next_hop();
        hop.filter(|hop| !hop.ip().is_unspecified() && hop.port() != 0)
            .unwrap_or(self.target)
    }
}

/// What the driver does next.
#[derive(Debug)]
pub(crate) enum Output {
    Transmit {
        to: SocketAddr,
        octets: Vec<u8>,
    },
    Event(Event),
    /// Nothing before this instant.
    Timeout(Instant),
    /// Nothing until something comes in.
    Nothing,
}

/// What became of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The line took the call; connect the media before the ACK that follows.
    Answered(Box<Agreement>),
    /// The line took the call, and its SDP is of no use; a BYE follows.
    Useless(String),
    /// A final response that is no 2xx.
    Refused(u16),
    /// No final response in time.
    Unanswered,
    /// The line said goodbye.
    HungUp,
    /// Our goodbye was answered, or never will be.
    Ended,
}

/// Messages sent again for want of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retransmissions {
    pub(crate) invite: u32,
    /// BYE and CANCEL.
    pub(crate) other: u32,
}

#[derive(Debug)]
enum State {
    /// Nothing heard yet.
    Calling(InviteRepeats),
    /// A provisional response came.
    Ringing,
    Cancelling {
        cancel: Option<Repeats>,
        until: Instant,
    },
    Talking {
        ack: Vec<u8>,
    },
    Leaving {
        ack: Vec<u8>,
        to: SocketAddr,
        bye: Repeats,
    },
    Over,
}

/// Timers A and B (§ 17.1.1.2): the pause doubles without limit until 64·T1.
#[derive(Debug)]
struct InviteRepeats {
    next: Instant,
    pause: Duration,
    sent: bool,
    until: Instant,
}

enum Due {
    Send { again: bool },
    At(Instant),
    Never,
}

impl InviteRepeats {
    /// By a stream the INVITE is said once (§ 17.1.1.2).
    fn new(now: Instant, transport: Transport) -> Self {
        Self {
            next: now,
            pause: if transport.is_reliable() {
                GIVE_UP_AFTER
            } else {
                T1
            },
            sent: false,
            until: now + GIVE_UP_AFTER,
        }
    }

    fn poll(&mut self, now: Instant) -> Due {
        if now >= self.until {
            return Due::Never;
        }
        if now < self.next {
            return Due::At(self.next.min(self.until));
        }
        self.next = now + self.pause;
        self.pause *= 2;
        let again = std::mem::replace(&mut self.sent, true);
        Due::Send { again }
    }
}

/// What a CANCEL or a BYE has to do; `None` when nobody answered it.
fn due(
    repeats: &mut Repeats,
    now: Instant,
    to: SocketAddr,
    counted: &mut Retransmissions,
) -> Option<Output> {
    match repeats.poll_output(now) {
        Step::GiveUp => None,
        Step::Timeout(next) => Some(Output::Timeout(next)),
        Step::Transmit(octets) => {
            let octets = octets.to_vec();
            counted.other += 1;
            Some(Output::Transmit { to, octets })
        }
    }
}

/// Estimated round trip (§ 17.1.1.1).
const T1: Duration = Duration::from_millis(500);
/// 64·T1: Timers B and F, and the wait for the 487 after a CANCEL (§ 9.1).
const GIVE_UP_AFTER: Duration = Duration::from_secs(32);

#[cfg(test)]
mod tests;
