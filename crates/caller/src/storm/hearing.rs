//! What one call of a storm hears: counted, not kept.

use std::time::Duration;

use media::{Codec, rtp};

use super::{
    notebook::{Keys, Notebook},
    reaction::Reaction,
};
use crate::{
    secrecy::{self, Secrecy},
    socket::wall_clock,
    tally::{Account, Reception, Tally},
};

/// The running account of one call.
#[derive(Debug)]
pub(super) struct Hearing {
    first_sound: Option<Duration>,
    tally: Tally,
    strays: u64,
    dropped: u32,
    /// Only where keys are pressed.
    reaction: Option<Reaction>,
}

impl Hearing {
    /// Nothing heard yet.
    pub(super) fn new(codec: Codec, presses_keys: bool) -> Self {
        Self {
            first_sound: None,
            tally: Tally::default(),
            strays: 0,
            dropped: 0,
            reaction: presses_keys.then(|| Reaction::new(codec.silence())),
        }
    }

    /// Takes the packets in the notebook's batch, opened if the call is encrypted.
    pub(super) fn hear(&mut self, mut secrecy: Option<&mut Secrecy>, notebook: &mut Notebook) {
        let mut clear = [0; _];
        for received in notebook.batch.packets() {
            self.dropped = received.dropped;
            let arrived = received.arrived.unwrap_or_else(wall_clock);
            notebook.window.note(arrived);
            let opened = secrecy::open(secrecy.as_deref_mut(), received.octets, &mut clear);
            if let Some(octets) = opened {
                self.hear_packet(arrived, octets, &mut notebook.keys);
            }
        }
    }

    fn hear_packet(&mut self, arrived: Duration, datagram: &[u8], keys: &mut Keys) {
        let Ok(packet) = rtp::parse(datagram) else {
            self.strays += 1;
            return;
        };
        if self.tally.note(arrived, &packet).is_none() {
            return;
        }
        self.first_sound.get_or_insert(arrived);
        if let Some(reaction) = &mut self.reaction
            && let Some(time) = reaction.hear(arrived, packet.payload)
        {
            keys.note_reaction(time);
        }
    }

    /// A key goes out at this moment, and all that came before has been heard; answers whether the
    /// line spoke until then.
    pub(super) fn press(&mut self, at: Duration) -> bool {
        self.reaction
            .as_mut()
            .is_some_and(|reaction| reaction.press(at))
    }

    /// Whether a key has not yet had its effect.
    pub(super) fn awaits_reaction(&self) -> bool {
        self.reaction.as_ref().is_some_and(Reaction::is_awaited)
    }

    /// When the first packet arrived.
    pub(super) fn first_sound(&self) -> Option<Duration> {
        self.first_sound
    }

    /// Milliseconds of sound in one packet.
    pub(super) fn packet_ms(&self) -> Option<u32> {
        self.tally.packet_ms()
    }

    /// Packets that our own socket dropped.
    pub(super) fn dropped(&self) -> u32 {
        self.dropped
    }

    /// What a report to the line says of its stream so far.
    pub(super) fn reception(&self) -> Option<Reception> {
        self.tally.reception()
    }

    /// Judges the call.
    pub(super) fn close(self, ended: Duration) -> Account {
        let mut account = self.tally.close(ended);
        account.counts.strays += self.strays;
        account
    }
}
