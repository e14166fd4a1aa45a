//! The jobs of a node: all that takes time, begun together.
//!
//! What each of them does is claimed from the store, so that of several nodes one does it.

use std::sync::Arc;

use store::Store;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use web::{App, Mailbox};

use crate::announce::{self, AnnounceFigures, Announcer};
use crate::authorities::Authorities;
use crate::config::{ChannelError, Config};
use crate::jobs::alert::Alerts;
use crate::jobs::{self, speak::Speaker};
use crate::joining::Telling;
use crate::lookout::LookoutFigures;
use crate::node::Node;
use crate::programme::Programmes;
use crate::subscribers::{MailFigures, Postman, Subscribers};

/// What jobs share with the rest of the program.
pub(crate) struct Working<'a> {
    pub(crate) config: &'a Config,
    pub(crate) store: &'a Store,
    pub(crate) node: &'a Node,
    pub(crate) app: &'a App,
    pub(crate) programmes: &'a Programmes,
    pub(crate) speaker: &'a Arc<Speaker>,
    /// Told after each post.
    pub(crate) posted: &'a Arc<Notify>,
    pub(crate) mailbox: Option<Mailbox>,
    pub(crate) figures: &'a AnnounceFigures,
    pub(crate) mails: &'a MailFigures,
    pub(crate) alerts: &'a LookoutFigures,
    pub(crate) stop: &'a watch::Receiver<bool>,
}

impl Working<'_> {
    /// What tells the channels, once the database is open.
    ///
    /// # Errors
    /// Of a channel that cannot be set up.
    pub(crate) fn telling(&self) -> Result<Telling, ChannelError> {
        let mut channels = announce::registered(self.config)?;
        channels.extend(self.postman().map(|postman| {
            Subscribers::registered(self.store.clone(), postman.mailer, postman.queued)
        }));
        let announcer = Announcer {
            store: self.store.clone(),
            posted: self.programmes.refreshing(),
            figures: self.figures.clone(),
            public_url: self.config.public_url.clone(),
            node: self.node.id.clone(),
        };
        Ok(Telling {
            announcer,
            channels,
        })
    }

    /// Begins all the others, until `stop` turns true.
    pub(crate) fn start(self) -> Vec<JoinHandle<()>> {
        let Self { config, store, .. } = self;
        let stop = || self.stop.clone();
        let authorities = Authorities {
            store: store.clone(),
            changed: Arc::clone(self.posted),
            mailer: config.mail.clone(),
            public_url: config.public_url.clone(),
            reach: config.authorities.reach(),
            figures: self.figures.clone(),
            alerts: self.alerts.clone(),
        };
        let tellers = Alerts {
            store: store.clone(),
            mailer: config.mail.clone(),
            public_url: config.public_url.clone(),
            node: self.node.id.clone(),
        };
        let mut tasks = Vec::from(jobs::WORKERS.map(|kinds| {
            let node = self.node.id.clone();
            let (app, speaker) = (self.app.clone(), Arc::clone(self.speaker));
            let retention = config.retention;
            tokio::spawn(jobs::run(kinds, node, app, speaker, retention, stop()))
        }));
        tasks.push(tokio::spawn(authorities.keep(stop())));
        tasks.push(tokio::spawn(tellers.keep(stop())));
        tasks.extend(
            self.postman()
                .map(|postman| tokio::spawn(postman.run(stop()))),
        );
        tasks
    }

    fn postman(&self) -> Option<Postman> {
        let mailer = self.config.mail.clone();
        let postman = mailer.zip(self.mailbox.clone());
        postman.map(|(mailer, mailbox)| Postman {
            store: self.store.clone(),
            mailer,
            key: mailbox.key,
            figures: self.mails.clone(),
            public_url: self.config.public_url.clone(),
            queued: mailbox.queued,
            node: self.node.id.clone(),
        })
    }
}
