//! The sentences of a dictation: complete or refused, as those of the programme are.

use std::collections::HashMap;

use bulletin::{Event, Language};
use media::Reels;

use crate::MissingPrompt;

/// The sound of every sentence that an operator hears.
#[derive(Clone)]
pub struct DictationPrompts {
    reels: HashMap<Cue, Reels>,
}

impl DictationPrompts {
    /// Takes recordings by prompt id (`dictation_code`, `dictation_event_flaring`, `press_3` …); ids that are not said
    /// are ignored.
    ///
    /// # Errors
    /// [`MissingPrompt`] with the first id that has no recording.
    pub fn new(mut recordings: HashMap<String, Reels>) -> Result<Self, MissingPrompt> {
        let mut reels = HashMap::new();
        for cue in Cue::all() {
            let id = cue.id();
            let language = Language::French;
            let missing = || MissingPrompt {
                language,
                id: id.clone(),
            };
            let found = recordings.remove(&id).ok_or_else(missing)?;
            reels.insert(cue, found);
        }
        Ok(Self { reels })
    }

    /// The ids of all recordings that [`DictationPrompts::new`] asks for; `dictation_tone` is a tone and no sentence.
    pub fn ids() -> impl Iterator<Item = String> {
        Cue::all().map(Cue::id)
    }

    pub(super) fn reels(&self, cue: Cue) -> Reels {
        self.reels
            .get(&cue)
            .expect("`new` refuses a set that lacks one of `all`, and the script says no other")
            .clone()
    }
}

impl std::fmt::Debug for DictationPrompts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DictationPrompts({})", self.reels.len())
    }
}

/// One sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cue {
    Welcome,
    Code,
    Pin,
    Wrong,
    Locked,
    Busy,
    Unchecked,
    Kind,
    Event(Event),
    /// "Press N", 1 to 8.
    Press(u8),
    More,
    Back,
    Speak,
    Tone,
    Unheard,
    Faint,
    Playback,
    Review,
    Published,
    Failed,
    Unconfirmed,
    Abandoned,
    Kept,
    Goodbye,
    LongestCall,
}

impl Cue {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let events = Event::ALL.iter().copied().map(Self::Event);
        let keys = (1..=8).map(Self::Press);
        PLAIN.into_iter().chain(events).chain(keys)
    }

    pub(super) fn id(self) -> String {
        let plain = match self {
            Self::Event(event) => return format!("dictation_event_{}", event.as_str()),
            Self::Press(key) => return format!("press_{key}"),
            Self::LongestCall => return "longest_call".to_owned(),
            Self::Goodbye => return "goodbye".to_owned(),
            Self::Welcome => "welcome",
            Self::Code => "code",
            Self::Pin => "pin",
            Self::Wrong => "wrong",
            Self::Locked => "locked",
            Self::Busy => "busy",
            Self::Unchecked => "unchecked",
            Self::Kind => "kind",
            Self::More => "more",
            Self::Back => "back",
            Self::Speak => "speak",
            Self::Tone => "tone",
            Self::Unheard => "unheard",
            Self::Faint => "faint",
            Self::Playback => "playback",
            Self::Review => "review",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
            Self::Abandoned => "abandoned",
            Self::Kept => "kept",
        };
        format!("dictation_{plain}")
    }
}

const PLAIN: [Cue; 23] = [
    Cue::Welcome,
    Cue::Code,
    Cue::Pin,
    Cue::Wrong,
    Cue::Locked,
    Cue::Busy,
    Cue::Unchecked,
    Cue::Kind,
    Cue::More,
    Cue::Back,
    Cue::Speak,
    Cue::Tone,
    Cue::Unheard,
    Cue::Faint,
    Cue::Playback,
    Cue::Review,
    Cue::Published,
    Cue::Failed,
    Cue::Unconfirmed,
    Cue::Abandoned,
    Cue::Kept,
    Cue::Goodbye,
    Cue::LongestCall,
];
