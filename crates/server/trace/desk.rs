//! The service's side: takes wishes at the socket in the data folder and hands out what fits.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use line::{Tap, TappedMessage, Trunk};
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};

use super::sieve::Sieve;
use super::{Ending, Heading, Reply, SOCKET, Wish};
use crate::service::until;

/// Takes wishes while the service runs.
pub(crate) struct Desk {
    listener: UnixListener,
    line: Known,
}

/// What is known of the line.
#[derive(Clone)]
struct Known {
    tap: Arc<Tap>,
    trunks: Arc<[Trunk]>,
    country: String,
}

impl Desk {
    /// Opens the socket. Must be called within the runtime.
    ///
    /// # Errors
    /// Of the system: another service at work on the same folder, or a path too long for a socket.
    pub(crate) fn open(data: &Path, tap: Arc<Tap>, line: &line::Config) -> io::Result<Self> {
        let path = data.join(SOCKET);
        match UnixStream::connect(&path) {
            Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
            // What a killed service left behind.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                std::fs::remove_file(&path)?;
            }
            Err(_) => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let line = Known {
            tap,
            trunks: line.trunks.clone().into(),
            country: line.country.clone(),
        };
        Ok(Self { listener, line })
    }

    /// Serves until the service stops. A trace works on a thread of its own: a terminal that is slow holds nobody up.
    pub(crate) async fn serve(self, stop: watch::Receiver<bool>) {
        let seats = Arc::new(Semaphore::new(MOST_TRACES));
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = until(stop.clone()) => return,
            };
            let stream = match accepted.and_then(|(stream, _)| stream.into_std()) {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a trace could not be taken on");
                    tokio::time::sleep(AFTER_A_FAULT).await;
                    continue;
                }
            };
            let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else {
                // Whoever hears nothing sees that the connection is closed.
                let _ = refuse(
                    &stream,
                    format!("{MOST_TRACES} traces are at work; wait for one to end"),
                );
                continue;
            };
            let (line, stop) = (self.line.clone(), stop.clone());
            tokio::task::spawn_blocking(move || {
                if let Err(error) = trace(&stream, &line, || *stop.borrow()) {
                    tracing::debug!(%error, "a trace ended early");
                }
                drop(seat);
            });
        }
    }
}

/// One trace, from its wish to its end.
fn trace(stream: &UnixStream, line: &Known, is_stopping: impl Fn() -> bool) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(SLOWEST_WISH))?;
    stream.set_write_timeout(Some(SLOWEST_READER))?;
    let mut wish = String::new();
    BufReader::new(stream.take(LONGEST_WISH)).read_line(&mut wish)?;
    let wish: Wish = match serde_json::from_str(&wish) {
        Ok(wish) => wish,
        Err(error) => return refuse(stream, format!("this wish is not understood: {error}")),
    };
    if let Some(name) = &wish.trunk
        && !line.trunks.iter().any(|trunk| trunk.name == *name)
    {
        let names: Vec<_> = line
            .trunks
            .iter()
            .map(|trunk| trunk.name.as_str())
            .collect();
        return refuse(
            stream,
            format!(
                "there is no trunk {name:?}; there are: {}",
                names.join(", ")
            ),
        );
    }
    tracing::info!(?wish.trunk, wish.calls, wish.seconds, "a trace of calls begins");
    let (why, dropped, calls) = copy(stream, line, wish, is_stopping)?;
    tracing::info!(?why, calls, dropped, "the trace is over");
    say(stream, &Reply::Over { why, dropped })
}

fn copy(
    stream: &UnixStream,
    line: &Known,
    wish: Wish,
    is_stopping: impl Fn() -> bool,
) -> io::Result<(Ending, u64, usize)> {
    let mut tapped = line.tap.listen();
    say(stream, &Reply::Listening)?;
    let deadline = Instant::now() + Duration::from_secs(wish.seconds.min(MOST_SECONDS));
    let mut sieve = Sieve::new(wish, &line.country);
    let (mut messages, mut octets) = (0, 0);
    let why = loop {
        if is_stopping() {
            break Ending::Stopped;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break Ending::Time;
        }
        let message = match tapped.next_within(left.min(LOOK_UP)) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) if is_gone(stream)? => {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break Ending::Stopped,
        };
        let text = String::from_utf8_lossy(&message.octets);
        let trunk = message.trunk.and_then(|number| line.trunks.get(number));
        let trunk = trunk.map(|trunk| trunk.name.as_str());
        let Some(call) = sieve.take(message.way, trunk, &text) else {
            continue;
        };
        say(stream, &Reply::Message(heading(&message, call)))?;
        (&*stream).write_all(&message.octets)?;
        messages += 1;
        octets += message.octets.len();
        if sieve.is_done() {
            break Ending::Calls;
        }
        if messages >= MOST_MESSAGES || octets >= MOST_OCTETS {
            break Ending::Size;
        }
    };
    Ok((why, tapped.dropped(), sieve.calls()))
}

fn heading(message: &TappedMessage, call: u32) -> Heading {
    Heading {
        // Before 1970 and after 2554 a capture has a wrong time.
        at_ns: u64::try_from(message.at.as_nanosecond()).unwrap_or(0),
        way: message.way.into(),
        local: message.local,
        peer: message.peer,
        transport: message.transport.into(),
        call,
        length: message.octets.len(),
    }
}

fn refuse(stream: &UnixStream, why: String) -> io::Result<()> {
    say(stream, &Reply::Refused(why))
}

fn say(mut stream: &UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Whether the command has ended. It says nothing after its wish.
fn is_gone(mut stream: &UnixStream) -> io::Result<bool> {
    stream.set_read_timeout(Some(GLANCE))?;
    match stream.read(&mut [0]) {
        Ok(count) => Ok(count == 0),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Traces at once.
const MOST_TRACES: usize = 4;
/// Limits of one trace, whatever is wished for.
const MOST_SECONDS: u64 = 3_600;
const MOST_MESSAGES: usize = 100_000;
const MOST_OCTETS: usize = 64 * 1024 * 1024;
const LONGEST_WISH: u64 = 4_096;
/// A command writes its wish at once.
const SLOWEST_WISH: Duration = Duration::from_secs(2);
/// A command whose disk hangs for longer has lost its trace.
const SLOWEST_READER: Duration = Duration::from_secs(5);
/// How often a quiet trace looks whether somebody still waits for it.
const LOOK_UP: Duration = Duration::from_millis(250);
const GLANCE: Duration = Duration::from_millis(1);
const AFTER_A_FAULT: Duration = Duration::from_millis(100);
