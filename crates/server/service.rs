//! The whole product, wired: what `allo serve` runs and what the tests run.
//!
//! Start with [`Service::start`]; it returns when callers are answered and the page is served.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use line::{Line, OnAir};
use store::{AddressKey, Changes, Store};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use web::{App, Limits, Mailbox, Pages, Publisher, Reader, Recorder};

use crate::announce::{self, AnnounceFigures, Announcer};
use crate::authorities::Authorities;
use crate::calls::CallFigures;
use crate::certificates::{CertificateError, Certificates};
use crate::config::ChannelError;
use crate::config::Config;
use crate::jobs::alert::Alerts;
use crate::jobs::{self, speak::Speaker};
use crate::joining::{Joining, begin_without};
use crate::lookout::{Lookout, LookoutFigures};
use crate::metrics::{Figures, RowFigures};
use crate::names::Names;
use crate::node::Node;
use crate::programme::{Programmes, Readers};
use crate::readiness::Readiness;
use crate::rounds::{Round, Rounds};
use crate::secrets::SecretError;
use crate::short_programme::Hand;
use crate::signing::{SigningKey, SigningKeyError};
use crate::subscribers::{MailFigures, Postman, Subscribers};
use crate::wall_clock::WallClock;
use crate::{
    calls, demo, dictation, hep, house, last_known, proof, reader, secrets, telephone, trace,
    uploads, voices,
};

/// The product at work. Dropping it without [`Service::stop`] ends it abruptly.
pub struct Service {
    line: Arc<Line>,
    http: SocketAddr,
    metrics: SocketAddr,
    leaving: Arc<AtomicBool>,
    /// The turns of the loop that takes the page's connections, and how it is told to end.
    page: Arc<Round>,
    close: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    store: Store,
    /// Keeps the name of this node for it.
    _node: Node,
}

impl Service {
    /// Opens the store, seeds the demonstration if asked, puts the programme on the air, then
    /// answers the telephone, the page, the API and the metrics. A database that does not open is
    /// joined when it does; until then it goes by what was known last.
    ///
    /// `program` is the executable that speaks when started as the voice's helper, and decodes when
    /// started as that of uploads: this one.
    ///
    /// # Errors
    /// [`StartError`], in words that say what to change.
    pub async fn start(config: Config, program: &Path) -> Result<Self, StartError> {
        std::fs::create_dir_all(&config.data).map_err(|source| StartError::Data {
            path: config.data.clone(),
            source,
        })?;
        let node = Node::open(&config.data);
        let http = listen("http", config.http).await?;
        let store = config.database.unopened().await?;
        let opened = match store.join().await {
            Err(error @ store::Error::File { .. }) => return Err(error.into()),
            opened => opened,
        };
        if config.demo && opened.is_ok() {
            demo::seed(&store, &config.data, Timestamp::now()).await?;
        }
        let scrape = listen("metrics", config.metrics).await?;

        let prompts = Arc::new(house::prompts()?);
        let silent = OnAir {
            territories: vec![],
            prompts: Arc::clone(&prompts),
        };
        let (on_air, latest) = watch::channel(silent);
        let pages = Arc::new(ArcSwap::from_pointee(Pages::default()));
        let publisher = Arc::new(publisher(&config)?);
        let programmes = Arc::new(Programmes::new(
            store.clone(),
            prompts,
            Arc::clone(&pages),
            Readers {
                publisher: Arc::clone(&publisher),
                call_records_days: config.retention.calls,
                sends_mail: config.mail.is_some(),
            },
            move |next| {
                on_air.send_replace(next);
            },
        ));
        match &opened {
            Ok(()) => programmes.refresh().await?,
            Err(error) => begin_without(error, config.data.clone(), &programmes).await,
        }
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

        let studio = Arc::new(voices::studio(&config.voices, &config.data, program)?);
        let posted = Arc::new(Notify::new());
        let speaker = Arc::new(Speaker::new(
            store.clone(),
            Arc::clone(&studio),
            config.data.clone(),
            Arc::clone(&programmes),
            Arc::clone(&posted),
        ));
        let (stop, stopping) = watch::channel(false);
        let (close, closing) = watch::channel(false);
        let page = Arc::new(Round::new(Instant::now()));
        let mut channels = announce::registered(&config)?;
        let leaving = Arc::new(AtomicBool::new(false));
        let names = Arc::new(Names::of(&config.line.trunks));
        let mails = MailFigures::default();
        let mailbox = mailbox(&config)?;
        let postman = config.mail.clone().zip(mailbox.clone());
        channels.extend(postman.clone().map(|(mailer, mailbox)| {
            let queued = mailbox.queued;
            Subscribers::registered(store.clone(), mailer, queued)
        }));
        let postman = postman.map(|(mailer, mailbox)| Postman {
            store: store.clone(),
            mailer,
            key: mailbox.key,
            figures: mails.clone(),
            public_url: config.public_url.clone(),
            queued: mailbox.queued,
        });
        let readiness = Readiness {
            mails: config.mail.is_some().then(|| mails.clone()),
            line: Arc::clone(&line),
            names: Arc::clone(&names),
            programmes: Arc::clone(&programmes),
            speaker: Arc::clone(&speaker),
            certificates: certificates.clone(),
            max_calls: config.line.max_calls,
            leaving: Arc::clone(&leaving),
        };
        let sound = (
            uploads::recorder(program),
            reader::reader(store.clone(), Arc::clone(&studio), config.data.clone()),
        );
        let app = app(
            &config,
            &store,
            (pages, publisher),
            &posted,
            &programmes,
            (node.name.clone(), readiness),
            (sound, mailbox),
        );
        let http_address = http.local_addr().map_err(StartError::Address)?;
        let metrics_address = scrape.local_addr().map_err(StartError::Address)?;
        let (figures, alerts) = (CallFigures::default(), LookoutFigures::default());
        let announcer = Announcer {
            store: store.clone(),
            posted: programmes.refreshing(),
            figures: AnnounceFigures::default(),
            public_url: config.public_url.clone(),
            node: node.id.clone(),
        };
        let rows = RowFigures::new();
        let exposition = Figures {
            line: Arc::clone(&line),
            names: Arc::clone(&names),
            programmes: Arc::clone(&programmes),
            calls: figures.clone(),
            alerts: alerts.clone(),
            channels: announcer.figures.clone(),
            mails,
            rows: rows.clone(),
            certificates: certificates.clone(),
            max_calls: config.line.max_calls,
        }
        .exposition();
        let dictations = said
            .map(|said| {
                let line = Arc::downgrade(&line);
                let (programmes, posted) = (Arc::clone(&programmes), Arc::clone(&posted));
                let desk = dictation::Desk::new(store.clone(), line, programmes, posted)?;
                Ok::<_, SecretError>((said, Arc::new(desk)))
            })
            .transpose()?;
        let retention = config.retention;
        let authorities = Authorities {
            store: store.clone(),
            changed: Arc::clone(&posted),
            mailer: config.mail.clone(),
            public_url: config.public_url.clone(),
            reach: config.authorities.reach(),
            figures: announcer.figures.clone(),
            alerts: alerts.clone(),
        };
        let tellers = Alerts {
            store: store.clone(),
            mailer: config.mail.clone(),
            public_url: config.public_url.clone(),
        };
        let (kept_in, keeps_rows) = (store.clone(), retention.calls > 0);
        let lookout = Lookout {
            store: store.clone(),
            line: Arc::clone(&line),
            calls: figures.clone(),
            figures: alerts,
            config: config.lookout,
        };
        let wall_clock = WallClock {
            store: store.clone(),
            programmes: Arc::clone(&programmes),
            node: node.name.clone(),
        };

        let joining = Joining {
            store: store.clone(),
            programmes: Arc::clone(&programmes),
            announcer,
            channels,
            demonstration: config.demo.then(|| config.data.clone()),
        };
        let announcing = match opened {
            Ok(()) => joining.join(&stopping).await?,
            Err(error) => vec![tokio::spawn(joining.join_later(error, stopping.clone()))],
        };
        let tasks = vec![
            tokio::spawn(follow(Arc::clone(&line), latest)),
            tokio::spawn(serve_page(http, app.clone(), Arc::clone(&page), closing)),
            tokio::spawn(web::serve(
                scrape,
                web::metrics_router(exposition),
                until(stopping.clone()),
            )),
            tokio::spawn(follow_managers(
                Arc::clone(&programmes),
                Arc::clone(&posted),
                stopping.clone(),
            )),
            tokio::spawn(follow_other_nodes(
                store.changes(),
                Arc::clone(&programmes),
                Arc::clone(&posted),
                stopping.clone(),
            )),
            tokio::spawn(last_known::keep(
                config.data.clone(),
                store.clone(),
                programmes.last_known(),
                stopping.clone(),
            )),
            tokio::spawn(wall_clock.watch(stopping.clone())),
            tokio::spawn(keep(programmes, stopping.clone())),
            tokio::spawn(voices::watch(studio, stopping.clone())),
            tokio::spawn(names.keep(config.dns_servers, Arc::clone(&line), stopping.clone())),
            tokio::spawn(lookout.keep(stopping.clone())),
            tokio::spawn(authorities.keep(stopping.clone())),
            tokio::spawn(tellers.keep(stopping.clone())),
            tokio::spawn(rows.keep(store.clone(), stopping.clone())),
            tokio::spawn(hand.follow(Arc::clone(&line), stopping.clone())),
            tokio::task::spawn_blocking(move || {
                calls::keep(records, &figures, &kept_in, keeps_rows)
            }),
        ];
        let workers = jobs::WORKERS.map(|kinds| {
            let (app, speaker, stopping) = (app.clone(), speaker.clone(), stopping.clone());
            tokio::spawn(jobs::run(kinds, app, speaker, retention, stopping))
        });
        let desk = desk.map(|desk| tokio::spawn(desk.serve(stopping.clone())));
        let postman = postman.map(|postman| tokio::spawn(postman.run(stopping.clone())));
        let watch = certificates.zip(contents).map(|(certificates, contents)| {
            tokio::spawn(certificates.follow(contents, stopping.clone()))
        });
        let dictations = dictations.map(|(said, desk)| {
            tokio::task::spawn_blocking(move || dictation::listen(said, &desk))
        });
        let tasks = tasks
            .into_iter()
            .chain(workers)
            .chain(announcing)
            .chain(dictations)
            .chain(desk)
            .chain(postman)
            .chain(watch)
            .collect();
        Ok(Self {
            line,
            http: http_address,
            metrics: metrics_address,
            leaving,
            page,
            close,
            stop,
            tasks,
            store,
            _node: node,
        })
    }

    /// Where SIP is answered.
    pub fn sip(&self) -> SocketAddr {
        self.line.local_addr()
    }

    /// Everywhere SIP is answered over UDP and TCP.
    pub fn sip_everywhere(&self) -> Vec<SocketAddr> {
        self.line.local_addrs().collect()
    }

    /// Everywhere SIP is answered over TLS.
    pub fn sip_tls(&self) -> Vec<SocketAddr> {
        self.line.tls_addrs().collect()
    }

    /// Where the page and the API are served.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where Prometheus reads.
    pub fn metrics(&self) -> SocketAddr {
        self.metrics
    }

    /// The loops that must go round.
    pub fn rounds(&self) -> Rounds {
        Rounds {
            line: Arc::downgrade(&self.line),
            page: Arc::clone(&self.page),
        }
    }

    /// Refuses new calls, lets calls in progress go on for at most `patience`, and ends; the database is closed then,
    /// so that its file is whole without its journal. Page and API close within 10 s, however long calls go on.
    pub async fn stop(self, patience: Duration) {
        self.leaving.store(true, Relaxed);
        let line = Arc::clone(&self.line);
        let deadline = Instant::now() + patience;
        let mut draining = tokio::task::spawn_blocking(move || line.drain(deadline));
        // Meanwhile `/readyz` tells whoever sends readers here to send them elsewhere.
        let drained = tokio::time::timeout(PAGE_STAYS, &mut draining).await;
        self.close.send_replace(true);
        let drained = match drained {
            Ok(drained) => drained,
            Err(_) => draining.await,
        };
        match drained {
            Ok(0) => {}
            Ok(left) => tracing::warn!(left, "calls are cut: they lasted longer than the patience"),
            Err(error) => tracing::error!(%error, "the line did not drain"),
        }
        self.stop.send_replace(true);
        // The last owner ends the calls that are left, and with them the threads.
        drop(self.line);
        let deadline = tokio::time::Instant::now() + TASKS_PATIENCE;
        for task in self.tasks {
            if tokio::time::timeout_at(deadline, task).await.is_err() {
                tracing::warn!("a task did not end in time");
            }
        }
        if tokio::time::timeout(STORE_PATIENCE, self.store.close())
            .await
            .is_err()
        {
            tracing::warn!("the database was not closed in time");
        }
    }
}

/// Why the product does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error("cannot use the data folder {}: {source}", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A port of HTTP or metrics.
    #[error("cannot listen on {address} for {what}: {source}; choose another with --{what}")]
    Listen {
        /// `http` or `metrics`.
        what: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The copies for a HEP collector.
    #[error("cannot send to the collector of hep: {0}")]
    Hep(std::io::Error),
    /// The system does not tell where it listens.
    #[error("the system does not tell where it listens: {0}")]
    Address(std::io::Error),
    /// The rows.
    #[error("the database does not open: {0}")]
    Store(#[from] store::Error),
    /// The demonstration.
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    /// The certificate of TLS.
    #[error("SIP over TLS cannot begin: {0}")]
    Certificate(#[from] CertificateError),
    /// The key of CAP messages.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// Randomness.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The telephone.
    #[error(transparent)]
    Line(#[from] line::LineError),
    /// A channel.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The fixed sentences.
    #[error(transparent)]
    House(#[from] house::HouseError),
    /// A voice by HTTP.
    #[error(transparent)]
    Voice(#[from] speech::HttpConfigError),
}

/// What feeds and messages say of the house.
fn publisher(config: &Config) -> Result<Publisher, StartError> {
    let key = SigningKey::open(&config.data)?;
    Ok(Publisher {
        public_url: config.public_url.clone(),
        embedders: config.embedders.clone(),
        sign: key.sign,
        key_pem: key.pem,
    })
}

fn app(
    config: &Config,
    store: &Store,
    (pages, publisher): (Arc<ArcSwap<Pages>>, Arc<Publisher>),
    posted: &Arc<Notify>,
    programmes: &Arc<Programmes>,
    (name, readiness): (String, Readiness),
    ((recorder, reader), mailbox): ((Recorder, Reader), Option<Mailbox>),
) -> App {
    let (programmes, held) = (Arc::clone(programmes), Arc::clone(programmes));
    let line = Arc::clone(&readiness.line);
    App {
        store: store.clone(),
        pages,
        changed: Arc::clone(posted),
        refresh: Arc::new(move || {
            let programmes = Arc::clone(&programmes);
            Box::pin(async move { programmes.refresh_logged().await })
        }),
        crowds: Arc::new(move || {
            let crowds = line.crowds().into_iter();
            crowds.map(|one| (one.territory, one.live)).collect()
        }),
        clock: Arc::new(Timestamp::now),
        readiness: Arc::new(move || readiness.concerns()),
        nodes: Arc::new(move |bulletin| {
            vec![web::Node {
                name: name.clone(),
                holds: held.holds(bulletin),
            }]
        }),
        random: Arc::new(secrets::random_name),
        recorder,
        reader,
        key_maker: telephone::key_maker(store.clone()),
        proofreader: proof::proofreader(store.clone(), config.data.clone()),
        publisher,
        mailbox,
        trusted_hops: config.trusted_proxies,
    }
}

/// What writing to people needs, where they are written to or ever were: who has a link can always leave.
fn mailbox(config: &Config) -> Result<Option<Mailbox>, StartError> {
    let path = config.data.join("addresses.key");
    if config.mail.is_none() && !path.exists() {
        return Ok(None);
    }
    Ok(Some(Mailbox {
        key: Arc::new(AddressKey::open(&path)?),
        sender: config.mail.as_ref().map(|mailer| mailer.sender().clone()),
        queued: Arc::new(Notify::new()),
    }))
}

async fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen {
            what,
            address,
            source,
        })
}

/// Serves page and API, and lets it be seen that the loop goes round.
async fn serve_page(
    listener: TcpListener,
    app: App,
    page: Arc<Round>,
    closing: watch::Receiver<bool>,
) {
    let limits = Limits {
        drain: PAGE_DRAINS,
        ..Limits::default()
    };
    let pages = Arc::clone(&app.pages);
    let turns = Arc::clone(&page);
    let turned = move || turns.turn(Instant::now());
    let closed = async move {
        until(closing).await;
        page.end();
    };
    limits
        .serve_pages(listener, pages, web::router(app), turned, closed)
        .await;
}

/// Hands each new programme to the line.
async fn follow(line: Arc<Line>, mut latest: watch::Receiver<OnAir>) {
    while latest.changed().await.is_ok() {
        let on_air = latest.borrow_and_update().clone();
        line.publish(on_air);
    }
}

async fn keep(programmes: Arc<Programmes>, stop: watch::Receiver<bool>) {
    programmes.keep(stop).await;
}

async fn follow_managers(
    programmes: Arc<Programmes>,
    speaker: Arc<Notify>,
    stop: watch::Receiver<bool>,
) {
    programmes.follow_managers(&speaker, stop).await;
}

/// Refreshes, and wakes whoever works, as soon as another node has written; and when it can be heard again after it
/// could not. Several that write at once are one reason to read.
async fn follow_other_nodes(
    mut changes: Changes,
    programmes: Arc<Programmes>,
    posted: Arc<Notify>,
    stop: watch::Receiver<bool>,
) {
    let heard = Notify::new();
    let listen = async {
        loop {
            match changes.next().await {
                Ok(()) => heard.notify_one(),
                // A database that is away is told of by the refreshes.
                Err(error) => {
                    tracing::debug!(%error, "other nodes are not heard");
                    tokio::time::sleep(LISTEN_AGAIN).await;
                }
            }
        }
    };
    let read = async {
        loop {
            heard.notified().await;
            programmes.refresh_logged().await;
            posted.notify_waiters();
        }
    };
    tokio::select! {
        () = listen => {}
        () = read => {}
        () = until(stop) => {}
    }
}

/// Waits until the service stops or is gone.
pub(crate) async fn until(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Between two tries to listen to other nodes.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// A page that is closed while calls go on answers for so long, then finishes what it has begun: 10 s at most, together.
const PAGE_STAYS: Duration = Duration::from_secs(4);
const PAGE_DRAINS: Duration = Duration::from_secs(5);
/// When the calls are over, everything else gets so long to finish, all together.
const TASKS_PATIENCE: Duration = Duration::from_secs(10);
const STORE_PATIENCE: Duration = Duration::from_secs(10);
