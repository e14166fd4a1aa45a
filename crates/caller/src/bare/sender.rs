//! The thread that sends: slots of a millisecond on an absolute clock, one `sendmsg` per packet.

use std::time::{Duration, Instant};

use media::{Codec, Ptime, rtp};
use net::{Inbox, MediaSocket, Over};
use sip::CallHandle;

use super::sound::{SOUND, SOUND_OCTETS};

/// What the answering side wants.
pub(super) enum Order {
    /// Send to this call from the next slot on.
    Begin(CallHandle, Stream),
    /// Send no more.
    End(CallHandle),
}

/// What one call is sent.
pub(super) struct Stream {
    socket: MediaSocket,
    payload_type: u8,
    ptime: Ptime,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The next octet of the sound.
    place: usize,
}

impl Stream {
    /// From the beginning of the sound, through a socket that is connected.
    pub(super) fn new(socket: MediaSocket, codec: Codec, ptime: Ptime, random: [u8; 10]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j] = random;
        Self {
            socket,
            payload_type: codec.payload_type(),
            ptime,
            ssrc: u32::from_be_bytes([a, b, c, d]),
            sequence: u16::from_be_bytes([e, f]),
            timestamp: u32::from_be_bytes([g, h, i, j]),
            place: 0,
        }
    }

    fn send(&mut self) {
        let header = rtp::encode_header(
            self.payload_type,
            false,
            self.sequence,
            self.timestamp,
            self.ssrc,
        );
        let octets = self.ptime.octets();
        if self.place + octets > SOUND_OCTETS {
            self.place = 0;
        }
        // What is not taken is lost; whoever listens counts it.
        let _ = self
            .socket
            .send_frame(&header, &SOUND[self.place..self.place + octets]);
        self.place += octets;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.ptime.ticks());
    }
}

/// Sends until nobody gives orders any more; how many packets.
///
/// - `next`: when its first slot is due.
pub(super) fn run(orders: &mut Inbox<Order>, mut next: Instant) -> u64 {
    let mut wheels = Ptime::ALL.map(Wheel::new);
    let mut sent = 0;
    for turn in 0_usize.. {
        net::sleep_until(next);
        if !take_orders(orders, &mut wheels) {
            break;
        }
        for wheel in &mut wheels {
            sent += wheel.send(turn);
        }
        next += SLOT;
        // A burst of what is long overdue would help nobody.
        next = next.max(Instant::now() - MOST_BEHIND);
    }
    sent
}

/// `false` when the other end is gone.
fn take_orders(orders: &mut Inbox<Order>, wheels: &mut [Wheel]) -> bool {
    loop {
        match orders.look() {
            Ok(Some(Order::Begin(call, stream))) => {
                let wheel = wheels.iter_mut().find(|one| one.ptime == stream.ptime);
                if let Some(wheel) = wheel {
                    wheel.begin(call, stream);
                }
            }
            Ok(Some(Order::End(call))) => wheels.iter_mut().for_each(|wheel| wheel.end(call)),
            Ok(None) => return true,
            Err(Over) => return false,
        }
    }
}

/// The calls with packets of one length, each in one of as many slots as it has milliseconds.
struct Wheel {
    ptime: Ptime,
    slots: Vec<Vec<(CallHandle, Stream)>>,
}

impl Wheel {
    fn new(ptime: Ptime) -> Self {
        let slots = (0..ptime.ms()).map(|_| vec![]);
        Self {
            ptime,
            slots: slots.collect(),
        }
    }

    fn begin(&mut self, call: CallHandle, stream: Stream) {
        if let Some(slot) = self.slots.iter_mut().min_by_key(|slot| slot.len()) {
            slot.push((call, stream));
        }
    }

    fn end(&mut self, call: CallHandle) {
        for slot in &mut self.slots {
            slot.retain(|(other, _)| *other != call);
        }
    }

    fn send(&mut self, turn: usize) -> u64 {
        let turn = turn % self.slots.len();
        let slot = &mut self.slots[turn];
        slot.iter_mut().for_each(|(_, stream)| stream.send());
        u64::try_from(slot.len()).unwrap_or(0)
    }
}

pub(super) const SLOT: Duration = Duration::from_millis(1);
const MOST_BEHIND: Duration = Duration::from_millis(100);
