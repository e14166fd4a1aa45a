//! Many calls from one process, in one thread: signalling as it comes, sound swept every 200 ms.
//!
//! No call has a thread or a wake-up of its own, so that a machine shared with the line measures
//! the line. What the kernel stamped is what counts, not when it was read. Callers that are to speak
//! do so from the same thread, in slots of a millisecond.

mod crowd;
mod hearing;
mod histogram;
mod notebook;
mod page;
mod progress;
mod reaction;
mod report;
mod resident;
mod server;
mod verdict;
mod wheel;

pub use progress::Progress;
pub use report::{Bucket, EncryptedCalls, KeyReactions, ReportsExchanged, ServerCost, StormReport};

use std::thread;

use crate::{CallError, StormPlan, Target};
use crowd::Crowd;

/// Places many calls, listens to each for its time, hangs up, and says what became of them.
///
/// Blocks until the last call is over. The storm runs in a thread of its own, which asks for
/// real-time priority below that of the line and does without where that is refused.
///
/// # Errors
/// [`CallError`] when the calls cannot be tried; a line that refuses or stays silent is a report.
pub fn storm(plan: &StormPlan) -> Result<StormReport, CallError> {
    if plan.calls == 0 {
        return Err(CallError::Plan("a storm needs at least one call"));
    }
    if !(plan.rate.is_finite() && plan.rate >= LOWEST_RATE) {
        return Err(CallError::Plan(
            "the rate is in calls a second, at least 0.001",
        ));
    }
    if plan.codecs.is_empty() {
        return Err(CallError::Plan(
            "a storm needs a codec to offer: PCMA, PCMU or G722",
        ));
    }
    if !(0.0..=1.0).contains(&plan.keys_per_second) {
        return Err(CallError::Plan(
            "the share of callers that press a key each second is from 0 to 1",
        ));
    }
    let target = Target::find(&plan.target)?;
    make_room(plan)?;
    thread::scope(|scope| {
        let run = || {
            let real_time = net::raise_priority(net::Priority::Load).is_ok();
            Crowd::new(plan, target, real_time)?.run()
        };
        let thread = thread::Builder::new().name("storm".to_owned());
        let storm = thread.spawn_scoped(scope, run);
        let storm = storm.map_err(CallError::socket("no thread for the storm"))?;
        storm
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Finds out before the first call whether there are sockets enough for all.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an estimate, and a float becomes an integer by saturating"
)]
fn make_room(plan: &StormPlan) -> Result<(), CallError> {
    let at_once = plan.rate * plan.hold.as_secs_f64() + plan.rate;
    let sockets_per_call = 1 + u64::from(plan.reports);
    let sockets = (at_once.min(plan.calls as f64)).ceil() as u64 * sockets_per_call;
    // Where the limit cannot be read, the first socket too many says so.
    let allowed = net::raise_descriptor_limit().unwrap_or(u64::MAX);
    if sockets.saturating_add(OTHER_DESCRIPTORS) > allowed {
        return Err(CallError::TooManyCalls { sockets, allowed });
    }
    Ok(())
}

/// A call in 17 minutes; below, a storm would never end.
const LOWEST_RATE: f64 = 0.001;
/// Standard streams, the poller, signalling, and some of the program around.
const OTHER_DESCRIPTORS: u64 = 32;
