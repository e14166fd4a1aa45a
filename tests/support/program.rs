//! The real executable as a process of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use super::eventually;

/// The executable under test.
pub(crate) fn allo() -> Command {
    Command::new(env!("CARGO_BIN_EXE_allo"))
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .output()
        .expect("the command runs")
}

/// A port of loopback that nobody uses, for UDP and TCP alike: another one each time, and none of those that the system gives
/// to whoever asks for any, or the line to callers, for those may be gone before their time comes. The three above it are
/// given to nobody: baresip takes one for TLS, and sipp two for reports and video.
pub(crate) fn free_port() -> u16 {
    /// Below a line's ports for sound, and beside those that sipp and linphone take by themselves.
    const FIRST: u16 = 7_200;
    const FOURS: u16 = 400;
    static CHOSEN: AtomicU16 = AtomicU16::new(0);
    // Programs of tests that run side by side begin apart.
    let begin = (std::process::id() % 16) as u16 * 25;
    let free = (0..FOURS).find_map(|_| {
        let chosen = CHOSEN.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + begin.wrapping_add(chosen) % FOURS * 4;
        let both = (
            UdpSocket::bind(("127.0.0.1", port)),
            TcpListener::bind(("127.0.0.1", port)),
        );
        matches!(both, (Ok(_), Ok(_))).then_some(port)
    });
    free.expect("a port that nobody uses")
}

/// `allo serve --demo` at work; killed when dropped.
pub(crate) struct Program {
    child: Child,
    /// Where SIP is answered.
    pub(crate) sip: SocketAddr,
    /// Where the page and the API are served.
    pub(crate) http: SocketAddr,
    /// Where Prometheus reads.
    pub(crate) metrics: SocketAddr,
}

impl Program {
    /// Starts on a data folder and waits until the page is served.
    pub(crate) fn start(data: &Path, change: impl FnOnce(&mut Command)) -> Self {
        Self::start_by(&[], data, None, |command| change(command.arg("--demo")))
    }

    /// As [`Program::start`], with its log in a file.
    pub(crate) fn start_logged(data: &Path, log: &Path, change: impl FnOnce(&mut Command)) -> Self {
        Self::start_by(&[], data, Some(log), |command| {
            change(command.arg("--demo"));
        })
    }

    /// As [`Program::start`], on what the folder holds already.
    pub(crate) fn start_without_demo(data: &Path, change: impl FnOnce(&mut Command)) -> Self {
        Self::start_by(&[], data, None, change)
    }

    /// As [`Program::start_without_demo`], with a configuration, whose voices it has, and its log in a file.
    pub(crate) fn start_configured(data: &Path, log: &Path, config: &Path) -> Self {
        Self::start_by(&[], data, Some(log), |command| {
            command.arg("--config").arg(config);
        })
    }

    /// Starts on what the folder holds already with a file of settings, and writes everything into its log.
    pub(crate) fn start_traced(data: &Path, log: &Path, config: &Path) -> Self {
        Self::start_by(&[], data, Some(log), |command| {
            command.arg("--config").arg(config).env("RUST_LOG", "trace");
        })
    }

    /// As [`Program::start_without_demo`], by another program, such as `prlimit`, which then becomes this one.
    ///
    /// - `by`: that program and its arguments; none starts it as it is.
    pub(crate) fn start_by(
        by: &[&str],
        data: &Path,
        log: Option<&Path>,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let mut arguments = Command::new("");
        change(&mut arguments);
        // Between choosing a port and binding it another test may have taken it: then the program ends, and says so.
        (0..MOST_STARTS)
            .find_map(|_| Self::try_start(by, data, log, &arguments))
            .expect("the program starts")
    }

    /// `None` when it ends before it serves the page.
    fn try_start(by: &[&str], data: &Path, log: Option<&Path>, change: &Command) -> Option<Self> {
        let [sip, http, metrics] = [(); 3].map(|()| local(free_port()));
        let mut command = allo();
        if let [program, arguments @ ..] = by {
            let this = command;
            command = Command::new(program);
            command.args(arguments).arg(this.get_program());
        }
        command.args(["serve", "--media-threads", "1", "--data"]);
        command
            .arg(data)
            .args(["--sip", &sip.to_string(), "--http", &http.to_string()])
            .args(["--metrics", &metrics.to_string()])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if !change.get_args().any(|one| one == "--config") {
            command.args(["--voices", "pico"]);
        }
        command.args(change.get_args());
        for (name, value) in change.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        if let Some(log) = log {
            command.stderr(File::create(log).expect("a file for the log"));
        }
        let child = command.spawn().expect("the program starts");
        let mut program = Self {
            child,
            sip,
            http,
            metrics,
        };
        let serves = eventually("the page", Duration::from_secs(20), || {
            let ended = program.exit_status().is_some();
            (ended || is_alive(http)).then_some(!ended)
        });
        serves.then_some(program)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What a path of the page holds.
    pub(crate) fn read(&self, path: &str) -> String {
        self.try_read(path)
            .unwrap_or_else(|| panic!("{path} is not answered"))
    }

    /// The same; `None` unless it is answered with 200.
    pub(crate) fn try_read(&self, path: &str) -> Option<String> {
        let answer = get(self.http, path)?;
        answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned())
    }

    /// What Prometheus reads.
    pub(crate) fn figures(&self) -> String {
        get(self.metrics, "/metrics").expect("figures")
    }

    /// Waits until every bulletin of the demonstration has its sound.
    pub(crate) fn waits_for_its_voices(&self) {
        eventually("the voices", Duration::from_secs(60), || {
            let spoken = ["rouen_metropole", "le_havre"].iter().all(|territory| {
                let page = get(self.http, &format!("/{territory}.json"));
                page.is_some_and(|page| !page.contains("\"queued\""))
            });
            spoken.then_some(())
        });
    }

    /// How it ended, if it has.
    pub(crate) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the system knows its child")
    }

    /// `kill -9`, and its end awaited.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // A process that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports are rarely taken twice in a row.
const MOST_STARTS: usize = 5;

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether `/healthz` is answered; asked by hand, for the kernel accepts before the program does.
fn is_alive(http: SocketAddr) -> bool {
    get(http, "/healthz").is_some()
}

/// What a path of the page holds; `None` unless it is answered with 200.
fn get(http: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(http).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).ok()?;
    stream.read_to_string(&mut answer).ok()?;
    answer.starts_with("HTTP/1.1 200").then_some(answer)
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
