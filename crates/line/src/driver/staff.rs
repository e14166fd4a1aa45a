//! The media threads as the signalling thread sees them: who has room, and which seats are taken.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use arc_swap::ArcSwap;
use media::Ptime;
use net::{Priority, Waker, Writer};
use sip::CallHandle;

use super::engine::Engine;
use super::order::{Order, Report, Reports};
use super::pulse::{Vitals, media_thread};
use super::wheel::SLOT;
use crate::OnAir;

/// What is on air, where every thread finds the latest.
pub(crate) type OnAirNow = Arc<ArcSwap<OnAir>>;

/// All media threads. Dropping it lets them end.
#[derive(Debug)]
pub(crate) struct Staff {
    threads: Vec<MediaThread>,
    reports: Receiver<Report>,
}

/// One of them.
#[derive(Debug)]
struct MediaThread {
    orders: Writer<Order>,
    /// The call in each seat given out; a seat is free again only when the thread has said so.
    seats: Vec<Option<Taken>>,
    free: Vec<u32>,
    /// Packets a second of all its calls.
    packets: u32,
}

/// A seat given out.
#[derive(Clone, Copy, Debug)]
struct Taken {
    call: CallHandle,
    /// Packets a second, which is what a call costs.
    packets: u32,
}

/// A place on a media thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Seat {
    pub(super) thread: usize,
    pub(super) seat: u32,
}

impl Staff {
    /// Starts the threads. `raised` is called on each, to report the priority it got.
    ///
    /// # Errors
    /// What the kernel says when it gives no thread or no descriptor.
    pub(crate) fn start(
        count: usize,
        capacity: usize,
        on_air: &OnAirNow,
        vitals: &Arc<Vitals>,
        waker: &Waker,
        raised: &(impl Fn(Priority) + Clone + Send + 'static),
    ) -> io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (sender, reports) = channel();
        let mut staff = Self {
            threads: Vec::new(),
            reports,
        };
        let mut handles = Vec::new();
        let begun = Instant::now();
        for thread in 0..count {
            let to_signalling = Reports {
                sender: sender.clone(),
                waker: waker.clone(),
            };
            let engine = Engine::new(
                thread,
                begun + net::turn_of(thread, count, SLOT),
                capacity,
                to_signalling,
                Arc::clone(on_air),
                Arc::clone(vitals),
            )?;
            let (orders, mut from_signalling) = net::inbox();
            let raised = raised.clone();
            let work = move || {
                raised(Priority::Media);
                if let Err(error) = net::keep_to_core(thread, count) {
                    tracing::warn!(%error, "a media thread has no core of its own");
                }
                drop(raised); // whoever started the threads waits until all have said so
                engine.run(&mut from_signalling);
            };
            handles.push(
                std::thread::Builder::new()
                    .name(media_thread(thread))
                    .spawn(work)?,
            );
            staff.threads.push(MediaThread {
                orders,
                seats: Vec::new(),
                free: Vec::new(),
                packets: 0,
            });
        }
        Ok((staff, handles))
    }

    /// What the threads have said, one word at a time.
    pub(super) fn next_report(&mut self) -> Option<Report> {
        self.reports.try_recv().ok()
    }

    /// Gives this call a seat on the thread with least to send; a thread that is full comes last.
    ///
    /// - `is_full`: by number of the thread.
    pub(super) fn seat(
        &mut self,
        call: CallHandle,
        ptime: Ptime,
        is_full: impl Fn(usize) -> bool,
    ) -> Option<Seat> {
        let (thread, media) = self
            .threads
            .iter_mut()
            .enumerate()
            .min_by_key(|(thread, media)| (is_full(*thread), media.packets))?;
        let seat = match media.free.pop() {
            Some(seat) => seat,
            None => {
                media.seats.push(None);
                u32::try_from(media.seats.len() - 1).ok()?
            }
        };
        let packets = 1_000 / ptime.ms();
        media.packets += packets;
        *media.find(seat)? = Some(Taken { call, packets });
        Some(Seat { thread, seat })
    }

    /// Takes note that a seat is free; answers whose it was.
    pub(super) fn free(&mut self, at: Seat) -> Option<CallHandle> {
        let media = self.threads.get_mut(at.thread)?;
        let taken = media.find(at.seat)?.take()?;
        media.packets -= taken.packets;
        media.free.push(at.seat);
        Some(taken.call)
    }

    /// Frees every seat of a thread that lost its calls; answers whose they were.
    pub(super) fn free_all(&mut self, thread: usize) -> Vec<CallHandle> {
        let Some(media) = self.threads.get_mut(thread) else {
            return vec![];
        };
        media.free.clear();
        media.packets = 0;
        let lost = media.seats.drain(..).flatten();
        let lost = lost.map(|taken| taken.call).collect();
        self.tell(thread, Order::Restart);
        lost
    }

    /// Says something to a thread.
    pub(super) fn tell(&self, thread: usize, order: Order) {
        if let Some(media) = self.threads.get(thread) {
            media.orders.write(order);
        }
    }
}

impl MediaThread {
    fn find(&mut self, seat: u32) -> Option<&mut Option<Taken>> {
        self.seats.get_mut(usize::try_from(seat).ok()?)
    }
}
