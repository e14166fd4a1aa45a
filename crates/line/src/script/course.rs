//! Which place follows which, and what a call remembers on its way.

use std::sync::Arc;

use bulletin::{BulletinId, Language};
use jiff::Timestamp;

use super::{LONGEST_HOLD, Script, Step, Voice, cues::Cue, menu::MENU_REPEATS, place::Place};
use crate::on_air::{BulletinOnAir, OnAir, Prompt, SpokenBulletin, TerritoryOnAir};

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
            Place::Greeting if self.is_handed_over() => Place::Authorities { again: false },
            Place::Greeting => Place::Count,
            Place::Authorities { .. } if !self.is_handed_over() => Place::Count,
            Place::Authorities { again: false } if !self.short => {
                Place::Authorities { again: true }
            }
            Place::Authorities { .. } => Place::Goodbye,
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
            Place::Notice { attempt } if attempt < MENU_REPEATS => Place::Notice {
                attempt: attempt + 1,
            },
            Place::Notice { .. } => Place::Count,
            Place::Noticed if self.leads_with_sought() => Place::Bulletin(0),
            Place::Noticed => Place::Count,
            Place::Closed | Place::Goodbye | Place::TimeIsUp | Place::Over => Place::Over,
        }
    }

    /// Where `#` leads: past what would be said again.
    pub(super) fn past(&mut self, place: Place) -> Place {
        match place {
            Place::Notice { .. } => Place::Count,
            Place::Authorities { .. } if self.is_handed_over() => Place::Goodbye,
            _ => self.after(place),
        }
    }

    /// Where `7` leads: the part before this one, of those that can still be said.
    pub(super) fn before(&mut self, now: Timestamp) -> Place {
        let mut place = self.place;
        loop {
            place = match place {
                Place::Bulletin(at) if at > 0 => Place::Bulletin(at - 1),
                Place::Ended(at) if at > 0 => Place::Ended(at - 1),
                Place::Ended(_) => Place::EndedIntro,
                Place::KeysHelp => Place::Closing,
                Place::OnceMore => Place::KeysHelp,
                Place::Closing | Place::Goodbye if self.last_bulletin.is_some() => {
                    self.last_bulletin.unwrap_or(Place::Count)
                }
                Place::Bulletin(_)
                | Place::EndedIntro
                | Place::Notice { .. }
                | Place::Noticed
                | Place::Closing
                | Place::Goodbye => self.first_part(),
                Place::Greeting | Place::Count | Place::Authorities { .. } => {
                    return Place::Greeting;
                }
                Place::Difficulty
                | Place::Closed
                | Place::Menu { .. }
                | Place::TimeIsUp
                | Place::Over => return place,
            };
            if self.cues_of(place, now).is_some() {
                return place;
            }
        }
    }

    /// What `*` repeats: the place itself, or the last bulletin where that is over.
    pub(super) fn to_repeat(&self) -> Place {
        match self.place {
            Place::Menu { .. } => Place::Menu { attempt: 0 },
            Place::Notice { .. } => Place::Notice { attempt: 0 },
            Place::Closing | Place::KeysHelp | Place::OnceMore | Place::Goodbye => {
                self.last_bulletin.unwrap_or_else(|| self.first_part())
            }
            Place::Difficulty
            | Place::Closed
            | Place::Greeting
            | Place::Authorities { .. }
            | Place::Count
            | Place::Bulletin(_)
            | Place::EndedIntro
            | Place::Ended(_)
            | Place::Noticed
            | Place::TimeIsUp
            | Place::Over => self.place,
        }
    }

    /// What a caller in a territory hears after its greeting.
    fn first_part(&self) -> Place {
        match (self.is_in_territory(), self.is_handed_over()) {
            (false, _) => Place::Difficulty,
            (true, true) => Place::Authorities { again: false },
            (true, false) => Place::Count,
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

    /// Whether the caller is in a territory that tells its programme.
    pub(super) fn is_in_programme(&self) -> bool {
        self.is_in_territory() && !self.is_handed_over()
    }

    fn is_handed_over(&self) -> bool {
        self.find_territory(&self.on_air)
            .is_some_and(|territory| territory.authorities)
    }

    /// The caller's territory in what is on air.
    pub(super) fn find_territory<'a>(&self, on_air: &'a OnAir) -> Option<&'a TerritoryOnAir> {
        on_air.find_territory(self.territory.as_ref()?)
    }

    /// Remembers what the caller hears from a step.
    pub(super) fn note_step(&mut self, cue: Cue, step: &Step) {
        self.voice = match step {
            Step::Play(_) | Step::Resume => Voice::Speaking,
            Step::Pause(_) | Step::Hold(_) | Step::HangUp => Voice::Silent,
        };
        let (Some(length), Some(id)) = (step.sound(), self.at_bulletin()) else {
            return;
        };
        let pieces = || self.speech_said().map(SpokenBulletin::length_of_body);
        let whole = match cue {
            Cue::LeadIn { .. } => length + pieces().unwrap_or_default(),
            Cue::Body(_) => pieces().unwrap_or_default(),
            Cue::Say(_, Prompt::BulletinUnspoken) => length,
            _ => return,
        };
        let id = id.clone();
        self.hearing.begin(&id, length, whole);
    }

    /// The sound of the bulletin whose turn it is, in the version that is said.
    pub(super) fn speech_said(&self) -> Option<&SpokenBulletin> {
        let territory = self.find_territory(&self.on_air)?;
        territory.find(self.at_bulletin()?)?.speech.as_ref()
    }

    /// The bulletin whose turn it is.
    pub(super) fn at_bulletin(&self) -> Option<&BulletinId> {
        match self.place {
            Place::Bulletin(at) => self.round.get(at),
            Place::Ended(at) => self.ended.get(at),
            _ => None,
        }
    }

    /// The language that key 9 leads to.
    pub(super) fn other_language(&self, now: Timestamp) -> Option<Language> {
        let territory = self.find_territory(&self.on_air)?;
        match self.language {
            _ if !self.is_in_territory() => None,
            Language::English => Some(Language::French),
            Language::French => territory.has_english(now).then_some(Language::English),
        }
    }

    /// The bulletins that may be said at `now`: those that speak of what the caller notices before the others.
    pub(super) fn round_of(&self, territory: &TerritoryOnAir, now: Timestamp) -> Vec<BulletinId> {
        let speaks_of_it = |one: &BulletinOnAir| {
            let sought = self.sought.as_ref();
            sought.is_some_and(|sought| one.noticed_as.contains(sought))
        };
        let audible = territory.ongoing.iter().filter(|one| one.is_audible(now));
        let (first, others): (Vec<_>, Vec<_>) = audible.partition(|one| speaks_of_it(one));
        let both = first.into_iter().chain(others);
        both.map(|one| one.id.clone()).collect()
    }

    /// Whether the round begins with a bulletin that speaks of what the caller notices.
    pub(super) fn leads_with_sought(&self) -> bool {
        let territory = self.find_territory(&self.on_air);
        let first = territory.zip(self.round.first());
        let first = first.and_then(|(territory, id)| territory.find(id));
        let sought = first.zip(self.sought);
        sought.is_some_and(|(one, sought)| one.noticed_as.contains(&sought))
    }
}

/// The bulletins that may be said at `now`, in their order.
pub(super) fn audible_ids(bulletins: &[BulletinOnAir], now: Timestamp) -> Vec<BulletinId> {
    let audible = bulletins.iter().filter(|one| one.is_audible(now));
    audible.map(|one| one.id.clone()).collect()
}
