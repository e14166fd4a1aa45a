//! One call: dials, listens, presses keys, hangs up, judges.

mod talk;
mod telephone;

use crate::{CallError, CallPlan, CallReport, KeyScript, Target};
use telephone::Telephone;

/// Places one call and listens to it until somebody hangs up.
///
/// Blocks for the length of the call: at most `answer_within` and `limit`, and 32 s each for a
/// CANCEL or a BYE that nobody answers.
///
/// # Errors
/// [`CallError`] when no call can be tried. A refusal, or no answer at all, is a report.
pub fn place_call(plan: &CallPlan) -> Result<CallReport, CallError> {
    let keys: KeyScript = plan.keys.parse()?;
    if plan.codecs.is_empty() {
        return Err(CallError::Plan(
            "a call needs a codec to offer: PCMA, PCMU or G722",
        ));
    }
    let target = Target::find(&plan.target)?;
    Telephone::new(plan, &target, keys)?.call()
}
