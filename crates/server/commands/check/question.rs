//! Whether a machine of a trunk answers OPTIONS (RFC 3261 § 11), asked once from a socket of its own.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use sip::Transport;
use sip::message::Message;

use super::finding::Finding;
use crate::secrets;

/// Asks, and says what came of it.
///
/// `own`: where the line listens, which is also where the question comes from if the port is free; a firewall or an SBC
/// may let nothing else through.
pub(super) fn ask(peer: SocketAddr, transport: Transport, own: SocketAddr) -> Finding {
    let answer = if transport == Transport::Udp {
        over_udp(peer, own)
    } else {
        over_tcp(peer)
    };
    let over = transport.name();
    match answer {
        Ok(Answer {
            status: 200,
            after,
            from_own_port: true,
        }) => Finding::Well(format!(
            "{peer} answers OPTIONS over {over} in {} ms",
            after.as_millis()
        )),
        Ok(Answer {
            status: 200,
            after,
            from_own_port: false,
        }) => Finding::Well(format!(
            "{peer} answers OPTIONS over {over} in {} ms, from another port than the line's",
            after.as_millis()
        )),
        Ok(Answer { status: 503, .. }) => Finding::Doubtful(format!(
            "{peer} answers 503 over {over}: it is alive and does not serve; ask the carrier"
        )),
        Ok(Answer { status, .. }) => Finding::Doubtful(format!(
            "{peer} answers {status} to OPTIONS over {over}: it is alive, and whether it takes us for its own shows with a call"
        )),
        Err(error) => Finding::Doubtful(format!(
            "{peer} does not answer OPTIONS over {over} ({error}); some never do: see whether theirs come, with allo trace --all"
        )),
    }
}

struct Answer {
    status: u16,
    after: Duration,
    /// Whether the question came from the port of the line.
    from_own_port: bool,
}

fn over_udp(peer: SocketAddr, own: SocketAddr) -> io::Result<Answer> {
    let (socket, from_own_port) = match UdpSocket::bind(own) {
        Ok(socket) => (socket, true),
        // The service is at work there.
        Err(_) => (UdpSocket::bind((own.ip(), 0))?, false),
    };
    socket.connect(peer)?;
    let question = options(peer, socket.local_addr()?, Transport::Udp)?;
    let began = Instant::now();
    let mut octets = [0; LONGEST_ANSWER];
    for pause in PAUSES {
        socket.send(question.as_bytes())?;
        socket.set_read_timeout(Some(pause))?;
        match socket.recv(&mut octets) {
            Ok(length) => {
                if let Some(status) = final_status(&octets[..length]) {
                    return Ok(Answer {
                        status,
                        after: began.elapsed(),
                        from_own_port,
                    });
                }
            }
            Err(error) if is_patience(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

fn over_tcp(peer: SocketAddr) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&peer, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let question = options(peer, stream.local_addr()?, Transport::Tcp)?;
    let began = Instant::now();
    stream.write_all(question.as_bytes())?;
    let mut octets = [0; LONGEST_ANSWER];
    let mut length = 0;
    while length < octets.len() {
        let read = stream.read(&mut octets[length..])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length += read;
        if let Some(status) = final_status(&octets[..length]) {
            return Ok(Answer {
                status,
                after: began.elapsed(),
                from_own_port: true,
            });
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn options(peer: SocketAddr, local: SocketAddr, transport: Transport) -> io::Result<String> {
    let name = secrets::request_key().map_err(io::Error::other)?;
    let via = transport.name();
    Ok(format!(
        "OPTIONS sip:{peer} SIP/2.0\r\nVia: SIP/2.0/{via} {local};branch=z9hG4bK{name};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:allo@{local}>;tag={name}\r\nTo: <sip:{peer}>\r\nCall-ID: {name}@{ip}\r\nCSeq: 1 OPTIONS\r\n\
         Contact: <sip:{local}>\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n",
        ip = local.ip()
    ))
}

fn final_status(octets: &[u8]) -> Option<u16> {
    match Message::parse(octets) {
        Ok(Message::Response(response)) if response.status >= 200 => Some(response.status),
        _ => None,
    }
}

fn is_patience(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// A lost datagram is sent again (T1 and twice that).
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(1),
];
const PATIENCE: Duration = Duration::from_secs(2);
const LONGEST_ANSWER: usize = 8_192;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_answers_is_well_and_one_that_is_silent_doubtful() {
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = peer.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            let mut octets = [0; 2_000];
            let (length, from) = peer.recv_from(&mut octets).unwrap();
            let question = String::from_utf8_lossy(&octets[..length]).into_owned();
            let head = question.split_once("\r\n").unwrap().1;
            peer.send_to(format!("SIP/2.0 200 OK\r\n{head}").as_bytes(), from)
                .unwrap();
            question
        });
        let own = "127.0.0.1:0".parse().unwrap();

        let found = ask(address, Transport::Udp, own);
        assert!(
            matches!(&found, Finding::Well(said) if said.contains("answers OPTIONS")),
            "{found:?}"
        );
        assert!(
            answering
                .join()
                .unwrap()
                .starts_with("OPTIONS sip:127.0.0.1")
        );

        // Its socket is closed: the kernel says so.
        let found = ask(address, Transport::Udp, own);
        assert!(
            matches!(&found, Finding::Doubtful(said) if said.contains("does not answer")),
            "{found:?}"
        );
        let found = ask(address, Transport::Tcp, own);
        assert!(matches!(found, Finding::Doubtful(_)));
    }
}
