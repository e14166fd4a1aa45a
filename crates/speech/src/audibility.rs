//! How much of speech is heard beside noise: a speech intelligibility index.
//!
//! The index goes from 0 (nothing) to 1 (everything that matters for understanding is there). Of
//! ANSI S3.5-1997 this takes the one-third octave bands that a telephone passes, their importance
//! for speech (table 3, made to sum to 1) and what each band contributes: `(SNR + 15 dB) / 30 dB`,
//! from 0 to 1 (§ 5.7). The noise is the crowd's: it has the standard's long-term spectrum of speech
//! at normal effort (table 1), in the same band.
//!
//! Left out, because nobody's ear and room are known here: the threshold of hearing, the spread of
//! masking, the distortion of very loud speech. So the figures compare voices and filters; they do
//! not foretell a score of words. Start with [`index`].

mod spectrum;

use crate::level::active_level_dbov;

/// The index of speech against noise of its own long-term kind.
///
/// - `phone`: 8 kHz, as a telephone sends it.
/// - `snr_db`: level of the active speech over that of the noise, both within the telephone's band.
///
/// `None` when nobody speaks.
pub fn index(phone: &[i16], snr_db: f64) -> Option<f64> {
    let level = active_level_dbov(phone, RATE)?;
    let speech = spectrum::of_active(phone, RATE, level.dbov, &BANDS.map(|band| band.hertz))?;
    let noise = BANDS.map(|band| band.speech_power());
    let scale = speech.iter().sum::<f64>() / noise.iter().sum::<f64>() / power(snr_db);
    let importance: f64 = BANDS.iter().map(|band| band.importance).sum();
    let heard = BANDS
        .iter()
        .zip(speech.iter().zip(noise))
        .map(|(band, (speech, noise))| {
            let snr_db = 10.0 * (speech / (noise * scale)).max(1e-9).log10();
            band.importance * ((snr_db + 15.0) / 30.0).clamp(0.0, 1.0)
        })
        .sum::<f64>();
    Some(heard / importance)
}

/// A one-third octave of ANSI S3.5-1997.
#[derive(Clone, Copy)]
struct Band {
    /// Its middle.
    hertz: f64,
    /// Its part of all that matters for speech, over the whole range of hearing.
    importance: f64,
    /// Level of each hertz of speech at normal effort, in dB.
    level_db: f64,
}

impl Band {
    /// Power of normal speech in the whole band.
    fn speech_power(self) -> f64 {
        power(self.level_db) * self.hertz * THIRD_WIDTH
    }
}

fn power(db: f64) -> f64 {
    10.0_f64.powf(db / 10.0)
}

/// Samples a second on the telephone.
const RATE: u32 = 8000;
/// Width of a third of an octave, as a part of its middle: 2^(1/6) - 2^(-1/6).
const THIRD_WIDTH: f64 = 0.231_563;

/// Those that a telephone passes whole.
const BANDS: [Band; 11] = [
    band(315.0, 0.0289, 33.98),
    band(400.0, 0.0440, 34.59),
    band(500.0, 0.0578, 34.27),
    band(630.0, 0.0653, 32.06),
    band(800.0, 0.0711, 28.30),
    band(1000.0, 0.0818, 25.01),
    band(1250.0, 0.0844, 23.00),
    band(1600.0, 0.0882, 20.15),
    band(2000.0, 0.0898, 17.32),
    band(2500.0, 0.0868, 13.18),
    band(3150.0, 0.0844, 11.55),
];

const fn band(hertz: f64, importance: f64, level_db: f64) -> Band {
    Band {
        hertz,
        importance,
        level_db,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pcm;
    use crate::chain::tone;

    /// Seven tones in each band, all bands with these powers.
    fn sound(powers: &[f64]) -> Vec<i16> {
        let mut sum = vec![0.0; 32_000];
        for (band, power) in BANDS.iter().zip(powers) {
            for step in -3..=3 {
                let hertz = band.hertz * 2.0_f64.powf(f64::from(step) / 24.0);
                let tone = tone(hertz, (power / 7.0).sqrt(), 4.0, RATE);
                for (sum, x) in sum.iter_mut().zip(tone) {
                    *sum += x;
                }
            }
        }
        let most = sum.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let sum: Vec<f64> = sum.iter().map(|x| x / most / 2.0).collect();
        Pcm::from_unit(&sum, RATE).samples
    }

    fn noise() -> Vec<f64> {
        BANDS.iter().map(|band| band.speech_power()).collect()
    }

    #[test]
    fn speech_of_the_noises_own_shape_is_half_heard_at_equal_level() {
        let speech = sound(&noise());
        for (snr_db, expected) in [
            (0.0, 0.5),
            (6.0, 0.7),
            (-6.0, 0.3),
            (15.0, 1.0),
            (-15.0, 0.0),
        ] {
            let index = index(&speech, snr_db).unwrap();
            assert!((index - expected).abs() < 0.015, "{snr_db} dB: {index}");
        }
    }

    #[test]
    fn a_muffled_voice_is_heard_less_and_a_clear_one_more() {
        let tilted = |db_per_band: f64| {
            let mut gain_db = 0.0;
            let powers: Vec<f64> = noise()
                .into_iter()
                .map(|noise| {
                    gain_db += db_per_band;
                    noise * power(gain_db)
                })
                .collect();
            index(&sound(&powers), 0.0).unwrap()
        };
        assert!(tilted(-1.5) < 0.4, "{}", tilted(-1.5));
        assert!(tilted(1.5) > 0.58, "{}", tilted(1.5));
    }

    #[test]
    fn pauses_and_loudness_do_not_change_it() {
        let speech = sound(&noise());
        let alone = index(&speech, 0.0).unwrap();
        let mut with_pauses = speech.clone();
        with_pauses.extend(vec![0; 16_000]);
        with_pauses.extend(&speech);
        let quiet: Vec<i16> = speech.iter().map(|x| x / 8).collect();
        assert!((index(&with_pauses, 0.0).unwrap() - alone).abs() < 0.01);
        assert!((index(&quiet, 0.0).unwrap() - alone).abs() < 0.01);
    }

    #[test]
    fn silence_has_none() {
        assert_eq!(index(&[0; 8000], 0.0), None);
        assert_eq!(index(&[], 0.0), None);
    }

    #[test]
    fn the_importances_are_those_of_the_octaves() {
        // The octaves of the same standard are sums of three thirds: 0.1671, 0.2373 and 0.2648.
        for (first, octave) in [(1, 0.1671), (4, 0.2373), (7, 0.2648)] {
            let thirds: f64 = BANDS[first..first + 3]
                .iter()
                .map(|one| one.importance)
                .sum();
            assert!((thirds - octave).abs() < 0.000_15, "{thirds}");
        }
    }
}
