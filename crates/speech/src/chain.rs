//! From a voice's raw sound to a wide-band master, and from the master to the telephone.
//!
//! ```text
//! voice -> 16 kHz -> high-pass 80 Hz (no DC) -> trimmed silence              = master
//! master -> high-pass 300 Hz -> shelf at 1.2 kHz -> 8 kHz, low-pass 3.4 kHz
//!        -> active level -26 dBov, soft limiter at -6 dBov                   = phone
//! ```
//!
//! The level is set after the band is cut: what a telephone drops must not count as loudness.
//! Start with [`master`] and [`phone`].

mod filter;
mod limiter;
mod resample;
mod trim;

pub(crate) use resample::resample;
pub(crate) use trim::Edges;

use crate::level::active_level_dbov;
use crate::pcm::Pcm;
use filter::Biquad;

/// The wide-band recording: 16 kHz, no DC, silence kept only at its edges.
///
/// `None` when nothing in it is louder than -50 dBFS.
pub(crate) fn master(raw: &Pcm, edges: Edges) -> Option<Pcm> {
    let mut sound = resample(&raw.to_unit(), raw.sample_rate, MASTER_RATE, 0.95);
    Biquad::high_pass(80.0, MASTER_RATE, BUTTERWORTH_2).run(&mut sound);
    let kept = trim::trim(&sound, MASTER_RATE, edges)?;
    Some(Pcm::from_unit(&kept, MASTER_RATE))
}

/// The telephone branch of a master: 8 kHz, 300 to 3400 Hz, -26 dBov, no sample above -6 dBov.
///
/// - `shelf_db`: gain above 1.2 kHz, for a voice that sounds muffled; 0.0 for none.
///
/// # Errors
/// [`ChainError`] when there is no speech in it, or too little to be brought to the level.
pub(crate) fn phone(master: &Pcm, shelf_db: f64) -> Result<Vec<i16>, ChainError> {
    let mut sound = master.to_unit();
    for q in BUTTERWORTH_4 {
        Biquad::high_pass(300.0, MASTER_RATE, q).run(&mut sound);
    }
    if shelf_db != 0.0 {
        Biquad::high_shelf(1200.0, MASTER_RATE, shelf_db).run(&mut sound);
    }
    let narrow = resample(&sound, MASTER_RATE, PHONE_RATE, 0.89);
    set_level(&narrow)
}

/// Gain and limiter work on each other, so they take turns until the level is right.
fn set_level(narrow: &[f64]) -> Result<Vec<i16>, ChainError> {
    let measured = speech_level(narrow).ok_or(ChainError::Silent)?;
    let mut gain_db = PHONE_DBOV - measured;
    if gain_db > MOST_GAIN_DB {
        return Err(ChainError::TooQuiet { dbov: measured });
    }
    let mut phone = narrow.to_vec();
    for _ in 0..4 {
        let gain = 10.0_f64.powf(gain_db / 20.0);
        phone = narrow.iter().map(|x| x * gain).collect();
        limiter::limit(&mut phone, PHONE_RATE, LIMIT);
        let miss = PHONE_DBOV - speech_level(&phone).ok_or(ChainError::Silent)?;
        if miss.abs() < 0.1 {
            break;
        }
        gain_db += miss;
    }
    Ok(Pcm::from_unit(&phone, PHONE_RATE).samples)
}

/// The active level with a hangover's length of silence after it, so that a single word measures
/// like the same word in a sentence.
pub(crate) fn speech_level(sound: &[f64]) -> Option<f64> {
    let mut samples = Pcm::from_unit(sound, PHONE_RATE).samples;
    samples.extend([0; PHONE_RATE as usize / 4]);
    active_level_dbov(&samples, PHONE_RATE).map(|level| level.dbov)
}

/// Why a sound cannot go on the telephone.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// Nothing in it is speech.
    #[error("the sound is silent")]
    Silent,
    /// It would need so much gain that noise would be heard.
    #[error("the speech is at {dbov:.1} dBov, too quiet for the telephone")]
    TooQuiet {
        /// Active level before any gain.
        dbov: f64,
    },
}

/// Samples a second of a master.
pub(crate) const MASTER_RATE: u32 = 16_000;
/// Samples a second on the telephone.
pub(crate) const PHONE_RATE: u32 = 8000;
/// The active level of everything the line says, in dBov (ITU-T P.830 speech test level).
pub(crate) const PHONE_DBOV: f64 = -26.0;
/// -6.1 dBov: rounding to 16 bits stays under -6.
const LIMIT: f64 = 0.4954;
const MOST_GAIN_DB: f64 = 35.0;
const BUTTERWORTH_2: f64 = std::f64::consts::FRAC_1_SQRT_2;
const BUTTERWORTH_4: [f64; 2] = [0.541_196_1, 1.306_563];

/// A sine from phase 0, on a scale of ±1.0.
#[cfg(test)]
pub(crate) fn tone(hertz: f64, amplitude: f64, seconds: f64, rate: u32) -> Vec<f64> {
    let step = std::f64::consts::TAU * hertz / f64::from(rate);
    let mut sound = Vec::new();
    let mut at = 0.0;
    while at < seconds * f64::from(rate) {
        sound.push(amplitude * (step * at).sin());
        at += 1.0;
    }
    sound
}

/// Power of one frequency in dB re full-scale square wave (Goertzel), whole sound as one window.
#[cfg(test)]
pub(crate) fn goertzel_db(sound: &[f64], hertz: f64, rate: u32) -> f64 {
    let step = std::f64::consts::TAU * hertz / f64::from(rate);
    let (mut re, mut im, mut at) = (0.0, 0.0, 0.0);
    for x in sound {
        re += x * f64::cos(step * at);
        im += x * f64::sin(step * at);
        at += 1.0;
    }
    10.0 * (2.0 * (re * re + im * im) / (at * at)).max(1e-20).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone in words of 0.3 s, as a voice at 16 kHz would give it.
    fn words(hertz: f64, amplitude: f64) -> Pcm {
        let mut sound = vec![0.0; 8000];
        for _ in 0..6 {
            sound.extend(tone(hertz, amplitude, 0.3, MASTER_RATE));
            sound.extend(vec![0.0; 1600]);
        }
        sound.extend(vec![0.0; 16_000]);
        Pcm::from_unit(&sound, MASTER_RATE)
    }

    /// Passes a steady tone through the band of the telephone and says what is left, in dB.
    fn band_db(hertz: f64, shelf_db: f64) -> f64 {
        let mut sound = tone(hertz, 0.1, 1.0, MASTER_RATE);
        for q in BUTTERWORTH_4 {
            Biquad::high_pass(300.0, MASTER_RATE, q).run(&mut sound);
        }
        Biquad::high_shelf(1200.0, MASTER_RATE, shelf_db).run(&mut sound);
        let narrow = resample(&sound, MASTER_RATE, PHONE_RATE, 0.89);
        let middle = &narrow[2000..6000];
        let power = middle.iter().map(|x| x * x).sum::<f64>() / 4000.0;
        10.0 * power.max(1e-20).log10() + 23.01
    }

    #[test]
    fn the_band_of_the_telephone_passes_and_the_rest_does_not() {
        for hertz in [500.0, 1000.0, 2000.0, 3000.0, 3300.0] {
            assert!(band_db(hertz, 0.0).abs() < 0.8, "{hertz} Hz");
        }
        assert!(band_db(100.0, 0.0) < -35.0);
        assert!((band_db(300.0, 0.0) - -3.0).abs() < 0.3);
        for hertz in [4000.0, 4700.0, 5500.0, 7000.0] {
            assert!(band_db(hertz, 0.0) < -50.0, "{hertz} Hz would fold back");
        }
    }

    #[test]
    fn the_shelf_lifts_what_is_above_1200_hertz() {
        assert!((band_db(3000.0, 12.0) - 12.0).abs() < 0.8);
        assert!((band_db(1200.0, 12.0) - 6.0).abs() < 0.5);
        assert!(band_db(400.0, 12.0) < 0.5);
    }

    #[test]
    fn loud_and_quiet_voices_come_out_at_the_same_level() {
        for amplitude in [0.01, 0.1, 0.9] {
            let master = master(&words(800.0, amplitude), Edges::SENTENCE).unwrap();
            let phone = phone(&master, 9.0).unwrap();
            let level = active_level_dbov(&phone, PHONE_RATE).unwrap();
            assert!((level.dbov - PHONE_DBOV).abs() < 0.5, "{level:?}");
            assert!(crate::level::peak_dbov(&phone) <= -6.0);
        }
    }

    #[test]
    fn a_click_in_the_speech_does_not_pass_the_limit() {
        let mut pcm = words(800.0, 0.05);
        for sample in pcm.samples.iter_mut().skip(12_000).step_by(4000).take(4) {
            *sample = i16::MAX;
        }
        let phone = phone(&master(&pcm, Edges::SENTENCE).unwrap(), 12.0).unwrap();
        assert!(crate::level::peak_dbov(&phone) <= -6.0);
    }

    #[test]
    fn an_offset_leaves_before_silence_is_looked_for() {
        let mut pcm = words(800.0, 0.1);
        for sample in &mut pcm.samples {
            *sample += 2000;
        }
        let master = master(&pcm, Edges::SENTENCE).unwrap();
        let mean = master.to_unit().iter().sum::<f64>() / master.samples.len() as f64;
        assert!(mean.abs() < 0.001, "{mean}");
        assert!(master.duration_ms() < 4100, "{}", master.duration_ms());
    }

    #[test]
    fn silence_is_refused() {
        let silence = Pcm {
            samples: vec![3; 16_000],
            sample_rate: 22_050,
        };
        assert!(master(&silence, Edges::SENTENCE).is_none());
        let nothing = Pcm {
            samples: vec![0; 16_000],
            sample_rate: MASTER_RATE,
        };
        assert!(matches!(phone(&nothing, 0.0), Err(ChainError::Silent)));
    }
}
