//! What `/readyz` says, concern by concern.

mod trunks;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use jiff::{SignedDuration, Timestamp};
use line::LineHealth;
use web::Concern;

use crate::answering::Telephone;
use crate::certificates::{A_DAY, SOON_DAYS};
use crate::config::NodeRole;
use crate::jobs::speak::Speaker;
use crate::programme::Programmes;
use crate::subscribers::MailFigures;
use crate::voices;

/// What is looked at.
pub(crate) struct Readiness {
    pub(crate) role: NodeRole,
    /// None on a node that answers no calls.
    pub(crate) telephone: Option<Telephone>,
    pub(crate) programmes: Arc<Programmes>,
    pub(crate) speaker: Arc<Speaker>,
    /// Of mail to subscribers, where any leaves.
    pub(crate) mails: Option<MailFigures>,
    /// Calls at once.
    pub(crate) max_calls: usize,
    /// Set when the service is being stopped: new calls are refused for good.
    pub(crate) leaving: Arc<AtomicBool>,
}

impl Readiness {
    /// The line decides whether callers can be answered, and where nobody calls, whether the node is being stopped; the
    /// rest tells what is not as it should be.
    pub(crate) fn concerns(&self) -> Vec<Concern> {
        let mut concerns = match &self.telephone {
            Some(telephone) => {
                let health = telephone.line.health();
                vec![
                    self.answering(&health),
                    load(&health, self.max_calls),
                    real_time(&health),
                ]
            }
            None => vec![self.staying()],
        };
        concerns.extend([self.database(), self.voice()]);
        if let Some(Telephone {
            certificates: Some(certificates),
            ..
        }) = &self.telephone
        {
            concerns.push(tls(certificates.seconds_left(), certificates.trouble()));
        }
        if let Some(mails) = &self.mails {
            let trouble = mails.trouble();
            let detail = trouble.clone().unwrap_or_else(|| "mail leaves".to_owned());
            concerns.push(concern("mail", trouble.is_none(), false, detail));
        }
        let telephone = self.telephone.as_ref();
        concerns.extend(
            telephone.and_then(|it| trunks::concern(&it.line.trunks(), &it.names.health())),
        );
        concerns
    }

    /// Whether a node without a line stays: nobody is to be sent to one that is being stopped.
    fn staying(&self) -> Concern {
        let leaving = self.leaving.load(Relaxed);
        let detail = match (leaving, self.role) {
            (true, _) => "the service is being stopped",
            (false, NodeRole::Jobs) => "jobs are done",
            (false, _) => "pages are served",
        };
        concern(self.role.as_str(), !leaving, true, detail.into())
    }

    /// Whether the line works at all. A full line is ready: it serves those it has, and refuses the next call with a
    /// status that sends it elsewhere.
    fn answering(&self, health: &LineHealth) -> Concern {
        let leaving = self.leaving.load(Relaxed);
        let detail = match (health.alive(), leaving) {
            (false, _) => "a thread of the line stands still; restart the service",
            (true, true) => {
                "the service is being stopped: new calls are refused, calls in progress may finish"
            }
            (true, false) => "the line answers",
        };
        concern("line", health.alive() && !leaving, true, detail.into())
    }

    fn database(&self) -> Concern {
        let checked = self.programmes.checked_at();
        let fresh = checked.is_some_and(|at| Timestamp::now().duration_since(at) < STALE);
        let ok = fresh && !self.programmes.is_failing();
        let detail = match checked {
            Some(at) if ok => format!("last read at {at}"),
            Some(at) => format!(
                "cannot be read, and nobody can post; callers hear and readers see what was known at {at}"
            ),
            None => "cannot be read, and nothing is known from before: callers hear that the service is in difficulty".into(),
        };
        // Who has nothing to tell sends callers elsewhere, and whoever does jobs has nothing to do without it.
        let is_needed = self.role == NodeRole::Jobs || checked.is_none();
        concern("database", ok, is_needed, detail)
    }

    fn voice(&self) -> Concern {
        let (unspoken, troubles) = (self.programmes.unspoken(), self.speaker.voice_troubles());
        let (ok, detail) = match (self.speaker.trouble(), unspoken, &troubles[..]) {
            (Some(trouble), _, _) => (false, trouble),
            (None, 0, []) => (true, "every bulletin is spoken".into()),
            (None, 0, troubles) => (
                false,
                format!(
                    "{}; another voice speaks in its place",
                    voices::listed(troubles)
                ),
            ),
            (None, some, _) => (
                false,
                format!(
                    "{some} bulletins have no sound; callers hear a general sentence in their place"
                ),
            ),
        };
        concern("voice", ok, false, detail)
    }
}

/// How full the line is, and what it does about it.
fn load(health: &LineHealth, max_calls: usize) -> Concern {
    let programme = if health.short_programme {
        "callers hear each bulletin once (short programme)"
    } else {
        "callers hear the whole programme"
    };
    let gate = if health.accepting {
        "new calls are answered"
    } else {
        "new calls are refused; see docs/trunks.md for what can be done"
    };
    let detail = format!(
        "{} of {max_calls} calls; the busiest media thread works {} % of its time; {programme}; {gate}",
        health.calls, health.busiest_thread_percent
    );
    concern("load", health.accepting, false, detail)
}

/// Whether who connects by TLS can believe us, and for how long.
fn tls(seconds_left: i64, trouble: Option<String>) -> Concern {
    let days = seconds_left.div_euclid(A_DAY);
    let (ok, detail) = match trouble {
        Some(trouble) => (
            false,
            format!("{trouble}; the certificate before it is still shown, for {days} days"),
        ),
        None if seconds_left < 0 => (
            false,
            "the certificate is over: nobody who checks it connects; replace the files, no restart is needed".into(),
        ),
        None if days < SOON_DAYS => (
            false,
            format!("the certificate is over in {days} days; replace the files, no restart is needed"),
        ),
        None => (true, format!("the certificate is good for {days} days")),
    };
    concern("tls", ok, false, detail)
}

/// A warning: sound goes out all the same, and on time as long as the machine has nothing else to do.
fn real_time(health: &LineHealth) -> Concern {
    let detail = if health.real_time {
        "every thread of the line has real-time priority"
    } else {
        "sound has ordinary priority: when the machine is busy packets leave late and callers hear gaps; give the \
         program CAP_SYS_NICE or a limit of real-time priority (systemd: AmbientCapabilities=CAP_SYS_NICE or \
         LimitRTPRIO=20, without RestrictRealtime) and restart it"
    };
    concern("real_time", health.real_time, false, detail.into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_priority_is_a_warning_that_says_what_to_do() {
        let without = real_time(&LineHealth::default());
        let with = real_time(&LineHealth {
            real_time: true,
            ..LineHealth::default()
        });

        assert!(!without.ok && !without.vital);
        assert!(without.detail.contains("CAP_SYS_NICE") && without.detail.contains("LimitRTPRIO"));
        assert!(with.ok);
    }

    #[test]
    fn a_certificate_is_complained_about_before_its_end_and_when_its_files_are_broken() {
        let left = |days: i64| tls(days * A_DAY + 5, None);

        assert!(left(14).ok);
        assert!(left(14).detail.contains("14 days"));
        assert!(!left(13).ok && !left(13).vital);
        assert!(left(-1).detail.contains("is over"), "{}", left(-1).detail);
        let broken = tls(90 * A_DAY, Some("cannot read key.pem".into()));
        assert!(
            !broken.ok && broken.detail.contains("key.pem") && broken.detail.contains("90 days")
        );
    }

    #[test]
    fn a_full_line_says_how_full_it_is_and_stays_ready() {
        let full = LineHealth {
            calls: 2_500,
            accepting: false,
            short_programme: true,
            busiest_thread_percent: 71,
            ..LineHealth::default()
        };

        let concern = load(&full, 2_500);

        assert!(!concern.ok && !concern.vital);
        for words in ["2500 of 2500 calls", "71 %", "short programme", "refused"] {
            assert!(concern.detail.contains(words), "{}", concern.detail);
        }
        let calm = load(
            &LineHealth {
                accepting: true,
                ..full
            },
            2_500,
        );
        assert!(calm.ok && calm.detail.contains("new calls are answered"));
    }
}
