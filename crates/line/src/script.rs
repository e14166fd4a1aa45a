//! What one caller hears, from the first half second to the goodbye; `docs/call-script.md` draws it.
//!
//! Pure: `now` comes in with every question, and nothing here knows of sockets or packets. The
//! driver asks [`Script::next_step`] whenever a step is over and [`Script::handle_key`] whenever a
//! key is pressed. Start with [`Script`].

mod aside;
mod course;
mod cues;
mod hearing;
mod keys;
mod menu;
mod place;

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bulletin::{BulletinId, DialledNumber, Language, Noticed, TerritorySlug};
use jiff::Timestamp;
use media::Reels;

use crate::on_air::{OnAir, Prompt};
use course::audible_ids;
use cues::Cue;
pub use hearing::Heard;
use hearing::Hearing;
use place::{Arrival, Place};

/// The course of one call.
///
/// Left alone it reaches [`Step::HangUp`] after a bounded number of steps, whatever was pressed
/// before and whatever is posted or withdrawn meanwhile.
#[derive(Debug)]
pub struct Script {
    /// Holds the caller's territory, or all of `choices` while a menu is open; and the version of the bulletin
    /// being said.
    on_air: Arc<OnAir>,
    territory: Option<TerritorySlug>,
    language: Language,
    place: Place,
    /// Where the call begins, until its first step.
    ahead: Option<Place>,
    /// What is left to do at `place`; the first `aside` of these come in between.
    cues: VecDeque<Cue>,
    aside: usize,
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
    /// When the sentences for everybody that were said had been set.
    crises_heard: Vec<Timestamp>,
    /// What the caller notices: the latest answer decides what comes first.
    sought: Option<Noticed>,
    noticed: Vec<Noticed>,
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
            language: Language::French,
            ahead: None,
            cues: VecDeque::new(),
            aside: 0,
            voice: Voice::Silent,
            round: Vec::new(),
            ended: Vec::new(),
            choices: Vec::new(),
            once_more_said: false,
            short: false,
            last_bulletin: None,
            crises_heard: Vec::new(),
            sought: None,
            noticed: Vec::new(),
            hearing: Hearing::default(),
            keys: String::new(),
        }
    }

    /// Says what to do now: at the start of the call, and each time the last step is over.
    ///
    /// - `latest`: what is on air now; a bulletin is taken from it when its turn comes, so that a
    ///   listener hears one version to its end. Between two sentences what cannot wait comes in: the word to
    ///   everybody, the authorities, a withdrawal.
    pub fn next_step(&mut self, latest: &Arc<OnAir>, now: Timestamp) -> Step {
        if let Voice::Held { speaking: true } = self.voice {
            self.voice = Voice::Speaking;
            return Step::Resume;
        }
        self.hearing.finish();
        loop {
            self.let_in(latest, now);
            let Some(cue) = self.cues.pop_front() else {
                self.take(latest);
                let place = match self.ahead.take() {
                    Some(first) => first,
                    None => self.after(self.place),
                };
                self.go(place, Arrival::InTurn, now);
                continue;
            };
            self.aside = self.aside.saturating_sub(1);
            if cue == Cue::Words {
                self.take(latest);
                self.choose_words(now);
            } else if let Some(step) = self.step_of(cue, latest) {
                self.note_step(cue, &step);
                self.note_crisis(cue, latest);
                return step;
            }
        }
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

    /// What the caller notices, each once, in the order of the answers.
    pub fn noticed(&self) -> &[Noticed] {
        &self.noticed
    }

    /// Goes to a place, or to the next one after it where something is to be said.
    fn go(&mut self, mut place: Place, arrival: Arrival, now: Timestamp) {
        self.ahead = None;
        while self.cues_of(place, now).is_none() {
            place = self.after(place);
        }
        self.place = place;
        self.hearing.leave();
        self.aside = 0;
        self.cues = VecDeque::from(self.lead(place, arrival));
        self.cues.push_back(Cue::Words);
        if let Place::Bulletin(_) | Place::Ended(_) = place {
            self.last_bulletin = Some(place);
        }
    }

    /// The words of the place, or, where nothing is left to say, the next place.
    fn choose_words(&mut self, now: Timestamp) {
        match self.cues_of(self.place, now) {
            Some(said) => self.cues = VecDeque::from(said),
            None => {
                let next = self.after(self.place);
                self.go(next, Arrival::InTurn, now);
            }
        }
    }

    /// The silence, or the "unknown key", before a place's own words.
    fn lead(&self, place: Place, arrival: Arrival) -> Vec<Cue> {
        match (place, arrival) {
            (Place::Over, _) => vec![],
            (_, Arrival::InTurn) => place.pause_before().map(Cue::Pause).into_iter().collect(),
            (_, Arrival::ByKey) => vec![Cue::Pause(AFTER_KEY)],
            (_, Arrival::AfterUnknownKey) => cues::unknown_key(self.language),
        }
    }

    /// What is said at a place; `None` where nothing is, as with a bulletin withdrawn since.
    fn cues_of(&mut self, place: Place, now: Timestamp) -> Option<Vec<Cue>> {
        let language = self.language;
        if let Some(said) = cues::fixed(language, place) {
            return Some(said);
        }
        if let Place::Menu { attempt } = place {
            return Some(cues::menu(language, self.choices.len(), attempt));
        }
        let on_air = Arc::clone(&self.on_air);
        let territory = self.find_territory(&on_air)?;
        match place {
            Place::Greeting => Some(cues::greeting(language, territory, now)),
            Place::Closing => Some(cues::closing(language)),
            Place::Count => {
                self.last_bulletin = None;
                self.round = self.round_of(territory, now);
                let asks = territory.asks_noticed && !self.short;
                Some(cues::count(language, territory, self.round.len(), asks))
            }
            Place::Noticed => {
                self.last_bulletin = None;
                self.round = self.round_of(territory, now);
                let prompt = match self.leads_with_sought() {
                    true => Prompt::NoticeFound,
                    false => Prompt::NoticeNone,
                };
                let said = [Prompt::NoticeThanks, prompt];
                Some(said.map(|prompt| Cue::Say(language, prompt)).to_vec())
            }
            Place::KeysHelp => Some(cues::keys_help(language, territory, now)),
            Place::EndedIntro => {
                self.ended = audible_ids(&territory.ended, now);
                Some(cues::ended_intro(language, self.ended.len()))
            }
            Place::Bulletin(at) => {
                let id = self.round.get(at)?;
                let one = territory.find_audible(id, now)?;
                let mut said = cues::bulletin(language, territory, one, now);
                if !self.short && territory.ongoing.iter().any(|ongoing| ongoing.id == *id) {
                    said.extend(cues::since(language, one, now));
                }
                Some(said)
            }
            Place::Ended(at) => {
                let one = territory.find_audible(self.ended.get(at)?, now)?;
                Some(cues::bulletin(language, territory, one, now))
            }
            _ => None,
        }
    }

    /// What the driver does at a cue; nothing where the sound it names is there no more.
    fn step_of(&self, cue: Cue, latest: &OnAir) -> Option<Step> {
        let prompts = &self.on_air.prompts;
        let reels = match cue {
            Cue::Pause(length) => return Some(Step::Pause(length)),
            Cue::HangUp => return Some(Step::HangUp),
            Cue::Words => return None,
            Cue::Say(language, prompt) => {
                let territory = self.find_territory(&self.on_air);
                let own = territory.and_then(|one| one.words(language).own(prompt));
                own.cloned()
                    .unwrap_or_else(|| prompts.reels(language, prompt))
            }
            Cue::Crisis(which) => self.find_crisis(latest, which)?.words.clone(),
            Cue::Name(choice) => {
                let territory = self.on_air.find_territory(self.choices.get(choice)?);
                let name = territory.and_then(|one| one.words(self.language).menu.clone());
                name.unwrap_or_else(|| prompts.reels(self.language, Prompt::MenuPlace))
            }
            Cue::NoEvent => {
                let territory = self.find_territory(&self.on_air)?;
                territory.words(self.language).no_event.clone()?
            }
            Cue::LeadIn { dated: true } => self.speech_said()?.dated.clone(),
            Cue::LeadIn { dated: false } => self.speech_said()?.today.clone(),
            Cue::Body(piece) => self.speech_said()?.body.get(piece)?.clone(),
        };
        Some(Step::Play(reels))
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
