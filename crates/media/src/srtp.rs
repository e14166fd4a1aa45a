//! SRTP: sound, keys and reports that only the two ends of a call can read and write (RFC 3711).
//!
//! A [`Sealer`] encrypts the packets of one call on their way from the shared reel; an [`Opener`] lets through what was
//! sealed by the other side, once; [`ReportSealer`] and [`ReportOpener`] do the same for RTCP. All begin with a
//! [`MasterKey`] that signalling has agreed on. AES, HMAC and SHA-1 come from RustCrypto (`docs/decisions/`); here they
//! are put together as RFC 3711 says. Nothing shows a key in its `Debug` output.

mod opener;
mod reports;
mod sealer;
mod streams;
mod transform;

use std::fmt;

pub use opener::Opener;
pub use reports::{ReportOpener, ReportSealer};
pub use sealer::{EMPTY_ROOM, Room, Sealer};

/// How packets are encrypted and authenticated: AES in counter mode under 128 bits and HMAC-SHA1 in both; what differs is
/// the length of the tag of a sound packet (RFC 4568 § 6.2). Reports have the long one in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// Tags of 80 bits.
    AesCm128HmacSha1_80,
    /// Tags of 32 bits: six octets less in each packet.
    AesCm128HmacSha1_32,
}

impl Suite {
    /// Its registered name (RFC 4568 § 6.2).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// Octets of the tag of a sound packet.
    const fn tag_octets(self) -> usize {
        match self {
            Self::AesCm128HmacSha1_80 => 10,
            Self::AesCm128HmacSha1_32 => 4,
        }
    }
}

/// A master key of 16 octets and its salt of 14, in this order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey([u8; MasterKey::OCTETS]);

impl MasterKey {
    /// Octets of key and salt.
    pub const OCTETS: usize = 30;

    /// Takes what signalling carried, or what was drawn at random.
    #[must_use]
    pub const fn new(octets: [u8; Self::OCTETS]) -> Self {
        Self(octets)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(secret)")
    }
}

/// What the other side puts before each of its tags to name the key it used (RFC 3711 § 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mki {
    value: u64,
    octets: u8,
}

impl Mki {
    /// A number in so many octets, 1 to 8; `None` for more or fewer, or where the number does not fit.
    #[must_use]
    pub const fn new(value: u64, octets: u8) -> Option<Self> {
        match octets {
            1..=7 if value >> (8 * octets) != 0 => None,
            1..=8 => Some(Self { value, octets }),
            _ => None,
        }
    }

    fn len(this: Option<Self>) -> usize {
        this.map_or(0, |mki| mki.octets.into())
    }

    /// Whether these octets, [`Mki::len`] of them, are its own.
    fn is(this: Option<Self>, octets: &[u8]) -> bool {
        this.is_none_or(|mki| mki.value.to_be_bytes().ends_with(octets))
    }
}

/// What the two sides of a call agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// How packets are sealed, both ways.
    pub suite: Suite,
    /// Seals what we send.
    pub ours: MasterKey,
    /// Opens what they send.
    pub theirs: MasterKey,
    /// What their packets carry before the tag.
    pub mki: Option<Mki>,
}

/// Why a packet was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// It ends before its header, its tag or its index does, or it is of another version.
    #[error("{octets} octets are no SRTP packet")]
    NotSrtp {
        /// The length of the datagram.
        octets: usize,
    },
    /// Its tag was not made with this key: it is forged, damaged, or sealed with another key.
    #[error("the packet is not authentic")]
    NotAuthentic,
    /// It was heard before, or is too old to know (§ 3.3.2).
    #[error("the packet was heard before")]
    Replayed,
    /// It begins one stream more than a telephone has.
    #[error("the packet begins a stream too many")]
    TooManyStreams,
}

#[cfg(test)]
mod tests;
