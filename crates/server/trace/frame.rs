//! A SIP message as the Ethernet frame that could have carried it, for programs that read captures.
//!
//! Whatever the transport was, the message is written as one UDP datagram: that is what every reader takes for SIP, one
//! frame for each message. Of TCP and TLS it is the clear text. Sources: RFC 791 (IPv4), RFC 8200 (IPv6), RFC 768 (UDP),
//! RFC 1071 (checksum).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Writes the frame; a message that no datagram could carry is cut.
pub(super) fn encode(from: SocketAddr, to: SocketAddr, number: u16, octets: &[u8]) -> Vec<u8> {
    let (from_ip, to_ip) = one_family(from.ip(), to.ip());
    let octets = &octets[..octets.len().min(longest(from_ip))];
    let datagram = udp(from.port(), to.port(), octets);
    let mut frame = vec![];
    // Locally administered addresses: ours and theirs never were on this wire.
    frame.extend([0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2]);
    match (from_ip, to_ip) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            frame.extend([0x08, 0x00]);
            frame.extend(ipv4(from, to, number, datagram.len()));
        }
        _ => {
            frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            frame.extend(short(datagram.len()));
            frame.extend([UDP, HOPS]);
            frame.extend(octets_of(from_ip));
            frame.extend(octets_of(to_ip));
        }
    }
    let sum = udp_checksum(from_ip, to_ip, &datagram);
    let start = frame.len();
    frame.extend(datagram);
    frame[start + 6..start + 8].copy_from_slice(&sum.to_be_bytes());
    frame
}

/// How many octets of a message a datagram of this family can carry.
pub(super) fn longest(address: IpAddr) -> usize {
    let headers = if address.is_ipv4() { 20 + 8 } else { 8 };
    usize::from(u16::MAX) - headers
}

fn udp(from: u16, to: u16, octets: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::with_capacity(8 + octets.len());
    datagram.extend(from.to_be_bytes());
    datagram.extend(to.to_be_bytes());
    datagram.extend(short(8 + octets.len()));
    datagram.extend([0, 0]);
    datagram.extend(octets);
    datagram
}

fn ipv4(from: Ipv4Addr, to: Ipv4Addr, number: u16, length: usize) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend(short(20 + length));
    header.extend(number.to_be_bytes());
    header.extend([0x40, 0, HOPS, UDP, 0, 0]);
    header.extend(from.octets());
    header.extend(to.octets());
    let sum = checksum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

/// Over the pseudo-header too; a sum of zero is written as all ones, for zero means none.
fn udp_checksum(from: IpAddr, to: IpAddr, datagram: &[u8]) -> u16 {
    let mut covered = octets_of(from);
    covered.extend(octets_of(to));
    covered.extend([0, UDP]);
    covered.extend(short(datagram.len()));
    covered.extend(datagram);
    match checksum(&covered) {
        0 => u16::MAX,
        sum => sum,
    }
}

fn checksum(octets: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for pair in octets.chunks(2) {
        let low = pair.get(1).copied().unwrap_or(0);
        sum += u32::from(u16::from_be_bytes([pair[0], low]));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

/// An IPv4 address mapped into IPv6 is one; where one end is IPv6 all the same, both are.
fn one_family(from: IpAddr, to: IpAddr) -> (IpAddr, IpAddr) {
    match (from.to_canonical(), to.to_canonical()) {
        (IpAddr::V4(from), to @ IpAddr::V6(_)) => (from.to_ipv6_mapped().into(), to),
        (from @ IpAddr::V6(_), IpAddr::V4(to)) => (from, to.to_ipv6_mapped().into()),
        same => same,
    }
}

fn octets_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

const UDP: u8 = 17;
const HOPS: u8 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_come_out_even_and_the_octets_come_last() {
        for (from, to, header) in [
            ("192.0.2.1:5060", "198.51.100.7:40000", 14 + 20),
            ("[2001:db8::1]:5060", "[2001:db8::2]:5061", 14 + 40),
            ("[2001:db8::1]:5060", "[::ffff:192.0.2.1]:5061", 14 + 40),
        ] {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            for octets in [&b"OPTIONS"[..], b"", b"INVITE!!"] {
                let frame = encode(from, to, 7, octets);
                assert_eq!(frame[header + 8..], *octets);
                if header == 34 {
                    assert_eq!(checksum(&frame[14..34]), 0, "header");
                }
                let (from, to) = one_family(from.ip(), to.ip());
                let mut covered = octets_of(from);
                covered.extend(octets_of(to));
                covered.extend([0, UDP]);
                covered.extend(short(8 + octets.len()));
                covered.extend(&frame[header..]);
                assert_eq!(checksum(&covered), 0, "datagram");
            }
        }
    }

    #[test]
    fn the_longest_message_of_a_stream_is_cut_to_a_datagram() {
        let (from, to) = (
            "192.0.2.1:5060".parse().unwrap(),
            "192.0.2.2:5060".parse().unwrap(),
        );
        let frame = encode(from, to, 0, &[b'x'; 65_535]);
        assert_eq!(frame.len(), 14 + 65_535);
    }
}
