//! The two laws of G.711 as RTP names them (RFC 3551 § 4.5.14).

use crate::Ptime;
use crate::ptime::LONGEST_FRAME;

/// A law of G.711: 8,000 samples a second, one octet each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// A-law, the law of European trunks.
    Pcma,
    /// µ-law, the law of North America and Japan.
    Pcmu,
}

impl Codec {
    /// Both laws, the preferred one first.
    pub const ALL: [Self; 2] = [Self::Pcma, Self::Pcmu];

    /// The static RTP payload type (RFC 3551 table 4).
    #[must_use]
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }

    /// The octet of an idle channel: the code of the smallest positive amplitude.
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcma => 0xD5,
            Self::Pcmu => 0xFF,
        }
    }

    /// The sound of one packet of silence.
    #[must_use]
    pub fn silent_frame(self, ptime: Ptime) -> &'static [u8] {
        let longest: &[u8; LONGEST_FRAME] = match self {
            Self::Pcma => &[0xD5; LONGEST_FRAME],
            Self::Pcmu => &[0xFF; LONGEST_FRAME],
        };
        &longest[..ptime.octets()]
    }

    /// The encoding name of `a=rtpmap` and of an API parameter in lower case (RFC 3551 table 4).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }

    /// Finds a law by its name, whatever the case (RFC 4855 § 3: encoding names ignore case).
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// Finds a law by its static payload type.
    #[must_use]
    pub fn find_payload_type(payload_type: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.payload_type() == payload_type)
    }
}

/// Samples a second, which are also the ticks of the RTP clock.
pub const SAMPLE_RATE: u32 = 8_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_found_by_name_in_any_case_and_by_payload_type() {
        assert_eq!(Codec::find("pcma"), Some(Codec::Pcma));
        assert_eq!(Codec::find("PCMU"), Some(Codec::Pcmu));
        assert_eq!(Codec::find("G722"), None);
        assert_eq!(Codec::find_payload_type(8), Some(Codec::Pcma));
        assert_eq!(Codec::find_payload_type(0), Some(Codec::Pcmu));
        assert_eq!(Codec::find_payload_type(9), None);
    }
}
