//! The turn of the fake line.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::mpsc::Sender,
    time::{Duration, Instant},
};

use media::{Keypad, rtp};
use net::{MediaSocket, Poller, SipSocket, Waker};
use sip::{
    message::{Message, Method, Request},
    sdp::{self, Capabilities},
    write::Reply,
};

use super::{Answer, Manners, Planned, soonest};

pub(super) struct Exchange {
    manners: Manners,
    requests: Sender<String>,
    keys: Sender<(Duration, char)>,
    waker: Waker,
    sip: SipSocket,
    poller: Poller,
    calls: HashMap<Vec<u8>, Call>,
    taken: usize,
}

/// One call.
struct Call {
    media: MediaSocket,
    accepted: Vec<u8>,
    accepted_times: u32,
    repeat_at: Option<Instant>,
    caller: SocketAddr,
    bye: Vec<u8>,
    acknowledged: Option<Instant>,
    packets: std::vec::IntoIter<Planned>,
    next: Option<Planned>,
    keypad: Keypad,
}

impl Exchange {
    pub(super) fn open(
        manners: Manners,
        requests: Sender<String>,
        keys: Sender<(Duration, char)>,
        waker: Waker,
    ) -> Self {
        let sip = SipSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let poller = Poller::new().unwrap();
        poller.add(&sip, SIP).unwrap();
        poller.add(&waker, WAKER).unwrap();
        Self {
            manners,
            requests,
            keys,
            waker,
            sip,
            poller,
            calls: HashMap::new(),
            taken: 0,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.sip.local_addr().unwrap()
    }

    pub(super) fn run(&mut self) {
        let (mut ready, mut datagram) = (vec![], vec![0; 65_535]);
        loop {
            let next = soonest(self.calls.values().flat_map(Call::next_doing));
            self.poller.wait(&mut ready, next).unwrap();
            if ready.contains(&WAKER) {
                self.waker.rest();
                self.read_signalling(&mut datagram);
                return;
            }
            self.read_signalling(&mut datagram);
            let sip = &self.sip;
            for call in self.calls.values_mut() {
                call.play(sip, self.manners.says_goodbye);
                call.listen(&self.keys);
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

    fn handle(&mut self, request: &Request<'_>, source: SocketAddr) {
        let reply = Reply::new(request, source, Some("line"));
        let say = |octets: Vec<u8>| self.sip.send_to(&octets, reply.to).unwrap();
        match request.method {
            Method::Invite => match self.manners.answer {
                Answer::Silent => {}
                Answer::RingsForEver => say(reply.write(180, "Ringing", b"", None)),
                Answer::Refuses(status, reason) => say(reply.write(status, reason, b"", None)),
                Answer::Takes => self.take(request, &reply, source),
            },
            Method::Ack => {
                let enough = self.manners.sends_200;
                let call = self.calls.get_mut(request.call_id());
                if let Some(call) = call.filter(|call| call.accepted_times >= enough) {
                    call.acknowledged.get_or_insert(Instant::now());
                    call.repeat_at = None;
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
                self.calls.remove(request.call_id());
            }
        }
    }

    fn take(&mut self, invite: &Request<'_>, reply: &Reply, source: SocketAddr) {
        if self.calls.contains_key(invite.call_id()) {
            return;
        }
        let here = "127.0.0.1".parse().unwrap();
        let pair = MediaSocket::bind_pair(here, 20_000..=29_999, 20_000).unwrap();
        let (media, port) = (pair.sound, pair.port);
        let ours = Capabilities::new(here, port, 1);
        let answer = sdp::answer(&sdp::parse(invite.body).unwrap(), &ours).unwrap();
        media.connect(answer.peer).unwrap();
        self.poller.add(&media, MEDIA).unwrap();
        let own = self.address();
        let more = format!("Contact: <sip:line@{own}>\r\n");
        let more = [more.as_bytes(), self.manners.more].concat();
        let body = Some(("application/sdp", &answer.sdp[..]));
        let accepted = reply.write(200, "OK", &more, body);
        self.sip.send_to(&accepted, source).unwrap();
        let sounds = &self.manners.sounds;
        let sound = &sounds[self.taken.min(sounds.len() - 1)];
        self.taken += 1;
        let mut packets = sound.clone().into_iter();
        let call = Call {
            media,
            accepted,
            accepted_times: 1,
            repeat_at: Some(Instant::now() + Duration::from_millis(500)),
            caller: source,
            bye: bye(invite, own),
            acknowledged: None,
            next: packets.next(),
            packets,
            keypad: Keypad::new(),
        };
        self.calls.insert(invite.call_id().to_vec(), call);
    }
}

impl Call {
    fn next_doing(&self) -> Option<Instant> {
        let packet = self.next.as_ref().zip(self.acknowledged);
        packet.map(|(next, ack)| ack + next.at).or(self.repeat_at)
    }

    fn play(&mut self, sip: &SipSocket, says_goodbye: bool) {
        let now = Instant::now();
        if self.repeat_at.is_some_and(|at| at <= now) {
            sip.send_to(&self.accepted, self.caller).unwrap();
            self.accepted_times += 1;
            self.repeat_at = Some(now + Duration::from_millis(500));
        }
        let Some(acknowledged) = self.acknowledged else {
            return;
        };
        while let Some(packet) = self.next.take_if(|packet| acknowledged + packet.at <= now) {
            let octets = packet.octets();
            let (header, payload) = octets.split_first_chunk().unwrap();
            let _ = self.media.send_frame(header, payload);
            self.next = self.packets.next();
            if self.next.is_none() && says_goodbye {
                sip.send_to(&self.bye, self.caller).unwrap();
            }
        }
    }

    fn listen(&mut self, keys: &Sender<(Duration, char)>) {
        let mut octets = [0; 2_048];
        while let Ok(Some((length, _))) = self.media.recv(&mut octets) {
            let packet = rtp::parse(&octets[..length]).unwrap();
            if packet.payload_type != 101 {
                continue;
            }
            let key = self.keypad.handle_event(packet.timestamp, packet.payload);
            if let (Some(key), Some(acknowledged)) = (key, self.acknowledged) {
                let _ = keys.send((acknowledged.elapsed(), key.as_char()));
            }
        }
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
