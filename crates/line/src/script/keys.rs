//! What each key does.

use std::sync::Arc;

use bulletin::Noticed;
use jiff::Timestamp;

use super::{
    MOST_KEYS_KEPT, Script, Step, Voice,
    place::{Arrival, Place},
};
use crate::on_air::OnAir;

impl Script {
    /// Takes a pressed key: `Some` stops the voice at once and begins that step.
    ///
    /// Any character may come in; what is not a key of the script is answered by "unknown key".
    pub fn handle_key(&mut self, key: char, latest: &Arc<OnAir>, now: Timestamp) -> Option<Step> {
        if let Place::Closed | Place::TimeIsUp | Place::Over = self.place {
            return None;
        }
        if self.keys.len() < MOST_KEYS_KEPT {
            self.keys.push(key);
        }
        if key == '5' && self.find_choice(key).is_none() {
            return Some(self.hold_or_go_on(latest, now));
        }
        self.voice = Voice::Silent;
        if self.aside > 0 && matches!(key, '*' | '#') {
            match key {
                '*' => self.repeat_aside(),
                _ => self.pass_over_aside(),
            }
            self.cues.push_front(super::cues::AFTER_KEY_SILENCE);
            return Some(self.next_step(latest, now));
        }
        self.take(latest);
        let (place, arrival) = match self.place_of_key(key, latest, now) {
            Some(place) => (place, Arrival::ByKey),
            None => (self.place, Arrival::AfterUnknownKey),
        };
        self.go(place, arrival, now);
        Some(self.next_step(latest, now))
    }

    /// Where a key leads; nowhere if it is none.
    fn place_of_key(&mut self, key: char, latest: &Arc<OnAir>, now: Timestamp) -> Option<Place> {
        if let Some(slug) = self.find_choice(key) {
            return Some(self.choose(slug));
        }
        if let Some(noticed) = self.find_answer(key) {
            return Some(self.note_answer(noticed));
        }
        match key {
            '*' => Some(self.to_repeat()),
            '#' if self.choices.is_empty() => Some(self.past(self.place)),
            '6' if self.is_in_programme() && self.asks() => Some(Place::Notice { attempt: 0 }),
            '7' if self.is_in_territory() => Some(self.before(now)),
            '8' if self.is_in_programme() => Some(Place::EndedIntro),
            '9' => self.other_language(now).map(|other| self.speak(other)),
            '0' => {
                self.take_for_menu(latest);
                Some(self.open_menu())
            }
            _ => None,
        }
    }

    /// Whether callers of this territory are asked what they notice.
    fn asks(&self) -> bool {
        self.find_territory(&self.on_air)
            .is_some_and(|territory| territory.asks_noticed)
    }

    /// What a key says is noticed, while that is the question.
    fn find_answer(&self, key: char) -> Option<Noticed> {
        let number = usize::try_from(key.to_digit(10)?).ok()?;
        let is_asked = matches!(self.place, Place::Notice { .. });
        let answer = Noticed::ALL.get(number.checked_sub(1)?);
        answer.copied().filter(|_| is_asked)
    }

    /// Counts an answer once, and puts first what speaks of it.
    fn note_answer(&mut self, noticed: Noticed) -> Place {
        if !self.noticed.contains(&noticed) {
            self.noticed.push(noticed);
        }
        self.sought = Some(noticed);
        Place::Noticed
    }
}
