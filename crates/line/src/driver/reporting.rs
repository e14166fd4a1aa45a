//! The RTCP of one call (RFC 3550 § 6): a sender report every five seconds or so, and what the caller's reports say.
//!
//! Nearly all of what callers send is dropped by the kernel before anybody counts it, so our reports hold no block
//! about their sound; `docs/rtp.md` says more.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use media::{Player, rtcp};
use net::MediaSocket;

use super::track::Counts;
use crate::Quality;

/// One call's reports.
#[derive(Debug)]
pub(super) struct Reporting {
    way: Way,
    next: Instant,
    /// Spreads the reports of many calls; stirred with each one.
    chance: u32,
    quality: Option<Quality>,
}

/// Where reports come and go.
#[derive(Debug)]
pub(super) enum Way {
    /// The port above that of the sound.
    Own(MediaSocket),
    /// The port of the sound (RFC 5761).
    Shared,
    /// The caller wants none (RFC 3556); the port, where there is one, stays taken.
    None(Option<MediaSocket>),
}

impl Reporting {
    /// The first report goes out within half the usual time (RFC 3550 § 6.2).
    ///
    /// - `chance`: any number.
    pub(super) fn new(way: Way, chance: u32, now: Instant) -> Self {
        Self {
            way,
            next: now + interval(chance) / 2,
            chance,
            quality: None,
        }
    }

    /// The port of its own, if it has one.
    pub(super) fn socket(&self) -> Option<&MediaSocket> {
        match &self.way {
            Way::Own(socket) => Some(socket),
            Way::None(socket) => socket.as_ref(),
            Way::Shared => None,
        }
    }

    /// Whether reports come and go.
    pub(super) fn is_agreed(&self) -> bool {
        !matches!(self.way, Way::None(_))
    }

    /// Goes on in another way after a new agreement.
    pub(super) fn change(&mut self, to: impl FnOnce(Option<MediaSocket>) -> Way) {
        let socket = match std::mem::replace(&mut self.way, Way::Shared) {
            Way::Own(socket) => Some(socket),
            Way::None(socket) => socket,
            Way::Shared => None,
        };
        self.way = to(socket);
    }

    /// Writes the report that is due into `octets`, if one is.
    ///
    /// - `due_in`: from now until the player's next packet, whose timestamp is known.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        player: &Player,
        due_in: Duration,
        counts: Counts,
        name: &str,
        octets: &mut Vec<u8>,
    ) -> bool {
        if now < self.next {
            return false;
        }
        // The step of Numerical Recipes: good enough to keep reports apart, and no question to the kernel.
        self.chance = self
            .chance
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        self.next = now + interval(self.chance);
        if !self.is_agreed() || counts.sent == 0 {
            return false;
        }
        let ticks = u32::try_from(due_in.as_micros() / 125).unwrap_or(0);
        let report = rtcp::SenderReport {
            ssrc: player.ssrc(),
            ntp: rtcp::ntp(wall_clock()),
            rtp_timestamp: player.timestamp().wrapping_sub(ticks),
            packets: counts.sent,
            octets: counts.octets,
        };
        octets.clear();
        rtcp::encode_sender_report(&report, name, octets);
        true
    }

    /// Sends a report on its own port; `false` where reports share the port of the sound. One that does not arrive is
    /// followed by another.
    pub(super) fn send(&self, octets: &[u8]) -> bool {
        match &self.way {
            Way::Own(socket) => {
                let _ = socket.send(octets);
                true
            }
            Way::Shared | Way::None(_) => false,
        }
    }

    /// Reads a datagram of the caller; answers whether it is a report.
    pub(super) fn hear(&mut self, datagram: &[u8], ssrc: u32) -> bool {
        let Ok(heard) = rtcp::parse(datagram) else {
            return false;
        };
        if let Some(block) = heard.about(ssrc) {
            self.take(block);
        }
        true
    }

    /// What the caller's reports have said so far.
    pub(super) fn quality(&self) -> Option<Quality> {
        self.quality
    }

    fn take(&mut self, block: &rtcp::ReportBlock) {
        let now = rtcp::middle(rtcp::ntp(wall_clock()));
        let round_trip = rtcp::round_trip(now, block);
        let jitter = Duration::from_micros(u64::from(block.jitter) * 125);
        let before = self.quality.unwrap_or(Quality {
            reports: 0,
            lost: 0,
            worst_fraction: 0,
            jitter: Duration::ZERO,
            round_trip: None,
        });
        self.quality = Some(Quality {
            reports: before.reports.saturating_add(1),
            lost: block.cumulative_lost,
            worst_fraction: before.worst_fraction.max(block.fraction_lost),
            jitter: before.jitter.max(jitter),
            round_trip: round_trip.or(before.round_trip),
        });
    }
}

fn wall_clock() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// 2.5 to 7.5 s, so that the reports of many calls do not fall together (RFC 3550 § 6.2).
fn interval(chance: u32) -> Duration {
    SHORTEST + (LONGEST - SHORTEST) * (chance >> 16) / u32::from(u16::MAX)
}

const SHORTEST: Duration = Duration::from_millis(2_500);
const LONGEST: Duration = Duration::from_millis(7_500);
