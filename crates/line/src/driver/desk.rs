//! What happens to a call at each event: port, answer, seat, record.

mod closed;
mod dictation;

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use bulletin::{DialledNumber, TerritorySlug};
use jiff::Timestamp;
use media::Player;
use net::{Dscp, MediaSocket, PortPair};
use sip::{Agent, CallHandle, Event, Invitation, NewCall};

use super::call::{Call, capabilities};
use super::introductions::{self, Introductions};
use super::latch::Latch;
use super::live_call::{LiveCall, ticks};
use super::order::{Agreed, Order, Parting, Report, ReportsTo};
use super::pulse::{Vitals, count};
use super::reporting::Reporting;
use super::staff::{OnAirNow, Seat, Staff};
use super::track::{Counts, Track};
use crate::admission::{Admission, Entrance, Verdict};
use crate::listeners::Place;
use crate::peer::PeerRefusal;
use crate::{CallRecord, Caller, Config, EndCause, MediaDeath, NumberSources};
use crate::{dialled, dice, peer};

/// The calls of the line, and everything needed to begin and end one.
pub(super) struct Desk {
    calls: HashMap<CallHandle, Call>,
    /// Calls that are over, until the media thread gives their seat back.
    leaving: HashMap<Seat, (Call, EndCause)>,
    /// Where calls not yet over hear their sound: the even one of each pair of ports.
    ports: HashSet<SocketAddr>,
    places: Vec<Place>,
    staff: Staff,
    on_air: OnAirNow,
    config: Config,
    records: SyncSender<CallRecord>,
    vitals: Arc<Vitals>,
    /// Who may come in.
    pub(super) admission: Admission,
    /// Whether the line is under load.
    pub(super) under_load: bool,
    introductions: Introductions,
    next_clearing: Instant,
    /// Dictations begun.
    dictations: u64,
    /// Where calls of no trunk hold the dialled number.
    usual_sources: NumberSources,
}

impl Desk {
    pub(super) fn new(
        staff: Staff,
        on_air: OnAirNow,
        places: Vec<Place>,
        config: &Config,
        records: SyncSender<CallRecord>,
        vitals: Arc<Vitals>,
        now: Instant,
    ) -> Self {
        Self {
            admission: Admission::new(config, now),
            under_load: false,
            calls: HashMap::new(),
            leaving: HashMap::new(),
            ports: HashSet::new(),
            places,
            staff,
            on_air,
            config: config.clone(),
            records,
            vitals,
            introductions: Introductions::default(),
            next_clearing: now,
            dictations: 0,
            usual_sources: NumberSources::default(),
        }
    }

    /// Calls not yet over.
    pub(super) fn calls(&self) -> usize {
        self.calls.len() + self.leaving.len()
    }

    /// Judges a call of which nothing is kept yet.
    pub(super) fn judge(&mut self, now: Instant, call: &NewCall<'_>) -> Verdict {
        let source = call.source.ip();
        let trunk = self.admission.trunk_of(source);
        let dialled = if self.admission.limits_territories() {
            let on_air = self.on_air.load();
            let known = |number: &DialledNumber| on_air.find_dialled(number).is_some();
            let candidates = dialled::of_new(call, self.sources_of(trunk));
            dialled::find(&candidates, &self.config.country, known)
        } else {
            None
        };
        let territory = self.territory_of(dialled.as_ref());
        let entrance = Entrance::new(source, trunk, territory);
        let overloaded = self.vitals.turns_away(now);
        self.admission.verdict(now, &entrance, overloaded)
    }

    /// Whether a new call of no trunk or territory with limits of its own would be let in.
    pub(super) fn is_accepting(&mut self, now: Instant) -> bool {
        let nobody = Entrance::new(std::net::Ipv4Addr::UNSPECIFIED.into(), None, None);
        let overloaded = self.vitals.overloaded(now);
        self.admission.verdict(now, &nobody, overloaded) == Verdict::Admitted
    }

    /// Does what an event asks for.
    pub(super) fn handle_event(&mut self, agent: &mut Agent, now: Instant, event: Event) {
        match event {
            Event::Invited { call, invitation } => self.invited(agent, now, call, &invitation),
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
            Event::Announced { call } => self.announced(agent, now, call),
            Event::RefreshDue { call } => {
                if let Some(known) = self.calls.get(&call) {
                    agent.refresh(now, call, known.description());
                }
            }
            Event::Refreshed { call, answer } => self.refreshed(call, &answer),
            Event::Cancelled { call, reason } => {
                self.note_reason(call, reason);
                self.over(call, EndCause::Cancelled);
            }
            Event::Ended { call, cause } => {
                if let sip::EndCause::CallerHungUp { reason } = cause {
                    self.note_reason(call, reason);
                }
                self.over(call, end_told(cause));
            }
        }
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
                call: live,
                track,
                why,
            } => {
                let seat = track.seat;
                let at = Seat { thread, seat };
                let handle = self.staff.free(at);
                if let Some((call, end)) = self.leaving.remove(&at) {
                    self.write(call, Some((&live, &track)), end);
                } else if let Some(handle) = handle {
                    self.finish(agent, now, handle, Some((&live, &track)), end_of(why));
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

    /// Gives up what a source with a crowd of unacknowledged calls leaves unacknowledged for too long, before the agent
    /// would: who throws INVITEs about must not keep the calls of the same address out.
    pub(super) fn clear_crowds(&mut self, agent: &mut Agent, now: Instant) {
        if now < self.next_clearing || !self.admission.is_crowded() {
            return;
        }
        self.next_clearing = now + CLEARED_EVERY;
        let wall_clock = Timestamp::now();
        for (&handle, call) in &mut self.calls {
            if self.admission.crowds(&call.entrance) && call.age(wall_clock) > LONGEST_IN_A_CROWD {
                call.end.get_or_insert(EndCause::NeverAcknowledged);
                agent.hang_up(now, handle, RECOVERY_ON_TIMER_EXPIRY);
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
        let Some(answer) = answer else {
            agent.reject(now, handle, 488, "Not Acceptable Here", None);
            return self.write(call, None, EndCause::Refused(488));
        };
        if self.is_closed_to(&call) {
            return self.turn_away(agent, now, handle, call, &answer);
        }
        let trunk = self.admission.trunk(call.entrance.trunk);
        let manner = trunk.map(|trunk| trunk.answering.manner());
        self.ports.insert(call.bound);
        self.calls.insert(handle, call);
        agent.accept_as(now, handle, &answer, manner.unwrap_or_default());
    }

    /// Opens two ports and looks for the dialled number.
    fn begin(&mut self, invitation: &Invitation) -> io::Result<Call> {
        let place = self.places.get(usize::from(invitation.listener));
        let place = place.ok_or(io::ErrorKind::AddrNotAvailable)?;
        let range = self.config.rtp_ports.clone();
        let start = dice::number_in(&range);
        let ports = MediaSocket::bind_pair(place.bound.ip(), range, start)?;
        if self.config.rtp_dscp != Dscp::EF {
            ports.sound.mark(self.config.rtp_dscp)?;
            ports.reports.mark(self.config.rtp_dscp)?;
        }
        let address = place.address_towards(invitation.source)?;
        let bound = SocketAddr::new(place.bound.ip(), ports.port);
        let source = invitation.source.ip();
        let trunk = self.admission.trunk_of(source);
        let dialled = self.find_dialled(invitation, trunk);
        let caller = Caller::of(invitation, &self.config.country);
        let is_private = dialled
            .as_ref()
            .is_some_and(|number| self.is_private(number, trunk));
        let entrance = Entrance::new(source, trunk, self.territory_of(dialled.as_ref()));
        let trunk = self.admission.trunk(trunk);
        let ours = capabilities(address, ports.port, trunk, self.under_load)?;
        self.admission.admit(&entrance);
        let mut call = Call::new(
            &invitation.call_id,
            dialled,
            caller,
            entrance,
            (bound, ports),
            ours,
            Timestamp::now(),
        );
        call.is_private = is_private;
        Ok(call)
    }

    fn find_dialled(
        &mut self,
        invitation: &Invitation,
        trunk: Option<usize>,
    ) -> Option<DialledNumber> {
        let on_air = self.on_air.load();
        let known = |number: &DialledNumber| {
            self.is_private(number, trunk) || on_air.find_dialled(number).is_some()
        };
        let candidates = dialled::candidates(invitation, self.sources_of(trunk));
        let country = &self.config.country;
        let dialled = dialled::find(&candidates, country, known);
        if self.introductions.is_due(trunk, dialled.is_some()) {
            let name = self.admission.trunk(trunk).map(|trunk| trunk.name.as_str());
            introductions::show(invitation, name, &candidates, dialled.as_ref(), country);
        }
        dialled
    }

    /// Where calls of a trunk hold the dialled number.
    fn sources_of(&self, trunk: Option<usize>) -> &NumberSources {
        let trunk = self.admission.trunk(trunk);
        trunk.map_or(&self.usual_sources, |trunk| &trunk.numbers)
    }

    /// The territory of a number.
    fn territory_of(&self, dialled: Option<&DialledNumber>) -> Option<TerritorySlug> {
        let on_air = self.on_air.load();
        Some(on_air.find_dialled(dialled?)?.slug.clone())
    }

    /// Answers an offer, unless there is nothing in common or its address is not one to send sound to.
    fn agree_to(&self, call: &mut Call, offer: &[u8]) -> Option<Vec<u8>> {
        let (agreed, answer) = call.answer(offer)?;
        call.agreed = Some(self.permit(call, agreed)?);
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
        self.admission.acknowledge(&mut call.entrance);
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
                            keys: call.keys(),
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
        let Some(PortPair { sound, reports, .. }) = call.ports.take() else {
            return true; // a repeat of the ACK of a call that is over on the media side
        };
        let latch = self.latch_of(call);
        let prepared = match agreed.peer.filter(|_| latch.is_none()) {
            Some(peer) => sound.connect(peer),
            None => Ok(()),
        };
        let prepared = match latch {
            Some(_) => prepared, // every packet may be the one that tells the address
            None => prepared.and_then(|()| agreed.attach_filter(&sound)),
        };
        if let Err(error) = prepared {
            tracing::warn!(%error, call.id = call.call_id(), "the caller's address for sound cannot be used");
            return false;
        }
        let unlatched = agreed.peer.filter(|_| latch.is_some()).map(Box::new);
        let now = Instant::now();
        let (vitals, ptime) = (&self.vitals, agreed.ptime);
        let is_full = |thread: usize| vitals.media[thread].is_full(now);
        let Some(at) = self.staff.seat(handle, ptime, is_full) else {
            return false;
        };
        let (limits, longest) = self.limits_of(call);
        let (course, longest) = self.course_of(call, at, longest);
        let keys = call.keys();
        let mut live = LiveCall::new(
            agreed,
            course,
            // Unused too, the port above that of the sound stays taken: nobody else's reports come in there.
            Reporting::new(agreed.way(Some(reports)), dice::number(), now),
            latch,
            limits,
            now,
        );
        let first = match keys {
            // A receiver must not miss that it came round; see [`media::srtp::Sealer::new`].
            Some(_) => dice::short() & 0x7FFF,
            None => dice::short(),
        };
        let mut track = Track {
            seat: at.seat,
            socket: sound,
            player: Player::new(agreed.codec, ptime, dice::number(), first, dice::number()),
            unlatched,
            sealer: None,
            sends: agreed.sends,
            pause_left: 0,
            call_left: ticks(longest).max(1),
            counts: Counts::default(),
        };
        live.change_keys(&mut track, keys.as_deref());
        call.seat = Some(at);
        if !call.is_announced {
            call.acknowledge(Timestamp::now());
            count(&self.vitals.answered, 1);
            if let Some(territory) = call.heard_territory() {
                self.vitals.crowds.join(territory);
            }
        }
        let call = Box::new(live);
        self.staff.tell(at.thread, Order::Join { call, track });
        true
    }

    /// Whether the caller's sound may come from elsewhere for a moment.
    fn latch_of(&self, call: &Call) -> Option<Latch> {
        let trunk = self.admission.trunk(call.entrance.trunk)?;
        Latch::open(trunk.latching, trunk.speaks_from(), Instant::now())
    }

    /// When a call counts as dead, and how long it may last before its last words.
    fn limits_of(&self, call: &Call) -> (MediaDeath, Duration) {
        let trunk = self.admission.trunk(call.entrance.trunk);
        let limits = trunk.map(|trunk| trunk.media_death).unwrap_or_default();
        let longest = trunk.and_then(|trunk| trunk.max_call);
        let longest = longest.unwrap_or(self.config.max_call);
        (
            limits,
            longest.saturating_sub(self.on_air.load().last_words()),
        )
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
                        keys: call.keys(),
                    },
                );
            }
            agent.accept_reoffer(now, handle, &answer);
        } else {
            agent.reject_reoffer(now, handle, 488, "Not Acceptable Here");
        }
        self.calls.insert(handle, call);
    }

    /// Follows a caller who moved when a session was refreshed.
    fn refreshed(&mut self, handle: CallHandle, answer: &[u8]) {
        let Some(mut call) = self.calls.remove(&handle) else {
            return;
        };
        let agreed = call.agree_again(answer);
        if let Some(agreed) = agreed.and_then(|agreed| self.permit(&call, agreed)) {
            call.agreed = Some(agreed);
            if let Some(Seat { thread, seat }) = call.seat {
                let keys = call.keys();
                self.staff
                    .tell(thread, Order::Redirect { seat, agreed, keys });
            }
        }
        self.calls.insert(handle, call);
    }

    fn note_reason(&mut self, handle: CallHandle, reason: sip::Reason) {
        if let Some(call) = self.calls.get_mut(&handle) {
            call.reason = reason;
        }
    }

    /// The agreement back, if sound may be sent where it says. Reports that may not be sent are not.
    fn permit(&self, call: &Call, mut agreed: Agreed) -> Option<Agreed> {
        let trunk = self.admission.trunk(call.entrance.trunk);
        agreed.in_band = agreed.keys.is_none() && trunk.is_some_and(|trunk| trunk.in_band_keys);
        agreed.dictates = call.is_private;
        let Some(peer) = agreed.peer else {
            agreed.reports = None;
            return Some(agreed);
        };
        let trunk = self.admission.trunk(call.entrance.trunk);
        let judge = |address: SocketAddr| {
            peer::judge(address, call.address(), |at| self.is_ours(call, at))?;
            let is_allowed = trunk.is_none_or(|trunk| trunk.hears_at(address.ip()));
            is_allowed.then_some(()).ok_or(PeerRefusal::NotOfTheTrunk)
        };
        if let Some(ReportsTo::Port(reports)) = agreed.reports
            && judge(reports).is_err()
        {
            agreed.reports = None;
        }
        match judge(peer) {
            Ok(()) => Some(agreed),
            Err(refusal) => {
                tracing::warn!(%refusal, call.id = call.call_id(), "no sound is sent there");
                None
            }
        }
    }

    /// Whether packets to this address would come back to this line.
    fn is_ours(&self, call: &Call, address: SocketAddr) -> bool {
        self.places.iter().any(|place| {
            let pair = SocketAddr::new(place.bound.ip(), address.port() & !1);
            let is_sound = pair == call.bound || self.ports.contains(&pair);
            let is_sip = address.port() == place.bound.port();
            (is_sound || is_sip) && place.is_reached_at(address.ip())
        })
    }

    /// The media thread is done with a call, or lost it: a BYE goes out.
    fn finish(
        &mut self,
        agent: &mut Agent,
        now: Instant,
        handle: CallHandle,
        live: Option<(&LiveCall, &Track)>,
        end: EndCause,
    ) {
        let Some(call) = self.calls.remove(&handle) else {
            return;
        };
        if call.is_announced {
            return self.refuse(agent, now, handle, call, live);
        }
        let cause = match end {
            EndCause::Fault => TEMPORARY_FAILURE,
            EndCause::MediaDead => RECOVERY_ON_TIMER_EXPIRY,
            _ => NORMAL_CLEARING,
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

    fn write(&mut self, call: Call, live: Option<(&LiveCall, &Track)>, end: EndCause) {
        self.ports.remove(&call.bound);
        if let Some(territory) = call.heard_territory() {
            self.vitals.crowds.leave(territory);
        }
        let entrance = call.entrance.clone();
        let trunk = self.admission.trunk(entrance.trunk);
        let record = call.record(live, trunk, end, Timestamp::now());
        self.admission.leave(entrance);
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
        Parting::Dead => EndCause::MediaDead,
        Parting::Unreachable => EndCause::CallerGone,
        Parting::Fault => EndCause::Fault,
    }
}

/// Q.850 causes of our BYE.
const NORMAL_CLEARING: u8 = 16;
const TEMPORARY_FAILURE: u8 = 41;
const RECOVERY_ON_TIMER_EXPIRY: u8 = 102;
const INCOMPATIBLE_DESTINATION: u8 = 88;
/// Seconds after which a port may be free.
const WHEN_FREE: u32 = 10;
/// How long a call may wait for its ACK where hundreds of the same source do: the answer has been repeated four times.
const LONGEST_IN_A_CROWD: Duration = Duration::from_secs(8);
const CLEARED_EVERY: Duration = Duration::from_millis(250);
