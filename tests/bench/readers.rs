//! Readers of the page: against nginx with the same octets as a file, and while a thousand callers listen.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{Process, Program, free_address, octets};
use crate::strains::{crowd, is_clean, storm_of};
use crate::{Part, heard};

/// As many requests as both can answer, in turns.
pub(crate) fn beside_nginx(part: &mut Part) {
    let program = Program::start(10);
    let page = format!("http://{}{PAGE}", program.http);
    let nginx = Nginx::start(&octets(&page));
    let file = format!("http://{}{PAGE}", nginx.address);
    let (mut ours, mut theirs) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        theirs.push(wrk(&file, &["-t2", "-c64", "-d10s"]));
        ours.push(wrk(&page, &["-t2", "-c64", "-d10s"]));
    }
    let (ours, theirs) = (median(&ours), median(&theirs));
    let ratio = ours.per_second / theirs.per_second;
    let found = format!(
        "{:.0} requests a second (p99 {:.2} ms), nginx {:.0} (p99 {:.2} ms): ratio {ratio:.2}",
        ours.per_second, ours.p99_ms, theirs.per_second, theirs.p99_ms
    );
    let met = ratio >= 0.8 && ours.failed == 0 && theirs.failed == 0;
    part.row(
        "the page of a territory by `wrk` with 64 connections, beside nginx with the same octets as a file",
        &found,
        "0.8 × nginx, no error",
        met,
    );
}

/// Five hundred requests a second while a thousand callers listen.
pub(crate) fn beside_callers(part: &mut Part) {
    let program = Program::start(2_000);
    let page = format!("http://{}{PAGE}", program.http);
    let plan = crowd(&program, 1_000, 40);
    let listening = thread::spawn(move || storm_of(&plan));
    thread::sleep(Duration::from_secs(12));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("slowly.lua");
    // Each of 50 connections asks ten times a second.
    std::fs::write(&script, "function delay() return 100 end\n").expect("a file");
    let script = script.to_string_lossy().into_owned();
    let asked = wrk(&page, &["-t1", "-c50", "-d20s", "-s", &script]);
    let report = listening.join().expect("the storm ends");
    let found = format!(
        "{:.0} requests a second, p99 {:.2} ms, {} failed; of the 1,000 calls {} bad",
        asked.per_second, asked.p99_ms, asked.failed, report.bad_calls
    );
    let met =
        asked.p99_ms <= 50.0 && asked.per_second >= 450.0 && asked.failed == 0 && is_clean(&report);
    part.row(
        "500 requests a second for the page while 1,000 listen",
        &found,
        "p99 under 50 ms, 0 bad calls",
        met,
    );
}

/// From the click to what a feed holds, twenty times.
pub(crate) fn from_post_to_feed(part: &mut Part) {
    let program = Program::start(10);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let feed = format!("http://{}{PAGE}.atom", program.http);
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let start = Instant::now();
            let id = runtime.block_on(heard::post(&program));
            while !String::from_utf8_lossy(&octets(&feed)).contains(&id) {
                assert!(
                    start.elapsed() < Duration::from_secs(5),
                    "the feed never tells it"
                );
            }
            start.elapsed()
        })
        .collect();
    times.sort();
    let (median, last) = (times[times.len() / 2], times[times.len() - 1]);
    let found = format!(
        "median {} ms, longest {} ms",
        median.as_millis(),
        last.as_millis()
    );
    part.row(
        "a post of 300 characters is in the Atom feed of its territory",
        &found,
        "within 200 ms of the click",
        last <= Duration::from_millis(200),
    );
}

/// What `wrk` found.
#[derive(Clone, Copy)]
struct Asked {
    per_second: f64,
    p99_ms: f64,
    failed: u64,
}

fn wrk(url: &str, how: &[&str]) -> Asked {
    let output = Command::new("wrk")
        .args(how)
        .args(["--latency", url])
        .output()
        .expect("wrk runs");
    let told = String::from_utf8_lossy(&output.stdout);
    eprintln!("{told}");
    let word = |line: &str| {
        let mut lines = told.lines().map(str::trim);
        lines.find_map(|one| Some(one.strip_prefix(line)?.trim().to_owned()))
    };
    let count = |words: Option<String>| {
        let words = words.unwrap_or_default();
        let numbers = words.split(|sign: char| !sign.is_ascii_digit());
        numbers
            .filter_map(|number| number.parse::<u64>().ok())
            .sum::<u64>()
    };
    let per_second = word("Requests/sec:").and_then(|it| it.parse().ok());
    Asked {
        per_second: per_second.expect("wrk counts"),
        p99_ms: word("99%")
            .and_then(|it| milliseconds(&it))
            .expect("wrk measures"),
        failed: count(word("Non-2xx or 3xx responses:")) + count(word("Socket errors:")),
    }
}

/// Reads `812.00us`, `3.14ms` or `1.20s`.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1_000.0)];
    units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    })
}

fn median(rounds: &[Asked]) -> Asked {
    let mut rounds = rounds.to_vec();
    rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    rounds[rounds.len() / 2]
}

/// nginx with one file, as Debian builds it and as its guide to static files sets it.
struct Nginx {
    address: std::net::SocketAddr,
    _process: Process,
    _folder: TempDir,
}

impl Nginx {
    fn start(octets: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = free_address();
        let root = folder.path();
        std::fs::write(root.join(&PAGE[1..]), octets).expect("a file");
        std::fs::write(root.join("nginx.conf"), configuration(root, address)).expect("a file");
        let mut command = Command::new("/usr/sbin/nginx");
        command
            .arg("-c")
            .arg(root.join("nginx.conf"))
            .arg("-p")
            .arg(root);
        let process = Process::start(&mut command);
        let start = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(5),
                "nginx does not start"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Self {
            address,
            _process: process,
            _folder: folder,
        }
    }
}

fn configuration(root: &Path, address: std::net::SocketAddr) -> String {
    let root = root.display();
    format!(
        "daemon off; user root; worker_processes auto; pid {root}/pid; error_log {root}/error.log crit;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
           access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;\n\
           open_file_cache max=16; default_type \"text/html; charset=utf-8\";\n\
           client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi;\n\
           uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;\n\
           server {{ listen {address}; root {root}; add_header Cache-Control \"public, max-age=5\"; }}\n\
         }}\n"
    )
}

const PAGE: &str = "/rouen_metropole";
const ROUNDS: usize = 3;
