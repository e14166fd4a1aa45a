//! Real-time priority for the threads that have a clock to keep.
#![allow(
    unsafe_code,
    reason = "sched_setscheduler and setpriority have no safe wrapper here"
)]

use std::io;

/// Lifts the calling thread above ordinary work (SCHED_FIFO). Needs CAP_SYS_NICE or a limit of real-time priority.
///
/// Where that is not allowed, the thread gets the best nice value it may have, and the refusal is the error: the line
/// works without, but late packets become likelier on a busy machine.
///
/// # Errors
/// `PermissionDenied`, usually.
pub fn raise_priority(priority: Priority) -> Result<RealTime, io::Error> {
    let wanted = libc::sched_param {
        sched_priority: priority.level(),
    };
    // SAFETY: `wanted` is a valid sched_param that outlives the call; thread 0 is the calling one.
    let done = unsafe {
        libc::sched_setscheduler(
            0,
            libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK,
            &raw const wanted,
        )
    };
    if done == 0 {
        return Ok(RealTime {
            level: priority.level(),
        });
    }
    let refusal = io::Error::last_os_error();
    // SAFETY: setpriority takes no pointer; 0 is the calling thread. A refusal changes nothing.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, priority.nice());
    }
    Err(refusal)
}

/// Which work the thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Sends sound: first of all.
    Media,
    /// Answers: right behind, for a starved answer is repeated and makes things worse.
    Signalling,
    /// Makes load or measures: never before what it measures.
    Load,
}

impl Priority {
    fn level(self) -> libc::c_int {
        match self {
            Self::Media => 20,
            Self::Signalling => 19,
            Self::Load => 10,
        }
    }

    fn nice(self) -> libc::c_int {
        match self {
            Self::Media => -15,
            Self::Signalling => -14,
            Self::Load => -5,
        }
    }
}

/// The thread is a real-time one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealTime {
    /// The priority among real-time threads, 1 to 99.
    pub level: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_comes_before_signalling_before_load() {
        assert!(Priority::Media.level() > Priority::Signalling.level());
        assert!(Priority::Signalling.level() > Priority::Load.level());
        assert!(Priority::Media.nice() < Priority::Signalling.nice());
    }

    #[test]
    fn a_thread_is_real_time_or_told_why_not() {
        let raised = std::thread::spawn(|| raise_priority(Priority::Load))
            .join()
            .unwrap();

        match raised {
            Ok(real_time) => assert_eq!(real_time.level, 10),
            Err(refusal) => assert_eq!(refusal.kind(), io::ErrorKind::PermissionDenied),
        }
    }
}
