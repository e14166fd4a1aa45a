//! The sentences that belong to no territory: the house prompts, complete or refused.
//!
//! A set that lacks one sentence is found at start-up, not in a caller's ear. Start with
//! [`HousePrompts`].

mod prompt;

pub(crate) use prompt::Prompt;

use std::collections::HashMap;

use bulletin::Language;
use media::Reels;

/// The sound of every fixed sentence of the call script, in both languages.
#[derive(Clone, Debug)]
pub struct HousePrompts {
    french: HashMap<Prompt, Reels>,
    english: HashMap<Prompt, Reels>,
}

impl HousePrompts {
    /// Takes recordings by language and prompt id (`greeting`, `count_1`, `hour_14` …); ids the line does not
    /// say are ignored.
    ///
    /// # Errors
    /// [`MissingPrompt`] with the first one that has no recording.
    pub fn new(mut recordings: HashMap<(Language, String), Reels>) -> Result<Self, MissingPrompt> {
        let mut of = |language: Language| {
            let one = |prompt: Prompt| {
                let id = prompt.id();
                let found = recordings.remove(&(language, id.clone()));
                Ok((prompt, found.ok_or(MissingPrompt { language, id })?))
            };
            Prompt::all().map(one).collect::<Result<_, _>>()
        };
        Ok(Self {
            french: of(Language::French)?,
            english: of(Language::English)?,
        })
    }

    /// Language and id of all prompts that [`HousePrompts::new`] asks for.
    pub fn ids() -> impl Iterator<Item = (Language, String)> {
        let of = |&language| Prompt::all().map(move |prompt| (language, prompt.id()));
        Language::ALL.iter().flat_map(of)
    }

    /// The sound of one prompt, in every codec.
    pub(crate) fn reels(&self, language: Language, prompt: Prompt) -> Reels {
        let set = match language {
            Language::French => &self.french,
            Language::English => &self.english,
        };
        set.get(&prompt)
            .expect("`new` refuses a set that lacks one of `all`, and constructors stay within it")
            .clone()
    }
}

/// The language and the id of a prompt that has no recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the prompt `{id}` has no recording in {}; the line cannot do without it", language.as_english())]
pub struct MissingPrompt {
    /// In which language.
    pub language: Language,
    /// Which one.
    pub id: String,
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_complete_set_is_accepted_and_every_constructor_stays_within_it() {
        let prompts = HousePrompts::new(complete()).unwrap();

        for &language in Language::ALL {
            for number in 0..300 {
                prompts.reels(language, Prompt::count(number));
                prompts.reels(language, Prompt::press(number));
            }
            for number in i8::MIN..=i8::MAX {
                prompts.reels(language, Prompt::hour(number));
                Prompt::minute(number).map(|prompt| prompts.reels(language, prompt));
            }
            for minutes in -100..3_000 {
                let elapsed = SignedDuration::from_mins(minutes);
                Prompt::ago(elapsed).map(|prompt| prompts.reels(language, prompt));
            }
        }
    }

    #[test]
    fn a_set_without_one_prompt_is_refused_by_its_language_and_id() {
        let complete = complete();
        for (language, id) in HousePrompts::ids() {
            let mut recordings = complete.clone();
            recordings.remove(&(language, id.clone()));
            assert_eq!(
                HousePrompts::new(recordings).unwrap_err(),
                MissingPrompt { language, id }
            );
        }
    }

    #[test]
    fn the_line_needs_these_175_prompts_in_each_language() {
        let ids: Vec<_> = HousePrompts::ids().collect();
        assert_eq!(ids.len(), 2 * (32 + 20 + 9 + 24 + 59 + 19 + 12));
        for id in ["count_20", "press_9", "hour_0", "minute_59", "no_event"] {
            for &language in Language::ALL {
                assert!(ids.contains(&(language, id.to_owned())), "{id}");
            }
        }
        assert!(
            !ids.iter()
                .any(|(_, id)| id == "minute_0" || id == "count_0")
        );
    }

    fn complete() -> HashMap<(Language, String), Reels> {
        let reels = Reels::from_samples(&[0; 160]);
        let ids = HousePrompts::ids();
        ids.map(|id| (id, reels.clone())).collect()
    }
}
