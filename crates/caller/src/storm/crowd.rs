//! The turn of a storm: dial, answer signalling, keep time, sweep the sound.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use net::{Poller, SipSocket};
use sip::{message::Message, sdp::Capabilities};

use super::{report::StormReport, resident::Resident, verdict::Verdict};
use crate::{
    CallError, StormPlan, Target,
    leg::{Event, Leg, Output},
    socket::{open_media, open_signalling, own_address, random},
};

/// All calls of a storm.
pub(super) struct Crowd<'p> {
    plan: &'p StormPlan,
    target: Target,
    own: IpAddr,
    local: SocketAddr,
    sip: SipSocket,
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
    next_sweep: Instant,
    slowest_dial: Duration,
    verdict: Verdict,
    notes: Vec<String>,
    datagram: Vec<u8>,
    real_time: bool,
}

impl<'p> Crowd<'p> {
    /// Opens the signalling port.
    pub(super) fn new(
        plan: &'p StormPlan,
        target: Target,
        real_time: bool,
    ) -> Result<Self, CallError> {
        let own = own_address(plan.bind, target.address)?;
        let (sip, local) = open_signalling(own)?;
        let poller = Poller::new().map_err(CallError::socket("no poller can be opened"))?;
        let watched = poller.add(&sip, 0);
        watched.map_err(CallError::socket("the signalling port cannot be watched"))?;
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
            next_sweep: began,
            slowest_dial: Duration::ZERO,
            verdict: Verdict::new(),
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
        let cpu = net::thread_cpu_time().saturating_sub(cpu);
        Ok(self.report(cpu))
    }

    fn turn(&mut self) -> Result<Instant, CallError> {
        self.hear_signalling()?; // 1. set-up is measured when its 200 is read
        let dial = self.dial_who_is_due()?;
        let timer = self.keep_time()?;
        let sweep = self.sweep(Instant::now())?; // 4. stamped by the kernel: it can wait
        Ok(dial.min(timer).min(sweep))
    }

    /// Answers a bounded number of datagrams.
    fn hear_signalling(&mut self) -> Result<(), CallError> {
        for _ in 0..MOST_DATAGRAMS {
            let received = self.sip.recv_from(&mut self.datagram);
            let received = received.map_err(CallError::socket("signalling cannot be read"))?;
            let Some((length, source)) = received else {
                break;
            };
            let now = Instant::now();
            let who = match Message::parse(&self.datagram[..length]) {
                Ok(Message::Response(response)) => {
                    let who = find(&self.residents, self.seed, response.call_id());
                    if let Some(resident) = who.and_then(|who| self.residents.get_mut(who)) {
                        resident.leg.handle_response(now, &response);
                    }
                    who
                }
                Ok(Message::Request(request)) => {
                    let who = find(&self.residents, self.seed, request.call_id());
                    if let Some(resident) = who.and_then(|who| self.residents.get_mut(who)) {
                        resident.leg.handle_request(&request, source);
                    }
                    who
                }
                Err(_) => None,
            };
            if let Some(who) = who {
                self.serve(who, now)?;
            }
        }
        Ok(())
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
            let who = self.residents.len();
            let (media, port) = open_media(self.own)?;
            let ours = Capabilities::new(self.own, port, u64::from(port));
            let seed = self.seed.wrapping_add(who as u64);
            let leg = Leg::new(now, &self.target, self.local, ours, seed);
            let resident = Resident::new(leg, media, now, self.plan.answer_within);
            self.residents.push(resident);
            self.serve(who, now)?;
        }
        Ok(Instant::now())
    }

    /// The moment of a call, by the rate.
    fn due(&self, who: usize) -> Instant {
        let who = u32::try_from(who).unwrap_or(u32::MAX);
        let after = Duration::try_from_secs_f64(f64::from(who) / self.plan.rate);
        self.began + after.unwrap_or(LONGEST_STORM).min(LONGEST_STORM)
    }

    /// Serves those whose timer has come; says when the next one does.
    fn keep_time(&mut self) -> Result<Instant, CallError> {
        loop {
            let now = Instant::now();
            match self.clock.peek() {
                None => return Ok(now + LONGEST_WAIT),
                Some(Reverse((at, _))) if *at > now => return Ok(*at),
                Some(_) => {}
            }
            let Some(Reverse((at, who))) = self.clock.pop() else {
                continue;
            };
            if self.residents[who].armed != Some(at) {
                continue;
            }
            self.residents[who].armed = None;
            if self.residents[who]
                .hang_up_at
                .is_some_and(|until| now >= until)
            {
                self.residents[who].hang_up_at = None;
                self.close_ear(who)?;
                self.residents[who].leg.hang_up(now);
            }
            self.serve(who, now)?;
        }
    }

    /// Sends what a call has to say, and sets its clock.
    fn serve(&mut self, who: usize, now: Instant) -> Result<(), CallError> {
        let next = loop {
            match self.residents[who].leg.poll_output(now) {
                Output::Timeout(next) => break Some(next),
                Output::Nothing => break None,
                Output::Event(event) => self.handle_event(who, now, event)?,
                Output::Transmit { to, octets } => {
                    // What a full buffer swallows is sent again by its timer, and counted.
                    let _ = self.sip.send_to(&octets, to);
                }
            }
        };
        let resident = &mut self.residents[who];
        let next = next.into_iter().chain(resident.hang_up_at).min();
        if next != resident.armed {
            resident.armed = next;
            self.clock.extend(next.map(|at| Reverse((at, who))));
        }
        Ok(())
    }

    fn handle_event(&mut self, who: usize, now: Instant, event: Event) -> Result<(), CallError> {
        let verdict = &mut self.verdict;
        let resident = &mut self.residents[who];
        match event {
            Event::Answered(agreement) => {
                verdict.answered += 1;
                let setup = now - resident.dialled;
                verdict.setups_ms.push(setup.as_secs_f64() * 1_000.0);
                let connected = resident.answered(agreement.peer);
                connected.map_err(CallError::socket("no route leads to the line's sound"))?;
                resident.hang_up_at = Some(now + self.plan.hold);
                self.listening.push(who);
                verdict.most_at_once = verdict.most_at_once.max(self.listening.len());
                return Ok(());
            }
            Event::Useless(why) => {
                verdict.failed += 1;
                resident.hang_up_at = None;
                self.note_once(format!("an answer's SDP is of no use: {why}"));
                return Ok(());
            }
            Event::Refused(status) => *verdict.refused.entry(status).or_default() += 1,
            Event::Unanswered => verdict.failed += 1,
            Event::HungUp => verdict.ended_by_line += usize::from(resident.is_listening()),
            Event::Ended => {}
        }
        self.close_ear(who)?;
        let resident = &mut self.residents[who];
        if !resident.finished {
            resident.finish();
            self.finished += 1;
            let sent_again = resident.leg.retransmissions().invite;
            self.verdict.invite_retransmissions += u64::from(sent_again);
        }
        Ok(())
    }

    /// Takes the last packets of a call and judges it.
    fn close_ear(&mut self, who: usize) -> Result<(), CallError> {
        let resident = &mut self.residents[who];
        let listened = resident.listen(&mut self.datagram);
        listened.map_err(CallError::socket("sound cannot be read"))?;
        if let Some(ear) = resident.close_ear() {
            self.verdict.add(&ear);
            self.listening.retain(|&other| other != who);
        }
        Ok(())
    }

    /// Visits the next part of those who listen, so that each is visited every 200 ms; says when
    /// the next part is due.
    fn sweep(&mut self, now: Instant) -> Result<Instant, CallError> {
        if now < self.next_sweep {
            return Ok(self.next_sweep);
        }
        self.next_sweep = now + SWEEP / SWEEP_PARTS;
        let parts = usize::try_from(SWEEP_PARTS).unwrap_or(1);
        for _ in 0..self.listening.len().div_ceil(parts) {
            if self.sweep_at >= self.listening.len() {
                self.sweep_at = 0;
            }
            let resident = &mut self.residents[self.listening[self.sweep_at]];
            let listened = resident.listen(&mut self.datagram);
            listened.map_err(CallError::socket("sound cannot be read"))?;
            self.sweep_at += 1;
        }
        Ok(self.next_sweep)
    }

    fn note_once(&mut self, note: String) {
        if !self.notes.contains(&note) && self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
    fn report(mut self, cpu: Duration) -> StormReport {
        let duration = self.began.elapsed();
        let mut report = self.verdict.report();
        report.calls = self.residents.len();
        report.duration_s = duration.as_secs_f64();
        report.own_cost_us = cpu.as_secs_f64() * 1e6 / (report.packets.max(1) as f64);
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

/// Whose Call-ID this is: its hexadecimal number counts on from the first one's.
fn find(residents: &[Resident], seed: u64, call_id: &[u8]) -> Option<usize> {
    let number = std::str::from_utf8(call_id.get(..16)?).ok()?;
    let number = u64::from_str_radix(number, 16).ok()?;
    let who = usize::try_from(number.wrapping_sub(seed)).ok()?;
    let resident = residents.get(who)?;
    (resident.leg.call_id().as_bytes() == call_id).then_some(who)
}

/// Every listener is visited this often: about ten packets each.
const SWEEP: Duration = Duration::from_millis(200);
/// A sweep is cut in parts, for signalling waits no longer than one of them.
const SWEEP_PARTS: u32 = 20;
/// Datagrams answered in one turn.
const MOST_DATAGRAMS: usize = 256;
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
/// The same trouble told twice helps nobody.
const MOST_NOTES: usize = 20;
