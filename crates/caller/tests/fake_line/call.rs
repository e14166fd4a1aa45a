//! One call of the fake line.

use std::{
    net::SocketAddr,
    sync::mpsc::Sender,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use media::{Codec, Keypad, rtcp, rtp};
use net::{PortPair, SipSocket};

use super::{Heard, Manners, Planned};

pub(super) struct Call {
    ports: PortPair,
    accepted: Vec<u8>,
    accepted_times: u32,
    repeat_at: Option<Instant>,
    caller: SocketAddr,
    bye: Vec<u8>,
    acknowledged: Option<Instant>,
    packets: std::vec::IntoIter<Planned>,
    next: Option<Planned>,
    keypad: Keypad,
    stops_after_key: Option<Duration>,
    /// The silence after a key.
    silent: Option<(Instant, Instant)>,
    reports_at: Option<Duration>,
    answers_reports: bool,
}

impl Call {
    /// Has just been accepted.
    pub(super) fn new(
        ports: PortPair,
        accepted: Vec<u8>,
        (caller, bye): (SocketAddr, Vec<u8>),
        sound: Vec<Planned>,
        manners: &Manners,
    ) -> Self {
        let mut packets = sound.into_iter();
        Self {
            ports,
            accepted,
            accepted_times: 1,
            repeat_at: Some(Instant::now() + Duration::from_millis(500)),
            caller,
            bye,
            acknowledged: None,
            next: packets.next(),
            packets,
            keypad: Keypad::new(),
            stops_after_key: manners.stops_after_key,
            silent: None,
            reports_at: manners.reports_at,
            answers_reports: manners.reports_at.is_some(),
        }
    }

    /// Takes an ACK, if the 200 was sent often enough.
    pub(super) fn acknowledge(&mut self, enough: u32) {
        if self.accepted_times >= enough {
            self.acknowledged.get_or_insert(Instant::now());
            self.repeat_at = None;
        }
    }

    pub(super) fn next_doing(&self) -> Option<Instant> {
        let packet = self.next.as_ref().map(|packet| packet.at);
        let planned = packet.into_iter().chain(self.reports_at).min();
        let planned = planned.zip(self.acknowledged);
        planned.map(|(at, ack)| ack + at).or(self.repeat_at)
    }

    pub(super) fn play(&mut self, sip: &SipSocket, manners: &Manners) {
        let now = Instant::now();
        if self.repeat_at.is_some_and(|at| at <= now) {
            sip.send_to(&self.accepted, self.caller).unwrap();
            self.accepted_times += 1;
            self.repeat_at = Some(now + Duration::from_millis(500));
        }
        let Some(acknowledged) = self.acknowledged else {
            return;
        };
        if self
            .reports_at
            .take_if(|at| acknowledged + *at <= now)
            .is_some()
        {
            self.report(None);
        }
        while let Some(mut packet) = self.next.take_if(|packet| acknowledged + packet.at <= now) {
            let is_silent = |(from, to)| (from..to).contains(&(acknowledged + packet.at));
            if self.silent.is_some_and(is_silent) {
                packet.payload.fill(Codec::Pcma.silence());
            }
            let octets = packet.octets();
            let (header, payload) = octets.split_first_chunk().unwrap();
            let _ = self.ports.sound.send_frame(header, payload);
            self.next = self.packets.next();
            if self.next.is_none() && manners.says_goodbye {
                sip.send_to(&self.bye, self.caller).unwrap();
            }
        }
    }

    pub(super) fn listen(&mut self, heard: &Sender<Heard>) {
        let mut octets = [0; 2_048];
        while let Ok(Some((length, _))) = self.ports.sound.recv(&mut octets) {
            let packet = rtp::parse(&octets[..length]).unwrap();
            if packet.payload_type != 101 {
                let _ = heard.send(Heard::Sound);
                continue;
            }
            let key = self.keypad.handle_event(packet.timestamp, packet.payload);
            if let (Some(key), Some(acknowledged)) = (key, self.acknowledged) {
                let _ = heard.send(Heard::Key(acknowledged.elapsed(), key.as_char()));
                let stops = self.stops_after_key.map(|after| Instant::now() + after);
                self.silent = stops.map(|from| (from, from + Duration::from_millis(500)));
            }
        }
        while let Ok(Some((length, _))) = self.ports.reports.recv(&mut octets) {
            let report = rtcp::parse(&octets[..length]).unwrap();
            if self.answers_reports {
                self.report(report.sender);
            }
            let age = self.acknowledged.unwrap().elapsed();
            let _ = heard.send(Heard::Report(age, report));
        }
    }

    /// Sends a report on the stream, with a block on the caller's if it has said something.
    fn report(&self, theirs: Option<rtcp::SenderReport>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let report = rtcp::SenderReport {
            ssrc: 77,
            ntp: rtcp::ntp(now),
            rtp_timestamp: 0,
            packets: 1,
            octets: 160,
        };
        let block = theirs.map(|theirs| rtcp::ReportBlock {
            ssrc: theirs.ssrc,
            last_sr: rtcp::middle(theirs.ntp),
            ..rtcp::ReportBlock::default()
        });
        let mut octets = vec![];
        rtcp::encode_sender_report_about(&report, block.as_slice(), "line", &mut octets);
        self.ports.reports.send(&octets).unwrap();
    }
}
