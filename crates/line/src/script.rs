//! What one caller hears, from the first half second to the goodbye; `docs/call-script.md` draws it.
//!
//! Pure: `now` comes in with every question, and nothing here knows of sockets or packets. The
//! driver asks [`Script::next_step`] whenever a step is over and [`Script::handle_key`] whenever a
//! key is pressed. Start with [`Script`].

mod course;
mod cues;
mod hearing;
mod menu;
mod place;

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bulletin::{BulletinId, DialledNumber, TerritorySlug};
use jiff::Timestamp;
use media::Reels;

use crate::on_air::OnAir;
use course::audible_ids;
pub use hearing::Heard;
use hearing::Hearing;
use place::{Arrival, Place};

/// The course of one call.
///
/// Left alone it reaches [`Step::HangUp`] after a bounded number of steps, whatever was pressed
/// before and whatever is posted or withdrawn meanwhile.
#[derive(Debug)]
pub struct Script {
    /// Holds the caller's territory, or all of `choices` while a menu is open.
    on_air: Arc<OnAir>,
    territory: Option<TerritorySlug>,
    place: Place,
    /// Where the call begins, until its first step.
    ahead: Option<Place>,
    /// What is left to do at `place`; the first `lead` of these come before its own words.
    cues: VecDeque<Step>,
    lead: usize,
    /// How long its own words are.
    whole: Duration,
    voice: Voice,
    /// The bulletins of this round, in the order they had when it was counted.
    round: Vec<BulletinId>,
    /// The same for ended events, since key 8.
    ended: Vec<BulletinId>,
    /// The choices of an open menu, in the order of their keys; empty elsewhere.
    choices: Vec<TerritorySlug>,
    once_more_said: bool,
    /// One round is enough.
    short: bool,
    last_bulletin: Option<Place>,
    hearing: Hearing,
    keys: String,
}

impl Script {
    /// Starts with the territory of the dialled number, or else with the menu of territories.
    ///
    /// With one territory on air there is nothing to choose: an unknown number leads to it.
    pub fn begin(on_air: Arc<OnAir>, dialled: Option<&DialledNumber>) -> Self {
        let dialled = dialled.and_then(|number| on_air.find_dialled(number));
        let territory = dialled.map(|found| found.slug.clone());
        let mut script = Self::at(on_air, Place::Difficulty);
        script.place = match territory {
            Some(slug) => script.choose(slug),
            None => script.open_menu(),
        };
        script.ahead = Some(script.place);
        script
    }

    /// The announcement of a line that is closed; no key changes it.
    pub fn closed(on_air: Arc<OnAir>) -> Self {
        let mut script = Self::at(on_air, Place::Closed);
        script.ahead = Some(Place::Closed);
        script
    }

    fn at(on_air: Arc<OnAir>, place: Place) -> Self {
        Self {
            on_air,
            place,
            territory: None,
            ahead: None,
            cues: VecDeque::new(),
            lead: 0,
            whole: Duration::ZERO,
            voice: Voice::Silent,
            round: Vec::new(),
            ended: Vec::new(),
            choices: Vec::new(),
            once_more_said: false,
            short: false,
            last_bulletin: None,
            hearing: Hearing::default(),
            keys: String::new(),
        }
    }

    /// Says what to do now: at the start of the call, and each time the last step is over.
    ///
    /// - `latest`: what is on air now; a bulletin is taken from it when its turn comes, so that a
    ///   listener hears one version to its end.
    pub fn next_step(&mut self, latest: &Arc<OnAir>, now: Timestamp) -> Step {
        if let Voice::Held { speaking: true } = self.voice {
            self.voice = Voice::Speaking;
            return Step::Resume;
        }
        self.hearing.finish();
        if self.cues.is_empty() {
            self.take(latest);
            let place = match self.ahead.take() {
                Some(first) => first,
                None => self.after(self.place),
            };
            self.go(place, Arrival::InTurn, now);
        }
        let step = self.cues.pop_front().unwrap_or(Step::HangUp);
        self.note_step(&step);
        self.lead = self.lead.saturating_sub(1);
        step
    }

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
        self.take(latest);
        let choice = self.find_choice(key);
        if key == '5' && choice.is_none() {
            return Some(self.hold_or_go_on(latest, now));
        }
        let (place, arrival) = match (key, choice) {
            (_, Some(slug)) => (self.choose(slug), Arrival::ByKey),
            ('*', _) => (self.to_repeat(), Arrival::ByKey),
            ('#', _) if self.choices.is_empty() => (self.after(self.place), Arrival::ByKey),
            ('8', _) if self.is_in_territory() => (Place::EndedIntro, Arrival::ByKey),
            ('0', _) => {
                self.take_for_menu(latest);
                (self.open_menu(), Arrival::ByKey)
            }
            _ => (self.place, Arrival::AfterUnknownKey),
        };
        self.voice = Voice::Silent;
        self.go(place, arrival, now);
        Some(self.next_step(latest, now))
    }

    /// Whether the programme is short: after one round comes the goodbye. It counts from the next part on.
    pub fn shorten(&mut self, short: bool) {
        self.short = short;
    }

    /// Stops the voice and begins the last words of a call that has lasted as long as any may. They end in
    /// [`Step::HangUp`], and no key changes that.
    pub fn end_for_time(&mut self, latest: &Arc<OnAir>, now: Timestamp) -> Step {
        self.voice = Voice::Silent;
        let last = match self.place {
            Place::Closed => Place::Over,
            _ => Place::TimeIsUp,
        };
        self.go(last, Arrival::InTurn, now);
        self.next_step(latest, now)
    }

    /// Tells how much of the sound that is playing has been sent, before a key or the end of the call stops it.
    pub fn note_played(&mut self, played: Duration) {
        self.hearing.so_far(played);
    }

    /// The bulletins that began to play, each once, in the order they were first heard.
    pub fn heard(&self) -> &[Heard] {
        self.hearing.all()
    }

    /// The territory the caller dialled or chose last.
    pub fn territory(&self) -> Option<&TerritorySlug> {
        self.territory.as_ref()
    }

    /// The keys pressed, in order; a very long call keeps its first ones.
    pub fn keys(&self) -> &str {
        &self.keys
    }

    /// Goes to a place, or to the next one after it where something is to be said.
    fn go(&mut self, mut place: Place, arrival: Arrival, now: Timestamp) {
        self.ahead = None;
        let said = loop {
            match self.cues_of(place, now) {
                Some(said) => break said,
                None => place = self.after(place),
            }
        };
        self.place = place;
        self.hearing.leave();
        self.whole = said.iter().filter_map(Step::sound).sum();
        self.cues = VecDeque::from(self.lead(place, arrival));
        self.lead = self.cues.len();
        self.cues.extend(said);
        if let Place::Bulletin(_) | Place::Ended(_) = place {
            self.last_bulletin = Some(place);
        }
    }

    /// The silence, or the "unknown key", before a place's own words.
    fn lead(&self, place: Place, arrival: Arrival) -> Vec<Step> {
        match (place, arrival) {
            (Place::Over, _) => vec![],
            (_, Arrival::InTurn) => place.pause_before().map(Step::Pause).into_iter().collect(),
            (_, Arrival::ByKey) => vec![Step::Pause(AFTER_KEY)],
            (_, Arrival::AfterUnknownKey) => cues::unknown_key(&self.on_air.prompts),
        }
    }

    /// What is said at a place; `None` where nothing is, as with a bulletin withdrawn since.
    fn cues_of(&mut self, place: Place, now: Timestamp) -> Option<Vec<Step>> {
        let on_air = Arc::clone(&self.on_air);
        let prompts = &on_air.prompts;
        if let Some(said) = cues::fixed(prompts, place) {
            return Some(said);
        }
        if let Place::Menu { attempt } = place {
            return Some(cues::menu(&on_air, &self.choices, attempt));
        }
        let territory = self.find_territory(&on_air)?;
        match place {
            Place::Greeting => Some(cues::greeting(prompts, territory)),
            Place::Count => {
                self.last_bulletin = None;
                self.round = audible_ids(&territory.ongoing, now);
                Some(cues::count(prompts, territory, self.round.len()))
            }
            Place::EndedIntro => {
                self.ended = audible_ids(&territory.ended, now);
                Some(cues::ended_intro(prompts, self.ended.len()))
            }
            Place::Bulletin(at) => {
                let one = territory.find_audible(self.round.get(at)?, now)?;
                Some(cues::bulletin(prompts, territory, one, now))
            }
            Place::Ended(at) => {
                let one = territory.find_audible(self.ended.get(at)?, now)?;
                Some(cues::bulletin(prompts, territory, one, now))
            }
            _ => None,
        }
    }
}

/// What the driver does until it asks again.
#[derive(Clone, Debug)]
pub enum Step {
    /// Plays this sound to its end; the first frame follows the last one of the step before it.
    Play(Reels),
    /// Sends silence packets for this long.
    Pause(Duration),
    /// Stops the voice, keeps its reel and its place in it, and sends silence packets for at most
    /// this long.
    Hold(Duration),
    /// Goes on with the reel that [`Step::Hold`] stopped; only ever follows a hold of a reel.
    Resume,
    /// Ends the call.
    HangUp,
}

impl Step {
    /// The length of the sound that begins with it.
    fn sound(&self) -> Option<Duration> {
        match self {
            Self::Play(reels) => Some(reels.pcma.duration()),
            Self::Pause(_) | Self::Hold(_) | Self::Resume | Self::HangUp => None,
        }
    }
}

/// What the caller's ear gets from the last step handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    Silent,
    Speaking,
    /// Key 5 stopped it; `speaking` says whether a reel waits to go on.
    Held {
        speaking: bool,
    },
}

/// Silence between a key and the voice: the handset is on its way back to the ear.
const AFTER_KEY: Duration = Duration::from_millis(500);
/// The longest silence a caller can ask for with key 5.
const LONGEST_HOLD: Duration = Duration::from_secs(60);
/// A caller who plays on the keypad does not grow the record.
const MOST_KEYS_KEPT: usize = 64;
