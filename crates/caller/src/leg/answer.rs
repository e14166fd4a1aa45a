//! What the line says, and what the caller says to that.

use std::{net::SocketAddr, time::Instant};

use sip::{
    message::{Method, Request, Response},
    sdp,
    write::Reply,
};

use super::{Event, Leg, Output, State};

impl Leg {
    /// Takes a response to one of our requests.
    pub(crate) fn handle_response(&mut self, now: Instant, response: &Response<'_>) {
        match (response.cseq().method, response.status) {
            (Method::Invite, 100..=199) => {
                if let State::Calling(_) = self.state {
                    self.state = State::Ringing;
                }
            }
            (Method::Invite, 200..=299) => self.handle_acceptance(now, response),
            (Method::Invite, _) => self.handle_refusal(response),
            (Method::Bye, 200..) => {
                if let State::Leaving { .. } = self.state {
                    self.end(Event::Ended);
                }
            }
            (Method::Cancel, 200..) => {
                if let State::Cancelling { cancel, .. } = &mut self.state {
                    *cancel = None;
                }
            }
            _ => {}
        }
    }

    /// Answers a request of the line. Only a BYE changes anything: a caller that measures does not
    /// let its call be changed.
    pub(crate) fn handle_request(&mut self, request: &Request<'_>, source: SocketAddr) {
        let (status, reason) = match request.method {
            Method::Ack => return,
            Method::Bye => match self.state {
                State::Calling(_) | State::Ringing | State::Cancelling { .. } => {
                    (481, "Call/Transaction Does Not Exist")
                }
                State::Talking { .. } | State::Leaving { .. } => {
                    self.end(Event::HungUp);
                    (200, "OK")
                }
                State::Over => (200, "OK"),
            },
            Method::Options | Method::Info => (200, "OK"),
            Method::Invite | Method::Update => (488, "Not Acceptable Here"),
            _ => (501, "Not Implemented"),
        };
        let reply = Reply::new(request, source, None);
        let octets = reply.write(status, reason, b"", None);
        let to = reply.to.address;
        // Before the event that it may have caused, for the driver may stop at that.
        self.outputs.push_front(Output::Transmit { to, octets });
    }

    /// The first 2xx makes the dialog, its repeats want the same ACK again. One that comes after
    /// the caller gave up, or from another telephone that rang, is acknowledged and left at once.
    fn handle_acceptance(&mut self, now: Instant, response: &Response<'_>) {
        match &self.state {
            State::Calling(_) | State::Ringing => self.begin_talk(now, response),
            State::Cancelling { .. } => {
                let ack = self.acknowledge(response);
                self.say_goodbye(now, ack);
            }
            State::Talking { ack } | State::Leaving { ack, .. } => {
                let ack = ack.clone();
                if response.to().tag() == self.their_tag.as_deref() {
                    self.transmit(self.next_hop(), ack);
                } else {
                    self.leave_other(response);
                }
            }
            State::Over => self.leave_other(response),
        }
    }

    fn begin_talk(&mut self, now: Instant, response: &Response<'_>) {
        let read = sdp::parse(response.body).map_err(|fault| fault.to_string());
        let agreed = read.and_then(|answer| {
            sdp::agree(&answer, &self.ours).map_err(|refusal| refusal.to_string())
        });
        match agreed {
            Ok(agreement) => {
                let answered = Event::Answered(Box::new(agreement));
                self.outputs.push_back(Output::Event(answered));
                let ack = self.acknowledge(response);
                self.state = State::Talking { ack };
            }
            Err(why) => {
                self.outputs.push_back(Output::Event(Event::Useless(why)));
                let ack = self.acknowledge(response);
                self.say_goodbye(now, ack);
            }
        }
    }

    /// Sends the ACK of a first 2xx, and answers its octets.
    fn acknowledge(&mut self, response: &Response<'_>) -> Vec<u8> {
        // A Contact that cannot be read leaves the way that the INVITE took.
        let _ = self.call.establish(response);
        self.their_tag = response.to().tag().map(<[u8]>::to_vec);
        let ack = self.call.ack(None);
        self.transmit(self.next_hop(), ack.clone());
        ack
    }

    fn leave_other(&mut self, response: &Response<'_>) {
        let mut other = self.call.clone();
        let _ = other.establish(response);
        let to = self.next_hop();
        self.transmit(to, other.ack(None));
        self.transmit(to, other.bye());
    }

    /// Acknowledges a refusal, repeated or not (§ 17.1.1.3).
    fn handle_refusal(&mut self, response: &Response<'_>) {
        let ack = self.call.ack_refusal(response);
        self.transmit(self.target, ack);
        match self.state {
            State::Calling(_) | State::Ringing => self.end(Event::Refused(response.status)),
            State::Cancelling { .. } => self.end(Event::Unanswered),
            State::Talking { .. } | State::Leaving { .. } | State::Over => {}
        }
    }
}
