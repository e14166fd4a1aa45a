//! How long a channel that failed is left in peace.

use std::time::Duration;

/// 1 s, 2 s, 4 s … 15 min, and up to a quarter more so that channels that failed together do not come back together.
///
/// - `attempts`: tries that have failed; 1 after the first.
/// - `asked`: what the other side asks for at least.
/// - `dice`: any number, drawn anew each time.
pub(crate) fn back_off(attempts: u32, asked: Option<Duration>, dice: u64) -> Duration {
    let exponent = attempts.saturating_sub(1).min(10);
    let base = Duration::from_secs(1 << exponent).min(LONGEST);
    let more = base / 4_000 * u32::try_from(dice % 1_001).unwrap_or(0);
    (base + more)
        .min(LONGEST)
        .max(asked.unwrap_or_default().min(A_DAY))
}

const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Whoever asks for more is given up before.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_double_from_one_second_to_a_quarter_of_an_hour() {
        let pauses: Vec<_> = (1..=12).map(|n| back_off(n, None, 0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    }

    #[test]
    fn the_other_side_is_given_the_time_it_asks_for_and_not_a_week() {
        let minutes = |n: u64| Some(Duration::from_secs(60 * n));
        assert_eq!(back_off(1, minutes(40), 7).as_secs(), 2_400);
        assert_eq!(back_off(12, minutes(1), 7).as_secs(), 900);
        assert_eq!(back_off(1, minutes(60 * 24 * 7), 7), A_DAY);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_under_a_second_nor_over_a_quarter_of_an_hour(attempts: u32, dice: u64) {
            let pause = back_off(attempts, None, dice);
            prop_assert!((Duration::from_secs(1)..=LONGEST).contains(&pause));
        }
    }
}
