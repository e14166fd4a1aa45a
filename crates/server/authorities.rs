//! Tells the authorities of a territory what its sites post, and follows a silence up.
//!
//! The rows are written with the entry they tell ([`store::Store::insert_bulletin`]); here they are claimed, a few at a
//! time for each means, so that a program that hangs delays no mail and no other program. What is told and when
//! somebody else is told is decided by `bulletin` ([`bulletin::Contact`], [`bulletin::Silence`]).

mod call;
mod silence;
mod tell;

use std::sync::Arc;
use std::time::Duration;

use bulletin::Means;
use jiff::{SignedDuration, Timestamp};
use notify::mail::Mailer;
use notify::{Failure, Reach};
use store::{ClaimedDispatch, Store};
use tokio::sync::{Notify, Semaphore, watch};
use tracing::Instrument;
use tracing::field::Empty;

use crate::announce::{AnnounceFigures, back_off};
use crate::lookout::LookoutFigures;
use crate::service::until;
use crate::{secrets, spans};

/// The way from rows to mail and programs.
pub(crate) struct Authorities {
    pub(crate) store: Store,
    /// Told after each post.
    pub(crate) changed: Arc<Notify>,
    /// None where no mail is sent.
    pub(crate) mailer: Option<Mailer>,
    /// What comes before the path of every address.
    pub(crate) public_url: String,
    /// Where programs of authorities may be.
    pub(crate) reach: Reach,
    /// Counts what becomes of dispatches, beside the channels.
    pub(crate) figures: AnnounceFigures,
    /// Counts the alerts of silences.
    pub(crate) alerts: LookoutFigures,
}

impl Authorities {
    /// Tells and follows up until `stop` turns true.
    pub(crate) async fn keep(self, stop: watch::Receiver<bool>) {
        let this = Arc::new(self);
        tokio::join!(
            Arc::clone(&this).tell_by(Means::Mail, stop.clone()),
            Arc::clone(&this).tell_by(Means::Webhook, stop.clone()),
            silence::follow(&this.store, &this.alerts, stop),
        );
    }

    async fn tell_by(self: Arc<Self>, means: Means, stop: watch::Receiver<bool>) {
        let seats = Arc::new(Semaphore::new(AT_ONCE));
        let mut was_failing = false;
        self.figures.know(channel(means));
        while !*stop.borrow() {
            let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
                return;
            };
            // Before the look, so that what is written just after it is not missed.
            let changed = self.changed.notified();
            match self
                .store
                .claim_dispatch(means, Timestamp::now(), LEASE)
                .await
            {
                Ok(Some(claimed)) => {
                    was_failing = false;
                    let this = Arc::clone(&self);
                    tokio::spawn(async move {
                        this.carry_out(&claimed).await;
                        drop(seat);
                    });
                    continue;
                }
                Ok(None) => {
                    was_failing = false;
                    self.count(means).await;
                }
                Err(error) if !was_failing => {
                    tracing::error!(%error, "authorities wait for the database");
                    was_failing = true;
                }
                Err(_) => {}
            }
            drop(seat);
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(EVERY) => {}
                () = until(stop.clone()) => {}
            }
        }
        // What is being sent is let finish: it would be sent once more otherwise.
        let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let _ = seats.acquire_many(all).await;
    }

    /// No span names a contact: some are persons.
    async fn carry_out(&self, claimed: &ClaimedDispatch) {
        let span = tracing::info_span!(
            target: web::SPANS,
            "dispatch",
            otel.kind = "client",
            otel.status_code = Empty,
            channel = channel(claimed.means),
            bulletin.id = %claimed.bulletin,
            entry = claimed.entry,
            attempts = claimed.attempts,
            outcome = Empty,
        );
        self.tell_and_settle(claimed).instrument(span).await;
    }

    async fn tell_and_settle(&self, claimed: &ClaimedDispatch) {
        let outcome = self.tell(claimed).await;
        let (now, store) = (Timestamp::now(), &self.store);
        let (bulletin, contact) = (&claimed.bulletin, &claimed.contact);
        let (state, written) = match outcome {
            Ok(Done::Told) => {
                tracing::info!(bulletin.id = %bulletin, %contact, entry = claimed.entry, "an authority was told");
                ("sent", store.dispatch_sent(claimed, now).await)
            }
            Ok(Done::NotNeeded(why)) => {
                ("cancelled", store.cancel_dispatch(claimed, why, now).await)
            }
            Err(failure) => {
                let (why, age) = (failure.to_string(), now.duration_since(claimed.tried_at));
                match next_try(claimed.attempts, age, &failure) {
                    Some(pause) => {
                        tracing::warn!(
                            bulletin.id = %bulletin, %contact, why, pause_s = pause.as_secs(),
                            "an authority was not reached; trying again"
                        );
                        let next = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
                        ("failed", store.retry_dispatch(claimed, next, &why).await)
                    }
                    None => {
                        tracing::error!(bulletin.id = %bulletin, %contact, why, "an authority cannot be reached");
                        let tried_by = given_up(&failure, now);
                        let buried = store.bury_dispatch(claimed, tried_by, &why, now).await;
                        ("dead", buried)
                    }
                }
            }
        };
        spans::note_outcome(state, matches!(state, "dead" | "failed"));
        self.figures.came_to(channel(claimed.means), state);
        if let Err(error) = written {
            // The lease runs out and it is told again.
            tracing::error!(%error, "what became of a dispatch cannot be written");
        }
    }

    /// Counts what is still on its way.
    async fn count(&self, means: Means) {
        if let Ok(queue) = self.store.dispatch_queue(means).await {
            self.figures.owe(channel(means), queue);
        }
    }
}

/// What became of a dispatch that did not fail.
enum Done {
    Told,
    /// Why there was no reason to send it, for its row.
    NotNeeded(&'static str),
}

/// How long to wait before the next attempt; `None` when there is none.
///
/// - `attempts`: those made so far.
/// - `age`: since when the oldest of what is told is tried.
fn next_try(attempts: u32, age: SignedDuration, failure: &Failure) -> Option<Duration> {
    match failure {
        Failure::Later { after, .. } if age < LONGEST => {
            let dice = u64::from_be_bytes(secrets::random_name());
            Some(back_off(attempts, *after, dice))
        }
        Failure::Later { .. } | Failure::Never { .. } => None,
    }
}

/// What was tried first at this instant or before is given up: an entry that was added to a thread has its own day.
fn given_up(failure: &Failure, now: Timestamp) -> Timestamp {
    match failure {
        Failure::Never { .. } => now,
        Failure::Later { .. } => now - LONGEST,
    }
}

/// The name of a way in figures, beside those of the channels.
fn channel(means: Means) -> &'static str {
    match means {
        Means::Mail => "authorities-mail",
        Means::Webhook => "authorities-webhook",
    }
}

/// Threads told at the same time by one means.
const AT_ONCE: usize = 16;
/// Longer than the longest attempt.
const LEASE: Duration = Duration::from_secs(60);
/// An attempt may come due, or a post be made by another program, without anybody telling.
const EVERY: Duration = Duration::from_secs(1);
/// After a day it is no news, and somebody has telephoned.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_follows_until_a_day_is_over_and_none_what_is_refused_for_good() {
        let later = Failure::Later {
            why: "busy".into(),
            after: Some(Duration::from_secs(120)),
        };
        let never = Failure::Never { why: "gone".into() };
        let day = SignedDuration::from_hours(24);
        let pause = next_try(1, SignedDuration::ZERO, &later);
        assert_eq!(pause, Some(Duration::from_secs(120)));
        assert_eq!(next_try(1, day, &later), None);
        assert_eq!(next_try(1, SignedDuration::ZERO, &never), None);

        let now: Timestamp = "2027-03-20T00:00:00Z".parse().unwrap();
        assert_eq!(given_up(&later, now), now - day);
        assert_eq!(given_up(&never, now), now);
    }
}
