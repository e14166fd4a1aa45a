//! What happens to a call at each event: port, answer, seat, record.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use bulletin::DialledNumber;
use jiff::Timestamp;
use media::{Player, Ptime};
use net::MediaSocket;
use sip::{Agent, CallHandle, Event, Invitation};

use super::call::Call;
use super::live_call::LiveCall;
use super::order::{Agreed, Order, Parting, Report};
use super::pulse::{Vitals, count};
use super::staff::{OnAirNow, Seat, Staff};
use crate::{CallRecord, Config, EndCause, Script, dialled, dice, peer};

/// The calls of the line, and everything needed to begin and end one.
pub(super) struct Desk {
    calls: HashMap<CallHandle, Call>,
    /// Calls that are over, until the media thread gives their seat back.
    leaving: HashMap<Seat, (Call, EndCause)>,
    /// Ports of calls not yet over, and the one of SIP.
    ports: HashSet<u16>,
    staff: Staff,
    on_air: OnAirNow,
    config: Config,
    records: SyncSender<CallRecord>,
    vitals: Arc<Vitals>,
    /// Calls whose number was not found and whose candidates the log may still show.
    unknown_to_show: u32,
}

impl Desk {
    pub(super) fn new(
        staff: Staff,
        on_air: OnAirNow,
        sip_port: u16,
        config: &Config,
        records: SyncSender<CallRecord>,
        vitals: Arc<Vitals>,
    ) -> Self {
        Self {
            calls: HashMap::new(),
            leaving: HashMap::new(),
            ports: HashSet::from([sip_port]),
            staff,
            on_air,
            config: config.clone(),
            records,
            vitals,
            unknown_to_show: UNKNOWN_TO_SHOW,
        }
    }

    /// Calls not yet over.
    pub(super) fn calls(&self) -> usize {
        self.calls.len() + self.leaving.len()
    }

    /// Does what an event asks for; answers whether it was a new call that was let in.
    pub(super) fn handle_event(&mut self, agent: &mut Agent, now: Instant, event: Event) -> bool {
        match event {
            Event::Invited { call, invitation } => {
                self.invited(agent, now, call, &invitation);
                return true;
            }
            Event::Acknowledged { call, answer } => {
                self.acknowledged(agent, now, call, answer.as_deref())
            }
            Event::Reoffered { call, offer } => self.reoffered(agent, now, call, &offer),
            Event::Key { call, key } => {
                if let Some(Seat { thread, seat }) =
                    self.calls.get(&call).and_then(|known| known.seat)
                {
                    self.staff.tell(thread, Order::Key { seat, key });
                }
            }
            Event::Cancelled { call } => self.over(call, EndCause::Cancelled),
            Event::Ended { call, cause } => self.over(call, end_told(cause)),
        }
        false
    }

    /// Does what the media threads' words ask for.
    pub(super) fn take_reports(&mut self, agent: &mut Agent, now: Instant) {
        while let Some(report) = self.staff.next_report() {
            self.handle_report(agent, now, report);
        }
    }

    fn handle_report(&mut self, agent: &mut Agent, now: Instant, report: Report) {
        match report {
            Report::Left {
                thread,
                seat,
                call: live,
                why,
            } => {
                let at = Seat { thread, seat };
                let handle = self.staff.free(at);
                if let Some((call, end)) = self.leaving.remove(&at) {
                    self.write(call, Some(&live), end);
                } else if let Some(handle) = handle {
                    self.finish(agent, now, handle, Some(&live), end_of(why));
                }
            }
            Report::Fell { thread } => {
                let fallen: Vec<Seat> = self
                    .leaving
                    .keys()
                    .filter(|at| at.thread == thread)
                    .copied()
                    .collect();
                for (call, end) in fallen
                    .iter()
                    .filter_map(|at| self.leaving.remove(at))
                    .collect::<Vec<_>>()
                {
                    self.write(call, None, end);
                }
                for handle in self.staff.free_all(thread) {
                    self.finish(agent, now, handle, None, EndCause::Fault);
                }
            }
        }
    }

    /// Ends every call; answers how many that were.
    pub(super) fn hang_up_all(&mut self, agent: &mut Agent, now: Instant, end: EndCause) -> usize {
        for (&handle, call) in &mut self.calls {
            call.end.get_or_insert(end);
            agent.hang_up(now, handle, NORMAL_CLEARING);
        }
        self.calls.len()
    }

    fn invited(
        &mut self,
        agent: &mut Agent,
        now: Instant,
        handle: CallHandle,
        invitation: &Invitation,
    ) {
        let mut call = match self.begin(invitation) {
            Ok(call) => call,
            Err(error) => {
                tracing::warn!(%error, "a call was refused because no port could be opened for it");
                agent.reject(now, handle, 503, "Service Unavailable", Some(WHEN_FREE));
                return;
            }
        };
        let answer = match &invitation.offer {
            Some(offer) => self.agree_to(&mut call, offer),
            None => Some(call.offer()),
        };
        if let Some(answer) = answer {
            self.ports.insert(call.port);
            self.calls.insert(handle, call);
            agent.accept(now, handle, &answer);
        } else {
            agent.reject(now, handle, 488, "Not Acceptable Here", None);
            self.write(call, None, EndCause::Refused(488));
        }
    }

    /// Opens a port and looks for the dialled number.
    fn begin(&mut self, invitation: &Invitation) -> io::Result<Call> {
        let bound = self.config.sip.ip();
        let range = self.config.rtp_ports.clone();
        let start = dice::number_in(&range);
        let (socket, port) = MediaSocket::bind_even(bound, range, start)?;
        let address = match self.config.advertised {
            Some(advertised) => advertised,
            None if bound.is_unspecified() => net::own_address_towards(invitation.source)?,
            None => bound,
        };
        let on_air = self.on_air.load();
        let known = |number: &DialledNumber| on_air.find_dialled(number).is_some();
        let dialled = dialled::find(invitation, &self.config.country, known);
        if dialled.is_none() && self.unknown_to_show > 0 {
            self.unknown_to_show -= 1;
            let candidates: Vec<_> = dialled::candidates(invitation).collect();
            tracing::info!(
                call.id = invitation.call_id,
                ?candidates,
                "the number dialled belongs to no territory"
            );
        }
        Ok(Call::new(
            &invitation.call_id,
            dialled,
            (socket, port),
            address,
            Timestamp::now(),
        ))
    }

    /// Answers an offer, unless there is nothing in common or its address is not one to send sound to.
    fn agree_to(&self, call: &mut Call, offer: &[u8]) -> Option<Vec<u8>> {
        let (agreed, answer) = call.answer(offer)?;
        self.permit(call, agreed)?;
        call.agreed = Some(agreed);
        Some(answer)
    }

    fn acknowledged(
        &mut self,
        agent: &mut Agent,
        now: Instant,
        handle: CallHandle,
        answer: Option<&[u8]>,
    ) {
        let Some(mut call) = self.calls.remove(&handle) else {
            return;
        };
        if let Some(answer) = answer {
            call.agreed = call
                .agree(answer)
                .and_then(|agreed| self.permit(&call, agreed));
        }
        let done = match (call.agreed, call.seat) {
            (Some(agreed), Some(at)) => {
                if answer.is_some() {
                    self.staff.tell(
                        at.thread,
                        Order::Redirect {
                            seat: at.seat,
                            agreed,
                        },
                    );
                }
                true
            }
            (Some(agreed), None) => self.put_on_air(handle, &mut call, agreed),
            (None, _) => false,
        };
        if !done {
            call.end = Some(EndCause::Refused(488));
            agent.hang_up(now, handle, INCOMPATIBLE_DESTINATION);
        }
        self.calls.insert(handle, call);
    }

    /// Hands an acknowledged call to a media thread; `false` when its peer cannot be reached from here.
    fn put_on_air(&mut self, handle: CallHandle, call: &mut Call, agreed: Agreed) -> bool {
        let Some(socket) = call.socket.take() else {
            return true; // a repeat of the ACK of a call that is over on the media side
        };
        let prepared = agreed
            .peer
            .map_or(Ok(()), |peer| socket.connect(peer))
            .and_then(|()| socket.attach_keypad_filter(agreed.telephone_event));
        if let Err(error) = prepared {
            tracing::warn!(%error, call.id = call.call_id(), "the caller's address for sound cannot be used");
            return false;
        }
        let script = Script::begin(self.on_air.load_full(), call.dialled.as_ref());
        let player = Player::new(
            agreed.codec,
            Ptime::Ms20,
            dice::number(),
            dice::short(),
            dice::number(),
        );
        let live = LiveCall::new(socket, agreed, player, script, self.config.max_call);
        let Some(at) = self.staff.seat(handle) else {
            return false;
        };
        call.seat = Some(at);
        call.acknowledge(Timestamp::now());
        count(&self.vitals.answered, 1);
        self.staff.tell(
            at.thread,
            Order::Join {
                seat: at.seat,
                call: Box::new(live),
            },
        );
        true
    }

    fn reoffered(&mut self, agent: &mut Agent, now: Instant, handle: CallHandle, offer: &[u8]) {
        let Some(mut call) = self.calls.remove(&handle) else {
            return;
        };
        if offer.is_empty() {
            agent.accept_reoffer(now, handle, &call.offer());
        } else if let Some(answer) = self.agree_to(&mut call, offer) {
            if let (Some(at), Some(agreed)) = (call.seat, call.agreed) {
                self.staff.tell(
                    at.thread,
                    Order::Redirect {
                        seat: at.seat,
                        agreed,
                    },
                );
            }
            agent.accept_reoffer(now, handle, &answer);
        } else {
            agent.reject_reoffer(now, handle, 488, "Not Acceptable Here");
        }
        self.calls.insert(handle, call);
    }

    /// The agreement back, if sound may be sent where it says.
    fn permit(&self, call: &Call, agreed: Agreed) -> Option<Agreed> {
        let Some(peer) = agreed.peer else {
            return Some(agreed);
        };
        let bound = self.config.sip.ip();
        let own = |address: IpAddr| {
            address == bound
                || Some(address) == self.config.advertised
                || (bound.is_unspecified() && net::is_own_address(address))
        };
        let taken = |port: u16| port == call.port || self.ports.contains(&port);
        match peer::judge(peer, call.address(), own, taken) {
            Ok(()) => Some(agreed),
            Err(refusal) => {
                tracing::warn!(%refusal, call.id = call.call_id(), "no sound is sent there");
                None
            }
        }
    }

    /// The media thread is done with a call, or lost it: a BYE goes out.
    fn finish(
        &mut self,
        agent: &mut Agent,
        now: Instant,
        handle: CallHandle,
        live: Option<&LiveCall>,
        end: EndCause,
    ) {
        let Some(call) = self.calls.remove(&handle) else {
            return;
        };
        let cause = if end == EndCause::Fault {
            TEMPORARY_FAILURE
        } else {
            NORMAL_CLEARING
        };
        agent.hang_up(now, handle, cause);
        self.write(call, live, end);
    }

    /// The agent says that a call is over.
    fn over(&mut self, handle: CallHandle, end: EndCause) {
        let Some(call) = self.calls.remove(&handle) else {
            return;
        };
        let end = call.end.unwrap_or(end);
        match call.seat {
            Some(at) => {
                self.staff.tell(at.thread, Order::Leave { seat: at.seat });
                self.leaving.insert(at, (call, end));
            }
            None => self.write(call, None, end),
        }
    }

    fn write(&mut self, call: Call, live: Option<&LiveCall>, end: EndCause) {
        self.ports.remove(&call.port);
        let record = call.record(live, end, Timestamp::now());
        tracing::debug!(
            call.id = record.call_id,
            end = end.as_str(),
            packets = record.packets_sent,
            "a call is over"
        );
        if self.records.try_send(record).is_err() {
            count(&self.vitals.records_dropped, 1);
        }
    }
}

/// What the agent's word means where nothing is known from elsewhere.
fn end_told(cause: sip::EndCause) -> EndCause {
    match cause {
        sip::EndCause::CallerHungUp { .. } => EndCause::CallerHungUp,
        sip::EndCause::NotAcknowledged => EndCause::NeverAcknowledged,
        // Whoever hangs up here says why beforehand; this is the agent's own doing, when a session was not refreshed.
        sip::EndCause::HungUp { .. } => EndCause::CallerGone,
    }
}

fn end_of(why: Parting) -> EndCause {
    match why {
        Parting::ScriptOver | Parting::Told => EndCause::Completed,
        Parting::TooLong => EndCause::LongestCall,
        Parting::Unreachable => EndCause::CallerGone,
        Parting::Fault => EndCause::Fault,
    }
}

/// Q.850 causes of our BYE.
const NORMAL_CLEARING: u8 = 16;
const TEMPORARY_FAILURE: u8 = 41;
const INCOMPATIBLE_DESTINATION: u8 = 88;
/// Seconds after which a port may be free.
const WHEN_FREE: u32 = 10;
/// The first calls of a new trunk show the integrator where the number stands.
const UNKNOWN_TO_SHOW: u32 = 10;
