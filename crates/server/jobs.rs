//! The jobs: slow or fallible work, claimed from the store one at a time.
//!
//! One file per job, named by its verb. A job is safe to run twice: its lease may run out while
//! it still works, and another start of the program takes it again.

pub(crate) mod alert;
pub(crate) mod publish;
pub(crate) mod purge;
pub(crate) mod speak;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::{Job, Store};
use tokio::sync::watch;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use web::App;

use crate::jobs::purge::Retention;
use crate::jobs::speak::Speaker;
use crate::service::until;
use crate::spans;

/// Lets the workers of a start take up at once what this node had in hand when it died. Alerts wait for their lease: a
/// program that dies again and again is not to send a mail each time.
pub(crate) async fn release(store: &Store, node: &str) {
    let now = Timestamp::now();
    match store.release_jobs(ANY, node, MOST_AT_ONCE, now).await {
        Ok(0) => {}
        Ok(jobs) => tracing::info!(jobs, "this node takes up what it had in hand when it died"),
        Err(error) => tracing::warn!(
            %error,
            "what this node had in hand when it died is taken up when its lease is over"
        ),
    }
}

/// Runs jobs of these kinds until `stop` turns true.
///
/// - `node`: the name of this node in rows.
pub(crate) async fn run(
    kinds: &'static [&'static str],
    node: String,
    app: App,
    speaker: Arc<Speaker>,
    retention: Retention,
    stop: watch::Receiver<bool>,
) {
    let mut is_failing = false;
    loop {
        // Before the look, so that what is written just after it is not missed.
        let changed = app.changed.notified();
        let claimed = app.store.claim_job(kinds, &node, Timestamp::now(), LEASE);
        let claimed = claimed.await;
        let failed_before = std::mem::replace(&mut is_failing, claimed.is_err());
        match claimed {
            Ok(Some(job)) => {
                perform(&app, &speaker, retention, &job).await;
                if *stop.borrow() {
                    return;
                }
                continue;
            }
            Ok(None) => {}
            Err(error) if !failed_before => {
                tracing::error!(%error, "the job queue cannot be read; trying again");
            }
            Err(_) => {}
        }
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep(POLL) => {}
            () = until(stop.clone()) => return,
        }
    }
}

async fn perform(app: &App, speaker: &Speaker, retention: Retention, job: &Job) {
    let store = &app.store;
    let work = async {
        match job.kind.as_str() {
            publish::KIND => publish::perform(app, job).await,
            purge::KIND => purge::perform(store, job.run_at, Timestamp::now(), retention).await,
            _ => speaker.perform(job).await,
        }
    };
    carry_out(store, job, work).await;
}

/// Does a job and writes what became of it.
pub(crate) async fn carry_out(
    store: &Store,
    job: &Job,
    work: impl Future<Output = Result<(), Failure>>,
) {
    let span = span_of(job);
    async {
        let done = work.await;
        let outcome = match &done {
            Ok(()) => "done",
            Err(Failure::Later(_)) => "failed",
            Err(Failure::Final(_)) => "dead",
        };
        spans::note_outcome(outcome, done.is_err());
        settle(store, job, done).await;
    }
    .instrument(span)
    .await;
}

/// The payload of most jobs names a bulletin; that of one names a mailbox.
fn span_of(job: &Job) -> Span {
    let span = tracing::info_span!(
        target: web::SPANS,
        "job",
        otel.name = Empty,
        otel.status_code = Empty,
        job.kind = job.kind,
        job.attempts = job.attempts,
        bulletin.id = Empty,
        outcome = Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("job {}", job.kind).as_str());
        let about: Option<About> = serde_json::from_str(&job.payload).ok();
        if let Some(About { bulletin }) = about {
            span.record("bulletin.id", bulletin.as_str());
        }
    }
    span
}

#[derive(Deserialize)]
struct About {
    bulletin: String,
}

/// Writes what became of a job.
async fn settle(store: &Store, job: &Job, done: Result<(), Failure>) {
    let outcome = match done {
        Ok(()) => store.complete_job(job).await,
        Err(Failure::Final(why)) => {
            tracing::error!(
                job.id,
                job.kind,
                why,
                "a job cannot be done and is set aside"
            );
            store.kill_job(job, &why).await
        }
        Err(Failure::Later(why)) => {
            let pause = back_off(job.attempts);
            tracing::warn!(
                job.id,
                job.kind,
                why,
                pause_s = pause.as_secs(),
                "a job failed and waits"
            );
            let at = Timestamp::now() + pause;
            store.retry_job(job, at, &why).await
        }
    };
    if let Err(error) = outcome {
        // The lease runs out and the job is taken again.
        tracing::error!(%error, job.id, "the outcome of a job cannot be written");
    }
}

/// Why a job did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It never will.
    Final(String),
    /// It may, another time.
    Later(String),
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Later(error.to_string())
    }
}

/// What each worker does: a voice that hangs for one bulletin leaves another to speak the next, and a word to everybody
/// in a crisis waits for no bulletin.
pub(crate) const WORKERS: [&[&str]; 3] = [ANY, ANY, &[web::SPEAK_TERRITORY]];

const ANY: &[&str] = &[
    publish::KIND,
    speak::KIND,
    web::SPEAK_TERRITORY,
    web::SPEAK_ANEW,
    purge::KIND,
];
/// Every kind there is.
pub(crate) const KINDS: [&str; 7] = [
    publish::KIND,
    speak::KIND,
    web::SPEAK_TERRITORY,
    web::SPEAK_ANEW,
    purge::KIND,
    alert::KIND,
    alert::MAIL,
];
/// Longer than the slowest voice with its fall-backs.
const LEASE: Duration = Duration::from_secs(90);
/// A job that was claimed this often is left to its lease by the next start.
const MOST_AT_ONCE: u32 = 3;
/// A job may come due, or be left by a stopped program, without anybody telling.
const POLL: Duration = Duration::from_secs(2);

/// 1 s, 2 s, 4 s … at most a minute: the line speaks a generic sentence meanwhile.
fn back_off(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs(1 << attempts.min(6)).min(SignedDuration::from_secs(60))
}
