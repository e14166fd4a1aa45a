//! From a voice's raw sound to a wide-band master, and from the master to the telephone.
//!
//! ```text
//! voice -> 16 kHz -> high-pass 80 Hz (no DC) -> trimmed silence              = master
//! master -> -19 LUFS, true peak below -1 dBTP                                   = web
//! master -> the voice's equaliser -> active level -26 dBov                      = equalised
//! equalised -> high-pass 300 Hz -> 8 kHz, low-pass 3.4 kHz -> level             = phone
//! equalised -> high-pass 100 Hz -> low-pass 7 kHz          -> level             = wide
//! level: active level -26 dBov, soft limiter at -6 dBov
//! ```
//!
//! The level is set again after the band is cut: what a telephone drops must not count as loudness.
//! Start with [`master`], [`web()`], [`equalise`] and [`bands`].

mod equaliser;
mod filter;
mod limiter;
mod resample;
mod trim;
mod web;

pub use equaliser::{Equaliser, EqualiserError, Tone};

pub(crate) use resample::{Stream, resample};
pub(crate) use trim::Edges;
pub(crate) use web::web;

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

/// How much a telephone must amplify a master to hear it at the level of the line.
///
/// # Errors
/// [`ChainError::Silent`] when nothing of it is left in the band.
pub(crate) fn phone_gain_db(master: &Pcm) -> Result<f64, ChainError> {
    let level = speech_level(&narrowed(master.to_unit()), PHONE_RATE);
    Ok(PHONE_DBOV - level.ok_or(ChainError::Silent)?)
}

/// What telephones are sent: one sound in two bands, at one level, of one length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    /// 8 kHz, 300 to 3400 Hz, ready for G.711.
    pub phone: Vec<i16>,
    /// 16 kHz, 100 to 7000 Hz, ready for G.722; exactly twice as many samples, each pair at the
    /// instant of one in `phone`.
    pub wide: Vec<i16>,
}

/// A master as telephones need it, before a band is cut from it.
///
/// - `equaliser`: that of the voice. The wide band needs it as much as the narrow one: most of a
///   muffled voice's power is below 300 Hz, so that at the same level less is left for the
///   consonants than where those low tones are cut.
///
/// # Errors
/// [`ChainError`] when there is no speech in it, or too little to be brought to the level.
pub(crate) fn equalise(master: &Pcm, equaliser: &Equaliser) -> Result<Pcm, ChainError> {
    let mut sound = master.to_unit();
    equaliser.run(&mut sound, MASTER_RATE);
    let gain_db = gain_db(&sound, MASTER_RATE)?;
    Ok(Pcm::from_unit(&amplified(&sound, gain_db), MASTER_RATE))
}

/// Both telephone branches of a sound of 16 kHz: active level -26 dBov, no sample above -6 dBov.
///
/// # Errors
/// [`ChainError`] when there is no speech in a band, or too little to be brought to the level.
pub(crate) fn bands(equalised: &Pcm) -> Result<Bands, ChainError> {
    let mut sound = equalised.to_unit();
    let phone = set_level(&narrowed(sound.clone()), PHONE_RATE)?;
    sound.truncate(2 * phone.len());
    let wide = set_level(&widely(sound), MASTER_RATE)?;
    Ok(Bands { phone, wide })
}

/// The band of every telephone.
fn narrowed(mut sound: Vec<f64>) -> Vec<f64> {
    for q in BUTTERWORTH_4 {
        Biquad::high_pass(300.0, MASTER_RATE, q).run(&mut sound);
    }
    resample(&sound, MASTER_RATE, PHONE_RATE, 0.89)
}

/// The band of G.722.
fn widely(mut sound: Vec<f64>) -> Vec<f64> {
    for q in BUTTERWORTH_4 {
        Biquad::high_pass(100.0, MASTER_RATE, q).run(&mut sound);
        Biquad::low_pass(7000.0, MASTER_RATE, q).run(&mut sound);
    }
    sound
}

/// Gain and limiter work on each other, so they take turns until the level is right.
fn set_level(sound: &[f64], rate: u32) -> Result<Vec<i16>, ChainError> {
    let mut gain_db = gain_db(sound, rate)?;
    let mut levelled = sound.to_vec();
    for _ in 0..4 {
        levelled = amplified(sound, gain_db);
        if !limiter::limit(&mut levelled, rate, LIMIT) {
            // Nothing but the gain has changed the level, and it is the one that was measured for.
            break;
        }
        let miss = PHONE_DBOV - speech_level(&levelled, rate).ok_or(ChainError::Silent)?;
        if miss.abs() < 0.1 {
            break;
        }
        gain_db += miss;
    }
    Ok(Pcm::from_unit(&levelled, rate).samples)
}

/// What brings a sound to the level of the line.
fn gain_db(sound: &[f64], rate: u32) -> Result<f64, ChainError> {
    let dbov = speech_level(sound, rate).ok_or(ChainError::Silent)?;
    let gain_db = PHONE_DBOV - dbov;
    if gain_db > MOST_GAIN_DB {
        return Err(ChainError::TooQuiet { dbov });
    }
    Ok(gain_db)
}

fn amplified(sound: &[f64], gain_db: f64) -> Vec<f64> {
    let gain = 10.0_f64.powf(gain_db / 20.0);
    sound.iter().map(|x| x * gain).collect()
}

/// The active level with a hangover's length of silence after it, so that a single word measures
/// like the same word in a sentence.
fn speech_level(sound: &[f64], rate: u32) -> Option<f64> {
    let mut samples = Pcm::from_unit(sound, rate).samples;
    let silence = usize::try_from(rate / 4).unwrap_or(0);
    samples.resize(samples.len() + silence, 0);
    active_level_dbov(&samples, rate).map(|level| level.dbov)
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

    fn shelf(gain_db: f64) -> Equaliser {
        Equaliser::of(&[Tone::High {
            hertz: 1200.0,
            gain_db,
        }])
    }

    /// Passes a steady tone through the band of the telephone and says what is left, in dB.
    fn band_db(hertz: f64) -> f64 {
        let narrow = narrowed(tone(hertz, 0.1, 1.0, MASTER_RATE));
        let middle = &narrow[2000..6000];
        let power = middle.iter().map(|x| x * x).sum::<f64>() / 4000.0;
        10.0 * power.max(1e-20).log10() + 23.01
    }

    #[test]
    fn the_band_of_the_telephone_passes_and_the_rest_does_not() {
        for hertz in [500.0, 1000.0, 2000.0, 3000.0, 3300.0] {
            assert!(band_db(hertz).abs() < 0.8, "{hertz} Hz");
        }
        assert!(band_db(100.0) < -35.0);
        assert!((band_db(300.0) - -3.0).abs() < 0.3);
        for hertz in [4000.0, 4700.0, 5500.0, 7000.0] {
            assert!(band_db(hertz) < -50.0, "{hertz} Hz would fold back");
        }
    }

    #[test]
    fn the_wide_band_passes_and_hum_does_not() {
        let passed_db = |hertz: f64| {
            let wide = widely(tone(hertz, 0.1, 1.0, MASTER_RATE));
            let power = wide[4000..12_000].iter().map(|x| x * x).sum::<f64>() / 8000.0;
            10.0 * power.max(1e-20).log10() + 23.01
        };
        for hertz in [200.0, 300.0, 1000.0, 3500.0, 5000.0, 6500.0] {
            assert!(
                passed_db(hertz).abs() < 1.0,
                "{hertz} Hz: {}",
                passed_db(hertz)
            );
        }
        assert!(passed_db(50.0) < -23.0);
        assert!((passed_db(7000.0) - -3.0).abs() < 0.3);
        assert!(passed_db(7800.0) < -30.0);
    }

    #[test]
    fn both_bands_have_one_length_and_speak_at_one_instant() {
        let mut pcm = words(800.0, 0.1);
        pcm.samples.push(0);
        let master = master(&pcm, Edges::of(100, 301)).unwrap();
        let bands = bands(&equalise(&master, &shelf(12.0)).unwrap()).unwrap();
        assert_eq!(bands.wide.len(), 2 * bands.phone.len());
        let onset = |sound: &[i16]| sound.iter().position(|s| s.abs() > 1000).unwrap();
        let (narrow, wide) = (onset(&bands.phone), onset(&bands.wide));
        assert!(
            (2 * narrow).abs_diff(wide) < 16,
            "{narrow} at 8 kHz, {wide} at 16 kHz"
        );
    }

    #[test]
    fn loud_and_quiet_voices_come_out_at_the_same_level() {
        for amplitude in [0.01, 0.1, 0.9] {
            let master = master(&words(800.0, amplitude), Edges::SENTENCE).unwrap();
            let bands = bands(&equalise(&master, &shelf(9.0)).unwrap()).unwrap();
            for (sound, rate) in [(bands.phone, PHONE_RATE), (bands.wide, MASTER_RATE)] {
                let level = active_level_dbov(&sound, rate).unwrap();
                assert!(
                    (level.dbov - PHONE_DBOV).abs() < 0.5,
                    "{rate} Hz: {level:?}"
                );
                assert!(crate::level::peak_dbov(&sound) <= -6.0);
            }
        }
    }

    #[test]
    fn a_click_in_the_speech_does_not_pass_the_limit() {
        let mut pcm = words(800.0, 0.05);
        for sample in pcm.samples.iter_mut().skip(12_000).step_by(4000).take(4) {
            *sample = i16::MAX;
        }
        let master = master(&pcm, Edges::SENTENCE).unwrap();
        let bands = bands(&equalise(&master, &shelf(12.0)).unwrap()).unwrap();
        assert!(crate::level::peak_dbov(&bands.phone) <= -6.0);
        assert!(crate::level::peak_dbov(&bands.wide) <= -6.0);
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
        assert!(matches!(
            equalise(&nothing, &Equaliser::default()),
            Err(ChainError::Silent)
        ));
        assert!(matches!(bands(&nothing), Err(ChainError::Silent)));
    }
}
