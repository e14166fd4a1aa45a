//! Our refreshes of a session (RFC 4028 § 7.4): an UPDATE where the caller takes it, else an INVITE with the description
//! that stands.

use std::time::{Duration, Instant};

use super::call::Phase;
use super::outgoing::send_due;
use super::rules;
use super::session::{MIN_SE_S, Refresher, Session, min_se};
use super::tags::tag_text;
use super::timers::Timer;
use super::{Agent, CallHandle, Event};
use crate::message::{Method, Response};
use crate::octets::{decimal, trim};
use crate::peer::Peer;
use crate::repeats::Repeats;
use crate::write::{body, line};

/// A request of ours that waits for its response.
#[derive(Debug)]
pub(super) struct Refresh {
    method: Method<'static>,
    cseq: u32,
    repeats: Repeats,
    /// When it is sent again; `None` once somebody has it.
    due: Option<Instant>,
}

impl Refresh {
    /// Whether it makes an offer.
    pub(super) fn is_invite(&self) -> bool {
        self.method == Method::Invite
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Agent {
    /// The caller has not refreshed its session: it is gone (§ 10). Or it is for us to refresh.
    pub(super) fn handle_session_timer(&mut self, now: Instant, call: CallHandle) {
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        let Some(session) = known.session.as_deref() else {
            return;
        };
        let end = session.end();
        if session.terms.refresher == Refresher::Caller || now >= end {
            known.session = None;
            return self.hang_up(now, call, CAUSE_TIMER);
        }
        // An INVITE or a refresh on its way, ours or the caller's, may make another one needless.
        let is_busy = known.exchange.is_some() || known.update.is_some();
        let is_asked = known.refresh.is_some() || known.phase != Phase::Established;
        if is_busy || is_asked {
            return self.look_at_session(call, (now + WHILE_BUSY).min(end));
        }
        self.look_at_session(call, end);
        self.begin_refresh(now, call);
    }

    fn begin_refresh(&mut self, now: Instant, call: CallHandle) {
        if self.calls.get(&call).is_some_and(|call| call.takes_update) {
            self.send_refresh(now, call, Method::Update, b"");
        } else {
            self.tell(Event::RefreshDue { call });
        }
    }

    /// Answers [`Event::RefreshDue`]: an INVITE goes out with this SDP, the description that stands.
    /// [`Event::Refreshed`] follows when it is answered.
    pub fn refresh(&mut self, now: Instant, call: CallHandle, sdp: &[u8]) {
        let is_idle = self.calls.get(&call).is_some_and(|known| {
            known.phase == Phase::Established
                && known.exchange.is_none()
                && known.refresh.is_none()
                && known.update.is_none()
        });
        if is_idle {
            self.send_refresh(now, call, Method::Invite, sdp);
        }
    }

    fn send_refresh(
        &mut self,
        now: Instant,
        call: CallHandle,
        method: Method<'static>,
        sdp: &[u8],
    ) {
        let Some(peer) = self.calls.get(&call).map(|known| known.dialog.peer) else {
            return;
        };
        let own = self.own_lines(peer);
        let contact = self.config.contacts.towards(&peer);
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        let Some(Session { terms, min_s, .. }) = known.session.as_deref().copied() else {
            return;
        };
        known.local_cseq += 1;
        let cseq = known.local_cseq;
        let branch = branch(call, cseq);
        let mut octets = known.dialog.request(method, contact, &branch, cseq);
        octets.extend_from_slice(&own);
        let session = format!("{};refresher=uac", terms.interval_s);
        line(&mut octets, "Session-Expires", session.as_bytes());
        line(&mut octets, "Min-SE", min_s.to_string().as_bytes());
        let content = (!sdp.is_empty()).then_some(("application/sdp", sdp));
        body(&mut octets, content);
        let repeats = Repeats::over(now, octets, peer.transport);
        known.refresh = Some(Box::new(Refresh {
            method,
            cseq,
            repeats: match method {
                Method::Invite => repeats.doubling(),
                _ => repeats,
            },
            due: None,
        }));
        self.handle_refresh_timer(now, call);
    }

    /// Our refresh is to be sent again; without any response for 64·T1 the caller is gone.
    pub(super) fn handle_refresh_timer(&mut self, now: Instant, call: CallHandle) {
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        let peer = known.dialog.peer;
        let Some(refresh) = &mut known.refresh else {
            return;
        };
        refresh.due = None;
        let Some((sent, next)) = send_due(&mut refresh.repeats, now) else {
            self.drop_refresh(call);
            return self.hang_up(now, call, CAUSE_TIMER);
        };
        refresh.due = Some(next);
        self.timers.set(next, Timer::Refresh(call));
        self.transmit_repeat(peer, sent);
    }

    pub(super) fn drop_refresh(&mut self, call: CallHandle) {
        if let Some(known) = self.calls.get_mut(&call)
            && let Some(refresh) = known.refresh.take()
        {
            self.timers.cancel(refresh.due, Timer::Refresh(call));
        }
    }

    /// A response to an INVITE or an UPDATE of ours. Every final one to an INVITE is acknowledged, repeats too.
    pub(super) fn handle_refresh_response(
        &mut self,
        now: Instant,
        from: Peer,
        call: CallHandle,
        response: &Response<'_>,
    ) {
        let cseq = response.cseq();
        if let Some(known) = self.calls.get_mut(&call)
            && (200..300).contains(&response.status)
            && cseq.number == known.local_cseq
            && rules::check_kept(&response.headers).is_ok()
        {
            // A Contact that cannot be read, as one that is too long, leaves the one that was good until now.
            let _ = known.dialog.refresh(&response.headers, from);
        }
        if cseq.method == Method::Invite && response.status >= 200 {
            self.acknowledge_response(call, cseq.number, response.status < 300);
        }
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        let Some(refresh) = &mut known.refresh else {
            return;
        };
        if (refresh.cseq, refresh.method) != (cseq.number, cseq.method) {
            return;
        }
        if response.status < 200 {
            if refresh.is_invite() {
                self.timers.cancel(refresh.due.take(), Timer::Refresh(call));
            }
            return;
        }
        let is_invite = refresh.is_invite();
        self.drop_refresh(call);
        match response.status {
            200..300 => self.take_refreshed(now, call, response, is_invite),
            408 | 481 => self.hang_up(now, call, CAUSE_TIMER),
            status => self.refresh_again(now, call, response, status, is_invite),
        }
    }

    /// The session goes on for another interval.
    fn take_refreshed(
        &mut self,
        now: Instant,
        call: CallHandle,
        response: &Response<'_>,
        is_invite: bool,
    ) {
        let known = self.calls.get(&call);
        if let Some(session) = known.and_then(|known| known.session.as_deref()) {
            let terms = session.terms.confirmed(&response.headers);
            let refreshed = Session::begin(now, terms, session.min_s);
            self.set_session(call, Some(refreshed));
        }
        if is_invite {
            let answer = response.body.to_vec();
            self.tell(Event::Refreshed { call, answer });
        }
    }

    /// The session stands as it was; another try may do better before it ends.
    fn refresh_again(
        &mut self,
        now: Instant,
        call: CallHandle,
        response: &Response<'_>,
        status: u16,
        is_invite: bool,
    ) {
        // The owner of the Call-ID waits for longer (RFC 3261 § 14.1).
        let after_glare = 10 * (self.tags.next() % 200);
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        let Some(session) = known.session.as_deref_mut() else {
            return;
        };
        let end = session.end();
        let retry_after = response.headers.find("Retry-After");
        let retry_after = retry_after.and_then(|value| {
            let digits = value.iter().position(|octet| !octet.is_ascii_digit());
            decimal(trim(&value[..digits.unwrap_or(value.len())]))
        });
        let at = match status {
            422 => {
                let least = min_se(&response.headers).unwrap_or(MIN_SE_S);
                if least <= session.terms.interval_s || least > LONGEST_WAIT_S {
                    end
                } else {
                    session.min_s = least;
                    session.terms.interval_s = least;
                    now
                }
            }
            405 | 501 if !is_invite => {
                known.takes_update = false;
                now
            }
            491 => now + Duration::from_millis(after_glare),
            _ => match retry_after {
                Some(seconds) => now + Duration::from_secs(seconds.clamp(1, LONGEST_WAIT_S.into())),
                None => end,
            },
        };
        self.look_at_session(call, at.min(end));
    }

    fn look_at_session(&mut self, call: CallHandle, at: Instant) {
        if let Some(known) = self.calls.get(&call)
            && let Some(session) = known.session.as_deref().copied()
        {
            self.set_session(call, Some(Session { due: at, ..session }));
        }
    }

    /// The ACK of a 2xx is a request of its own, that of a refusal belongs to the INVITE (RFC 3261 § 13.2.2.4, § 17.1.1.3).
    fn acknowledge_response(&mut self, call: CallHandle, cseq: u32, is_success: bool) {
        let Some(known) = self.calls.get(&call) else {
            return;
        };
        if cseq == 0 || cseq > known.local_cseq {
            return;
        }
        let mut branch = branch(call, cseq);
        if is_success {
            branch.push('a');
        }
        let contact = self.config.contacts.towards(&known.dialog.peer);
        let mut octets = known.dialog.request(Method::Ack, contact, &branch, cseq);
        body(&mut octets, None);
        let peer = known.dialog.peer;
        self.transmit(peer, octets);
    }
}

/// The branch of one of our requests; it names the call.
pub(super) fn branch(call: CallHandle, cseq: u32) -> String {
    format!("z9hG4bK{}.{cseq}", tag_text(call.0))
}

/// Q.850: recovery on timer expiry.
const CAUSE_TIMER: u8 = 102;
/// How soon a refresh that cannot be sent is thought of again.
const WHILE_BUSY: Duration = Duration::from_secs(2);
/// More than any session lasts.
const LONGEST_WAIT_S: u32 = 86_400;
