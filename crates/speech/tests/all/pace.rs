//! How fast the line speaks, and how long it waits between sentences: measured in sound.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bulletin::Language;
use speech::{EspeakVoice, Lexicon, PicoConfig, PicoVoice, Recording, Studio, Voice, normalise};

/// Somebody old and worried follows about 105 written words a minute; 150 is a newsreader's pace.
/// Bulletins hold figures, so their written words are fewer than those that are spoken. A third of the texts is enough for a mean.
#[test]
fn a_bulletin_is_read_at_about_105_words_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    for (voice, studio) in studios(folder.path()) {
        for (language, file) in [
            (Language::French, include_str!("../golden/fr.txt")),
            (Language::English, include_str!("../golden/en.txt")),
        ] {
            let (mut written_words, mut spoken_words, mut minutes) = (0.0, 0.0, 0.0);
            for text in written(file).step_by(3) {
                let recording = record(&studio, text, language);
                written_words += words(text);
                spoken_words += words(&recording.words);
                minutes += f64::from(recording.duration_ms()) / 60_000.0;
            }
            let (written, spoken) = (written_words / minutes, spoken_words / minutes);
            let code = language.as_str();
            println!("{voice}, {code}: {written:.0} written and {spoken:.0} spoken words a minute");
            assert!(
                (110.0..=140.0).contains(&spoken),
                "{voice}, {code}: {spoken:.0}"
            );
            if language == Language::French {
                assert!((95.0..=115.0).contains(&written), "{voice}: {written:.0}");
            }
        }
    }
}

fn words(text: &str) -> f64 {
    f64::from(u32::try_from(text.split_whitespace().count()).unwrap())
}

#[test]
fn at_least_half_a_second_parts_two_sentences() {
    let folder = tempfile::tempdir().unwrap();
    for (voice, studio) in studios(folder.path()) {
        for (language, text) in [
            (
                Language::French,
                "Torche et fumée. Le bruit peut durer. Publié aujourd'hui à douze heures. Merci.",
            ),
            (
                Language::English,
                "Flare and smoke. The noise may last. Posted today at noon. Thank you.",
            ),
        ] {
            let pauses = pauses_ms(&record(&studio, text, language));
            println!("{voice}, {}: pauses of {pauses:?} ms", language.as_str());
            let long = pauses.iter().filter(|ms| **ms >= 500).count();
            assert_eq!(long, 3, "{voice}: {pauses:?}");
        }
    }
}

/// The silences of 150 ms and more inside a recording.
fn pauses_ms(recording: &Recording) -> Vec<usize> {
    let samples = &recording.phone;
    let silent = |block: &[i16]| block.iter().all(|sample| sample.unsigned_abs() < 104);
    let mut pauses = Vec::new();
    let (mut run, mut heard) = (0, false);
    for block in samples.chunks(80) {
        if silent(block) {
            run += 10;
            continue;
        }
        if heard && run >= 150 {
            pauses.push(run);
        }
        (run, heard) = (0, true);
    }
    pauses
}

fn written(table: &str) -> impl Iterator<Item = &str> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(['#', '>']) && !line.starts_with("->"))
}

fn record(studio: &Studio, text: &str, language: Language) -> Recording {
    let words = normalise(text, language, &Lexicon::built_in()).unwrap();
    studio.record(&words, language).unwrap()
}

fn studios(folder: &Path) -> Vec<(&'static str, Studio)> {
    let pico = PicoVoice::new(PicoConfig {
        program: PathBuf::from(env!("CARGO_BIN_EXE_speech_helper")),
        arguments: vec![],
        data_dir: folder.join("voices"),
        timeout: Duration::from_secs(30),
        max_seconds: 180,
    });
    let mut studios = vec![("pico", Studio::new(vec![Box::new(pico) as Box<dyn Voice>]))];
    if let Some(espeak) = EspeakVoice::find(Duration::from_secs(30), 180) {
        studios.push(("espeak-ng", Studio::new(vec![Box::new(espeak)])));
    }
    studios
}
