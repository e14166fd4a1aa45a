//! The whole product, wired: what `allo serve` runs and what the tests run.
//!
//! Start with [`Service::start`]; it returns when callers are answered and the page is served.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use line::{Line, OnAir};
use store::{AddressKey, Changes, FileWatch, Store};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use web::{App, Limits, Mailbox, Pages, Publisher, Reader, Recorder};

use crate::announce::AnnounceFigures;
use crate::answering::{Answering, Surroundings};
use crate::calls::CallFigures;
use crate::certificates::CertificateError;
use crate::config::{ChannelError, Config, NodeRole};
use crate::jobs::speak::Speaker;
use crate::joining::{Joining, begin_without};
use crate::lookout::{Lookout, LookoutFigures};
use crate::metrics::{Figures, RowFigures};
use crate::node::Node;
use crate::presence::{Others, Presence};
use crate::programme::{Programmes, Readers};
use crate::readiness::Readiness;
use crate::rounds::{Round, Rounds};
use crate::secrets::SecretError;
use crate::signing::{SigningKey, SigningKeyError};
use crate::subscribers::MailFigures;
use crate::wall_clock::WallClock;
use crate::working::Working;
use crate::{
    demo, house, jobs, last_known, proof, reader, secrets, spans, telephone, uploads, voices,
};

/// The product at work. Dropping it without [`Service::stop`] ends it abruptly.
pub struct Service {
    role: NodeRole,
    /// None on a node that answers no calls.
    line: Option<Arc<Line>>,
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
    /// answers the telephone, the page, the API and the metrics: all of it, or the part of this node's role. A database
    /// that does not open is joined when it does; until then it goes by what was known last.
    ///
    /// `program` is the executable that speaks when started as the voice's helper, and decodes when
    /// started as that of uploads: this one.
    ///
    /// # Errors
    /// [`StartError`], in words that say what to change.
    pub async fn start(config: Config, program: &Path) -> Result<Self, StartError> {
        let role = config.role;
        if role != NodeRole::All && !config.database.is_there() {
            return Err(StartError::NoRows {
                role: role.as_str(),
                database: config.database.to_string(),
            });
        }
        std::fs::create_dir_all(&config.data).map_err(|source| StartError::Data {
            path: config.data.clone(),
            source,
        })?;
        let node = Node::open(&config.data, role);
        let since = Timestamp::now();
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
        let programmes = Programmes::new(
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
        );
        let programmes = Arc::new(programmes.of_role(role));
        let kept = last_known::folder(&config.data, role);
        // Whatever the rows suffer from, callers hear what was known last.
        let opened = match opened {
            Ok(()) => programmes.refresh().await,
            error => error,
        };
        if let Err(error) = &opened {
            begin_without(error, kept.clone(), &programmes).await;
        }
        let answering = role
            .answers_calls()
            .then(|| Answering::start(&config, latest))
            .transpose()?;
        let telephone = answering.as_ref().map(|it| it.telephone().clone());
        let line = telephone.as_ref().map(|it| Arc::clone(&it.line));

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
        let leaving = Arc::new(AtomicBool::new(false));
        let mails = MailFigures::default();
        let mailbox = mailbox(&config)?;
        let carries_mail = role.does_jobs() && config.mail.is_some();
        let readiness = Readiness {
            role,
            mails: carries_mail.then(|| mails.clone()),
            telephone: telephone.clone(),
            programmes: Arc::clone(&programmes),
            speaker: Arc::clone(&speaker),
            max_calls: config.line.max_calls,
            leaving: Arc::clone(&leaving),
        };
        let sound = (
            uploads::recorder(program),
            reader::reader(store.clone(), Arc::clone(&studio), config.data.clone()),
        );
        let others = Others::default();
        let app = app(
            &config,
            &store,
            (pages, publisher),
            &posted,
            &programmes,
            (node.name.clone(), others.clone(), readiness),
            (sound, mailbox.clone()),
        );
        let http_address = http.local_addr().map_err(StartError::Address)?;
        let metrics_address = scrape.local_addr().map_err(StartError::Address)?;
        let (figures, alerts) = (CallFigures::default(), LookoutFigures::default());
        let told = AnnounceFigures::default();
        let rows = RowFigures::new();
        let exposition = Figures {
            telephone,
            programmes: Arc::clone(&programmes),
            calls: figures.clone(),
            alerts: alerts.clone(),
            channels: told.clone(),
            mails: mails.clone(),
            rows: rows.clone(),
            max_calls: config.line.max_calls,
        }
        .exposition();
        let lookout = Lookout {
            store: store.clone(),
            line: line.clone(),
            looks_at_rows: role.does_jobs(),
            calls: figures.clone(),
            figures: alerts.clone(),
            config: config.lookout.clone(),
        };
        let wall_clock = WallClock {
            store: store.clone(),
            programmes: Arc::clone(&programmes),
            node: node.name.clone(),
        };

        let presence = Presence {
            store: store.clone(),
            id: node.id.clone(),
            name: node.name.clone(),
            role,
            since,
            line: line.clone(),
            programmes: Arc::clone(&programmes),
            leaving: Arc::clone(&leaving),
            others,
        };
        let mut tasks = vec![tokio::spawn(presence.keep(stopping.clone()))];
        let mut telling = None;
        if role.does_jobs() {
            if opened.is_ok() {
                jobs::release(&store, &node.id).await;
            }
            let working = Working {
                config: &config,
                store: &store,
                node: &node,
                app: &app,
                programmes: &programmes,
                speaker: &speaker,
                posted: &posted,
                mailbox,
                figures: &told,
                mails: &mails,
                alerts: &alerts,
                stop: &stopping,
            };
            telling = Some(working.telling()?);
            tasks.extend(working.start());
        }
        let joining = Joining {
            store: store.clone(),
            programmes: Arc::clone(&programmes),
            telling,
            demonstration: config.demo.then(|| config.data.clone()),
        };
        let joined = match opened {
            Ok(()) => joining.join(&stopping).await,
            Err(error) => Err(error),
        };
        match joined {
            Ok(channels) => tasks.extend(channels),
            Err(error) => tasks.push(tokio::spawn(joining.join_later(error, stopping.clone()))),
        }
        if let Some(answering) = answering {
            let around = Surroundings {
                store: &store,
                programmes: &programmes,
                posted: &posted,
                figures: &figures,
                stop: &stopping,
            };
            tasks.extend(answering.work(&config, &around)?);
        }
        // Two processes that wrote into one folder would sweep away each other's files.
        if node.has_folder() && (role.serves_pages() || role.answers_calls()) {
            let (store, latest) = (store.clone(), programmes.last_known());
            let keep = last_known::keep(kept, store, latest, stopping.clone());
            tasks.push(tokio::spawn(keep));
        }
        if role.serves_pages() || role.does_jobs() {
            tasks.push(tokio::spawn(voices::watch(studio, stopping.clone())));
        }
        if role.answers_calls() || role.does_jobs() {
            tasks.push(tokio::spawn(lookout.keep(stopping.clone())));
        }
        // One that does everything wakes its own workers.
        let file = (role != NodeRole::All)
            .then(|| store.watch_file())
            .flatten();
        tasks.extend([
            tokio::spawn(serve_page(http, (app, role), Arc::clone(&page), closing)),
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
                (store.changes(), file),
                Arc::clone(&programmes),
                posted,
                stopping.clone(),
            )),
            tokio::spawn(wall_clock.watch(stopping.clone())),
            tokio::spawn(rows.keep(store.clone(), stopping.clone())),
            tokio::spawn(keep(programmes, stopping)),
        ]);
        Ok(Self {
            role,
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

    /// What this node does and where, in one sentence.
    pub fn at_work(&self) -> String {
        let http = self.http;
        match (self.role, self.sip()) {
            (NodeRole::All, Some(sip)) => {
                format!("calls are answered at {sip}, the page at {http}")
            }
            (_, Some(sip)) => format!("calls are answered at {sip}"),
            (NodeRole::Web, None) => format!("the page is served at {http}"),
            (_, None) => "jobs are done".to_owned(),
        }
    }

    /// Where SIP is answered, if it is.
    pub fn sip(&self) -> Option<SocketAddr> {
        self.line.as_ref().map(|line| line.local_addr())
    }

    /// Everywhere SIP is answered over UDP and TCP.
    pub fn sip_everywhere(&self) -> Vec<SocketAddr> {
        let line = self.line.iter();
        line.flat_map(|line| line.local_addrs()).collect()
    }

    /// Everywhere SIP is answered over TLS.
    pub fn sip_tls(&self) -> Vec<SocketAddr> {
        let line = self.line.iter();
        line.flat_map(|line| line.tls_addrs()).collect()
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
            line: self.line.as_ref().map_or_else(Weak::new, Arc::downgrade),
            page: Arc::clone(&self.page),
        }
    }

    /// Refuses new calls, lets calls in progress go on for at most `patience`, and ends; the database is closed then,
    /// so that its file is whole without its journal. Page and API close within 10 s, however long calls go on.
    pub async fn stop(self, patience: Duration) {
        self.leaving.store(true, Relaxed);
        let line = self.line.clone();
        let deadline = Instant::now() + patience;
        let mut draining =
            tokio::task::spawn_blocking(move || line.map_or(0, |line| line.drain(deadline)));
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
    /// A part of a service without the service.
    #[error(
        "role = {role} works on the rows of a service, and there is no {database}: name its PostgreSQL by --database, or, for \
         several nodes on one machine, its data folder by --data; a service that does not exist yet begins with role = all"
    )]
    NoRows {
        /// The word.
        role: &'static str,
        /// Where the rows would be.
        database: String,
    },
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
    (name, others, readiness): (String, Others, Readiness),
    ((recorder, reader), mailbox): ((Recorder, Reader), Option<Mailbox>),
) -> App {
    let (programmes, held) = (Arc::clone(programmes), Arc::clone(programmes));
    let line = readiness.telephone.as_ref();
    let line = line.map(|telephone| Arc::clone(&telephone.line));
    let (answers_calls, elsewhere) = (line.is_some(), others.clone());
    App {
        store: store.clone(),
        pages,
        changed: Arc::clone(posted),
        refresh: Arc::new(move || {
            let programmes = Arc::clone(&programmes);
            Box::pin(async move { programmes.refresh_logged().await })
        }),
        crowds: Arc::new(move || {
            let mut crowds = elsewhere.crowds(Timestamp::now());
            for one in line.iter().flat_map(|line| line.crowds()) {
                *crowds.entry(one.territory).or_default() += one.live;
            }
            crowds.into_iter().collect()
        }),
        clock: Arc::new(Timestamp::now),
        readiness: Arc::new(move || readiness.concerns()),
        nodes: Arc::new(move |bulletin| {
            let ours = answers_calls.then(|| web::Node {
                name: name.clone(),
                holds: held.holds(bulletin),
            });
            let others = others.holding(bulletin, Timestamp::now());
            ours.into_iter().chain(others).collect()
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

/// Serves page and API, or what stands in their place, and lets it be seen that the loop goes round.
async fn serve_page(
    listener: TcpListener,
    (app, role): (App, NodeRole),
    page: Arc<Round>,
    closing: watch::Receiver<bool>,
) {
    let limits = Limits {
        drain: PAGE_DRAINS,
        ..Limits::default()
    };
    let pages = Arc::clone(&app.pages);
    let router = if role.serves_pages() {
        web::router(app)
    } else {
        web::health_router(app.readiness)
    };
    let turns = Arc::clone(&page);
    let turned = move || turns.turn(Instant::now());
    let closed = async move {
        until(closing).await;
        page.end();
    };
    limits
        .serve_pages(listener, (pages, spans::follow()), router, turned, closed)
        .await;
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
    (mut changes, mut file): (Changes, Option<FileWatch>),
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
    // A file tells nobody.
    let look = async {
        let Some(file) = &mut file else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            // One that cannot be read is told of by the refreshes.
            if file.has_changed().await.unwrap_or(false) {
                heard.notify_one();
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
        () = look => {}
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
/// Between two looks whether another process has written into a file.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// A page that is closed while calls go on answers for so long, then finishes what it has begun: 10 s at most, together.
const PAGE_STAYS: Duration = Duration::from_secs(4);
const PAGE_DRAINS: Duration = Duration::from_secs(5);
/// When the calls are over, everything else gets so long to finish, all together.
const TASKS_PATIENCE: Duration = Duration::from_secs(10);
const STORE_PATIENCE: Duration = Duration::from_secs(10);
