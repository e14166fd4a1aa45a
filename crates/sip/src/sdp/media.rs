//! One `m=` section of a description.

use std::net::IpAddr;

use super::{CodecName, SdpCodec};

/// A stream somebody proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`…
    pub kind: String,
    /// Where it is heard; 0 refuses it.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`, `udptl`…
    pub protocol: String,
    /// Payload types or other formats, preferred first.
    pub formats: Vec<String>,
    /// Its own address or the session's; `None` for a name or none at all.
    pub address: Option<IpAddr>,
    /// Which way sound flows, seen by its author; its own or the session's.
    pub direction: Direction,
    /// Length of a packet its author wants, in milliseconds.
    pub ptime: Option<u32>,
    pub(super) rtpmaps: Vec<RtpMap>,
}

/// `a=rtpmap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RtpMap {
    pub(super) payload_type: u8,
    pub(super) name: String,
    pub(super) clock: u32,
}

/// Which way sound flows (RFC 3264 § 5.1), seen by who wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways, which is understood where nothing is said.
    #[default]
    SendRecv,
    /// From its author only: we are on hold.
    SendOnly,
    /// To its author only.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// Its attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// What its author's attribute means.
    pub(super) fn parse(attribute: &str) -> Option<Self> {
        let all = [
            Self::SendRecv,
            Self::SendOnly,
            Self::RecvOnly,
            Self::Inactive,
        ];
        all.into_iter()
            .find(|direction| direction.as_str() == attribute)
    }

    /// The same flow seen from the other side (RFC 3264 § 6.1).
    pub(super) const fn mirrored(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }

    /// Whether its author listens.
    pub(super) const fn listens(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

impl Media {
    /// The first of its formats that is in `ours`.
    pub(super) fn first_common(&self, ours: &[CodecName]) -> Option<SdpCodec> {
        let mut offered = self.formats.iter().filter_map(|format| self.codec(format));
        offered.find(|codec| ours.contains(&codec.name))
    }

    /// The payload type of keys at 8 kHz (RFC 4733), if they are offered.
    pub(super) fn telephone_event(&self) -> Option<u8> {
        let mut types = self.formats.iter().filter_map(|format| format.parse().ok());
        types.find(|&payload_type| {
            self.rtpmap(payload_type).is_some_and(|map| {
                map.name.eq_ignore_ascii_case("telephone-event") && map.clock == 8000
            })
        })
    }

    /// A stream of plain RTP sound to an address of one party, of the same family as `ours`.
    pub(super) fn is_plain_sound(&self, ours: IpAddr) -> bool {
        let reachable = self.address.is_some_and(|address| {
            let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
            address.is_ipv4() == ours.is_ipv4() && !address.is_multicast() && !is_broadcast
        });
        self.kind == "audio" && self.protocol == "RTP/AVP" && self.port != 0 && reachable
    }

    /// A law under its static payload type, whether or not `a=rtpmap` repeats it.
    fn codec(&self, format: &str) -> Option<SdpCodec> {
        let payload_type: u8 = format.parse().ok()?;
        let name = match payload_type {
            8 => CodecName::Pcma,
            0 => CodecName::Pcmu,
            _ => return None,
        };
        let is_as_registered = self
            .rtpmap(payload_type)
            .is_none_or(|map| map.name.eq_ignore_ascii_case(name.as_str()) && map.clock == 8000);
        is_as_registered.then(|| name.codec())
    }

    fn rtpmap(&self, payload_type: u8) -> Option<&RtpMap> {
        let mut maps = self.rtpmaps.iter();
        maps.find(|map| map.payload_type == payload_type)
    }
}
