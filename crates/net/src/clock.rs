//! Absolute waiting on the monotonic clock, and the time a thread has spent.
#![allow(
    unsafe_code,
    reason = "clock_nanosleep and clock_gettime have no safe wrapper here"
)]

use std::time::{Duration, Instant};

/// Sleeps until this instant; returns at once when it has passed.
///
/// The kernel is given the absolute time (`clock_nanosleep`, CLOCK_MONOTONIC, TIMER_ABSTIME), so that an
/// interruption between reading the clock and sleeping does not lengthen the sleep.
pub fn sleep_until(deadline: Instant) {
    loop {
        // In this order: whatever happens between the two readings makes the sleep shorter, and the loop ends it.
        let clock = read_clock(libc::CLOCK_MONOTONIC);
        let Some(left) = deadline.checked_duration_since(Instant::now()) else {
            return;
        };
        if left.is_zero() {
            return;
        }
        let wanted = to_timespec(clock + left);
        // SAFETY: `wanted` is a valid timespec that outlives the call; with TIMER_ABSTIME the kernel writes no
        // remainder, so the null pointer is never followed. An early return (signal) is handled by the loop.
        unsafe {
            libc::clock_nanosleep(
                libc::CLOCK_MONOTONIC,
                libc::TIMER_ABSTIME,
                &raw const wanted,
                std::ptr::null_mut(),
            );
        }
    }
}

/// Processor time of the calling thread, user and system together.
#[must_use]
pub fn thread_cpu_time() -> Duration {
    read_clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn read_clock(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec to write to. Both clocks used here exist on every Linux, so the call cannot
    // fail; if it did, `time` would still be the initialised zero.
    unsafe {
        libc::clock_gettime(clock, &raw mut time);
    }
    from_timespec(&time)
}

/// Neither clock goes below zero, and the kernel keeps nanoseconds under a second.
pub(crate) fn from_timespec(time: &libc::timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

fn to_timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(time.subsec_nanos().cast_signed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_never_ends_early() {
        for microseconds in [0, 1, 50, 900, 2_500] {
            let deadline = Instant::now() + Duration::from_micros(microseconds);
            sleep_until(deadline);
            assert!(Instant::now() >= deadline);
        }
    }

    #[test]
    fn an_instant_in_the_past_is_not_waited_for() {
        let start = Instant::now();
        sleep_until(start);
        assert!(start.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn work_costs_the_thread_time() {
        let before = thread_cpu_time();
        let mut sum = 0_u64;
        while thread_cpu_time() == before {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(thread_cpu_time() > before);
    }
}
