//! Calls of operators who post by telephone: which ones they are, and what is done about them.

use std::time::Duration;

use bulletin::DialledNumber;

use super::{Call, Desk, Order, Seat};
use crate::dictation::{DictatedCall, Dictation, Word};
use crate::driver::course::Course;

impl Desk {
    /// Whether a call to this number, by this trunk, is an operator's.
    pub(super) fn is_private(&self, number: &DialledNumber, trunk: Option<usize>) -> bool {
        let trunk = self.admission.trunk(trunk);
        let is_allowed = trunk.is_none_or(|trunk| trunk.dictation);
        let line = self.config.dictation.as_ref();
        is_allowed && line.is_some_and(|line| line.numbers.contains(number))
    }

    /// What a call hears, and for how long at most before its last words.
    pub(super) fn course_of(
        &mut self,
        call: &Call,
        at: Seat,
        longest: Duration,
    ) -> (Course, Duration) {
        let dictates = call.is_private && !call.is_announced;
        if let (true, Some(line)) = (dictates, &self.config.dictation) {
            self.dictations += 1;
            let script = Dictation::begin(line.prompts.clone());
            let dictated = DictatedCall {
                thread: at.thread,
                seat: at.seat,
                serial: self.dictations,
            };
            return (
                Course::dictation(script, dictated, line.said.clone()),
                longest,
            );
        }
        let (script, longest) = self.script_of(call, longest);
        (Course::Programme(script), longest)
    }

    /// Passes a word on to the call that it is for.
    pub(in crate::driver) fn answer_dictation(&self, call: DictatedCall, word: Word) {
        self.staff.tell(
            call.thread,
            Order::Word {
                seat: call.seat,
                serial: call.serial,
                word: Box::new(word),
            },
        );
    }

    /// Whether this Call-ID is of an operator's call.
    pub(in crate::driver) fn is_dictation(&self, call_id: &str) -> bool {
        let mut calls = self.calls.values();
        calls.any(|call| call.is_private && call.call_id() == call_id)
    }
}
