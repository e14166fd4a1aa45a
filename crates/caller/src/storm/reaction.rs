//! How soon the voice stops after a key: the first of at least 8 packets of silence in a row.
//!
//! Pure: packets and presses come in with their moments, on the wall clock; a reaction comes out.

use std::time::Duration;

/// Follows the silence of one call.
#[derive(Debug)]
pub(super) struct Reaction {
    /// The octet of an idle channel.
    silence: u8,
    /// Packets of silence in a row, up to now.
    silent: u32,
    pressed: Option<Pressed>,
}

/// A key to which the line has not yet reacted.
#[derive(Debug)]
struct Pressed {
    at: Duration,
    /// The first packet of the present silence, and how many there are.
    silence: Option<(Duration, u32)>,
}

impl Reaction {
    /// Nothing heard yet.
    pub(super) fn new(silence: u8) -> Self {
        Self {
            silence,
            silent: 0,
            pressed: None,
        }
    }

    /// Whether a key waits for its reaction.
    pub(super) fn is_awaited(&self) -> bool {
        self.pressed.is_some()
    }

    /// A key goes out at this moment, and all packets that came before have been heard; answers
    /// whether the line spoke until then, without which there is nothing to measure.
    pub(super) fn press(&mut self, at: Duration) -> bool {
        let speaks = self.silent == 0;
        self.pressed = speaks.then_some(Pressed { at, silence: None });
        speaks
    }

    /// Takes a packet; answers the time from the key to the silence once that is long enough.
    pub(super) fn hear(&mut self, arrived: Duration, payload: &[u8]) -> Option<Duration> {
        let is_silent = payload.iter().all(|&octet| octet == self.silence);
        self.silent = if is_silent { self.silent + 1 } else { 0 };
        let pressed = self.pressed.as_mut().filter(|key| key.at <= arrived)?;
        if !is_silent {
            pressed.silence = None;
            return None;
        }
        let (began, packets) = pressed.silence.get_or_insert((arrived, 0));
        *packets += 1;
        if *packets < LONG_ENOUGH {
            return None;
        }
        let reaction = began.saturating_sub(pressed.at);
        self.pressed = None;
        Some(reaction)
    }
}

/// Packets of silence that no pause of a voice has, and that the line's half second after a key has.
const LONG_ENOUGH: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packet_of_a_long_silence_is_the_reaction() {
        let mut reaction = Reaction::new(0xD5);
        assert_eq!(hear(&mut reaction, 0, "sss"), None);
        assert!(reaction.press(ms(61)));

        // Two more packets of the voice, a breath, the voice again, then the line is silent.
        assert_eq!(hear(&mut reaction, 80, "ss...s......."), None);
        assert!(reaction.is_awaited());
        assert_eq!(hear(&mut reaction, 340, "."), Some(ms(200 - 61)));
        assert!(!reaction.is_awaited());
        assert_eq!(hear(&mut reaction, 360, "........s"), None);
    }

    #[test]
    fn a_key_pressed_in_silence_says_nothing() {
        let mut reaction = Reaction::new(0xFF);
        hear(&mut reaction, 0, "s.");

        assert!(!reaction.press(ms(30)));
        assert_eq!(hear(&mut reaction, 40, ".........."), None);
        hear(&mut reaction, 240, "s");
        assert!(reaction.press(ms(250)));
    }

    #[test]
    fn packets_from_before_the_key_do_not_count_though_they_are_heard_later() {
        let mut reaction = Reaction::new(0xD5);
        hear(&mut reaction, 0, "s");
        assert!(reaction.press(ms(50)));

        assert_eq!(hear(&mut reaction, 20, ".."), None);
        assert_eq!(hear(&mut reaction, 60, "......."), None);
        assert_eq!(hear(&mut reaction, 200, "."), Some(ms(10)));
    }

    /// Packets every 20 ms from a moment on: `s` holds sound, `.` silence. The last reaction.
    fn hear(reaction: &mut Reaction, from_ms: u64, packets: &str) -> Option<Duration> {
        let mut found = None;
        for (at, packet) in (from_ms..).step_by(20).zip(packets.chars()) {
            let mut payload = [reaction.silence; 160];
            if packet == 's' {
                payload[159] = 0x2A;
            }
            found = reaction.hear(ms(at), &payload).or(found);
        }
        found
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }
}
