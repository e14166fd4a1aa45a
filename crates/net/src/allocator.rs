//! Where pieces of memory lie, and how much of it the C library keeps for itself (mmap(2), mallopt(3), malloc_trim(3)).
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to write, and mmap, mallopt and malloc_trim have no safe wrapper here"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::{io, ptr};

/// The allocator of the program: that of the C library, but large pieces are mapped for themselves, always.
///
/// glibc maps a large piece only when no heap has room for it. So recordings, of which a node holds hundreds for as long as callers
/// can hear them, came to lie in holes between small pieces, and left other holes when they went.
#[derive(Debug)]
pub struct Allocator;

// SAFETY: by its layout each piece is either mapped by this allocator or the C library's, and goes back to where it came from.
// What is mapped begins at a page, hence is aligned as asked, and is as long as asked.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_mapped(layout) {
            map(layout.size())
        } else {
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_mapped(layout) {
            // The kernel's pages are of zeros.
            map(layout.size())
        } else {
            // SAFETY: the caller's promise.
            unsafe { System.alloc_zeroed(layout) }
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if is_mapped(layout) {
            // SAFETY: nothing else lies in the pages of this piece, and nobody uses it from now on.
            unsafe { libc::munmap(piece.cast(), layout.size()) };
        } else {
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(piece, layout) }
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `size`, rounded up to the alignment, does not overflow.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (is_mapped(layout), is_mapped(wanted)) {
            // SAFETY: the caller's promise.
            (false, false) => unsafe { System.realloc(piece, layout, size) },
            (true, true) => {
                // SAFETY: as for `dealloc`; if it fails, the piece stays as it is.
                pointer(unsafe {
                    libc::mremap(piece.cast(), layout.size(), size, libc::MREMAP_MAYMOVE)
                })
            }
            _ => {
                // SAFETY: `wanted` is not empty, because `size` is not.
                let moved = unsafe { self.alloc(wanted) };
                if !moved.is_null() {
                    // SAFETY: both pieces are at least as long, and the new one is another.
                    unsafe { ptr::copy_nonoverlapping(piece, moved, layout.size().min(size)) };
                    // SAFETY: the caller's promise.
                    unsafe { self.dealloc(piece, layout) };
                }
                moved
            }
        }
    }
}

/// Whether such pieces are mapped for themselves; those that ask for more than a page's alignment are not.
fn is_mapped(layout: Layout) -> bool {
    layout.size() >= MAPPED && layout.align() <= LEAST_PAGE
}

/// New pages of zeros; null when there are none.
fn map(octets: usize) -> *mut u8 {
    // SAFETY: a new place of the kernel's choice, which nobody else knows.
    pointer(unsafe {
        libc::mmap(
            ptr::null_mut(),
            octets,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    })
}

fn pointer(mapped: *mut libc::c_void) -> *mut u8 {
    if mapped == libc::MAP_FAILED {
        ptr::null_mut()
    } else {
        mapped.cast()
    }
}

/// Has the C library give back what was large as soon as it is free, and keep one heap for all threads.
///
/// Left alone, glibc stops giving back large pieces after the first has been freed, and begins a heap for each thread that
/// works, eight for each core: a program whose threads take turns at a large piece of work comes to hold that piece once
/// for each of them, over hours. To be called before the first other thread begins.
///
/// # Errors
/// `Unsupported` by a C library that does not let itself be told.
pub fn give_memory_back() -> Result<(), io::Error> {
    let rules = [
        (libc::M_MMAP_THRESHOLD, OF_C),
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

/// Octets from which on a piece is mapped for itself: those of a recording of four seconds. Of its last page half is wasted in the mean.
const MAPPED: usize = 32 * 1024;
/// The least that a page has on any machine.
const LEAST_PAGE: usize = 4096;
/// Octets from which on a piece of a library in C is mapped for itself, when no heap has room for it.
const OF_C: libc::c_int = 64 * 1024;
/// Octets from which on the free end of a heap goes back: glibc's own figure, which then stays.
const TOP: libc::c_int = 128 * 1024;
/// What one thread has freed the next one takes; of several heaps each comes to hold free room of its own.
const ARENAS: libc::c_int = 1;
