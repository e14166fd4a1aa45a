//! From a datagram to the request it holds, and what can be answered from the request alone.

use std::time::Instant;

use super::call::{Exchange, Phase};
use super::finished::{Answer, KEY_TYPES, Outcome};
use super::invite::CALLER_CLEARED;
use super::keys::read_key;
use super::rules::{self, Refusal};
use super::tags::{TagText, read_tag, tag_text};
use super::{Agent, CallHandle, EndCause, Event, Gate, Reason};
use crate::message::{Frame, Headers, Message, Method, Request, Response};
use crate::octets::decimal;
use crate::peer::Peer;
use crate::write::{ALLOW, Reply, SUPPORTED, reason_phrase};

impl Agent {
    pub(super) fn handle_datagram(
        &mut self,
        now: Instant,
        from: Peer,
        datagram: &[u8],
        gate: &mut dyn Gate,
    ) {
        let frame = Frame::read(datagram);
        if self.turns_away(from, &frame, gate) {
            return;
        }
        match Message::from_frame(frame) {
            Ok(Message::Request(request)) => {
                self.handle_request(now, from, &request, gate.is_draining());
            }
            Ok(Message::Response(response)) => self.handle_response(now, from, &response),
            Err(fault) => {
                self.counters.malformed += 1;
                self.refuse_broken(from, datagram, fault.status);
            }
        }
    }

    /// A broken request is refused if enough of it can be read; a broken ACK or response is not
    /// (RFC 3261 § 17, RFC 4475).
    fn refuse_broken(&mut self, from: Peer, datagram: &[u8], status: u16) {
        let frame = Frame::read(datagram);
        let is_ack = frame.start_line.starts_with(b"ACK ");
        let is_response = frame
            .start_line
            .get(..4)
            .is_some_and(|s| s.eq_ignore_ascii_case(b"SIP/"));
        if is_ack || is_response {
            self.counters.dropped += 1;
            return;
        }
        let headers = &frame.headers;
        let words = ["Call-ID", "From", "CSeq"].map(|name| headers.find(name).unwrap_or_default());
        let tag = TagText(self.tags.hash(words));
        match Reply::to_broken(headers, from, &tag) {
            Ok(reply) => {
                let octets = reply.write(status, reason_phrase(status), b"", None);
                self.transmit(reply.to, octets);
            }
            Err(_) => self.counters.dropped += 1,
        }
    }

    fn handle_request(
        &mut self,
        now: Instant,
        from: Peer,
        request: &Request<'_>,
        draining: Option<Option<u32>>,
    ) {
        match request.method {
            Method::Ack => return self.handle_ack(now, request),
            Method::Cancel => return self.handle_cancel(now, from, request),
            _ => {}
        }
        if let Err(refusal) = rules::check(request) {
            return self.refuse(from, request, &refusal);
        }
        match request.method {
            Method::Invite => self.handle_invite(from, request),
            Method::Options => self.handle_options(from, request, draining),
            Method::Update => self.handle_update(now, from, request),
            _ => self.handle_inside_call(now, from, request),
        }
    }

    /// Refuses by rule and keeps nothing; the tag is the same for the same request (§ 8.2.7).
    pub(super) fn refuse(&mut self, from: Peer, request: &Request<'_>, refusal: &Refusal) {
        self.counters.rejected += 1;
        let reply = self.stateless_reply(from, request);
        let octets = reply.write(refusal.status, refusal.reason, &refusal.lines, None);
        self.transmit(reply.to, octets);
    }

    fn stateless_reply(&self, from: Peer, request: &Request<'_>) -> Reply {
        let from_tag = request.from().tag().unwrap_or_default();
        let tag = self
            .tags
            .attempt(request.call_id(), from_tag, request.cseq().number);
        Reply::new(request, from, Some(&tag_text(tag)))
    }

    /// The call a request belongs to by its tags and Call-ID.
    pub(super) fn find_call(&self, request: &Request<'_>) -> Option<CallHandle> {
        let call = CallHandle(read_tag(request.to().tag()?)?);
        let known = self.calls.get(&call)?;
        known.dialog.matches(request).then_some(call)
    }

    /// `draining` is what [`Gate::is_draining`] says.
    fn handle_options(&mut self, from: Peer, request: &Request<'_>, draining: Option<Option<u32>>) {
        if request.to().tag().is_some() && self.find_call(request).is_none() {
            return self.refuse(from, request, &no_such_call());
        }
        if let Some(retry_after) = draining {
            let mut refusal = Refusal::new(503, reason_phrase(503));
            if let Some(seconds) = retry_after {
                refusal = refusal.with("Retry-After", &seconds.to_string());
            }
            return self.refuse(from, request, &refusal);
        }
        let reply = self.stateless_reply(from, request);
        let more = format!(
            "Allow: {ALLOW}\r\nAccept: application/sdp\r\nAccept-Encoding: identity\r\n\
             Accept-Language: fr, en\r\nSupported: {SUPPORTED}\r\n"
        );
        let octets = reply.write(200, "OK", more.as_bytes(), None);
        self.transmit(reply.to, octets);
    }

    /// BYE, INFO and PRACK: answered once, then from memory (Timer J).
    fn handle_inside_call(&mut self, now: Instant, from: Peer, request: &Request<'_>) {
        let transaction = self.transaction(request);
        if self.answer_repeat(from, request, transaction) {
            return;
        }
        let Some(call) = self.find_call(request) else {
            return self.refuse(from, request, &no_such_call());
        };
        let answer = match request.method {
            Method::Bye => {
                self.handle_bye(now, call, request);
                Answer::Ok
            }
            Method::Prack => self.handle_prack(call, request),
            _ => self.handle_info(call, request),
        };
        let outcome = Outcome { call, answer };
        self.finished.insert(now, transaction, outcome);
        self.answer(from, request, transaction, outcome);
        if request.method == Method::Prack {
            self.go_on(now, call); // what waited for it comes after its 200
        }
    }

    /// Names a transaction other than INVITE's.
    pub(super) fn transaction(&self, request: &Request<'_>) -> u64 {
        let branch = self.tags.branch(request.via(), request.uri).to_be_bytes();
        let number = request.cseq().number.to_be_bytes();
        let method = request.method.as_bytes();
        self.tags
            .hash([method, request.call_id(), &number, &branch])
    }

    /// Answers a request again if it was answered before; says whether it was.
    pub(super) fn answer_repeat(
        &mut self,
        from: Peer,
        request: &Request<'_>,
        transaction: u64,
    ) -> bool {
        let Some(outcome) = self.finished.find(transaction) else {
            return false;
        };
        self.counters.repeats_absorbed += 1;
        self.answer(from, request, transaction, outcome);
        true
    }

    /// Answers a request as it was decided, in the words that were kept.
    pub(super) fn answer(
        &mut self,
        from: Peer,
        request: &Request<'_>,
        transaction: u64,
        outcome: Outcome,
    ) {
        let reply = Reply::new(request, from, Some(&tag_text(outcome.call.0)));
        let octets = match outcome.answer.refusal() {
            None => match self.finished.said(transaction) {
                Some(said) => reply.write(200, "OK", &said.more, said.content()),
                None => reply.write(200, "OK", b"", None),
            },
            Some(refusal) => reply.write(refusal.status, refusal.reason, &refusal.lines, None),
        };
        self.transmit(reply.to, octets);
    }

    /// Ends the call whatever its state: no ACK is waited for, no number is checked.
    fn handle_bye(&mut self, now: Instant, call: CallHandle, request: &Request<'_>) {
        let Some(known) = self.calls.get(&call) else {
            return;
        };
        let (phase, was_alive) = (known.phase, known.is_alive());
        if matches!(known.exchange, Some(Exchange::Asked)) {
            self.refuse_pending(now, call, 487, "Request Terminated", CALLER_CLEARED);
        }
        self.remove_call(call);
        let reason = read_reason(&request.headers);
        match phase {
            Phase::Ringing => self.tell(Event::Cancelled { call, reason }),
            _ if was_alive => {
                let cause = EndCause::CallerHungUp { reason };
                self.tell(Event::Ended { call, cause });
            }
            _ => {}
        }
    }

    fn handle_info(&mut self, call: CallHandle, request: &Request<'_>) -> Answer {
        let Some(known) = self.calls.get_mut(&call) else {
            return Answer::OutOfOrder;
        };
        if request.cseq().number <= known.remote_cseq {
            return Answer::OutOfOrder;
        }
        known.remote_cseq = request.cseq().number;
        let is_alive = known.is_alive();
        if request.body.is_empty() {
            return Answer::Ok;
        }
        let kind = request.headers.find("Content-Type").unwrap_or_default();
        let end = kind.iter().position(|&octet| octet == b';');
        let kind = crate::octets::trim(&kind[..end.unwrap_or(kind.len())]);
        if !KEY_TYPES
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known.as_bytes()))
        {
            return Answer::NoKey;
        }
        if let Some(key) = read_key(request.body).filter(|_| is_alive) {
            self.tell(Event::Key { call, key });
        }
        Answer::Ok
    }

    /// Our BYE and our refreshes have responses to expect; their branch names the call.
    fn handle_response(&mut self, now: Instant, from: Peer, response: &Response<'_>) {
        let branch = response.via().branch();
        let name = branch
            .strip_prefix(b"z9hG4bK")
            .and_then(|name| name.get(..16));
        let call = name.and_then(read_tag).map(CallHandle);
        let known = call.and_then(|call| Some((call, self.calls.get(&call)?.phase)));
        let is_ours = response.headers.list("Via").nth(1).is_none();
        match (known, response.cseq().method) {
            (Some((call, Phase::Leaving)), Method::Bye) if is_ours => {
                if response.status >= 200 {
                    self.remove_call(call);
                }
            }
            (Some((call, _)), Method::Invite | Method::Update) if is_ours => {
                self.handle_refresh_response(now, from, call, response);
            }
            _ => self.counters.dropped += 1,
        }
    }
}

pub(super) fn no_such_call() -> Refusal {
    Refusal::new(481, "Call/Transaction Does Not Exist")
}

/// `Q.850;cause=16` and `SIP;cause=200` among the Reasons (RFC 3326); the first of each counts.
pub(super) fn read_reason(headers: &Headers<'_>) -> Reason {
    let mut read = Reason::default();
    for reason in headers.list("Reason") {
        let end = reason.iter().position(|&octet| octet == b';');
        let (protocol, params) = reason.split_at(end.unwrap_or(reason.len()));
        let params = crate::header::Params::parse(params).unwrap_or_default();
        let cause = params.find("cause").and_then(decimal);
        let protocol = crate::octets::trim(protocol);
        if protocol.eq_ignore_ascii_case(b"Q.850") {
            read.q850 = read.q850.or(cause.and_then(|cause| cause.try_into().ok()));
        } else if protocol.eq_ignore_ascii_case(b"SIP") {
            read.sip = read.sip.or(cause.and_then(|cause| cause.try_into().ok()));
        }
    }
    read
}
