//! What one call hears and does: the programme of a territory, or the dictation of an operator.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use jiff::Timestamp;
use media::{Codec, rtp};

use crate::dictation::{DictatedCall, Dictation, Said, Saying, SoundPacket, Word};
use crate::{OnAir, Script, Step};

/// The script of one call.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every call hears the programme; a box would be one more allocation for each"
)]
pub(super) enum Course {
    Programme(Script),
    Dictation(Box<Dictating>),
}

/// An operator's call, and the way to whoever listens to it.
#[derive(Debug)]
pub(super) struct Dictating {
    script: Dictation,
    outbox: Outbox,
    /// What the recording that is being made is made of.
    codec: Option<Codec>,
}

impl Course {
    /// An operator's call.
    pub(super) fn dictation(
        script: Dictation,
        call: DictatedCall,
        sender: SyncSender<Said>,
    ) -> Self {
        Self::Dictation(Box::new(Dictating {
            script,
            outbox: Outbox { call, sender },
            codec: None,
        }))
    }

    /// See [`Script::next_step`].
    pub(super) fn next_step(&mut self, latest: &Arc<OnAir>, now: Timestamp) -> Step {
        match self {
            Self::Programme(script) => script.next_step(latest, now),
            Self::Dictation(call) => call.decide(Dictation::next_step),
        }
    }

    /// See [`Script::handle_key`].
    pub(super) fn handle_key(
        &mut self,
        key: char,
        latest: &Arc<OnAir>,
        now: Timestamp,
    ) -> Option<Step> {
        match self {
            Self::Programme(script) => script.handle_key(key, latest, now),
            Self::Dictation(call) => call.decide(|script| script.handle_key(key)),
        }
    }

    /// See [`Script::end_for_time`].
    pub(super) fn end_for_time(&mut self, latest: &Arc<OnAir>, now: Timestamp) -> Step {
        match self {
            Self::Programme(script) => script.end_for_time(latest, now),
            Self::Dictation(call) => call.decide(Dictation::end_for_time),
        }
    }

    /// See [`Script::note_played`].
    pub(super) fn note_played(&mut self, played: Duration) {
        if let Self::Programme(script) = self {
            script.note_played(played);
        }
    }

    /// See [`Script::shorten`].
    pub(super) fn shorten(&mut self, short: bool) {
        if let Self::Programme(script) = self {
            script.shorten(short);
        }
    }

    /// Takes a word for the call of this number; for no other.
    pub(super) fn handle_word(&mut self, serial: u64, word: Word) -> Option<Step> {
        match self {
            Self::Dictation(call) if call.outbox.call.serial == serial => {
                call.decide(|script| script.handle_word(word))
            }
            _ => None,
        }
    }

    /// Copies a packet of the caller's sound, if it is part of a recording. Its codec stays that of the beginning.
    pub(super) fn hear_sound(&mut self, packet: &rtp::Packet<'_>, codec: Codec) {
        let Self::Dictation(call) = self else {
            return;
        };
        if !call.script.is_recording() || *call.codec.get_or_insert(codec) != codec {
            return;
        }
        call.outbox.say(Saying::Sound(SoundPacket {
            codec,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: packet.ssrc,
            octets: packet.payload.into(),
        }));
    }

    /// The call's way through the programme, for its record. Of a dictation nothing is kept, its keys least of all.
    pub(super) fn programme(&self) -> Option<&Script> {
        match self {
            Self::Programme(script) => Some(script),
            Self::Dictation(_) => None,
        }
    }
}

impl Dictating {
    /// Lets the script decide, and passes on what it asks for.
    fn decide<T>(&mut self, decide: impl FnOnce(&mut Dictation) -> T) -> T {
        let decided = decide(&mut self.script);
        while let Some(what) = self.script.poll_request() {
            if what == Saying::RecordingBegins {
                self.codec = None;
            }
            self.outbox.say(what);
        }
        decided
    }
}

/// The way out of the media thread, which never waits.
#[derive(Debug)]
struct Outbox {
    call: DictatedCall,
    sender: SyncSender<Said>,
}

impl Outbox {
    fn say(&self, what: Saying) {
        let call = self.call;
        // What does not fit is lost: sound is missed in a recording, a question meets silence and the script says so.
        let _ = self.sender.try_send(Said { call, what });
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.say(Saying::Over);
    }
}
