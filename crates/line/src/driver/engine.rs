//! A media thread: calls it owns outright, one slot each millisecond.
//!
//! The turn of the loop has one order: sound, then keys, then the next steps, then what the signalling thread says, and
//! last, when there is time, a look at a few calls for reports and signs of life. Sending a slot allocates nothing,
//! locks nothing, logs nothing, and asks the kernel for nothing but the sending itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use media::srtp::Keys;
use net::{Inbox, Over, Poller, Sweep};

use super::live_call::{LiveCall, MOST_READ_AT_ONCE};
use super::load::{Load, Meter};
use super::order::{Agreed, Order, Parting, Report, Reports};
use super::pulse::{Pulse, Vitals, count};
use super::seats::Seats;
use super::track::Track;
use super::watch::LOOK_EVERY;
use super::wheel::{MOST_BEHIND, Wheel};
use crate::{OnAir, dice};

/// What a media thread needs from the line.
#[derive(Debug)]
pub(super) struct Engine {
    thread: usize,
    wheel: Wheel,
    seats: Seats,
    /// Asks the ports of sound for keys; the poller watches those of reports, which seldom send.
    sweep: Sweep,
    poller: Poller,
    reports: Reports,
    on_air: Arc<ArcSwap<OnAir>>,
    vitals: Arc<Vitals>,
    meter: Meter,
    /// Seats whose step is over, with something to read, and with reports: kept to be used again without allocating.
    over: Vec<u32>,
    heard: Vec<u32>,
    ready: Vec<u64>,
    /// The report being written, and the name under which this thread reports (CNAME, RFC 7022).
    octets: Vec<u8>,
    name: String,
    /// The seat to look at next.
    look_at: usize,
    /// When slots were last given up.
    gave_up: Option<Instant>,
}

impl Engine {
    /// An engine without calls.
    ///
    /// - `origin`: when its first slot is due; threads that share a machine have theirs in turn.
    ///
    /// # Errors
    /// What the kernel says when no descriptor is left.
    pub(super) fn new(
        thread: usize,
        origin: Instant,
        capacity: usize,
        reports: Reports,
        on_air: Arc<ArcSwap<OnAir>>,
        vitals: Arc<Vitals>,
    ) -> std::io::Result<Self> {
        let now = Instant::now();
        Ok(Self {
            thread,
            wheel: Wheel::new(origin),
            seats: Seats::new(capacity),
            sweep: Sweep::with_capacity(capacity.div_ceil(20)),
            poller: Poller::new()?,
            reports,
            on_air,
            vitals,
            meter: Meter::new(now),
            over: Vec::with_capacity(capacity),
            heard: Vec::with_capacity(capacity.div_ceil(20)),
            ready: Vec::with_capacity(256),
            octets: Vec::with_capacity(128),
            name: format!("{:016x}@allo", dice::long()),
            look_at: 0,
            gave_up: None,
        })
    }

    /// Serves calls until nobody can send orders any more. A panic loses the calls of this thread, never the thread:
    /// the signalling thread is told, and service begins again empty.
    pub(super) fn run(mut self, orders: &mut Inbox<Order>) {
        while catch_unwind(AssertUnwindSafe(|| self.serve(orders))).is_err() {
            tracing::error!(
                thread = self.thread,
                "a media thread lost its calls to a fault and begins again"
            );
            count(&self.pulse().faults, 1);
            self.seats.clear();
            self.over.clear(); // of calls that are no more: whoever has their seats next has not begun
            self.heard.clear();
            self.reports.tell(Report::Fell {
                thread: self.thread,
            });
            while !matches!(orders.wait(IDLE), Ok(Some(Order::Restart)) | Err(Over)) {}
        }
    }

    fn serve(&mut self, orders: &mut Inbox<Order>) {
        loop {
            if self.seats.is_empty() {
                match orders.wait(IDLE) {
                    Ok(Some(order)) => self.obey(order),
                    Ok(None) => {}
                    Err(Over) => return,
                }
                let now = Instant::now();
                self.wheel.start_again(now);
                self.meter = Meter::new(now);
                self.pulse().note(Load::default());
                self.pulse().beat.strike(now);
                continue;
            }
            net::sleep_until(self.wheel.deadline());
            self.turn(Instant::now(), orders);
        }
    }

    fn turn(&mut self, now: Instant, orders: &mut Inbox<Order>) {
        self.keep_time(now);
        let slot = self.wheel.slot();
        self.send_slot(slot); // 1. sound first: a late frame is heard
        self.take_keys(slot, now); // 2. so that a key stops the voice within four rounds
        if slot.is_multiple_of(REPORTS_EVERY) {
            self.take_reports(now);
        }
        self.begin_next_steps(); // 3. in the turn of the last frame, so that reels are back to back
        while let Ok(Some(order)) = orders.look() {
            self.obey(order); // 4. calls that come, go or change
        }
        let due = self.wheel.deadline();
        self.wheel.advance();
        if self.wheel.deadline() > Instant::now() {
            self.look_at_some(now); // 5. what can wait for a slot that is not late
        }
        self.pulse().beat.strike(now);
        if let Some(load) = self.meter.slot(due, now, Instant::now()) {
            self.pulse().note(load);
        }
    }

    /// Late slots are sent at once, one after the other. Too late ones are not sent: time passes without packets.
    fn keep_time(&mut self, now: Instant) {
        let lateness = self.wheel.lateness(now);
        if lateness > LATE {
            count(&self.pulse().late_slots, 1);
        }
        if lateness <= MOST_BEHIND {
            return;
        }
        let given_up = self.wheel.give_up(now);
        count(&self.pulse().skipped_slots, given_up.end - given_up.start);
        for (row, packets) in self.seats.due_within(&given_up) {
            row.iter_mut().for_each(|track| track.skip(packets));
        }
        if self
            .gave_up
            .is_some_and(|last| now.duration_since(last) < Duration::from_secs(1))
        {
            self.pulse().trouble.strike(now);
        }
        self.gave_up = Some(now);
    }

    fn send_slot(&mut self, slot: u64) {
        let (mut sent, mut unsent) = (0, 0);
        for row in self.seats.due(slot) {
            let mut row = row.iter_mut();
            while let Some(track) = row.next() {
                Track::bring_near(row.as_slice());
                let before = track.counts;
                if track.send() {
                    self.over.push(track.seat);
                }
                sent += u64::from(track.counts.sent.wrapping_sub(before.sent));
                unsent += u64::from(track.counts.unsent.wrapping_sub(before.unsent));
            }
        }
        count(&self.pulse().sent, sent);
        count(&self.pulse().unsent, unsent);
    }

    /// Hears some of those whose packet has just gone: what is needed to ask them is at hand.
    fn take_keys(&mut self, slot: u64, now: Instant) {
        let sockets = self.seats.to_hear(slot).map(|track| &track.socket);
        let Ok(answers) = self.sweep.ask(sockets) else {
            return;
        };
        let answering = self.seats.to_hear(slot).zip(answers);
        let heard = answering.filter_map(|(track, something)| something.then_some(track.seat));
        self.heard.extend(heard);
        while let Some(seat) = self.heard.pop() {
            let mut left = MOST_READ_AT_ONCE; // what comes behind waits for the next round, keys or not
            while let Some((call, track)) = self.seats.find(seat) {
                let key = call.hear(track, &mut left, now);
                count(
                    &self.vitals.media[self.thread].reports,
                    call.news_of_reports(),
                );
                match key {
                    Some(key) => self.press(seat, key.as_char()),
                    None => break,
                }
            }
        }
    }

    fn take_reports(&mut self, now: Instant) {
        let none = Some(Duration::ZERO);
        if self.poller.wait(&mut self.ready, none).is_err() {
            return;
        }
        for seat in self.ready.iter().filter_map(|&token| token.try_into().ok()) {
            if let Some((call, track)) = self.seats.find(seat) {
                call.hear_reports(track, now);
                count(
                    &self.vitals.media[self.thread].reports,
                    call.news_of_reports(),
                );
            }
        }
    }

    fn begin_next_steps(&mut self) {
        while let Some(seat) = self.over.pop() {
            match self.seats.find(seat) {
                Some((_, track)) if track.call_left == 0 => {
                    self.consult(seat, Parting::TooLong, LiveCall::announce_end);
                }
                Some(_) => self.advance(seat),
                None => {}
            }
        }
    }

    /// Looks at the next few seats, so that each one is looked at every half second.
    fn look_at_some(&mut self, now: Instant) {
        let looks = u128::try_from(self.seats.count()).unwrap_or(0);
        for _ in 0..looks.div_ceil(LOOK_EVERY.as_millis()) {
            self.look_at = (self.look_at + 1) % self.seats.count().max(1);
            let Ok(seat) = u32::try_from(self.look_at) else {
                return;
            };
            self.look_at_one(seat, now);
        }
    }

    fn look_at_one(&mut self, seat: u32, now: Instant) {
        let due_in = self.seats.due_in(seat, self.wheel.slot());
        let Some((call, track)) = self.seats.find(seat) else {
            return;
        };
        let refused = call.news_of_refusals(track);
        count(&self.vitals.media[self.thread].unreachable, refused);
        count(
            &self.vitals.media[self.thread].forgeries,
            call.news_of_forgeries(),
        );
        if !call.look(track, now) {
            count(&self.pulse().deaths, 1);
            return self.part(seat, Parting::Dead);
        }
        let due_in = Duration::from_millis(due_in.unwrap_or(0));
        let counts = track.counts;
        let (octets, name) = (&mut self.octets, self.name.as_str());
        if call
            .reporting
            .poll(now, &track.player, due_in, counts, name, octets)
        {
            call.seal_report(octets);
            if !call.reporting.send(octets) {
                // One that does not arrive is followed by another.
                let _ = track.socket.send(octets);
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Join { call, track } => self.welcome(call, track),
            Order::Leave { seat } => self.part(seat, Parting::Told),
            Order::Key { seat, key } => {
                let call = self.seats.find(seat);
                if call.is_some_and(|(call, _)| call.hears_info_keys()) {
                    self.press(seat, key);
                }
            }
            Order::Word { seat, serial, word } => {
                self.consult(seat, Parting::ScriptOver, |call, track, latest, now| {
                    call.answer(track, (serial, *word), latest, now)
                });
            }
            Order::Redirect { seat, agreed, keys } => {
                self.redirect(seat, agreed, keys.as_deref());
            }
            Order::Restart => {}
            #[cfg(test)]
            Order::Panic => panic!("a test wants to see what happens then"),
        }
    }

    fn welcome(&mut self, call: Box<LiveCall>, track: Track) {
        let seat = track.seat;
        if let Some(socket) = call.reporting.socket() {
            // Without a poller this caller's reports go unheard, and everything else is as it should be.
            let _ = self.poller.add(socket, seat.into());
        }
        self.seats.join(call, track, self.wheel.slot());
        // Here rather than while sending: as many steps can be over in one slot as there are seats.
        self.over.reserve(self.seats.count());
        self.advance(seat);
    }

    fn redirect(&mut self, seat: u32, agreed: Agreed, keys: Option<&Keys>) {
        let Some((call, track)) = self.seats.find(seat) else {
            return;
        };
        let before = track.player.ptime();
        call.change_keys(track, keys);
        if let Err(error) = call.redirect(track, agreed) {
            tracing::warn!(%error, "a caller's new address for sound cannot be used");
            return self.part(seat, Parting::Unreachable);
        }
        if before != agreed.ptime {
            self.seats.change_round(seat, self.wheel.slot());
        }
    }

    fn advance(&mut self, seat: u32) {
        self.consult(seat, Parting::ScriptOver, |call, track, latest, now| {
            call.advance(track, None, latest, now)
        });
    }

    fn press(&mut self, seat: u32, key: char) {
        let mut is_answered = false;
        self.consult(seat, Parting::ScriptOver, |call, track, latest, now| {
            let goes_on = call.press(track, key, latest, now);
            is_answered = goes_on.is_some() && track.call_left > 0;
            goes_on.unwrap_or(true)
        });
        if is_answered {
            // A step whose last frame has just gone is not the one that is to end.
            self.over.retain(|&one| one != seat);
        }
    }

    /// Lets a call's script decide; `over` is why the call ends when the script says that it does. If it panics, that
    /// call ends and the others do not notice.
    fn consult(
        &mut self,
        seat: u32,
        over: Parting,
        decide: impl FnOnce(&mut LiveCall, &mut Track, &Arc<OnAir>, Timestamp) -> bool,
    ) {
        let Some((call, track)) = self.seats.find(seat) else {
            return;
        };
        call.shorten(self.vitals.short.load(Relaxed));
        let latest = self.on_air.load();
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let goes_on = decide(call, track, &latest, Timestamp::now());
            (goes_on, call.is_out_of_time())
        }));
        drop(latest);
        match decided {
            Ok((true, _)) => {}
            Ok((false, true)) => self.part(seat, Parting::TooLong),
            Ok((false, false)) => self.part(seat, over),
            Err(_) => {
                count(&self.pulse().faults, 1);
                self.part(seat, Parting::Fault);
            }
        }
    }

    fn part(&mut self, seat: u32, why: Parting) {
        let Some((mut call, track)) = self.seats.leave(seat) else {
            return;
        };
        if let Some(socket) = call.reporting.socket() {
            let _ = self.poller.remove(socket);
        }
        count(&self.pulse().unreachable, call.news_of_refusals(&track));
        call.note_played(&track);
        count(&self.pulse().forgeries, call.news_of_forgeries());
        self.reports.tell(Report::Left {
            thread: self.thread,
            call,
            track,
            why,
        });
    }

    fn pulse(&self) -> &Pulse {
        &self.vitals.media[self.thread]
    }
}

/// A thread without calls looks up this often, to show that it lives.
const IDLE: Duration = Duration::from_millis(250);
/// Slots between two looks at the ports of reports.
const REPORTS_EVERY: u64 = 20;
/// A slot begun later than this is counted; the receiver's jitter buffer does not notice less.
const LATE: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests;
