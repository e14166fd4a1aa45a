//! Many calls from one process.

mod report;

pub use report::{Bucket, Spread, StormReport};

use crate::{CallError, StormPlan};

/// Places many calls.
pub fn storm(plan: &StormPlan) -> Result<StormReport, CallError> {
    let _ = plan;
    Err(CallError::Plan("x"))
}
