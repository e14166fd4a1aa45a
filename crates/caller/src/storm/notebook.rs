//! What all calls of a storm write down together: room to read in, and counts that belong to no one call.

use std::{ops::Range, time::Duration};

use net::Batch;

use super::report::KeyReactions;
use crate::Spread;

/// Shared by the calls, one after the other.
#[derive(Default)]
pub(super) struct Notebook {
    /// Where packets are read.
    pub(super) batch: Batch,
    /// Where reports are written.
    pub(super) report: Vec<u8>,
    pub(super) window: Window,
    pub(super) keys: Keys,
    /// Packets sent.
    pub(super) spoken: u64,
}

/// The steady window, in which all calls are there, on the wall clock.
#[derive(Debug)]
pub(super) struct Window {
    /// Empty until it begins, without end until it ends.
    range: Range<Duration>,
    packets: u64,
}

impl Window {
    /// Begins; again changes nothing.
    pub(super) fn begin(&mut self, now: Duration) {
        self.range.start = self.range.start.min(now);
    }

    /// Ends; again changes nothing. A window that has not begun never does.
    pub(super) fn end(&mut self, now: Duration) {
        self.range.end = self.range.end.min(now);
    }

    /// Takes the arrival of a packet.
    pub(super) fn note(&mut self, arrived: Duration) {
        self.packets += u64::from(self.range.contains(&arrived));
    }

    /// Packets that arrived in it.
    pub(super) fn packets(&self) -> u64 {
        self.packets
    }
}

impl Default for Window {
    fn default() -> Self {
        Self {
            range: Duration::MAX..Duration::MAX,
            packets: 0,
        }
    }
}

/// The keys of all calls.
#[derive(Debug, Default)]
pub(super) struct Keys {
    presses: u64,
    pressed_in_silence: u64,
    reactions_ms: Vec<f64>,
}

impl Keys {
    /// Takes a key that was pressed while the line spoke, or in silence.
    pub(super) fn note_press(&mut self, while_it_spoke: bool) {
        self.presses += u64::from(while_it_spoke);
        self.pressed_in_silence += u64::from(!while_it_spoke);
    }

    /// Takes the time from a key to the silence behind it.
    pub(super) fn note_reaction(&mut self, reaction: Duration) {
        self.reactions_ms.push(reaction.as_secs_f64() * 1_000.0);
    }

    /// What they came to.
    pub(super) fn report(&mut self) -> KeyReactions {
        KeyReactions {
            presses: self.presses,
            reacted: u64::try_from(self.reactions_ms.len()).unwrap_or(u64::MAX),
            not_counted: self.pressed_in_silence,
            reaction_ms: Spread::of(&mut self.reactions_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_steady_from_the_beginning_of_the_window_to_its_end() {
        let mut window = Window::default();
        let seconds = Duration::from_secs;
        window.note(seconds(5));
        window.begin(seconds(10));
        window.note(seconds(9));
        window.note(seconds(10));
        window.note(seconds(11));
        window.end(seconds(20));
        window.end(seconds(30));
        window.note(seconds(19));
        window.note(seconds(20));

        assert_eq!(window.packets(), 3);
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_empty() {
        let mut window = Window::default();
        window.end(Duration::from_secs(5));
        window.begin(Duration::from_secs(6));
        window.note(Duration::from_secs(7));

        assert_eq!(window.packets(), 0);
    }
}
