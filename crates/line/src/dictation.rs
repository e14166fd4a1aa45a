//! What an operator hears who posts by telephone, from the welcome to the goodbye; `docs/dictation-script.md` draws it.
//!
//! Pure, like [`crate::Script`]: the driver asks for the next step whenever one is over, tells keys as they are pressed
//! and the words that come back from whoever knows the sites, and passes on what is asked of these. Nothing is published,
//! checked or kept here. Start with [`Dictation`].

mod digits;
mod events;
mod place;
mod prompts;
mod saying;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use bulletin::{DialledNumber, Event, Kind};

use crate::Step;
pub use digits::Digits;
use events::Choices;
use place::{Ending, Place};
use prompts::Cue;
pub use prompts::DictationPrompts;
pub use saying::{DictatedCall, Said, Saying, SoundPacket, Word};

/// Posting by telephone: by which numbers, in which words, and who is told.
#[derive(Clone, Debug)]
pub struct DictationLine {
    /// The private numbers; a call to one of them hears no programme.
    pub numbers: Vec<DialledNumber>,
    /// What is said.
    pub prompts: Arc<DictationPrompts>,
    /// Who checks codes, keeps sound and publishes. A full channel loses what does not fit: sound is then missing in a
    /// recording, and a question without an answer ends in words that say so.
    pub said: SyncSender<Said>,
}

/// The course of one such call.
///
/// Left alone, or with nobody answering its questions, it reaches [`Step::HangUp`] after a bounded number of steps.
#[derive(Debug)]
pub(crate) struct Dictation {
    prompts: Arc<DictationPrompts>,
    place: Place,
    cues: VecDeque<Part>,
    code: Digits,
    typed: Digits,
    wrong: u8,
    /// Times in a row that nothing was done when something was awaited.
    silences: u8,
    /// Times that a recording or a publication did not come about.
    failures: u8,
    kind: Kind,
    choices: Choices,
    chosen: bool,
    take: Option<media::Reels>,
    records: bool,
    requests: VecDeque<Saying>,
}

impl Dictation {
    /// Begins with the welcome.
    pub(crate) fn begin(prompts: Arc<DictationPrompts>) -> Self {
        let mut script = Self {
            prompts,
            place: Place::Code,
            cues: VecDeque::new(),
            code: Digits::default(),
            typed: Digits::default(),
            wrong: 0,
            silences: 0,
            failures: 0,
            kind: Kind::Unplanned,
            choices: Choices::of(Kind::Unplanned),
            chosen: false,
            take: None,
            records: false,
            requests: VecDeque::new(),
        };
        script.cues = VecDeque::from([Part::Silence(BEFORE_FIRST_WORD), Part::Say(Cue::Welcome)]);
        script.cues.extend(script.words_of(Place::Code));
        script
    }

    /// Says what to do now: at the start of the call, and each time the last step is over.
    pub(crate) fn next_step(&mut self) -> Step {
        if self.cues.is_empty() {
            self.time_out();
        }
        self.step()
    }

    /// Takes a pressed key: `Some` stops the voice at once and begins that step.
    pub(crate) fn handle_key(&mut self, key: char) -> Option<Step> {
        let next = match self.place {
            Place::Code | Place::Pin => return self.type_key(key),
            // Keys before the tone are those of a caller in a hurry.
            Place::Recording if !self.records => return None,
            Place::Recording => {
                self.requests.push_back(Saying::Key);
                match key {
                    '#' => Place::Preparing,
                    _ => return None,
                }
            }
            Place::Checking | Place::Preparing | Place::Publishing | Place::Ending(_) => {
                return None;
            }
            Place::Kind => match key {
                '1' => self.choose_kind(Kind::Unplanned),
                '2' => self.choose_kind(Kind::Planned),
                '3' => self.choose_kind(Kind::Drill),
                '4' => self.choose_kind(Kind::Test),
                '0' => Place::Ending(Ending::Abandoned),
                _ => Place::Kind,
            },
            Place::Event => match (key, self.choices.find(key)) {
                (_, Some(event)) => self.choose_event(event),
                ('9', None) => {
                    self.choices.turn_page();
                    Place::Event
                }
                ('0', None) => Place::Kind,
                _ => Place::Event,
            },
            Place::Speak => match key {
                '#' => Place::Recording,
                '3' => self.publish(false),
                '0' => Place::Kind,
                _ => Place::Speak,
            },
            Place::Review => match key {
                '1' => self.publish(true),
                '2' => Place::Speak,
                '3' => self.publish(false),
                '0' => Place::Ending(Ending::Abandoned),
                _ => Place::Review,
            },
        };
        self.silences = 0;
        Some(self.begin_at(next, &[]))
    }

    /// Takes a word of whoever was asked. One that nobody waits for any more changes nothing.
    pub(crate) fn handle_word(&mut self, word: Word) -> Option<Step> {
        let (next, first) = match (self.place, word) {
            (Place::Checking, Word::Welcome) => (Place::Kind, None),
            (Place::Checking, Word::Wrong) => {
                self.wrong += 1;
                if self.wrong < MOST_WRONG {
                    (Place::Code, Some(Cue::Wrong))
                } else {
                    (Place::Ending(Ending::Locked), Some(Cue::Wrong))
                }
            }
            (Place::Checking, Word::Locked) => (Place::Ending(Ending::Locked), None),
            (Place::Checking, Word::Busy) => (Place::Ending(Ending::Busy), None),
            (Place::Checking, Word::Trouble) => (Place::Ending(Ending::Unchecked), None),
            (Place::Preparing, Word::Take(sound)) => {
                self.take = Some(sound);
                (Place::Review, None)
            }
            (Place::Preparing, Word::Unheard) => self.again_after(Cue::Unheard, Place::Speak),
            (Place::Preparing, Word::Faint) => self.again_after(Cue::Faint, Place::Speak),
            (Place::Preparing, Word::Trouble) => self.again_after(Cue::Unheard, Place::Speak),
            (Place::Publishing, Word::Published) => (Place::Ending(Ending::Published), None),
            (Place::Publishing, Word::Trouble) => {
                let back = self.take.as_ref().map_or(Place::Speak, |_| Place::Review);
                self.again_after(Cue::Failed, back)
            }
            _ => return None,
        };
        self.silences = 0;
        Some(self.begin_at(next, first.as_slice()))
    }

    /// Stops the voice and begins the last words of a call that has lasted as long as any may: one sentence.
    pub(crate) fn end_for_time(&mut self) -> Step {
        let last = match self.place {
            Place::Ending(_) => {
                self.cues.clear();
                return Step::HangUp;
            }
            Place::Publishing => Ending::UnconfirmedInTime,
            _ if self.chosen => Ending::KeptInTime,
            _ => Ending::TimeIsUp,
        };
        self.go(Place::Ending(last), &[]);
        self.step()
    }

    /// What is to be asked or told, in order; `None` when there is nothing more.
    pub(crate) fn poll_request(&mut self) -> Option<Saying> {
        self.requests.pop_front()
    }

    /// Whether the caller's sound is the recording.
    pub(crate) fn is_recording(&self) -> bool {
        self.records
    }

    /// Nothing was done for as long as was waited.
    fn time_out(&mut self) {
        self.silences += 1;
        let is_patient = self.silences < MOST_SILENCES;
        let next = match self.place {
            Place::Ending(_) => return,
            Place::Checking => Place::Ending(Ending::Unchecked),
            Place::Publishing => Place::Ending(Ending::Unconfirmed),
            Place::Recording => Place::Preparing,
            Place::Preparing => {
                let (next, first) = self.again_after(Cue::Unheard, Place::Speak);
                return self.go(next, first.as_slice());
            }
            // Whoever is told to speak and is silent has put the handset down, or waits for the tone.
            Place::Speak => Place::Recording,
            place if is_patient => place,
            _ if self.chosen => Place::Ending(Ending::Kept),
            _ => Place::Ending(Ending::Abandoned),
        };
        self.go(next, &[]);
    }

    fn begin_at(&mut self, place: Place, first: &[Cue]) -> Step {
        self.go(place, first);
        if !matches!(self.place, Place::Recording) {
            self.cues.push_front(Part::Silence(AFTER_KEY));
        }
        self.step()
    }

    fn go(&mut self, place: Place, first: &[Cue]) {
        if self.place == Place::Recording && self.records {
            self.records = false;
            self.requests.push_back(Saying::RecordingEnds);
        }
        match place {
            Place::Code | Place::Pin => self.typed.clear(),
            Place::Ending(Ending::Abandoned) => self.requests.push_back(Saying::Abandoned),
            _ => {}
        }
        self.place = place;
        self.cues = first.iter().copied().map(Part::Say).collect();
        let words = self.words_of(place);
        self.cues.extend(words);
    }

    fn step(&mut self) -> Step {
        match self.cues.pop_front() {
            Some(Part::Say(cue)) => Step::Play(self.prompts.reels(cue)),
            Some(Part::Sound(reels)) => Step::Play(reels),
            Some(Part::Silence(length)) => Step::Pause(length),
            Some(Part::Record) => {
                self.records = true;
                self.requests.push_back(Saying::RecordingBegins);
                Step::Pause(LONGEST_TAKE)
            }
            None => Step::HangUp,
        }
    }

    /// What is said at a place, and how long is waited there.
    fn words_of(&self, place: Place) -> Vec<Part> {
        let say = |cues: &[Cue]| cues.iter().copied().map(Part::Say).collect::<Vec<_>>();
        let mut parts = match place {
            Place::Code => say(&[Cue::Code]),
            Place::Pin => say(&[Cue::Pin]),
            Place::Kind => say(&[Cue::Kind]),
            Place::Event => {
                let page = self.choices.page();
                let lines = page.flat_map(|(key, event)| [Cue::Event(event), Cue::Press(key)]);
                let mut cues: Vec<Cue> = lines.collect();
                cues.extend(self.choices.has_more().then_some(Cue::More));
                cues.push(Cue::Back);
                say(&cues)
            }
            Place::Speak => say(&[Cue::Speak]),
            Place::Recording => return vec![Part::Say(Cue::Tone), Part::Record],
            Place::Review => {
                let take = self.take.clone().map(Part::Sound);
                let heard = [Some(Part::Say(Cue::Playback)), take];
                heard
                    .into_iter()
                    .flatten()
                    .chain(say(&[Cue::Review]))
                    .collect()
            }
            Place::Checking => return vec![Part::Silence(LONGEST_CHECK)],
            Place::Preparing | Place::Publishing => return vec![Part::Silence(LONGEST_WORK)],
            Place::Ending(ending) => return say(ending.cues()),
        };
        let wait = match place {
            Place::Speak => BEFORE_TONE,
            _ => TIME_TO_ANSWER,
        };
        parts.push(Part::Silence(wait));
        parts
    }

    /// One key of a code or a PIN.
    fn type_key(&mut self, key: char) -> Option<Step> {
        match key {
            '0'..='9' => self.typed.push(key),
            '*' => return Some(self.begin_at(self.place, &[])),
            '#' if self.typed.is_empty() => return Some(self.begin_at(self.place, &[])),
            '#' => {
                let typed = std::mem::take(&mut self.typed);
                self.silences = 0;
                if self.place == Place::Code {
                    self.code = typed;
                    return Some(self.begin_at(Place::Pin, &[]));
                }
                let code = std::mem::take(&mut self.code);
                self.requests
                    .push_back(Saying::Credentials { code, pin: typed });
                return Some(self.begin_at(Place::Checking, &[]));
            }
            _ => return None,
        }
        self.cues.clear();
        Some(Step::Pause(TIME_TO_ANSWER))
    }

    fn choose_kind(&mut self, kind: Kind) -> Place {
        self.kind = kind;
        self.choices = Choices::of(kind);
        Place::Event
    }

    fn choose_event(&mut self, event: Event) -> Place {
        self.chosen = true;
        self.take = None;
        self.requests.push_back(Saying::Chosen {
            kind: self.kind,
            event,
        });
        Place::Speak
    }

    fn publish(&mut self, with_recording: bool) -> Place {
        self.requests.push_back(Saying::Publish {
            with_recording: with_recording && self.take.is_some(),
        });
        Place::Publishing
    }

    /// Back to try again, as often as makes sense.
    fn again_after(&mut self, cue: Cue, place: Place) -> (Place, Option<Cue>) {
        self.failures += 1;
        if self.failures < MOST_FAILURES {
            (place, Some(cue))
        } else {
            (Place::Ending(Ending::Kept), Some(cue))
        }
    }
}

/// One part of what is left to do at a place.
#[derive(Clone, Debug)]
enum Part {
    Say(Cue),
    Sound(media::Reels),
    Silence(Duration),
    /// Silence while the caller's sound is the recording.
    Record,
}

/// An answered call clips its first words; half a second of silence keeps them whole.
const BEFORE_FIRST_WORD: Duration = Duration::from_millis(500);
/// Silence between a key and the voice: the handset is on its way back to the ear.
const AFTER_KEY: Duration = Duration::from_millis(500);
/// How long a key is awaited before the words come again.
const TIME_TO_ANSWER: Duration = Duration::from_secs(8);
/// Between "speak after the tone" and the tone.
const BEFORE_TONE: Duration = Duration::from_secs(1);
/// The longest recording.
const LONGEST_TAKE: Duration = Duration::from_secs(120);
/// How long whoever knows the sites may take to check a PIN.
const LONGEST_CHECK: Duration = Duration::from_secs(10);
/// How long a recording may take to be made, or a bulletin to be written.
const LONGEST_WORK: Duration = Duration::from_secs(20);
/// Wrong codes or PINs in one call.
const MOST_WRONG: u8 = 5;
/// Silences in a row after which nobody is there any more.
const MOST_SILENCES: u8 = 3;
/// Recordings or publications that failed, after which the caller is sent away with a draft kept.
const MOST_FAILURES: u8 = 3;
