//! What one packet needs, and nothing else: a call's port and player, side by side with those of its slot.
//!
//! Thousands of these are walked every 20 ms. Whatever is not needed for each packet lies elsewhere, in
//! [`super::live_call::LiveCall`].

use std::io;
use std::net::SocketAddr;

use media::Player;
use media::srtp::{EMPTY_ROOM, Sealer};
use net::MediaSocket;

/// The sending side of one call, in whole cache lines.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Track {
    /// Whose it is.
    pub(super) seat: u32,
    pub(super) socket: MediaSocket,
    pub(super) player: Player,
    /// Where sound goes until the port is connected; see [`super::latch::Latch`].
    pub(super) unlatched: Option<Box<SocketAddr>>,
    /// Encrypts the sound of an encrypted call.
    pub(super) sealer: Option<Box<Sealer>>,
    /// Whether the caller wants sound: not while on hold.
    pub(super) sends: bool,
    /// Ticks of silence left of a pause; 0 where there is none.
    pub(super) pause_left: u32,
    /// Ticks until the call has lasted long enough.
    pub(super) call_left: u32,
    pub(super) counts: Counts,
}

impl Track {
    /// Fetches what the packets of the next two of a row need while the kernel sends the one before them: their tracks
    /// and their places in the reels were last looked at a round ago, and waiting for them costs a thirtieth of a packet.
    pub(super) fn bring_near(row: &[Self]) {
        if let Some(next) = row.first() {
            net::prefetch(next.player.next_sound());
        }
        if let Some(after) = row.get(1..2) {
            net::prefetch(after);
        }
    }

    /// Sends the packet of this round; answers whether a step is over and the next one must begin before the next
    /// round. Allocates nothing, locks nothing, and asks the kernel for one thing.
    pub(super) fn send(&mut self) -> bool {
        let ticks = self.player.ptime().ticks();
        let time_is_up = count_down(&mut self.call_left, ticks);
        if !self.sends {
            self.player.skip(1);
            return time_is_up;
        }
        let pause_is_over = count_down(&mut self.pause_left, ticks);
        let frame = self.player.next_frame();
        let mut room;
        let payload = match &mut self.sealer {
            None => frame.payload,
            Some(sealer) => {
                room = EMPTY_ROOM;
                // No frame is longer than the room.
                let sealed = sealer.seal(&frame.header, frame.payload, &mut room);
                sealed.unwrap_or_default()
            }
        };
        let mut sent = match &self.unlatched {
            None => self.socket.send_frame(&frame.header, payload),
            Some(peer) => self.socket.send_frame_to(&frame.header, payload, **peer),
        };
        if is_refused(&sent) {
            // The refusal was about an earlier packet and took this one's place.
            self.counts.refused = self.counts.refused.wrapping_add(1);
            sent = self.socket.send_frame(&frame.header, payload);
        }
        match sent {
            Ok(()) => {
                self.counts.sent = self.counts.sent.wrapping_add(1);
                self.counts.octets = self.counts.octets.wrapping_add(ticks);
            }
            Err(_) => self.counts.unsent = self.counts.unsent.wrapping_add(1),
        }
        frame.finished || pause_is_over || time_is_up
    }

    /// Lets the time of so many packets pass without one.
    pub(super) fn skip(&mut self, packets: u32) {
        self.player.skip(packets);
        let ticks = self.player.ptime().ticks().saturating_mul(packets);
        // Never to zero: nobody looks at the answer here, and the next packet finds the rest.
        self.call_left = self.call_left.saturating_sub(ticks).max(1);
    }
}

/// What happened on the network side of a call. Counters wrap, as those of RTCP do (RFC 3550 § 6.4.1).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) sent: u32,
    /// Of sound, headers not counted.
    pub(super) octets: u32,
    pub(super) unsent: u32,
    /// Times the caller's machine said that nobody listens (ICMP port unreachable).
    pub(super) refused: u32,
}

/// Whether it reaches zero with this.
fn count_down(left: &mut u32, ticks: u32) -> bool {
    if *left == 0 {
        return false;
    }
    *left = left.saturating_sub(ticks);
    *left == 0
}

fn is_refused(sent: &io::Result<()>) -> bool {
    matches!(sent, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}
