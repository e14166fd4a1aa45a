//! The caller's keypad over RTP: one [`Key`] per press, however its packets arrive (RFC 4733).
//!
//! A press is several packets with one RTP timestamp. Real senders leave out the marker, lose the end, or give the
//! three end packets one sequence number; the timestamp is the one thing they agree on. So a key counts at the first
//! packet of a timestamp not seen lately, which is also the earliest moment to stop the voice.

/// Reads a keypad event from the payload of one RTP packet.
///
/// - `payload`: the 4 octets of a `telephone-event`, network order; more octets are ignored.
/// - `duration` in the result is in ticks of the RTP clock, not milliseconds.
///
/// # Errors
/// [`KeypadError::Truncated`] under 4 octets; [`KeypadError::NotAKey`] for codes above 15.
///
/// Source: RFC 4733 § 2.3 (layout) and § 3.2 (codes 0–15).
pub fn parse_keypad_event(payload: &[u8]) -> Result<KeypadEvent, KeypadError> {
    let &[code, flags, high, low, ..] = payload else {
        return Err(KeypadError::Truncated {
            octets: payload.len(),
        });
    };
    let key = Key::from_code(code).ok_or(KeypadError::NotAKey { code })?;
    Ok(KeypadEvent {
        key,
        end: flags & 0x80 != 0,
        volume: flags & 0x3F,
        duration: u16::from_be_bytes([high, low]),
    })
}

/// Follows the presses of one caller.
#[derive(Debug)]
pub struct Keypad {
    /// Two presses cannot begin closer than this: a valid tone lasts 40 ms (ITU-T Q.24). In ticks.
    shortest_press: u32,
    /// The latest press first; older ones so that a packet overtaken on the way is not a press of its own.
    presses: [Option<Press>; REMEMBERED],
}

impl Keypad {
    /// Nothing pressed yet, at 8,000 ticks a second.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(crate::SAMPLE_RATE)
    }

    /// Nothing pressed yet.
    ///
    /// - `clock`: ticks a second of the caller's events.
    #[must_use]
    pub fn with_clock(clock: u32) -> Self {
        Self {
            shortest_press: clock / 25,
            presses: [None; REMEMBERED],
        }
    }

    /// Takes the payload of one `telephone-event` packet; answers the key when a press begins.
    /// Everything that is no key is passed over.
    pub fn handle_event(&mut self, rtp_timestamp: u32, payload: &[u8]) -> Option<Key> {
        let event = parse_keypad_event(payload).ok()?;
        let shortest = self.shortest_press;
        if let Some(press) = self
            .presses
            .iter_mut()
            .flatten()
            .find(|press| press.includes(rtp_timestamp, event.key, shortest))
        {
            press.follow(rtp_timestamp, event);
            return None;
        }
        self.presses.rotate_right(1);
        self.presses[0] = Some(Press {
            key: event.key,
            latest: rtp_timestamp,
            duration: event.duration,
            ended: event.end,
        });
        Some(event.key)
    }
}

impl Default for Keypad {
    fn default() -> Self {
        Self::new()
    }
}

/// A press already told.
#[derive(Clone, Copy, Debug)]
struct Press {
    key: Key,
    /// The timestamp of its packets; the latest one, where a press has several (see [`Press::includes`]).
    latest: u32,
    /// Of the packets seen, in ticks.
    duration: u16,
    ended: bool,
}

impl Press {
    /// Whether a packet belongs to this press: the same timestamp; or the next segment of a press held longer than
    /// the duration field can say (§ 2.5.1.3); or a sender that moves the timestamp with every packet of a press,
    /// faster than any finger can press twice.
    fn includes(&self, timestamp: u32, key: Key, shortest_press: u32) -> bool {
        let later = timestamp.wrapping_sub(self.latest);
        let next_segment = !self.ended
            && self.duration >= NEARLY_FULL
            && (u32::from(NEARLY_FULL)..=FULL).contains(&later);
        later == 0 || (key == self.key && (later <= shortest_press || next_segment))
    }

    fn follow(&mut self, timestamp: u32, event: KeypadEvent) {
        let same_segment = timestamp == self.latest;
        self.duration = if same_segment {
            self.duration.max(event.duration)
        } else {
            event.duration
        };
        self.latest = timestamp;
        self.ended |= event.end;
    }
}

/// A key of a telephone: a digit, `*`, `#`, or one of `A` to `D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u8);

impl Key {
    /// The key of an event code (RFC 4733 § 3.2), if it is a key.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        (usize::from(code) < KEYS.len()).then_some(Self(code))
    }

    /// The key that this character names; letters in either case.
    #[must_use]
    pub fn from_char(character: char) -> Option<Self> {
        let upper = character.to_ascii_uppercase();
        let code = KEYS.iter().position(|&key| char::from(key) == upper)?;
        u8::try_from(code).ok().map(Self)
    }

    /// The event code, 0 to 15.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// What is printed on the key.
    #[must_use]
    pub fn as_char(self) -> char {
        char::from(KEYS[usize::from(self.0)])
    }
}

impl From<Key> for char {
    fn from(key: Key) -> Self {
        key.as_char()
    }
}

/// What one packet says about a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeypadEvent {
    /// Which key.
    pub key: Key,
    /// The press is over; sent three times, or lost.
    pub end: bool,
    /// Level of the tone, 0 to 63, in dBm0 with the sign dropped.
    pub volume: u8,
    /// How long the key has been down, in ticks of the RTP clock.
    pub duration: u16,
}

impl KeypadEvent {
    /// The payload of a packet that says this (§ 2.3).
    #[must_use]
    pub fn encode(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        let flags = (self.volume & 0x3F) | if self.end { 0x80 } else { 0 };
        [self.key.code(), flags, high, low]
    }
}

/// Why a payload is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeypadError {
    /// Fewer than 4 octets.
    #[error("{octets} octets are too few for a telephone event")]
    Truncated {
        /// The length of the payload.
        octets: usize,
    },
    /// A hook flash, a fax tone or another event that no key makes.
    #[error("telephone event {code} is not a key")]
    NotAKey {
        /// The event code.
        code: u8,
    },
}

/// Keys in the order of their event codes.
const KEYS: [u8; 16] = *b"0123456789*#ABCD";
/// How many presses back a late packet is still known.
const REMEMBERED: usize = 4;
/// Ticks after which a press goes on in a new segment.
const FULL: u32 = 0xFFFF;
/// The same, for a sender that stops early or whose last packets got lost: half a second less at 8,000 ticks a second,
/// four packets at 48,000.
const NEARLY_FULL: u16 = 0xF000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_press_counts_at_its_first_packet_and_once() {
        let mut keypad = Keypad::new();

        let told: Vec<_> = (1..=10)
            .map(|n| press(&mut keypad, 8_000, '5', n * 160, false))
            .collect();
        let ends: Vec<_> = (0..3)
            .map(|_| press(&mut keypad, 8_000, '5', 1_760, true))
            .collect();

        assert_eq!(told[0], Some('5'));
        assert!(told[1..].iter().chain(&ends).all(Option::is_none));
    }

    #[test]
    fn a_press_of_which_only_the_end_arrives_counts() {
        assert_eq!(press(&mut Keypad::new(), 42, '#', 800, true), Some('#'));
    }

    #[test]
    fn the_same_digit_twice_counts_twice_without_any_end() {
        let mut keypad = Keypad::new();

        assert_eq!(press(&mut keypad, 8_000, '2', 160, false), Some('2'));
        assert_eq!(press(&mut keypad, 8_000, '2', 480, false), None);
        assert_eq!(press(&mut keypad, 8_800, '2', 160, false), Some('2'));
    }

    #[test]
    fn the_same_digit_eight_seconds_later_is_not_taken_for_a_long_press() {
        let mut keypad = Keypad::new();
        press(&mut keypad, 0, '#', 800, true);
        assert_eq!(press(&mut keypad, 0xFFFF, '#', 160, false), Some('#'));

        let mut without_end = Keypad::new();
        press(&mut without_end, 0, '#', 800, false);
        assert_eq!(press(&mut without_end, 0xFFFF, '#', 160, false), Some('#'));
    }

    #[test]
    fn a_press_of_five_seconds_is_one_press() {
        let mut keypad = Keypad::new();
        let told = (1..=250).filter_map(|n| press(&mut keypad, 700, '0', n * 160, n == 250));

        assert_eq!(told.count(), 1);
    }

    #[test]
    fn a_press_of_twenty_seconds_in_segments_is_one_press() {
        let mut keypad = Keypad::new();
        let mut told = 0;
        for segment in 0..3_u32 {
            for n in 1..=409 {
                let timestamp = 5_000 + segment * 0xFFFF;
                told += u32::from(press(&mut keypad, timestamp, '9', n * 160, false).is_some());
            }
        }

        assert_eq!(told, 1);
    }

    #[test]
    fn a_press_of_five_seconds_is_one_press_at_every_clock() {
        for clock in [8_000, 16_000, 48_000] {
            let mut keypad = Keypad::with_clock(clock);
            let mut told = 0;
            // 5 s and once more at once; at 48 kHz the field is full after 1.4 s.
            for press_at in [1_000, 1_000 + clock * 5 + clock / 10] {
                let (mut segment, mut duration) = (press_at, 0);
                for _ in 0..250 {
                    duration += clock / 50;
                    if duration > 0xFFFF {
                        segment += 0xFFFF;
                        duration -= 0xFFFF;
                    }
                    let ticks = u16::try_from(duration).unwrap();
                    told += u32::from(press(&mut keypad, segment, '0', ticks, false).is_some());
                }
            }
            assert_eq!(told, 2, "{clock}");
        }
    }

    #[test]
    fn a_sender_that_moves_the_timestamp_within_a_press_does_so_at_its_own_clock() {
        for clock in [8_000, 16_000, 48_000] {
            let mut keypad = Keypad::with_clock(clock);
            let step = clock / 50;
            let told = (0..20).filter_map(|n| press(&mut keypad, step * n, '3', 160, false));

            assert_eq!(told.count(), 1, "{clock}");
            let later = step * 20 + clock / 20;
            assert_eq!(press(&mut keypad, later, '3', 160, false), Some('3'));
        }
    }

    #[test]
    fn a_sender_that_moves_the_timestamp_within_a_press_presses_once() {
        let mut keypad = Keypad::new();
        let told = (0..20).filter_map(|n| press(&mut keypad, 160 * n, '3', 160, false));

        assert_eq!(told.count(), 1);
    }

    #[test]
    fn a_packet_overtaken_by_the_next_press_is_not_a_press() {
        let mut keypad = Keypad::new();

        assert_eq!(press(&mut keypad, 1_000, '1', 160, false), Some('1'));
        assert_eq!(press(&mut keypad, 2_000, '2', 160, false), Some('2'));
        assert_eq!(press(&mut keypad, 1_000, '1', 640, true), None);
        assert_eq!(press(&mut keypad, 2_000, '2', 320, false), None);
    }

    #[test]
    fn a_sender_that_starts_its_clock_again_is_still_heard() {
        let mut keypad = Keypad::new();

        assert_eq!(press(&mut keypad, 4_000_000_000, '1', 160, true), Some('1'));
        assert_eq!(press(&mut keypad, 12, '1', 160, false), Some('1'));
    }

    #[test]
    fn a_short_payload_and_a_fax_tone_are_refused_with_their_reason() {
        assert_eq!(
            parse_keypad_event(&[1, 0, 0]),
            Err(KeypadError::Truncated { octets: 3 })
        );
        assert_eq!(
            parse_keypad_event(&[36, 0, 0, 0]),
            Err(KeypadError::NotAKey { code: 36 })
        );
        assert_eq!(Keypad::new().handle_event(1, &[36, 0, 0, 0]), None);
    }

    #[test]
    fn every_key_has_its_code_and_its_character() {
        for (code, character) in (0..).zip("0123456789*#ABCD".chars()) {
            let key = Key::from_code(code).unwrap();
            assert_eq!((key.as_char(), key.code()), (character, code));
            assert_eq!(Key::from_char(character.to_ascii_lowercase()), Some(key));
        }
        assert_eq!(Key::from_code(16), None);
        assert_eq!(Key::from_char('x'), None);
    }

    proptest! {
        #[test]
        fn an_event_reads_back_as_it_was_written(code in 0u8..16, end: bool, volume in 0u8..64, duration: u16) {
            let event = KeypadEvent { key: Key::from_code(code).unwrap(), end, volume, duration };
            prop_assert_eq!(parse_keypad_event(&event.encode()), Ok(event));
        }

        #[test]
        fn no_stream_of_events_makes_the_keypad_panic(stream: Vec<(u32, Vec<u8>)>) {
            let mut keypad = Keypad::new();
            for (timestamp, payload) in stream {
                let _ = keypad.handle_event(timestamp, &payload);
            }
        }
    }

    fn press(
        keypad: &mut Keypad,
        timestamp: u32,
        key: char,
        duration: u16,
        end: bool,
    ) -> Option<char> {
        let event = KeypadEvent {
            key: Key::from_char(key).unwrap(),
            end,
            volume: 10,
            duration,
        };
        keypad
            .handle_event(timestamp, &event.encode())
            .map(Key::as_char)
    }
}
