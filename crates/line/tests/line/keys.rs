//! A key stops the voice at once, however it comes.

use std::time::{Duration, Instant};

use line::{Config, EndCause, Line, Trunk};
use media::keypad::KeypadEvent;
use media::{Codec, Key, rtp};

use crate::programme::{ROUEN, config, line, long_greeting, two_territories};
use crate::telephone::{PATIENCE, Telephone};

#[test]
fn a_key_over_rtp_stops_the_voice_within_100_ms() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);

    let pressed = Instant::now();
    telephone.press('#');

    assert!(silence_after(&mut telephone, pressed) < Duration::from_millis(100));
}

#[test]
fn a_key_by_sip_info_stops_the_voice_within_100_ms() {
    let (line, records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);

    let pressed = Instant::now();
    assert_eq!(telephone.press_by_info('#'), 200);

    assert!(silence_after(&mut telephone, pressed) < Duration::from_millis(100));
    telephone.hang_up();
    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "#");
}

#[test]
fn a_key_in_a_silence_is_answered_after_its_own_half_second_and_no_more_than_100_ms() {
    let (line, _records) = line(two_territories());
    let mut telephone = Telephone::call(line.local_addr(), "0999999999");
    let mut silent = 0;
    while silent < LONGER_THAN_OTHER_SILENCES {
        let is_silence = is_silence(&telephone.listen(1)[0].payload);
        silent = if is_silence { silent + 1 } else { 0 };
    }

    let pressed = Instant::now();
    telephone.press('1');
    let spoken = loop {
        let packet = telephone.listen(1).remove(0);
        if !is_silence(&packet.payload) {
            break packet.at - pressed;
        }
    };

    let answer = Duration::from_millis(500)..Duration::from_millis(600);
    assert!(answer.contains(&spoken), "{spoken:?}");
}

#[test]
fn a_press_counts_once_and_one_that_comes_by_both_ways_too() {
    let (line, records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);

    telephone.press('*');
    telephone.listen(10);
    assert_eq!(telephone.press_by_info('*'), 200);
    telephone.listen(5);
    telephone.press('#');
    telephone.listen(5);
    telephone.hang_up();

    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!(record.keys, "*#");
    assert_eq!(record.end, EndCause::CallerHungUp);
}

#[test]
fn a_press_without_marker_or_without_an_end_counts_once() {
    let (line, records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    let mut say = |timestamp, durations: &[u16], ends: usize| {
        for (&duration, place) in durations.iter().zip(1_usize..) {
            let event = KeypadEvent {
                key: Key::from_char('*').unwrap(),
                end: place + ends > durations.len(),
                volume: 10,
                duration,
            };
            let sequence = u16::try_from(place).unwrap();
            let header = rtp::encode_header(101, false, sequence, timestamp, 9);
            telephone.say(&[header.as_slice(), &event.encode()].concat());
        }
        telephone.listen(5);
    };

    say(8_000, &[160, 320, 480], 0);
    say(16_000, &[160, 320, 480, 480, 480], 3);
    say(24_000, &[480], 1);

    telephone.hang_up();
    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "***");
}

#[test]
fn keys_at_the_clock_of_wide_sound_count_once_each() {
    let (line, records) = line(long_greeting());
    for clock in ["16000", "48000"] {
        let mut telephone = Telephone::new(line.local_addr(), ROUEN);
        let event = format!("telephone-event/{clock}");
        let offer = String::from_utf8(telephone.description()).unwrap();
        let offer = offer.replace("telephone-event/8000", &event);

        assert_eq!(telephone.dial_with(Some(offer.as_bytes()), b""), 200);
        assert!(
            String::from_utf8_lossy(&telephone.answer).contains(&format!("a=rtpmap:101 {event}"))
        );
        telephone.acknowledge(None);
        until(&mut telephone, is_greeting);
        telephone.press('*');
        telephone.listen(5);
        telephone.press('*');
        telephone.listen(5);
        telephone.hang_up();

        assert_eq!(
            records.recv_timeout(PATIENCE).unwrap().keys,
            "**",
            "{clock}"
        );
    }
}

#[test]
fn tones_in_the_sound_are_keys_where_the_trunk_says_so_until_telephone_event_is_agreed() {
    let trunk = Trunk {
        in_band_keys: true,
        ..Trunk::new("analogue")
    };
    let config = Config {
        trunks: vec![trunk],
        ..config()
    };
    let (line, records) = Line::start(&config, long_greeting()).unwrap();
    for codec in Codec::ALL {
        let mut telephone = Telephone::new(line.local_addr(), ROUEN).only(codec);
        assert_eq!(
            telephone.dial_with(Some(&without_keys(&telephone)), b""),
            200
        );
        telephone.acknowledge(None);
        telephone.listen(35);

        say_tones(&mut telephone, codec, 0);
        telephone.listen(10);
        telephone.reoffer(|offer| offer);
        say_tones(&mut telephone, codec, 100);
        telephone.press('*');
        telephone.listen(5);
        assert_eq!(telephone.press_by_info('1'), 200);
        telephone.hang_up();

        assert_eq!(
            records.recv_timeout(PATIENCE).unwrap().keys,
            "5*",
            "{codec:?}"
        );
    }
}

#[test]
fn tones_in_the_sound_are_nothing_where_the_trunk_says_nothing() {
    let (line, records) = line(long_greeting());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN).only(Codec::Pcma);
    assert_eq!(
        telephone.dial_with(Some(&without_keys(&telephone)), b""),
        200
    );
    telephone.acknowledge(None);
    telephone.listen(35);

    say_tones(&mut telephone, Codec::Pcma, 0);
    telephone.listen(10);
    assert_eq!(telephone.press_by_info('1'), 200);
    telephone.hang_up();

    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "1");
}

#[test]
fn key_5_stops_the_voice_in_its_word_and_goes_on_there() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);

    telephone.press('5');
    let before = until(&mut telephone, |payload| !is_greeting(payload));
    telephone.listen(10);
    telephone.press('5');
    until(&mut telephone, is_greeting);
    let after = telephone.listen(1)[0].payload.clone();

    // `until` took the first frame after the pause, and `after` is the second one.
    assert_eq!(number(&after), number(&before) + 2);
}

#[test]
fn while_a_caller_has_named_no_address_nobody_presses_keys() {
    let (line, records) = line(long_greeting());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let nowhere = offer.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0");
    assert_eq!(telephone.dial_with(Some(nowhere.as_bytes()), b""), 200);
    telephone.acknowledge(None);
    telephone.press('1');
    telephone.listen_out(Duration::from_millis(200));

    telephone.reoffer(|offer| offer);
    telephone.listen(5);
    telephone.press('*');
    telephone.listen(5);
    telephone.hang_up();

    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "*");
}

#[test]
fn noise_on_the_sound_port_disturbs_nothing() {
    let (line, records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    for length in [12, 13, 15, 16, 40, 1_400] {
        for first in [0x00, 0x80, 0x9F, 0xBF, 0xFF] {
            let mut datagram = vec![0xFF; length];
            datagram[..4].copy_from_slice(&[first, 101, 0, 0]);
            telephone.say(&datagram);
        }
    }

    let heard = telephone.listen(20);

    assert!(
        heard
            .windows(2)
            .all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1))
    );
    assert!(heard.iter().all(|packet| is_greeting(&packet.payload)));
    telephone.hang_up();
    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "");
}

/// The telephone's offer without telephone-event.
fn without_keys(telephone: &Telephone) -> Vec<u8> {
    let offer = String::from_utf8(telephone.description()).unwrap();
    let lines = offer.lines().filter(|line| !line.contains("101 "));
    let offer: String = lines.map(|line| format!("{line}\r\n")).collect();
    offer.replace(" 101\r\n", "\r\n").into_bytes()
}

/// Says half a second with 100 ms of key 5 in its middle, packet by packet beside the line's own.
fn say_tones(telephone: &mut Telephone, codec: Codec, first: u16) {
    let rate = codec.sample_rate();
    let samples: Vec<i16> = (0..rate / 2)
        .map(|place| {
            let at = f64::from(place) / f64::from(rate) * std::f64::consts::TAU;
            let sounds = (0.2..0.3).contains(&(f64::from(place) / f64::from(rate)));
            let sound = 6_000.0 * ((770.0 * at).sin() + (1_336.0 * at).sin());
            #[expect(clippy::cast_possible_truncation, reason = "two tones of 6,000")]
            let sample = sound as i16;
            if sounds { sample } else { 0 }
        })
        .collect();
    for (sequence, payload) in (first..).zip(codec.encode(&samples).chunks(160)) {
        let header = rtp::encode_header(
            codec.payload_type(),
            false,
            sequence,
            u32::from(sequence) * 160,
            9,
        );
        telephone.say(&[header.as_slice(), payload].concat());
        telephone.listen(1);
    }
}

/// A caller who has heard some frames of the long greeting.
pub(crate) fn in_the_greeting(line: &Line) -> Telephone {
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    until(&mut telephone, is_greeting);
    telephone.listen(5);
    telephone
}

/// Listens until a payload is of this kind; answers the one before it.
pub(crate) fn until(telephone: &mut Telephone, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut before = telephone
        .last
        .clone()
        .map(|heard| heard.payload)
        .unwrap_or_default();
    for _ in 0..500 {
        let payload = telephone.listen(1).remove(0).payload;
        if wanted(&payload) {
            return before;
        }
        before = payload;
    }
    panic!("it never comes");
}

/// A frame of the long greeting.
pub(crate) fn is_greeting(payload: &[u8]) -> bool {
    payload[2..].iter().all(|&octet| octet == 0xA1)
}

/// The number that such a frame carries.
pub(crate) fn number(payload: &[u8]) -> u16 {
    u16::from_be_bytes([payload[0], payload[1]])
}

fn silence_after(telephone: &mut Telephone, pressed: Instant) -> Duration {
    loop {
        let packet = telephone.listen(1).remove(0);
        if is_silence(&packet.payload) {
            return packet.at - pressed;
        }
    }
}

fn is_silence(payload: &[u8]) -> bool {
    payload.iter().all(|&octet| octet == 0xD5)
}

/// In packets: 1.4 s, of the 3 s that a menu waits for a key.
const LONGER_THAN_OTHER_SILENCES: u32 = 70;
