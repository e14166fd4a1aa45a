//! What the caller sends: silence every 20 ms, and keys by RFC 4733 in its place.
//!
//! A resident's telephone always sends; routers on the way learn the path from it. Pure: `now`
//! comes in, packets come out. Start with [`Mouth`].

use std::{collections::VecDeque, time::Instant};

use media::{Codec, Key, Ptime, keypad::KeypadEvent, rtp};

/// The sending side of one call.
#[derive(Debug)]
pub(crate) struct Mouth {
    codec: Codec,
    telephone_event: Option<u8>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    next: Instant,
    /// Keys still to press, in order of time.
    keys: VecDeque<(Instant, Key)>,
    press: Option<Press>,
    starts: bool,
}

impl Mouth {
    /// Begins to send at `now`.
    ///
    /// - `telephone_event`: the payload type of keys; without one no key is pressed.
    /// - `random`: makes SSRC, first sequence number and first timestamp (RFC 3550 § 5.1).
    pub(crate) fn new(
        now: Instant,
        codec: Codec,
        telephone_event: Option<u8>,
        keys: impl IntoIterator<Item = (Instant, Key)>,
        random: [u8; 10],
    ) -> Self {
        let [a, b, c, d, e, f, g, h, i, j] = random;
        Self {
            codec,
            telephone_event,
            ssrc: u32::from_be_bytes([a, b, c, d]),
            sequence: u16::from_be_bytes([e, f]),
            timestamp: u32::from_be_bytes([g, h, i, j]),
            next: now,
            keys: keys.into_iter().collect(),
            press: None,
            starts: true,
        }
    }

    /// Says what to send now. Call again until it answers [`Utterance::Timeout`].
    pub(crate) fn poll_output(&mut self, now: Instant) -> Utterance {
        if now < self.next {
            return Utterance::Timeout(self.next);
        }
        self.next += Ptime::Ms20.duration();
        let pressed = self.begin_press(now);
        let (header, payload) = match self.press.take() {
            Some(press) => self.say_key(press),
            None => {
                let header = self.header(self.codec.payload_type(), self.starts, self.timestamp);
                (header, self.codec.silent_frame(Ptime::Ms20).to_vec())
            }
        };
        self.starts = false;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME_TICKS);
        Utterance::Packet {
            header,
            payload,
            pressed,
        }
    }

    fn begin_press(&mut self, now: Instant) -> Option<Key> {
        self.telephone_event?;
        if self.press.is_some() {
            return None;
        }
        let (_, key) = self.keys.pop_front_if(|(at, _)| *at <= now)?;
        self.press = Some(Press {
            key,
            began: self.timestamp,
            packets: 0,
        });
        Some(key)
    }

    /// One packet of a press; all of them carry the timestamp of its beginning (RFC 4733 § 2.5.1).
    fn say_key(&mut self, mut press: Press) -> ([u8; 12], Vec<u8>) {
        let payload_type = self.telephone_event.unwrap_or(self.codec.payload_type());
        let header = self.header(payload_type, press.packets == 0, press.began);
        press.packets += 1;
        let event = KeypadEvent {
            key: press.key,
            end: press.packets > PRESS_PACKETS,
            volume: KEY_VOLUME,
            duration: FRAME_TICKS_SHORT * press.packets.min(PRESS_PACKETS),
        };
        if press.packets < PRESS_PACKETS + END_PACKETS {
            self.press = Some(press);
        }
        (header, event.encode().to_vec())
    }

    fn header(&self, payload_type: u8, marker: bool, timestamp: u32) -> [u8; 12] {
        rtp::encode_header(payload_type, marker, self.sequence, timestamp, self.ssrc)
    }
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Utterance {
    /// Send this; `pressed` names a key that begins with it.
    Packet {
        header: [u8; 12],
        payload: Vec<u8>,
        pressed: Option<Key>,
    },
    /// Nothing before this instant.
    Timeout(Instant),
}

/// A key that is down.
#[derive(Debug)]
struct Press {
    key: Key,
    began: u32,
    packets: u16,
}

const FRAME_TICKS: u32 = 160;
const FRAME_TICKS_SHORT: u16 = 160;
/// A key is down for 100 ms.
const PRESS_PACKETS: u16 = 5;
/// The end is said three times (RFC 4733 § 2.5.1.4).
const END_PACKETS: u16 = 3;
/// −10 dBm0, what telephones send.
const KEY_VOLUME: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use media::Keypad;
    use std::time::Duration;

    #[test]
    fn silence_goes_out_every_twenty_milliseconds_from_the_first_moment_on() {
        let start = Instant::now();
        let mut mouth = mouth(start, Some(101), &[]);

        let sent = sent(&mut mouth, start, 1_000);

        assert_eq!(sent.len(), 50);
        for (number, (_, packet)) in (0_u16..).zip(&sent) {
            let packet = rtp::parse(packet).unwrap();
            assert_eq!(packet.payload_type, 8);
            assert_eq!(packet.payload, [0xD5; 160]);
            assert_eq!(packet.marker, number == 0);
            assert_eq!(packet.sequence, 0xFFFF_u16.wrapping_add(number));
            assert_eq!(
                packet.timestamp,
                0xFFFF_FF00_u32.wrapping_add(u32::from(number) * 160)
            );
        }
    }

    #[test]
    fn a_keypad_hears_each_key_once_at_its_moment() {
        let start = Instant::now();
        let keys = [(200, '#'), (2_000, '*'), (2_010, '*'), (2_020, '5')];
        let mut mouth = mouth(start, Some(101), &keys);
        let mut keypad = Keypad::new();

        let mut heard = vec![];
        for (at, packet) in sent(&mut mouth, start, 4_000) {
            let packet = rtp::parse(&packet).unwrap();
            if packet.payload_type == 101 {
                let key = keypad.handle_event(packet.timestamp, packet.payload);
                heard.extend(key.map(|key| (at, key.as_char())));
            }
        }

        assert_eq!(
            heard,
            [(200, '#'), (2_000, '*'), (2_160, '*'), (2_320, '5')]
        );
    }

    #[test]
    fn without_a_payload_type_for_keys_none_is_pressed() {
        let start = Instant::now();
        let mut mouth = mouth(start, None, &[(0, '#')]);

        for (_, packet) in sent(&mut mouth, start, 500) {
            assert_eq!(rtp::parse(&packet).unwrap().payload_type, 8);
        }
    }

    fn mouth(start: Instant, telephone_event: Option<u8>, keys: &[(u64, char)]) -> Mouth {
        let random = [0, 0, 0, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0];
        let keys = keys.iter().map(|&(at, key)| {
            (
                start + Duration::from_millis(at),
                Key::from_char(key).unwrap(),
            )
        });
        Mouth::new(start, Codec::Pcma, telephone_event, keys, random)
    }

    /// Jumps from packet to packet; milliseconds and octets.
    fn sent(mouth: &mut Mouth, start: Instant, milliseconds: u64) -> Vec<(u128, Vec<u8>)> {
        let (mut now, mut sent) = (start, vec![]);
        let end = start + Duration::from_millis(milliseconds);
        while now < end {
            match mouth.poll_output(now) {
                Utterance::Timeout(next) => now = next,
                Utterance::Packet {
                    header, payload, ..
                } => {
                    sent.push(((now - start).as_millis(), [&header[..], &payload].concat()));
                }
            }
        }
        sent
    }
}
