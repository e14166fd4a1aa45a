use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::tls::authority::{Authority, secure_house};

#[test]
fn invites_of_2_to_60_kb_are_answered_over_udp_tcp_and_tls() {
    let house = secure_house(&Authority::new(), |_| {});
    for kilobytes in [2, 4, 8, 16, 60] {
        for (transport, ask) in [
            ("UDP", by_udp as fn(SocketAddr, &[u8]) -> Vec<u8>),
            ("TCP", by_tcp),
            ("TLS", by_tls),
        ] {
            let line = match transport {
                "TLS" => house.sip_tls(),
                _ => house.sip(),
            };
            let invite = invite(transport, line, kilobytes * 1_000);

            let answer = ask(line, &invite);

            let text = String::from_utf8_lossy(&answer);
            assert!(
                text.starts_with("SIP/2.0 200 OK\r\n"),
                "{kilobytes} kB by {transport}: {text}"
            );
            let name = answer.windows(NAME.len()).any(|octets| octets == NAME);
            assert!(name, "{kilobytes} kB by {transport}: {text}");
        }
    }
}

/// An INVITE of so many octets; half of what fills it is a chain of Identity, the other half of History-Info.
fn invite(transport: &str, line: SocketAddr, octets: usize) -> Vec<u8> {
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n";
    let mut text = format!(
        "INVITE sip:0805691282@{line} SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1:5060;branch=z9hG4bK{octets};rport\r\n\
         Max-Forwards: 70\r\nTo: <sip:0805691282@{line}>\r\nCall-ID: {transport}{octets}@test\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:alice@127.0.0.1:5060>\r\n"
    )
    .into_bytes();
    text.extend_from_slice(&[b"From: ", NAME, b" <sip:alice@127.0.0.1>;tag=1\r\n"].concat());
    let end = format!(
        "Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    for number in 1.. {
        let left = octets.saturating_sub(text.len() + end.len());
        let header = match number % 2 {
            0 => format!(
                "History-Info: <sip:+3326191{number:04}@carrier.example?Reason=SIP%3Bcause%3D302>;index=1.{number}\r\n"
            ),
            _ => format!(
                "Identity: {};info=<https://carrier.example/{number}.pem>;ppt=shaken\r\n",
                "eyJhbGciOiJFUzI1NiJ9".repeat(40)
            ),
        };
        if left < header.len() {
            text.extend_from_slice(
                format!("Subject: {}\r\n", "x".repeat(left.saturating_sub(11))).as_bytes(),
            );
            break;
        }
        text.extend_from_slice(header.as_bytes());
    }
    text.extend_from_slice(end.as_bytes());
    text
}

fn by_udp(line: SocketAddr, invite: &[u8]) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a limit");
    socket.send_to(invite, line).expect("sent");
    let mut datagram = vec![0; 65_536];
    loop {
        let length = socket.recv(&mut datagram).expect("an answer");
        if !datagram.starts_with(b"SIP/2.0 100") {
            return datagram[..length].to_vec();
        }
    }
}

fn by_tcp(line: SocketAddr, invite: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(line).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(invite).expect("sent");
    final_response(&mut stream)
}

fn by_tls(line: SocketAddr, invite: &[u8]) -> Vec<u8> {
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &line.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    let mut input = client.stdin.take().expect("its input");
    input.write_all(invite).expect("sent");
    let response = final_response(client.stdout.as_mut().expect("its output"));
    let _ = client.kill();
    let _ = client.wait();
    response
}

/// What follows the 100, up to the end of its headers at least.
fn final_response(stream: &mut impl Read) -> Vec<u8> {
    let (mut heard, mut octets) = (vec![], [0; 4_096]);
    loop {
        let begin = find(&heard, b"SIP/2.0 2").or_else(|| find(&heard, b"SIP/2.0 4"));
        if let Some(begin) = begin.filter(|&begin| find(&heard[begin..], b"\r\n\r\n").is_some()) {
            return heard.split_off(begin);
        }
        let length = stream.read(&mut octets).expect("an answer");
        assert_ne!(
            length,
            0,
            "cut off after {}",
            String::from_utf8_lossy(&heard)
        );
        heard.extend_from_slice(&octets[..length]);
    }
}

fn find(heard: &[u8], what: &[u8]) -> Option<usize> {
    heard.windows(what.len()).position(|octets| octets == what)
}

/// "Préfecture" in Latin-1.
const NAME: &[u8] = b"\"Pr\xe9fecture\"";
const PATIENCE: Duration = Duration::from_secs(5);
