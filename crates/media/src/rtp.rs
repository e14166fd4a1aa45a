//! Reads and writes the fixed header of RTP (RFC 3550 § 5.1).
//!
//! Reading stands on `rtp-rs`, whose types end here: padding, contributing sources and header extensions of any
//! sender are stepped over. Writing is twelve octets, for we send none of these.

use rtp_rs::{RtpReader, RtpReaderError};

/// Reads one datagram.
///
/// # Errors
/// [`RtpError`] when the octets are too short, of another version than 2, or end before their own lengths say.
pub fn parse(datagram: &[u8]) -> Result<Packet<'_>, RtpError> {
    let reader = RtpReader::new(datagram)?;
    Ok(Packet {
        payload_type: reader.payload_type(),
        marker: reader.mark(),
        sequence: reader.sequence_number().into(),
        timestamp: reader.timestamp(),
        ssrc: reader.ssrc(),
        payload: reader.payload(),
    })
}

/// Writes the header of a packet without padding, extension or contributing source.
///
/// `payload_type` is 7 bits; a higher bit is cut off rather than taken for the marker.
#[must_use]
pub fn encode_header(
    payload_type: u8,
    marker: bool,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
) -> [u8; HEADER_OCTETS] {
    let mut header = [0; HEADER_OCTETS];
    header[0] = VERSION_2;
    header[1] = (payload_type & 0x7F) | if marker { 0x80 } else { 0 };
    header[2..4].copy_from_slice(&sequence.to_be_bytes());
    header[4..8].copy_from_slice(&timestamp.to_be_bytes());
    header[8..].copy_from_slice(&ssrc.to_be_bytes());
    header
}

/// What one RTP packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// 7 bits; what they mean was agreed in SDP.
    pub payload_type: u8,
    /// For sound: the first packet after a silence. For a keypad event: the first packet of a press.
    pub marker: bool,
    /// Rises by one per packet, wraps at 2¹⁶.
    pub sequence: u16,
    /// Ticks of the stream's clock, 8,000 a second here; wraps at 2³².
    pub timestamp: u32,
    /// Which stream this is.
    pub ssrc: u32,
    /// The sound or the event, padding taken off.
    pub payload: &'a [u8],
}

/// Why a datagram is not RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    /// Fewer octets than the fixed header.
    #[error("{octets} octets are too few for an RTP header")]
    TooShort {
        /// The length of the datagram.
        octets: usize,
    },
    /// Another protocol, or noise.
    #[error("RTP version {version}, not 2")]
    Version {
        /// The two version bits.
        version: u8,
    },
    /// The header announces more than there is.
    #[error("the RTP header takes {announced} octets of {octets}")]
    Truncated {
        /// Octets that the header needs.
        announced: usize,
        /// Octets that there are.
        octets: usize,
    },
    /// The padding is longer than the payload, or zero.
    #[error("{padding} octets of padding are not possible")]
    Padding {
        /// The last octet of the datagram.
        padding: u8,
    },
}

impl From<RtpReaderError> for RtpError {
    fn from(error: RtpReaderError) -> Self {
        match error {
            RtpReaderError::BufferTooShort(octets) => Self::TooShort { octets },
            RtpReaderError::UnsupportedVersion(version) => Self::Version { version },
            RtpReaderError::HeadersTruncated {
                header_len,
                buffer_len,
            } => Self::Truncated {
                announced: header_len,
                octets: buffer_len,
            },
            RtpReaderError::PaddingLengthInvalid(padding) => Self::Padding { padding },
        }
    }
}

/// Octets of the fixed header.
pub const HEADER_OCTETS: usize = 12;
/// Version 2, no padding, no extension, no contributing source.
const VERSION_2: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn extensions_contributing_sources_and_padding_are_stepped_over() {
        let mut datagram = encode_header(8, true, 1, 2, 3).to_vec();
        datagram[0] |= 0x20 | 0x10 | 2; // padding, extension, two contributing sources
        datagram.extend([0; 8]);
        datagram.extend([0xBE, 0xDE, 0, 1, 9, 9, 9, 9]);
        datagram.extend([b'a', b'b', 0, 2]);

        assert_eq!(parse(&datagram).unwrap().payload, b"ab");
    }

    #[test]
    fn what_is_not_rtp_is_refused_with_its_reason() {
        let header = encode_header(8, false, 1, 2, 3);
        let mut other_version = header;
        other_version[0] = 0x40;
        let mut extended = header;
        extended[0] |= 0x10;
        let mut padded = [header.as_slice(), &[9]].concat();
        padded[0] |= 0x20;

        assert_eq!(parse(&header[..11]), Err(RtpError::TooShort { octets: 11 }));
        assert_eq!(parse(&other_version), Err(RtpError::Version { version: 1 }));
        assert_eq!(
            parse(&extended),
            Err(RtpError::Truncated {
                announced: 16,
                octets: 12
            })
        );
        assert_eq!(parse(&padded), Err(RtpError::Padding { padding: 9 }));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            payload_type in 0u8..128, marker: bool, sequence: u16, timestamp: u32, ssrc: u32, payload: Vec<u8>,
        ) {
            let header = encode_header(payload_type, marker, sequence, timestamp, ssrc);
            let datagram = [header.as_slice(), &payload].concat();

            let packet = Packet { payload_type, marker, sequence, timestamp, ssrc, payload: &payload };
            prop_assert_eq!(parse(&datagram), Ok(packet));
        }

        #[test]
        fn no_datagram_makes_the_reader_panic(datagram: Vec<u8>) {
            if let Ok(packet) = parse(&datagram) {
                prop_assert!(packet.payload.len() + HEADER_OCTETS <= datagram.len());
            }
        }

        #[test]
        fn no_damaged_packet_makes_the_reader_panic(
            first: u8, mut datagram in proptest::collection::vec(any::<u8>(), 12..120),
        ) {
            datagram[0] = VERSION_2 | (first & 0x3F);
            let _ = parse(&datagram);
        }
    }
}
