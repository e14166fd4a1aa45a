//! What a start does to the rows: at once, or as soon as a database that is away comes back.
//!
//! Until then callers hear and readers see what was known last ([`crate::last_known`]), or callers hear that the service
//! is in difficulty; whoever posts is refused at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::announce::{Announcer, Registered};
use crate::demo::{self, DemoError};
use crate::jobs::purge;
use crate::last_known;
use crate::programme::Programmes;
use crate::service::until;

/// What a start needs to join the database.
pub(crate) struct Joining {
    pub(crate) store: Store,
    pub(crate) programmes: Arc<Programmes>,
    /// None on a node that does no jobs.
    pub(crate) telling: Option<Telling>,
    /// The data folder, where the demonstration is wanted.
    pub(crate) demonstration: Option<PathBuf>,
}

/// What tells the channels.
pub(crate) struct Telling {
    pub(crate) announcer: Announcer,
    pub(crate) channels: Vec<Registered>,
}

impl Joining {
    /// Where jobs are done, asks for the work that each start asks for and begins to tell the channels: the database is
    /// open.
    ///
    /// # Errors
    /// Of the store.
    pub(crate) async fn join(&self, stop: &watch::Receiver<bool>) -> Result<Tasks, store::Error> {
        let Some(telling) = &self.telling else {
            return Ok(vec![]);
        };
        speak_names(&self.store).await?;
        let purge = purge::at_start(Timestamp::now());
        self.store.insert_jobs(&[purge]).await?;
        let announcer = telling.announcer.clone();
        announcer.start(telling.channels.clone(), stop).await
    }

    /// Tries to open the database until it opens or `stop` turns true; then does what a start does, and tells the channels
    /// until the end.
    pub(crate) async fn join_later(self, error: store::Error, stop: watch::Receiver<bool>) {
        let mut last = error;
        let tasks = loop {
            // Looking at the whole file takes its time.
            let is_damaged = matches!(last, store::Error::Damaged { .. });
            tokio::select! {
                () = tokio::time::sleep(if is_damaged { LOOK_EVERY } else { TRY_EVERY }) => {}
                () = until(stop.clone()) => return,
            }
            match self.try_to_join(&stop).await {
                Ok(tasks) => break tasks,
                Err(error) => {
                    if error.to_string() != last.to_string() {
                        tracing::error!(%error, "the database does not open for another reason now; it is tried again and again");
                    }
                    last = error;
                }
            }
        };
        for task in tasks {
            if let Err(fault) = task.await {
                tracing::error!(%fault, "a channel is told no more");
            }
        }
    }

    async fn try_to_join(&self, stop: &watch::Receiver<bool>) -> Result<Tasks, store::Error> {
        self.store.join().await?;
        if let Some(data) = &self.demonstration {
            match demo::seed(&self.store, data, Timestamp::now()).await {
                Err(DemoError::Store(error)) => return Err(error),
                Err(error) => tracing::error!(%error, "there is no demonstration"),
                Ok(()) => {}
            }
        }
        self.programmes.refresh_logged().await;
        self.join(stop).await
    }
}

/// Begins with what was known last, because the database does not open.
///
/// - `kept`: the folder that has it.
pub(crate) async fn begin_without(error: &store::Error, kept: PathBuf, programmes: &Programmes) {
    let read = tokio::task::spawn_blocking(move || last_known::read(&kept));
    let recalled = read.await.unwrap_or_else(|fault| {
        tracing::error!(%fault, "what was known last could not be read");
        None
    });
    match &recalled {
        Some((known, _)) => tracing::error!(
            %error, as_of = %known.checked_at,
            "the database does not open: callers hear and readers see what was known last, nobody can post; it is tried again and again"
        ),
        None => tracing::error!(
            %error,
            "the database does not open, and nothing is known from before: callers hear that the service is in difficulty; it is tried again and again"
        ),
    }
    programmes.recall(recalled).await;
}

/// Territories without a voice get one; those that have one are spoken again if the words changed.
async fn speak_names(store: &Store) -> Result<(), store::Error> {
    let now = Timestamp::now();
    let territories = store.territories().await?;
    let names: Vec<_> = territories
        .iter()
        .flat_map(|one| web::say_again(&one.slug, now))
        .collect();
    store.insert_jobs(&names).await
}

type Tasks = Vec<JoinHandle<()>>;

const TRY_EVERY: Duration = Duration::from_secs(1);
/// The same for a damaged file.
const LOOK_EVERY: Duration = Duration::from_secs(10);
