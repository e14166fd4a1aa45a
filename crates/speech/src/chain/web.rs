//! What the page plays: the master, as loud as sound of the web is (ITU-R BS.1770, EBU R 128).

use ebur128::{EbuR128, Mode};

use super::{ChainError, amplified, limiter};
use crate::pcm::Pcm;

/// The master at -19 LUFS (one channel, which two loudspeakers play as -16), no true peak above
/// -1 dBTP; nothing is cut from its band.
///
/// # Errors
/// [`ChainError::Silent`] when nothing in it is loud enough to be measured.
pub(crate) fn web(master: &Pcm) -> Result<Pcm, ChainError> {
    let rate = master.sample_rate;
    let sound = master.to_unit();
    let mut gain_db = LUFS - loudness(&sound, rate).ok_or(ChainError::Silent)?;
    let mut limit = HIGHEST;
    let mut levelled = sound.clone();
    // The limiter takes loudness away, and holds samples while the highest value may lie between two of them.
    for _ in 0..4 {
        levelled = amplified(&sound, gain_db);
        limiter::limit(&mut levelled, rate, limit);
        let over = true_peak(&levelled, rate) / HIGHEST;
        let miss = LUFS - loudness(&levelled, rate).ok_or(ChainError::Silent)?;
        if over <= 1.0 && miss.abs() < 0.1 {
            break;
        }
        limit /= over.max(1.0);
        gain_db += miss;
    }
    Ok(Pcm::from_unit(&levelled, rate))
}

/// Integrated loudness; a sound shorter than the meter's block of 400 ms is heard again and again
/// until the meter has enough.
pub(crate) fn loudness(sound: &[f64], rate: u32) -> Option<f64> {
    let mut meter = EbuR128::new(1, rate, Mode::I).ok()?;
    let enough = usize::try_from(rate).ok()?;
    let mut heard = 0;
    while !sound.is_empty() && heard < enough.max(sound.len()) {
        meter.add_frames_f64(sound).ok()?;
        heard += sound.len();
    }
    let lufs = meter.loudness_global().ok()?;
    lufs.is_finite().then_some(lufs)
}

/// The highest value between samples, 1.0 for full scale.
pub(crate) fn true_peak(sound: &[f64], rate: u32) -> f64 {
    let measured = EbuR128::new(1, rate, Mode::TRUE_PEAK).and_then(|mut meter| {
        meter.add_frames_f64(sound)?;
        meter.true_peak(0)
    });
    measured.unwrap_or(f64::INFINITY)
}

const LUFS: f64 = -19.0;
/// -1.05 dBTP: rounding to 16 bits stays under -1.
const HIGHEST: f64 = 0.886;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{MASTER_RATE, tone};

    fn measured(pcm: &Pcm) -> (f64, f64) {
        let unit = pcm.to_unit();
        (
            loudness(&unit, MASTER_RATE).unwrap(),
            20.0 * true_peak(&unit, MASTER_RATE).log10(),
        )
    }

    #[test]
    fn the_meter_reads_a_tone_as_the_recommendation_says() {
        // EBU Tech 3341 case 1 in one channel: -23 dBFS stereo is -23 LUFS, one channel is 3 dB less.
        let tone = tone(1000.0, 10.0_f64.powf(-23.0 / 20.0), 20.0, 48_000);
        let lufs = loudness(&tone, 48_000).unwrap();
        assert!((lufs - -26.0).abs() < 0.1, "{lufs}");
    }

    #[test]
    fn loud_and_quiet_masters_come_out_at_one_loudness() {
        for amplitude in [0.01, 0.1, 0.9] {
            let pcm = Pcm::from_unit(&tone(800.0, amplitude, 3.0, MASTER_RATE), MASTER_RATE);
            let (lufs, peak_db) = measured(&web(&pcm).unwrap());
            assert!((lufs - -19.0).abs() < 0.2, "{lufs}");
            assert!(peak_db <= -1.0, "{peak_db}");
        }
    }

    #[test]
    fn peaks_between_samples_stay_under_the_limit() {
        let mut sound = tone(700.0, 0.02, 3.0, MASTER_RATE);
        for (place, sample) in sound.iter_mut().enumerate() {
            if place % 4000 < 2 {
                *sample = 0.7;
            }
        }
        let (lufs, peak_db) = measured(&web(&Pcm::from_unit(&sound, MASTER_RATE)).unwrap());
        assert!(peak_db <= -1.0, "{peak_db}");
        assert!((lufs - -19.0).abs() < 1.0, "{lufs}");
    }

    #[test]
    fn a_single_short_word_has_a_loudness_too_and_silence_has_none() {
        let word = Pcm::from_unit(&tone(800.0, 0.05, 0.3, MASTER_RATE), MASTER_RATE);
        let (lufs, _) = measured(&web(&word).unwrap());
        assert!((lufs - -19.0).abs() < 0.3, "{lufs}");
        let silence = Pcm {
            samples: vec![0; 16_000],
            sample_rate: MASTER_RATE,
        };
        assert!(matches!(web(&silence), Err(ChainError::Silent)));
    }
}
