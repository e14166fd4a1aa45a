//! Finds the pauses of a voice, where a recording can be left without breaking a word.

use crate::Ptime;

/// The ends of pieces, counted in [`Ptime::COMMON_OCTETS`] samples of 8 kHz, so that packets of any length end there too:
/// one in each pause of the voice, none before it begins or after it has ended.
pub(crate) fn pauses(samples: &[i16]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut quiet_since = None;
    let mut has_spoken = false;
    for (place, window) in samples.chunks(WINDOW).enumerate() {
        if is_quiet(window) {
            quiet_since = quiet_since.or(Some(place));
            continue;
        }
        let pause = quiet_since
            .take()
            .map(|since| since * WINDOW..place * WINDOW);
        if let Some(pause) = pause.filter(|pause| has_spoken && pause.len() >= SHORTEST) {
            ends.push(common_end(pause.start.midpoint(pause.end)));
        }
        has_spoken = true;
    }
    ends
}

/// The place next to this sample where packets of any length end; at most 60 ms away.
fn common_end(sample: usize) -> usize {
    (sample + Ptime::COMMON_OCTETS / 2) / Ptime::COMMON_OCTETS
}

/// Whether nobody speaks: 20 dB below the -26 dBov that every recording has.
fn is_quiet(window: &[i16]) -> bool {
    let power: i64 = window.iter().map(|&sample| i64::from(sample).pow(2)).sum();
    power <= QUIET * QUIET * WINDOW as i64
}

/// 10 ms.
const WINDOW: usize = 80;
/// 350 ms: longer than the closure of any consonant and than the breath of a comma.
const SHORTEST: usize = 2_800;
/// -46 dBov, as the root of the mean square of a sample.
const QUIET: i64 = 164;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sine::sine;

    #[test]
    fn a_pause_lies_between_two_sentences_and_not_before_or_after_the_voice() {
        let mut samples = vec![0; 4_000];
        samples.extend(sine(500.0, 2_000.0, 8_000, 8_000));
        samples.resize(samples.len() + 4_000, 3);
        samples.extend(sine(500.0, 2_000.0, 8_000, 8_000));
        samples.resize(samples.len() + 2_400, 0);
        samples.extend(sine(500.0, 2_000.0, 8_000, 8_000));
        samples.resize(samples.len() + 8_000, 0);

        let ends = pauses(&samples);

        // The pause is that from 1.5 s to 2 s.
        assert_eq!(ends, [14_400 / Ptime::COMMON_OCTETS]);
    }

    #[test]
    fn silence_and_nothing_have_no_pauses() {
        assert!(pauses(&[]).is_empty());
        assert!(pauses(&[0; 80_000]).is_empty());
        assert!(pauses(&[i16::MIN; 80_000]).is_empty());
    }
}
