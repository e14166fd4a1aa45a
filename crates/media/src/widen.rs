//! Narrow sound for a wide codec: the same sound with twice as many samples.

/// Takes 8 kHz samples and gives twice as many at 16 kHz, each old one followed by the one half-way to the next.
///
/// Nothing is added above 4 kHz: a caller hears what G.711 would have carried. Images are 70 dB down for what lies
/// under 3 kHz and 35 dB down at 3.4 kHz.
#[must_use]
pub fn widen(narrow: &[i16]) -> Vec<i16> {
    let at = |place: Option<usize>| {
        place
            .and_then(|place| narrow.get(place))
            .map_or(0, |&sample| i32::from(sample))
    };
    narrow
        .iter()
        .enumerate()
        .flat_map(|(place, &sample)| {
            let sum: i32 = (0..)
                .zip(BETWEEN)
                .map(|(away, weight)| {
                    weight * (at(place.checked_sub(away)) + at(Some(place + 1 + away)))
                })
                .sum();
            [sample, to_sample((sum + (1 << 14)) >> 15)]
        })
        .collect()
}

/// Held at full scale.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of i16 just before"
)]
pub(crate) fn to_sample(value: i32) -> i16 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

/// The weights of the ten nearest samples on either side of a place half-way between two: a windowed sinc (Kaiser,
/// beta 6), in units of 2⁻¹⁵. They add up to a half.
const BETWEEN: [i32; 10] = [
    20_725, -6_539, 3_509, -2_111, 1_296, -776, 440, -228, 102, -34,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sine::{power_db, sine};

    #[test]
    fn every_second_sample_is_an_old_one() {
        let narrow: Vec<i16> = (0..100).map(|n| n * 37 - 1_000).collect();
        let wide = widen(&narrow);

        assert_eq!(wide.len(), 200);
        assert!(wide.iter().step_by(2).eq(&narrow));
        assert_eq!(widen(&[]), []);
    }

    #[test]
    fn a_tone_stays_that_tone_and_has_no_image() {
        for hertz in [300.0, 1_000.0, 3_000.0] {
            let wide = widen(&sine(hertz, 10_000.0, 8_000, 8_000));
            let pure = sine(hertz, 10_000.0, 16_000, 16_000);
            let miss: Vec<i16> = wide.iter().zip(&pure).map(|(a, b)| a - b).collect();
            let middle = 200..15_800;
            let noise = power_db(&miss[middle.clone()]) - power_db(&pure[middle]);
            assert!(noise < -60.0, "{hertz} Hz: {noise:.1} dB");
        }
    }

    #[test]
    fn the_loudest_sound_is_held_at_full_scale() {
        let wide = widen(&[i16::MAX, i16::MAX, i16::MIN, i16::MIN, i16::MAX, i16::MAX]);
        assert_eq!(wide[1], i16::MAX);
    }
}
