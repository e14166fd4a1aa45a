//! Provisional responses that their caller acknowledges (RFC 3262), and what waits for the PRACK.

use std::time::Instant;

use super::call::{AnswerOf, Exchange, Phase};
use super::finished::Answer;
use super::invites::{InviteState, Pending};
use super::rules;
use super::timers::Timer;
use super::{Agent, CallHandle, EndCause, Event};
use crate::message::{Headers, Method, Request};
use crate::octets::{decimal, is_space, trim};
use crate::repeats::Repeats;
use crate::write::line;

/// What an INVITE says of 100rel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reliability {
    /// Nothing: our provisional responses are sent once.
    #[default]
    Unknown,
    /// Supported.
    Possible,
    /// Required.
    Required,
}

/// A provisional response that waits for its PRACK, or had it.
#[derive(Debug)]
pub(super) struct Reliable {
    rseq: u32,
    brings: Brings,
    /// `None` once it is acknowledged.
    repeats: Option<Repeats>,
    /// The answer to our offer.
    answer: Option<Box<[u8]>>,
}

/// What a provisional response carries beside its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brings {
    Nothing,
    Offer,
    Answer,
}

/// A 200 that waits for its time or for a PRACK.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) sdp: Vec<u8>,
    pub(super) at: Instant,
}

impl Reliability {
    pub(super) fn read(headers: &Headers<'_>) -> Self {
        let names = |name| {
            let mut options = headers.list(name);
            options.any(|option| option.eq_ignore_ascii_case(b"100rel"))
        };
        match (names("Require"), names("Supported")) {
            (true, _) => Self::Required,
            (false, true) => Self::Possible,
            (false, false) => Self::Unknown,
        }
    }
}

impl Reliable {
    fn is_acknowledged(&self) -> bool {
        self.repeats.is_none()
    }

    /// Whether our answer has arrived, so that another offer may be made.
    pub(super) fn has_told_answer(&self) -> bool {
        self.brings == Brings::Answer && self.is_acknowledged()
    }

    /// Whether our offer has no answer yet.
    pub(super) fn waits_for_answer(&self) -> bool {
        self.brings == Brings::Offer && !self.is_acknowledged()
    }
}

impl Pending {
    /// Where the answer to the description of our 200 comes from.
    pub(super) fn answer_of(&mut self) -> AnswerOf {
        match &mut self.reliable {
            _ if self.has_offer => AnswerOf::Nobody,
            Some(reliable) if reliable.brings == Brings::Offer => {
                AnswerOf::Prack(reliable.answer.take())
            }
            _ => AnswerOf::Ack,
        }
    }
}

impl Agent {
    /// What is kept of the open INVITE of a call.
    pub(super) fn pending(&mut self, call: CallHandle) -> Option<&mut Pending> {
        let known = self.calls.get(&call)?;
        if !matches!(known.exchange, Some(Exchange::Asked)) {
            return None;
        }
        match &mut self.invites.get_mut(&known.attempt)?.state {
            InviteState::Proceeding(pending) => Some(pending),
            _ => None,
        }
    }

    /// Sends a provisional response above 100, as reliably as the caller allows where `brings` is worth it.
    pub(super) fn send_provisional(
        &mut self,
        now: Instant,
        call: CallHandle,
        (status, reason): (u16, &str),
        brings: Brings,
        sdp: &[u8],
    ) {
        let Some((attempt, to)) = self.calls.get(&call).and_then(|known| {
            let attempt = known.attempt;
            let invite = self.invites.get(&attempt)?;
            Some((attempt, invite.pending()?.reply.to))
        }) else {
            return;
        };
        let own = self.own_lines(to);
        let Some(pending) = self.pending(call) else {
            return;
        };
        let is_reliable = match pending.reliability {
            Reliability::Required => true,
            Reliability::Possible => brings != Brings::Nothing,
            Reliability::Unknown => false,
        };
        let mut more = pending.record_route.clone();
        more.extend_from_slice(&own);
        // Numbers of one transaction begin anywhere below 2³¹ (§ 3).
        let rseq = u32::try_from(attempt >> 34).unwrap_or(0) + 1;
        if is_reliable {
            line(&mut more, "Require", b"100rel");
            line(&mut more, "RSeq", rseq.to_string().as_bytes());
        }
        let content = (!sdp.is_empty()).then_some(("application/sdp", sdp));
        let octets = pending.reply.write(status, reason, &more, content);
        pending.provisional = Some(octets.clone());
        if !is_reliable {
            return self.transmit(to, octets);
        }
        pending.reliable = Some(Reliable {
            rseq,
            brings,
            repeats: Some(Repeats::new(now, octets).doubling()),
            answer: None,
        });
        self.go_on(now, call);
    }

    /// Acknowledges a provisional response; 481 if its RAck names none that waits (§ 3).
    pub(super) fn handle_prack(&mut self, call: CallHandle, request: &Request<'_>) -> Answer {
        let number = request.cseq().number;
        match self.calls.get_mut(&call) {
            Some(known) if number > known.remote_cseq => known.remote_cseq = number,
            _ => return Answer::OutOfOrder,
        }
        let rack = request.headers.find("RAck").and_then(read_rack);
        let Some(pending) = self.pending(call) else {
            return Answer::NoSuchResponse;
        };
        let cseq = pending.cseq;
        let Some(reliable) = &mut pending.reliable else {
            return Answer::NoSuchResponse;
        };
        if reliable.is_acknowledged() || rack != Some((reliable.rseq, cseq)) {
            return Answer::NoSuchResponse;
        }
        reliable.repeats = None;
        let content = rules::check_content(request).ok().flatten();
        let brings = reliable.brings;
        if brings == Brings::Offer {
            reliable.answer = content.map(Box::from);
        }
        if brings == Brings::Answer {
            self.tell(Event::Announced { call });
        }
        if brings != Brings::Offer && content.is_some() {
            return Answer::Refused(488);
        }
        Answer::Ok
    }

    /// Sends what the open INVITE of a call still waits for: its provisional response again, or its 200.
    pub(super) fn go_on(&mut self, now: Instant, call: CallHandle) {
        let Some(pending) = self.pending(call) else {
            return;
        };
        let to = pending.reply.to;
        let repeats = pending.reliable.as_mut();
        if let Some(repeats) = repeats.and_then(|reliable| reliable.repeats.as_mut()) {
            return match super::outgoing::send_due(repeats, now) {
                Some((sent, next)) => {
                    self.set_call_timer(call, next);
                    self.transmit_repeat(to, sent);
                }
                None => self.give_up_provisional(now, call),
            };
        }
        match pending.ready.take_if(|ready| ready.at <= now) {
            Some(ready) => {
                if self.answer_pending(now, call, &ready.sdp) {
                    self.set_phase(call, Phase::Accepted);
                }
            }
            None => {
                if let Some(at) = pending.ready.as_ref().map(|ready| ready.at) {
                    self.set_call_timer(call, at);
                }
            }
        }
    }

    /// No PRACK in 64·T1: the INVITE is refused (§ 3).
    fn give_up_provisional(&mut self, now: Instant, call: CallHandle) {
        self.counters.unacknowledged += 1;
        self.refuse_pending(now, call, 504, "Server Time-out", TIMER_EXPIRED);
        self.remove_call(call);
        let cause = EndCause::NotAcknowledged;
        self.tell(Event::Ended { call, cause });
    }

    fn set_call_timer(&mut self, call: CallHandle, at: Instant) {
        if let Some(known) = self.calls.get_mut(&call) {
            let former = known.due.replace(at);
            self.timers.cancel(former, Timer::Call(call));
            self.timers.set(at, Timer::Call(call));
        }
    }
}

/// `RSeq` and CSeq numbers of `776656 1 INVITE` (§ 7.2).
fn read_rack(value: &[u8]) -> Option<(u32, u32)> {
    let mut words = value.split(|&octet| is_space(octet));
    let mut words = words.by_ref().filter(|word| !word.is_empty());
    let mut number = || u32::try_from(decimal(trim(words.next()?))?).ok();
    let numbers = (number()?, number()?);
    let is_invite = Method::parse(words.next()?) == Some(Method::Invite);
    (is_invite && words.next().is_none()).then_some(numbers)
}

/// Q.850: recovery on timer expiry, as a line.
const TIMER_EXPIRED: &[u8] = b"Reason: Q.850;cause=102\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_number_of_the_response_and_of_its_invite() {
        assert_eq!(read_rack(b"776656 1 INVITE"), Some((776_656, 1)));
        assert_eq!(read_rack(b"1\t\r\n 2  INVITE"), Some((1, 2)));
        for broken in [
            "",
            "1",
            "1 2",
            "1 2 BYE",
            "x 2 INVITE",
            "1 2 INVITE 3",
            "4294967296 1 INVITE",
        ] {
            assert_eq!(read_rack(broken.as_bytes()), None, "{broken}");
        }
    }
}
