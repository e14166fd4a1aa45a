//! One call on a media thread: its port, its player, its keypad and its script.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use media::{Codec, Key, Keypad, Player, Ptime, Reels, rtp};
use net::MediaSocket;

use super::order::Agreed;
use crate::{OnAir, Script, Step};

/// Owned by one thread at a time, outright: nothing here is shared or locked.
#[derive(Debug)]
pub(super) struct LiveCall {
    socket: MediaSocket,
    agreed: Agreed,
    player: Player,
    keypad: Keypad,
    script: Script,
    /// What the player plays, in both laws.
    sound: Option<Reels>,
    /// Packets of silence left of a pause.
    silence_left: Option<u32>,
    /// Packets left of the longest call.
    frames_left: u32,
    /// Keys come over RTP; the same ones by SIP INFO would count twice.
    keys_by_rtp: bool,
    counts: Counts,
    /// Of these, what [`LiveCall::news`] has told already.
    told: Counts,
}

impl LiveCall {
    /// A call whose socket is connected and filtered already.
    pub(super) fn new(
        socket: MediaSocket,
        agreed: Agreed,
        player: Player,
        script: Script,
        longest: Duration,
    ) -> Self {
        Self {
            socket,
            agreed,
            player,
            keypad: Keypad::new(),
            script,
            sound: None,
            silence_left: None,
            frames_left: frames(longest),
            keys_by_rtp: false,
            counts: Counts::default(),
            told: Counts::default(),
        }
    }

    /// Sends the packet of this round.
    pub(super) fn send(&mut self) -> Sent {
        let Some(frames_left) = self.frames_left.checked_sub(1) else {
            return Sent::TooLong;
        };
        self.frames_left = frames_left;
        if !self.agreed.sends {
            self.player.skip(1);
            return Sent::GoesOn;
        }
        let frame = self.player.next_frame();
        let finished = frame.finished;
        let mut sent = self.socket.send_frame(&frame.header, frame.payload);
        if is_refused(&sent) {
            // The refusal was about an earlier packet and took this one's place.
            self.counts.unreachable += 1;
            sent = self.socket.send_frame(&frame.header, frame.payload);
        }
        match sent {
            Ok(()) => self.counts.sent += 1,
            Err(_) => self.counts.unsent += 1,
        }
        if finished || self.pause_is_over() {
            Sent::StepOver
        } else {
            Sent::GoesOn
        }
    }

    /// Lets the time of one packet pass without one.
    pub(super) fn skip(&mut self) {
        self.player.skip(1);
        self.frames_left = self.frames_left.saturating_sub(1);
    }

    /// Takes the next step of the script, or this one; `false` when the script is over.
    pub(super) fn advance(
        &mut self,
        step: Option<Step>,
        latest: &Arc<OnAir>,
        now: Timestamp,
    ) -> bool {
        let mut step = step.unwrap_or_else(|| self.script.next_step(latest, now));
        for _ in 0..MOST_EMPTY_STEPS {
            match self.take(step) {
                Taken::Begun => return true,
                Taken::Over => return false,
                Taken::Empty => step = self.script.next_step(latest, now),
            }
        }
        false
    }

    /// Gives a key to the script; `false` when that ends the call.
    pub(super) fn press(&mut self, key: char, latest: &Arc<OnAir>, now: Timestamp) -> bool {
        match self.script.handle_key(key, latest, now) {
            Some(step) => self.advance(Some(step), latest, now),
            None => true,
        }
    }

    /// Whether a key that came by SIP INFO counts.
    pub(super) fn hears_info_keys(&self) -> bool {
        !self.keys_by_rtp
    }

    /// Reads waiting packets until one begins a press.
    pub(super) fn hear(&mut self) -> Option<Key> {
        let mut octets = [0; LONGEST_PACKET];
        for _ in 0..MOST_READ_AT_ONCE {
            let length = match self.socket.recv(&mut octets) {
                Ok(Some((length, _))) => length,
                Ok(None) => return None,
                Err(error) => {
                    self.counts.unreachable +=
                        u64::from(error.kind() == io::ErrorKind::ConnectionRefused);
                    continue;
                }
            };
            let Ok(packet) = rtp::parse(&octets[..length]) else {
                continue;
            };
            if Some(packet.payload_type) != self.agreed.telephone_event {
                continue;
            }
            if let Some(key) = self.keypad.handle_event(packet.timestamp, packet.payload) {
                self.keys_by_rtp = true;
                return Some(key);
            }
        }
        None
    }

    /// Goes on as newly agreed. The place in the sound is kept, on hold too.
    ///
    /// # Errors
    /// What the kernel says about the new peer; then nothing more is sent to the old one either.
    pub(super) fn redirect(&mut self, agreed: Agreed) -> io::Result<()> {
        let before = std::mem::replace(
            &mut self.agreed,
            Agreed {
                sends: false,
                ..agreed
            },
        );
        if agreed.codec != before.codec {
            let same_sound = self
                .sound
                .as_ref()
                .map(|reels| reels.of(agreed.codec).clone());
            self.player.change_codec(agreed.codec, same_sound);
        }
        if agreed.telephone_event != before.telephone_event {
            self.socket.attach_keypad_filter(agreed.telephone_event)?;
        }
        match agreed.peer {
            Some(peer) if before.peer != Some(peer) => self.socket.connect(peer)?,
            Some(_) => {}
            None => self.agreed.peer = before.peer,
        }
        self.agreed.sends = agreed.sends && self.agreed.peer.is_some();
        Ok(())
    }

    /// Whether the longest call allowed is over.
    pub(super) fn time_is_up(&self) -> bool {
        self.frames_left == 0
    }

    /// The call's own port.
    pub(super) fn socket(&self) -> &MediaSocket {
        &self.socket
    }

    /// The law being sent.
    pub(super) fn codec(&self) -> Codec {
        self.agreed.codec
    }

    /// The call's way through the programme, for its record.
    pub(super) fn script(&self) -> &Script {
        &self.script
    }

    /// What has been counted since the call began.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// What has been counted since this was last asked.
    pub(super) fn news(&mut self) -> Counts {
        let told = std::mem::replace(&mut self.told, self.counts);
        Counts {
            sent: self.counts.sent - told.sent,
            unsent: self.counts.unsent - told.unsent,
            unreachable: self.counts.unreachable - told.unreachable,
        }
    }

    fn take(&mut self, step: Step) -> Taken {
        self.silence_left = None;
        match step {
            Step::Play(reels) => {
                self.player.play(reels.of(self.agreed.codec).clone());
                self.sound = Some(reels);
            }
            Step::Pause(length) => {
                self.player.stop();
                self.sound = None;
                self.silence_left = Some(frames(length)).filter(|&frames| frames > 0);
            }
            Step::Hold(length) => {
                self.player.pause();
                self.silence_left = Some(frames(length)).filter(|&frames| frames > 0);
                return self.silence_left.map_or(Taken::Empty, |_| Taken::Begun);
            }
            Step::Resume => self.player.resume(),
            Step::HangUp => return Taken::Over,
        }
        if self.player.is_playing() || self.silence_left.is_some() {
            Taken::Begun
        } else {
            Taken::Empty
        }
    }

    fn pause_is_over(&mut self) -> bool {
        let Some(left) = self.silence_left.as_mut() else {
            return false;
        };
        *left = left.saturating_sub(1);
        *left == 0
    }
}

/// What a packet's sending means for the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// More of the same follows.
    GoesOn,
    /// It was the last packet of its step: the next step must begin before the next round.
    StepOver,
    /// The longest call allowed is over; nothing was sent.
    TooLong,
}

/// What happened on the network side of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) sent: u64,
    pub(super) unsent: u64,
    pub(super) unreachable: u64,
}

impl Counts {
    /// Adds another call's.
    pub(super) fn add(&mut self, more: Self) {
        self.sent += more.sent;
        self.unsent += more.unsent;
        self.unreachable += more.unreachable;
    }
}

enum Taken {
    Begun,
    Empty,
    Over,
}

fn is_refused(sent: &io::Result<()>) -> bool {
    matches!(sent, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}

/// Packets in this time, the last one begun counted whole.
fn frames(length: Duration) -> u32 {
    u32::try_from(
        length
            .as_nanos()
            .div_ceil(Ptime::Ms20.duration().as_nanos()),
    )
    .unwrap_or(u32::MAX)
}

/// A script that gives so many steps without any sound or silence has lost its way.
const MOST_EMPTY_STEPS: usize = 64;
/// Longest packet worth reading: keypad events have 16 octets, G.711 of 60 ms has 492.
const LONGEST_PACKET: usize = 1_500;
/// Packets of one call read in one turn, so that nobody's flood delays the others.
const MOST_READ_AT_ONCE: usize = 16;

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use media::Codec;
    use std::net::UdpSocket;

    /// A call, and the ear it plays to. The script of an empty programme speaks after half a second.
    pub(in crate::driver) fn call(on_air: &Arc<OnAir>) -> (Box<LiveCall>, UdpSocket) {
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        ear.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let socket = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.connect(ear.local_addr().unwrap()).unwrap();
        let agreed = Agreed {
            codec: Codec::Pcma,
            telephone_event: None,
            peer: ear.local_addr().ok(),
            sends: true,
        };
        let player = Player::new(Codec::Pcma, Ptime::Ms20, 1, 2, 3);
        let script = Script::begin(Arc::clone(on_air), None);
        let call = LiveCall::new(socket, agreed, player, script, Duration::from_mins(1));
        (Box::new(call), ear)
    }

    #[test]
    fn a_packet_begun_counts_whole() {
        assert_eq!(frames(Duration::from_millis(500)), 25);
        assert_eq!(frames(Duration::from_millis(501)), 26);
        assert_eq!(frames(Duration::ZERO), 0);
        assert_eq!(frames(Duration::MAX), u32::MAX);
    }
}
