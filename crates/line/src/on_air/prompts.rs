//! The sentences that belong to no territory: the house prompts, complete or refused.
//!
//! A set that lacks one sentence is found at start-up, not in a caller's ear. Start with
//! [`HousePrompts`].

use std::collections::HashMap;

use media::Reels;

/// The sound of every fixed sentence of the call script.
#[derive(Clone, Debug)]
pub struct HousePrompts {
    reels: HashMap<Prompt, Reels>,
}

impl HousePrompts {
    /// Takes recordings by prompt id (`greeting`, `count_1`, `hour_14` …); ids the line does not
    /// say are ignored.
    ///
    /// # Errors
    /// [`MissingPrompt`] with the first id that has no recording.
    pub fn new(mut recordings: HashMap<String, Reels>) -> Result<Self, MissingPrompt> {
        let mut reels = HashMap::new();
        for prompt in Prompt::all() {
            let id = prompt.id();
            let found = recordings.remove(&id).ok_or(MissingPrompt(id))?;
            reels.insert(prompt, found);
        }
        Ok(Self { reels })
    }

    /// The ids of all prompts that [`HousePrompts::new`] asks for.
    pub fn ids() -> impl Iterator<Item = String> {
        Prompt::all().map(Prompt::id)
    }

    /// The sound of one prompt, in both laws.
    pub(crate) fn reels(&self, prompt: Prompt) -> Reels {
        self.reels
            .get(&prompt)
            .expect("`new` refuses a set that lacks one of `all`, and constructors stay within it")
            .clone()
    }
}

/// The id of a prompt that has no recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the prompt `{0}` has no recording; the line cannot do without it")]
pub struct MissingPrompt(pub String);

/// One fixed sentence. The numbered ones come from the constructors, which keep them in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Prompt {
    Greeting,
    /// 1 to 20.
    Count(u8),
    CountMany,
    CheckedAt,
    /// 0 to 23.
    Hour(u8),
    /// 1 to 59.
    Minute(u8),
    NoEvent,
    BulletinUnspoken,
    Closing,
    KeysHelp,
    OnceMore,
    Goodbye,
    MenuIntro,
    MenuPlace,
    /// 1 to 9.
    Press(u8),
    MenuChooseAgain,
    EndedIntro,
    EndedNone,
    KeyUnknown,
    Difficulty,
    LongestCall,
}

impl Prompt {
    /// "There are N bulletins", for one or more.
    pub(crate) fn count(bulletins: usize) -> Self {
        match u8::try_from(bulletins) {
            Ok(few @ 0..=MOST_COUNTED) => Self::Count(few.max(1)),
            _ => Self::CountMany,
        }
    }

    /// The hour of a 24-hour clock.
    pub(crate) fn hour(hour: i8) -> Self {
        Self::Hour(hour.unsigned_abs().min(23))
    }

    /// The minutes after the hour; a full hour has none to say.
    pub(crate) fn minute(minute: i8) -> Option<Self> {
        let minute = minute.unsigned_abs().min(59);
        (minute > 0).then_some(Self::Minute(minute))
    }

    /// "Press N", for the first to ninth choice.
    pub(crate) fn press(choice: usize) -> Self {
        Self::Press(u8::try_from(choice).map_or(9, |choice| choice.clamp(1, 9)))
    }

    fn all() -> impl Iterator<Item = Self> {
        PLAIN
            .into_iter()
            .chain((1..=MOST_COUNTED).map(Self::Count))
            .chain((1..=9).map(Self::Press))
            .chain((0..=23).map(Self::Hour))
            .chain((1..=59).map(Self::Minute))
    }

    fn id(self) -> String {
        let plain = match self {
            Self::Count(number) => return format!("count_{number}"),
            Self::Hour(number) => return format!("hour_{number}"),
            Self::Minute(number) => return format!("minute_{number}"),
            Self::Press(number) => return format!("press_{number}"),
            Self::Greeting => "greeting",
            Self::CountMany => "count_many",
            Self::CheckedAt => "checked_at",
            Self::NoEvent => "no_event",
            Self::BulletinUnspoken => "bulletin_unspoken",
            Self::Closing => "closing",
            Self::KeysHelp => "keys_help",
            Self::OnceMore => "once_more",
            Self::Goodbye => "goodbye",
            Self::MenuIntro => "menu_intro",
            Self::MenuPlace => "menu_place",
            Self::MenuChooseAgain => "menu_choose_again",
            Self::EndedIntro => "ended_intro",
            Self::EndedNone => "ended_none",
            Self::KeyUnknown => "key_unknown",
            Self::Difficulty => "difficulty",
            Self::LongestCall => "longest_call",
        };
        plain.to_owned()
    }
}

/// The prompts without a number.
const PLAIN: [Prompt; 17] = [
    Prompt::Greeting,
    Prompt::CountMany,
    Prompt::CheckedAt,
    Prompt::NoEvent,
    Prompt::BulletinUnspoken,
    Prompt::Closing,
    Prompt::KeysHelp,
    Prompt::OnceMore,
    Prompt::Goodbye,
    Prompt::MenuIntro,
    Prompt::MenuPlace,
    Prompt::MenuChooseAgain,
    Prompt::EndedIntro,
    Prompt::EndedNone,
    Prompt::KeyUnknown,
    Prompt::Difficulty,
    Prompt::LongestCall,
];
/// Beyond this many bulletins the line says "many".
const MOST_COUNTED: u8 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_set_is_accepted_and_every_constructor_stays_within_it() {
        let prompts = HousePrompts::new(complete()).unwrap();

        for number in 0..300 {
            prompts.reels(Prompt::count(number));
            prompts.reels(Prompt::press(number));
        }
        for number in i8::MIN..=i8::MAX {
            prompts.reels(Prompt::hour(number));
            Prompt::minute(number).map(|prompt| prompts.reels(prompt));
        }
    }

    #[test]
    fn a_set_without_one_prompt_is_refused_by_its_id() {
        for id in HousePrompts::ids() {
            let mut recordings = complete();
            recordings.remove(&id);
            assert_eq!(
                HousePrompts::new(recordings).unwrap_err(),
                MissingPrompt(id)
            );
        }
    }

    #[test]
    fn the_line_needs_these_129_prompts() {
        let ids: Vec<_> = HousePrompts::ids().collect();
        assert_eq!(ids.len(), 17 + 20 + 9 + 24 + 59);
        for id in ["count_20", "press_9", "hour_0", "minute_59", "no_event"] {
            assert!(ids.iter().any(|one| one == id), "{id}");
        }
        assert!(!ids.iter().any(|one| one == "minute_0" || one == "count_0"));
    }

    fn complete() -> HashMap<String, Reels> {
        HousePrompts::ids()
            .map(|id| (id, Reels::from_samples(&[0; 160])))
            .collect()
    }
}
