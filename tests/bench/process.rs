//! A process under measurement: the program itself, or sipp as a reference.

use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use server::demo::Credentials;
use tempfile::TempDir;

/// A process that is killed when dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it without a terminal.
    pub(crate) fn start(command: &mut Command) -> Self {
        let quiet = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(quiet.spawn().expect("the process starts"))
    }

    /// Processor time so far, user and system, of all its threads.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        let after_name = stat.rsplit_once(')').expect("the name ends").1;
        let fields: Vec<_> = after_name.split_whitespace().collect();
        let ticks: u32 =
            fields[11].parse::<u32>().expect("utime") + fields[12].parse::<u32>().expect("stime");
        Duration::from_secs(1) * ticks / TICKS_PER_SECOND
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Memory of its own (RssAnon), in kB.
    pub(crate) fn memory_kb(&self) -> f64 {
        let status = self.proc("status");
        let mut lines = status.lines();
        let own = lines.find_map(|line| line.strip_prefix("RssAnon:"));
        let number = own.and_then(|own| own.trim().strip_suffix(" kB"));
        number
            .and_then(|number| number.parse().ok())
            .expect("RssAnon")
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).expect("the process lives")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `allo serve --demo` with this limit of calls and none of their rate, every demonstration bulletin spoken.
pub(crate) struct Program {
    /// For processor time and memory.
    pub(crate) process: Process,
    /// Where SIP is answered.
    pub(crate) sip: SocketAddr,
    /// Where page and API are served.
    pub(crate) http: SocketAddr,
    metrics: SocketAddr,
    data: TempDir,
}

impl Program {
    /// Starts it in an empty folder and waits until it is ready and idle.
    pub(crate) fn start(max_calls: usize) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let [sip, http, metrics] = std::array::from_fn(|_| free_address());
        let mut command = Command::new(env!("CARGO_BIN_EXE_allo"));
        command
            .args(["serve", "--demo", "--max-call-rate", "1000000"])
            .args(["--max-calls", &max_calls.to_string()])
            // Callers who are to listen for a given time must not be sent home early.
            .args(["--short-programme", "off"])
            .args(["--sip", &sip.to_string(), "--http", &http.to_string()])
            .args(["--metrics", &metrics.to_string(), "--data"])
            .arg(data.path())
            .env("RUST_LOG", "error");
        let program = Self {
            process: Process::start(&mut command),
            sip,
            http,
            metrics,
            data,
        };
        let start = Instant::now();
        while TcpStream::connect(http).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "the program does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        program.settle();
        program
    }

    /// What to dial.
    pub(crate) fn target(&self) -> String {
        format!("sip:0805691282@{}", self.sip)
    }

    /// The token of a site of Rouen.
    pub(crate) fn token(&self) -> String {
        let credentials = Credentials::read(self.data()).expect("the file of secrets");
        let mut tokens = credentials.tokens.into_iter();
        let ours = tokens.find(|one| one.site == heard_site());
        ours.expect("a token of the site").token
    }

    /// Calls it had no room for by its own measure, whatever the limits say.
    pub(crate) fn refused_overloaded(&self) -> String {
        let page = octets(&format!("http://{}/metrics", self.metrics));
        let page = String::from_utf8(page).expect("words");
        let mut lines = page.lines();
        let found =
            lines.find_map(|line| line.strip_prefix("allo_calls_refused_overloaded_total "));
        found.expect("a line of the metrics").to_owned()
    }

    fn data(&self) -> &Path {
        self.data.path()
    }

    /// Waits until the voices of the demonstration have said everything: a second without work.
    fn settle(&self) {
        let start = Instant::now();
        loop {
            let before = self.process.cpu();
            std::thread::sleep(Duration::from_secs(1));
            if self.process.cpu() - before <= Duration::from_millis(20) {
                return;
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "the program never rests"
            );
        }
    }
}

/// The site that posts in the benchmark.
pub(crate) fn heard_site() -> &'static str {
    "huiles-du-fleuve"
}

/// A free address of loopback.
pub(crate) fn free_address() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("its address")
}

/// What an address of a web server gives.
pub(crate) fn octets(url: &str) -> Vec<u8> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let answer = reqwest::get(url).await.expect("an answer");
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        answer.bytes().await.expect("octets").to_vec()
    })
}

/// The machine in words.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, model)| model);
    format!("{cores} cores of {model}, loopback, load generator on the same cores")
}

/// USER_HZ of Linux.
const TICKS_PER_SECOND: u32 = 100;
