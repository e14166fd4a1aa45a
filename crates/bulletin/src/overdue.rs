//! A bulletin that nobody has ended: when its author is asked whether it goes on.

use jiff::{SignedDuration, Timestamp};

use crate::{Bulletin, EntryKind};

impl Bulletin {
    /// Since when its site should be asked whether the event is over; `None` while there is nothing to ask.
    ///
    /// An announced event is asked about from the end of its window on, any other one when nothing has been said of
    /// it for the length of `patience`, or at the end that was foreseen.
    pub fn overdue_since(&self, patience: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        let is_closed = self
            .entries
            .iter()
            .any(|entry| matches!(entry.kind, EntryKind::End | EntryKind::Withdrawal));
        if is_closed || now >= self.expires_at {
            return None;
        }
        let spoken_of = self.updated_at();
        let silent_from = match self.starts_at.filter(|_| self.kind.has_window()) {
            Some(start) => spoken_of.max(start),
            None => spoken_of,
        };
        let silent_too_long = silent_from
            .saturating_add(patience)
            .unwrap_or(Timestamp::MAX);
        let foreseen = self.ends_at.filter(|end| *end > spoken_of);
        let due = match foreseen {
            Some(end) if self.kind.has_window() => end,
            Some(end) => end.min(silent_too_long),
            None => silent_too_long,
        };
        (due <= now).then_some(due)
    }
}
