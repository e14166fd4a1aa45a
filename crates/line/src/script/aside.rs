//! What comes in between, at the end of a sentence: the word to everybody, the authorities, a bulletin taken away.

use std::sync::Arc;

use bulletin::Language;
use jiff::Timestamp;

use super::{
    Script, Voice,
    cues::Cue,
    place::{Arrival, BETWEEN_BULLETINS, Place},
};
use crate::on_air::{CrisisOnAir, OnAir, Prompt};

impl Script {
    /// Looks, between two sentences, whether something has to come before the next one, and puts it there.
    pub(super) fn let_in(&mut self, latest: &Arc<OnAir>, now: Timestamp) {
        let next = self.cues.front();
        let between = next.is_none_or(|cue| !cue.continues() && !matches!(cue, Cue::Pause(_)));
        if self.ahead.is_some() || self.aside > 0 || !between || !self.place.can_be_interrupted() {
            return;
        }
        if let Some(which) = self.find_unheard_crisis(latest) {
            self.announce_crisis(which);
        } else if self.gives_way(latest) {
            self.take(latest);
            self.go(Place::Authorities { again: false }, Arrival::InTurn, now);
        } else if self.is_withdrawn(latest, now) {
            self.cues.clear();
            self.cues
                .push_back(Cue::Say(self.language, Prompt::Withdrawn));
        }
    }

    /// The sentence for everybody that [`Cue::Crisis`] names, as it is on air now.
    pub(super) fn find_crisis<'a>(
        &self,
        latest: &'a OnAir,
        which: usize,
    ) -> Option<&'a CrisisOnAir> {
        let slug = match self.choices.as_slice() {
            [] => self.territory.as_ref()?,
            choices => choices.get(which)?,
        };
        latest.find_territory(slug)?.crisis.as_ref()
    }

    /// Remembers that the caller has heard one.
    pub(super) fn note_crisis(&mut self, cue: Cue, latest: &OnAir) {
        let Cue::Crisis(which) = cue else { return };
        let Some(set_at) = self.find_crisis(latest, which).map(|crisis| crisis.set_at) else {
            return;
        };
        if self.crises_heard.len() == MOST_CRISES_KEPT {
            self.crises_heard.remove(0);
        }
        self.crises_heard.push(set_at);
    }

    /// `#` while the word to everybody is said: on to what it came before.
    pub(super) fn pass_over_aside(&mut self) {
        self.cues.drain(..self.aside.min(self.cues.len()));
        self.aside = 0;
    }

    /// `*` while it is said: that again.
    pub(super) fn repeat_aside(&mut self) {
        self.pass_over_aside();
        self.crises_heard.pop();
    }

    fn find_unheard_crisis(&self, latest: &OnAir) -> Option<usize> {
        (0..self.choices.len().max(1)).find(|&which| {
            let crisis = self.find_crisis(latest, which);
            crisis.is_some_and(|crisis| !self.crises_heard.contains(&crisis.set_at))
        })
    }

    /// Silence around it tells it from what it comes between.
    fn announce_crisis(&mut self, which: usize) {
        let pause = Cue::Pause(BETWEEN_BULLETINS);
        let before = (self.voice == Voice::Speaking).then_some(pause);
        let announced = Cue::Say(self.language, Prompt::MessageInOtherLanguage);
        let announced = (self.language != Language::French).then_some(announced);
        let after = (!self.cues.is_empty()).then_some(pause);
        let aside = [before, announced, Some(Cue::Crisis(which)), after];
        for cue in aside.into_iter().rev().flatten() {
            self.cues.push_front(cue);
            self.aside += 1;
        }
    }

    /// Whether the authorities have taken over since the programme began.
    fn gives_way(&self, latest: &OnAir) -> bool {
        let territory = self.find_territory(latest);
        self.place.is_of_the_programme() && territory.is_some_and(|one| one.authorities)
    }

    /// Whether the bulletin of which a part is said is on the air no more, though its time is not up.
    fn is_withdrawn(&self, latest: &OnAir, now: Timestamp) -> bool {
        let begun = matches!(self.cues.front(), Some(cue) if *cue != Cue::Words);
        let Some(id) = self.at_bulletin().filter(|_| begun) else {
            return false;
        };
        let said = self.find_territory(&self.on_air);
        let said = said.and_then(|territory| territory.find(id));
        let left = self.find_territory(latest);
        let is_left_out = left.is_some_and(|territory| territory.find(id).is_none());
        is_left_out && said.is_some_and(|one| one.is_audible(now))
    }
}

/// Sentences for everybody that a call remembers.
const MOST_CRISES_KEPT: usize = 8;
