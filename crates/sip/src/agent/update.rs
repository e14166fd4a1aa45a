//! UPDATE: a call changed or refreshed in two steps (RFC 3311).

use std::time::Instant;

use super::call::{AnswerOf, Exchange};
use super::finished::{Answer, Outcome, Said};
use super::incoming::no_such_call;
use super::rules::{self, Refusal};
use super::session::Wish;
use super::tags::tag_text;
use super::{Agent, CallHandle, Event};
use crate::message::Request;
use crate::peer::Peer;
use crate::write::{Reply, reason_phrase};

/// An UPDATE until the driver has answered its offer.
#[derive(Debug)]
pub(super) struct Update {
    reply: Reply,
    transaction: u64,
    wish: Wish,
}

impl Agent {
    /// Answers what holds no offer at once; asks the driver about an offer.
    pub(super) fn handle_update(&mut self, now: Instant, from: Peer, request: &Request<'_>) {
        let transaction = self.transaction(request);
        if self.answer_repeat(from, request, transaction) {
            return;
        }
        let Some(call) = self.find_call(request) else {
            return self.refuse(from, request, &no_such_call());
        };
        let asked = self.calls.get(&call).and_then(|call| call.update.as_ref());
        if asked.is_some_and(|asked| asked.transaction == transaction) {
            self.counters.repeats_absorbed += 1;
            return;
        }
        match self.begin_update(now, from, call, request, transaction) {
            Err(refusal) => self.refuse(from, request, &refusal),
            Ok(None) => {}
            Ok(Some(answer)) => {
                let outcome = Outcome { call, answer };
                self.finished.insert(now, transaction, outcome);
                self.answer(from, request, transaction, outcome);
            }
        }
    }

    /// The refusal to be remembered, or nothing if the UPDATE was taken.
    fn begin_update(
        &mut self,
        now: Instant,
        from: Peer,
        call: CallHandle,
        request: &Request<'_>,
        transaction: u64,
    ) -> Result<Option<Answer>, Refusal> {
        rules::check_kept(&request.headers)?;
        let offer = rules::check_content(request)?;
        let wish = Wish::read(&request.headers)?;
        let glare = self.glare(call, offer.is_some());
        let known = self.calls.get_mut(&call).ok_or_else(no_such_call)?;
        if !known.is_alive() {
            return Err(no_such_call());
        }
        if request.cseq().number <= known.remote_cseq {
            return Ok(Some(Answer::OutOfOrder));
        }
        known.remote_cseq = request.cseq().number;
        if glare.is_some() {
            return Ok(glare);
        }
        let refreshed = known.dialog.refresh(&request.headers, from);
        refreshed.map_err(|_| Refusal::new(400, "Bad Contact or Record-Route"))?;
        let update = Update {
            reply: Reply::new(request, from, Some(&tag_text(call.0))),
            transaction,
            wish,
        };
        match offer {
            None => self.accept_update(now, call, &update, b""),
            Some(offer) => {
                let offer = offer.to_vec();
                known.update = Some(Box::new(update));
                self.tell(Event::Reoffered { call, offer });
            }
        }
        Ok(None)
    }

    /// Why an UPDATE cannot be taken now (RFC 3311 § 5.2).
    fn glare(&self, call: CallHandle, has_offer: bool) -> Option<Answer> {
        let known = self.calls.get(&call)?;
        if known.update.is_some() {
            return Some(Answer::Busy);
        }
        if !has_offer {
            return None;
        }
        let is_inviting = known.refresh.as_ref().is_some_and(|ours| ours.is_invite());
        match &known.exchange {
            _ if is_inviting => Some(Answer::Refused(491)),
            Some(Exchange::Answered(ours)) if matches!(ours.answer, AnswerOf::Ack) => {
                Some(Answer::Refused(491))
            }
            Some(Exchange::Asked) => {
                let pending = self.invites.get(&known.attempt)?.pending()?;
                match &pending.reliable {
                    Some(ours) if ours.waits_for_answer() => Some(Answer::Refused(491)),
                    Some(ours) if ours.has_told_answer() => None,
                    _ => Some(Answer::Busy),
                }
            }
            _ => None,
        }
    }

    /// Answers an offer that came by UPDATE; says whether there was one.
    pub(super) fn answer_update(&mut self, now: Instant, call: CallHandle, sdp: &[u8]) -> bool {
        let Some(update) = self.take_update(call) else {
            return false;
        };
        self.accept_update(now, call, &update, sdp);
        true
    }

    /// Refuses an offer that came by UPDATE; says whether there was one.
    pub(super) fn refuse_update(&mut self, now: Instant, call: CallHandle, status: u16) -> bool {
        let Some(update) = self.take_update(call) else {
            return false;
        };
        let answer = Answer::Refused(status);
        let outcome = Outcome { call, answer };
        self.finished.insert(now, update.transaction, outcome);
        let reason = reason_phrase(status);
        let octets = update.reply.write(status, reason, b"", None);
        self.transmit(update.reply.to, octets);
        true
    }

    fn take_update(&mut self, call: CallHandle) -> Option<Box<Update>> {
        self.calls.get_mut(&call)?.update.take()
    }

    fn accept_update(&mut self, now: Instant, call: CallHandle, update: &Update, sdp: &[u8]) {
        let mut more = self.own_lines(update.reply.to);
        self.settle_session(now, call, &update.wish, &mut more);
        let said = Said {
            more,
            sdp: sdp.to_vec(),
        };
        let octets = update.reply.write(200, "OK", &said.more, said.content());
        let answer = Answer::Ok;
        let outcome = Outcome { call, answer };
        self.finished
            .insert_said(now, update.transaction, outcome, said);
        self.transmit(update.reply.to, octets);
    }
}
