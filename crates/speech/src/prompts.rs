//! The fixed sentences of the line: each a text and its sound, embedded ready to be sent.
//!
//! They live in `prompts/fr` and `prompts/en` of the repository, the same ids in both, `ID.txt`
//! beside `ID.wav`, so that a person's voice can take the place of the built-in one file by file:
//! any WAV that [`crate::wav::read`] reads will do, since both bands, their level and their limits are made
//! from it when the program is built (`build.rs`). A line whose every other part has failed still has these.

#[cfg(test)]
mod finish;
mod regenerate;

pub use regenerate::{RegenerateError, Report, regenerate};

use bulletin::Language;

use crate::chain::Edges;

/// A fixed sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Its name, that of the file: `greeting`, `count_3`, `hour_14` …
    pub id: &'static str,
    /// For callers of which language; what it says may be for the others ([`Prompt::language`]).
    pub of: Language,
    /// What is said.
    pub text: &'static str,
    /// As it is sent: in A-law, then in µ-law, then in G.722, as many octets of each.
    octets: &'static [u8],
    /// Of what that was made: a WAV file; the built-in ones have 16 kHz, 16 bits, and no band cut yet.
    #[cfg(test)]
    wav: &'static [u8],
}

impl Prompt {
    /// The language it is spoken in.
    pub fn language(&self) -> Language {
        spoken_in(self.id, self.of)
    }

    /// The sound as it is sent, 8 octets a millisecond; empty for a text that nobody has spoken yet.
    pub fn sound(&self) -> Encoded {
        let (pcma, rest) = self.octets.split_at(self.octets.len() / 3);
        let (pcmu, g722) = rest.split_at(rest.len() / 2);
        Encoded { pcma, pcmu, g722 }
    }
}

/// A sound in each codec of the line, as many octets in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// In A-law (G.711).
    pub pcma: &'static [u8],
    /// In µ-law (G.711).
    pub pcmu: &'static [u8],
    /// In G.722, wide band.
    pub g722: &'static [u8],
}

/// All prompts for callers of a language, by id; every language has the same ids.
pub fn of(language: Language) -> &'static [Prompt] {
    let [french, english] = PROMPTS;
    match language {
        Language::French => french,
        Language::English => english,
    }
}

/// The prompt of this id for callers of a language.
pub fn find(language: Language, id: &str) -> Option<&'static Prompt> {
    let prompts = of(language);
    let place = prompts.binary_search_by(|prompt| prompt.id.cmp(id)).ok()?;
    prompts.get(place)
}

/// The pieces of an hour and of a menu line are joined closely; a breath follows the whole.
fn edges_of(id: &str) -> Edges {
    let kind = id.split('_').next().unwrap_or(id);
    match (id, kind) {
        ("checked_at", _) => Edges::of(100, 40),
        ("no_event", _) => Edges::of(450, 300),
        ("began" | "published", _) => Edges::of(100, 40),
        (_, "ago") => Edges::of(20, 300),
        ("menu_place", _) => Edges::of(100, 150),
        (_, "hour") => Edges::of(20, 50),
        (_, "minute") => Edges::of(20, 50),
        (_, "press") => Edges::of(30, 450),
        _ => Edges::SENTENCE,
    }
}

/// Whoever needs the other language does not understand this one.
fn spoken_in(id: &str, of: Language) -> Language {
    match (id, of) {
        ("other_language", Language::French) => Language::English,
        ("other_language", Language::English) => Language::French,
        (_, of) => of,
    }
}

static PROMPTS: [&[Prompt]; 2] = include!(concat!(env!("OUT_DIR"), "/prompt_list.rs"));

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::finish::finish;
    use super::regenerate::Origin;
    use super::*;
    use crate::level::{active_level_dbov, peak_dbov};
    use crate::{Bands, Lexicon, Pcm, chain, normalise, wav};

    #[test]
    fn what_the_build_lists_is_the_same_wherever_it_is_built() {
        for list in [
            include_str!(concat!(env!("OUT_DIR"), "/prompt_list.rs")),
            include_str!(concat!(env!("OUT_DIR"), "/voice_files.rs")),
        ] {
            let count = |words: &str| list.matches(words).count();
            let all = count("include_bytes!(") + count("include_str!(");
            assert!(all > 0);
            assert_eq!(count("concat!(env!("), all);
        }
    }

    #[test]
    fn every_prompt_of_the_line_is_there_with_text_and_sound() {
        let mut ids: Vec<String> = [
            "greeting",
            "count_many",
            "checked_at",
            "no_event",
            "bulletin_unspoken",
            "closing",
            "once_more",
            "goodbye",
            "keys_help",
            "menu_intro",
            "menu_place",
            "menu_choose_again",
            "ended_intro",
            "ended_none",
            "key_unknown",
            "difficulty",
            "longest_call",
            "other_language",
            "message_in_other_language",
            "notice_offer",
            "notice_intro",
            "notice_again",
            "notice_found",
            "notice_none",
            "notice_thanks",
            "authorities_in_charge",
            "emergency_reminder",
            "withdrawn",
            "began",
            "published",
            "ago_now",
            "ago_long",
        ]
        .map(str::to_owned)
        .to_vec();
        ids.extend(DICTATION.map(|id| format!("dictation_{id}")));
        let events = bulletin::Event::ALL.iter();
        ids.extend(events.map(|event| format!("dictation_event_{}", event.as_str())));
        ids.extend((1..=20).map(|n| format!("count_{n}")));
        ids.extend((1..=9).map(|n| format!("press_{n}")));
        let minutes = (1..=10).chain((15..=55).step_by(5));
        ids.extend(minutes.map(|n| format!("ago_minutes_{n}")));
        ids.extend((1..=12).map(|n| format!("ago_hours_{n}")));
        ids.extend((0..=23).map(|n| format!("hour_{n}")));
        ids.extend((1..=59).map(|n| format!("minute_{n}")));
        for language in Language::ALL.iter().copied() {
            for id in &ids {
                let prompt = find(language, id).unwrap_or_else(|| panic!("{id} is missing"));
                assert!(!prompt.text.trim().is_empty(), "{id} has no text");
                assert!(
                    !prompt.sound().pcma.is_empty(),
                    "{id} has no sound: make prompts"
                );
            }
            assert_eq!(of(language).len(), ids.len(), "one that nobody asks for");
            assert!(find(language, "hour_24").is_none());
        }
    }

    #[test]
    fn no_sound_is_older_than_its_text() {
        for prompt in everyone() {
            // A file that somebody put there says nothing of itself.
            let Some(known) = Origin::of(prompt.wav) else {
                continue;
            };
            let words =
                regenerate::words_of(prompt.id, prompt.text, prompt.of, &Lexicon::built_in());
            let edges = edges_of(prompt.id);
            let wanted = Origin::new(&words.unwrap(), prompt.language(), &known.maker, edges);
            assert_eq!(
                known, wanted,
                "{} of {:?}: make prompts",
                prompt.id, prompt.of
            );
        }
    }

    #[test]
    fn the_way_to_the_other_language_is_said_in_that_language() {
        for language in Language::ALL.iter().copied() {
            let prompt = find(language, "other_language").unwrap();
            assert_ne!(prompt.language(), language);
            assert_eq!(find(language, "closing").unwrap().language(), language);
        }
    }

    /// What operators hear who post by telephone, besides the events and the keys.
    const DICTATION: [&str; 20] = [
        "welcome",
        "code",
        "pin",
        "wrong",
        "locked",
        "busy",
        "unchecked",
        "kind",
        "more",
        "back",
        "speak",
        "unheard",
        "faint",
        "playback",
        "review",
        "published",
        "failed",
        "unconfirmed",
        "abandoned",
        "kept",
    ];

    #[test]
    fn sound_is_as_long_as_its_text_in_both_bands() {
        for (prompt, bands) in &*FINISHED {
            let pcm = wav::read(prompt.wav).unwrap();
            assert_eq!(bands.wide.len(), 2 * bands.phone.len(), "{}", prompt.id);
            let Encoded { pcma, pcmu, g722 } = prompt.sound();
            for octets in [pcma, pcmu, g722] {
                assert_eq!(octets.len(), bands.phone.len(), "{}", prompt.id);
            }
            let phone = Pcm {
                samples: bands.phone.clone(),
                sample_rate: 8000,
            };
            assert_eq!(phone.duration_ms(), pcm.duration_ms(), "{}", prompt.id);
            let words = normalise(prompt.text, prompt.language(), &Lexicon::built_in()).unwrap();
            let characters = u32::try_from(words.length()).unwrap();
            let duration_ms = pcm.duration_ms();
            assert!(
                duration_ms >= 40 * characters,
                "{}: {duration_ms} ms",
                prompt.id
            );
            assert!(
                duration_ms <= 1000 + 130 * characters,
                "{}: {duration_ms} ms",
                prompt.id
            );
        }
    }

    /// A single short word has less time than the meter's 200 ms hangover; with a quarter of a
    /// second of silence after it the hangover is whole, as it is when the word is heard in a row.
    #[test]
    fn all_prompts_are_equally_loud_and_none_is_too_high() {
        for (prompt, bands) in &*FINISHED {
            for (samples, rate) in [(&bands.phone, 8000), (&bands.wide, 16_000)] {
                assert!(peak_dbov(samples) <= -6.0, "{} at {rate} Hz", prompt.id);
                let mut samples = samples.clone();
                samples.extend([0; 4000]);
                let level = active_level_dbov(&samples, rate).unwrap();
                assert!(
                    (level.dbov - -26.0).abs() <= 1.0,
                    "{} at {rate} Hz: {level:?}",
                    prompt.id
                );
            }
        }
    }

    #[test]
    fn a_voice_of_any_rate_and_loudness_can_take_the_place_of_the_built_in_one() {
        let built_in = wav::read(find(Language::French, "closing").unwrap().wav).unwrap();
        for (rate, gain) in [(8000, 0.5), (22_050, 0.2), (48_000, 1.6)] {
            let sound = chain::resample(&built_in.to_unit(), built_in.sample_rate, rate, 0.95);
            let sound: Vec<f64> = sound.iter().map(|x| x * gain).collect();
            let file = wav::write(&Pcm::from_unit(&sound, rate));
            let bands = finish(&file).unwrap();
            assert_eq!(bands.wide.len(), 2 * bands.phone.len());
            let lasts = bands.phone.len() / 8;
            assert!(
                lasts.abs_diff(built_in.duration_ms() as usize) <= 1,
                "{rate} Hz"
            );
            for (sound, rate) in [(bands.phone, 8000), (bands.wide, 16_000)] {
                let level = active_level_dbov(&sound, rate).unwrap();
                assert!((level.dbov - -26.0).abs() <= 0.5, "{level:?}");
            }
        }
    }

    #[test]
    fn a_file_without_speech_is_refused() {
        let silent = wav::write(&Pcm {
            samples: vec![0; 8000],
            sample_rate: 8000,
        });
        for wav in [silent, b"RIFF".to_vec()] {
            assert!(finish(&wav).is_err());
        }
    }

    #[test]
    fn hours_and_minutes_say_what_their_name_says() {
        for prompt in of(Language::French) {
            let said = |written: String| {
                normalise(&written, Language::French, &Lexicon::built_in())
                    .unwrap()
                    .as_str()
                    .to_owned()
            };
            if let Some(hour) = prompt.id.strip_prefix("hour_") {
                assert_eq!(said(format!("{hour}h")), prompt.text.trim());
            }
            if let Some(minute) = prompt.id.strip_prefix("minute_") {
                assert_eq!(
                    said(format!("0h{minute:0>2}")),
                    format!("zéro heure {}", prompt.text.trim())
                );
            }
        }
    }

    #[test]
    fn the_greeting_is_at_most_six_seconds_and_names_the_emergency_numbers() {
        for (language, named) in [
            (
                Language::French,
                ["information", "gratuite", "18", "112", "114"],
            ),
            (
                Language::English,
                [
                    "information",
                    "free",
                    "eighteen",
                    "one one two",
                    "one one four",
                ],
            ),
        ] {
            let greeting = find(language, "greeting").unwrap();
            assert!(wav::read(greeting.wav).unwrap().duration_ms() <= 6000);
            for named in named {
                assert!(greeting.text.contains(named), "{named}");
            }
        }
    }

    /// Every fixed sentence as callers hear it: eighteen minutes of sound, brought there once for all tests.
    static FINISHED: LazyLock<Vec<(&Prompt, Bands)>> =
        LazyLock::new(|| everyone().map(|it| (it, finish(it.wav).unwrap())).collect());

    fn everyone() -> impl Iterator<Item = &'static Prompt> {
        Language::ALL.iter().copied().flat_map(of)
    }
}
