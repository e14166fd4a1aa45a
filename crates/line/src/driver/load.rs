//! How busy a media thread is: the share of its time that it works, and how many of its slots overrun.
//!
//! Time is measured on the wall, not as the thread's own processor time: what the machine takes away from the thread is
//! missing for sending too. Pure: instants come in.

use std::time::{Duration, Instant};

use super::wheel::SLOT;

/// Measures one window after the other.
#[derive(Debug)]
pub(super) struct Meter {
    begun: Instant,
    busy: Duration,
    slots: u32,
    overrun: u32,
    heavy: u32,
}

impl Meter {
    /// Begins the first window.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            begun: now,
            busy: Duration::ZERO,
            slots: 0,
            overrun: 0,
            heavy: 0,
        }
    }

    /// Takes note of one slot; answers the load when a window is over.
    ///
    /// - `due`: when the slot was due. `from`, `until`: when the thread worked on it.
    pub(super) fn slot(&mut self, due: Instant, from: Instant, until: Instant) -> Option<Load> {
        self.busy += until - from;
        self.slots += 1;
        self.overrun += u32::from(until.saturating_duration_since(due) > SLOT);
        self.heavy += u32::from(until - from > SLOT / 2);
        let window = until - self.begun;
        if window < WINDOW {
            return None;
        }
        let load = Load {
            busy_percent: percent(self.busy.as_micros(), window.as_micros()),
            overrun_percent: percent(self.overrun.into(), self.slots.into()),
            heavy_percent: percent(self.heavy.into(), self.slots.into()),
        };
        *self = Self::new(until);
        Some(load)
    }
}

/// Of one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Of its time, how much the thread worked.
    pub(super) busy_percent: u8,
    /// Of its slots, how many were not done a millisecond after they were due.
    pub(super) overrun_percent: u8,
    /// Of its slots, how many took the thread more than half a millisecond.
    pub(super) heavy_percent: u8,
}

impl Load {
    /// Whether one more call would be heard by all the others: beyond 80 % of a core a thread has no room for what
    /// comes between, and at 95 % the kernel takes the core away from real-time threads for 50 ms.
    ///
    /// A thread whose slots are light is late because the core was taken from it, not because of its calls: it would be as
    /// late without the next one.
    pub(super) fn is_full(self) -> bool {
        let is_behind =
            self.busy_percent >= FULL_PERCENT || self.overrun_percent >= OVERRUN_PERCENT;
        is_behind && self.heavy_percent >= HEAVY_PERCENT
    }
}

fn percent(part: u128, whole: u128) -> u8 {
    u8::try_from((part * 100 / whole.max(1)).min(100)).unwrap_or(100)
}

/// Long enough to mean something, short enough to refuse the next calls of a rush.
const WINDOW: Duration = Duration::from_millis(250);
/// A thread that works so much of its time takes no more calls.
const FULL_PERCENT: u8 = 80;
/// A thread whose slots overrun so often takes no more calls.
const OVERRUN_PERCENT: u8 = 50;
/// What takes the core away makes a few slots long; calls make most of them long.
const HEAVY_PERCENT: u8 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_works_half_of_each_millisecond_is_half_busy() {
        let load = run(500, 0);

        assert_eq!((load.busy_percent, load.overrun_percent), (50, 0));
        assert!(!load.is_full());
    }

    #[test]
    fn at_80_percent_a_thread_is_full() {
        assert!(run(810, 0).is_full());
        assert!(!run(780, 0).is_full());
    }

    #[test]
    fn a_thread_that_is_always_late_is_full_when_it_is_its_calls_that_make_it_late() {
        let load = run(600, 2_000);

        assert_eq!((load.overrun_percent, load.heavy_percent), (100, 100));
        assert!(load.busy_percent < 80, "{load:?}");
        assert!(load.is_full());
    }

    #[test]
    fn a_thread_that_has_little_to_do_takes_calls_however_late_it_is() {
        let load = run(100, 2_000);

        assert_eq!((load.overrun_percent, load.heavy_percent), (100, 0));
        assert!(!load.is_full());
    }

    #[test]
    fn a_core_taken_away_in_the_midst_of_a_slot_fills_no_thread_of_light_slots() {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        let at = |ms: u64, us: u64| start + Duration::from_millis(ms) + Duration::from_micros(us);
        for slot in 0..40 {
            let during = meter.slot(at(slot, 0), at(slot, 0), at(slot, 100));
            assert_eq!(during, None);
        }
        let load = meter.slot(at(40, 0), at(40, 0), at(300, 0)).unwrap();

        assert!(load.busy_percent > 80, "{load:?}");
        assert!(!load.is_full(), "{load:?}");
    }

    /// A window of slots that take `work` and begin `late`, both in microseconds.
    fn run(work: u64, late: u64) -> Load {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        let at = |ms: u64, us: u64| start + Duration::from_millis(ms) + Duration::from_micros(us);
        (0..)
            .find_map(|slot| meter.slot(at(slot, 0), at(slot, late), at(slot, late + work)))
            .unwrap()
    }
}
