//! A telephone: it dials, acknowledges, listens, presses keys, holds and hangs up. Every wait ends at an event or
//! fails after five seconds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use media::keypad::KeypadEvent;
use media::rtcp::{ReportBlock, SenderReport};
use media::srtp::{self, EMPTY_ROOM, Keys, Opener, ReportOpener, ReportSealer, Sealer};
use media::{Codec, Key, rtcp, rtp};
use net::{MediaSocket, Poller};
use sip::message::{Message, Method};
use sip::sdp::{self, Capabilities, CodecName, MasterKey, Secrecy, Srtp};
use sip::write::OutgoingCall;

pub(crate) struct Telephone {
    sip: UdpSocket,
    rtp: MediaSocket,
    /// The port above, for reports.
    rtcp: MediaSocket,
    poller: Poller,
    line: SocketAddr,
    call: OutgoingCall,
    ours: Capabilities,
    /// The keys agreed on, at work.
    ends: Option<Ends>,
    /// Where the line hears, from its description.
    pub(crate) media: Option<SocketAddr>,
    pub(crate) answer: Vec<u8>,
    /// The latest packet heard.
    pub(crate) last: Option<Heard>,
    key_clock: u32,
    sequence: u16,
    has_pressed: bool,
}

/// One RTP packet as it came.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) ssrc: u32,
    pub(crate) payload: Vec<u8>,
}

impl Telephone {
    pub(crate) fn new(line: SocketAddr, number: &str) -> Self {
        let own: IpAddr = match line {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let sip = UdpSocket::bind((own, 0)).unwrap();
        sip.set_read_timeout(Some(PATIENCE)).unwrap();
        let (rtp, rtcp) = ports(own);
        let poller = Poller::new().unwrap();
        poller.add(&rtp, 1).unwrap();
        let local = sip.local_addr().unwrap();
        let target = format!("sip:{number}@{line}");
        let call = OutgoingCall::new(&target, "sip:resident@127.0.0.1", local, seed());
        let ours = Capabilities::new(local.ip(), rtp.local_addr().unwrap().port(), 1);
        Self {
            sip,
            rtp,
            rtcp,
            poller,
            line,
            call,
            ours,
            ends: None,
            media: None,
            answer: vec![],
            last: None,
            key_clock: 50_000,
            sequence: 0,
            has_pressed: false,
        }
    }

    pub(crate) fn call_id(&self) -> String {
        self.call.call_id().to_owned()
    }

    /// Speaks this law only.
    pub(crate) fn only(mut self, codec: Codec) -> Self {
        self.ours.codecs = vec![match codec {
            Codec::Pcma => CodecName::Pcma,
            Codec::Pcmu => CodecName::Pcmu,
            Codec::G722 => CodecName::G722,
        }];
        self
    }

    /// Offers SRTP and nothing else, under this key.
    pub(crate) fn encrypted(mut self, key: u8) -> Self {
        self.rekey(key);
        self
    }

    /// As [`Telephone::encrypted`], from the next offer on.
    pub(crate) fn rekey(&mut self, key: u8) {
        self.ours.srtp = Secrecy::Required(MasterKey([key; 30]));
    }

    /// The keys agreed on.
    pub(crate) fn keys(&self) -> Option<Srtp> {
        self.ends.as_ref().map(|ends| ends.srtp)
    }

    /// Our answer to the offer of the line.
    pub(crate) fn answer_to_offer(&self) -> Vec<u8> {
        let offer = sdp::parse(&self.answer).unwrap();
        sdp::answer(&offer, &self.ours).unwrap().sdp
    }

    /// Dials with an offer; answers the status.
    pub(crate) fn dial(&mut self) -> u16 {
        let offer = sdp::offer(&self.ours);
        self.dial_with(Some(&offer), b"")
    }

    pub(crate) fn dial_with(&mut self, offer: Option<&[u8]>, more: &[u8]) -> u16 {
        let invite = self.call.invite_with(offer, more);
        self.send(&invite);
        self.final_response()
    }

    /// Acknowledges the 200; from here on the line may send.
    pub(crate) fn acknowledge(&mut self, answer: Option<&[u8]>) {
        let ack = self.call.ack(answer);
        self.send(&ack);
    }

    /// Dials, expects an answer, acknowledges.
    pub(crate) fn call(line: SocketAddr, number: &str) -> Self {
        let mut telephone = Self::new(line, number);
        assert_eq!(telephone.dial(), 200);
        telephone.acknowledge(None);
        telephone
    }

    /// A new offer in mid-call with these lines changed; expects it to be taken.
    pub(crate) fn reoffer(&mut self, change: impl Fn(String) -> String) {
        assert_eq!(self.try_reoffer(change), 200);
    }

    pub(crate) fn try_reoffer(&mut self, change: impl Fn(String) -> String) -> u16 {
        self.ours.version += 1;
        let offer = change(String::from_utf8(sdp::offer(&self.ours)).unwrap());
        let invite = self.call.reinvite(Some(offer.as_bytes()));
        self.send(&invite);
        let status = self.final_response();
        if status == 200 {
            self.acknowledge(None);
        }
        status
    }

    /// As [`Telephone::try_reoffer`], in two steps (RFC 3311).
    pub(crate) fn try_update(&mut self, change: impl Fn(String) -> String) -> u16 {
        self.ours.version += 1;
        let offer = change(String::from_utf8(sdp::offer(&self.ours)).unwrap());
        let update = self.call.request("UPDATE", b"", Some(offer.as_bytes()));
        self.send(&update);
        self.final_response()
    }

    /// Listens on another port from now on.
    pub(crate) fn move_ear(&mut self) {
        (self.rtp, self.rtcp) = ports(self.ours.address);
        self.poller.add(&self.rtp, 1).unwrap();
        self.ours.port = self.rtp.local_addr().unwrap().port();
    }

    pub(crate) fn description(&self) -> Vec<u8> {
        sdp::offer(&self.ours)
    }

    /// The next packets.
    pub(crate) fn listen(&mut self, packets: usize) -> Vec<Heard> {
        (0..packets)
            .map(|_| self.next_packet(PATIENCE).expect("the line is silent"))
            .collect()
    }

    /// Everything until nothing more comes for so long.
    pub(crate) fn listen_out(&mut self, quiet: Duration) -> Vec<Heard> {
        std::iter::from_fn(|| self.next_packet(quiet)).collect()
    }

    pub(crate) fn next_packet(&mut self, patience: Duration) -> Option<Heard> {
        let heard = self.receive(patience)?;
        self.last = Some(heard.clone());
        Some(heard)
    }

    /// The SSRC of the line's stream.
    pub(crate) fn ssrc(&self) -> u32 {
        self.last.as_ref().unwrap().ssrc
    }

    /// Waits for a sender report.
    pub(crate) fn hear_report(&mut self) -> SenderReport {
        let octets = self.hear_report_octets();
        match &mut self.ends {
            None => rtcp::parse(&octets).unwrap().sender.unwrap(),
            Some(ends) => {
                let mut sealed = octets;
                let length = ends.report_opener.open(&mut sealed).unwrap();
                rtcp::parse(&sealed[..length]).unwrap().sender.unwrap()
            }
        }
    }

    fn hear_report_octets(&self) -> Vec<u8> {
        let poller = Poller::new().unwrap();
        poller.add(&self.rtcp, 1).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let mut octets = [0; 2_000];
        loop {
            if let Some((length, _)) = self.rtcp.recv(&mut octets).unwrap() {
                return octets[..length].to_vec();
            }
            let left = deadline.checked_duration_since(Instant::now());
            poller
                .wait(&mut vec![], Some(left.expect("no report comes")))
                .unwrap();
        }
    }

    /// Whether a report waits.
    pub(crate) fn has_report(&self) -> bool {
        self.rtcp.recv(&mut [0; 2_000]).unwrap().is_some()
    }

    /// Waits for a sender report on the port of the sound; the sound before it is passed over.
    pub(crate) fn hear_muxed_report(&mut self) -> SenderReport {
        let deadline = Instant::now() + PATIENCE;
        let mut octets = [0; 2_000];
        loop {
            assert!(Instant::now() < deadline, "no report comes");
            match self.rtp.recv(&mut octets).unwrap() {
                Some((length, _)) if rtcp::is_rtcp(&octets[..length]) => {
                    return rtcp::parse(&octets[..length]).unwrap().sender.unwrap();
                }
                Some(_) => {}
                None => self.poller.wait(&mut vec![], Some(PATIENCE)).unwrap(),
            }
        }
    }

    /// Reports to the line on its port for reports.
    pub(crate) fn report(&mut self, block: &ReportBlock) {
        let mut octets = vec![];
        rtcp::encode_receiver_report(7, &[*block], "caller", &mut octets);
        if let Some(ends) = &mut self.ends {
            ends.report_sealer.seal(&mut octets);
        }
        self.report_octets(&octets);
    }

    /// Sends anything to the line's port for reports.
    pub(crate) fn report_octets(&self, octets: &[u8]) {
        let mut line = self.media.unwrap();
        line.set_port(line.port() + 1);
        self.rtcp.connect(line).unwrap();
        self.rtcp.send(octets).unwrap();
    }

    fn receive(&mut self, patience: Duration) -> Option<Heard> {
        let deadline = Instant::now() + patience;
        let mut octets = [0; 2_000];
        loop {
            if let Some((length, from)) = self.rtp.recv(&mut octets).unwrap() {
                assert_eq!(
                    Some(from),
                    self.media,
                    "sound comes from where the answer says"
                );
                let Some(octets) = self.open(&mut octets[..length]) else {
                    continue; // sealed before the keys changed
                };
                let packet = rtp::parse(octets).unwrap();
                return Some(Heard {
                    at: Instant::now(),
                    sequence: packet.sequence,
                    timestamp: packet.timestamp,
                    marker: packet.marker,
                    payload_type: packet.payload_type,
                    ssrc: packet.ssrc,
                    payload: packet.payload.to_vec(),
                });
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            self.poller.wait(&mut vec![], Some(left)).unwrap();
        }
    }

    fn open<'d>(&mut self, octets: &'d mut [u8]) -> Option<&'d [u8]> {
        let Some(ends) = &mut self.ends else {
            return Some(octets);
        };
        let length = ends.opener.open(octets).ok()?;
        Some(&octets[..length])
    }

    /// Presses a key as most telephones do: three packets, three ends with one sequence number.
    pub(crate) fn press(&mut self, key: char) {
        self.key_clock += 8_000;
        self.sequence += 8;
        for (sequence, duration) in [(1, 160), (2, 320), (3, 480), (4, 640), (4, 640), (4, 640)] {
            let event = KeypadEvent {
                key: Key::from_char(key).unwrap(),
                end: duration == 640,
                volume: 10,
                duration,
            };
            let (marker, sequence) = (sequence == 1, self.sequence + sequence);
            let header = rtp::encode_header(101, marker, sequence, self.key_clock, 9);
            self.say(&[header.as_slice(), &event.encode()].concat());
        }
        self.has_pressed = true;
    }

    /// Sends one packet of sound in A-law, 20 ms after the one before.
    pub(crate) fn speak(&mut self, octets: &[u8]) {
        // Behind the four numbers that a press has used.
        self.sequence += 1 + 4 * u16::from(std::mem::take(&mut self.has_pressed));
        self.key_clock += 160;
        let header = rtp::encode_header(8, false, self.sequence, self.key_clock, 9);
        self.say(&[header.as_slice(), octets].concat());
    }

    /// Presses a key by SIP INFO; answers the status.
    pub(crate) fn press_by_info(&mut self, key: char) -> u16 {
        let info = self.call.info(key);
        self.send(&info);
        self.final_response()
    }

    /// Sends a packet from the RTP port, sealed if the call is encrypted.
    pub(crate) fn say(&mut self, datagram: &[u8]) {
        let (header, payload) = datagram.split_first_chunk().unwrap();
        let mut room = EMPTY_ROOM;
        match &mut self.ends {
            None => self.say_as_it_is(datagram),
            Some(ends) => {
                let sealed = ends.sealer.seal(header, payload, &mut room).unwrap();
                let sealed = [header, sealed].concat();
                self.say_as_it_is(&sealed);
            }
        }
    }

    /// Sends a datagram from the RTP port.
    pub(crate) fn say_as_it_is(&self, datagram: &[u8]) {
        let (header, payload) = datagram.split_first_chunk().unwrap();
        self.rtp.connect(self.media.unwrap()).unwrap();
        self.rtp.send_frame(header, payload).unwrap();
    }

    /// Hangs up and waits until the line has understood.
    pub(crate) fn hang_up(&mut self) {
        let bye = self.call.bye();
        self.send(&bye);
        assert_eq!(self.final_response(), 200);
    }

    /// Waits for the line's BYE and answers it; gives its Reason.
    pub(crate) fn wait_for_bye(&mut self) -> String {
        let mut octets = [0; 65_535];
        loop {
            let (length, from) = self.sip.recv_from(&mut octets).expect("no BYE comes");
            if let Ok(Message::Request(request)) = Message::parse(&octets[..length])
                && request.method == Method::Bye
            {
                let reason = request.headers.find("Reason").unwrap_or_default().to_vec();
                let ok = self.call.ok(&request, from);
                self.send(&ok);
                return String::from_utf8(reason).unwrap();
            }
        }
    }

    pub(crate) fn send(&self, octets: &[u8]) {
        self.sip.send_to(octets, self.line).unwrap();
    }

    /// What is understood of the line's description, encrypted or not.
    fn reading(&self) -> Capabilities {
        let key = self.ours.srtp.key();
        Capabilities {
            srtp: key.map_or(Secrecy::Never, Secrecy::IfOffered),
            ..self.ours.clone()
        }
    }

    /// Keys that stay go on counting.
    fn use_keys(&mut self, srtp: Option<Srtp>) {
        if self.keys() != srtp {
            self.ends = srtp.map(Ends::new);
        }
    }

    fn final_response(&mut self) -> u16 {
        let mut octets = vec![0; 65_535];
        loop {
            let (length, _) = self.sip.recv_from(&mut octets).expect("no response comes");
            let Ok(Message::Response(response)) = Message::parse(&octets[..length]) else {
                continue;
            };
            let invite = response.cseq().method == Method::Invite;
            match response.status {
                ..200 => continue,
                200..300 if invite => {
                    self.call.establish(&response).unwrap();
                    let answer = sdp::parse(response.body).unwrap();
                    let line = sdp::answer(&answer, &self.reading()).unwrap();
                    self.media = Some(line.peer);
                    self.use_keys(line.srtp);
                    self.answer = response.body.to_vec();
                }
                200..300 => {}
                _ if invite => {
                    let ack = self.call.ack_refusal(&response);
                    self.answer = octets[..length].to_vec();
                    self.send(&ack);
                    let Ok(Message::Response(response)) = Message::parse(&self.answer) else {
                        unreachable!("it was read a moment ago");
                    };
                    return response.status;
                }
                _ => {}
            }
            return response.status;
        }
    }
}

/// Both ends of an encrypted call as this side has them.
struct Ends {
    srtp: Srtp,
    sealer: Sealer,
    opener: Opener,
    report_sealer: ReportSealer,
    report_opener: ReportOpener,
}

impl Ends {
    fn new(srtp: Srtp) -> Self {
        let Keys {
            suite,
            ours,
            theirs,
            mki,
        } = keys_of(&srtp);
        Self {
            srtp,
            sealer: Sealer::new(suite, &ours),
            opener: Opener::new(suite, &theirs, mki),
            report_sealer: ReportSealer::new(&ours),
            report_opener: ReportOpener::new(&theirs, mki),
        }
    }
}

pub(crate) fn keys_of(srtp: &Srtp) -> Keys {
    Keys {
        suite: match srtp.suite {
            sdp::Suite::AesCm128HmacSha1_80 => srtp::Suite::AesCm128HmacSha1_80,
            sdp::Suite::AesCm128HmacSha1_32 => srtp::Suite::AesCm128HmacSha1_32,
        },
        ours: srtp::MasterKey::new(srtp.ours.0),
        theirs: srtp::MasterKey::new(srtp.theirs.0),
        mki: None,
    }
}

impl Drop for Telephone {
    /// Puts the receiver down, so that the line need not wait for it. A BYE too many does no harm.
    fn drop(&mut self) {
        let bye = self.call.bye();
        self.send(&bye);
    }
}

/// A port for sound and the next one for reports.
fn ports(own: IpAddr) -> (MediaSocket, MediaSocket) {
    let [low, high, ..] = seed().to_be_bytes();
    let start = 20_000 + u16::from_be_bytes([low, high]) % 20_000;
    let pair = MediaSocket::bind_pair(own, 20_000..=39_999, start).unwrap();
    pair.sound.ask_receive_buffer(1 << 20).unwrap();
    (pair.sound, pair.reports)
}

/// A line that says nothing for so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}

/// The line's own threads take note of things a moment after the caller does.
pub(crate) fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "it never becomes so");
        std::thread::yield_now();
    }
}
