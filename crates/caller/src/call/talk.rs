//! An answered call: what is heard and said in it, and when.

use std::{
    io,
    time::{Duration, Instant},
};

use media::Codec;
use net::{Batch, MediaSocket};
use sip::sdp::Agreement;

use crate::{
    CallReport, EndedBy, KeyScript, Lateness, PressedKey,
    ear::Ear,
    mouth::{Mouth, Utterance},
    offer::agreed_codec,
    report_port::ReportPort,
    secrecy::{self, Secrecy},
    socket::{ms_between, wall_clock},
    spread::Spread,
};

/// The two sides of an answered call.
pub(super) struct Talk {
    /// When the ACK was sent.
    pub(super) answered: Instant,
    /// The same on the wall clock, which the kernel's stamps are on.
    acknowledged: Duration,
    ended: Option<Duration>,
    codec: Codec,
    ear: Ear,
    mouth: Option<Mouth>,
    takes_keys: bool,
    /// What the caller waits for, and how many of these have been heard.
    until_heard: Vec<Vec<u8>>,
    awaited: usize,
    pressed: Vec<PressedKey>,
    reports: Option<ReportPort>,
    secrecy: Option<Secrecy>,
    own_drops: u32,
    batch: Batch,
    report: Vec<u8>,
}

impl Talk {
    /// Begins with the ACK; `reports` is the port above that of the sound.
    ///
    /// # Errors
    /// What the kernel says when no route leads to where the line hears reports.
    pub(super) fn new(
        now: Instant,
        agreement: &Agreement,
        keys: &KeyScript,
        reports: MediaSocket,
        random: [u8; 10],
    ) -> io::Result<Self> {
        let codec = agreed_codec(agreement.codec.name);
        let keys = keys.presses().map(|(at, key)| (now + at, key));
        let key_type = agreement.telephone_event.map(|event| event.payload_type);
        let mouth = Mouth::new(now, codec, key_type, random).with_keys(keys);
        let ssrc = mouth.ssrc();
        let reports = agreement
            .rtcp
            .map(|peer| ReportPort::new(reports, peer, ssrc, agreement.srtp.as_ref(), now));
        Ok(Self {
            answered: now,
            acknowledged: wall_clock(),
            ended: None,
            codec,
            ear: Ear::new(codec),
            mouth: agreement.sends.then_some(mouth),
            takes_keys: agreement.sends && agreement.telephone_event.is_some(),
            until_heard: vec![],
            awaited: 0,
            pressed: vec![],
            reports: reports.transpose()?,
            secrecy: agreement.srtp.as_ref().map(Secrecy::begin),
            own_drops: 0,
            batch: Batch::new(),
            report: vec![],
        })
    }

    /// The same for a caller who waits for sounds; see [`crate::CallPlan::until_heard`].
    pub(super) fn until_heard(self, sounds: &[Vec<u8>]) -> Self {
        Self {
            until_heard: sounds.to_owned(),
            ..self
        }
    }

    /// Whether there was something to wait for, and all of it has been heard.
    pub(super) fn has_heard(&self) -> bool {
        self.awaited > 0 && self.awaited == self.until_heard.len()
    }

    /// Whether one packet of sound has come.
    pub(super) fn has_sound(&self) -> bool {
        self.ear.first_sound().is_some()
    }

    /// Whether the line hears keys.
    pub(super) fn can_press(&self) -> bool {
        self.takes_keys
    }

    /// Takes all packets that wait; after the end there is nothing more to hear.
    ///
    /// # Errors
    /// What the kernel says.
    pub(super) fn listen(&mut self, media: &MediaSocket) -> io::Result<()> {
        let (mut taken, mut clear) = (Batch::PLACES, [0; _]);
        while self.ended.is_none() && taken == Batch::PLACES {
            match media.recv_batch(&mut self.batch) {
                Ok(count) => taken = count,
                // The line does not listen where it said it would; what it says counts all the same.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
                Err(error) => return Err(error),
            }
            for packet in self.batch.packets() {
                self.own_drops = packet.dropped;
                let arrived = packet.arrived.unwrap_or_else(wall_clock);
                let secrecy = self.secrecy.as_mut();
                if let Some(octets) = secrecy::open(secrecy, packet.octets, &mut clear) {
                    self.ear.hear(arrived, octets);
                    let awaited = self.until_heard.get(self.awaited);
                    let heard = awaited.is_some_and(|sound| self.ear.has_just_heard(sound));
                    self.awaited += usize::from(heard);
                }
            }
        }
        Ok(())
    }

    /// Sends what is due; says when the next packet is.
    ///
    /// # Errors
    /// What the kernel says when reports cannot be read.
    pub(super) fn speak(
        &mut self,
        now: Instant,
        media: &MediaSocket,
    ) -> io::Result<Option<Instant>> {
        if self.ended.is_some() {
            return Ok(None);
        }
        let sound = self.say_what_is_due(now, media);
        let Some(reports) = &mut self.reports else {
            return Ok(sound);
        };
        let said = self.mouth.as_ref().and_then(|mouth| mouth.said(now));
        let heard = self.ear.reception();
        reports.report_if_due(now, heard, said, &mut self.batch, &mut self.report)?;
        Ok(sound.into_iter().chain([reports.next()]).min())
    }

    fn say_what_is_due(&mut self, now: Instant, media: &MediaSocket) -> Option<Instant> {
        let mouth = self.mouth.as_mut()?;
        loop {
            match mouth.poll_output(now) {
                Utterance::Timeout(next) => return Some(next),
                Utterance::Packet {
                    header,
                    payload,
                    pressed,
                } => {
                    let secrecy = self.secrecy.as_mut();
                    secrecy::send(secrecy, media, &header, payload.octets());
                    self.pressed.extend(pressed.map(|key| PressedKey {
                        key: key.as_char(),
                        at_ms: (now - self.answered).as_secs_f64() * 1_000.0,
                        octets_before: self.ear.octets(),
                    }));
                }
            }
        }
    }

    /// Closes the ear; the first one to say so counts.
    ///
    /// # Errors
    /// What the kernel says when reports cannot be read.
    pub(super) fn end(&mut self, at: Duration) -> io::Result<()> {
        self.ended.get_or_insert(at);
        match &mut self.reports {
            Some(reports) => reports.listen(&mut self.batch),
            None => Ok(()),
        }
    }

    /// Judges the call.
    pub(super) fn report(self, dialled: Instant, ended_by: EndedBy) -> CallReport {
        let ended = self.ended.unwrap_or_else(wall_clock);
        let since_answer = |at| ms_between(self.acknowledged, at);
        let (first_sound, first_speech) = (self.ear.first_sound(), self.ear.first_speech());
        let mut heard = self.ear.close(ended);
        let mut notes = vec![];
        if self.own_drops > 0 {
            let drops = self.own_drops;
            notes.push(format!(
                "NOT VALID: this telephone lost {drops} packets itself"
            ));
        }
        let gaps_us = heard.account.gaps_us.into_iter();
        let mut gaps_ms: Vec<_> = gaps_us.map(|gap| f64::from(gap) / 1_000.0).collect();
        CallReport {
            setup_ms: Some((self.answered - dialled).as_secs_f64() * 1_000.0),
            first_sound_ms: first_sound.map(since_answer),
            first_speech_ms: first_speech.map(since_answer),
            duration_ms: since_answer(ended),
            codec: Some(self.codec.name()),
            packet_ms: heard.packet_ms,
            counts: heard.account.counts,
            late_ms: Lateness::of(&mut heard.account.late_us),
            gap_ms: Spread::of(&mut gaps_ms),
            keys: self.pressed,
            srtp: self.secrecy.as_ref().map(Secrecy::report),
            rtcp: self.reports.map(|reports| reports.reports()),
            notes,
            octets: heard.octets,
            samples: heard.samples,
            ..CallReport::unanswered(200, ended_by)
        }
    }
}
