//! The turn of a single call: one thread, two sockets, one dialog.

use std::time::{Duration, Instant};

use net::{MediaSocket, Poller};
use sip::{
    message::Message,
    sdp::{Agreement, Capabilities},
};

use super::talk::Talk;
use crate::{
    CallError, CallPlan, CallReport, EndedBy, KeyScript, Target,
    leg::{Event, Leg, Output},
    offer::{sdp_names, secrecy},
    signalling::Signalling,
    socket::{open_pair, own_address, random, wall_clock},
};

/// A telephone that makes one call.
pub(super) struct Telephone<'p> {
    plan: &'p CallPlan,
    keys: KeyScript,
    sip: Signalling,
    media: MediaSocket,
    /// Until there is something to report on.
    reports: Option<MediaSocket>,
    poller: Poller,
    leg: Leg,
    dialled: Instant,
    talk: Option<Talk>,
    given_up: bool,
    outcome: Option<(u16, EndedBy)>,
    notes: Vec<String>,
    datagram: Vec<u8>,
}

impl<'p> Telephone<'p> {
    /// Opens the sockets.
    pub(super) fn new(
        plan: &'p CallPlan,
        target: &Target,
        keys: KeyScript,
    ) -> Result<Self, CallError> {
        let own = own_address(plan.bind, target.address)?;
        let (sip, local) = Signalling::open(target, own, plan.trust.as_ref())?;
        let ports = open_pair(own)?;
        let poller =
            watch(&sip, &ports.sound).map_err(CallError::socket("no poller can be opened"))?;
        let mut ours = Capabilities::new(own, ports.port, u64::from(ports.port));
        ours.codecs = sdp_names(&plan.codecs);
        ours.srtp = secrecy(plan.srtp)?;
        let seed = u64::from_be_bytes(random()?);
        let dialled = Instant::now();
        Ok(Self {
            plan,
            keys,
            sip,
            media: ports.sound,
            reports: Some(ports.reports),
            poller,
            leg: Leg::new(dialled, target, local, ours, plan.ptime, seed),
            dialled,
            talk: None,
            given_up: false,
            outcome: None,
            notes: vec![],
            datagram: vec![0; MOST_OCTETS],
        })
    }

    /// Makes the call, to its end.
    pub(super) fn call(mut self) -> Result<CallReport, CallError> {
        let mut ready = vec![];
        loop {
            let next = self.turn(Instant::now())?;
            if let Some((status, ended_by)) = self.outcome {
                return Ok(self.report(status, ended_by));
            }
            let left = next.saturating_duration_since(Instant::now());
            let waited = self.poller.wait(&mut ready, Some(left));
            waited.map_err(CallError::socket("waiting for packets failed"))?;
        }
    }

    fn turn(&mut self, now: Instant) -> Result<Instant, CallError> {
        self.listen()?; // 1. what arrived before a BYE still belongs to the call
        self.hear_signalling(now)?;
        let limit = self.keep_limits(now)?;
        let next = self.signal(now)?;
        let speak = match &mut self.talk {
            Some(talk) => talk.speak(now, &self.media),
            None => Ok(None),
        };
        let speak = speak.map_err(CallError::socket("reports cannot be read"))?;
        Ok(next.min(limit).min(speak.unwrap_or(limit)))
    }

    fn listen(&mut self) -> Result<(), CallError> {
        match &mut self.talk {
            Some(talk) => {
                let heard = talk.listen(&self.media);
                heard.map_err(CallError::socket("sound cannot be read"))
            }
            None => Ok(()),
        }
    }

    fn hear_signalling(&mut self, now: Instant) -> Result<(), CallError> {
        for _ in 0..MOST_DATAGRAMS {
            let received = self.sip.recv_from(&mut self.datagram);
            let received = received.map_err(CallError::socket("signalling cannot be read"))?;
            let Some((length, source)) = received else {
                break;
            };
            match Message::parse(&self.datagram[..length]) {
                Ok(message) if !is_of(&message, self.leg.call_id()) => {}
                Ok(Message::Response(response)) => self.leg.handle_response(now, &response),
                Ok(Message::Request(request)) => self.leg.handle_request(&request, source),
                Err(fault) => self.note(format!("a datagram from {source}: {fault}")),
            }
        }
        Ok(())
    }

    /// Hangs up when the time for an answer, for the first sound, or for the call is over, or what the caller waits for has
    /// been heard; says when that will be.
    fn keep_limits(&mut self, now: Instant) -> Result<Instant, CallError> {
        let until = match &self.talk {
            None => self.dialled + self.plan.answer_within,
            Some(talk) if talk.has_heard() => now,
            Some(talk) => {
                let patience = self.plan.sound_within.filter(|_| !talk.has_sound());
                talk.answered + patience.map_or(self.plan.limit, |time| time.min(self.plan.limit))
            }
        };
        if now < until {
            return Ok(until);
        }
        if !std::mem::replace(&mut self.given_up, true) {
            self.end_talk()?;
            self.leg.hang_up(now);
        }
        Ok(now + LONGEST_WAIT)
    }

    fn end_talk(&mut self) -> Result<(), CallError> {
        match &mut self.talk {
            Some(talk) => {
                let ended = talk.end(wall_clock());
                ended.map_err(CallError::socket("reports cannot be read"))
            }
            None => Ok(()),
        }
    }

    /// Sends what the dialog has to say; says when it wants to speak again.
    fn signal(&mut self, now: Instant) -> Result<Instant, CallError> {
        loop {
            match self.leg.poll_output(now) {
                Output::Timeout(next) => return Ok(next),
                Output::Nothing => return Ok(now + LONGEST_WAIT),
                Output::Event(event) => self.handle_event(now, event)?,
                Output::Transmit { to, octets } => {
                    // What a full buffer or a broken route swallows is sent again by its timer.
                    if let Err(error) = self.sip.send_to(&octets, to) {
                        self.note(format!("nothing can be sent to {to}: {error}"));
                    }
                }
            }
        }
    }

    fn handle_event(&mut self, now: Instant, event: Event) -> Result<(), CallError> {
        let outcome = match event {
            Event::Answered(agreement) => return self.begin_talk(now, &agreement),
            Event::Useless(why) => {
                self.note(format!("the answer's SDP is of no use: {why}"));
                self.given_up = true;
                return Ok(());
            }
            Event::Refused(status) => (status, EndedBy::Refused),
            Event::Unanswered => (REQUEST_TIMEOUT, EndedBy::Unanswered),
            Event::HungUp => {
                self.listen()?;
                (OK, EndedBy::Line)
            }
            Event::Ended => (OK, EndedBy::Caller),
        };
        self.end_talk()?;
        self.outcome.get_or_insert(outcome);
        Ok(())
    }

    fn begin_talk(&mut self, now: Instant, agreement: &Agreement) -> Result<(), CallError> {
        if agreement.peer.ip().is_unspecified() {
            self.note("the line names no address for its sound".to_owned());
        } else {
            let connected = self.media.connect(agreement.peer);
            connected.map_err(CallError::socket("no route leads to the line's sound"))?;
        }
        let Some(reports) = self.reports.take() else {
            return Ok(()); // a call is answered once
        };
        let talk = Talk::new(now, agreement, &self.keys, reports, random()?);
        let talk = talk.map_err(CallError::socket("no route leads to the line's reports"))?;
        if !talk.can_press() && self.keys.presses().next().is_some() {
            self.note("the line takes no keys, so none was pressed".to_owned());
        }
        self.talk = Some(talk.until_heard(&self.plan.until_heard));
        Ok(())
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        }
    }

    fn report(self, status: u16, ended_by: EndedBy) -> CallReport {
        let sent_again = self.leg.retransmissions();
        let mut report = match self.talk {
            None => CallReport::unanswered(status, ended_by),
            Some(talk) => talk.report(self.dialled, ended_by),
        };
        report.retransmissions = sent_again.invite + sent_again.other;
        report.notes.splice(0..0, self.notes);
        report
    }
}

fn watch(sip: &Signalling, media: &MediaSocket) -> std::io::Result<Poller> {
    let poller = Poller::new()?;
    poller.add(sip, 0)?;
    poller.add(media, 1)?;
    Ok(poller)
}

fn is_of(message: &Message<'_>, call_id: &str) -> bool {
    let theirs = match message {
        Message::Request(request) => request.call_id(),
        Message::Response(response) => response.call_id(),
    };
    theirs == call_id.as_bytes()
}

const OK: u16 = 200;
/// What no answer at all counts as (RFC 3261 § 8.1.3.1).
const REQUEST_TIMEOUT: u16 = 408;
/// The longest datagram there is.
const MOST_OCTETS: usize = 65_535;
/// Nothing is due for longer; a datagram ends the wait.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Datagrams read in one turn; the sound has its own clock to keep.
const MOST_DATAGRAMS: usize = 64;
/// More words than this help nobody.
const MOST_NOTES: usize = 20;
