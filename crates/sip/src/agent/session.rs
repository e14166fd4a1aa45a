//! Session timers (RFC 4028): what a request wants of them, what is agreed, and when what is due.
//!
//! The caller refreshes, or we do. Whoever does not is let go when nothing comes; whoever does says
//! goodbye when it finds nobody.

use std::time::{Duration, Instant};

use super::rules::Refusal;
use crate::header::Params;
use crate::message::Headers;
use crate::octets::{decimal, trim};

/// The timer of one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub(super) terms: Terms,
    /// The least interval the other side bears (Min-SE).
    pub(super) min_s: u32,
    /// When it was last refreshed.
    pub(super) refreshed: Instant,
    /// When we refresh, or end the call.
    pub(super) due: Instant,
}

/// What is agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Seconds in which a refresh must come.
    pub(super) interval_s: u32,
    pub(super) refresher: Refresher,
}

/// Who refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresher {
    Caller,
    Us,
}

/// What an INVITE or an UPDATE says of session timers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    interval_s: Option<u32>,
    refresher: Option<Refresher>,
    /// `timer` in Supported or Require.
    takes_part: bool,
    /// What the line wants where the caller says nothing, and what the caller bears.
    asked_s: Option<u32>,
    min_s: u32,
}

impl Session {
    /// Agreed now.
    pub(super) fn begin(now: Instant, terms: Terms, min_s: u32) -> Self {
        let mut session = Self {
            terms,
            min_s,
            refreshed: now,
            due: now,
        };
        session.due = match terms.refresher {
            Refresher::Caller => session.end(),
            Refresher::Us => now + Duration::from_secs(u64::from(terms.interval_s / 2)),
        };
        session
    }

    /// When the call is over for want of a refresh: a little before the end of the interval (§ 10).
    pub(super) fn end(&self) -> Instant {
        let interval_s = self.terms.interval_s;
        self.refreshed + Duration::from_secs(u64::from(interval_s - (interval_s / 3).min(32)))
    }
}

impl Wish {
    /// Reads the headers of a request.
    ///
    /// # Errors
    /// 422 for an interval that is shorter than we bear, if its sender can do something about it (§ 9).
    pub(super) fn read(headers: &Headers<'_>) -> Result<Self, Refusal> {
        let (interval_s, params) = seconds(headers, "Session-Expires");
        let refresher = params.find("refresher").and_then(|who| {
            let is = |name: &str| who.eq_ignore_ascii_case(name.as_bytes());
            match () {
                () if is("uac") => Some(Refresher::Caller),
                () if is("uas") => Some(Refresher::Us),
                () => None,
            }
        });
        let takes_part = ["Supported", "Require"]
            .into_iter()
            .flat_map(|name| headers.list(name))
            .any(|option| option.eq_ignore_ascii_case(b"timer"));
        if takes_part && interval_s.is_some_and(|interval_s| interval_s < MIN_SE_S) {
            let refusal = Refusal::new(422, "Session Interval Too Small");
            return Err(refusal.with("Min-SE", &MIN_SE_S.to_string()));
        }
        Ok(Self {
            interval_s: interval_s.filter(|&interval_s| interval_s >= MIN_SE_S),
            refresher,
            takes_part,
            asked_s: None,
            min_s: seconds(headers, "Min-SE").0.unwrap_or(MIN_SE_S),
        })
    }

    /// Asks for a timer of so many seconds if the caller knows timers and wants none itself.
    pub(super) fn ask(&mut self, asked_s: Option<u32>) {
        self.asked_s = asked_s.map(|asked_s| asked_s.max(self.min_s).max(MIN_SE_S));
    }

    /// What is agreed (§ 9, table 2). `current` is the timer that runs: a request inside the call that knows timers and
    /// says nothing leaves it as it is.
    pub(super) fn agree(&self, current: Option<Terms>) -> Option<Terms> {
        let unsaid = current
            .map(|terms| terms.interval_s)
            .or(self.asked_s)
            .filter(|_| self.takes_part);
        let interval_s = self.interval_s.or(unsaid)?;
        let refresher = match (self.takes_part, self.refresher, current) {
            (false, ..) => Refresher::Us,
            (true, Some(named), _) => named,
            (true, None, Some(terms)) => terms.refresher,
            (true, None, None) => Refresher::Caller,
        };
        Some(Terms {
            interval_s,
            refresher,
        })
    }

    /// Whether the sender knows timers, so that our answer may require them.
    pub(super) fn takes_part(&self) -> bool {
        self.takes_part
    }
}

impl Terms {
    /// The value of Session-Expires in our answer to the caller's request.
    pub(super) fn answered(&self) -> String {
        let Self { interval_s, .. } = self;
        match self.refresher {
            Refresher::Caller => format!("{interval_s};refresher=uac"),
            Refresher::Us => format!("{interval_s};refresher=uas"),
        }
    }

    /// What a 2xx to a refresh of ours makes of them: the roles are those of our request.
    pub(super) fn confirmed(self, headers: &Headers<'_>) -> Self {
        let (interval_s, params) = seconds(headers, "Session-Expires");
        let takes_over = params
            .find("refresher")
            .is_some_and(|who| who.eq_ignore_ascii_case(b"uas"));
        Self {
            interval_s: interval_s
                .filter(|&interval_s| interval_s >= MIN_SE_S)
                .unwrap_or(self.interval_s),
            refresher: if takes_over {
                Refresher::Caller
            } else {
                Refresher::Us
            },
        }
    }
}

/// The least interval that a 422 asks for.
pub(super) fn min_se(headers: &Headers<'_>) -> Option<u32> {
    seconds(headers, "Min-SE").0
}

/// Seconds and parameters of Session-Expires or Min-SE; no seconds if they cannot be read.
fn seconds<'a>(headers: &Headers<'a>, name: &str) -> (Option<u32>, Params<'a>) {
    let value = headers.find(name).unwrap_or_default();
    let end = value.iter().position(|&octet| octet == b';');
    let (seconds, params) = value.split_at(end.unwrap_or(value.len()));
    let seconds = decimal(trim(seconds)).and_then(|seconds| u32::try_from(seconds).ok());
    (seconds, Params::parse(params).unwrap_or_default())
}

/// Shortest interval we take, the least the RFC allows (§ 5).
pub(super) const MIN_SE_S: u32 = 90;
