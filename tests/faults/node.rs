//! A node at work, as those see it who call it, read it and post, and as its kernel does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use caller::{CallPlan, StormPlan, StormReport, place_call};
use serde_json::{Value, json};
use server::demo::Credentials;

use crate::row::Calls;
use crate::support::{Program, eventually, find, options, run};

/// The demonstration as a process of its own, with a site that posts.
pub(crate) struct Node {
    pub(crate) program: Program,
    pub(crate) poster: Poster,
    /// Where it writes what an operator reads.
    log: PathBuf,
}

impl Node {
    /// Starts it on what the folder holds, which it fills if it is empty.
    pub(crate) fn start(data: &Path, change: impl FnOnce(&mut Command)) -> Self {
        let log = data.join("log");
        let program = Program::start_logged(data, &log, |command| {
            change(command.env("RUST_LOG", "info"));
        });
        Self::of(program, data, log)
    }

    /// - `data`: where its secrets are.
    pub(crate) fn of(program: Program, data: &Path, log: PathBuf) -> Self {
        let credentials = Credentials::read(data).expect("the file of secrets");
        let mut tokens = credentials.tokens.into_iter();
        let token = tokens.find(|one| one.site == SITE).expect("a token").token;
        let poster = Poster {
            http: program.http,
            token,
        };
        Self {
            program,
            poster,
            log,
        }
    }

    /// Lines of its log, of which each call has one.
    pub(crate) fn log_lines(&self) -> usize {
        let log = std::fs::read(&self.log).expect("the log");
        log.iter().filter(|octet| **octet == b'\n').count()
    }

    /// What to dial.
    pub(crate) fn target(&self) -> String {
        target(self.program.sip)
    }

    /// The page of the territory; `None` unless it is answered with 200.
    pub(crate) fn page(&self) -> Option<String> {
        let (status, page) = ask(self.program.http, "GET", PAGE, None, "")?;
        (status == 200).then(|| String::from_utf8_lossy(&page).into_owned())
    }

    /// Waits until the page tells a text; says how long that took.
    pub(crate) fn tells(&self, text: &str) -> Duration {
        let begun = Instant::now();
        eventually(text, Duration::from_secs(60), || {
            self.page()?.contains(text).then_some(())
        });
        begun.elapsed()
    }

    /// Whether OPTIONS is answered with 200.
    pub(crate) fn answers(&self) -> bool {
        options(self.program.sip, Duration::from_millis(100)) == Some(200)
    }

    /// Waits until callers hear a bulletin that was posted; gives its octets.
    pub(crate) fn recording(&self, id: &str) -> Vec<u8> {
        let path = format!("/api/v1/bulletins/{id}/recording?codec=pcma");
        eventually("the recording", Duration::from_secs(60), || {
            let token = Some(&self.poster.token[..]);
            let (status, octets) = ask(self.program.http, "GET", &path, token, "")?;
            (status == 200).then_some(octets)
        })
    }

    /// Calls in progress.
    pub(crate) fn calls(&self) -> usize {
        let figures = self.program.figures();
        let calls = figures
            .lines()
            .find_map(|line| line.strip_prefix("allo_calls "));
        calls
            .and_then(|calls| calls.parse().ok())
            .expect("allo_calls")
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.program.pid().to_string();
        let sent = run(Command::new("kill").args([&format!("-{name}"), &pid]));
        assert!(sent.status.success(), "{name}");
    }

    /// Memory of its own (RssAnon), in kB.
    pub(crate) fn memory_kb(&self) -> u64 {
        self.status("RssAnon:")
    }

    /// A figure of /proc/PID/status, in kB.
    pub(crate) fn status(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.program.pid());
        let status = std::fs::read_to_string(path).expect("the process lives");
        let figure = status.lines().find_map(|line| line.strip_prefix(name));
        let figure = figure.and_then(|figure| figure.trim().strip_suffix(" kB"));
        figure.and_then(|kb| kb.parse().ok()).expect(name)
    }

    /// Open file descriptors, of which each call has two.
    pub(crate) fn descriptors(&self) -> usize {
        let path = format!("/proc/{}/fd", self.program.pid());
        std::fs::read_dir(path).expect("the process lives").count()
    }
}

/// A site's program that posts.
#[derive(Clone)]
pub(crate) struct Poster {
    http: SocketAddr,
    token: String,
}

impl Poster {
    /// Posts a noise.
    pub(crate) fn post(&self, text: &str) -> Answer {
        let body = json!({
            "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
            "text": text, "language": "fr",
        });
        self.send("/api/v1/bulletins", &body)
    }

    /// Posts until it is acknowledged; gives the id.
    pub(crate) fn post_until_acknowledged(&self, text: &str) -> String {
        eventually(
            "a post that is acknowledged",
            Duration::from_secs(60),
            || self.post(text).id(),
        )
    }

    /// Acts on a bulletin: `updates` or `end`.
    pub(crate) fn act(&self, id: &str, action: &str, body: &Value) -> Answer {
        self.send(&format!("/api/v1/bulletins/{id}/{action}"), body)
    }

    fn send(&self, path: &str, body: &Value) -> Answer {
        let begun = Instant::now();
        let token = Some(&self.token[..]);
        let answer = ask(self.http, "POST", path, token, &body.to_string());
        let (status, body) = answer.map_or((None, vec![]), |(status, body)| (Some(status), body));
        Answer {
            status,
            body: String::from_utf8_lossy(&body).into_owned(),
            took: begun.elapsed(),
        }
    }
}

/// What a poster is told.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `None` without an answer.
    pub(crate) status: Option<u16>,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Answer {
    /// The id of the bulletin, if it is acknowledged.
    pub(crate) fn id(&self) -> Option<String> {
        if self.status != Some(201) {
            return None;
        }
        let answer: Value = serde_json::from_str(&self.body).ok()?;
        answer["id"].as_str().map(str::to_owned)
    }

    /// Whether it is acknowledged.
    pub(crate) fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| status < 300)
    }

    /// Whether it is refused in words: a problem with a detail.
    pub(crate) fn is_refused_in_words(&self) -> bool {
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        self.status.is_some_and(|status| status >= 500)
            && problem["detail"]
                .as_str()
                .is_some_and(|words| words.len() > 10)
    }
}

/// What to dial at an address.
pub(crate) fn target(sip: SocketAddr) -> String {
    format!("sip:0805691282@{sip}")
}

/// Calls and listens to the newest bulletin: whether these octets were heard.
pub(crate) fn hears(target: &str, octets: &[u8]) -> bool {
    let sound = Duration::from_millis(u64::try_from(octets.len() / 8).expect("a sound"));
    let plan = CallPlan {
        // Past the greeting.
        keys: "@0.2:#".into(),
        limit: sound + Duration::from_secs(5),
        ..CallPlan::new(target)
    };
    place_call(&plan)
        .is_ok_and(|heard| heard.status == 200 && find(&heard.octets, octets).is_some())
}

/// A short call: whether it was answered and sound came.
pub(crate) fn is_answered_with_sound(target: &str) -> bool {
    let plan = CallPlan {
        limit: Duration::from_millis(300),
        answer_within: Duration::from_secs(10),
        ..CallPlan::new(target)
    };
    place_call(&plan).is_ok_and(|heard| heard.status == 200 && heard.counts.packets > 0)
}

/// Calls at a rate for a length of time, each of three seconds, that tell how far they are.
pub(crate) fn crowd(target: &str, rate: u32, seconds: u32) -> StormPlan {
    let calls = usize::try_from(rate * seconds).expect("a number");
    StormPlan {
        watcher: Some(|progress| {
            if progress.elapsed.as_secs().is_multiple_of(10) {
                eprintln!("  {progress}");
            }
        }),
        ..StormPlan::new(target, calls, f64::from(rate), HOLD)
    }
}

/// The same in the background.
pub(crate) fn call_meanwhile(plan: StormPlan) -> JoinHandle<StormReport> {
    std::thread::spawn(move || caller::storm(&plan).expect("the storm begins"))
}

/// Those that were answered and heard to their end are good.
pub(crate) fn calls_of(report: &StormReport) -> Calls {
    let good = report.answered - report.fell_silent - report.ended_by_line;
    Calls {
        tried: report.calls,
        good,
        lost: report.calls - good,
    }
}

/// Asks by HTTP on a connection of its own; `None` without an answer within [`PATIENCE`].
fn ask(
    http: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect_timeout(&http, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n{}Content-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        token.unwrap_or_default(),
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).ok()?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?;
    Some((status.parse().ok()?, answer.split_off(head + 4)))
}

pub(crate) const SITE: &str = "huiles-du-fleuve";
/// The page of its territory.
const PAGE: &str = "/rouen_metropole";
/// Lines of log that a fault may cause besides those of calls and of refused posts; more would be one again and again.
pub(crate) const MOST_LINES: usize = 100;
/// How long a call of a crowd listens.
pub(crate) const HOLD: Duration = Duration::from_secs(3);
/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
