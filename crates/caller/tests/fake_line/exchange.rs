//! The turn of the fake line.

use std::{collections::HashMap, net::SocketAddr, sync::mpsc::Sender, time::Instant};

use net::{MediaSocket, Poller, SipSocket, Waker};
use sip::{
    message::{Message, Method, Request},
    sdp::{self, Capabilities},
    write::Reply,
};

use super::{Answer, Heard, Manners, call::Call, soonest};

pub(super) struct Exchange {
    manners: Manners,
    requests: Sender<String>,
    heard: Sender<Heard>,
    waker: Waker,
    sip: SipSocket,
    poller: Poller,
    calls: HashMap<Vec<u8>, Call>,
    taken: usize,
    /// Refusals that wait.
    later: Vec<(Instant, Vec<u8>, SocketAddr)>,
}

impl Exchange {
    pub(super) fn open(
        manners: Manners,
        requests: Sender<String>,
        heard: Sender<Heard>,
        waker: Waker,
    ) -> Self {
        let sip = SipSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let poller = Poller::new().unwrap();
        poller.add(&sip, SIP).unwrap();
        poller.add(&waker, WAKER).unwrap();
        Self {
            manners,
            requests,
            heard,
            waker,
            sip,
            poller,
            calls: HashMap::new(),
            taken: 0,
            later: vec![],
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.sip.local_addr().unwrap()
    }

    pub(super) fn run(&mut self) {
        let (mut ready, mut datagram) = (vec![], vec![0; 65_535]);
        loop {
            let doings = self.calls.values().flat_map(Call::next_doing);
            let next = soonest(doings.chain(self.later.iter().map(|(at, ..)| *at)));
            self.poller.wait(&mut ready, next).unwrap();
            if ready.contains(&WAKER) {
                self.waker.rest();
                self.read_signalling(&mut datagram);
                return;
            }
            self.read_signalling(&mut datagram);
            self.refuse_who_has_waited();
            let sip = &self.sip;
            for call in self.calls.values_mut() {
                call.play(sip, &self.manners);
                call.listen(&self.heard);
            }
        }
    }

    fn read_signalling(&mut self, datagram: &mut [u8]) {
        while let Some((length, source)) = self.sip.recv_from(datagram).unwrap() {
            let octets = datagram[..length].to_vec();
            if let Message::Request(request) = Message::parse(&octets).unwrap() {
                let text = String::from_utf8_lossy(&octets).into_owned();
                let _ = self.requests.send(text);
                self.handle(&request, source);
            }
        }
    }

    fn refuse_who_has_waited(&mut self) {
        let now = Instant::now();
        for (_, octets, to) in self.later.extract_if(.., |(at, ..)| *at <= now) {
            self.sip.send_to(&octets, to).unwrap();
        }
    }

    fn handle(&mut self, request: &Request<'_>, source: SocketAddr) {
        let reply = Reply::new(request, source, Some("line"));
        let say = |octets: Vec<u8>| self.sip.send_to(&octets, reply.to.address).unwrap();
        match request.method {
            Method::Invite => match self.manners.answer {
                Answer::Silent => {}
                Answer::RingsForEver => say(reply.write(180, "Ringing", b"", None)),
                Answer::Refuses(status, reason) => {
                    let at = Instant::now() + self.manners.hesitates;
                    let refusal = reply.write(status, reason, b"", None);
                    self.later.push((at, refusal, reply.to.address));
                }
                Answer::Takes => self.take(request, &reply, source),
            },
            Method::Ack => {
                let enough = self.manners.sends_200;
                if let Some(call) = self.calls.get_mut(request.call_id()) {
                    call.acknowledge(enough);
                }
            }
            Method::Cancel => {
                say(reply.write(200, "OK", b"", None));
                let invite = String::from_utf8_lossy(&reply.write(487, "Gone", b"", None))
                    .replace("CSeq: 1 CANCEL", "CSeq: 1 INVITE");
                say(invite.into_bytes());
            }
            _ => {
                say(reply.write(200, "OK", b"", None));
                if let Some(mut call) = self.calls.remove(request.call_id()) {
                    // What was sent before the BYE counts.
                    call.listen(&self.heard);
                }
            }
        }
    }

    fn take(&mut self, invite: &Request<'_>, reply: &Reply, source: SocketAddr) {
        if self.calls.contains_key(invite.call_id()) {
            return;
        }
        let here = "127.0.0.1".parse().unwrap();
        let ports = MediaSocket::bind_pair(here, 20_000..=29_999, 20_000).unwrap();
        let ours = Capabilities::new(here, ports.port, 1);
        let answer = sdp::answer(&sdp::parse(invite.body).unwrap(), &ours).unwrap();
        ports.sound.connect(answer.peer).unwrap();
        ports.reports.connect(answer.rtcp.unwrap()).unwrap();
        self.poller.add(&ports.sound, MEDIA).unwrap();
        self.poller.add(&ports.reports, MEDIA).unwrap();
        let own = self.address();
        let more = format!("Contact: <sip:line@{own}>\r\n");
        let more = [more.as_bytes(), self.manners.more].concat();
        let body = Some(("application/sdp", &answer.sdp[..]));
        let accepted = reply.write(200, "OK", &more, body);
        self.sip.send_to(&accepted, source).unwrap();
        let sounds = &self.manners.sounds;
        let sound = sounds[self.taken.min(sounds.len() - 1)].clone();
        self.taken += 1;
        let goodbye = (source, bye(invite, own));
        let call = Call::new(ports, accepted, goodbye, sound, &self.manners);
        self.calls.insert(invite.call_id().to_vec(), call);
    }
}

/// A BYE from the line, in the dialog that this INVITE makes.
fn bye(invite: &Request<'_>, own: SocketAddr) -> Vec<u8> {
    let text = |name| String::from_utf8_lossy(invite.headers.find(name).unwrap());
    let (to, from, call_id) = (text("From"), text("To"), text("Call-ID"));
    format!(
        "BYE sip:caller@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKbye\r\n\
         Max-Forwards: 70\r\nFrom: {from};tag=line\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
         CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

const SIP: u64 = 0;
const WAKER: u64 = 1;
const MEDIA: u64 = 2;
