//! New calls at the door: refused from their headers alone, before anything else is understood.

use std::net::SocketAddr;

use super::tags::TagText;
use super::{Agent, Gate, NewCall, Verdict};
use crate::header::{CSeq, NameAddr, Via};
use crate::message::{Frame, Method, StartLine};
use crate::peer::Peer;
use crate::write::Reply;

impl Agent {
    /// Refuses a new call that the gate turns away or that finds no room; says whether it did.
    ///
    /// What cannot be read well enough, is inside a call or is known already goes on to the rules.
    pub(super) fn turns_away(
        &mut self,
        from: Peer,
        frame: &Frame<'_>,
        gate: &mut dyn Gate,
    ) -> bool {
        let Some(knock) = Knock::read(frame, from.address) else {
            return false;
        };
        let call_id = knock.call.call_id;
        let attempt = self.tags.attempt(call_id, knock.from_tag, knock.number);
        if self.invites.contains_key(&attempt) {
            return false;
        }
        let (status, retry_after) = match gate.judge(&knock.call) {
            Verdict::Refuse {
                status,
                retry_after,
            } => (status, retry_after),
            Verdict::Admit if self.is_full() => (503, Some(RETRY_AFTER_S)),
            Verdict::Admit => return false,
        };
        self.counters.refused += 1;
        let to = knock.via.reply_to(from);
        let tag = TagText(attempt);
        let status = if (400..700).contains(&status) {
            status
        } else {
            500
        };
        let octets = Reply::refuse(
            &frame.headers,
            &knock.via,
            from,
            &tag,
            (status, retry_after),
        );
        self.transmit(to, octets);
        true
    }

    fn is_full(&self) -> bool {
        let tables = self.calls.len().max(self.invites.len());
        self.alive >= self.config.max_calls || tables >= self.table_cap()
    }
}

/// What is read of an INVITE outside any call to decide on it.
struct Knock<'a> {
    call: NewCall<'a>,
    via: Via<'a>,
    from_tag: &'a [u8],
    number: u32,
}

impl<'a> Knock<'a> {
    /// `None` for anything else, and for what is broken: that is refused for being broken.
    fn read(frame: &'a Frame<'a>, source: SocketAddr) -> Option<Self> {
        let Ok(StartLine::Request {
            method: Method::Invite,
            uri,
        }) = StartLine::parse(frame.start_line)
        else {
            return None;
        };
        let headers = &frame.headers;
        let to = NameAddr::parse(headers.find("To")?).ok()?;
        if to.tag().is_some() || frame.fault.is_some() {
            return None;
        }
        let from = NameAddr::parse(headers.find("From")?).ok()?;
        Some(Self {
            call: NewCall {
                source,
                request_uri: uri,
                to: to.uri,
                from: from.uri,
                call_id: headers.find("Call-ID").filter(|id| !id.is_empty())?,
                headers,
            },
            via: Via::parse(headers.list("Via").next()?).ok()?,
            from_tag: from.tag().unwrap_or_default(),
            number: CSeq::parse(headers.find("CSeq")?).ok()?.number,
        })
    }
}

/// When to come back to a line that is full, in seconds.
const RETRY_AFTER_S: u32 = 5;
