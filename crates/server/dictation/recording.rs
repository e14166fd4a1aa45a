//! From the packets of a dictation to what callers will hear.

use bulletin::Language;
use dictaphone::{Assembler, Packet};
use line::{SoundPacket, Word};
use media::{Codec, Reels};
use speech::{Pcm, TakeRefusal};

/// A recording on its way from the telephone.
#[derive(Debug, Default)]
pub(super) struct Tape {
    assembler: Option<Assembler>,
    codec: Option<Codec>,
}

impl Tape {
    /// Takes a packet; those of another codec than the first one's are not part of it.
    pub(super) fn take(&mut self, packet: &SoundPacket) {
        if *self.codec.get_or_insert(packet.codec) != packet.codec {
            return;
        }
        let assembler = self
            .assembler
            .get_or_insert_with(|| Assembler::new(packet.codec));
        assembler.push(&Packet {
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: packet.ssrc,
            sound: &packet.octets,
        });
    }

    /// A key was pressed.
    pub(super) fn blank_key(&mut self) {
        if let Some(assembler) = &mut self.assembler {
            assembler.blank_key();
        }
    }

    /// What was spoken, as it came; `None` when no sound came at all.
    pub(super) fn finish(self) -> Option<Pcm> {
        let take = self.assembler?.finish();
        tracing::debug!(
            packets = take.packets,
            dropped = take.dropped,
            concealed = take.concealed,
            "a dictation was put together"
        );
        (!take.samples.is_empty()).then_some(Pcm {
            samples: take.samples,
            sample_rate: take.sample_rate,
        })
    }
}

/// Brings a dictation to the form and the level of the line. Takes a good part of a second.
///
/// # Errors
/// What the operator is told: [`Word::Faint`] or [`Word::Unheard`].
pub(super) fn mastered(sound: &Pcm) -> Result<speech::Recording, Word> {
    let take = speech::Take::new(sound.clone());
    let mastered = take.and_then(|take| take.master(Language::French));
    match mastered {
        Ok(mastered) => Ok(mastered.recording),
        Err(TakeRefusal::TooQuiet { .. } | TakeRefusal::Muffled { .. }) => Err(Word::Faint),
        Err(_) => Err(Word::Unheard),
    }
}

/// As callers hear it.
pub(super) fn reels(recording: &speech::Recording) -> Reels {
    Reels::from_wide(&recording.phone, &recording.wide)
}
