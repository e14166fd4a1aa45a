//! A copy of every SIP message to a collector such as Homer: HEP version 3 over UDP.
//!
//! Start with `start`. The copies are sent by a thread of its own from behind the bounded tap of the line; a collector
//! that is away costs nothing but the copies. Source: "HEP3, Homer Encapsulation Protocol" (sipcapture.org): the four
//! letters HEP3, the length of all, then chunks of vendor, type, length with its header, and value, all in network
//! order.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use line::{Tapped, TappedMessage, Way};

/// Where copies go, and who they say they are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hep {
    /// The collector.
    pub collector: SocketAddr,
    /// What it tells our copies by from those of others.
    pub agent: u32,
}

/// Sends copies from here on, until the line is gone.
///
/// # Errors
/// When the system gives no socket or no thread.
pub(crate) fn start(hep: Hep, mut tapped: Tapped) -> io::Result<()> {
    let any: IpAddr = match hep.collector {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    let work = move || {
        let mut complained = false;
        loop {
            let message = match tapped.next_within(LOOK_UP) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let Some(packet) = encode(&message, hep.agent) else {
                continue;
            };
            if let Err(error) = socket.send_to(&packet, hep.collector) {
                if !complained {
                    tracing::warn!(%error, collector = %hep.collector, "copies for HEP cannot be sent; this is said once");
                }
                complained = true;
            }
        }
    };
    std::thread::Builder::new()
        .name("allo-hep".to_owned())
        .spawn(work)?;
    Ok(())
}

/// One packet; `None` for what a stranger sent, and for a message that does not fit.
fn encode(message: &TappedMessage, agent: u32) -> Option<Vec<u8>> {
    let (from, to) = match message.way {
        Way::Heard => (message.peer, message.local),
        Way::Sent => (message.local, message.peer),
        // Whoever floods the port would flood the collector.
        Way::FromStranger => return None,
    };
    let seconds = u32::try_from(message.at.as_second()).ok()?;
    let micros = u32::try_from(message.at.subsec_microsecond()).ok()?;
    let protocol = if message.transport.is_reliable() {
        TCP
    } else {
        UDP
    };
    let (family, addresses) = match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => (
            AF_INET,
            [
                (IPV4_SOURCE, from.octets().to_vec()),
                (IPV4_DESTINATION, to.octets().to_vec()),
            ],
        ),
        (from, to) => (
            AF_INET6,
            [
                (IPV6_SOURCE, octets_v6(from)),
                (IPV6_DESTINATION, octets_v6(to)),
            ],
        ),
    };
    let mut packet = b"HEP3\0\0".to_vec();
    push(&mut packet, FAMILY, &[family])?;
    push(&mut packet, PROTOCOL, &[protocol])?;
    for (kind, octets) in addresses {
        push(&mut packet, kind, &octets)?;
    }
    push(&mut packet, SOURCE_PORT, &from.port().to_be_bytes())?;
    push(&mut packet, DESTINATION_PORT, &to.port().to_be_bytes())?;
    push(&mut packet, SECONDS, &seconds.to_be_bytes())?;
    push(&mut packet, MICROSECONDS, &micros.to_be_bytes())?;
    push(&mut packet, CONTENT, &[SIP])?;
    push(&mut packet, AGENT, &agent.to_be_bytes())?;
    push(&mut packet, PAYLOAD, &message.octets)?;
    let length = u16::try_from(packet.len()).ok()?;
    packet[4..6].copy_from_slice(&length.to_be_bytes());
    Some(packet)
}

fn push(packet: &mut Vec<u8>, kind: u16, value: &[u8]) -> Option<()> {
    let length = u16::try_from(value.len() + CHUNK_HEADER).ok()?;
    packet.extend(GENERIC_VENDOR.to_be_bytes());
    packet.extend(kind.to_be_bytes());
    packet.extend(length.to_be_bytes());
    packet.extend(value);
    Some(())
}

fn octets_v6(address: IpAddr) -> Vec<u8> {
    let v6 = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    v6.octets().to_vec()
}

const GENERIC_VENDOR: u16 = 0;
const CHUNK_HEADER: usize = 6;
const FAMILY: u16 = 0x01;
const PROTOCOL: u16 = 0x02;
const IPV4_SOURCE: u16 = 0x03;
const IPV4_DESTINATION: u16 = 0x04;
const IPV6_SOURCE: u16 = 0x05;
const IPV6_DESTINATION: u16 = 0x06;
const SOURCE_PORT: u16 = 0x07;
const DESTINATION_PORT: u16 = 0x08;
const SECONDS: u16 = 0x09;
const MICROSECONDS: u16 = 0x0a;
const CONTENT: u16 = 0x0b;
const AGENT: u16 = 0x0c;
const PAYLOAD: u16 = 0x0f;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const TCP: u8 = 6;
const UDP: u8 = 17;
/// The kind of what is copied.
const SIP: u8 = 1;
/// The thread looks up this often.
const LOOK_UP: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_octet_for_octet_what_the_protocol_says() {
        let packet = encode(&message("192.0.2.9:5060", Way::Heard, b"OPTIONS"), 2001).unwrap();

        let mut wanted = b"HEP3".to_vec();
        wanted.extend([0, 6 + 7 + 7 + 10 + 10 + 8 + 8 + 10 + 10 + 7 + 10 + 13]);
        for chunk in [
            &[0, 0, 0, 1, 0, 7, 2][..],
            &[0, 0, 0, 2, 0, 7, 17],
            &[0, 0, 0, 3, 0, 10, 192, 0, 2, 9],
            &[0, 0, 0, 4, 0, 10, 192, 0, 2, 1],
            &[0, 0, 0, 7, 0, 8, 0x13, 0xc4],
            &[0, 0, 0, 8, 0, 8, 0x13, 0xc5],
            &[0, 0, 0, 9, 0, 10, 0x69, 0x25, 0xd2, 0x9a],
            &[0, 0, 0, 10, 0, 10, 0, 1, 0xe2, 0x40],
            &[0, 0, 0, 11, 0, 7, 1],
            &[0, 0, 0, 12, 0, 10, 0, 0, 0x07, 0xd1],
            &[0, 0, 0, 15, 0, 13],
            b"OPTIONS",
        ] {
            wanted.extend(chunk);
        }
        assert_eq!(packet, wanted);
    }

    #[test]
    fn ipv6_has_chunks_of_its_own_and_what_we_send_goes_the_other_way() {
        let packet = encode(&message("[2001:db8::9]:5060", Way::Sent, b"x"), 1).unwrap();
        assert_eq!(packet[6..13], [0, 0, 0, 1, 0, 7, 10]);
        assert_eq!(packet[20..26], [0, 0, 0, 5, 0, 22]);
        assert_eq!(
            packet[26 + 10..26 + 12],
            [0xff, 0xff],
            "ours, mapped, is the source"
        );
        assert_eq!(packet[42..48], [0, 0, 0, 6, 0, 22]);
    }

    #[test]
    fn strangers_and_what_no_packet_holds_are_left_out() {
        assert_eq!(
            encode(&message("192.0.2.9:5060", Way::FromStranger, b"x"), 1),
            None
        );
        assert_eq!(
            encode(&message("192.0.2.9:5060", Way::Heard, &[0; 65_500]), 1),
            None
        );
        assert!(encode(&message("192.0.2.9:5060", Way::Heard, &[0; 65_000]), 1).is_some());
    }

    fn message(peer: &str, way: Way, octets: &[u8]) -> TappedMessage {
        TappedMessage {
            at: jiff::Timestamp::new(0x6925_d29a, 123_456_789).unwrap(),
            way,
            local: "192.0.2.1:5061".parse().unwrap(),
            peer: peer.parse().unwrap(),
            transport: sip::Transport::Udp,
            trunk: None,
            octets: octets.into(),
        }
    }
}
