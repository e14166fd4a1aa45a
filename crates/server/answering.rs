//! The telephone of a node: the line, and what stands beside it as long as it answers.
//!
//! Start with [`Answering::start`]: callers are answered from then on. [`Answering::work`] gives the tasks that follow
//! what becomes of their calls.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use line::{CallRecord, Line, OnAir, Said};
use store::Store;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::calls::{self, CallFigures};
use crate::certificates::{Certificates, Contents};
use crate::names::Names;
use crate::programme::Programmes;
use crate::secrets::SecretError;
use crate::service::StartError;
use crate::short_programme::Hand;
use crate::{Config, dictation, hep, trace};

/// The line, and what is to be known of it.
#[derive(Clone)]
pub(crate) struct Telephone {
    pub(crate) line: Arc<Line>,
    /// Where the servers of its trunks are.
    pub(crate) names: Arc<Names>,
    /// Of SIP over TLS, where that is answered.
    pub(crate) certificates: Option<Arc<Certificates>>,
}

/// A line that answers, and what its tasks need.
pub(crate) struct Answering {
    telephone: Telephone,
    /// What the certificates were read from.
    contents: Option<Contents>,
    records: Receiver<CallRecord>,
    said: Option<Receiver<Said>>,
    latest: watch::Receiver<OnAir>,
    hand: Hand,
    desk: Option<trace::Desk>,
}

/// What the tasks of a line share with the rest of the program.
pub(crate) struct Surroundings<'a> {
    pub(crate) store: &'a Store,
    pub(crate) programmes: &'a Arc<Programmes>,
    /// Told after each post.
    pub(crate) posted: &'a Arc<Notify>,
    pub(crate) figures: &'a CallFigures,
    pub(crate) stop: &'a watch::Receiver<bool>,
}

impl Answering {
    /// Answers calls with what is on the air.
    ///
    /// # Errors
    /// [`StartError`], in words that say what to change.
    pub(crate) fn start(
        config: &Config,
        latest: watch::Receiver<OnAir>,
    ) -> Result<Self, StartError> {
        let mut hand = Hand::new(&config.data, config.line.short_programme);
        let certificates = config.tls.as_ref().map(Certificates::read).transpose()?;
        let (certificates, contents) = certificates.unzip();
        let certificates = certificates.map(Arc::new);
        let (dictation, said) = dictation::line_of(&config.dictation)?.unzip();
        let line_config = line::Config {
            dictation,
            short_programme: hand.look().unwrap_or(config.line.short_programme),
            tls: certificates
                .as_ref()
                .zip(config.tls.as_ref())
                .map(|(certificates, tls)| line::Tls {
                    addresses: tls.addresses.clone(),
                    identity: certificates.identity(),
                }),
            ..config.line.clone()
        };
        let (line, records) = Line::start(&line_config, latest.borrow().clone())?;
        let line = Arc::new(line);
        let desk = trace::Desk::open(&config.data, line.tap(), &config.line)
            .inspect_err(|error| tracing::warn!(%error, "`allo trace` finds no service"))
            .ok();
        if let Some(hep) = config.hep {
            hep::start(hep, line.tap().listen()).map_err(StartError::Hep)?;
        }
        Ok(Self {
            telephone: Telephone {
                line,
                names: Arc::new(Names::of(&config.line.trunks)),
                certificates,
            },
            contents,
            records,
            said,
            latest,
            hand,
            desk,
        })
    }

    pub(crate) fn telephone(&self) -> &Telephone {
        &self.telephone
    }

    /// Begins what follows calls, trunks and the hands of those who run the service, until `stop` turns true.
    ///
    /// # Errors
    /// Without randomness for what dictations need.
    pub(crate) fn work(
        self,
        config: &Config,
        around: &Surroundings<'_>,
    ) -> Result<Vec<JoinHandle<()>>, SecretError> {
        let Telephone {
            line,
            names,
            certificates,
        } = self.telephone;
        let stop = || around.stop.clone();
        let (store, figures) = (around.store.clone(), around.figures.clone());
        let (records, keeps_rows) = (self.records, config.retention.calls > 0);
        let mut tasks = vec![
            tokio::spawn(follow(Arc::clone(&line), self.latest)),
            tokio::spawn(names.keep(config.dns_servers.clone(), Arc::clone(&line), stop())),
            tokio::spawn(self.hand.follow(Arc::clone(&line), stop())),
            tokio::task::spawn_blocking(move || calls::keep(records, &figures, &store, keeps_rows)),
        ];
        if let Some(said) = self.said {
            let desk = dictation::Desk::new(
                around.store.clone(),
                Arc::downgrade(&line),
                Arc::clone(around.programmes),
                Arc::clone(around.posted),
            )?;
            let desk = Arc::new(desk);
            tasks.push(tokio::task::spawn_blocking(move || {
                dictation::listen(said, &desk);
            }));
        }
        tasks.extend(self.desk.map(|desk| tokio::spawn(desk.serve(stop()))));
        let watch = certificates.zip(self.contents);
        tasks.extend(
            watch.map(|(certificates, contents)| {
                tokio::spawn(certificates.follow(contents, stop()))
            }),
        );
        Ok(tasks)
    }
}

/// Hands each new programme to the line.
async fn follow(line: Arc<Line>, mut latest: watch::Receiver<OnAir>) {
    while latest.changed().await.is_ok() {
        let on_air = latest.borrow_and_update().clone();
        line.publish(on_air);
    }
}
