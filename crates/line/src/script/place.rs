//! The places of the script.
//!
//! A place is what a key can repeat or skip as a whole: the greeting, one bulletin, a menu.

use std::time::Duration;

/// One part of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// No territory is on air at all.
    Difficulty,
    /// The line is closed: one announcement before any answer.
    Closed,
    /// The choice of a territory; `attempt` counts the silences so far.
    Menu { attempt: u8 },
    /// The welcome of the territory.
    Greeting,
    /// How many bulletins there are, or that there is none.
    Count,
    /// One bulletin of the round.
    Bulletin(usize),
    /// After the last bulletin.
    Closing,
    /// Which keys there are.
    KeysHelp,
    /// All again.
    OnceMore,
    /// Key 8: ended events follow, or there is none.
    EndedIntro,
    /// One ended event.
    Ended(usize),
    /// The last words.
    Goodbye,
    /// The last words of a call that has lasted as long as any may.
    TimeIsUp,
    /// The call is hung up.
    Over,
}

impl Place {
    /// The silence before a place reached in its turn.
    pub(super) fn pause_before(self) -> Option<Duration> {
        match self {
            Self::Greeting | Self::Menu { attempt: 0 } | Self::Difficulty | Self::Closed => {
                Some(BEFORE_FIRST_WORD)
            }
            Self::Bulletin(_) | Self::Ended(_) | Self::Closing => Some(BETWEEN_BULLETINS),
            Self::Menu { .. }
            | Self::Count
            | Self::KeysHelp
            | Self::OnceMore
            | Self::EndedIntro
            | Self::Goodbye
            | Self::TimeIsUp
            | Self::Over => None,
        }
    }
}

/// How a place is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    InTurn,
    ByKey,
    /// The same place again, after "unknown key".
    AfterUnknownKey,
}

/// An answered call clips its first words; half a second of silence keeps them whole.
const BEFORE_FIRST_WORD: Duration = Duration::from_millis(500);
/// Tells one bulletin from the next.
const BETWEEN_BULLETINS: Duration = Duration::from_millis(700);
