//! Tests that keep a core busy take turns, and leave time to those that listen to a call.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

/// Waits until fewer tests are busy than there are cores; the turn ends when it is dropped.
///
/// To be taken before a house is opened, and once by each test.
#[must_use]
pub(crate) fn take_turn() -> Turn {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut busy = busy();
    while *busy >= cores {
        busy = ENDED.wait(busy).unwrap_or_else(PoisonError::into_inner);
    }
    *busy += 1;
    Turn
}

pub(crate) struct Turn;

impl Drop for Turn {
    fn drop(&mut self) {
        *busy() -= 1;
        ENDED.notify_one();
    }
}

fn busy() -> MutexGuard<'static, usize> {
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}

static BUSY: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();
