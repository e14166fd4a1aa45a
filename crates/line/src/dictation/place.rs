//! The places of a dictation.

use super::prompts::Cue;

/// Where the caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The site's code is typed.
    Code,
    /// The PIN is typed.
    Pin,
    /// Both are being checked.
    Checking,
    /// Unplanned, planned, drill, test.
    Kind,
    /// What happens.
    Event,
    /// Told to speak.
    Speak,
    /// Speaking.
    Recording,
    /// The recording is being made.
    Preparing,
    /// The recording is heard, and what to do with it is asked.
    Review,
    /// It is being written.
    Publishing,
    /// The last words.
    Ending(Ending),
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The bulletin is on disk.
    Published,
    /// Whether it is, is not known.
    Unconfirmed,
    /// The caller wants nothing of it.
    Abandoned,
    /// Nobody pressed a key any more; what there is remains a draft.
    Kept,
    /// Nobody could check the code.
    Unchecked,
    /// Too many wrong codes.
    Locked,
    /// Too many dictate at once.
    Busy,
    /// The longest call is over, before anything was chosen.
    TimeIsUp,
    /// It is over, and what there is remains a draft.
    KeptInTime,
    /// It is over, and whether the bulletin is on disk is not known.
    UnconfirmedInTime,
}

impl Ending {
    /// The last words.
    pub(super) fn cues(self) -> &'static [Cue] {
        match self {
            Self::Published => &[Cue::Published, Cue::Goodbye],
            Self::Unconfirmed => &[Cue::Unconfirmed, Cue::Goodbye],
            Self::Abandoned => &[Cue::Abandoned, Cue::Goodbye],
            Self::Kept => &[Cue::Kept, Cue::Goodbye],
            Self::Unchecked => &[Cue::Unchecked, Cue::Goodbye],
            Self::Locked => &[Cue::Locked, Cue::Goodbye],
            Self::Busy => &[Cue::Busy, Cue::Goodbye],
            Self::TimeIsUp => &[Cue::LongestCall],
            Self::KeptInTime => &[Cue::Kept],
            Self::UnconfirmedInTime => &[Cue::Unconfirmed],
        }
    }
}
