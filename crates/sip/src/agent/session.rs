//! Session timers (RFC 4028), as far as an answering party needs them: the caller refreshes, and a
//! caller who stops is let go.
//!
//! We never refresh ourselves. A caller who wants us to gets a 200 without a timer and may refresh
//! or not (§ 7.2).

use std::time::Duration;

use super::rules::Refusal;
use crate::header::Params;
use crate::message::Headers;
use crate::octets::{decimal, trim};

/// The interval of an INVITE in seconds, if its sender takes part and refreshes.
///
/// 422 for one that is shorter than we bear (§ 9).
pub(super) fn read_session(headers: &Headers<'_>) -> Result<Option<u32>, Refusal> {
    let value = headers.find("Session-Expires").unwrap_or_default();
    let end = value.iter().position(|&octet| octet == b';');
    let (seconds, params) = value.split_at(end.unwrap_or(value.len()));
    let seconds = decimal(trim(seconds)).and_then(|seconds| u32::try_from(seconds).ok());
    let takes_part = ["Supported", "Require"]
        .into_iter()
        .flat_map(|name| headers.list(name))
        .any(|option| option.eq_ignore_ascii_case(b"timer"));
    let Some(seconds) = seconds.filter(|_| takes_part) else {
        return Ok(None);
    };
    if seconds < MIN_SE_S {
        let refusal = Refusal::new(422, "Session Interval Too Small");
        return Err(refusal.with("Min-SE", &MIN_SE_S.to_string()));
    }
    let params = Params::parse(params).unwrap_or_default();
    let refresher = params.find("refresher").unwrap_or_default();
    Ok((!refresher.eq_ignore_ascii_case(b"uas")).then_some(seconds))
}

/// How long after an answer the next refresh must have come: a little before the end (§ 10).
pub(super) fn longest_wait(interval_s: u32) -> Duration {
    Duration::from_secs(u64::from(interval_s - (interval_s / 3).min(32)))
}

/// Shortest interval we take, the least the RFC allows (§ 5).
const MIN_SE_S: u32 = 90;
