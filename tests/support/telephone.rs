//! A resident's telephone.

use std::time::Duration;

use caller::{CallPlan, CallReport};

/// What a caller heard.
pub(crate) struct Heard {
    /// How the call went.
    pub(crate) report: CallReport,
}

impl Heard {
    /// Where these octets stand in what was heard, in frames of 20 ms from the first packet.
    pub(crate) fn frame_of(&self, octets: &[u8]) -> Option<usize> {
        find(&self.report.octets, octets).map(|octet| octet / 160)
    }

    /// Whether these octets were heard, all of them, in a row.
    pub(crate) fn has(&self, octets: &[u8]) -> bool {
        find(&self.report.octets, octets).is_some()
    }
}

/// Calls, presses keys, listens until the line hangs up or the limit is reached.
pub(crate) fn listen(target: &str, keys: &str, limit: Duration) -> Heard {
    let plan = CallPlan {
        keys: keys.into(),
        limit,
        ..CallPlan::new(target)
    };
    let report = caller::place_call(&plan).expect("the call is placed");
    assert_eq!(report.status, 200);
    Heard { report }
}

/// Where `needle` begins in `haystack`.
///
/// # Panics
/// When there is nothing to look for: nothing is found everywhere.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    assert!(needle.len() >= 1600, "less than 200 ms proves nothing");
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
