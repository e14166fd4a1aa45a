//! The line as its owner sees it: started, given programmes, watched, drained, stopped.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use arc_swap::ArcSwap;
use net::{Priority, Waker, Writer};
use sip::{Agent, AgentConfig, Peer};

use crate::driver::{
    Command, Driver, MOST_CONNECTIONS, OnAirNow, Parts, Quiet, SIGNALLING, Staff, Vitals,
};
use crate::listeners::{self, Place, listen};
use crate::trunk::Board;
use crate::{
    CallRecord, Config, Crowd, DictatedCall, LineHealth, OnAir, ShortProgramme, Tap, Target,
    TrunkHealth, Word, dice,
};

/// A running line: one signalling thread and the media threads. Dropping it stops it.
#[derive(Debug)]
pub struct Line {
    places: Vec<Place>,
    on_air: OnAirNow,
    /// Programmes replaced while calls may still hold them: freed here, never on a thread that has a clock to keep.
    retired: Mutex<Vec<Arc<OnAir>>>,
    commands: Writer<Command>,
    waker: Waker,
    vitals: Arc<Vitals>,
    board: Arc<Board>,
    quiet: Arc<Quiet>,
    tap: Arc<Tap>,
    threads: Vec<JoinHandle<()>>,
}

impl Line {
    /// Begins to answer. The receiver gets a record of each call; when nobody takes them, they are dropped and counted.
    ///
    /// # Errors
    /// [`LineError`] when the address cannot be bound, the RTP ports hold no even one, or the system gives no thread.
    pub fn start(
        config: &Config,
        on_air: OnAir,
    ) -> Result<(Self, Receiver<CallRecord>), LineError> {
        let config = &within_descriptors(config.clone());
        check_rtp_ports(config)?;
        let listeners = listen(config)?;
        let places: Vec<Place> = listeners.iter().map(|one| one.place).collect();
        let count = config.media_threads();
        let on_air = Arc::new(ArcSwap::from_pointee(on_air));
        let vitals = Arc::new(Vitals::new(count, Instant::now()));
        let quiet = Arc::new(Quiet::default());
        let tap = Arc::new(Tap::default());
        let waker = Waker::new()?;
        let (commands, from_owner) = net::inbox();
        let (records, taken) = sync_channel(RECORDS_KEPT);
        let (raise, raised) = priorities();
        let board = Arc::new(Board::default());
        let (staff, mut threads) =
            Staff::start(count, config.max_calls, &on_air, &vitals, &waker, &raise)?;
        let parts = Parts {
            agent: agent(config, &places),
            board: Arc::clone(&board),
            tap: Arc::clone(&tap),
            listeners,
            on_air: Arc::clone(&on_air),
            staff,
            commands: from_owner,
            records,
            waker: waker.clone(),
            vitals: Arc::clone(&vitals),
            quiet: Arc::clone(&quiet),
        };
        threads.push(start_signalling(
            Driver::new(parts, config, Instant::now())?,
            raise,
        )?);
        note_priorities(&raised, &vitals);
        for Place {
            bound, is_secure, ..
        } in &places
        {
            tracing::info!(address = %bound, tls = is_secure, media_threads = count, max_calls = config.max_calls, "the line answers");
        }
        let line = Self {
            places,
            on_air,
            retired: Mutex::new(Vec::new()),
            commands,
            waker,
            vitals,
            board,
            quiet,
            tap,
            threads,
        };
        Ok((line, taken))
    }

    /// Puts this on air: callers hear it from their next bulletin on, new callers at once.
    pub fn publish(&self, on_air: OnAir) {
        let old = self.on_air.swap(Arc::new(on_air));
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.retain(|programme| Arc::strong_count(programme) > 1);
        retired.push(old);
    }

    /// Says when callers hear the short programme.
    pub fn set_short_programme(&self, when: ShortProgramme) {
        self.command(Command::ShortProgramme(when));
    }

    /// Answers what a dictation has asked; nothing happens where the call is over, or waits for it no more.
    pub fn answer_dictation(&self, call: DictatedCall, word: Word) {
        self.command(Command::Dictation(call, Box::new(word)));
    }

    /// Where SIP is heard first: over UDP and TCP, unless TLS is all there is.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.places[0].bound
    }

    /// Where SIP is heard over UDP and TCP, in the order of the configuration.
    pub fn local_addrs(&self) -> impl Iterator<Item = SocketAddr> {
        self.bound(false)
    }

    /// Where SIP is heard over TLS, in the order of the configuration.
    pub fn tls_addrs(&self) -> impl Iterator<Item = SocketAddr> {
        self.bound(true)
    }

    fn bound(&self, is_secure: bool) -> impl Iterator<Item = SocketAddr> {
        let places = self.places.iter();
        let wanted = places.filter(move |place| place.is_secure == is_secure);
        wanted.map(|place| place.bound)
    }

    /// Where the SIP messages of the line can be heard.
    #[must_use]
    pub fn tap(&self) -> Arc<Tap> {
        Arc::clone(&self.tap)
    }

    /// How the line is at this instant.
    #[must_use]
    pub fn health(&self) -> LineHealth {
        self.vitals.health(Instant::now())
    }

    /// The threads that have made no turn since then, by the names the system knows them by; none while callers are served.
    /// An idle thread makes one every half second.
    #[must_use]
    pub fn standing_still(&self, since: Instant) -> Vec<String> {
        self.vitals.standing_still(since)
    }

    /// The callers of each territory that has had one.
    #[must_use]
    pub fn crowds(&self) -> Vec<Crowd> {
        self.vitals.crowds.read()
    }

    /// How the line stands with the servers of its trunks, for each trunk of which something is asked.
    #[must_use]
    pub fn trunks(&self) -> Vec<TrunkHealth> {
        self.board.read()
    }

    /// Says where a server of a trunk is, preferred address first; the line resolves no name by itself. None at all
    /// changes nothing: the last good answer is kept.
    pub fn set_peers(&self, target: Target, peers: Vec<Peer>) {
        self.command(Command::Resolved(target, peers));
    }

    /// Takes registrations away and no new call (503, to OPTIONS too) and waits until the last one is over or the deadline has passed;
    /// answers how many calls are left.
    pub fn drain(&self, deadline: Instant) -> usize {
        self.command(Command::Drain);
        self.quiet.wait(deadline, || self.vitals.calls() == 0);
        self.vitals.calls()
    }

    /// Ends every call with a BYE, and the line.
    pub fn stop(self) {
        drop(self);
    }

    fn command(&self, command: Command) {
        self.commands.write(command);
        self.waker.wake();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.command(Command::Stop);
        for thread in self.threads.drain(..).rev() {
            if thread.join().is_err() {
                tracing::error!("a thread of the line had died");
            }
        }
    }
}

/// Why a line cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The SIP address is taken (UDP or TCP), or not this machine's, or below 1024 without permission.
    #[error("cannot listen for SIP on {address}: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing is configured to be reached at.
    #[error("the line listens nowhere; give it an address for SIP")]
    NoListener,
    /// More addresses than anybody needs.
    #[error(
        "the line listens at more than {} addresses",
        listeners::MOST_LISTENERS
    )]
    TooManyListeners,
    /// A call needs an even port and the next one.
    #[error("the range of RTP ports holds no even port with the next one behind it")]
    NoPorts,
    /// No thread or no descriptor left.
    #[error("the system does not give the line what it needs: {0}")]
    System(#[from] io::Error),
}

/// A call needs two ports, or nobody is answered.
fn check_rtp_ports(config: &Config) -> Result<(), LineError> {
    let last = *config.rtp_ports.end();
    let mut ports = config.rtp_ports.clone();
    match ports.any(|port| port % 2 == 0 && port < last) {
        true => Ok(()),
        false => Err(LineError::NoPorts),
    }
}

/// Open files that so many calls need, those of the rest of the program included.
#[must_use]
pub fn descriptors_for(calls: usize) -> u64 {
    let descriptors = calls * DESCRIPTORS_PER_CALL + OTHER_DESCRIPTORS + MOST_CONNECTIONS;
    u64::try_from(descriptors).unwrap_or(u64::MAX)
}

/// Takes on no more calls than there are descriptors for: one that finds no port left is refused late and costs a line
/// in the log each time.
fn within_descriptors(config: Config) -> Config {
    let allowed = match net::raise_descriptor_limit() {
        Ok(allowed) => usize::try_from(allowed).unwrap_or(usize::MAX),
        Err(error) => {
            tracing::warn!(%error, "the limit of open sockets stays as it is and is not known");
            return config;
        }
    };
    let most = (allowed.saturating_sub(OTHER_DESCRIPTORS + MOST_CONNECTIONS)
        / DESCRIPTORS_PER_CALL)
        .max(1);
    if config.max_calls > most {
        let wanted = config.max_calls * DESCRIPTORS_PER_CALL + OTHER_DESCRIPTORS + MOST_CONNECTIONS;
        tracing::warn!(
            allowed,
            wanted,
            max_calls = most,
            "the limit of open files allows fewer calls than configured; raise it (systemd: LimitNOFILE)"
        );
    }
    Config {
        max_calls: config.max_calls.min(most),
        ..config
    }
}

/// What each thread calls first, and where the starter hears how it went. The list ends when every thread has called.
fn priorities() -> (
    impl Fn(Priority) + Clone + Send + 'static,
    Receiver<io::Result<()>>,
) {
    let (tell, raised) = channel();
    let raise = move |priority| {
        // The starter waits for every thread, so it is there to hear this.
        let _ = tell.send(net::raise_priority(priority).map(|_| ()));
    };
    (raise, raised)
}

fn start_signalling(
    driver: Driver,
    raise: impl Fn(Priority) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let work = move || {
        raise(Priority::Signalling);
        drop(raise);
        driver.run();
    };
    std::thread::Builder::new()
        .name(SIGNALLING.to_owned())
        .spawn(work)
}

fn agent(config: &Config, places: &[Place]) -> Agent {
    let agent = AgentConfig {
        contacts: listeners::contacts(places),
        max_calls: config.max_calls,
    };
    Agent::new(agent, dice::long())
}

/// One line in the log for all threads.
fn note_priorities(raised: &Receiver<io::Result<()>>, vitals: &Vitals) {
    let (granted, refused): (Vec<_>, Vec<_>) = raised.iter().partition(Result::is_ok);
    vitals.real_time_threads.store(granted.len(), Relaxed);
    match refused.into_iter().next() {
        Some(Err(error)) => tracing::warn!(
            %error,
            "no real-time priority: sound may be late when the machine is busy; give the program CAP_SYS_NICE"
        ),
        _ => tracing::info!("every thread of the line has real-time priority"),
    }
}

/// A port for sound and one for reports.
const DESCRIPTORS_PER_CALL: usize = 2;
/// Threads, database, page: those of the rest of the program.
const OTHER_DESCRIPTORS: usize = 512;
/// Records waiting to be taken.
const RECORDS_KEPT: usize = 10_000;
