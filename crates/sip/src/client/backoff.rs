//! How long to wait after a registration has failed (RFC 5626 § 4.5).

use std::time::Duration;

/// A random time between half and the whole of `30 s · 2^failures`, and of 30 minutes at most.
///
/// - `failures`: in a row, 1 for the first. `random`: any number; it keeps those who failed together from coming back
///   together.
pub(super) fn after(failures: u32, random: u64) -> Duration {
    let whole = BASE
        .saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX))
        .min(LONGEST);
    let half_ms = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX);
    Duration::from_millis(half_ms + random % (half_ms + 1))
}

const BASE: Duration = Duration::from_secs(30);
/// The longest wait, whatever a server asks for.
pub(super) const LONGEST: Duration = Duration::from_mins(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_half_a_minute_to_half_an_hour() {
        for (failures, least, most) in [
            (1, 30, 60),
            (2, 60, 120),
            (3, 120, 240),
            (6, 900, 1_800),
            (7, 900, 1_800),
            (u32::MAX, 900, 1_800),
        ] {
            for random in [0, 1, 12_345_678, u64::MAX / 2, u64::MAX] {
                let wait = after(failures, random);
                let range = Duration::from_secs(least)..=Duration::from_secs(most);
                assert!(range.contains(&wait), "{failures}: {wait:?}");
            }
        }
    }

    #[test]
    fn two_who_failed_together_come_back_apart() {
        assert_ne!(after(3, 1), after(3, 70_000));
    }
}
