//! What `/readyz` says, concern by concern.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use line::Line;
use web::Concern;

use crate::jobs::speak::Speaker;
use crate::programme::Programmes;

/// What is looked at.
pub(crate) struct Readiness {
    pub(crate) line: Arc<Line>,
    pub(crate) programmes: Arc<Programmes>,
    pub(crate) speaker: Arc<Speaker>,
}

impl Readiness {
    /// The line decides whether callers can be answered; the rest tells what is not as it should be.
    pub(crate) fn concerns(&self) -> Vec<Concern> {
        vec![self.line(), self.real_time(), self.database(), self.voice()]
    }

    fn line(&self) -> Concern {
        let health = self.line.health();
        let calls = health.calls;
        let detail = if !health.alive() {
            "a thread of the line stands still; restart the service".into()
        } else if health.accepting {
            format!("{calls} calls in progress")
        } else {
            format!("{calls} calls in progress, new ones are refused")
        };
        concern("line", health.alive() && health.accepting, true, detail)
    }

    fn real_time(&self) -> Concern {
        let real_time = self.line.health().real_time;
        let detail = if real_time {
            "sound has real-time priority"
        } else {
            "sound has ordinary priority; allow CAP_SYS_NICE or LimitRTPRIO=20"
        };
        concern("real_time", real_time, false, detail.into())
    }

    fn database(&self) -> Concern {
        let checked = self.programmes.checked_at();
        let fresh = checked.is_some_and(|at| Timestamp::now().duration_since(at) < STALE);
        let ok = fresh && !self.programmes.is_failing();
        let detail = match checked {
            Some(at) if ok => format!("last read at {at}"),
            Some(at) => format!("cannot be read; callers hear the programme of {at}"),
            None => "never read".into(),
        };
        concern("database", ok, false, detail)
    }

    fn voice(&self) -> Concern {
        match (self.speaker.trouble(), self.programmes.unspoken()) {
            (Some(trouble), _) => concern("voice", false, false, trouble),
            (None, 0) => concern("voice", true, false, "every bulletin is spoken".into()),
            (None, some) => concern(
                "voice",
                false,
                false,
                format!(
                    "{some} bulletins have no sound; callers hear a general sentence in their place"
                ),
            ),
        }
    }
}

fn concern(name: &str, ok: bool, vital: bool, detail: String) -> Concern {
    Concern {
        name: name.into(),
        ok,
        vital,
        detail,
    }
}

/// The store is read at least every 20 s.
const STALE: SignedDuration = SignedDuration::from_secs(60);
