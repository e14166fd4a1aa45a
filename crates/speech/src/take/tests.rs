//! A tone in words stands for a person: 0.3 s on, 0.1 s off.

use super::*;
use crate::chain::tone;
use crate::level::peak_dbov;

/// `seconds` of speech of this amplitude, between silences of a second.
fn spoken(hertz: f64, amplitude: f64, seconds: f64, rate: u32) -> Vec<f64> {
    let silence = |seconds: f64| tone(hertz, 0.0, seconds, rate);
    let mut sound = silence(1.0);
    let mut said = 0.2;
    while said < seconds {
        said += 0.4;
        sound.extend(tone(hertz, amplitude, 0.3, rate));
        sound.extend(silence(0.1));
    }
    sound.extend(silence(1.0));
    sound
}

fn take(hertz: f64, amplitude: f64, seconds: f64, rate: u32) -> Take {
    Take::new(Pcm::from_unit(
        &spoken(hertz, amplitude, seconds, rate),
        rate,
    ))
    .unwrap()
}

fn refusal(take: &Take) -> &'static str {
    take.master(Language::French)
        .map(|_| ())
        .unwrap_err()
        .code()
}

#[test]
fn a_person_is_heard_at_the_level_of_the_line_whatever_the_microphone_gave() {
    for (rate, amplitude) in [
        (8_000, 0.05),
        (11_025, 0.3),
        (44_100, 0.02),
        (48_000, 0.9),
        (192_000, 0.1),
    ] {
        let mastered = take(800.0, amplitude, 4.0, rate)
            .master(Language::French)
            .unwrap();
        let recording = &mastered.recording;
        let level = active_level_dbov(&recording.phone, 8_000).unwrap();
        assert!((level.dbov - -26.0).abs() < 0.5, "{rate} Hz: {level:?}");
        assert!(peak_dbov(&recording.phone) <= -6.0, "{rate} Hz");
        assert_eq!(recording.wide.len(), 2 * recording.phone.len());
        // 100 ms before and 300 ms after what is said.
        assert!(
            recording.duration_ms().abs_diff(4_300) < 60,
            "{} ms",
            recording.duration_ms()
        );
    }
}

#[test]
fn floating_point_is_the_same_sound() {
    let unit: Vec<f32> = spoken(800.0, 0.25, 2.0, 16_000)
        .iter()
        .map(|x| format!("{x}").parse().unwrap())
        .collect();
    let float = Take::from_unit(&unit, 16_000)
        .unwrap()
        .master(Language::French)
        .unwrap();
    let whole = take(800.0, 0.25, 2.0, 16_000)
        .master(Language::French)
        .unwrap();
    assert_eq!(float.recording.phone.len(), whole.recording.phone.len());
    assert!((float.dbov - whole.dbov).abs() < 0.01);
}

#[test]
fn the_key_follows_from_the_sound() {
    let key = |amplitude| {
        take(800.0, amplitude, 2.0, 16_000)
            .master(Language::French)
            .unwrap()
            .recording
            .key()
    };
    assert_eq!(key(0.1), key(0.1));
    assert_ne!(key(0.1), key(0.2));
    assert!(bulletin::RecordingKey::parse(&key(0.1)).is_ok());
}

#[test]
fn what_nobody_would_understand_is_refused_with_its_reason() {
    let silence = Take::new(Pcm {
        samples: vec![3; 48_000],
        sample_rate: 16_000,
    })
    .unwrap();
    assert_eq!(refusal(&silence), "recording-without-speech");
    let mut click = tone(800.0, 0.0, 2.0, 16_000);
    click[16_000..16_400].fill(0.5);
    let click = Take::new(Pcm::from_unit(&click, 16_000)).unwrap();
    assert_eq!(refusal(&click), "recording-without-speech");
    assert_eq!(
        refusal(&take(800.0, 0.006, 2.0, 16_000)),
        "recording-too-quiet"
    );
    assert_eq!(
        refusal(&take(100.0, 0.06, 2.0, 16_000)),
        "recording-muffled"
    );
    assert_eq!(refusal(&take(800.0, 3.0, 2.0, 16_000)), "recording-clipped");
    assert_eq!(
        refusal(&take(800.0, 0.1, 181.0, 8_000)),
        "recording-too-long"
    );
    assert!(
        take(800.0, 0.1, 179.0, 8_000)
            .master(Language::French)
            .is_ok()
    );
}

#[test]
fn what_is_no_sound_is_refused_before_it_is_looked_at() {
    let of = |samples, sample_rate| {
        Take::new(Pcm {
            samples,
            sample_rate,
        })
        .unwrap_err()
    };
    assert_eq!(of(vec![], 8_000), TakeRefusal::Empty);
    assert_eq!(of(vec![1, 2], 0), TakeRefusal::Rate(0));
    assert_eq!(of(vec![1, 2], 192_001), TakeRefusal::Rate(192_001));
    assert_eq!(of(vec![1; 4_000 * 251], 4_000), TakeRefusal::TooLong);
    assert!(
        Take::new(Pcm {
            samples: vec![1],
            sample_rate: 191_999
        })
        .is_ok()
    );
}

#[test]
fn a_quiet_or_slightly_clipped_voice_is_taken_with_a_warning() {
    let quiet = take(800.0, 0.012, 2.0, 16_000)
        .master(Language::French)
        .unwrap();
    assert!(
        matches!(quiet.warnings[..], [TakeWarning::Quiet { .. }]),
        "{:?}",
        quiet.warnings
    );
    let mut sound = Pcm::from_unit(&spoken(800.0, 0.3, 4.0, 16_000), 16_000);
    let some = sound.samples.len() / 200;
    for sample in sound.samples.iter_mut().skip(20_000).step_by(50).take(some) {
        *sample = i16::MIN;
    }
    let clipped = Take::new(sound).unwrap().master(Language::French).unwrap();
    assert!(
        matches!(clipped.warnings[..], [TakeWarning::Clipped { .. }]),
        "{:?}",
        clipped.warnings
    );
    assert_eq!(
        take(800.0, 0.1, 2.0, 16_000)
            .master(Language::French)
            .unwrap()
            .warnings,
        []
    );
}

#[test]
fn every_refusal_says_in_both_languages_what_to_do() {
    let all = [
        TakeRefusal::Empty,
        TakeRefusal::NoSpeech,
        TakeRefusal::TooQuiet { dbov: -50.0 },
        TakeRefusal::Muffled { gain_db: 25.0 },
        TakeRefusal::Clipped { per_cent: 3.0 },
        TakeRefusal::TooLong,
        TakeRefusal::Rate(7),
    ];
    for refusal in all {
        for words in [refusal.to_string(), refusal.english()] {
            assert!(
                words.matches('.').count() >= 2 && words.ends_with('.'),
                "{words}"
            );
        }
    }
}
