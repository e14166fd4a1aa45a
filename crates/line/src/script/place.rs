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
    /// The welcome of the territory, and the other language where there is something in it.
    Greeting,
    /// The authorities have taken over, in place of all bulletins; said twice.
    Authorities { again: bool },
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
    /// Key 6: what the caller notices; `attempt` counts the silences so far.
    Notice { attempt: u8 },
    /// Whether a bulletin speaks of what was noticed; those that do come first.
    Noticed,
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
            Self::Authorities { .. } | Self::Bulletin(_) | Self::Ended(_) | Self::Closing => {
                Some(BETWEEN_BULLETINS)
            }
            Self::Menu { .. }
            | Self::Count
            | Self::KeysHelp
            | Self::OnceMore
            | Self::EndedIntro
            | Self::Notice { .. }
            | Self::Noticed
            | Self::Goodbye
            | Self::TimeIsUp
            | Self::Over => None,
        }
    }

    /// Whether a word to everybody may come in between: not where the call is about to end, or never began.
    pub(super) fn can_be_interrupted(self) -> bool {
        !matches!(
            self,
            Self::Difficulty | Self::Closed | Self::TimeIsUp | Self::Over
        )
    }

    /// Whether the programme is told here, which gives way to the authorities.
    pub(super) fn is_of_the_programme(self) -> bool {
        match self {
            Self::Count
            | Self::Bulletin(_)
            | Self::Closing
            | Self::KeysHelp
            | Self::OnceMore
            | Self::EndedIntro
            | Self::Ended(_)
            | Self::Notice { .. }
            | Self::Noticed => true,
            Self::Difficulty
            | Self::Closed
            | Self::Menu { .. }
            | Self::Greeting
            | Self::Authorities { .. }
            | Self::Goodbye
            | Self::TimeIsUp
            | Self::Over => false,
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
pub(super) const BETWEEN_BULLETINS: Duration = Duration::from_millis(700);
