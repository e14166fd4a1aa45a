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
mod tests {
    use super::*;
    use crate::driver::live_call::tests::{call_of, nothing_on_air};
    use media::{Ptime, rtp};
    use net::{Waker, Writer};
    use sip::sdp::TelephoneEvent;
    use std::net::UdpSocket;
    use std::sync::mpsc::{Receiver, channel};

    #[test]
    fn a_fault_loses_the_calls_of_its_thread_and_the_thread_begins_again() {
        let (orders, reports, vitals, on_air) = running_engine();
        let ear = join(&orders, &on_air, 0);
        ear.recv(&mut [0; 200]).unwrap();

        orders.write(Order::Panic);
        let unlucky_ear = join(&orders, &on_air, 0);
        assert!(matches!(reports.recv(), Ok(Report::Fell { thread: 7 })));
        orders.write(Order::Restart);
        let next_ear = join(&orders, &on_air, 0);

        assert_eq!(next_ear.recv(&mut [0; 200]).unwrap(), 172);
        unlucky_ear.set_nonblocking(true).unwrap();
        assert!(
            unlucky_ear.recv(&mut [0; 200]).is_err(),
            "its seat was given up before it came"
        );
        assert_eq!(vitals.media[7].faults.load(Relaxed), 1);
    }

    #[test]
    fn what_a_lost_call_left_to_do_is_not_done_to_the_next_one_in_its_seat() {
        let (mut engine, reports, _vitals, on_air) = engine();
        engine.over.push(0);
        engine.heard.push(0);
        let orders = run(engine);

        orders.write(Order::Panic);
        assert!(matches!(reports.recv(), Ok(Report::Fell { thread: 7 })));
        orders.write(Order::Restart);
        let _ear = join(&orders, &on_air, 0);

        let Ok(Report::Left { track, .. }) = reports.recv() else {
            panic!("nobody left");
        };
        assert_eq!(track.counts.sent, 27, "from the half second of silence on");
    }

    #[test]
    fn a_call_that_leaves_is_given_back_and_its_seat_can_be_used_again() {
        let (orders, reports, _vitals, on_air) = running_engine();
        for _ in 0..3 {
            let ear = join(&orders, &on_air, 3);
            ear.recv(&mut [0; 200]).unwrap();
            orders.write(Order::Leave { seat: 3 });
            let Ok(Report::Left { track, why, .. }) = reports.recv() else {
                panic!("nobody left");
            };
            assert!(track.seat == 3 && why == Parting::Told && track.counts.sent > 0);
        }
    }

    #[test]
    fn orders_for_an_empty_seat_are_passed_over() {
        let (orders, _reports, _vitals, on_air) = running_engine();
        orders.write(Order::Leave { seat: 1 });
        orders.write(Order::Key {
            seat: 900,
            key: '5',
        });
        let ear = join(&orders, &on_air, 900);

        assert_eq!(ear.recv(&mut [0; 200]).unwrap(), 172);
    }

    #[test]
    fn of_a_flood_of_keys_each_round_reads_as_much_as_of_any_other() {
        let (mut engine, _reports, _vitals, on_air) = engine();
        let (mut call, mut track, ear) = call_of(&on_air.load_full(), Ptime::Ms20);
        track.seat = 0;
        let keys = Some(TelephoneEvent {
            payload_type: 101,
            clock: 8_000,
        });
        let agreed = Agreed {
            keys,
            ..call.agreed()
        };
        call.redirect(&mut track, agreed).unwrap();
        track.socket.ask_receive_buffer(65_536).unwrap();
        let port = track.socket.local_addr().unwrap();
        engine.welcome(call, track);
        for press in 0..40 {
            let header = rtp::encode_header(101, true, press, u32::from(press) * 8_000, 9);
            let key_9 = [9, 10, 0, 160];
            ear.send_to(&[&header[..], &key_9].concat(), port).unwrap();
        }

        (0..60).for_each(|slot| engine.take_keys(slot, Instant::now()));

        let (_, track) = engine.seats.find(0).unwrap();
        let left = std::iter::from_fn(|| track.socket.recv(&mut [0; 200]).unwrap());
        assert_eq!(left.count(), 40 - 16);
    }

    #[test]
    fn a_key_in_the_turn_of_a_last_frame_is_answered_after_the_whole_half_second() {
        let (mut engine, _reports, _vitals, on_air) = engine();
        let (call, mut track, _ear) = call_of(&on_air.load_full(), Ptime::Ms20);
        track.seat = 0;
        engine.welcome(call, track);
        let mut slots = 0..;
        while engine.over.is_empty() {
            engine.send_slot(slots.next().unwrap());
        }

        engine.press(0, '*');
        engine.begin_next_steps();

        let (_, track) = engine.seats.find(0).unwrap();
        assert_eq!(track.pause_left, 4_000);
    }

    #[test]
    fn after_a_day_in_which_the_machine_stood_still_a_call_goes_on_at_once() {
        let (mut engine, _reports, vitals, on_air) = engine();
        let (call, mut track, _ear) = call_of(&on_air.load_full(), Ptime::Ms20);
        track.seat = 0;
        let before = track.player.timestamp();
        engine.welcome(call, track);
        let day = Duration::from_secs(86_400);

        let begun = Instant::now();
        engine.keep_time(engine.wheel.deadline() + day);

        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(vitals.media[7].skipped_slots.load(Relaxed), 86_400_000);
        let (_, track) = engine.seats.find(0).unwrap();
        let passed = track.player.timestamp().wrapping_sub(before);
        assert_eq!((passed, track.call_left), (86_400 * 8_000, 1));
    }

    #[test]
    fn sending_a_slot_allocates_nothing_encrypted_or_not_even_when_every_step_is_over() {
        let (mut engine, _reports, _vitals, on_air) = engine();
        let mut ears = vec![];
        for seat in 0..100 {
            let (mut call, mut track, ear) = call_of(&on_air.load_full(), Ptime::Ms20);
            track.seat = seat;
            let keys = seat.is_multiple_of(2).then(keys);
            call.change_keys(&mut track, keys.as_ref());
            engine.welcome(call, track);
            ears.push(ear);
        }
        let mut over = 0;
        for slot in 0..2_000 {
            let allocated = allocation_counter::measure(|| engine.send_slot(slot));
            assert_eq!(allocated.count_total, 0, "in slot {slot}");
            over += engine.over.len();
            engine.begin_next_steps();
        }

        assert!(over >= 300, "steps were over all the time: {over}");
        // Half a second of silence, two prompts of a packet each.
        assert_eq!(engine.pulse().sent.load(Relaxed), 100 * 27);
    }

    #[test]
    fn a_call_in_the_clear_costs_eight_octets_for_those_that_are_encrypted() {
        let with_key = size_of::<Option<Box<media::srtp::Sealer>>>();
        assert_eq!(with_key, 8);
    }

    #[test]
    fn what_a_packet_needs_lies_in_two_cache_lines() {
        assert_eq!(size_of::<Track>(), 128);
    }

    fn keys() -> Keys {
        let key = media::srtp::MasterKey::new([7; 30]);
        Keys {
            suite: media::srtp::Suite::AesCm128HmacSha1_80,
            ours: key,
            theirs: key,
            mki: None,
        }
    }

    type Running = (
        Writer<Order>,
        Receiver<Report>,
        Arc<Vitals>,
        Arc<ArcSwap<OnAir>>,
    );

    /// Sends a call to this seat; answers its ear.
    fn join(orders: &Writer<Order>, on_air: &ArcSwap<OnAir>, seat: u32) -> UdpSocket {
        let (call, mut track, ear) = call_of(&on_air.load_full(), Ptime::Ms20);
        track.seat = seat;
        orders.write(Order::Join { call, track });
        ear
    }

    /// The engine ends with the test, when its orders end.
    fn running_engine() -> Running {
        let (engine, reports, vitals, on_air) = engine();
        (run(engine), reports, vitals, on_air)
    }

    fn run(engine: Engine) -> Writer<Order> {
        let (orders, mut from_signalling) = net::inbox();
        std::thread::spawn(move || engine.run(&mut from_signalling));
        orders
    }

    fn engine() -> (Engine, Receiver<Report>, Arc<Vitals>, Arc<ArcSwap<OnAir>>) {
        let on_air = Arc::new(ArcSwap::from_pointee(nothing_on_air()));
        let vitals = Arc::new(Vitals::new(8, Instant::now()));
        let (sender, reports) = channel();
        let to_signalling = Reports {
            sender,
            waker: Waker::new().unwrap(),
        };
        let (air, watched) = (Arc::clone(&on_air), Arc::clone(&vitals));
        let engine = Engine::new(7, Instant::now(), 4, to_signalling, air, watched).unwrap();
        (engine, reports, vitals, on_air)
    }
}
