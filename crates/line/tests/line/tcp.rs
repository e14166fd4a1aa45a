//! Signalling by TCP: messages cut anyhow, answers by the same connection, and who is cut off loses no call.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use line::{Config, EndCause, Line, Trunk};

use crate::programme::{config, long_greeting, two_territories};
use crate::telephone::{PATIENCE, wait_until};
use crate::wire::{Wire, invite, options, take_answer};

#[test]
fn two_requests_in_one_segment_get_two_answers_in_order() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    let mut wire = Wire::of(connect(line.local_addr()));

    wire.say(&[options(1), options(2)].concat());

    for number in [1, 2] {
        let answer = wire.hear();
        assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
        assert!(answer.contains(&format!("CSeq: {number} OPTIONS\r\n")));
    }
    assert_eq!(line.health().connections, 1);
}

#[test]
fn a_call_whose_octets_come_one_by_one_is_answered_heard_and_ended() {
    let (line, _records) = Line::start(&config(), long_greeting()).unwrap();
    let mut wire = Wire::of(connect(line.local_addr()));
    let (mut call, ear) = wire.telephone(line.local_addr());

    for octet in invite(&mut call, &ear) {
        wire.say(&[octet]);
    }
    assert!(wire.hear().starts_with("SIP/2.0 100 "));
    let answer = wire.hear();
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
    assert!(answer.contains(";transport=tcp>\r\n"), "{answer}");
    take_answer(&mut call, &answer);
    wire.say(&call.ack(None));
    assert_eq!(ear.recv(&mut [0; 2_000]).unwrap(), 172);

    wire.say(&call.bye());

    assert!(wire.hear().starts_with("SIP/2.0 200 OK\r\n"));
    wait_until(|| line.health().calls == 0);
}

#[test]
fn a_ping_is_answered_by_an_empty_line() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    let mut stream = connect(line.local_addr());
    stream.write_all(b"\r\n\r\n").unwrap();

    let mut pong = [0; 2];
    stream.read_exact(&mut pong).unwrap();

    assert_eq!(&pong, b"\r\n");
}

#[test]
fn a_hundred_pings_at_once_are_answered_by_few_empty_lines() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    let mut stream = connect(line.local_addr());
    stream
        .write_all(&[b"\r\n\r\n".repeat(100), options(1)].concat())
        .unwrap();

    let mut heard = vec![];
    while !heard.ends_with(b"\r\n\r\n") || !heard.contains(&b'S') {
        let mut octets = [0; 2_000];
        let length = stream.read(&mut octets).unwrap();
        heard.extend_from_slice(&octets[..length]);
    }

    let pongs = heard.iter().take_while(|octet| **octet != b'S').count() / 2;
    assert!((1..10).contains(&pongs), "{pongs}");
}

#[test]
fn what_follows_thousands_of_messages_in_one_read_is_answered_though_nothing_more_comes() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    let mut wire = Wire::of(connect(line.local_addr()));

    wire.say(&[b"A\r\nl:0\r\n\r\n".repeat(6_000), options(1)].concat());

    assert!(wire.hear().starts_with("SIP/2.0 200 OK\r\n"));
}

#[test]
fn who_is_cut_off_hears_on_and_our_bye_connects_to_the_port_that_listens() {
    let (line, records) = Line::start(&config(), two_territories()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut wire = Wire::of(connect(line.local_addr()));
    wire.listens = listener.local_addr().unwrap();
    let (mut call, ear) = wire.telephone(line.local_addr());
    wire.say(&invite(&mut call, &ear));
    wire.hear();
    take_answer(&mut call, &wire.hear());
    wire.say(&call.ack(None));
    ear.recv(&mut [0; 2_000]).unwrap();

    wire.stream.shutdown(Shutdown::Both).unwrap();
    wait_until(|| line.health().connections == 0);
    for _ in 0..10 {
        assert_eq!(ear.recv(&mut [0; 2_000]).unwrap(), 172, "sound goes on");
    }
    drop(line);

    let (stream, _) = listener.accept().unwrap();
    let bye = Wire::of(stream).hear();
    assert!(bye.starts_with("BYE sip:127.0.0.1:"), "{bye}");
    assert!(bye.contains("Via: SIP/2.0/TCP "), "{bye}");
    assert_eq!(
        records.recv_timeout(PATIENCE).unwrap().end,
        EndCause::Stopped
    );
}

#[test]
fn a_stream_that_cannot_be_read_on_is_closed_and_the_line_answers_the_next_one() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    for nonsense in [
        b"OPTIONS sip:a SIP/2.0\r\nTo: no length\r\n\r\n".to_vec(),
        vec![b'a'; 70_000],
    ] {
        let mut stream = connect(line.local_addr());
        // The line may close before everything is written.
        let _ = stream.write_all(&nonsense);
        assert!(is_closed(&mut stream));
    }

    let mut wire = Wire::of(connect(line.local_addr()));
    wire.say(&options(1));
    assert!(wire.hear().starts_with("SIP/2.0 200 OK\r\n"));
}

#[test]
fn what_was_said_before_nonsense_is_answered() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    let mut wire = Wire::of(connect(line.local_addr()));

    wire.say(&[options(1), b"BYE\r\n\r\n".to_vec()].concat());

    assert!(wire.hear().starts_with("SIP/2.0 200 OK\r\n"));
    assert!(is_closed(&mut wire.stream));
}

#[test]
fn an_answer_that_meets_a_closed_port_troubles_nobody() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    for number in 0..50 {
        let gone = UdpSocket::bind("127.0.0.1:0").unwrap();
        gone.send_to(&options(number), line.local_addr()).unwrap();
        drop(gone); // the answer comes back as ICMP port unreachable
    }
    let there = UdpSocket::bind("127.0.0.1:0").unwrap();
    there.set_read_timeout(Some(PATIENCE)).unwrap();
    there.send_to(&options(99), line.local_addr()).unwrap();

    let mut answer = [0; 2_000];
    let length = there.recv(&mut answer).unwrap();
    assert!(answer[..length].starts_with(b"SIP/2.0 200 OK\r\n"));
    assert!(line.health().alive());
}

#[test]
fn a_stranger_to_all_trunks_is_cut_off_without_a_word() {
    let elsewhere = Trunk {
        peers: vec!["192.0.2.0/24".parse().unwrap()],
        ..Trunk::new("carrier")
    };
    let guarded = Config {
        trunks: vec![elsewhere],
        ..config()
    };
    let (line, _records) = Line::start(&guarded, two_territories()).unwrap();

    let mut stream = connect(line.local_addr());
    let _ = stream.write_all(&options(1));

    assert!(is_closed(&mut stream));
    wait_until(|| line.health().strangers == 1);
}

#[test]
fn a_thousand_and_more_connections_leave_room_for_the_next_caller() {
    let (line, _records) = Line::start(&config(), two_territories()).unwrap();
    let silent: Vec<TcpStream> = (0..1_100).map(|_| connect(line.local_addr())).collect();
    wait_until(|| line.health().connections == 1_024);

    let mut wire = Wire::of(connect(line.local_addr()));
    wire.say(&options(1));

    assert!(wire.hear().starts_with("SIP/2.0 200 OK\r\n"));
    drop(silent);
}

fn connect(line: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(line).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Whether the line closes it, with or without having read everything.
fn is_closed(stream: &mut TcpStream) -> bool {
    let start = Instant::now();
    let read = stream.read(&mut [0; 100]);
    let closed = match &read {
        Ok(length) => *length == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    };
    closed && start.elapsed() < Duration::from_secs(4)
}
