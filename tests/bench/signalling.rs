//! Calls per second without a retransmission, and processor time per call, beside sipp's answer.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use crate::process::{Process, Program, free_address};

/// Prints one row per rate; the reference answers the same calls in the same run.
pub(crate) fn run() {
    println!("\nShort calls (INVITE, 200, ACK, BYE), 8 s per rate, placed by sipp");
    println!(
        "{:>8} | {:>10} {:>13} | {:>10} {:>13} | {:>6}",
        "calls/s", "allo", "", "sipp uas", "", "ratio"
    );
    println!(
        "{:>8} | {:>10} {:>13} | {:>10} {:>13} | {:>6}",
        "", "CPU s/1000", "repeats/fails", "CPU s/1000", "repeats/fails", ""
    );
    let (mut clean, mut clean_reference) = (0, 0);
    for rate in [200, 500, 1_000, 2_000, 4_000] {
        let program = Program::start(20_000);
        let ours = measure(&program.process, program.sip, rate, SECONDS);
        drop(program);
        let address = free_address();
        let uas = Process::start(
            Command::new("sipp")
                .args([
                    "-sn",
                    "uas",
                    "-i",
                    "127.0.0.1",
                    "-p",
                    &address.port().to_string(),
                ])
                .env("TERM", "dumb"),
        );
        std::thread::sleep(Duration::from_millis(500));
        let reference = measure(&uas, address, rate, SECONDS);
        println!(
            "{rate:>8} | {:>10.3} {:>8}/{:<4} | {:>10.3} {:>8}/{:<4} | {:>6.2}",
            ours.cpu_per_1000,
            ours.repeats,
            ours.failed,
            reference.cpu_per_1000,
            reference.repeats,
            reference.failed,
            ours.cpu_per_1000 / reference.cpu_per_1000,
        );
        if ours.repeats == 0 && ours.failed == 0 {
            clean = rate;
        }
        if reference.repeats == 0 && reference.failed == 0 {
            clean_reference = rate;
        }
    }
    println!("calls/s without a retransmission: allo {clean}, sipp uas {clean_reference}");
    assert!(clean > 0, "no rate passed without a retransmission");
}

/// What sipp counted.
pub(crate) struct Measured {
    /// Seconds of processor time.
    pub(crate) cpu_per_1000: f64,
    /// Requests sent again.
    pub(crate) repeats: u32,
    /// Calls that did not succeed.
    pub(crate) failed: u32,
}

/// Short calls by sipp for so many seconds.
pub(crate) fn measure(process: &Process, address: SocketAddr, rate: u32, seconds: u32) -> Measured {
    let calls = rate * seconds;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let counts = folder.path().join("counts.csv");
    let before = process.cpu();
    let status = Command::new("sipp")
        .arg(address.to_string())
        .args([
            "-sn",
            "uac",
            "-d",
            "0",
            "-i",
            "127.0.0.1",
            "-nostdin",
            "-s",
            "0805691282",
        ])
        .args([
            "-p",
            &free_address().port().to_string(),
            "-mp",
            &free_address().port().to_string(),
        ])
        .args([
            "-m",
            &calls.to_string(),
            "-r",
            &rate.to_string(),
            "-l",
            "100000",
        ])
        .args(["-timeout", "60s", "-trace_stat", "-fd", "1", "-stf"])
        .arg(&counts)
        .env("TERM", "dumb")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .expect("sipp runs");
    let cpu = process.cpu() - before;
    let counts = std::fs::read_to_string(counts).expect("sipp's counts");
    let successful = column(&counts, "SuccessfulCall(C)");
    assert!(successful > 0, "no call succeeded at {rate}/s ({status})");
    Measured {
        cpu_per_1000: cpu.as_secs_f64() * 1000.0 / f64::from(successful),
        repeats: column(&counts, "Retransmissions(C)"),
        failed: calls - successful,
    }
}

fn column(counts: &str, name: &str) -> u32 {
    let mut lines = counts.lines();
    let names: Vec<_> = lines.next().expect("a header").split(';').collect();
    let place = names
        .iter()
        .position(|one| *one == name)
        .expect("the column");
    let last = lines.next_back().expect("a row");
    last.split(';')
        .nth(place)
        .and_then(|count| count.parse().ok())
        .expect("a count")
}

/// How long each rate lasts.
const SECONDS: u32 = 8;
