//! What the driver decides and what time brings: final responses, goodbyes and their repeats.

use std::time::Instant;

use super::call::{Answered, Exchange, Phase};
use super::invites::{InviteState, Pending, Refused, TIMER_L};
use super::refresh::branch;
use super::reliable::{Brings, Ready, Reliability};
use super::session::{MIN_SE_S, Session, Wish};
use super::timers::Timer;
use super::{Agent, CallHandle, EndCause, Event, Manner};
use crate::peer::Peer;
use crate::repeats::{Repeats, Step};
use crate::write::{ALLOW, SUPPORTED, line};

impl Agent {
    /// Answers an invited call with 200 and this SDP (our answer, or our offer if it made none),
    /// repeated until its ACK. A call that was cancelled meanwhile, or is unknown, is left alone.
    pub fn accept(&mut self, now: Instant, call: CallHandle, answer: &[u8]) {
        self.accept_as(now, call, answer, Manner::default());
    }

    /// As [`Agent::accept`], after ringing or a while if `manner` says so.
    ///
    /// Where the caller requires 100rel, a 180 goes first, or a 183 with our offer if it made none, and the 200 waits for
    /// its PRACK (RFC 3262).
    pub fn accept_as(&mut self, now: Instant, call: CallHandle, answer: &[u8], manner: Manner) {
        if self.phase(call) != Some(Phase::Ringing) {
            return;
        }
        let Some(pending) = self.pending(call) else {
            return;
        };
        if pending.ready.is_some() {
            return;
        }
        pending.wish.ask(manner.session_s);
        let is_required = pending.reliability == Reliability::Required;
        let offers_early = is_required && !pending.has_offer && pending.reliable.is_none();
        let rings = pending.provisional.is_none() && (is_required || manner.rings);
        pending.ready = Some(Ready {
            sdp: if offers_early {
                vec![] // the 183 has it
            } else {
                answer.to_vec()
            },
            at: now + manner.delay,
        });
        if offers_early {
            let progress = (183, "Session Progress");
            self.send_provisional(now, call, progress, Brings::Offer, answer);
        } else if rings {
            self.send_provisional(now, call, (180, "Ringing"), Brings::Nothing, b"");
        }
        self.go_on(now, call);
    }

    /// Lets an invited call hear something before it is refused: 183 with this SDP, our answer to its offer (RFC 3960).
    /// [`Event::Announced`] follows when its PRACK has come.
    ///
    /// Says whether that is possible: not for a caller that does not know 100rel, since nothing proves that it is where it
    /// says, and not for one that made no offer.
    pub fn announce(&mut self, now: Instant, call: CallHandle, answer: &[u8]) -> bool {
        if self.phase(call) != Some(Phase::Ringing) {
            return false;
        }
        let can_hear = self.pending(call).is_some_and(|pending| {
            pending.has_offer
                && pending.reliability != Reliability::Unknown
                && pending.provisional.is_none()
                && pending.ready.is_none()
        });
        if can_hear {
            let progress = (183, "Session Progress");
            self.send_provisional(now, call, progress, Brings::Answer, answer);
        }
        can_hear
    }

    /// Refuses an invited call; the refusal is repeated until its ACK and no event follows.
    ///
    /// `retry_after` is in seconds. The phrase is one line.
    pub fn reject(
        &mut self,
        now: Instant,
        call: CallHandle,
        status: u16,
        reason_phrase: &str,
        retry_after: Option<u32>,
    ) {
        if self.phase(call) != Some(Phase::Ringing) {
            return;
        }
        let mut more = Vec::new();
        if let Some(seconds) = retry_after {
            line(&mut more, "Retry-After", seconds.to_string().as_bytes());
        }
        self.refuse_pending(now, call, status, reason_phrase, &more);
        self.remove_call(call);
    }

    /// Answers [`Event::Reoffered`] with 200 and this SDP.
    pub fn accept_reoffer(&mut self, now: Instant, call: CallHandle, answer: &[u8]) {
        if !self.answer_update(now, call, answer) && self.phase(call) == Some(Phase::Established) {
            self.answer_pending(now, call, answer);
        }
    }

    /// Refuses [`Event::Reoffered`], 488 for instance; the call goes on as it was.
    pub fn reject_reoffer(
        &mut self,
        now: Instant,
        call: CallHandle,
        status: u16,
        reason_phrase: &str,
    ) {
        if !self.refuse_update(now, call, status) && self.phase(call) == Some(Phase::Established) {
            self.refuse_pending(now, call, status, reason_phrase, b"");
        }
    }

    /// Ends a call with BYE; `cause` is Q.850 (16 normal). [`Event::Ended`] follows at once.
    ///
    /// Before the ACK of our 200 the BYE waits for it (RFC 3261 § 15); an invited call that was
    /// never accepted is refused with 480 instead.
    pub fn hang_up(&mut self, now: Instant, call: CallHandle, cause: u8) {
        match self.phase(call) {
            None | Some(Phase::Leaving | Phase::LeavingAfterAck { .. }) => return,
            Some(Phase::Ringing) => {
                self.refuse_pending(now, call, 480, "Temporarily Unavailable", b"");
                self.remove_call(call);
            }
            Some(Phase::Accepted) => self.set_phase(call, Phase::LeavingAfterAck { cause }),
            Some(Phase::Established) => {
                self.refuse_pending(now, call, 487, "Request Terminated", b"");
                self.say_goodbye(now, call, cause);
            }
        }
        let cause = EndCause::HungUp { cause };
        self.tell(Event::Ended { call, cause });
    }

    fn phase(&self, call: CallHandle) -> Option<Phase> {
        self.calls.get(&call).map(|known| known.phase)
    }

    /// Moves a call on; one that leaves is counted out.
    pub(super) fn set_phase(&mut self, call: CallHandle, phase: Phase) {
        if let Some(known) = self.calls.get_mut(&call) {
            let was_alive = known.is_alive();
            known.phase = phase;
            if was_alive && !known.is_alive() {
                self.alive -= 1;
            }
        }
    }

    /// Takes what is kept of the open INVITE and puts its transaction into another state.
    fn take_pending(&mut self, call: CallHandle) -> Option<(u64, Box<Pending>)> {
        let known = self.calls.get_mut(&call)?;
        if !matches!(known.exchange, Some(Exchange::Asked)) {
            return None;
        }
        known.exchange = None;
        let attempt = known.attempt;
        let invite = self.invites.get_mut(&attempt)?;
        match std::mem::replace(&mut invite.state, InviteState::Accepted) {
            InviteState::Proceeding(pending) => Some((attempt, pending)),
            other => {
                invite.state = other;
                None
            }
        }
    }

    /// Who we are and what we take, in whatever opens a dialog or refreshes its target (RFC 3261 § 12.1.1).
    pub(super) fn own_lines(&self, to: Peer) -> Vec<u8> {
        let contact = format!("<{}>", self.config.contacts.uri(&to));
        let mut lines = Vec::new();
        line(&mut lines, "Contact", contact.as_bytes());
        line(&mut lines, "Allow", ALLOW.as_bytes());
        line(&mut lines, "Supported", SUPPORTED.as_bytes());
        lines
    }

    /// Agrees on a session timer, or on none, and writes what a 2xx says of it.
    pub(super) fn settle_session(
        &mut self,
        now: Instant,
        call: CallHandle,
        wish: &Wish,
        more: &mut Vec<u8>,
    ) {
        let known = self.calls.get(&call);
        let current = known.and_then(|known| known.session.as_deref());
        let terms = wish.agree(current.map(|session| session.terms));
        if let Some(terms) = terms {
            line(more, "Session-Expires", terms.answered().as_bytes());
            if wish.takes_part() {
                line(more, "Require", b"timer");
            }
        }
        let min_s = current.map_or(MIN_SE_S, |session| session.min_s);
        self.set_session(call, terms.map(|terms| Session::begin(now, terms, min_s)));
    }

    /// Sends a 200 and begins its repeats. Its description may be empty if a provisional response had it.
    pub(super) fn answer_pending(&mut self, now: Instant, call: CallHandle, sdp: &[u8]) -> bool {
        let Some((attempt, mut pending)) = self.take_pending(call) else {
            return false;
        };
        self.set_invite_timer(attempt, now + TIMER_L);
        let answer = pending.answer_of();
        let mut more = pending.record_route;
        more.extend_from_slice(&self.own_lines(pending.reply.to));
        self.settle_session(now, call, &pending.wish, &mut more);
        let content = (!sdp.is_empty()).then_some(("application/sdp", sdp));
        let octets = pending.reply.write(200, "OK", &more, content);
        let answered = Answered {
            repeats: Repeats::new(now, octets),
            to: pending.reply.to,
            cseq: pending.cseq,
            answer,
        };
        if let Some(known) = self.calls.get_mut(&call) {
            known.exchange = Some(Exchange::Answered(Box::new(answered)));
        }
        self.handle_call_timer(now, call);
        true
    }

    /// Sends a refusal of the open INVITE, if one is open, and begins its repeats.
    pub(super) fn refuse_pending(
        &mut self,
        now: Instant,
        call: CallHandle,
        status: u16,
        reason: &str,
        more: &[u8],
    ) {
        let Some((attempt, pending)) = self.take_pending(call) else {
            return;
        };
        let octets = pending.reply.write(status, reason, more, None);
        if let Some(invite) = self.invites.get_mut(&attempt) {
            invite.state = InviteState::Refused(Box::new(Refused {
                repeats: Repeats::over(now, octets, pending.reply.to.transport),
                to: pending.reply.to,
            }));
        }
        self.handle_invite_timer(now, attempt);
    }

    /// Sends our BYE and begins its repeats.
    pub(super) fn say_goodbye(&mut self, now: Instant, call: CallHandle, cause: u8) {
        self.set_phase(call, Phase::Leaving);
        self.set_session(call, None);
        self.drop_refresh(call);
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        let contact = self.config.contacts.towards(&known.dialog.peer);
        known.update = None;
        known.local_cseq += 1;
        let cseq = known.local_cseq;
        let bye = known.dialog.bye(contact, &branch(call, cseq), cseq, cause);
        let repeats = Repeats::over(now, bye, known.dialog.peer.transport);
        known.exchange = Some(Exchange::Goodbye(Box::new(repeats)));
        self.timers.cancel(known.due.take(), Timer::Call(call));
        self.handle_call_timer(now, call);
    }

    pub(super) fn remove_call(&mut self, call: CallHandle) {
        if let Some(known) = self.calls.remove(&call) {
            self.timers.cancel(known.due, Timer::Call(call));
            let session = known.session.as_ref().map(|session| session.due);
            self.timers.cancel(session, Timer::Session(call));
            let refresh = known.refresh.as_ref().and_then(|refresh| refresh.due());
            self.timers.cancel(refresh, Timer::Refresh(call));
            if known.is_alive() {
                self.alive -= 1;
            }
        }
    }

    /// Begins, moves or ends the wait for a refresh.
    pub(super) fn set_session(&mut self, call: CallHandle, session: Option<Session>) {
        if let Some(known) = self.calls.get_mut(&call) {
            let former = std::mem::replace(&mut known.session, session.map(Box::new));
            let former = former.map(|session| session.due);
            self.timers.cancel(former, Timer::Session(call));
            if let Some(session) = session {
                self.timers.set(session.due, Timer::Session(call));
            }
        }
    }

    /// A response or a BYE is due again, or nobody answered it for too long.
    pub(super) fn handle_call_timer(&mut self, now: Instant, call: CallHandle) {
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        known.due = None;
        let (repeats, to) = match &mut known.exchange {
            Some(Exchange::Answered(answered)) => (&mut answered.repeats, answered.to),
            Some(Exchange::Goodbye(repeats)) => (&mut **repeats, known.dialog.peer),
            Some(Exchange::Asked) => return self.go_on(now, call),
            None => return,
        };
        let Some((sent, next)) = send_due(repeats, now) else {
            return self.give_up(now, call);
        };
        known.due = Some(next);
        self.timers.set(next, Timer::Call(call));
        self.transmit_repeat(to, sent);
    }

    /// No ACK in 32 s: BYE (RFC 3261 § 13.3.1.4). No answer to the BYE either: forget the call.
    fn give_up(&mut self, now: Instant, call: CallHandle) {
        match self.phase(call) {
            Some(Phase::Leaving) => {
                self.counters.unanswered_byes += 1;
                self.remove_call(call);
            }
            Some(Phase::LeavingAfterAck { cause }) => {
                self.counters.unacknowledged += 1;
                self.say_goodbye(now, call, cause);
            }
            _ => {
                self.counters.unacknowledged += 1;
                self.say_goodbye(now, call, CAUSE_TIMER);
                let cause = EndCause::NotAcknowledged;
                self.tell(Event::Ended { call, cause });
            }
        }
    }

    /// A refusal is due again, or the transaction is over.
    pub(super) fn handle_invite_timer(&mut self, now: Instant, attempt: u64) {
        let Some(invite) = self.invites.get_mut(&attempt) else {
            return;
        };
        invite.due = None;
        let due = match &mut invite.state {
            InviteState::Refused(refused) => {
                let to = refused.to;
                send_due(&mut refused.repeats, now).map(|due| (to, due))
            }
            _ => None,
        };
        let Some((to, (sent, next))) = due else {
            self.invites.remove(&attempt);
            return;
        };
        self.set_invite_timer(attempt, next);
        self.transmit_repeat(to, sent);
    }

    fn set_invite_timer(&mut self, attempt: u64, at: Instant) {
        if let Some(invite) = self.invites.get_mut(&attempt) {
            invite.due = Some(at);
            self.timers.set(at, Timer::Invite(attempt));
        }
    }

    pub(super) fn transmit_repeat(&mut self, to: Peer, sent: Option<(Vec<u8>, bool)>) {
        if let Some((octets, is_repeat)) = sent {
            self.counters.retransmitted += u64::from(is_repeat);
            self.transmit(to, octets);
        }
    }
}

/// What is sent now, whether for a second time, and when to come back; `None` to give up.
type Due = (Option<(Vec<u8>, bool)>, Instant);

pub(super) fn send_due(repeats: &mut Repeats, now: Instant) -> Option<Due> {
    let is_repeat = repeats.is_begun();
    let mut sent = None;
    loop {
        match repeats.poll_output(now) {
            Step::GiveUp => return None,
            Step::Transmit(octets) => sent = Some((octets.to_vec(), is_repeat)),
            Step::Timeout(next) => return Some((sent, next)),
        }
    }
}

/// Q.850: recovery on timer expiry.
const CAUSE_TIMER: u8 = 102;
