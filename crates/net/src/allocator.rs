//! How much memory the C library keeps for itself (mallopt(3), malloc_trim(3)).
#![allow(
    unsafe_code,
    reason = "mallopt and malloc_trim have no safe wrapper here"
)]

use std::io;

/// Has the allocator give back what was large as soon as it is free, and keep four heaps at most.
///
/// Left alone, glibc stops giving back large pieces after the first has been freed, and begins a heap for each thread that
/// works, eight for each core: a program whose threads take turns at a large piece of work comes to hold that piece once
/// for each of them, over hours. To be called before the first other thread begins.
///
/// # Errors
/// `Unsupported` by a C library that does not let itself be told.
pub fn give_memory_back() -> Result<(), io::Error> {
    let rules = [
        (libc::M_MMAP_THRESHOLD, MAPPED),
        (libc::M_TRIM_THRESHOLD, TOP),
        (libc::M_ARENA_MAX, ARENAS),
    ];
    // SAFETY: mallopt takes no pointer, and a rule it does not know changes nothing.
    let are_taken = rules.map(|(rule, value)| unsafe { libc::mallopt(rule, value) } == 1);
    match are_taken {
        [true, true, true] => Ok(()),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Gives the pages back that lie free between pieces in use, which the rules of [`give_memory_back`] do not reach. Takes some
/// milliseconds, in which other threads that need the same heap wait.
pub fn give_free_pages_back() {
    // SAFETY: malloc_trim takes no pointer, and moves nothing that is in use.
    unsafe { libc::malloc_trim(0) };
}

/// Memory of this process that no file holds, in octets (proc_pid_statm(5)); up to a quarter of a megabyte of each core that
/// was touched of late may be missing.
///
/// # Errors
/// Those of reading `/proc/self/statm`; `InvalidData` when it is not as expected.
pub fn anonymous_memory() -> Result<u64, io::Error> {
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let mut pages = pages.split(' ').skip(1).map(str::parse::<u64>);
    let (Some(Ok(resident)), Some(Ok(of_files))) = (pages.next(), pages.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    // SAFETY: sysconf takes no pointer.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let page = u64::try_from(page).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(resident.saturating_sub(of_files) * page)
}

/// Octets from which on a piece is mapped for itself: that of a recording of eight seconds, of which a node holds hundreds.
const MAPPED: libc::c_int = 64 * 1024;
/// Octets from which on the free end of a heap goes back: glibc's own figure, which then stays.
const TOP: libc::c_int = 128 * 1024;
/// Enough that threads seldom wait for each other.
const ARENAS: libc::c_int = 4;
