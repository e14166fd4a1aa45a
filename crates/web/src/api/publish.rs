//! From a composed bulletin to an acknowledged one: rows and jobs on disk, then the page, then the answer.

use std::time::Duration;

use bulletin::{Bulletin, Entry, EntryKind, Refusal};
use store::NewJob;
use tokio::time;
use tracing::Instrument;

use super::answer::Answer;
use super::attempt::Attempt;
use crate::app::App;
use crate::error::Error;
use crate::spans;

/// What is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Post<'a> {
    /// A new bulletin.
    First(&'a Bulletin),
    /// One more entry of a bulletin, which the bulletin holds already.
    Further(&'a Bulletin, &'a Entry),
}

impl Post<'_> {
    fn bulletin(&self) -> &Bulletin {
        match self {
            Self::First(bulletin) | Self::Further(bulletin, _) => bulletin,
        }
    }

    /// The entry that is new.
    fn entry(&self) -> &Entry {
        match self {
            Self::First(bulletin) => bulletin.current(),
            Self::Further(_, entry) => entry,
        }
    }
}

/// Writes the post with its jobs and its answer in one transaction, then has it shown.
///
/// # Errors
/// [`Error::Changed`] when another entry came between; [`Error::Store`] when nothing could be written.
/// Whatever happens after the commit, the post is acknowledged.
pub(crate) async fn publish(
    app: &App,
    attempt: &Attempt,
    post: Post<'_>,
    answer: Answer,
) -> Result<Answer, Error> {
    let once = attempt.once(&answer);
    let written = match post {
        Post::First(bulletin) => {
            app.store
                .insert_bulletin(bulletin, &jobs(bulletin, bulletin.current()), once.as_ref())
                .await
        }
        Post::Further(bulletin, entry) => {
            app.store
                .append_entry(bulletin, entry, &jobs(bulletin, entry), once.as_ref())
                .await
        }
    };
    match written {
        Ok(()) => {
            spans::note_bulletin(&post.bulletin().id);
            take_effect(app).await;
        }
        Err(store::Error::AlreadyDone) => return repeated(app, attempt).await,
        // Its day ended between the look for it and this.
        Err(store::Error::MissingReference { .. }) if post.entry().recording.is_some() => {
            return Err(Refusal::UnknownRecording.into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(answer)
}

/// Wakes those who wait for work and awaits programme and pages; that may fail, what was written stands.
pub(crate) async fn take_effect(app: &App) {
    app.changed.notify_waiters();
    let refresh = tokio::spawn((app.refresh)().in_current_span());
    match time::timeout(PATIENCE, refresh).await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => {
            tracing::error!(%fault, "the programme could not be rebuilt after a change")
        }
        Err(_) => tracing::warn!("the programme was not rebuilt in time after a change"),
    }
}

/// The answer of the same request that was written a moment before this one.
async fn repeated(app: &App, attempt: &Attempt) -> Result<Answer, Error> {
    let earlier = attempt.earlier_answer(&app.store).await?;
    earlier.ok_or_else(|| {
        Error::Fault("a request was done already, but its answer was not kept".to_owned())
    })
}

/// The work that a post causes. What is withdrawn is not spoken.
fn jobs(bulletin: &Bulletin, entry: &Entry) -> Vec<NewJob> {
    if entry.kind == EntryKind::Withdrawal {
        return vec![];
    }
    let payload = serde_json::json!({ "bulletin": bulletin.id.as_str(), "entry": entry.number });
    vec![NewJob {
        kind: "speak".to_owned(),
        payload: payload.to_string(),
        run_at: entry.at,
        unique: Some(format!("speak/{}/{}", bulletin.id, entry.number)),
    }]
}

/// How long the answer to a post waits for the page.
const PATIENCE: Duration = Duration::from_secs(2);
