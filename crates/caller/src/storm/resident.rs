//! One call of a storm.

use std::{
    io,
    time::{Duration, Instant},
};

use media::rtp;
use net::MediaSocket;

use crate::{
    Counts,
    leg::Leg,
    socket::{ms_between, wall_clock},
    tally::Tally,
};

/// A caller who only listens, without keeping what is heard.
#[derive(Debug)]
pub(super) struct Resident {
    pub(super) leg: Leg,
    pub(super) dialled: Instant,
    /// When it loses patience: with ringing first, with listening later. `None` once it has.
    pub(super) hang_up_at: Option<Instant>,
    /// The moment for which the crowd's clock is set.
    pub(super) armed: Option<Instant>,
    pub(super) finished: bool,
    media: Option<MediaSocket>,
    hearing: Option<Hearing>,
}

/// What an answered call has heard so far.
#[derive(Debug)]
struct Hearing {
    acknowledged: Duration,
    first_sound: Option<Duration>,
    tally: Tally,
    strays: u64,
    dropped: u32,
}

impl Resident {
    /// One who has just dialled.
    pub(super) fn new(leg: Leg, media: MediaSocket, now: Instant, patience: Duration) -> Self {
        Self {
            leg,
            dialled: now,
            hang_up_at: Some(now + patience),
            armed: None,
            finished: false,
            media: Some(media),
            hearing: None,
        }
    }

    /// Begins to listen to the line, right before the ACK.
    ///
    /// # Errors
    /// What the kernel says, such as no route.
    pub(super) fn answered(&mut self, peer: std::net::SocketAddr) -> io::Result<()> {
        if let Some(media) = self.media.as_ref().filter(|_| !peer.ip().is_unspecified()) {
            media.connect(peer)?;
        }
        self.hearing = Some(Hearing {
            acknowledged: wall_clock(),
            first_sound: None,
            tally: Tally::default(),
            strays: 0,
            dropped: 0,
        });
        Ok(())
    }

    /// Whether there is something to listen to.
    pub(super) fn is_listening(&self) -> bool {
        self.hearing.is_some()
    }

    /// Takes all packets that wait.
    ///
    /// # Errors
    /// What the kernel says.
    pub(super) fn listen(&mut self, datagram: &mut [u8]) -> io::Result<()> {
        let (Some(media), Some(hearing)) = (&self.media, &mut self.hearing) else {
            return Ok(());
        };
        for _ in 0..MOST_AT_ONCE {
            match media.recv_stamped(datagram) {
                Ok(None) => break,
                Ok(Some(stamp)) => {
                    hearing.dropped = stamp.dropped;
                    let arrived = stamp.arrived.unwrap_or_else(wall_clock);
                    hearing.hear(arrived, datagram.get(..stamp.octets).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Stops listening; `None` if it never began or has stopped before.
    pub(super) fn close_ear(&mut self) -> Option<Ear> {
        let hearing = self.hearing.take()?;
        let first_sound = hearing.first_sound;
        let first_sound_ms = first_sound.map(|at| ms_between(hearing.acknowledged, at));
        let (mut counts, late_us) = hearing.tally.close(wall_clock());
        counts.strays += hearing.strays;
        Some(Ear {
            first_sound_ms,
            counts,
            late_us,
            dropped: hearing.dropped,
        })
    }

    /// Gives the port back. Only after the BYE is answered, for a closed port answers by itself.
    pub(super) fn finish(&mut self) {
        self.finished = true;
        self.hang_up_at = None;
        self.media = None;
    }
}

impl Hearing {
    fn hear(&mut self, arrived: Duration, datagram: &[u8]) {
        match rtp::parse(datagram) {
            Err(_) => self.strays += 1,
            Ok(packet) => {
                if self.tally.note(arrived, &packet).is_some() {
                    self.first_sound.get_or_insert(arrived);
                }
            }
        }
    }
}

/// All that one call has heard.
#[derive(Debug)]
pub(super) struct Ear {
    pub(super) first_sound_ms: Option<f64>,
    pub(super) counts: Counts,
    pub(super) late_us: Vec<i32>,
    pub(super) dropped: u32,
}

/// Packets read in one visit: several seconds of a call.
const MOST_AT_ONCE: usize = 256;
