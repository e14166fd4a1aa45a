//! Whether a machine of a trunk answers OPTIONS (RFC 3261 § 11), asked once, as the line would ask it.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant, SystemTime};

use net::{Dscp, Poller, Stream, TlsTrust};
use sip::Transport;
use sip::message::Message;
use sip::stream::{Framed, Framer};

use super::finding::Finding;
use crate::certificates::{A_DAY, SOON_DAYS, seconds_until};
use crate::secrets;

/// One machine of a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) address: SocketAddr,
    pub(super) transport: Transport,
    /// Whose certificate it must show: the name under which the trunk has it, or else its address.
    pub(super) host: String,
}

/// Asks, and says what came of it.
///
/// - `own`: where the line listens, which is also where the question comes from if the port is free; a firewall or an
///   SBC may let nothing else through.
/// - `trust`: whose certificates the line believes.
pub(super) fn ask(machine: &Machine, own: SocketAddr, trust: Option<&TlsTrust>) -> Finding {
    let (peer, over) = (machine.address, machine.transport.name());
    let answer = match (machine.transport, trust) {
        (Transport::Udp, _) => over_udp(peer, own),
        (Transport::Tls, None) => {
            return Finding::Bad(format!(
                "{peer} is not reached over TLS: no authority is believed; name that of its certificate with sip-tls-ca"
            ));
        }
        (Transport::Tls, Some(trust)) => over_connection(machine, own, Some(trust)),
        (Transport::Tcp, _) => over_connection(machine, own, None),
    };
    let answer = match answer {
        Ok(answer) => answer,
        // The kernel's words have a kind of their own; what is left is the handshake.
        Err(error)
            if machine.transport == Transport::Tls && error.kind() == io::ErrorKind::Other =>
        {
            return Finding::Bad(format!(
                "{peer} and we do not agree on TLS for {}: {error}; look at its certificate, and at sip-tls-ca",
                machine.host
            ));
        }
        Err(error) => {
            return Finding::Doubtful(format!(
                "{peer} does not answer OPTIONS over {over} ({error}); some never do: see whether theirs come, with \
                 allo trace --all"
            ));
        }
    };
    let days = answer.days_left;
    let certificate = days.map_or(String::new(), |days| {
        format!(
            "; its certificate for {} is good for {days} days",
            machine.host
        )
    });
    match answer.status {
        200 => {
            let from = match answer.from_own_port {
                true => "",
                false => ", from another port than the line's",
            };
            let said = format!(
                "{peer} answers OPTIONS over {over} in {} ms{from}{certificate}",
                answer.after.as_millis()
            );
            match days {
                Some(..SOON_DAYS) => Finding::Doubtful(format!("{said}; tell its owner")),
                _ => Finding::Well(said),
            }
        }
        503 => Finding::Doubtful(format!(
            "{peer} answers 503 over {over}: it is alive and does not serve; ask the carrier{certificate}"
        )),
        status => Finding::Doubtful(format!(
            "{peer} answers {status} to OPTIONS over {over}: it is alive, and whether it takes us for its own shows with a \
             call{certificate}"
        )),
    }
}

struct Answer {
    status: u16,
    after: Duration,
    /// Whether the question came from the port of the line; a connection comes from any.
    from_own_port: bool,
    /// Until its certificate is over.
    days_left: Option<i64>,
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
                        days_left: None,
                    });
                }
            }
            Err(error) if is_patience(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

fn over_connection(
    machine: &Machine,
    own: SocketAddr,
    trust: Option<&TlsTrust>,
) -> io::Result<Answer> {
    let began = Instant::now();
    let mut stream = Stream::connect(machine.address, own.ip(), Dscp::CS3)?;
    if let Some(trust) = trust {
        stream = stream.connect_tls(trust, &machine.host)?;
    }
    stream.wait_connected(PATIENCE)?;
    let question = options(machine.address, stream.local_addr()?, machine.transport)?;
    stream.send(question.as_bytes())?;
    let days_left = stream.peer_expires_at();
    let days_left = days_left.map(|end| seconds_until(end, SystemTime::now()).div_euclid(A_DAY));

    let poller = Poller::new()?;
    poller.add(&stream, 0)?;
    let (mut framer, mut ready) = (Framer::default(), vec![]);
    let mut octets = vec![0; READ_AT_ONCE];
    loop {
        while let Some(framed) = framer
            .next_frame()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?
        {
            let Framed::Message(message) = framed else {
                continue;
            };
            if let Some(status) = final_status(&message) {
                return Ok(Answer {
                    status,
                    after: began.elapsed(),
                    from_own_port: true,
                    days_left,
                });
            }
        }
        let left = (PATIENCE * 2).saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        poller.change(&stream, 0, stream.has_unsent())?;
        poller.wait(&mut ready, Some(left))?;
        stream.flush()?;
        match stream.read(&mut octets)? {
            None => {}
            Some(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(length) => framer.push(&octets[..length]),
        }
    }
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
const READ_AT_ONCE: usize = 65_536;

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
        let at = |transport| Machine {
            address,
            transport,
            host: "127.0.0.1".into(),
        };

        let found = ask(&at(Transport::Udp), own, None);
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
        let found = ask(&at(Transport::Udp), own, None);
        assert!(
            matches!(&found, Finding::Doubtful(said) if said.contains("does not answer")),
            "{found:?}"
        );
        let found = ask(&at(Transport::Tcp), own, None);
        assert!(matches!(found, Finding::Doubtful(_)));
        let found = ask(&at(Transport::Tls), own, None);
        assert!(matches!(&found, Finding::Bad(said) if said.contains("sip-tls-ca")));
    }
}
