//! A core of its own for each thread that has a clock to keep.
#![allow(
    unsafe_code,
    reason = "sched_getaffinity and sched_setaffinity have no safe wrapper here"
)]

use std::io;
use std::time::Duration;

/// Keeps the calling thread on one core: the `index`th of `of` threads spread over the cores that the process may use.
/// Answers the core.
///
/// Left alone, the kernel lets two real-time threads that seldom overlap share a core until together they fill it, and
/// then takes it from both for 50 ms, for the sake of everything else that waits there.
///
/// # Errors
/// What the kernel says.
pub fn keep_to_core(index: usize, of: usize) -> io::Result<usize> {
    let allowed = allowed_cores()?;
    let place = index * allowed.len() / of.max(1);
    let core = *allowed
        .get(place % allowed.len().max(1))
        .ok_or(io::ErrorKind::NotFound)?;
    let mut one = empty_set();
    // SAFETY: `core` came out of a set of this size, so the macro writes inside `one`; the kernel reads `one` for the
    // time of the call and is told its true size. Thread 0 is the calling one.
    let done = unsafe {
        libc::CPU_SET(core, &mut one);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const one)
    };
    if done == 0 {
        Ok(core)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// How long after the first of `of` threads the `index`th begins what each does once in a `period`: they take turns, so
/// that the kernel's paths, which they share, are not entered by all at the same instant.
#[must_use]
pub fn turn_of(index: usize, of: usize, period: Duration) -> Duration {
    let share = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    period.saturating_mul(share(index)) / share(of.max(1))
}

fn allowed_cores() -> io::Result<Vec<usize>> {
    let mut set = empty_set();
    // SAFETY: the kernel writes at most the size it is told into `set`, which outlives the call.
    let done = unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: every number asked for is inside the set.
    let is_allowed = |core: &usize| unsafe { libc::CPU_ISSET(*core, &set) };
    Ok((0..MOST_CORES).filter(is_allowed).collect())
}

fn empty_set() -> libc::cpu_set_t {
    // SAFETY: the set is an array of integers, for which all zeros is a value: no core.
    unsafe { std::mem::zeroed() }
}

/// Cores that a set has room for.
const MOST_CORES: usize = size_of::<libc::cpu_set_t>() * 8;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn as_many_threads_as_cores_get_a_core_each() {
        let count = allowed_cores().unwrap().len();
        let kept = (0..count).map(|index| on_a_thread(move || keep_to_core(index, count).unwrap()));

        assert_eq!(kept.collect::<BTreeSet<_>>().len(), count);
    }

    #[test]
    fn more_threads_than_cores_share_them() {
        let count = allowed_cores().unwrap().len() * 3;
        for index in 0..count {
            on_a_thread(move || keep_to_core(index, count).unwrap());
        }
        on_a_thread(|| keep_to_core(7, 0).unwrap());
    }

    #[test]
    fn turns_share_the_period_evenly() {
        let period = Duration::from_millis(1);
        let turns = [(0, 2), (1, 2), (2, 3), (0, 0)].map(|(index, of)| turn_of(index, of, period));

        assert_eq!(turns.map(|turn| turn.as_micros()), [0, 500, 666, 0]);
    }

    /// So that the thread of the tests keeps all its cores.
    fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        std::thread::spawn(work).join().unwrap()
    }
}
