//! What the caller sends: silence every 20 ms, and keys by RFC 4733 in its place.
//!
//! A resident's telephone always sends; routers on the way learn the path from it. A mouth can also
//! be kept shut but for the keys. Pure: `now` comes in, packets come out. Start with [`Mouth`].

use std::{collections::VecDeque, time::Instant};

use media::{Codec, Key, Ptime, keypad::KeypadEvent, rtp};

use crate::reporter::Said;

/// The sending side of one call.
#[derive(Debug)]
pub(crate) struct Mouth {
    codec: Codec,
    telephone_event: Option<u8>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    next: Instant,
    speaks: bool,
    /// Keys still to press, in order of time.
    keys: VecDeque<(Instant, Key)>,
    press: Option<Press>,
    starts: bool,
    packets: u32,
    octets: u32,
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
            speaks: true,
            keys: VecDeque::new(),
            press: None,
            starts: true,
            packets: 0,
            octets: 0,
        }
    }

    /// Presses these keys later, in order of time.
    pub(crate) fn with_keys(mut self, keys: impl IntoIterator<Item = (Instant, Key)>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// Sends keys only.
    pub(crate) fn shut(mut self) -> Self {
        self.speaks = false;
        self
    }

    /// Presses a key with the next packet.
    pub(crate) fn press(&mut self, now: Instant, key: Key) {
        while !self.speaks && self.press.is_none() && self.next + FRAME.duration() <= now {
            self.pass();
        }
        self.keys.push_back((now, key));
    }

    /// Whether there is anything to send, now or later.
    pub(crate) fn is_busy(&self) -> bool {
        self.speaks || self.press.is_some() || !self.keys.is_empty()
    }

    /// The stream that it sends.
    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What it has sent until now, if anything.
    pub(crate) fn said(&self, now: Instant) -> Option<Said> {
        let ahead = self.next.saturating_duration_since(now).as_micros() / MICROS_PER_TICK;
        let ahead = u32::try_from(ahead).unwrap_or(0);
        (self.packets > 0).then(|| Said {
            rtp_timestamp: self.timestamp.wrapping_sub(ahead),
            packets: self.packets,
            octets: self.octets,
        })
    }

    /// Says what to send now. Call again until it answers [`Utterance::Timeout`].
    pub(crate) fn poll_output(&mut self, now: Instant) -> Utterance {
        while now >= self.next {
            let pressed = self.begin_press(now);
            let (header, payload) = match self.press.take() {
                Some(press) => self.say_key(press),
                None if self.speaks => self.say_nothing(),
                None => {
                    self.pass();
                    continue;
                }
            };
            self.pass();
            self.starts = false;
            self.sequence = self.sequence.wrapping_add(1);
            self.packets = self.packets.wrapping_add(1);
            let octets = u32::try_from(payload.octets().len()).unwrap_or(0);
            self.octets = self.octets.wrapping_add(octets);
            return Utterance::Packet {
                header,
                payload,
                pressed,
            };
        }
        Utterance::Timeout(self.next)
    }

    /// Lets the time of one packet go by.
    fn pass(&mut self) {
        self.next += FRAME.duration();
        self.timestamp = self.timestamp.wrapping_add(FRAME.ticks());
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

    fn say_nothing(&self) -> ([u8; 12], Payload) {
        let header = self.header(self.codec.payload_type(), self.starts, self.timestamp);
        (header, Payload::Silence(self.codec.silent_frame(FRAME)))
    }

    /// One packet of a press; all of them carry the timestamp of its beginning (RFC 4733 § 2.5.1).
    fn say_key(&mut self, mut press: Press) -> ([u8; 12], Payload) {
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
        (header, Payload::Key(event.encode()))
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
        payload: Payload,
        pressed: Option<Key>,
    },
    /// Nothing before this instant.
    Timeout(Instant),
}

/// What follows the header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Silence(&'static [u8]),
    Key([u8; 4]),
}

impl Payload {
    /// The octets to send.
    pub(crate) fn octets(&self) -> &[u8] {
        match self {
            Self::Silence(octets) => octets,
            Self::Key(octets) => octets,
        }
    }
}

/// A key that is down.
#[derive(Debug)]
struct Press {
    key: Key,
    began: u32,
    packets: u16,
}

/// Callers send packets of the usual length, whatever they wish to hear.
const FRAME: Ptime = Ptime::Ms20;
const FRAME_TICKS_SHORT: u16 = 160;
/// A key is down for 60 ms; a receiver must hear one of 40 (ITU-T Q.24).
const PRESS_PACKETS: u16 = 3;
/// The end is said three times (RFC 4733 § 2.5.1.4).
const END_PACKETS: u16 = 3;
/// −10 dBm0, what telephones send.
const KEY_VOLUME: u8 = 10;
/// 8,000 ticks a second.
const MICROS_PER_TICK: u128 = 125;

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
            [(200, '#'), (2_000, '*'), (2_120, '*'), (2_240, '5')]
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

    #[test]
    fn a_mouth_that_is_shut_sends_six_packets_for_a_key_and_keeps_its_clock() {
        let start = Instant::now();
        let mut mouth = mouth(start, Some(101), &[]).shut();
        assert!(!mouth.is_busy() && mouth.said(start).is_none());
        let pressed = start + Duration::from_millis(1_010);
        mouth.press(pressed, Key::from_char('*').unwrap());
        assert!(mouth.is_busy());

        let sent = sent(&mut mouth, pressed, 500);

        let packets: Vec<_> = sent
            .iter()
            .map(|(_, octets)| rtp::parse(octets).unwrap())
            .collect();
        assert_eq!(packets.len(), 6);
        assert!(packets[0].marker && packets[1..].iter().all(|packet| !packet.marker));
        let timestamps: Vec<_> = packets.iter().map(|packet| packet.timestamp).collect();
        assert_eq!(timestamps, [0xFFFF_FF00_u32.wrapping_add(50 * 160); 6]);
        let ends: Vec<_> = packets
            .iter()
            .map(|packet| packet.payload[1] >> 7)
            .collect();
        assert_eq!(ends, [0, 0, 0, 1, 1, 1]);
        assert_eq!(sent.last().unwrap().0, 90, "every 20 ms, the first at once");
        assert!(!mouth.is_busy());
        assert_eq!(mouth.said(pressed).unwrap().packets, 6);
    }

    #[test]
    fn what_was_said_is_counted_on_the_clock_of_the_stream() {
        let start = Instant::now();
        let mut mouth = mouth(start, Some(101), &[]);
        sent(&mut mouth, start, 100);

        let said = mouth.said(start + Duration::from_millis(90)).unwrap();

        assert_eq!((said.packets, said.octets), (5, 800));
        assert_eq!(said.rtp_timestamp, 0xFFFF_FF00_u32.wrapping_add(90 * 8));
    }

    fn mouth(start: Instant, telephone_event: Option<u8>, keys: &[(u64, char)]) -> Mouth {
        let random = [0, 0, 0, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0];
        let keys = keys.iter().map(|&(at, key)| {
            (
                start + Duration::from_millis(at),
                Key::from_char(key).unwrap(),
            )
        });
        Mouth::new(start, Codec::Pcma, telephone_event, random).with_keys(keys)
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
                    let octets = [&header[..], payload.octets()].concat();
                    sent.push(((now - start).as_millis(), octets));
                }
            }
        }
        sent
    }
}
