//! INVITE, its ACK and its CANCEL (RFC 3261 § 13.3, § 14.2, § 9.2 and § 17.2.1).

use std::time::Instant;

use super::call::{AnswerOf, Call, Exchange, Phase};
use super::dialog::Dialog;
use super::finished::{Answer, Outcome};
use super::incoming::{no_such_call, read_reason};
use super::invites::{Invite, InviteState, Pending, TIMER_I};
use super::reliable::Reliability;
use super::rules::{self, Refusal};
use super::session::Wish;
use super::tags::tag_text;
use super::timers::Timer;
use super::{Agent, CallHandle, Event, Invitation};
use crate::message::{Elements, Request};
use crate::peer::Peer;
use crate::write::{Reply, line};

impl Agent {
    pub(super) fn handle_invite(&mut self, from: Peer, request: &Request<'_>) {
        let attempt = self.attempt(request);
        if let Some(known) = self.invites.get(&attempt) {
            return if known.branch == self.tags.branch(request.via(), request.uri) {
                self.absorb_repeat(attempt);
            } else {
                self.refuse(from, request, &Refusal::new(482, "Loop Detected"));
            };
        }
        let content =
            rules::check_kept(&request.headers).and_then(|()| rules::check_content(request));
        let begun = match content {
            Err(refusal) => Err(refusal),
            Ok(offer) if request.to().tag().is_none() => self.begin_call(from, request, offer),
            Ok(offer) => self.begin_reoffer(from, request, offer),
        };
        if let Err(refusal) = begun {
            self.refuse(from, request, &refusal);
        }
    }

    fn attempt(&self, request: &Request<'_>) -> u64 {
        let from_tag = request.from().tag().unwrap_or_default();
        self.tags
            .attempt(request.call_id(), from_tag, request.cseq().number)
    }

    /// A repeat gets what the transaction last said; after a 2xx the call repeats that by itself.
    fn absorb_repeat(&mut self, attempt: u64) {
        self.counters.repeats_absorbed += 1;
        let Some(invite) = self.invites.get(&attempt) else {
            return;
        };
        let (to, octets) = match &invite.state {
            InviteState::Proceeding(pending) => {
                let said = pending.provisional.clone();
                let said = said.unwrap_or_else(|| trying(&pending.reply));
                (pending.reply.to, said)
            }
            InviteState::Refused(refused) => (refused.to, refused.repeats.octets().to_vec()),
            InviteState::Confirmed | InviteState::Accepted => return,
        };
        self.transmit(to, octets);
    }

    fn begin_call(
        &mut self,
        from: Peer,
        request: &Request<'_>,
        offer: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        let wish = Wish::read(&request.headers)?;
        let tag = self.tags.next();
        let call = CallHandle(tag);
        let dialog = Dialog::open(request, from, &tag_text(tag));
        let dialog = dialog.map_err(|_| Refusal::new(400, "Bad Contact or Record-Route"))?;
        self.calls.insert(
            call,
            Call {
                dialog,
                phase: Phase::Ringing,
                remote_cseq: request.cseq().number,
                local_cseq: 0,
                attempt: self.attempt(request),
                exchange: Some(Exchange::Asked),
                due: None,
                update: None,
                session: None,
                refresh: None,
                takes_update: takes_update(request).unwrap_or(false),
            },
        );
        self.alive += 1;
        self.counters.invited += 1;
        self.begin_invite(call, from, request, offer.is_some(), wish);
        self.tell(Event::Invited {
            call,
            invitation: Box::new(Invitation::read(request, from, offer)),
        });
        Ok(())
    }

    fn begin_reoffer(
        &mut self,
        from: Peer,
        request: &Request<'_>,
        offer: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        let call = self.find_call(request).ok_or_else(no_such_call)?;
        let wish = Wish::read(&request.headers)?;
        let known = self.calls.get_mut(&call).ok_or_else(no_such_call)?;
        if !known.is_alive() {
            return Err(no_such_call());
        }
        if request.cseq().number <= known.remote_cseq {
            return Err(Refusal::new(500, "Out of Order"));
        }
        let ours = known.refresh.as_ref();
        match known.exchange {
            Some(Exchange::Answered(_) | Exchange::Goodbye(_)) => return Err(request_pending()),
            None if ours.is_some_and(|ours| ours.is_invite()) => return Err(request_pending()),
            None if known.update.is_none() => {}
            _ => {
                let busy = Refusal::new(500, "Another Offer Is Pending");
                return Err(busy.with("Retry-After", "1"));
            }
        }
        let refreshed = known.dialog.refresh(&request.headers, from);
        refreshed.map_err(|_| Refusal::new(400, "Bad Contact or Record-Route"))?;
        known.remote_cseq = request.cseq().number;
        known.exchange = Some(Exchange::Asked);
        known.takes_update = takes_update(request).unwrap_or(known.takes_update);
        self.begin_invite(call, from, request, offer.is_some(), wish);
        let attempt = self.attempt(request);
        if let Some(known) = self.calls.get_mut(&call) {
            known.attempt = attempt;
        }
        self.tell(Event::Reoffered {
            call,
            offer: offer.unwrap_or_default().to_vec(),
        });
        Ok(())
    }

    /// Opens the transaction and sends 100 at once.
    fn begin_invite(
        &mut self,
        call: CallHandle,
        from: Peer,
        request: &Request<'_>,
        has_offer: bool,
        wish: Wish,
    ) {
        let reply = Reply::new(request, from, Some(&tag_text(call.0)));
        let mut record_route = Vec::new();
        for route in request.headers.all("Record-Route").flat_map(Elements::new) {
            line(&mut record_route, "Record-Route", route);
        }
        self.transmit(reply.to, trying(&reply));
        let invite = Invite {
            branch: self.tags.branch(request.via(), request.uri),
            call,
            state: InviteState::Proceeding(Box::new(Pending {
                reply,
                record_route,
                cseq: request.cseq().number,
                has_offer,
                wish,
                reliability: Reliability::read(&request.headers),
                provisional: None,
                reliable: None,
                ready: None,
            })),
            due: None,
        };
        self.invites.insert(self.attempt(request), invite);
    }

    /// An ACK of a 2xx is known by tags, Call-ID and number, whatever its branch (§ 13.3.1.4); one of
    /// a refusal by its transaction. Any other is let go: nothing answers an ACK.
    pub(super) fn handle_ack(&mut self, now: Instant, request: &Request<'_>) {
        if let Some(call) = self.find_call(request) {
            let number = request.cseq().number;
            let answered = self
                .calls
                .get(&call)
                .and_then(|known| known.answered(number));
            if let Some(answered) = answered {
                let (brings_answer, answer) = match &answered.answer {
                    AnswerOf::Nobody => (false, None),
                    AnswerOf::Prack(answer) => (true, answer.clone().map(Vec::from)),
                    AnswerOf::Ack => {
                        let answer = rules::check_content(request).ok().flatten();
                        (true, answer.map(<[u8]>::to_vec))
                    }
                };
                return self.acknowledge(now, call, answer, brings_answer);
            }
        }
        let attempt = self.attempt(request);
        match self.invites.get_mut(&attempt) {
            Some(invite) if matches!(invite.state, InviteState::Refused(_)) => {
                self.timers.cancel(invite.due, Timer::Invite(attempt));
                invite.state = InviteState::Confirmed;
                invite.due = Some(now + TIMER_I);
                self.timers.set(now + TIMER_I, Timer::Invite(attempt));
            }
            Some(_) => self.counters.repeats_absorbed += 1,
            None => self.counters.dropped += 1,
        }
    }

    fn acknowledge(
        &mut self,
        now: Instant,
        call: CallHandle,
        answer: Option<Vec<u8>>,
        brings_answer: bool,
    ) {
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        known.exchange = None;
        self.timers.cancel(known.due.take(), Timer::Call(call));
        match known.phase {
            Phase::LeavingAfterAck { cause } => self.say_goodbye(now, call, cause),
            Phase::Accepted => {
                known.phase = Phase::Established;
                self.tell(Event::Acknowledged { call, answer });
            }
            _ if brings_answer => self.tell(Event::Acknowledged { call, answer }),
            _ => {}
        }
    }

    /// A CANCEL is answered 200 as long as its INVITE is remembered, and only takes back an INVITE
    /// that has no final response: after a 200 the 200 stands (§ 9.2).
    pub(super) fn handle_cancel(&mut self, now: Instant, from: Peer, request: &Request<'_>) {
        let transaction = self.transaction(request);
        if self.answer_repeat(from, request, transaction) {
            return;
        }
        let branch = self.tags.branch(request.via(), request.uri);
        let invite = self.invites.get(&self.attempt(request));
        let Some(invite) = invite.filter(|invite| invite.branch == branch) else {
            return self.refuse(from, request, &no_such_call());
        };
        let call = invite.call;
        let is_open = matches!(invite.state, InviteState::Proceeding(_));
        let answer = Answer::Ok;
        let outcome = Outcome { call, answer };
        self.finished.insert(now, transaction, outcome);
        self.answer(from, request, transaction, outcome);
        if !is_open {
            return;
        }
        self.refuse_pending(now, call, 487, "Request Terminated", CALLER_CLEARED);
        if self
            .calls
            .get(&call)
            .is_some_and(|known| known.phase == Phase::Ringing)
        {
            self.remove_call(call);
            let reason = read_reason(&request.headers);
            self.tell(Event::Cancelled { call, reason });
        }
    }
}

/// Whether the sender takes UPDATE; `None` if it does not say what it takes.
fn takes_update(request: &Request<'_>) -> Option<bool> {
    let mut methods = request.headers.list("Allow").peekable();
    methods.peek()?;
    Some(methods.any(|method| method == b"UPDATE"))
}

fn request_pending() -> Refusal {
    Refusal::new(491, "Request Pending")
}

/// 100, so that the caller stops repeating at once.
fn trying(reply: &Reply) -> Vec<u8> {
    reply.write(100, "Trying", b"", None)
}

/// Q.850: normal call clearing, by the caller before the answer (RFC 6432 allows the line in a response).
pub(super) const CALLER_CLEARED: &[u8] = b"Reason: Q.850;cause=16\r\n";
