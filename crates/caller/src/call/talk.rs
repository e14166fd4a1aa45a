//! An answered call: what is heard and said in it, and when.

use std::{
    io,
    time::{Duration, Instant},
};

use media::Codec;
use net::MediaSocket;
use sip::sdp::{Agreement, CodecName};

use crate::{
    CallError, CallReport, EndedBy, KeyScript, Lateness, PressedKey,
    ear::Ear,
    mouth::{Mouth, Utterance},
    socket::{ms_between, wall_clock},
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
    pressed: Vec<PressedKey>,
    own_drops: u32,
}

impl Talk {
    /// Begins with the ACK.
    pub(super) fn new(
        now: Instant,
        agreement: &Agreement,
        keys: &KeyScript,
        random: [u8; 10],
    ) -> Self {
        let codec = match agreement.codec.name {
            CodecName::Pcma => Codec::Pcma,
            CodecName::Pcmu => Codec::Pcmu,
            CodecName::G722 => Codec::G722,
        };
        let keys = keys.presses().map(|(at, key)| (now + at, key));
        let mouth = Mouth::new(now, codec, agreement.telephone_event, keys, random);
        Self {
            answered: now,
            acknowledged: wall_clock(),
            ended: None,
            codec,
            ear: Ear::new(codec),
            mouth: agreement.sends.then_some(mouth),
            takes_keys: agreement.sends && agreement.telephone_event.is_some(),
            pressed: vec![],
            own_drops: 0,
        }
    }

    /// Whether the line hears keys.
    pub(super) fn can_press(&self) -> bool {
        self.takes_keys
    }

    /// Takes all packets that wait; after the end there is nothing more to hear.
    pub(super) fn listen(
        &mut self,
        media: &MediaSocket,
        datagram: &mut [u8],
    ) -> Result<(), CallError> {
        if self.ended.is_some() {
            return Ok(());
        }
        for _ in 0..MOST_AT_ONCE {
            match media.recv_stamped(datagram) {
                Ok(None) => break,
                Ok(Some(stamp)) => {
                    self.own_drops = stamp.dropped;
                    let arrived = stamp.arrived.unwrap_or_else(wall_clock);
                    let octets = datagram.get(..stamp.octets).unwrap_or_default();
                    self.ear.hear(arrived, octets);
                }
                // The line does not listen where it said it would; what it says counts all the same.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(CallError::socket("sound cannot be read")(error)),
            }
        }
        Ok(())
    }

    /// Sends what is due; says when the next packet is.
    pub(super) fn speak(&mut self, now: Instant, media: &MediaSocket) -> Option<Instant> {
        let mouth = self.mouth.as_mut().filter(|_| self.ended.is_none())?;
        loop {
            match mouth.poll_output(now) {
                Utterance::Timeout(next) => return Some(next),
                Utterance::Packet {
                    header,
                    payload,
                    pressed,
                } => {
                    // A packet that cannot be sent is a lost one.
                    let _ = media.send_frame(&header, &payload);
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
    pub(super) fn end(&mut self, at: Duration) {
        self.ended.get_or_insert(at);
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
        CallReport {
            setup_ms: Some((self.answered - dialled).as_secs_f64() * 1_000.0),
            first_sound_ms: first_sound.map(since_answer),
            first_speech_ms: first_speech.map(since_answer),
            duration_ms: since_answer(ended),
            codec: Some(self.codec.name()),
            counts: heard.counts,
            late_ms: Lateness::of(&mut heard.late_us),
            keys: self.pressed,
            notes,
            octets: heard.octets,
            samples: heard.samples,
            ..CallReport::unanswered(200, ended_by)
        }
    }
}

/// More packets than any pause between two turns lets in; the rest wait for the next turn.
const MOST_AT_ONCE: usize = 1_024;
