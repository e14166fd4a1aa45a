//! The process of the line as the kernel keeps its account (`/proc/PID`): processor time and memory.

use std::{
    fs, io,
    time::{Duration, Instant},
};

use super::report::ServerCost;

/// The account of a process over one storm.
#[derive(Debug)]
pub(super) struct Server {
    pid: u32,
    memory_before_kb: u64,
    memory_peak_kb: u64,
    began: Option<(Instant, Duration)>,
    /// Length of the steady window, and processor time in it.
    steady: Option<(Duration, Duration)>,
}

impl Server {
    /// Begins to watch.
    ///
    /// # Errors
    /// What the kernel says when there is no such process.
    pub(super) fn watch(pid: u32) -> io::Result<Self> {
        let memory_kb = memory_kb(pid)?;
        cpu(pid)?;
        Ok(Self {
            pid,
            memory_before_kb: memory_kb,
            memory_peak_kb: memory_kb,
            began: None,
            steady: None,
        })
    }

    /// Looks at the memory. A process that has ended keeps its last figures.
    pub(super) fn look(&mut self) {
        let now_kb = memory_kb(self.pid).unwrap_or(0);
        self.memory_peak_kb = self.memory_peak_kb.max(now_kb);
    }

    /// All calls are there.
    pub(super) fn begin_window(&mut self) {
        if self.began.is_none() {
            let cpu = cpu(self.pid).ok();
            self.began = cpu.map(|cpu| (Instant::now(), cpu));
        }
    }

    /// The first call ends.
    pub(super) fn end_window(&mut self) {
        self.look();
        if let (Some((began, before)), None) = (self.began, self.steady)
            && let Ok(cpu) = cpu(self.pid)
        {
            self.steady = Some((began.elapsed(), cpu.saturating_sub(before)));
        }
    }

    /// The account.
    ///
    /// - `packets`: received in the steady window; `calls`: the most at once.
    #[expect(clippy::cast_precision_loss, reason = "ratios for people to read")]
    pub(super) fn cost(&self, packets: u64, calls: usize) -> ServerCost {
        let (window, cpu) = self.steady.unwrap_or_default();
        let grown_kb = self.memory_peak_kb - self.memory_before_kb;
        ServerCost {
            window_s: window.as_secs_f64(),
            cpu_s: cpu.as_secs_f64(),
            packets,
            us_per_packet: cpu.as_secs_f64() * 1e6 / packets.max(1) as f64,
            memory_before_kb: self.memory_before_kb,
            memory_peak_kb: self.memory_peak_kb,
            octets_per_call: (grown_kb * 1_024) as f64 / calls.max(1) as f64,
        }
    }
}

/// Processor time so far, user and system, of all threads.
fn cpu(pid: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name stands in brackets and may hold anything; utime and stime are the 12th and 13th behind it.
    let behind_name = stat.rsplit_once(')').map(|(_, rest)| rest);
    let fields = behind_name.into_iter().flat_map(str::split_whitespace);
    let ticks: Option<u64> = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    let ticks = ticks.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Duration::from_millis(ticks * MS_PER_TICK))
}

/// Memory of its own in use: what it allocated, not what it maps from files.
fn memory_kb(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    let kb = number.and_then(|kb| kb.parse().ok());
    kb.ok_or(io::ErrorKind::InvalidData.into())
}

/// USER_HZ of Linux is 100 everywhere.
const MS_PER_TICK: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_and_takes_memory_is_seen_to() {
        let mut server = Server::watch(std::process::id()).unwrap();
        server.begin_window();
        let taken = std::hint::black_box(vec![1_u8; 64 << 20]);
        let enough = server.began.unwrap().1 + 5 * TICK;
        let sum = loop {
            let sum: u64 = taken.iter().map(|&octet| u64::from(octet)).sum();
            if cpu(std::process::id()).unwrap() >= enough {
                break sum;
            }
        };
        server.end_window();
        drop(taken);

        let cost = server.cost(1_000, 64);

        assert_eq!(sum, 64 << 20);
        assert!(cost.cpu_s >= 0.05 && cost.window_s >= 0.01, "{cost:?}");
        assert!((cost.us_per_packet - cost.cpu_s * 1_000.0).abs() < 1e-6);
        // A mebibyte a call, less what other tests of this process gave back meanwhile.
        assert!(cost.octets_per_call > 300_000.0, "{cost:?}");
    }

    #[test]
    fn a_window_that_never_began_costs_nothing() {
        let mut server = Server::watch(std::process::id()).unwrap();
        server.end_window();

        let cost = server.cost(0, 0);
        assert_eq!(
            (cost.window_s, cost.cpu_s, cost.us_per_packet),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        assert!(Server::watch(u32::MAX).is_err());
    }

    const TICK: Duration = Duration::from_millis(MS_PER_TICK);
}
