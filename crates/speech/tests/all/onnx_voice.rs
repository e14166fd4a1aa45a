//! A Piper voice with a tiny model of our own, and everything that may be missing or broken about one.
//!
//! `scripts/set-up.sh test` puts onnxruntime where this looks for it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bulletin::Language;
use speech::level::active_level_dbov;
use speech::{
    Equaliser, Lexicon, OnnxConfig, OnnxVoice, Spoken, Studio, Voice, VoiceError, normalise,
};

#[test]
fn a_model_with_pipers_signature_reads_a_bulletin_aloud() {
    let voice = OnnxVoice::new(config());
    let id = voice.id();
    let recording = Studio::new(vec![Box::new(voice)])
        .record(&bulletin(), Language::French)
        .unwrap();
    assert_eq!(recording.engine, id);
    let level = active_level_dbov(&recording.phone, 8000).unwrap();
    assert!((level.dbov - -26.0).abs() <= 1.0, "{level:?}");
}

#[test]
fn each_phoneme_is_heard_and_sentences_are_half_a_second_apart() {
    let voice = OnnxVoice::new(config());
    let one = voice
        .speak(&words("Fumée noire."), Language::French)
        .unwrap();
    let two = voice
        .speak(&words("Fumée noire. Fumée noire."), Language::French)
        .unwrap();
    assert_eq!(one.sample_rate, 16_000);
    assert_eq!(one.samples.len() % 512, 0, "512 samples for each number");
    assert_eq!(two.samples.len(), 2 * one.samples.len() + 8000);
    assert!(one.duration_ms() > 600, "{one:?}");
}

#[test]
fn what_is_missing_is_named() {
    let here = PathBuf::from("/nowhere");
    let french = |path: PathBuf| vec![(Language::French, path)];
    let cases = [
        (
            OnnxConfig {
                library: here.join("libonnxruntime.so"),
                ..config()
            },
            "/nowhere/libonnxruntime.so is not there",
        ),
        (
            OnnxConfig {
                models: french(here.join("voice.onnx")),
                ..config()
            },
            "/nowhere/voice.onnx is not there",
        ),
        (
            OnnxConfig {
                espeak: here.join("espeak-ng"),
                ..config()
            },
            "cannot be started",
        ),
        (
            OnnxConfig {
                program: here.join("allo"),
                ..config()
            },
            "cannot be started",
        ),
    ];
    for (config, expected) in cases {
        let error = OnnxVoice::new(config)
            .speak(&bulletin(), Language::French)
            .unwrap_err();
        assert!(matches!(error, VoiceError::Unavailable(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let voice = OnnxVoice::new(config());
    assert!(voice.speaks(Language::French) && !voice.speaks(Language::English));
}

#[test]
fn a_broken_library_or_model_ends_in_an_error_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let junk = folder.path().join("junk.onnx");
    std::fs::write(&junk, b"not what it says").unwrap();
    std::fs::copy(
        model().with_extension("onnx.json"),
        folder.path().join("junk.onnx.json"),
    )
    .unwrap();
    let models = vec![(Language::French, junk.clone())];
    let no_table = folder.path().join("bare.onnx");
    std::fs::copy(model(), &no_table).unwrap();
    for config in [
        OnnxConfig {
            library: junk,
            ..config()
        },
        OnnxConfig { models, ..config() },
        OnnxConfig {
            models: vec![(Language::French, no_table)],
            ..config()
        },
        OnnxConfig {
            speaker: Some(3),
            ..config()
        },
    ] {
        let started = Instant::now();
        let outcome = OnnxVoice::new(config).speak(&bulletin(), Language::French);
        assert!(outcome.is_err(), "{outcome:?}");
        assert!(started.elapsed() < Duration::from_secs(9));
    }
}

#[test]
fn another_model_speaker_or_pace_is_another_voice() {
    let id = |config| OnnxVoice::new(config).id();
    let plain = id(config());
    assert_eq!(plain, id(config()));
    assert_ne!(
        plain,
        id(OnnxConfig {
            speaker: Some(1),
            ..config()
        })
    );
    assert_ne!(
        plain,
        id(OnnxConfig {
            speeds: [1.0, 1.0],
            ..config()
        })
    );
    let models = vec![(Language::French, PathBuf::from("/other.onnx"))];
    assert_ne!(plain, id(OnnxConfig { models, ..config() }));
}

fn config() -> OnnxConfig {
    OnnxConfig {
        name: "tiny".into(),
        library: library(),
        models: vec![(Language::French, model())],
        speaker: None,
        speeds: [0.85, 1.0],
        espeak: "/usr/bin/espeak-ng".into(),
        program: env!("CARGO_BIN_EXE_speech_helper").into(),
        arguments: vec!["onnx".into()],
        timeout: Duration::from_secs(10),
        max_seconds: 60,
        equaliser: Equaliser::default(),
    }
}

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-voice/tiny.onnx")
}

fn library() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../target/tools/onnxruntime/libonnxruntime.so");
    assert!(path.is_file(), "no onnxruntime: run scripts/set-up.sh test");
    path
}

fn bulletin() -> Spoken {
    words("La torche est allumée depuis 14h30. On l'entend jusqu'à Grand-Quevilly.")
}

fn words(text: &str) -> Spoken {
    normalise(text, Language::French, &Lexicon::built_in()).unwrap()
}
