//! What a dictation and whoever knows the sites say to each other.

use bulletin::{Event, Kind};
use media::{Codec, Reels};

use super::Digits;

/// Which call: enough to find it again on its media thread, and never given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DictatedCall {
    pub(crate) thread: usize,
    pub(crate) seat: u32,
    /// Counted from the start of the line.
    pub serial: u64,
}

/// One thing said by one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whose it is, and whom [`crate::Line::answer_dictation`] answers.
    pub call: DictatedCall,
    /// What.
    pub what: Saying,
}

/// What a call asks for or tells, in the order of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saying {
    /// Who the caller claims to be. Answered by [`Word::Welcome`], `Wrong`, `Locked`, `Busy` or `Trouble`.
    Credentials {
        /// The site's code.
        code: Digits,
        /// The PIN.
        pin: Digits,
    },
    /// What the bulletin is about; a recording made before belongs to it no more.
    Chosen {
        /// Its kind.
        kind: Kind,
        /// What happens.
        event: Event,
    },
    /// From here on the caller's sound is the recording; one made before is thrown away.
    RecordingBegins,
    /// A packet of it, as it came.
    Sound(SoundPacket),
    /// A key was pressed in it; its tone is no speech.
    Key,
    /// The recording is over. Answered by [`Word::Take`], `Unheard`, `Faint` or `Trouble`.
    RecordingEnds,
    /// Publish what was chosen. Answered by [`Word::Published`] or `Trouble`; asked twice, it is published once.
    Publish {
        /// Whether the recording is what callers hear.
        with_recording: bool,
    },
    /// The caller wants nothing of it kept.
    Abandoned,
    /// The call is over.
    Over,
}

/// One packet of a caller's sound, opened if it was encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct SoundPacket {
    /// What the octets are.
    pub codec: Codec,
    /// As in RTP.
    pub sequence: u16,
    /// As in RTP.
    pub timestamp: u32,
    /// As in RTP.
    pub ssrc: u32,
    /// The payload.
    pub octets: Box<[u8]>,
}

impl std::fmt::Debug for SoundPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SoundPacket({}, {})", self.sequence, self.octets.len())
    }
}

/// What is answered to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Code and PIN are right.
    Welcome,
    /// One of them is not; which one is not said.
    Wrong,
    /// Too many wrong ones for this code, whether it exists or not.
    Locked,
    /// Too many dictate at once.
    Busy,
    /// The recording as callers will hear it.
    Take(Reels),
    /// Nobody spoke in it.
    Unheard,
    /// It is too soft to be made louder.
    Faint,
    /// The bulletin is on disk.
    Published,
    /// What was asked cannot be done now, and nothing is published by it.
    Trouble,
}
