//! G.722 against two other codecs, and as callers hear it: recordings one after the other, each encoded alone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::f64::consts::TAU;

use media::{Codec, g722};

#[test]
fn a_second_of_speech_gives_the_octets_of_two_other_encoders() {
    let octets = g722::encode(&samples(SPEECH));
    let different = octets.iter().zip(OCTETS).filter(|(a, b)| a != b).count();
    assert_eq!((octets.len(), different), (OCTETS.len(), 0));
}

#[test]
fn their_octets_give_the_sound_of_two_other_decoders() {
    assert!(g722::decode(OCTETS) == samples(HEARD));
}

#[test]
fn a_stream_is_decoded_alike_in_packets_and_in_one() {
    let mut decoder = Codec::G722.decoder();
    let heard: Vec<i16> = OCTETS
        .chunks(480)
        .flat_map(|packet| decoder.decode(packet))
        .collect();
    assert!(heard == g722::decode(OCTETS));
}

#[test]
fn speech_keeps_its_quality_and_comes_22_samples_late() {
    let speech = samples(SPEECH);
    let heard = g722::decode(&g722::encode(&speech));
    assert!(snr_db(&speech, &heard[22..]) > 28.0);
}

#[test]
fn tones_of_both_bands_pass_at_their_level() {
    for hertz in [
        150.0, 400.0, 1_000.0, 3_000.0, 3_900.0, 4_100.0, 5_000.0, 6_800.0,
    ] {
        let tone = tone(hertz, 3_000.0, 16_000);
        let heard = g722::decode(&g722::encode(&tone));
        let change = power_db(&heard[4_000..]) - power_db(&tone[4_000..]);
        assert!(change.abs() < 0.6, "{hertz} Hz: {change:.2} dB");
    }
}

#[test]
fn odd_and_empty_sounds_have_whole_octets() {
    assert_eq!(g722::encode(&[]), []);
    assert_eq!(g722::encode_recording(&[]), []);
    assert_eq!(g722::encode(&[1, 2, 3]).len(), 2);
    assert_eq!(g722::encode_recording(&[1, 2, 3]).len(), 2);
}

/// Forty milliseconds after any sound, silence is a constant of at most 60, and with it at most a tone of 8 kHz, where
/// no telephone hears: two neighbours always have one sum.
#[test]
fn silence_is_silent_within_two_packets_of_anything_and_stays_so_for_minutes() {
    let mut random = Random(7);
    for round in 0..200 {
        let mut decoder = g722::Decoder::default();
        decoder.decode(&random.octets(400 + 7 * round));
        decoder.decode(&[g722::SILENCE; 320]);
        let minute = decoder.decode(&vec![
            g722::SILENCE;
            if round == 0 { 1_440_000 } else { 8_000 }
        ]);
        assert!(minute.iter().all(|sample| sample.abs() <= 90), "{round}");
        let sums: Vec<i16> = minute[4_000..]
            .windows(2)
            .map(|pair| pair[0] + pair[1])
            .collect();
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{round}");
        assert!(sums[0].abs() <= 120, "{round}: {}", sums[0]);
    }
}

#[test]
fn a_recording_of_silence_is_the_octet_of_silence() {
    assert_eq!(Codec::G722.encode(&[0; 320]), [g722::SILENCE; 160]);
    assert_eq!(Codec::G722.encode(&[100; 320]), [g722::SILENCE; 160]);
}

#[test]
fn recordings_join_without_a_click_and_the_first_syllable_is_whole() {
    let one = recording(&samples(SPEECH)[..9_600], 50, 60);
    let other = recording(&samples(SPEECH), 20, 50);
    let alone = after(&[g722::SILENCE; 8_000], &other);
    for before in [
        vec![],
        one.clone(),
        [one.clone(), vec![g722::SILENCE; 800]].concat(),
        [one[..2_240].to_vec(), vec![g722::SILENCE; 480]].concat(),
    ] {
        let heard = after(&before, &other);
        let quality = snr_db(&alone, &heard);
        assert!(
            quality > 24.0,
            "{quality:.1} dB after {} octets",
            before.len()
        );
        let seam = &heard[..320];
        assert!(seam.iter().all(|sample| sample.abs() <= 128), "{seam:?}");
    }
}

/// A recording with so much silence before and after, in milliseconds.
fn recording(speech: &[i16], before: usize, after: usize) -> Vec<u8> {
    let sound = [&vec![0; 16 * before], speech, &vec![0; 16 * after]].concat();
    Codec::G722.encode(&sound)
}

/// What a decoder makes of a recording after something else.
fn after(before: &[u8], recording: &[u8]) -> Vec<i16> {
    let mut decoder = g722::Decoder::default();
    decoder.decode(before);
    decoder.decode(recording)
}

fn samples(octets: &[u8]) -> Vec<i16> {
    let (pairs, _) = octets.as_chunks::<2>();
    pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect()
}

fn tone(hertz: f64, amplitude: f64, samples: u32) -> Vec<i16> {
    (0..samples)
        .map(|at| rounded(amplitude * (TAU * hertz * f64::from(at) / 16_000.0).sin()))
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "tests stay within i16")]
fn rounded(value: f64) -> i16 {
    value.round() as i16
}

fn power_db(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|&one| f64::from(one).powi(2)).sum();
    10.0 * (sum / f64::from(u32::try_from(samples.len()).unwrap())).log10()
}

fn snr_db(pure: &[i16], heard: &[i16]) -> f64 {
    let energy: f64 = pure.iter().map(|&one| f64::from(one).powi(2)).sum();
    let miss: f64 = pure
        .iter()
        .zip(heard)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum();
    10.0 * (energy / miss.max(1.0)).log10()
}

/// Noise that is the same on every machine (Knuth's generator).
struct Random(u64);

impl Random {
    fn octets(&mut self, count: usize) -> Vec<u8> {
        (0..count)
            .map(|_| {
                self.0 = self
                    .0
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                self.0.to_be_bytes()[0]
            })
            .collect()
    }
}

const SPEECH: &[u8] = include_bytes!("fixtures/g722/speech.s16le");
const OCTETS: &[u8] = include_bytes!("fixtures/g722/speech.g722");
const HEARD: &[u8] = include_bytes!("fixtures/g722/heard.s16le");
