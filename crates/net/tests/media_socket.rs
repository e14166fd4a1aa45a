//! What a call's RTP port promises, on loopback. Loopback delivers inside the sender's call: nothing here waits.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use net::{Batch, MediaSocket};

#[test]
fn a_packet_leaves_in_one_piece_although_it_is_sent_in_two() {
    let (ours, theirs) = connected();

    ours.send_frame(&[1; 12], &[2; 160]).unwrap();

    let mut octets = [0; 200];
    let (length, from) = theirs.recv_from(&mut octets).unwrap();
    assert_eq!(octets[..length], [[1; 12].as_slice(), &[2; 160]].concat());
    assert_eq!(from, ours.local_addr().unwrap());
}

#[test]
fn of_640_packets_with_3_events_the_events_and_10_packets_of_sound_come_through() {
    let (ours, theirs) = connected();
    ours.ask_receive_buffer(1 << 20).unwrap();
    ours.attach_keypad_filter(Some(101), false).unwrap();
    let to = ours.local_addr().unwrap();
    for sequence in 0..640_u16 {
        let event = [101, 333, 639].contains(&sequence);
        let marker = if sequence == 333 { 0x80 } else { 0 };
        theirs
            .send_to(&rtp(if event { 101 } else { 8 } | marker, sequence), to)
            .unwrap();
    }

    let heard = drain(&ours);

    let events = heard
        .iter()
        .filter(|packet| packet[1] & 0x7F == 101)
        .count();
    assert_eq!((heard.len(), events), (13, 3));
}

#[test]
fn without_telephone_event_only_the_sign_of_life_comes_through() {
    let (ours, theirs) = connected();
    ours.attach_keypad_filter(Some(8), false).unwrap();
    ours.attach_keypad_filter(None, false).unwrap();
    let to = ours.local_addr().unwrap();
    for sequence in 60..=70 {
        theirs.send_to(&rtp(8, sequence), to).unwrap();
    }
    theirs.send_to(b"too short", to).unwrap();

    assert_eq!(drain(&ours).len(), 1);
}

#[test]
fn a_connected_port_hears_its_peer_only_and_forgets_what_others_said_before() {
    let ours = loopback();
    let to = ours.local_addr().unwrap();
    let (peer, stranger) = (udp(), udp());
    stranger.send_to(b"before", to).unwrap();
    ours.connect(peer.local_addr().unwrap()).unwrap();
    stranger.send_to(b"after", to).unwrap();
    peer.send_to(b"peer", to).unwrap();

    assert_eq!(drain(&ours), [b"peer"]);
}

#[test]
fn a_call_can_move_to_another_peer() {
    let (ours, first) = connected();
    let second = udp();
    ours.connect(second.local_addr().unwrap()).unwrap();

    ours.send_frame(&[0; 12], b"moved").unwrap();

    assert_eq!(second.recv(&mut [0; 100]).unwrap(), 17);
    first.set_nonblocking(true).unwrap();
    assert_eq!(
        first.recv(&mut [0; 100]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
}

#[test]
fn a_closed_port_of_the_peer_is_told_at_the_next_packet_and_kills_nothing() {
    let (ours, theirs) = connected();
    let address = theirs.local_addr().unwrap();
    drop(theirs);

    ours.send_frame(&[0; 12], &[]).unwrap();
    let told = ours.send_frame(&[0; 12], &[]).unwrap_err();
    assert_eq!(told.kind(), ErrorKind::ConnectionRefused);

    let again = UdpSocket::bind(address).unwrap();
    ours.send_frame(&[0; 12], &[]).unwrap();
    assert_eq!(again.recv(&mut [0; 100]).unwrap(), 12);
}

#[test]
fn sound_gets_an_even_port_and_reports_the_next_one_and_taken_pairs_are_passed_over() {
    let range = 9_001..=9_009;
    let taken = UdpSocket::bind((LOOPBACK, 9_007)).unwrap();
    let pairs: Vec<_> = (0..3)
        .map(|_| MediaSocket::bind_pair(LOOPBACK, range.clone(), 9_004).unwrap())
        .collect();

    let ports: Vec<_> = pairs.iter().map(|pair| pair.port).collect();
    assert_eq!(ports, [9_004, 9_008, 9_002]);
    for pair in &pairs {
        assert_eq!(pair.sound.local_addr().unwrap().port(), pair.port);
        assert_eq!(pair.reports.local_addr().unwrap().port(), pair.port + 1);
    }
    let refusal = MediaSocket::bind_pair(LOOPBACK, range.clone(), 9_004).unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::AddrInUse);
    drop(taken);
    assert_eq!(
        MediaSocket::bind_pair(LOOPBACK, range, 9_004).unwrap().port,
        9_006
    );
}

#[test]
fn a_start_outside_the_range_and_a_range_without_a_pair_are_no_trouble() {
    let pair = MediaSocket::bind_pair(LOOPBACK, 9_021..=9_030, 7).unwrap();
    assert_eq!(pair.port, 9_022);
    for none in [9_041..=9_041, 9_042..=9_042, u16::MAX..=u16::MAX] {
        assert!(MediaSocket::bind_pair(LOOPBACK, none, 0).is_err());
    }
}

#[test]
fn reports_on_the_port_of_the_sound_pass_the_filter_only_where_they_were_agreed() {
    for (telephone_event, muxed, heard) in [
        (Some(101), true, 3),
        (None, true, 2),
        (Some(101), false, 1),
        (None, false, 0),
    ] {
        let (ours, theirs) = connected();
        ours.attach_keypad_filter(telephone_event, muxed).unwrap();
        // Sender report, receiver report, event, and three that are nothing of these: 191, 224, sound.
        for second_octet in [200, 201, 101, 191, 224, 8] {
            theirs
                .send_to(&rtp(second_octet, 7), ours.local_addr().unwrap())
                .unwrap();
        }
        assert_eq!(drain(&ours).len(), heard, "{telephone_event:?} {muxed}");
    }
}

#[test]
fn the_kernel_notes_when_each_packet_arrived_and_from_whom() {
    let ours = loopback();
    ours.stamp_arrivals().unwrap();
    let theirs = udp();
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    theirs
        .send_to(b"hello", ours.local_addr().unwrap())
        .unwrap();

    let mut octets = [0; 100];
    let stamp = ours.recv_stamped(&mut octets).unwrap().unwrap();

    assert_eq!(&octets[..stamp.octets], b"hello");
    assert_eq!(stamp.from, theirs.local_addr().unwrap());
    assert!(stamp.arrived.unwrap() + Duration::from_secs(1) > before);
    assert_eq!(stamp.dropped, 0);
    assert_eq!(ours.recv_stamped(&mut octets).unwrap(), None);
}

#[test]
fn the_kernel_counts_what_it_had_to_drop() {
    let ours = loopback();
    ours.stamp_arrivals().unwrap();
    let theirs = udp();
    let to = ours.local_addr().unwrap();
    for _ in 0..100 {
        theirs.send_to(&[0; 1_000], to).unwrap();
    }
    let first = drain(&ours).len();
    theirs.send_to(b"after the flood", to).unwrap();

    let stamp = ours.recv_stamped(&mut [0; 100]).unwrap().unwrap();
    assert_eq!(u32::try_from(first).unwrap() + stamp.dropped, 100);
}

#[test]
fn packets_taken_together_keep_their_order_their_length_and_their_notes() {
    let (ours, theirs) = connected();
    ours.stamp_arrivals().unwrap();
    ours.ask_receive_buffer(1 << 20).unwrap();
    let mut batch = Batch::new();
    assert_eq!(ours.recv_batch(&mut batch).unwrap(), 0);
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    for length in 1..=20 {
        theirs
            .send_to(&vec![7; length], ours.local_addr().unwrap())
            .unwrap();
    }

    let mut lengths = vec![];
    let mut arrivals = vec![];
    for due in [Batch::PLACES, 20 - Batch::PLACES, 0] {
        assert_eq!(ours.recv_batch(&mut batch).unwrap(), due);
        for packet in batch.packets() {
            assert!(packet.octets.iter().all(|&octet| octet == 7));
            lengths.push(packet.octets.len());
            arrivals.push(packet.arrived.unwrap());
            assert_eq!(packet.dropped, 0);
        }
    }

    assert!(lengths.into_iter().eq(1..=20));
    assert!(arrivals.is_sorted() && arrivals[0] + Duration::from_secs(1) > before);
}

#[test]
fn a_taking_that_fails_leaves_no_packets_behind() {
    let (ours, theirs) = connected();
    let mut batch = Batch::new();
    theirs
        .send_to(b"first", ours.local_addr().unwrap())
        .unwrap();
    assert_eq!(ours.recv_batch(&mut batch).unwrap(), 1);
    drop(theirs);
    ours.send(b"to nobody").unwrap();

    let refusal = ours.recv_batch(&mut batch).unwrap_err();

    assert_eq!(refusal.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(batch.packets().count(), 0);
    assert_eq!(ours.recv_batch(&mut batch).unwrap(), 0);
}

#[test]
fn a_packet_longer_than_its_place_is_cut_and_drops_are_counted() {
    let (ours, theirs) = connected();
    ours.stamp_arrivals().unwrap();
    let to = ours.local_addr().unwrap();
    for _ in 0..100 {
        theirs.send_to(&[0; 2_000], to).unwrap();
    }
    let mut batch = Batch::new();
    let taken = ours.recv_batch(&mut batch).unwrap();
    assert!(batch.packets().all(|packet| packet.octets.len() == 1_024));
    theirs.send_to(b"after the flood", to).unwrap();

    assert_eq!(ours.recv_batch(&mut batch).unwrap(), 1);
    let dropped = batch.packets().next().unwrap().dropped;
    assert_eq!(u32::try_from(taken).unwrap() + dropped, 100);
}

#[test]
fn ipv6_ports_work_alike() {
    let Ok(theirs) = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)) else {
        return; // a machine without IPv6
    };
    let ours = MediaSocket::bind((Ipv6Addr::LOCALHOST, 0).into()).unwrap();
    ours.stamp_arrivals().unwrap();
    ours.attach_keypad_filter(Some(101), false).unwrap();
    ours.connect(theirs.local_addr().unwrap()).unwrap();
    for sequence in 1..=64 {
        theirs
            .send_to(&rtp(8, sequence), ours.local_addr().unwrap())
            .unwrap();
    }
    theirs
        .send_to(&rtp(101, 65), ours.local_addr().unwrap())
        .unwrap();

    let stamp = ours.recv_stamped(&mut [0; 100]).unwrap().unwrap();
    assert_eq!(stamp.from, theirs.local_addr().unwrap());
    assert_eq!(drain(&ours).len(), 1);
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn loopback() -> MediaSocket {
    MediaSocket::bind(SocketAddr::new(LOOPBACK, 0)).unwrap()
}

fn udp() -> UdpSocket {
    UdpSocket::bind((LOOPBACK, 0)).unwrap()
}

fn connected() -> (MediaSocket, UdpSocket) {
    let (ours, theirs) = (loopback(), udp());
    ours.connect(theirs.local_addr().unwrap()).unwrap();
    (ours, theirs)
}

fn drain(socket: &MediaSocket) -> Vec<Vec<u8>> {
    let mut octets = [0; 2_000];
    std::iter::from_fn(|| {
        socket
            .recv(&mut octets)
            .unwrap()
            .map(|(length, _)| octets[..length].to_vec())
    })
    .collect()
}

/// 172 octets: the header that the filter looks at, and sound.
fn rtp(second_octet: u8, sequence: u16) -> Vec<u8> {
    let [high, low] = sequence.to_be_bytes();
    let mut packet = vec![0x80, second_octet, high, low];
    packet.resize(172, 0);
    packet
}
