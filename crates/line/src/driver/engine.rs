//! A media thread: calls it owns outright, one slot each millisecond.
//!
//! The turn of the loop has one order: sound, then keys, then the next steps, then what the signalling thread says.
//! Sending a slot allocates nothing, locks nothing and logs nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use net::Poller;

use super::live_call::{Counts, LiveCall, Sent};
use super::order::{Order, Parting, Report, Reports};
use super::pulse::{Pulse, Vitals, count};
use super::seats::Seats;
use super::wheel::{MOST_BEHIND, Wheel};
use crate::OnAir;

/// What a media thread needs from the line.
#[derive(Debug)]
pub(super) struct Engine {
    thread: usize,
    wheel: Wheel,
    seats: Seats,
    poller: Poller,
    reports: Reports,
    on_air: Arc<ArcSwap<OnAir>>,
    vitals: Arc<Vitals>,
    /// Seats whose step is over, and seats with something to read: kept to be used again without allocating.
    over: Vec<u32>,
    ready: Vec<u64>,
    /// When slots were last given up.
    gave_up: Option<Instant>,
}

impl Engine {
    /// An engine without calls.
    ///
    /// # Errors
    /// What the kernel says when no descriptor is left.
    pub(super) fn new(
        thread: usize,
        capacity: usize,
        reports: Reports,
        on_air: Arc<ArcSwap<OnAir>>,
        vitals: Arc<Vitals>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            thread,
            wheel: Wheel::new(Instant::now()),
            seats: Seats::new(capacity),
            poller: Poller::new()?,
            reports,
            on_air,
            vitals,
            over: Vec::with_capacity(capacity),
            ready: Vec::with_capacity(256),
            gave_up: None,
        })
    }

    /// Serves calls until nobody can send orders any more. A panic loses the calls of this thread, never the thread:
    /// the signalling thread is told, and service begins again empty.
    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        while catch_unwind(AssertUnwindSafe(|| self.serve(orders))).is_err() {
            tracing::error!(
                thread = self.thread,
                "a media thread lost its calls to a fault and begins again"
            );
            count(&self.pulse().faults, 1);
            self.seats.clear();
            self.reports.tell(Report::Fell {
                thread: self.thread,
            });
            while !matches!(orders.recv(), Ok(Order::Restart) | Err(_)) {}
        }
    }

    fn serve(&mut self, orders: &Receiver<Order>) {
        loop {
            if self.seats.is_empty() {
                match orders.recv_timeout(IDLE) {
                    Ok(order) => self.obey(order),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                self.wheel.start_again(Instant::now());
                self.pulse().beat.strike(Instant::now());
                continue;
            }
            net::sleep_until(self.wheel.deadline());
            self.turn(Instant::now(), orders);
        }
    }

    fn turn(&mut self, now: Instant, orders: &Receiver<Order>) {
        self.keep_time(now);
        self.send_slot(self.wheel.position()); // 1. sound first: a late frame is heard
        if self.wheel.position().is_multiple_of(KEYS_EVERY) {
            self.take_keys(); // 2. so that a key stops the voice within two rounds
        }
        self.begin_next_steps(); // 3. in the turn of the last frame, so that reels are back to back
        while let Ok(order) = orders.try_recv() {
            self.obey(order); // 4. calls that come, go or change
        }
        self.pulse().beat.strike(now);
        self.wheel.advance();
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
        let mut given_up = 0;
        for position in self.wheel.give_up(now) {
            given_up += 1;
            self.seats.for_each_in_slot(position, |_, call| call.skip());
        }
        count(&self.pulse().skipped_slots, given_up);
        if self
            .gave_up
            .is_some_and(|last| now.duration_since(last) < Duration::from_secs(1))
        {
            self.pulse().trouble.strike(now);
        }
        self.gave_up = Some(now);
    }

    fn send_slot(&mut self, position: usize) {
        let over = &mut self.over;
        let mut total = Counts::default();
        self.seats.for_each_in_slot(position, |seat, call| {
            if call.send() != Sent::GoesOn {
                over.push(seat);
            }
            total.add(call.news());
        });
        let pulse = &self.vitals.media[self.thread];
        count(&pulse.sent, total.sent);
        count(&pulse.unsent, total.unsent);
        count(&pulse.unreachable, total.unreachable);
    }

    fn take_keys(&mut self) {
        if self
            .poller
            .wait(&mut self.ready, Some(Duration::ZERO))
            .is_err()
        {
            return;
        }
        let ready = std::mem::take(&mut self.ready);
        for seat in ready.iter().filter_map(|&token| u32::try_from(token).ok()) {
            while let Some(key) = self.seats.find(seat).and_then(LiveCall::hear) {
                self.press(seat, key.as_char());
            }
        }
        self.ready = ready;
    }

    fn begin_next_steps(&mut self) {
        while let Some(seat) = self.over.pop() {
            match self.seats.find(seat) {
                Some(call) if call.time_is_up() => self.part(seat, Parting::TooLong),
                Some(_) => self.consult(seat, |call, latest, now| call.advance(None, latest, now)),
                None => {}
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Join { seat, call } => {
                // Without a poller this caller's keys go unheard, and everything else is as it should be.
                let _ = self.poller.add(call.socket(), u64::from(seat));
                self.seats.join(seat, call, self.wheel.position());
                self.consult(seat, |call, latest, now| call.advance(None, latest, now));
            }
            Order::Leave { seat } => self.part(seat, Parting::Told),
            Order::Key { seat, key } => {
                if self
                    .seats
                    .find(seat)
                    .is_some_and(|call| call.hears_info_keys())
                {
                    self.press(seat, key);
                }
            }
            Order::Redirect { seat, agreed } => {
                if let Some(Err(error)) = self.seats.find(seat).map(|call| call.redirect(agreed)) {
                    tracing::warn!(%error, "a caller's new address for sound cannot be used");
                    self.part(seat, Parting::Unreachable);
                }
            }
            Order::Restart => {}
            #[cfg(test)]
            Order::Panic => panic!("a test wants to see what happens then"),
        }
    }

    fn press(&mut self, seat: u32, key: char) {
        self.consult(seat, |call, latest, now| call.press(key, latest, now));
    }

    /// Lets a call's script decide. If it panics, that call ends and the others do not notice.
    fn consult(
        &mut self,
        seat: u32,
        decide: impl FnOnce(&mut LiveCall, &Arc<OnAir>, Timestamp) -> bool,
    ) {
        let Some(call) = self.seats.find(seat) else {
            return;
        };
        let latest = self.on_air.load();
        let decided = catch_unwind(AssertUnwindSafe(|| decide(call, &latest, Timestamp::now())));
        drop(latest);
        match decided {
            Ok(true) => {}
            Ok(false) => self.part(seat, Parting::ScriptOver),
            Err(_) => {
                count(&self.pulse().faults, 1);
                self.part(seat, Parting::Fault);
            }
        }
    }

    fn part(&mut self, seat: u32, why: Parting) {
        let Some(call) = self.seats.leave(seat) else {
            return;
        };
        let _ = self.poller.remove(call.socket());
        let thread = self.thread;
        self.reports.tell(Report::Left {
            thread,
            seat,
            call,
            why,
        });
    }

    fn pulse(&self) -> &Pulse {
        &self.vitals.media[self.thread]
    }
}

/// A thread without calls looks up this often, to show that it lives.
const IDLE: Duration = Duration::from_millis(250);
/// Slots between two looks at what callers send: 10 ms.
const KEYS_EVERY: usize = 10;
/// A slot begun later than this is counted; the receiver's jitter buffer does not notice less.
const LATE: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HousePrompts;
    use crate::driver::live_call::tests::call;
    use media::Reels;
    use net::Waker;
    use std::sync::mpsc::{Sender, channel};

    #[test]
    fn a_fault_loses_the_calls_of_its_thread_and_the_thread_begins_again() {
        let (orders, reports, vitals, on_air) = running_engine();
        let (lost, ear) = call(&on_air.load_full());
        orders
            .send(Order::Join {
                seat: 0,
                call: lost,
            })
            .unwrap();
        ear.recv(&mut [0; 200]).unwrap();

        orders.send(Order::Panic).unwrap();
        let (unlucky, unlucky_ear) = call(&on_air.load_full());
        orders
            .send(Order::Join {
                seat: 0,
                call: unlucky,
            })
            .unwrap();
        assert!(matches!(reports.recv(), Ok(Report::Fell { thread: 7 })));
        orders.send(Order::Restart).unwrap();
        let (next, next_ear) = call(&on_air.load_full());
        orders
            .send(Order::Join {
                seat: 0,
                call: next,
            })
            .unwrap();

        assert_eq!(next_ear.recv(&mut [0; 200]).unwrap(), 172);
        unlucky_ear.set_nonblocking(true).unwrap();
        assert!(
            unlucky_ear.recv(&mut [0; 200]).is_err(),
            "its seat was given up before it came"
        );
        assert_eq!(
            vitals.media[7]
                .faults
                .load(std::sync::atomic::Ordering::Relaxed),
            1
        );
    }

    #[test]
    fn a_call_that_leaves_is_given_back_and_its_seat_can_be_used_again() {
        let (orders, reports, _vitals, on_air) = running_engine();
        for _ in 0..3 {
            let (call, ear) = call(&on_air.load_full());
            orders.send(Order::Join { seat: 3, call }).unwrap();
            ear.recv(&mut [0; 200]).unwrap();
            orders.send(Order::Leave { seat: 3 }).unwrap();
            let Ok(Report::Left {
                seat: 3, call, why, ..
            }) = reports.recv()
            else {
                panic!("nobody left");
            };
            assert!(why == Parting::Told && call.counts().sent > 0);
        }
    }

    #[test]
    fn orders_for_an_empty_seat_are_passed_over() {
        let (orders, _reports, _vitals, on_air) = running_engine();
        orders.send(Order::Leave { seat: 1 }).unwrap();
        orders
            .send(Order::Key {
                seat: 900,
                key: '5',
            })
            .unwrap();
        let (call, ear) = call(&on_air.load_full());
        orders.send(Order::Join { seat: 900, call }).unwrap();

        assert_eq!(ear.recv(&mut [0; 200]).unwrap(), 172);
    }

    type Running = (
        Sender<Order>,
        Receiver<Report>,
        Arc<Vitals>,
        Arc<ArcSwap<OnAir>>,
    );

    /// The engine ends with the test, when its orders end.
    fn running_engine() -> Running {
        let ids = HousePrompts::ids().map(|id| (id, Reels::from_samples(&[0; 160])));
        let on_air = Arc::new(ArcSwap::from_pointee(OnAir {
            territories: vec![],
            prompts: Arc::new(HousePrompts::new(ids.collect()).unwrap()),
        }));
        let vitals = Arc::new(Vitals::new(8, Instant::now()));
        let (sender, reports) = channel();
        let to_signalling = Reports {
            sender,
            waker: Waker::new().unwrap(),
        };
        let engine = Engine::new(
            7,
            4,
            to_signalling,
            Arc::clone(&on_air),
            Arc::clone(&vitals),
        )
        .unwrap();
        let (orders, from_signalling) = channel();
        std::thread::spawn(move || engine.run(&from_signalling));
        (orders, reports, vitals, on_air)
    }
}
