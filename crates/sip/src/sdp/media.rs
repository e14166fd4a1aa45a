//! One `m=` section of a description.

use std::net::IpAddr;

use super::crypto::{Crypto, Srtp};
use super::rtcp::Rtcp;
use super::{Capabilities, CodecName, SdpCodec, Secrecy, TelephoneEvent};

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
    /// Longest packet its author can take, in milliseconds.
    pub maxptime: Option<u32>,
    /// The `a=crypto` that can be honoured, preferred first.
    pub(super) crypto: Vec<Crypto>,
    pub(super) rtcp: Rtcp,
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
    /// The first codec of both, in our order or in theirs as our capabilities say.
    pub(super) fn first_common(&self, ours: &Capabilities) -> Option<SdpCodec> {
        let mut offered = self.formats.iter().filter_map(|format| self.codec(format));
        if !ours.ours_first {
            return offered.find(|codec| ours.codecs.contains(&codec.name));
        }
        let offered: Vec<_> = offered.collect();
        let mut ours = ours.codecs.iter().map(|name| name.codec());
        ours.find(|codec| offered.contains(codec))
    }

    /// How keys come, if they are offered: at the clock of sound, or else at the first other one that is known.
    pub(super) fn telephone_event(&self) -> Option<TelephoneEvent> {
        let offered = self.formats.iter().filter_map(|format| {
            let map = self.rtpmap(format.parse().ok()?)?;
            let is_known = map.name.eq_ignore_ascii_case("telephone-event")
                && TelephoneEvent::CLOCKS.contains(&map.clock);
            is_known.then_some(TelephoneEvent {
                payload_type: map.payload_type,
                clock: map.clock,
            })
        });
        offered.min_by_key(|keys| keys.clock != TelephoneEvent::CLOCKS[0])
    }

    /// A stream of RTP sound to an address of one party, of the same family as `ours`.
    pub(super) fn is_sound(&self, ours: IpAddr) -> bool {
        let reachable = self
            .address
            .is_some_and(|address| is_one_party(address, ours));
        self.kind == "audio" && self.profile().is_some() && self.port != 0 && reachable
    }

    /// The keys of this stream and ours, or `None` for sound in the clear. The outer `None` refuses the stream.
    ///
    /// A key in a stream of the plain profile is encryption for those who can (RFC 8643): in the other profiles there is
    /// no sound without one.
    pub(super) fn srtp(&self, ours: Secrecy) -> Option<Option<Srtp>> {
        let with_key = |ours| Some(Srtp::taken(self.crypto.first()?, ours));
        match (self.profile()?, ours) {
            (Profile::Plain, Secrecy::Never) => Some(None),
            (Profile::Plain, Secrecy::IfOffered(key)) => Some(with_key(key)),
            (Profile::Secure, Secrecy::Never) => None,
            (Profile::Secure, Secrecy::IfOffered(key)) | (_, Secrecy::Required(key)) => {
                with_key(key).map(Some)
            }
        }
    }

    /// `None` for what is no profile of ours, such as keys agreed on by DTLS.
    fn profile(&self) -> Option<Profile> {
        match self.protocol.as_str() {
            "RTP/AVP" => Some(Profile::Plain),
            "RTP/SAVP" | "RTP/SAVPF" => Some(Profile::Secure),
            _ => None,
        }
    }

    /// A codec under its static payload type, whether or not `a=rtpmap` repeats it.
    fn codec(&self, format: &str) -> Option<SdpCodec> {
        let payload_type: u8 = format.parse().ok()?;
        let name = match payload_type {
            8 => CodecName::Pcma,
            0 => CodecName::Pcmu,
            9 => CodecName::G722,
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

/// What the protocol of a stream promises about its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Plain,
    Secure,
}

/// Whether an address is one party's and of the same family as `other`. One of IPv4 mapped into IPv6 is of neither.
pub(super) fn is_one_party(address: IpAddr, other: IpAddr) -> bool {
    let is_mapped = matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    address.is_ipv4() == other.is_ipv4() && !is_mapped && !address.is_multicast() && !is_broadcast
}
