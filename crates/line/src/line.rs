//! The line as its owner sees it: started, given programmes, watched, drained, stopped.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use arc_swap::ArcSwap;
use net::{Priority, SipSocket, StreamListener, Waker};
use sip::{Agent, AgentConfig};

use crate::driver::{Command, Driver, MOST_CONNECTIONS, OnAirNow, Parts, Quiet, Staff, Vitals};
use crate::{CallRecord, Config, LineHealth, OnAir, ShortProgramme, Tap, dice};

/// A running line: one signalling thread and the media threads. Dropping it stops it.
#[derive(Debug)]
pub struct Line {
    local_addr: SocketAddr,
    on_air: OnAirNow,
    /// Programmes replaced while calls may still hold them: freed here, never on a thread that has a clock to keep.
    retired: Mutex<Vec<Arc<OnAir>>>,
    commands: Sender<Command>,
    waker: Waker,
    vitals: Arc<Vitals>,
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
        let (socket, listener) = listen(config)?;
        let local_addr = socket.local_addr()?;
        let count = config.media_threads();
        let on_air = Arc::new(ArcSwap::from_pointee(on_air));
        let vitals = Arc::new(Vitals::new(count, Instant::now()));
        let quiet = Arc::new(Quiet::default());
        let tap = Arc::new(Tap::default());
        let waker = Waker::new()?;
        let (commands, from_owner) = channel();
        let (records, taken) = sync_channel(RECORDS_KEPT);
        let (raise, raised) = priorities();
        let (staff, mut threads) =
            Staff::start(count, config.max_calls, &on_air, &vitals, &waker, &raise)?;
        let parts = Parts {
            agent: agent(config, local_addr),
            tap: Arc::clone(&tap),
            socket,
            listener,
            sip_port: local_addr.port(),
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
        tracing::info!(address = %local_addr, media_threads = count, max_calls = config.max_calls, "the line answers");
        let line = Self {
            local_addr,
            on_air,
            retired: Mutex::new(Vec::new()),
            commands,
            waker,
            vitals,
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

    /// Where SIP is heard.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
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

    /// Takes no new call (503, to OPTIONS too) and waits until the last one is over or the deadline has passed;
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
        // A signalling thread that is gone has no calls left to drain or to end.
        let _ = self.commands.send(command);
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
    /// A call needs an even port and the next one.
    #[error("the range of RTP ports holds no even port with the next one behind it")]
    NoPorts,
    /// No thread or no descriptor left.
    #[error("the system does not give the line what it needs: {0}")]
    System(#[from] io::Error),
}

fn listen(config: &Config) -> Result<(SipSocket, StreamListener), LineError> {
    let last = *config.rtp_ports.end();
    if !config
        .rtp_ports
        .clone()
        .any(|port| port % 2 == 0 && port < last)
    {
        return Err(LineError::NoPorts);
    }
    let mut bound = bind(config.sip);
    for _ in 0..PORTS_TRIED {
        match &bound {
            // Of a port that the system chose, the other half may be taken.
            Err(error) if config.sip.port() == 0 && error.kind() == io::ErrorKind::AddrInUse => {
                bound = bind(config.sip);
            }
            _ => break,
        }
    }
    bound.map_err(|source| LineError::Bind {
        address: config.sip,
        source,
    })
}

/// The same port for datagrams and for connections (RFC 3261 § 18.2.1).
fn bind(address: SocketAddr) -> io::Result<(SipSocket, StreamListener)> {
    let socket = SipSocket::bind(address)?;
    let listener = StreamListener::bind(socket.local_addr()?)?;
    Ok((socket, listener))
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
        .name("allo-signalling".to_owned())
        .spawn(work)
}

fn agent(config: &Config, local_addr: SocketAddr) -> Agent {
    let address = config
        .advertised
        .unwrap_or_else(|| reachable(local_addr.ip()));
    let agent = AgentConfig {
        contact: SocketAddr::new(address, local_addr.port()),
        max_calls: config.max_calls,
    };
    Agent::new(agent, dice::long())
}

/// An address to call back: the bound one, or the one with the route to the world, or loopback on a lonely machine.
fn reachable(bound: IpAddr) -> IpAddr {
    if !bound.is_unspecified() {
        return bound;
    }
    let (somewhere, loopback): (SocketAddr, IpAddr) = match bound {
        IpAddr::V4(_) => ((TEST_NET, 9).into(), Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(_) => ((TEST_NET_6, 9).into(), Ipv6Addr::LOCALHOST.into()),
    };
    net::own_address_towards(somewhere).unwrap_or(loopback)
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
/// Ports tried when the system chooses.
const PORTS_TRIED: usize = 16;
/// Threads, database, page: those of the rest of the program.
const OTHER_DESCRIPTORS: usize = 512;
/// Records waiting to be taken.
const RECORDS_KEPT: usize = 10_000;
/// Addresses for documentation (RFC 5737, RFC 3849): routed like the rest of the world, and nothing is sent there.
const TEST_NET: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const TEST_NET_6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
