//! The table beside a Piper model: its rate, its scales, and the number of each phoneme.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What is known of a model.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) sample_rate: u32,
    /// The voice of espeak-ng whose phonemes the model was taught.
    pub(super) espeak_voice: String,
    pub(super) noise_scale: f64,
    pub(super) length_scale: f64,
    pub(super) noise_w: f64,
    pub(super) speakers: u32,
    ids: BTreeMap<char, Vec<i64>>,
}

impl Model {
    /// Reads `NAME.onnx.json`.
    ///
    /// # Errors
    /// In words that name the file.
    pub(super) fn read(model: &Path) -> Result<Self, String> {
        let path = table_of(model);
        let wrong = |why: String| format!("{}: {why}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: Table = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if table.phoneme_type.as_deref().unwrap_or("espeak") != "espeak" {
            return Err("the model reads no phonemes of espeak-ng".to_owned());
        }
        let voice = table.espeak.voice;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+');
        if !voice.starts_with(|c: char| c.is_ascii_alphabetic()) || !voice.chars().all(is_plain) {
            return Err(format!("{voice:?} is no voice of espeak-ng"));
        }
        if !(8000..=96_000).contains(&table.audio.sample_rate) {
            return Err(format!("{} samples a second", table.audio.sample_rate));
        }
        let scales = table.inference;
        let positive = [scales.noise_scale, scales.length_scale, scales.noise_w];
        if !positive.iter().all(|scale| (0.0..=10.0).contains(scale)) || scales.length_scale < 0.1 {
            return Err("a scale is not between 0 and 10".to_owned());
        }
        let ids: BTreeMap<char, Vec<i64>> = table
            .phoneme_id_map
            .into_iter()
            .filter_map(|(name, ids)| {
                let mut characters = name.chars();
                let first = characters.next()?;
                characters.next().is_none().then_some((first, ids))
            })
            .collect();
        for needed in [BEGIN, PAUSE, END] {
            if !ids.contains_key(&needed) {
                return Err(format!("phoneme_id_map has no {needed:?}"));
            }
        }
        Ok(Self {
            sample_rate: table.audio.sample_rate,
            espeak_voice: voice,
            noise_scale: scales.noise_scale,
            length_scale: scales.length_scale,
            noise_w: scales.noise_w,
            speakers: table.num_speakers.unwrap_or(1),
            ids,
        })
    }

    /// The numbers of a sentence: a sign before it, a pause after each phoneme, a sign behind it.
    /// A phoneme that the model was not taught is left out.
    pub(super) fn ids(&self, phonemes: &str) -> Vec<i64> {
        let of = |c: char| self.ids.get(&c).map(Vec::as_slice).unwrap_or_default();
        let mut ids = [of(BEGIN), of(PAUSE)].concat();
        for phoneme in phonemes.chars() {
            let known = of(phoneme);
            if !known.is_empty() {
                ids.extend(known);
                ids.extend(of(PAUSE));
            }
        }
        ids.extend(of(END));
        ids
    }
}

/// The file beside a model.
pub(super) fn table_of(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

#[derive(Deserialize)]
struct Table {
    audio: Audio,
    espeak: Espeak,
    #[serde(default)]
    inference: Scales,
    phoneme_type: Option<String>,
    phoneme_id_map: BTreeMap<String, Vec<i64>>,
    num_speakers: Option<u32>,
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: u32,
}

#[derive(Deserialize)]
struct Espeak {
    voice: String,
}

/// How much chance there is in sound and rhythm, and how slow it is.
#[derive(Deserialize)]
#[serde(default)]
struct Scales {
    noise_scale: f64,
    length_scale: f64,
    noise_w: f64,
}

impl Default for Scales {
    fn default() -> Self {
        Self {
            noise_scale: 0.667,
            length_scale: 1.0,
            noise_w: 0.8,
        }
    }
}

const BEGIN: char = '^';
const PAUSE: char = '_';
const END: char = '$';

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TABLE: &str = r#"{"audio":{"sample_rate":22050,"quality":"medium"},"espeak":{"voice":"fr"},
        "inference":{"noise_scale":0.5,"length_scale":1.2,"noise_w":0.7},"phoneme_type":"espeak",
        "phoneme_id_map":{"_":[0],"^":[1],"$":[2]," ":[3],"a":[14],"ʁ":[94,95]},"num_speakers":1}"#;

    #[test]
    fn phonemes_become_numbers_with_pauses_between() {
        let model = Model::parse(TABLE).unwrap();
        assert_eq!(model.ids("aʁ?"), [1, 0, 14, 0, 94, 95, 0, 2]);
        assert_eq!(model.sample_rate, 22_050);
        assert!((model.length_scale - 1.2).abs() < 1e-9);
    }

    #[test]
    fn a_table_that_cannot_be_meant_is_refused() {
        for (from, to) in [
            ("22050", "0"),
            ("\"fr\"", "\"-fr\""),
            ("\"fr\"", "\"fr;ls\""),
            ("1.2", "0"),
            ("\"^\":[1],", ""),
            ("\"espeak\",", "\"text\","),
            ("{\"audio\"", "[\"audio\""),
        ] {
            let table = TABLE.replacen(from, to, 1);
            assert_ne!(table, TABLE);
            assert!(Model::parse(&table).is_err(), "{to}");
        }
    }

    #[test]
    fn a_table_that_is_not_there_is_named() {
        let error = Model::read(Path::new("/nowhere/voice.onnx")).unwrap_err();
        assert!(error.contains("/nowhere/voice.onnx.json"), "{error}");
    }

    proptest! {
        #[test]
        fn no_table_makes_it_panic(place in 0_usize..400, what in any::<char>()) {
            let mut characters: Vec<char> = TABLE.chars().collect();
            let place = place % characters.len();
            characters[place] = what;
            let _ = Model::parse(&characters.into_iter().collect::<String>());
        }
    }
}
