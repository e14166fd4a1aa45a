//! A made-up stream with known faults: each must be found, and nothing else.

use super::*;
use media::rtp::encode_header;

#[test]
fn a_perfect_stream_is_perfect() {
    let (counts, late) = told(&stream(500));

    assert_eq!(
        counts,
        Counts {
            packets: 500,
            ..Counts::default()
        }
    );
    assert_eq!(late.iter().max(), Some(&0));
}

#[test]
fn every_fault_of_a_long_stream_is_found_exactly() {
    let mut packets = stream(52_500);
    let slips = (1..=34).map(|one| one * 1_501);
    for slip in slips {
        for packet in packets.iter_mut().filter(|packet| packet.number >= slip) {
            packet.timestamp = packet.timestamp.wrapping_add(80);
            packet.arrived_us += 10_000;
        }
    }
    for swap in 0..52 {
        let at = 200 + swap * 1_000;
        packets.swap(at, at + 1);
        let (before, after) = (packets[at].arrived_us, packets[at + 1].arrived_us);
        packets[at].arrived_us = after;
        packets[at + 1].arrived_us = before;
    }
    for double in 0..74 {
        let at = 500 + double * 700;
        packets.insert(at + 1, packets[at].clone());
    }
    packets.retain(|packet| packet.number % 1_000 != 777 || packet.number > 52_000);

    let (counts, _) = told(&packets);

    assert_eq!(counts.lost, 52);
    assert_eq!(counts.out_of_order, 52);
    assert_eq!(counts.duplicates, 74);
    assert_eq!(counts.timestamp_steps, 34);
    assert_eq!((counts.wrong_size, counts.strays, counts.late), (0, 0, 0));
    assert_eq!(counts.packets, 52_500 - 52);
    // 34 slips of 10 ms are 17 packets that were due and never made; one may be missing at the end.
    assert_eq!(counts.missing_by_clock, 17);
    assert_eq!(counts.bad_packets, 52 + 34 + 16);
    assert!(counts.bad);
}

#[test]
fn a_packet_over_twenty_milliseconds_late_is_bad_and_one_bad_in_a_thousand_is_borne() {
    let mut packets = stream(2_000);
    packets[100].arrived_us += 20_000;
    packets[300].arrived_us += 20_001;
    packets[500].arrived_us += 35_000;

    let (counts, late) = told(&packets);

    assert_eq!((counts.late, counts.bad_packets), (2, 2));
    assert!(!counts.bad);
    assert_eq!(late.iter().max(), Some(&35_000));

    packets[700].arrived_us += 50_000;
    assert!(told(&packets).0.bad);
}

#[test]
fn a_stream_that_stops_before_the_call_ends_misses_packets_by_the_clock() {
    let packets = stream(500);

    let ended = Duration::from_millis(1_000 + 500 * 20 + 100);
    let counts = tally(&packets).close(ended).counts;

    assert_eq!(counts.missing_by_clock, 6);
    assert_eq!(counts.bad_packets, 5);
}

#[test]
fn a_payload_of_another_length_is_a_wrong_size() {
    let mut packets = stream(10);
    packets[4].octets = 80;

    assert_eq!(told(&packets).0.wrong_size, 1);
}

#[test]
fn packets_of_forty_milliseconds_are_due_half_as_often() {
    let mut packets = stream(100);
    for packet in &mut packets {
        packet.timestamp = packet.number.wrapping_mul(320);
        packet.arrived_us = 1_000_000 + u64::from(packet.number) * 40_000;
        packet.octets = 320;
    }
    packets[50].arrived_us += 25_000;
    packets[60].octets = 160;

    let tally = tally(&packets);
    assert_eq!(tally.packet_ms(), Some(40));
    let ended = Duration::from_millis(1_000 + 100 * 40 + 100);
    let counts = tally.close(ended).counts;

    assert_eq!((counts.packets, counts.lost), (100, 0));
    assert_eq!((counts.timestamp_steps, counts.wrong_size), (0, 1));
    assert_eq!((counts.late, counts.missing_by_clock), (1, 3));
}

#[test]
fn gaps_of_arrival_are_held_against_gaps_of_sound() {
    let mut packets = stream(10);
    packets[4].arrived_us += 3_000; // farther from 3, nearer to 5
    packets.remove(7); // a hole in both is no deviation
    for packet in packets.iter_mut().filter(|packet| packet.number == 9) {
        packet.timestamp = packet.timestamp.wrapping_add(80); // 10 ms of sound that did not pass
    }

    let account = tally(&packets).close(Duration::from_secs(2));

    assert_eq!(account.gaps_us, [0, 0, 0, 3_000, 3_000, 0, 0, 10_000]);
}

#[test]
fn a_report_to_the_line_counts_what_came_and_what_was_due() {
    let mut packets = stream(10);
    assert_eq!(tally(&[]).reception(), None);
    packets.insert(3, packets[2].clone());
    packets.remove(8);
    packets.remove(8);

    let reception = tally(&packets).reception().unwrap();

    assert_eq!((reception.expected, reception.received), (10, 9));
    assert_eq!((reception.ssrc, reception.highest_sequence), (9, 60_009));
    assert_eq!(reception.jitter_ticks, 0);
}

#[test]
fn a_call_without_sound_is_bad() {
    let (counts, late) = told(&[]);

    assert!(counts.bad && late.is_empty());
}

fn told(packets: &[Made]) -> (Counts, Vec<i32>) {
    let ended = packets.last().map_or(0, |last| last.arrived_us);
    let account = tally(packets).close(Duration::from_micros(ended));
    (account.counts, account.late_us)
}

fn tally(packets: &[Made]) -> Tally {
    let mut tally = Tally::default();
    for packet in packets {
        let sequence = u16::try_from((packet.number + 60_000) % 65_536).unwrap();
        let header = encode_header(8, false, sequence, packet.timestamp, 9);
        let datagram = [&header[..], &vec![0; packet.octets]].concat();
        let arrived = Duration::from_micros(packet.arrived_us);
        tally.note(arrived, &media::rtp::parse(&datagram).unwrap());
    }
    tally
}

/// Packets every 20 ms; number and timestamp wrap on the way.
fn stream(packets: u32) -> Vec<Made> {
    let one = |number: u32| Made {
        number,
        timestamp: (u32::MAX - 8_000).wrapping_add(number * 160),
        arrived_us: 1_000_000 + u64::from(number) * 20_000,
        octets: 160,
    };
    (0..packets).map(one).collect()
}

#[derive(Clone)]
struct Made {
    number: u32,
    timestamp: u32,
    arrived_us: u64,
    octets: usize,
}
