//! What a helper process takes from itself before it looks at anything of a stranger's.
#![allow(unsafe_code)]

use std::io;

/// What a helper may use from now on; everything else is gone for good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cage {
    /// Processor time; the process dies of more.
    pub(crate) cpu_seconds: u64,
    /// Octets of addresses, everything that is mapped already included; allocations beyond fail.
    pub(crate) address_space: u64,
    /// Descriptors it may have open; what is open beyond that stays open.
    pub(crate) open_files: u64,
    /// How far it stands back behind everybody else at least, 0 to 19.
    pub(crate) niceness: i32,
}

impl Cage {
    /// Locks this process in: no file written, no program started, no rights gained, no life after the
    /// program that started it.
    ///
    /// # Errors
    /// What the system says; a helper that is not locked in must not go on.
    pub(crate) fn enter(self) -> io::Result<()> {
        let limits = [
            (libc::RLIMIT_CPU, self.cpu_seconds),
            (libc::RLIMIT_AS, self.address_space),
            (libc::RLIMIT_FSIZE, 0),
            (libc::RLIMIT_CORE, 0),
            (libc::RLIMIT_NOFILE, self.open_files),
            (libc::RLIMIT_NPROC, 0),
        ];
        for (what, most) in limits {
            let limit = libc::rlimit {
                rlim_cur: most,
                rlim_max: most,
            };
            // SAFETY: `limit` is a valid structure that the call only reads.
            if unsafe { libc::setrlimit(what, &raw const limit) } != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        // Whoever started it may stand farther back, and without root's rights there is no way forward.
        // SAFETY: the call takes plain numbers; about this process it cannot fail.
        let niceness = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }.max(self.niceness);
        // SAFETY: these calls take plain numbers. The first forbids gaining rights by running a
        // set-user-id program, the second ends this process with the one that started it, the third
        // lowers its own priority.
        let done = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == 0
                && libc::setpriority(libc::PRIO_PROCESS, 0, niceness) == 0
        };
        if done {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }
}

/// Processor time that this process has used.
pub(crate) fn cpu_ms() -> u32 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is a valid place for the structure, which zeroes already make valid.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let ms = |time: libc::timeval| time.tv_sec * 1000 + time.tv_usec / 1000;
    u32::try_from(ms(usage.ru_utime) + ms(usage.ru_stime)).unwrap_or(u32::MAX)
}
