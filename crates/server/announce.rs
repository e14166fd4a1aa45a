//! Tells the channels what is owed to them: each has a worker of its own, so that one that hangs delays no other.
//!
//! A worker claims a delivery, decides whether it is still to be told, tells it and writes down what came of that. A
//! program that is killed between the two tells it again after its next start, or another node does after the lease;
//! [`notify::Announcement::key`] is how the other side can know.

mod back_off;
mod decision;
mod figures;
mod registered;
mod worker;

use std::sync::Arc;

use jiff::Timestamp;
use store::{KnownChannel, Store};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub(crate) use back_off::back_off;
pub(crate) use figures::AnnounceFigures;
pub(crate) use registered::{Registered, registered};
use worker::Worker;

/// All that the workers share.
#[derive(Clone)]
pub(crate) struct Announcer {
    pub(crate) store: Store,
    /// Told after each post; see [`crate::programme::Programmes::refreshing`].
    pub(crate) posted: Arc<Notify>,
    pub(crate) figures: AnnounceFigures,
    /// See [`notify::Sender::public_url`].
    pub(crate) public_url: String,
    /// [`crate::node::Node::id`]: what it held when it was killed is taken up again at once after its next start.
    pub(crate) node: String,
}

impl Announcer {
    /// Writes which channels there are and starts a worker for each.
    ///
    /// # Errors
    /// Of the store.
    pub(crate) async fn start(
        self,
        channels: Vec<Registered>,
        stop: &watch::Receiver<bool>,
    ) -> Result<Vec<JoinHandle<()>>, store::Error> {
        let now = Timestamp::now();
        let known: Vec<_> = channels.iter().map(Registered::as_row).collect();
        self.warn_of_unknown_territories(&known).await?;
        self.store.replace_channels(&known, now).await?;
        self.store.release_deliveries(&self.node, now).await?;
        let shared = Arc::new(self);
        let workers = channels.into_iter().map(|channel| {
            let worker = Worker::new(Arc::clone(&shared), channel);
            tokio::spawn(worker.run(stop.clone()))
        });
        Ok(workers.collect())
    }

    async fn warn_of_unknown_territories(
        &self,
        channels: &[KnownChannel],
    ) -> Result<(), store::Error> {
        let territories = self.store.territories().await?;
        for one in channels {
            let slug = one.territory.as_ref();
            if let Some(slug) = slug
                && !territories.iter().any(|known| known.slug == *slug)
            {
                tracing::warn!(channel = one.name, territory = %slug, "a channel is for a territory that does not exist");
            }
        }
        Ok(())
    }
}
