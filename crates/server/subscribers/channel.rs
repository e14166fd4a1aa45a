//! The channel of subscribers: told once, it owes a mail to each of them.

use std::sync::Arc;

use jiff::Timestamp;
use notify::mail::Mailer;
use notify::{Announcement, Channel, Checked, Failure, Receipt, Rules, Told};
use store::Store;
use tokio::sync::Notify;

use crate::announce::Registered;

/// Queues what the subscribers of a territory are to be written.
pub(crate) struct Subscribers {
    store: Store,
    mailer: Mailer,
    /// Wakes the postman.
    queued: Arc<Notify>,
}

impl Subscribers {
    /// The channel under its name, told what every territory posts: whom that concerns is written in the rows.
    pub(crate) fn registered(store: Store, mailer: Mailer, queued: Arc<Notify>) -> Registered {
        Registered {
            name: NAME.to_owned(),
            territory: None,
            kind: NAME,
            is_network: false,
            rules: Rules::default(),
            channel: Arc::new(Self {
                store,
                mailer,
                queued,
            }),
        }
    }
}

impl Channel for Subscribers {
    fn tell<'a>(&'a self, announcement: &'a Announcement, _earlier: &'a [Receipt]) -> Told<'a> {
        Box::pin(async move {
            let Announcement {
                bulletin, entry, ..
            } = announcement;
            let queued = self.store.queue_mails(bulletin, entry, Timestamp::now());
            let mails = queued.await.map_err(|error| Failure::Later {
                why: error.to_string(),
                after: None,
            })?;
            tracing::info!(bulletin.id = %bulletin.id, entry = entry.number, mails, "subscribers are written to");
            self.queued.notify_one();
            Ok(Receipt {
                id: mails.to_string(),
                url: None,
            })
        })
    }

    fn check(&self) -> Checked<'_> {
        Box::pin(self.mailer.check())
    }
}

/// Its name among the channels, and its kind.
const NAME: &str = "subscribers";
