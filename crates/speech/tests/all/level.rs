//! The speech voltmeter against that of ITU-T G.191, see `fixtures/p56/README.md`.

use std::f64::consts::TAU;

use speech::level::{ActiveLevel, active_level_dbov};
use speech::wav;

#[test]
fn a_tone_reads_as_on_the_voltmeter_of_g191() {
    let tone: Vec<i16> = (0..40_000_u32)
        .map(|at| 8000.0 * (TAU * 1000.0 * f64::from(at) / 8000.0).sin())
        .map(|x| format!("{x:.0}").parse().unwrap())
        .collect();
    assert_reads(active_level_dbov(&tone, 8000).unwrap(), -15.236, 0.9951);
}

#[test]
fn speech_reads_as_on_the_voltmeter_of_g191() {
    let speech = wav::read(include_bytes!("../fixtures/p56/speech.wav")).unwrap();
    let level = active_level_dbov(&speech.samples, speech.sample_rate).unwrap();
    assert_reads(level, -16.460, 0.8563);
}

fn assert_reads(level: ActiveLevel, dbov: f64, activity: f64) {
    assert!((level.dbov - dbov).abs() < 0.05, "{level:?}");
    assert!((level.activity - activity).abs() < 0.01, "{level:?}");
}
