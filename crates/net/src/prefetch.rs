//! Brings memory near the processor before it is needed.
#![allow(unsafe_code, reason = "the processor's hint has no safe wrapper")]

/// Asks the processor to fetch this into its cache and does not wait for it: a system call in between hides what the
/// fetching takes. A hint; where the processor has none, nothing is done.
pub fn prefetch<T>(what: &[T]) {
    let start = what.as_ptr().cast::<i8>();
    for line in (0..size_of_val(what)).step_by(CACHE_LINE) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `line` lies within `what`; the instruction reads nothing that the program could notice.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(start.add(line));
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (start, line);
    }
}

const CACHE_LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_stays_as_it_is() {
        let octets: Vec<u8> = (0..=255).collect();
        prefetch(&octets);
        prefetch(&octets[..0]);
        prefetch::<u64>(&[]);
        assert!((0..=255).eq(octets));
    }
}
