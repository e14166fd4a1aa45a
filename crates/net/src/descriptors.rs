//! How many sockets the process may have open.
#![allow(
    unsafe_code,
    reason = "getrlimit and setrlimit have no safe wrapper here"
)]

use std::io;

/// Lifts the limit of open descriptors as far as the system allows, and answers it. A call needs one.
///
/// # Errors
/// What the kernel says.
pub fn raise_descriptor_limit() -> io::Result<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid rlimit to write to and outlives the call.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if limit.rlim_cur < limit.rlim_max {
        let highest = libc::rlimit {
            rlim_cur: limit.rlim_max,
            ..limit
        };
        // SAFETY: `highest` is a valid rlimit that outlives the call.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const highest) } == 0 {
            return Ok(highest.rlim_cur);
        }
    }
    Ok(limit.rlim_cur)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_as_high_as_it_gets() {
        let first = raise_descriptor_limit().unwrap();

        assert!(first > 0);
        assert_eq!(raise_descriptor_limit().unwrap(), first);
    }
}
