//! The codecs of this line as SDP names them (RFC 3551 § 6).

/// A codec this line speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecName {
    /// G.711 A-law, payload type 8.
    Pcma,
    /// G.711 mu-law, payload type 0.
    Pcmu,
    /// G.722, payload type 9. Its sound has 16 kHz, its RTP clock 8,000 like the others'
    /// (RFC 3551 § 4.5.2).
    G722,
}

/// The codec agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdpCodec {
    /// The payload type in RTP.
    pub payload_type: u8,
    /// Which one it is.
    pub name: CodecName,
}

impl CodecName {
    /// Its static payload type, the only one under which it is taken.
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
            Self::G722 => 9,
        }
    }

    /// Its name in `a=rtpmap`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
            Self::G722 => "G722",
        }
    }

    pub(super) const fn codec(self) -> SdpCodec {
        SdpCodec {
            payload_type: self.payload_type(),
            name: self,
        }
    }
}
