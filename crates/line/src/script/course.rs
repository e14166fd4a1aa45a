//! Which place follows which, and what a call remembers on its way.

use std::sync::Arc;

use bulletin::BulletinId;
use jiff::Timestamp;

use super::{LONGEST_HOLD, Script, Step, Voice, menu::MENU_REPEATS, place::Place};
use crate::on_air::{BulletinOnAir, OnAir, TerritoryOnAir};

impl Script {
    /// The place that follows in turn. A silent menu ends in its first territory.
    pub(super) fn after(&mut self, place: Place) -> Place {
        match place {
            Place::Difficulty => Place::Goodbye,
            Place::Menu { attempt } if attempt < MENU_REPEATS => Place::Menu {
                attempt: attempt + 1,
            },
            Place::Menu { .. } => match self.choices.first().cloned() {
                Some(first) => self.choose(first),
                None => Place::Difficulty,
            },
            Place::Greeting => Place::Count,
            Place::Count => Place::Bulletin(0),
            Place::Bulletin(at) if at + 1 < self.round.len() => Place::Bulletin(at + 1),
            Place::Bulletin(_) if self.once_more_said || self.short => Place::Goodbye,
            Place::Bulletin(_) => Place::Closing,
            Place::Closing | Place::KeysHelp if self.once_more_said || self.short => Place::Goodbye,
            Place::Closing => Place::KeysHelp,
            Place::KeysHelp => Place::OnceMore,
            Place::OnceMore => {
                self.once_more_said = true;
                Place::Count
            }
            Place::EndedIntro => Place::Ended(0),
            Place::Ended(at) if at + 1 < self.ended.len() => Place::Ended(at + 1),
            Place::Ended(_) => Place::Closing,
            Place::Closed | Place::Goodbye | Place::TimeIsUp | Place::Over => Place::Over,
        }
    }

    /// What `*` repeats: the place itself, or the last bulletin where that is over.
    pub(super) fn to_repeat(&self) -> Place {
        match self.place {
            Place::Menu { .. } => Place::Menu { attempt: 0 },
            Place::Closing | Place::KeysHelp | Place::OnceMore | Place::Goodbye => {
                let without_bulletin = if self.is_in_territory() {
                    Place::Count
                } else {
                    Place::Difficulty
                };
                self.last_bulletin.unwrap_or(without_bulletin)
            }
            Place::Difficulty
            | Place::Closed
            | Place::Greeting
            | Place::Count
            | Place::Bulletin(_)
            | Place::EndedIntro
            | Place::Ended(_)
            | Place::TimeIsUp
            | Place::Over => self.place,
        }
    }

    /// Key 5: stops the voice, or lets it go on where it stopped.
    pub(super) fn hold_or_go_on(&mut self, latest: &Arc<OnAir>, now: Timestamp) -> Step {
        if let Voice::Held { .. } = self.voice {
            return self.next_step(latest, now);
        }
        let speaking = self.voice == Voice::Speaking;
        self.voice = Voice::Held { speaking };
        Step::Hold(LONGEST_HOLD)
    }

    /// Takes what is on air now, unless the caller's territory, or a choice of an open menu, is not
    /// in it: a territory taken away keeps its last programme for those who listen to it.
    pub(super) fn take(&mut self, latest: &Arc<OnAir>) {
        let needed = if self.choices.is_empty() {
            self.territory.as_slice()
        } else {
            &self.choices
        };
        let holds = |slug| latest.find_territory(slug).is_some();
        if needed.iter().all(holds) {
            self.on_air = Arc::clone(latest);
        }
    }

    /// Whether the caller is past any menu, in a territory.
    pub(super) fn is_in_territory(&self) -> bool {
        self.territory.is_some() && self.choices.is_empty()
    }

    /// The caller's territory in what is on air.
    pub(super) fn find_territory<'a>(&self, on_air: &'a OnAir) -> Option<&'a TerritoryOnAir> {
        on_air.find_territory(self.territory.as_ref()?)
    }

    /// Remembers what the caller hears from a step.
    pub(super) fn note_step(&mut self, step: &Step) {
        self.voice = match step {
            Step::Play(_) | Step::Resume => Voice::Speaking,
            Step::Pause(_) | Step::Hold(_) | Step::HangUp => Voice::Silent,
        };
        let begun = match self.place {
            Place::Bulletin(at) => self.round.get(at),
            Place::Ended(at) => self.ended.get(at),
            _ => None,
        };
        if let (Some(length), Some(id), 0) = (step.sound(), begun, self.lead) {
            self.hearing.begin(id, length, self.whole);
        }
    }
}

/// The bulletins that may be said at `now`, in their order.
pub(super) fn audible_ids(bulletins: &[BulletinOnAir], now: Timestamp) -> Vec<BulletinId> {
    let audible = bulletins.iter().filter(|one| one.is_audible(now));
    audible.map(|one| one.id.clone()).collect()
}
