//! The turn of a storm: answer signalling, dial, keep time, speak, sweep the sound.

mod signalling;
mod sound;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use net::Poller;
use sip::sdp::Capabilities;

use super::{
    notebook::Notebook,
    progress::Progress,
    report::StormReport,
    resident::{Ports, Resident},
    server::Server,
    verdict::Verdict,
    wheel::{Presses, Wheel},
};
use crate::{
    CallError, StormPlan, Target,
    leg::Leg,
    offer::{sdp_names, secrecy},
    signalling::Signalling,
    socket::{open_media, open_pair, own_address, random, wall_clock},
};

/// All calls of a storm.
pub(super) struct Crowd<'p> {
    plan: &'p StormPlan,
    target: Target,
    own: IpAddr,
    local: SocketAddr,
    sip: Signalling,
    poller: Poller,
    /// Names the first call; the others count on.
    seed: u64,
    began: Instant,
    residents: Vec<Resident>,
    finished: usize,
    clock: BinaryHeap<Reverse<(Instant, usize)>>,
    /// Who listens, in the order of the sweep.
    listening: Vec<usize>,
    sweep_at: usize,
    /// Visits due, in 200ths.
    sweep_due: usize,
    next_sweep: Instant,
    wheel: Wheel,
    presses: Presses,
    speaking: Duration,
    server: Option<Server>,
    steady: Steady,
    looks: u32,
    slowest_dial: Duration,
    verdict: Verdict,
    notebook: Notebook,
    notes: Vec<String>,
    datagram: Vec<u8>,
    real_time: bool,
}

/// The window in which all calls are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Steady {
    NotYet,
    Open,
    Over,
}

impl<'p> Crowd<'p> {
    /// Opens the signalling port, or the connection that all calls share.
    pub(super) fn new(
        plan: &'p StormPlan,
        target: Target,
        real_time: bool,
    ) -> Result<Self, CallError> {
        let own = own_address(plan.bind, target.address)?;
        let (sip, local) = Signalling::open(&target, own, plan.trust.as_ref())?;
        let poller = Poller::new().map_err(CallError::socket("no poller can be opened"))?;
        let watched = poller.add(&sip, 0);
        watched.map_err(CallError::socket("the signalling port cannot be watched"))?;
        let server = plan.server.map(Server::watch).transpose();
        let began = Instant::now();
        Ok(Self {
            plan,
            target,
            own,
            local,
            sip,
            poller,
            seed: u64::from_be_bytes(random()?),
            began,
            residents: vec![],
            finished: 0,
            clock: BinaryHeap::new(),
            listening: vec![],
            sweep_at: 0,
            sweep_due: 0,
            next_sweep: began,
            wheel: Wheel::new(began),
            presses: Presses::new(plan.keys_per_second),
            speaking: Duration::ZERO,
            server: server.map_err(CallError::socket("the line's process cannot be watched"))?,
            steady: Steady::NotYet,
            looks: 0,
            slowest_dial: Duration::ZERO,
            verdict: Verdict::new(),
            notebook: Notebook::default(),
            notes: vec![],
            datagram: vec![0; MOST_OCTETS],
            real_time,
        })
    }

    /// Places all calls and waits until the last one is over.
    pub(super) fn run(mut self) -> Result<StormReport, CallError> {
        let cpu = net::thread_cpu_time();
        let mut ready = vec![];
        while self.finished < self.plan.calls {
            let next = self.turn()?;
            let left = next.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                let waited = self.poller.wait(&mut ready, Some(left));
                waited.map_err(CallError::socket("waiting for packets failed"))?;
            }
        }
        let cpu = net::thread_cpu_time().saturating_sub(cpu + self.speaking);
        Ok(self.report(cpu))
    }

    fn turn(&mut self) -> Result<Instant, CallError> {
        self.hear_signalling()?; // 1. set-up is measured when its 200 is read
        let dial = self.dial_who_is_due()?;
        let timer = self.keep_time()?;
        let speak = self.speak(Instant::now())?;
        let sweep = self.sweep(Instant::now())?; // 5. stamped by the kernel: it can wait
        let look = self.look(Instant::now());
        Ok(dial.min(timer).min(speak).min(sweep).min(look))
    }

    /// Begins the calls whose moment has come; says when the next one is due.
    fn dial_who_is_due(&mut self) -> Result<Instant, CallError> {
        for _ in 0..MOST_DIALLED {
            let (now, due) = (Instant::now(), self.due(self.residents.len()));
            if self.residents.len() == self.plan.calls {
                return Ok(now + LONGEST_WAIT);
            }
            if now < due {
                return Ok(due);
            }
            self.slowest_dial = self.slowest_dial.max(now - due);
            self.dial()?;
        }
        Ok(Instant::now())
    }

    fn dial(&mut self) -> Result<(), CallError> {
        let who = self.residents.len();
        let (ports, port) = if self.plan.reports {
            let pair = open_pair(self.own)?;
            let reports = Some(pair.reports);
            let sound = pair.sound;
            (Ports { sound, reports }, pair.port)
        } else {
            let (sound, port) = open_media(self.own)?;
            let reports = None;
            (Ports { sound, reports }, port)
        };
        let mut ours = Capabilities::new(self.own, port, u64::from(port));
        ours.codecs = sdp_names(&self.plan.codecs);
        ours.srtp = secrecy(self.plan.srtp)?;
        let seed = self.seed.wrapping_add(who as u64);
        let (now, ptime) = (Instant::now(), self.plan.ptime);
        let leg = Leg::new(now, &self.target, self.local, ours, ptime, seed);
        let resident = Resident::new(leg, ports, now, self.plan.answer_within);
        self.residents.push(resident);
        self.serve(who, now)
    }

    /// The moment of a call, by the rate.
    fn due(&self, who: usize) -> Instant {
        let who = u32::try_from(who).unwrap_or(u32::MAX);
        let after = Duration::try_from_secs_f64(f64::from(who) / self.plan.rate);
        self.began + after.unwrap_or(LONGEST_STORM).min(LONGEST_STORM)
    }

    /// Looks how far the storm is; says when to look again.
    fn look(&mut self, now: Instant) -> Instant {
        if self.steady == Steady::NotYet && self.verdict.settled() == self.plan.calls {
            self.steady = Steady::Open;
            self.notebook.window.begin(wall_clock());
            if let Some(server) = &mut self.server {
                server.begin_window();
            }
        }
        let due = self.began + LOOK * self.looks;
        if now < due {
            return due;
        }
        if let Some(server) = &mut self.server {
            server.look();
        }
        let is_told = self.looks > 0 && self.looks.is_multiple_of(LOOKS_A_SECOND);
        if let Some(watcher) = self.plan.watcher.filter(|_| is_told) {
            watcher(&self.progress());
        }
        self.looks += 1;
        self.began + LOOK * self.looks
    }

    fn progress(&self) -> Progress {
        Progress {
            elapsed: self.began.elapsed(),
            dialled: self.residents.len(),
            calls: self.plan.calls,
            answered: self.verdict.answered,
            refused: self.verdict.refused.values().sum(),
            failed: self.verdict.failed,
            listening: self.listening.len(),
        }
    }

    /// The first call that ends closes the window in which all are there.
    fn end_steady_window(&mut self) {
        if self.steady == Steady::Open {
            self.notebook.window.end(wall_clock());
            if let Some(server) = &mut self.server {
                server.end_window();
            }
        }
        self.steady = Steady::Over;
    }

    fn note_once(&mut self, note: String) {
        if !self.notes.contains(&note) && self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        }
    }

    /// - `cpu`: of this thread, without speaking.
    #[expect(clippy::cast_precision_loss, reason = "ratios for people to read")]
    fn report(mut self, cpu: Duration) -> StormReport {
        let duration = self.began.elapsed();
        let most_at_once = self.verdict.most_at_once;
        let steady_packets = self.notebook.window.packets();
        let server = self.server.as_ref();
        let mut report = self.verdict.report();
        report.server = server.map(|server| server.cost(steady_packets, most_at_once));
        report.calls = self.residents.len();
        report.duration_s = duration.as_secs_f64();
        report.own_cost_us = cpu.as_secs_f64() * 1e6 / (report.packets.max(1) as f64);
        report.spoken = self.notebook.spoken;
        report.speaking_cost_us = self.speaking.as_secs_f64() * 1e6 / (report.spoken.max(1) as f64);
        let presses = self.plan.keys_per_second > 0.0;
        report.keys = presses.then(|| self.notebook.keys.report());
        report.real_time = self.real_time;
        if report.own_drops > 0 {
            let drops = report.own_drops;
            self.notes.push(format!(
                "NOT VALID: sockets of this process dropped {drops} packets"
            ));
        }
        if self.slowest_dial > SLOW_DIAL {
            let late = self.slowest_dial.as_millis();
            self.notes.push(format!(
                "NOT VALID: a call was placed {late} ms after its moment"
            ));
        }
        report.valid = report.own_drops == 0 && self.slowest_dial <= SLOW_DIAL;
        report.notes = self.notes;
        report
    }
}

/// Calls begun in one turn.
const MOST_DIALLED: usize = 16;
/// The longest datagram there is.
const MOST_OCTETS: usize = 65_535;
/// Nothing is due for longer; a datagram ends the wait.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// A year: beyond it instants could overflow.
const LONGEST_STORM: Duration = Duration::from_secs(31_536_000);
/// A call placed later than this was not part of the storm that was asked for.
const SLOW_DIAL: Duration = Duration::from_secs(1);
/// From one look at the line's memory to the next.
const LOOK: Duration = Duration::from_millis(250);
/// Whoever watches is told at every fourth look.
const LOOKS_A_SECOND: u32 = 4;
/// The same trouble told twice helps nobody.
const MOST_NOTES: usize = 20;
