//! What the line says to the calls of a storm, and what time says.

use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

use sip::message::Message;

use super::{Crowd, LONGEST_WAIT};
use crate::{
    CallError,
    leg::{Event, Output},
    socket::random,
    storm::resident::Resident,
};

impl Crowd<'_> {
    /// Answers a bounded number of datagrams.
    pub(super) fn hear_signalling(&mut self) -> Result<(), CallError> {
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

    /// Serves those whose timer has come; says when the next one does.
    pub(super) fn keep_time(&mut self) -> Result<Instant, CallError> {
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
            let resident = &mut self.residents[who];
            if resident.armed != Some(at) {
                continue;
            }
            resident.armed = None;
            let reported = resident.report(now, &mut self.notebook);
            reported.map_err(CallError::socket("reports cannot be read"))?;
            if resident.hang_up_at.is_some_and(|until| now >= until) {
                resident.hang_up_at = None;
                self.close_ear(who)?;
                self.residents[who].leg.hang_up(now);
            }
            self.serve(who, now)?;
        }
    }

    /// Sends what a call has to say, and sets its clock.
    pub(super) fn serve(&mut self, who: usize, now: Instant) -> Result<(), CallError> {
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
        let others = [resident.hang_up_at, resident.report_at()];
        let next = next.into_iter().chain(others.into_iter().flatten()).min();
        if next != resident.armed {
            resident.armed = next;
            self.clock.extend(next.map(|at| Reverse((at, who))));
        }
        Ok(())
    }

    fn handle_event(&mut self, who: usize, now: Instant, event: Event) -> Result<(), CallError> {
        let verdict = &mut self.verdict;
        let resident = &mut self.residents[who];
        let since_dialled_ms = |resident: &Resident| ms(now - resident.dialled);
        match event {
            Event::Answered(agreement) => {
                verdict.answered += 1;
                verdict.setups_ms.push(since_dialled_ms(resident));
                let speaks = resident.answered(now, &agreement, self.plan, random()?);
                let speaks =
                    speaks.map_err(CallError::socket("no route leads to the line's sound"))?;
                resident.hang_up_at = Some(now + self.plan.hold);
                if speaks {
                    self.wheel.join(who);
                }
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
            Event::Refused(status) => {
                verdict.refusals_ms.push(since_dialled_ms(resident));
                *verdict.refused.entry(status).or_default() += 1;
            }
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
        let ear = self.residents[who].close_ear(&mut self.notebook);
        let ear = ear.map_err(CallError::socket("sound cannot be read"))?;
        if let Some(ear) = ear {
            self.end_steady_window();
            self.verdict.add(&ear);
            self.listening.retain(|&other| other != who);
        }
        Ok(())
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

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Datagrams answered in one turn.
const MOST_DATAGRAMS: usize = 256;
