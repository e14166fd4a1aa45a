//! A row of the table: what is broken, for how long, and what was found.

use std::fmt::Display;
use std::time::Duration;

/// One thing that breaks, and what must be true all the same.
pub(crate) struct Row {
    /// By which it is run alone, and its line found again in `docs/reliability.md`.
    pub(crate) name: &'static str,
    /// Whether `make test` runs it too.
    pub(crate) is_quick: bool,
    /// Breaks it, and looks.
    pub(crate) run: fn(&Run) -> Found,
}

/// How long the rows take, and how strictly they are judged.
pub(crate) struct Run {
    /// The share of the whole length; `None` for the shortened one of `make test`.
    share: Option<f64>,
}

impl Run {
    /// As `make test` does.
    pub(crate) fn quick() -> Self {
        Self { share: None }
    }

    /// As `make faults` does.
    pub(crate) fn long() -> Self {
        let share = std::env::var("ALLO_FAULTS_SHARE").ok();
        let share = share.map(|share| share.parse().expect("ALLO_FAULTS_SHARE is a number"));
        Self {
            share: Some(share.unwrap_or(1.0)),
        }
    }

    pub(crate) fn is_long(&self) -> bool {
        self.share.is_some()
    }

    /// A length in seconds: the whole one, and that of `make test`.
    pub(crate) fn seconds(&self, whole: u32, quick: u32) -> u32 {
        self.number(whole, quick)
    }

    /// How often something is done, likewise.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float becomes an integer by saturating"
    )]
    pub(crate) fn number(&self, whole: u32, quick: u32) -> u32 {
        match self.share {
            None => quick,
            Some(share) => ((f64::from(whole) * share).round() as u32).max(quick),
        }
    }

    /// How long something may take: on a machine that is busy with other things as well, whose slowness is no fault, much longer.
    pub(crate) fn limit(&self, limit: Duration) -> Duration {
        if self.is_long() { limit } else { limit * 20 }
    }
}

/// What a row found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What broke, how often, for how long.
    pub(crate) broke: String,
    /// Those placed, those that were answered and heard to their end, and those that were not.
    pub(crate) calls: Calls,
    pub(crate) posts: Posts,
    /// From the end of the fault until everything was as before.
    pub(crate) recovery: Option<Duration>,
    /// What else was measured.
    pub(crate) also: Vec<String>,
    /// Which of its conditions were not met.
    pub(crate) missed: Vec<String>,
    /// Why it was not run.
    pub(crate) left_out: Option<String>,
}

/// Calls of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) tried: usize,
    pub(crate) good: usize,
    pub(crate) lost: usize,
}

/// Posts of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Posts {
    pub(crate) acknowledged: usize,
    pub(crate) found: usize,
}

impl Found {
    /// Nothing but what broke.
    pub(crate) fn of(broke: impl Into<String>) -> Self {
        Self {
            broke: broke.into(),
            ..Self::default()
        }
    }

    /// Nothing: this machine does not let it.
    pub(crate) fn left_out(why: impl Into<String>) -> Self {
        Self {
            left_out: Some(why.into()),
            ..Self::default()
        }
    }

    /// Counts a condition that is not met.
    pub(crate) fn must(&mut self, is_met: bool, condition: &str) {
        if !is_met {
            self.missed.push(condition.to_owned());
        }
    }

    /// Counts a figure that is not the one that must be.
    pub(crate) fn must_be<T: Copy + PartialEq + Display>(
        &mut self,
        what: &str,
        found: T,
        must_be: T,
    ) {
        if found != must_be {
            self.missed
                .push(format!("{what}: {found}, and not {must_be}"));
        }
    }

    /// Counts a time that is too long.
    pub(crate) fn must_take(&mut self, what: &str, took: Duration, at_most: Duration) {
        if took > at_most {
            self.missed
                .push(format!("{what}: {took:.2?}, and not at most {at_most:.2?}"));
        }
    }

    /// Adds a figure to what else was measured.
    pub(crate) fn note(&mut self, what: impl Into<String>) {
        self.also.push(what.into());
    }
}
