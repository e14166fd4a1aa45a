//! How the calls of a trunk are answered.

use std::time::Duration;

/// What a carrier hears of the line between its INVITE and the answer, and how it proves afterwards that the call lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answering {
    /// Whether 180 comes before the 200.
    pub rings: bool,
    /// How long after the INVITE the 200 comes.
    pub delay: Duration,
    /// The session timer the line asks for where the caller knows timers and asks for none (RFC 4028); `None` asks for
    /// none.
    pub session: Option<Duration>,
    /// Callers are not answered: those whose side knows 100rel hear an announcement before they are refused, and the others
    /// are refused at once.
    pub closed: bool,
}

impl Answering {
    /// In the words of the agent.
    pub(crate) fn manner(self) -> sip::Manner {
        let seconds = |session: Duration| u32::try_from(session.as_secs()).unwrap_or(u32::MAX);
        sip::Manner {
            rings: self.rings,
            delay: self.delay,
            session_s: self.session.map(seconds),
        }
    }
}
