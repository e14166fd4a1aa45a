//! The calling side against a line of few words, on a clock that jumps.

use std::time::{Duration, Instant};

use sip::{
    message::{Message, Method},
    sdp::{self, Capabilities},
    write::Reply,
};

use super::*;

#[test]
fn an_invite_is_repeated_at_doubling_pauses_and_given_up_after_32_seconds() {
    let mut call = Call::new();

    let done = call.runs_for(Duration::from_secs(40));

    let sent: Vec<_> = done.iter().map(|(at, _)| *at).collect();
    assert_eq!(sent, [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500, 32_000]);
    assert_eq!(done.last().unwrap().1, "unanswered");
    assert_eq!(call.leg.retransmissions().invite, 6);
}

#[test]
fn a_provisional_response_ends_the_repeats() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.hears(180, "Ringing", false);

    assert!(call.runs_for(Duration::from_secs(120)).is_empty());
}

#[test]
fn an_answer_is_told_before_its_ack_is_sent_and_each_repeat_gets_the_same_ack() {
    let mut call = Call::new();
    call.does(Duration::ZERO);

    call.hears(200, "OK", true);
    assert_eq!(call.does(Duration::ZERO), ["answered", "ACK"]);
    call.hears(200, "OK", true);
    assert_eq!(call.does(Duration::ZERO), ["ACK"]);
    assert_eq!(call.acks[0], call.acks[1]);
}

#[test]
fn an_answer_from_another_telephone_that_rang_is_acknowledged_and_left() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.hears(200, "OK", true);
    call.does(Duration::ZERO);

    call.tag = "another";
    call.hears(200, "OK", true);

    assert_eq!(call.does(Duration::ZERO), ["ACK", "BYE"]);
    assert!(String::from_utf8_lossy(&call.acks[1]).contains(";tag=another"));
    assert!(String::from_utf8_lossy(&call.acks[0]).contains(";tag=line"));
}

#[test]
fn a_refusal_is_acknowledged_and_so_is_its_repeat() {
    let mut call = Call::new();
    call.does(Duration::ZERO);

    call.hears(486, "Busy Here", false);
    assert_eq!(call.does(Duration::ZERO), ["ACK", "refused 486"]);
    call.hears(486, "Busy Here", false);
    assert_eq!(call.does(Duration::ZERO), ["ACK"]);
    assert!(call.runs_for(Duration::from_secs(60)).is_empty());
}

#[test]
fn an_answer_without_use_is_acknowledged_and_left() {
    let mut call = Call::new();
    call.does(Duration::ZERO);

    call.hears(200, "OK", false);

    assert_eq!(call.does(Duration::ZERO), ["useless", "ACK", "BYE"]);
}

#[test]
fn giving_up_before_any_response_needs_no_cancel_and_a_late_answer_is_left() {
    let mut call = Call::new();
    call.does(Duration::ZERO);

    call.leg.hang_up(call.now);
    assert_eq!(call.does(Duration::ZERO), ["unanswered"]);
    call.hears(200, "OK", true);
    assert_eq!(call.does(Duration::ZERO), ["ACK", "BYE"]);
}

#[test]
fn a_ringing_call_is_cancelled_and_the_cancel_repeated_until_it_is_answered() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.hears(180, "Ringing", false);

    call.leg.hang_up(call.now);

    assert_eq!(call.does(Duration::from_millis(1_600)), ["CANCEL"; 3]);
    call.hears_about_cancel();
    assert!(call.does(Duration::from_secs(5)).is_empty());
    call.hears(487, "Request Terminated", false);
    assert_eq!(call.does(Duration::ZERO), ["ACK", "unanswered"]);
}

#[test]
fn an_answer_that_crosses_the_cancel_stands_and_is_left() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.hears(180, "Ringing", false);
    call.leg.hang_up(call.now);
    call.does(Duration::ZERO);

    call.hears(200, "OK", true);

    assert_eq!(call.does(Duration::ZERO), ["ACK", "BYE"]);
}

#[test]
fn a_cancel_that_nobody_heeds_ends_after_32_seconds() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.hears(180, "Ringing", false);
    call.leg.hang_up(call.now);

    let done = call.runs_for(Duration::from_secs(60));

    assert_eq!(done.last().unwrap(), &(32_000, "unanswered".to_owned()));
}

#[test]
fn a_goodbye_is_repeated_until_it_is_answered_or_32_seconds_have_passed() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.hears(200, "OK", true);
    call.does(Duration::ZERO);

    call.leg.hang_up(call.now);

    let done = call.runs_for(Duration::from_secs(60));
    let sent: Vec<_> = done.iter().map(|(at, _)| *at).collect();
    assert_eq!(sent[..6], [0, 500, 1_500, 3_500, 7_500, 11_500]);
    assert_eq!(done.last().unwrap(), &(32_000, "ended".to_owned()));
    let sent_again = u32::try_from(done.len() - 2).unwrap();
    assert_eq!(call.leg.retransmissions().other, sent_again);
}

#[test]
fn the_lines_goodbye_is_answered_before_the_driver_hears_of_it_and_again_when_repeated() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.hears(200, "OK", true);
    call.does(Duration::ZERO);

    call.is_asked("BYE");
    assert_eq!(call.does(Duration::ZERO), ["200", "hung up"]);
    call.is_asked("BYE");
    assert_eq!(call.does(Duration::ZERO), ["200"]);
}

#[test]
fn nothing_but_a_goodbye_changes_the_call() {
    let mut call = Call::new();
    call.does(Duration::ZERO);
    call.is_asked("BYE");
    assert_eq!(call.does(Duration::ZERO), ["481"]);
    call.hears(200, "OK", true);
    call.does(Duration::ZERO);

    for (method, status) in [("INVITE", "488"), ("OPTIONS", "200"), ("REFER", "501")] {
        call.is_asked(method);
        assert_eq!(call.does(Duration::ZERO), [status]);
    }
    call.is_asked("ACK");
    assert!(call.does(Duration::ZERO).is_empty());
}

/// A call, and a line that answers its last INVITE.
struct Call {
    leg: Leg,
    now: Instant,
    invite: Vec<u8>,
    cancel: Vec<u8>,
    acks: Vec<Vec<u8>>,
    tag: &'static str,
}

impl Call {
    fn new() -> Self {
        let now = Instant::now();
        let target = Target::find("sip:0805691282@192.0.2.1").unwrap();
        let local = "192.0.2.9:5060".parse().unwrap();
        let ours = Capabilities::new("192.0.2.9".parse().unwrap(), 4_000, 1);
        Self {
            leg: Leg::new(now, &target, local, ours, media::Ptime::Ms20, 9),
            now,
            invite: vec![],
            cancel: vec![],
            acks: vec![],
            tag: "line",
        }
    }

    /// Names of all that is done until this much later.
    fn does(&mut self, during: Duration) -> Vec<String> {
        let done = self.runs_for(during);
        done.into_iter().map(|(_, name)| name).collect()
    }

    /// The same with milliseconds since the beginning of this run.
    fn runs_for(&mut self, during: Duration) -> Vec<(u128, String)> {
        let (begin, end) = (self.now, self.now + during);
        let mut done = vec![];
        loop {
            let at = (self.now - begin).as_millis();
            match self.leg.poll_output(self.now) {
                Output::Timeout(next) if next <= end => self.now = next,
                Output::Timeout(_) | Output::Nothing => break,
                Output::Event(event) => done.push((at, name(&event))),
                Output::Transmit { octets, .. } => done.push((at, self.note(octets))),
            }
        }
        self.now = end;
        done
    }

    fn note(&mut self, octets: Vec<u8>) -> String {
        match Message::parse(&octets).unwrap() {
            Message::Response(response) => response.status.to_string(),
            Message::Request(request) => {
                let method = request.method.as_bytes().to_vec();
                match request.method {
                    Method::Invite => self.invite = octets,
                    Method::Cancel => self.cancel = octets,
                    Method::Ack => self.acks.push(octets),
                    _ => {}
                }
                String::from_utf8(method).unwrap()
            }
        }
    }

    /// The line answers the INVITE.
    fn hears(&mut self, status: u16, reason: &str, with_sound: bool) {
        let Ok(Message::Request(invite)) = Message::parse(&self.invite) else {
            panic!("no INVITE has been sent");
        };
        let line = Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 2);
        let answer = sdp::answer(&sdp::parse(invite.body).unwrap(), &line).unwrap();
        let body = with_sound.then_some(("application/sdp", &answer.sdp[..]));
        let reply = Reply::new(&invite, source(), Some(self.tag));
        let contact = b"Contact: <sip:line@192.0.2.1>\r\n";
        let octets = reply.write(status, reason, contact, body);
        self.takes(&octets);
    }

    fn hears_about_cancel(&mut self) {
        let Ok(Message::Request(cancel)) = Message::parse(&self.cancel) else {
            panic!("no CANCEL has been sent");
        };
        let reply = Reply::new(&cancel, source(), Some("line"));
        let octets = reply.write(200, "OK", b"", None);
        self.takes(&octets);
    }

    fn takes(&mut self, octets: &[u8]) {
        match Message::parse(octets).unwrap() {
            Message::Response(response) => self.leg.handle_response(self.now, &response),
            Message::Request(_) => panic!("a response is a response"),
        }
    }

    /// The line asks for something.
    fn is_asked(&mut self, method: &str) {
        let call_id = self.leg.call_id();
        let octets = format!(
            "{method} sip:caller@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: <sip:line@192.0.2.1>;tag=line\r\nTo: <sip:caller@192.0.2.9>;tag=1\r\n\
             Call-ID: {call_id}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
        );
        match Message::parse(octets.as_bytes()).unwrap() {
            Message::Response(_) => panic!("a request is a request"),
            Message::Request(request) => {
                let line = "192.0.2.1:5060".parse().unwrap();
                self.leg.handle_request(&request, line);
            }
        }
    }
}

fn name(event: &Event) -> String {
    match event {
        Event::Answered(_) => "answered".to_owned(),
        Event::Useless(_) => "useless".to_owned(),
        Event::Refused(status) => format!("refused {status}"),
        Event::Unanswered => "unanswered".to_owned(),
        Event::HungUp => "hung up".to_owned(),
        Event::Ended => "ended".to_owned(),
    }
}

fn source() -> std::net::SocketAddr {
    "192.0.2.9:5060".parse().unwrap()
}
