//! The kernel filter of a call's RTP port: keys come in, nearly all sound is dropped before it costs a wake-up.
//!
//! A classic BPF program on a UDP socket sees the 8 octets of the UDP header first, so the RTP header begins at 8: the
//! payload type is in octet 9 below the marker bit, the sequence number in octets 10 and 11 (RFC 3550 § 5.1).

use socket2::SockFilter;

/// Accepts this call's telephone events, and of everything else the packets whose sequence number is a multiple of
/// 64: one in 1.28 s, enough to see that a caller is alive. With `reports`, RTCP on the same port passes too: its
/// packet types lie where RTP has marker and payload type, and no payload type is given out among them (RFC 5761 § 4).
pub(crate) fn keypad_filter(telephone_event: Option<u8>, reports: bool) -> Vec<SockFilter> {
    let accept = 3 * u8::from(reports) + 3 * u8::from(telephone_event.is_some()) + 2;
    let mut program = Vec::with_capacity(10);
    if reports {
        program.extend([
            SockFilter::new(LOAD_OCTET, 0, 0, UDP_HEADER + 1),
            SockFilter::new(JUMP_IF_NOT_BELOW, 0, 1, FIRST_RTCP_TYPE),
            SockFilter::new(JUMP_IF_ABOVE, 0, accept - 3, LAST_RTCP_TYPE),
        ]);
    }
    if let Some(payload_type) = telephone_event {
        program.extend([
            SockFilter::new(LOAD_OCTET, 0, 0, UDP_HEADER + 1),
            SockFilter::new(AND, 0, 0, 0x7F), // the first packet of a press carries the marker
            SockFilter::new(JUMP_IF_EQUAL, 2, 0, u32::from(payload_type)),
        ]);
    }
    program.extend([
        SockFilter::new(LOAD_HALF, 0, 0, UDP_HEADER + 2),
        SockFilter::new(JUMP_IF_ANY_BIT, 1, 0, 63),
        SockFilter::new(RETURN, 0, 0, WHOLE_PACKET),
        SockFilter::new(RETURN, 0, 0, NOTHING),
    ]);
    program
}

/// Accepts everything: what a port gets whose filter is not wanted any more.
pub(crate) fn open_filter() -> [SockFilter; 1] {
    [SockFilter::new(RETURN, 0, 0, WHOLE_PACKET)]
}

/// Octets before the RTP header.
const UDP_HEADER: u32 = 8;
/// `BPF_LD | BPF_B | BPF_ABS`; a load past the end of the packet drops it.
const LOAD_OCTET: u16 = 0x30;
/// `BPF_LD | BPF_H | BPF_ABS`, network order.
const LOAD_HALF: u16 = 0x28;
/// `BPF_ALU | BPF_AND | BPF_K`.
const AND: u16 = 0x54;
/// `BPF_JMP | BPF_JEQ | BPF_K`.
const JUMP_IF_EQUAL: u16 = 0x15;
/// `BPF_JMP | BPF_JGT | BPF_K`.
const JUMP_IF_ABOVE: u16 = 0x25;
/// `BPF_JMP | BPF_JGE | BPF_K`.
const JUMP_IF_NOT_BELOW: u16 = 0x35;
/// `BPF_JMP | BPF_JSET | BPF_K`.
const JUMP_IF_ANY_BIT: u16 = 0x45;
/// `BPF_RET | BPF_K`.
const RETURN: u16 = 0x06;
/// More octets than a datagram can have.
const WHOLE_PACKET: u32 = 0x0004_0000;
const NOTHING: u32 = 0;
/// The packet types of RTCP (RFC 5761 § 4).
const FIRST_RTCP_TYPE: u32 = 192;
const LAST_RTCP_TYPE: u32 = 223;
