//! What whoever started this process is told of it, as systemd wants it (sd_notify(3)): ready, alive, leaving.
//!
//! Start with [`Supervisor::from_environment`]. Where nobody supervises, every word is lost and nothing else changes.
//! The crate sd-notify (0.5) would do, but for a socket with an abstract name.
//! The watchdog is fed by [`Supervisor::feed`] while every loop goes round, and by nothing else.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::rounds::Rounds;

/// Whoever started this process and wants to hear of it.
#[derive(Debug)]
pub(crate) struct Supervisor {
    hears_at: Option<(UnixDatagram, SocketAddr)>,
    /// After so long without a sign of life it ends this process.
    patience: Option<Duration>,
}

impl Supervisor {
    /// As the variables `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` say.
    pub(crate) fn from_environment() -> Self {
        let variable = |name| std::env::var_os(name);
        let hears_at = variable("NOTIFY_SOCKET").and_then(|name| {
            let opened = address(&name).and_then(|address| Ok((open()?, address)));
            opened
                .inspect_err(|error| tracing::warn!(%error, ?name, "the supervisor of NOTIFY_SOCKET cannot be told anything"))
                .ok()
        });
        let patience = patience(
            variable("WATCHDOG_USEC").as_deref(),
            variable("WATCHDOG_PID").as_deref(),
            std::process::id(),
        );
        Self { hears_at, patience }
    }

    /// Calls are answered and the page is served.
    pub(crate) fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}\n"));
    }

    /// The process was told to end and does so.
    pub(crate) fn stopping(&self, status: &str) {
        self.tell(&format!("STOPPING=1\nSTATUS={status}\n"));
    }

    /// How it stands, in one line.
    pub(crate) fn status(&self, status: &str) {
        self.tell(&format!("STATUS={status}\n"));
    }

    /// Gives a sign of life again and again while every loop goes round, from a thread that stands still with none of them.
    /// Does nothing where nobody waits for one.
    ///
    /// # Errors
    /// What the system says when it has no thread left.
    pub(crate) fn feed(self: &Arc<Self>, rounds: Rounds) -> io::Result<()> {
        let Some(patience) = self.patience else {
            return Ok(());
        };
        let pause = (patience / LOOKS).max(SHORTEST_PAUSE);
        let supervisor = Arc::clone(self);
        let work = move || {
            let mut feeding = Feeding::new(Instant::now());
            loop {
                supervisor.act(feeding.look(Instant::now(), |since| rounds.standing_still(since)));
                std::thread::sleep(pause);
            }
        };
        let thread = std::thread::Builder::new().name("allo-watchdog".to_owned());
        thread.spawn(work).map(|_| ())
    }

    fn act(&self, sign: Sign) {
        match sign {
            Sign::Alive => self.tell("WATCHDOG=1\n"),
            Sign::AliveAgain => {
                tracing::info!("every loop goes round again; the watchdog is fed");
                self.tell("WATCHDOG=1\nSTATUS=every loop goes round again\n");
            }
            Sign::Silence => {}
            Sign::StandsStill(loops) => {
                tracing::error!(
                    loops,
                    "loops stand still; the watchdog is not fed until they go round"
                );
                self.status(&format!("standing still: {loops}"));
            }
        }
    }

    fn tell(&self, words: &str) {
        let Some((socket, address)) = &self.hears_at else {
            return;
        };
        if let Err(error) = socket.send_to_addr(words.as_bytes(), address) {
            tracing::warn!(%error, "the supervisor was not told how this process is");
        }
    }
}

/// Whether a sign of life may be given.
#[derive(Debug)]
struct Feeding {
    fed: Instant,
    /// Looks since then at which a loop stood still.
    missed: u32,
}

impl Feeding {
    fn new(now: Instant) -> Self {
        Self {
            fed: now,
            missed: 0,
        }
    }

    /// - `standing_still` names the loops that have made no turn since an instant.
    fn look(&mut self, now: Instant, standing_still: impl FnOnce(Instant) -> Vec<String>) -> Sign {
        let a_turn_ago = now.checked_sub(SLOWEST_TURN).unwrap_or(now);
        let still = standing_still(self.fed.min(a_turn_ago));
        if still.is_empty() {
            self.fed = now;
            return match std::mem::take(&mut self.missed) {
                0 | 1 => Sign::Alive,
                _ => Sign::AliveAgain,
            };
        }
        self.missed = self.missed.saturating_add(1);
        // After the whole process stood still, a loop may have had no moment yet to turn.
        match self.missed {
            2 => Sign::StandsStill(still.join(", ")),
            _ => Sign::Silence,
        }
    }
}

/// What a look at the loops leads to.
#[derive(Debug, PartialEq, Eq)]
enum Sign {
    Alive,
    /// The same, after loops were named that stood still.
    AliveAgain,
    Silence,
    /// Silence, and these loops are why; said once.
    StandsStill(String),
}

/// A path, or the name of an abstract socket behind an `@`.
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(name),
        _ => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "neither a path nor an abstract name",
        )),
    }
}

fn open() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    // A supervisor that does not listen holds nobody up.
    socket.set_write_timeout(Some(LONGEST_WORD))?;
    Ok(socket)
}

/// How long whoever supervises waits for a sign of life of the process `own`.
fn patience(usec: Option<&OsStr>, pid: Option<&OsStr>, own: u32) -> Option<Duration> {
    let is_ours = pid.is_none_or(|pid| pid.to_str().and_then(|pid| pid.parse().ok()) == Some(own));
    let usec: u64 = usec?.to_str()?.parse().ok()?;
    (is_ours && usec > 0).then(|| Duration::from_micros(usec))
}

/// Looks within the patience: a late one or two do no harm.
const LOOKS: u32 = 4;
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Longer than any loop takes for a turn while it has nothing to do.
const SLOWEST_TURN: Duration = Duration::from_secs(1);
const LONGEST_WORD: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use proptest::prelude::*;

    use super::*;
    use crate::rounds::Round;

    #[test]
    fn the_watchdog_is_fed_only_while_every_loop_has_turned_since_it_was_fed_last() {
        let start = Instant::now();
        let mut feeding = Feeding::new(start);
        let mut asked = vec![];
        let mut look = |second: u64, still: &[&str]| {
            let still = still.iter().map(|&one| one.to_owned()).collect();
            feeding.look(start + Duration::from_secs(second), |since| {
                asked.push(since.saturating_duration_since(start).as_secs());
                still
            })
        };

        assert_eq!(look(3, &[]), Sign::Alive);
        assert_eq!(look(6, &["allo-media-1"]), Sign::Silence);
        let named = Sign::StandsStill("allo-media-1, the page".to_owned());
        assert_eq!(look(9, &["allo-media-1", "the page"]), named);
        assert_eq!(look(12, &["allo-media-1"]), Sign::Silence, "said once");
        assert_eq!(look(15, &[]), Sign::AliveAgain);
        assert_eq!(look(18, &[]), Sign::Alive);

        assert_eq!(asked, [0, 3, 3, 3, 3, 15]);
    }

    #[test]
    fn a_loop_has_a_second_for_its_turn_however_often_the_watchdog_is_fed() {
        let start = Instant::now() + Duration::from_secs(60);
        let mut feeding = Feeding::new(start);

        feeding.look(start + Duration::from_millis(100), |since| {
            assert_eq!(start - since, Duration::from_millis(900));
            vec![]
        });
    }

    #[test]
    fn words_reach_a_socket_by_its_path_and_by_its_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("allo-test-{}", std::process::id());
        let abstract_address = SocketAddr::from_abstract_name(&name).unwrap();
        let ears = [
            (
                path.as_os_str().to_owned(),
                UnixDatagram::bind(&path).unwrap(),
            ),
            (
                format!("@{name}").into(),
                UnixDatagram::bind_addr(&abstract_address).unwrap(),
            ),
        ];
        for (name, ear) in ears {
            let supervisor = Supervisor {
                hears_at: Some((open().unwrap(), address(&name).unwrap())),
                patience: None,
            };

            supervisor.ready("calls are answered");

            let mut words = [0; 100];
            let length = ear.recv(&mut words).unwrap();
            assert_eq!(words[..length], *b"READY=1\nSTATUS=calls are answered\n");
        }
    }

    #[test]
    fn while_a_loop_stands_still_nothing_feeds_the_watchdog_until_it_goes_round_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let ear = UnixDatagram::bind(&path).unwrap();
        ear.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let word = || {
            let mut words = [0; 100];
            let length = ear.recv(&mut words).unwrap();
            String::from_utf8_lossy(&words[..length]).into_owned()
        };
        let supervisor = Arc::new(Supervisor {
            hears_at: Some((open().unwrap(), address(path.as_os_str()).unwrap())),
            patience: Some(Duration::from_millis(200)),
        });
        let page = Arc::new(Round::new(Instant::now()));
        let rounds = Rounds {
            line: Weak::new(),
            page: Arc::clone(&page),
        };

        supervisor.feed(rounds).unwrap();

        let named = "STATUS=standing still: the accept loop of the page\n";
        while word() != named {}
        std::thread::sleep(Duration::from_secs(1));
        page.end();
        let again = "WATCHDOG=1\nSTATUS=every loop goes round again\n";
        assert_eq!(word(), again, "nothing in between");
    }

    #[test]
    fn the_watchdog_of_another_process_is_not_ours_to_feed() {
        let say =
            |usec: &str, pid: Option<&str>| patience(Some(usec.as_ref()), pid.map(OsStr::new), 42);

        assert_eq!(say("10000000", Some("42")), Some(Duration::from_secs(10)));
        assert_eq!(say("10000000", None), Some(Duration::from_secs(10)));
        assert_eq!(say("10000000", Some("41")), None);
        assert_eq!(say("10000000", Some("")), None);
        assert_eq!(say("0", None), None);
        assert_eq!(patience(None, None, 42), None);
    }

    proptest! {
        #[test]
        fn no_variable_of_the_environment_stops_the_start(
            name in proptest::collection::vec(any::<u8>(), 0..200),
            usec in proptest::collection::vec(any::<u8>(), 0..30),
            number in any::<u64>(),
        ) {
            let name = OsStr::from_bytes(&name);
            let understood = address(name).is_ok();
            prop_assert!(!understood || matches!(name.as_bytes()[0], b'@' | b'/'));
            let _ = patience(Some(OsStr::from_bytes(&usec)), None, 1);
            let said = patience(Some(number.to_string().as_ref()), None, 1);
            prop_assert_eq!(said, (number > 0).then(|| Duration::from_micros(number)));
        }
    }
}
