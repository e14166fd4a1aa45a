//! How far a storm is.

use std::{fmt, time::Duration};

/// What a watcher of a storm is told, once a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Since the first INVITE.
    pub elapsed: Duration,
    /// Calls placed so far.
    pub dialled: usize,
    /// Of how many.
    pub calls: usize,
    /// Calls that got a 200.
    pub answered: usize,
    /// Calls that got another final response.
    pub refused: usize,
    /// Calls without a final response in time, or with one of no use.
    pub failed: usize,
    /// Calls that listen.
    pub listening: usize,
}

impl fmt::Display for Progress {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dialled,
            calls,
            answered,
            refused,
            failed,
            listening,
            ..
        } = self;
        let seconds = self.elapsed.as_secs();
        write!(
            f,
            "{seconds:>4} s: {dialled} of {calls} dialled, {answered} answered"
        )?;
        if *refused > 0 {
            write!(f, ", {refused} refused")?;
        }
        if *failed > 0 {
            write!(f, ", {failed} failed")?;
        }
        write!(f, ", {listening} listening")
    }
}
