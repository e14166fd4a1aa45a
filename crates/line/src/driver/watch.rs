//! Whether anybody is still at the other end of a call. Pure: `now` comes in.
//!
//! A muted telephone may be silent for minutes and a caller is never hung up on for saying nothing, so the limits are
//! long where nothing is known and short where the network says that nobody listens (see [`MediaDeath`]).

use std::time::{Duration, Instant};

use crate::MediaDeath;

/// The signs of life of one caller.
#[derive(Debug)]
pub(super) struct Watch {
    limits: MediaDeath,
    /// The latest sign of any kind; the beginning of the call, or of the time after a hold.
    heard: Instant,
    /// Whether a report was ever heard: who reports goes on reporting.
    reports: bool,
    /// Refusals counted at the last look, and since when there are more at each look.
    refusals: u32,
    refused_since: Option<Instant>,
}

impl Watch {
    /// Begins with the call.
    pub(super) fn new(limits: MediaDeath, now: Instant) -> Self {
        Self {
            limits,
            heard: now,
            reports: false,
            refusals: 0,
            refused_since: None,
        }
    }

    /// Sound or a key came in.
    pub(super) fn hear(&mut self, now: Instant) {
        self.heard = now;
    }

    /// A report came in.
    pub(super) fn hear_report(&mut self, now: Instant) {
        self.heard = now;
        self.reports = true;
    }

    /// Looks at the call, every half second or so; answers whether it is dead.
    ///
    /// - `refusals`: the call's count of refused packets so far.
    /// - `listens`: whether the caller is there to listen. On hold nothing counts.
    pub(super) fn is_dead(&mut self, now: Instant, refusals: u32, listens: bool) -> bool {
        if !listens {
            self.heard = now;
            self.refused_since = None;
            return false;
        }
        if refusals == self.refusals {
            self.refused_since = None;
        } else {
            self.refusals = refusals;
            if self.refused_since.is_none_or(|since| since < self.heard) {
                self.refused_since = Some(now);
            }
        }
        let silent_for = now.saturating_duration_since(self.heard);
        let most = if self.reports {
            self.limits.rtcp_silence.min(self.limits.rtp_silence)
        } else {
            self.limits.rtp_silence
        };
        let refused_for = self.refused_since.map(|since| now - since);
        silent_for >= most || refused_for.is_some_and(|long| long >= self.limits.unreachable)
    }
}

/// Between two looks at a call.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_who_never_says_anything_is_kept_for_the_long_limit() {
        let start = Instant::now();
        let mut watch = watch(start);

        assert!(!watch.is_dead(start + s(119), 0, true));
        assert!(watch.is_dead(start + s(120), 0, true));
    }

    #[test]
    fn sound_once_in_a_while_is_a_sign_of_life() {
        let start = Instant::now();
        let mut watch = watch(start);
        for second in (0..600).step_by(100) {
            watch.hear(start + s(second));
            assert!(!watch.is_dead(start + s(second + 99), 0, true));
        }
    }

    #[test]
    fn who_reported_and_stops_is_given_up_earlier() {
        let start = Instant::now();
        let mut watch = watch(start);
        watch.hear_report(start + s(5));

        assert!(!watch.is_dead(start + s(64), 0, true));
        watch.hear(start + s(64));
        assert!(!watch.is_dead(start + s(123), 0, true));
        assert!(watch.is_dead(start + s(124), 0, true));
    }

    #[test]
    fn refused_sound_ends_the_call_only_when_it_is_refused_all_the_time() {
        let start = Instant::now();
        let mut watch = watch(start);
        for look in 0..4 {
            assert!(!watch.is_dead(start + LOOK_EVERY * look, 10 * (look + 1), true));
        }
        assert!(!watch.is_dead(start + s(2), 40, true), "one look without");
        for look in 5..9 {
            assert!(!watch.is_dead(start + LOOK_EVERY * look, 36 + look, true));
        }
        assert!(watch.is_dead(start + LOOK_EVERY * 9, 45, true));
    }

    #[test]
    fn whoever_is_heard_is_alive_although_sound_is_refused() {
        let start = Instant::now();
        let mut watch = watch(start);
        for look in 0..40 {
            let now = start + LOOK_EVERY * look;
            if look % 4 == 0 {
                watch.hear(now);
            }
            assert!(!watch.is_dead(now, look, true), "look {look}");
        }
    }

    #[test]
    fn after_the_last_sign_of_life_refusals_count_again() {
        let start = Instant::now();
        let mut watch = watch(start);
        assert!(!watch.is_dead(start, 1, true));
        watch.hear(start + s(1));

        let dead = (3..40).find(|&look| watch.is_dead(start + LOOK_EVERY * look, look, true));

        assert_eq!(dead, Some(7), "two seconds after the first look since");
    }

    #[test]
    fn on_hold_nothing_counts_and_afterwards_everything_begins_again() {
        let start = Instant::now();
        let mut watch = watch(start);

        assert!(!watch.is_dead(start + s(600), 50, false));
        assert!(!watch.is_dead(start + s(719), 50, true));
        assert!(watch.is_dead(start + s(720), 50, true));
    }

    fn watch(start: Instant) -> Watch {
        Watch::new(MediaDeath::default(), start)
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }
}
