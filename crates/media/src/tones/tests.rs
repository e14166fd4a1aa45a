use super::*;
use crate::sine::sine;

/// Amplitude of a full sine of µ-law, and its dBm0 (ITU-T G.711 table 6).
const FULL: f64 = 32_124.0;
const FULL_DBM0: f64 = 3.17;
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const PADS: [&str; 4] = ["123A", "456B", "789C", "*0#D"];
const BOTH_LAWS: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];

/// One press as somebody else's telephone makes it.
#[derive(Clone, Copy, Debug)]
struct Press {
    key: char,
    /// Share by which each tone is beside its frequency.
    off: (f64, f64),
    /// dBm0 of each tone.
    level: (f64, f64),
    ms: u32,
}

impl Press {
    fn of(key: char) -> Self {
        Self {
            key,
            off: (0.0, 0.0),
            level: (-9.0, -7.0),
            ms: 60,
        }
    }

    fn samples(self) -> Vec<i16> {
        let (row, column) = place(self.key);
        let tone = |hertz: f64, off: f64, dbm0: f64| {
            let amplitude = FULL * 10_f64.powf((dbm0 - FULL_DBM0) / 20.0);
            sine(hertz * (1.0 + off), amplitude, self.ms * 8, 8_000)
        };
        let low = tone(ROWS[row], self.off.0, self.level.0);
        let high = tone(COLUMNS[column], self.off.1, self.level.1);
        mixed(&low, &high)
    }
}

#[test]
fn every_key_is_heard_at_the_corners_of_the_tolerances() {
    for key in PADS.concat().chars() {
        for off in [
            (0.0, 0.0),
            (0.015, 0.015),
            (-0.015, -0.015),
            (0.015, -0.015),
            (-0.015, 0.015),
        ] {
            // Even, the high tone 4 dB above, 8 dB below, and the same at the quietest level.
            for level in [
                (-3.0, -3.0),
                (-10.0, -6.0),
                (-6.0, -14.0),
                (-25.0, -21.0),
                (-17.0, -25.0),
            ] {
                let press = Press {
                    key,
                    off,
                    level,
                    ms: 40,
                };
                for codec in BOTH_LAWS {
                    for lead in [0, 17, 33] {
                        let sound = [silence(lead), press.samples(), silence(700)].concat();
                        assert_eq!(
                            heard(codec, &sound),
                            key.to_string(),
                            "{press:?} {codec:?} {lead}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn tones_beside_the_keypad_s_frequencies_are_no_keys() {
    for key in PADS.concat().chars() {
        for off in [0.035, -0.035, 0.05, -0.05] {
            for off in [(off, 0.0), (0.0, off), (off, off)] {
                for level in [(-6.0, -6.0), (-10.0, -6.0), (-6.0, -14.0)] {
                    let press = Press {
                        key,
                        off,
                        level,
                        ms: 500,
                    };
                    assert_eq!(heard(Codec::Pcma, &press.samples()), "", "{press:?}");
                }
            }
        }
    }
}

#[test]
fn a_tone_of_23_ms_is_no_key() {
    for key in PADS.concat().chars() {
        for lead in 0..51 {
            let press = Press {
                ms: 23,
                ..Press::of(key)
            };
            let sound = [silence(lead), press.samples(), silence(700)].concat();
            assert_eq!(heard(Codec::Pcma, &sound), "", "{key} {lead}");
        }
    }
}

#[test]
fn the_same_digit_twice_after_40_ms_counts_twice_and_a_break_of_10_ms_not_at_all() {
    for key in PADS.concat().chars() {
        for lead in [0, 11, 23, 37, 49] {
            let press = Press {
                ms: 45,
                ..Press::of(key)
            }
            .samples();
            let twice = |pause| {
                [
                    silence(lead),
                    press.clone(),
                    silence(pause),
                    press.clone(),
                    silence(700),
                ]
                .concat()
            };

            assert_eq!(
                heard(Codec::Pcma, &twice(320)),
                format!("{key}{key}"),
                "{lead}"
            );
            assert_eq!(heard(Codec::Pcma, &twice(80)), key.to_string(), "{lead}");
        }
    }
}

#[test]
fn keys_dialled_as_fast_as_allowed_come_in_their_order() {
    let keys = PADS.concat();
    let sound: Vec<i16> = keys
        .chars()
        .flat_map(|key| {
            [
                Press {
                    ms: 40,
                    ..Press::of(key)
                }
                .samples(),
                silence(320),
            ]
            .concat()
        })
        .collect();

    for codec in Codec::ALL {
        let sound = [silence(800), sound.clone()].concat();
        assert_eq!(heard(codec, &sound), keys, "{codec:?}");
    }
}

#[test]
fn a_press_of_five_seconds_is_one_key() {
    let press = Press {
        ms: 5_000,
        ..Press::of('7')
    };
    assert_eq!(heard(Codec::Pcma, &press.samples()), "7");
}

#[test]
fn keys_are_heard_in_noise_15_db_below_and_too_unlike_tones_are_none() {
    for key in PADS.concat().chars() {
        let press = Press {
            ms: 60,
            ..Press::of(key)
        }
        .samples();
        let noisy = mixed(&press, &noise(press.len(), -22.0));
        assert_eq!(heard(Codec::Pcma, &noisy), key.to_string());
        for level in [(-20.0, -10.0), (-5.0, -20.0), (-40.0, -40.0)] {
            let unlike = Press {
                level,
                ms: 300,
                ..Press::of(key)
            };
            assert_eq!(heard(Codec::Pcma, &unlike.samples()), "", "{unlike:?}");
        }
    }
}

#[test]
fn noise_single_tones_and_tones_of_the_network_are_no_keys() {
    assert_eq!(heard(Codec::Pcma, &noise(80_000, -10.0)), "");
    for hertz in [
        350.0, 425.0, 440.0, 697.0, 941.0, 1209.0, 1400.0, 1633.0, 2100.0,
    ] {
        assert_eq!(
            heard(Codec::Pcma, &sine(hertz, 9_000.0, 8_000, 8_000)),
            "",
            "{hertz}"
        );
    }
    let dial_tone = mixed(
        &sine(350.0, 6_000.0, 8_000, 8_000),
        &sine(440.0, 6_000.0, 8_000, 8_000),
    );
    assert_eq!(heard(Codec::Pcma, &dial_tone), "");
}

#[test]
fn a_lost_packet_makes_no_second_key_and_packets_that_come_again_are_passed_over() {
    let press = Codec::Pcma.encode(
        &Press {
            ms: 200,
            ..Press::of('5')
        }
        .samples(),
    );
    let mut keypad = ToneKeypad::new(Codec::Pcma);
    for (place, payload) in (0..).zip(press.chunks(160)) {
        if place != 5 {
            keypad.hear(place * 160, payload);
            keypad.hear(place * 160, payload);
        }
    }
    assert_eq!(told(&mut keypad), "5");

    keypad.hear(80_000, &press[..480]);
    assert_eq!(
        told(&mut keypad),
        "5",
        "ten seconds later it is pressed again"
    );
}

#[test]
fn no_payload_makes_the_keypad_panic() {
    for codec in Codec::ALL {
        let mut keypad = ToneKeypad::new(codec);
        for (timestamp, length) in [(0, 0), (1, 1), (u32::MAX, 1_400), (7, 3), (0, 1_388)] {
            keypad.hear(timestamp, &vec![0xA5; length]);
        }
        assert_eq!(told(&mut keypad), "");
    }
}

fn place(key: char) -> (usize, usize) {
    let row = PADS.iter().position(|row| row.contains(key)).unwrap();
    (row, PADS[row].find(key).unwrap())
}

/// The keys that the sound holds, by way of packets of 20 ms.
fn heard(codec: Codec, narrow: &[i16]) -> String {
    let octets = if codec.sample_rate() == crate::SAMPLE_RATE {
        codec.encode(narrow)
    } else {
        codec.encode(&crate::widen(narrow))
    };
    let mut keypad = ToneKeypad::new(codec);
    let mut keys = String::new();
    for (place, payload) in (0..).zip(octets.chunks(160)) {
        keypad.hear(place * 160, payload);
        keys.push_str(&told(&mut keypad));
    }
    keys
}

fn told(keypad: &mut ToneKeypad) -> String {
    std::iter::from_fn(|| keypad.next_key())
        .map(Key::as_char)
        .collect()
}

fn silence(samples: usize) -> Vec<i16> {
    vec![0; samples]
}

fn mixed(one: &[i16], other: &[i16]) -> Vec<i16> {
    one.iter()
        .zip(other)
        .map(|(a, b)| a.saturating_add(*b))
        .collect()
}

/// White, the same each time.
fn noise(samples: usize, dbm0: f64) -> Vec<i16> {
    // Even spread has a third of the power of its peak, a sine half.
    let peak = FULL * 10_f64.powf((dbm0 - FULL_DBM0) / 20.0) * 1.2247;
    let mut state = 1_u32;
    (0..samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the peak is that of 16 bits"
            )]
            let sample = (peak * (f64::from(state >> 8) / f64::from(1 << 23) - 1.0)) as i16;
            sample
        })
        .collect()
}
