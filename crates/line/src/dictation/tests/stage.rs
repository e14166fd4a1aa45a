//! An operator at the telephone, and somebody who answers.

use std::collections::HashMap;
use std::sync::Arc;

use media::Reels;

use crate::Step;
use crate::dictation::{Dictation, DictationPrompts, Saying, Word};

/// An operator, who writes down what is heard and what is asked.
pub(super) struct Operator {
    pub(super) script: Dictation,
    names: Vec<(String, Reels)>,
    pub(super) asked: Vec<Saying>,
}

impl Operator {
    pub(super) fn calls() -> Self {
        let names: Vec<_> = (0..).zip(DictationPrompts::ids()).map(named).collect();
        let prompts = DictationPrompts::new(names.iter().cloned().collect::<HashMap<_, _>>());
        Self {
            script: Dictation::begin(Arc::new(prompts.unwrap())),
            names,
            asked: vec![],
        }
    }

    /// Hears up to a silence of a second or more, or the end.
    pub(super) fn hears(&mut self) -> Vec<String> {
        let first = self.script.next_step();
        self.hears_from(first)
    }

    pub(super) fn presses(&mut self, keys: &str) -> Vec<String> {
        let mut heard = vec![];
        for key in keys.chars() {
            let step = self.script.handle_key(key);
            heard = step.map_or_else(Vec::new, |step| self.hears_from(step));
        }
        heard
    }

    pub(super) fn is_told(&mut self, word: Word) -> Vec<String> {
        let step = self.script.handle_word(word);
        step.map_or_else(Vec::new, |step| self.hears_from(step))
    }

    /// What was asked or told since this was last asked.
    pub(super) fn news(&mut self) -> Vec<Saying> {
        std::mem::take(&mut self.asked)
    }

    /// Lets in whoever types this, and goes to the choice of a kind.
    pub(super) fn signs_in(&mut self) {
        self.presses("4711#");
        self.presses("123456#");
        self.is_told(Word::Welcome);
        self.news();
    }

    /// Goes on until the tone has been heard.
    pub(super) fn begins_to_speak(&mut self) {
        self.signs_in();
        self.presses("11#");
        self.news();
    }

    fn hears_from(&mut self, first: Step) -> Vec<String> {
        let (mut step, mut heard) = (first, vec![]);
        loop {
            self.asked
                .extend(std::iter::from_fn(|| self.script.poll_request()));
            match step {
                Step::Play(reels) => heard.push(self.name(&reels)),
                Step::Pause(length) if length.as_secs() >= 1 => return heard,
                Step::HangUp => {
                    heard.push("hang up".to_owned());
                    return heard;
                }
                _ => {}
            }
            step = self.script.next_step();
        }
    }

    fn name(&self, reels: &Reels) -> String {
        let known = self.names.iter().find(|(_, one)| one == reels);
        known.map_or_else(|| "the recording".to_owned(), |(name, _)| name.clone())
    }
}

/// A sound that is no prompt.
pub(super) fn recording() -> Reels {
    plain(255)
}

fn named((number, id): (u8, String)) -> (String, Reels) {
    (id, plain(number))
}

fn plain(octet: u8) -> Reels {
    let octets = || vec![octet; 160];
    Reels::from_octets(octets(), octets(), octets())
}
