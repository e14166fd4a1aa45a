//! A way into the line: whose machines these are, and what is agreed with them.

mod answering;

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

pub use answering::Answering;
use media::{Codec, Ptime};

mod health;
mod target;
mod uplink;

pub(crate) use health::Board;
pub use health::{PeerHealth, RegistrationHealth, TrunkHealth};
pub(crate) use target::label;
pub use target::{NoTarget, Target, peer_at};
pub use uplink::{Register, Uplink};

use crate::NumberSources;

/// A carrier's trunk, an SBC or a PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// Its name in records, metrics and the log.
    pub name: String,
    /// The addresses its requests come from; empty for any address, or for those of its servers where the line registers.
    pub peers: Vec<Prefix>,
    /// The addresses its callers' sound may be sent to; empty for any.
    pub media_peers: Vec<Prefix>,
    /// What it may bring, beside the limits of the whole line.
    pub limits: Limits,
    /// What a call above a limit gets.
    pub refusal: Refusal,
    /// The codecs it may use, preferred first: the first of these that an offer has is taken. Empty: any, in the order
    /// of the offer.
    pub codecs: Vec<Codec>,
    /// Where its requests hold the number that was dialled.
    pub numbers: NumberSources,
    /// Whether keys are listened for in the sound itself of callers who have no other way to send them.
    pub in_band_keys: bool,
    /// Under load, packets of this length are answered to an offer that allows it, because cost follows packets.
    pub longer_ptime: Option<Ptime>,
    /// Whether its calls are encrypted.
    pub srtp: SrtpPolicy,
    /// For so long after the answer a caller's sound may come from another address of this trunk than its description
    /// names; the first packet decides where ours goes (RFC 7362). Zero: the description is believed.
    pub latching: Duration,
    /// When a call counts as dead.
    pub media_death: MediaDeath,
    /// Longest call, where it differs from the line's.
    pub max_call: Option<Duration>,
    /// How its calls are answered.
    pub answering: Answering,
    /// Whether operators may post by telephone through it.
    pub dictation: bool,
    /// What the line asks of it by itself.
    pub uplink: Uplink,
}

impl Trunk {
    /// A trunk without limits of its own, from any address.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            peers: vec![],
            media_peers: vec![],
            limits: Limits::NONE,
            refusal: Refusal::default(),
            codecs: vec![],
            numbers: NumberSources::default(),
            in_band_keys: false,
            longer_ptime: None,
            srtp: SrtpPolicy::default(),
            latching: Duration::ZERO,
            media_death: MediaDeath::default(),
            max_call: None,
            answering: Answering::default(),
            dictation: false,
            uplink: Uplink::default(),
        }
    }

    /// Whether its prefixes hold this address.
    pub(crate) fn names(&self, source: IpAddr) -> bool {
        self.peers.iter().any(|prefix| prefix.contains(source))
    }

    /// Whether requests from any address are its own. Where the line registers without naming prefixes, only those of
    /// its servers are.
    #[must_use]
    pub fn takes_any(&self) -> bool {
        self.peers.is_empty() && self.uplink.register.is_none()
    }

    /// Whether sound may be sent there.
    pub(crate) fn hears_at(&self, address: IpAddr) -> bool {
        let mut allowed = self.media_peers.iter();
        self.media_peers.is_empty() || allowed.any(|prefix| prefix.contains(address))
    }

    /// The addresses a caller's sound may come from besides the one that its description names.
    pub(crate) fn speaks_from(&self) -> &[Prefix] {
        if self.media_peers.is_empty() {
            &self.peers
        } else {
            &self.media_peers
        }
    }
}

/// Whether sound is encrypted by SRTP, with keys that signalling carries (RFC 4568): worth no more than the
/// protection of that signalling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SrtpPolicy {
    /// An offer that wants it gets 488.
    Never,
    /// If the offer has a key.
    #[default]
    Offered,
    /// An offer without a key gets 488, and where the line has to offer, it offers nothing else.
    Required,
}

/// How much may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once.
    pub calls: usize,
    /// New calls a second.
    pub rate: u32,
}

impl Limits {
    /// Nothing is limited.
    pub const NONE: Self = Self {
        calls: usize::MAX,
        rate: u32::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::NONE
    }
}

/// The answer to a call that is one too many (RFC 3261 § 21.4.24, § 21.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 503 by default; some carriers turn elsewhere on 486, 480, 500 or 600 only.
    pub status: u16,
    /// Whether Retry-After says when to come again: a peer may send nothing more until then.
    pub retry_after: bool,
}

impl Default for Refusal {
    fn default() -> Self {
        Self {
            status: 503,
            retry_after: true,
        }
    }
}

/// For how long nothing may be heard of a caller before the call ends with a BYE. `Duration::MAX` never ends it. None
/// of these counts while the caller is on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaDeath {
    /// Sound is refused (ICMP port unreachable) all the time, and nothing is heard.
    pub unreachable: Duration,
    /// Reports (RTCP) were heard, and neither these nor sound are any more.
    pub rtcp_silence: Duration,
    /// Neither sound nor reports are heard. Long, for a muted telephone may send nothing at all.
    pub rtp_silence: Duration,
}

impl Default for MediaDeath {
    fn default() -> Self {
        Self {
            unreachable: Duration::from_secs(2),
            rtcp_silence: Duration::from_secs(60),
            rtp_silence: Duration::from_secs(120),
        }
    }
}

/// Addresses that begin alike, such as `198.51.100.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    address: IpAddr,
    bits: u8,
}

impl Prefix {
    /// The address it begins with.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Whether it holds one address alone.
    #[must_use]
    pub fn is_one_address(&self) -> bool {
        self.bits == if self.address.is_ipv4() { 32 } else { 128 }
    }

    /// Whether the address begins like this one. An IPv4 address mapped into IPv6 is an IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => same_start(
                ours.to_bits().into(),
                theirs.to_bits().into(),
                32,
                self.bits,
            ),
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                same_start(ours.to_bits(), theirs.to_bits(), 128, self.bits)
            }
            _ => false,
        }
    }
}

fn same_start(ours: u128, theirs: u128, width: u32, bits: u8) -> bool {
    // Shifting by the whole width of the type is no shift that Rust does.
    (ours ^ theirs)
        .checked_shr(width.saturating_sub(bits.into()))
        .is_none_or(|differing| differing == 0)
}

impl FromStr for Prefix {
    type Err = NoPrefix;

    /// Reads `198.51.100.0/24`, `2001:db8::/32`, or one address.
    fn from_str(text: &str) -> Result<Self, NoPrefix> {
        let no_prefix = || NoPrefix(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| no_prefix())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse());
        match bits {
            Ok(bits) if bits <= most => Ok(Self { address, bits }),
            _ => Err(no_prefix()),
        }
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// What was written is no address and no prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no prefix; write 198.51.100.7 or 198.51.100.0/24")]
pub struct NoPrefix(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_the_addresses_that_begin_like_it() {
        for (prefix, inside, outside) in [
            ("198.51.100.0/24", "198.51.100.255", "198.51.101.0"),
            ("198.51.100.7", "198.51.100.7", "198.51.100.8"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("192.0.2.0/31", "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ] {
            let read: Prefix = prefix.parse().unwrap();
            assert!(read.contains(inside.parse().unwrap()), "{prefix}");
            assert!(!read.contains(outside.parse().unwrap()), "{prefix}");
            assert_eq!(read.to_string().parse(), Ok(read));
        }
    }

    #[test]
    fn what_is_no_prefix_is_refused_with_what_to_write() {
        for text in [
            "",
            "carrier.example",
            "192.0.2.0/33",
            "192.0.2.0/x",
            "::/129",
            "/8",
        ] {
            let refused = text.parse::<Prefix>().unwrap_err();
            assert!(refused.to_string().contains("198.51.100.0/24"), "{text}");
        }
    }

    #[test]
    fn a_trunk_without_addresses_takes_any_unless_the_line_registers() {
        let mut trunk = Trunk::new("carrier");
        assert!(trunk.takes_any());
        trunk.uplink.register = Some(Register {
            registrars: vec![],
            username: "u".into(),
            contact_user: "u".into(),
            credentials: None,
            password_file: None,
            expires_s: 3_600,
        });
        assert!(!trunk.takes_any());
        trunk.uplink.register = None;
        trunk.peers = vec!["198.51.100.0/24".parse().unwrap()];
        assert!(!trunk.takes_any());
        assert!(!trunk.names("192.0.2.1".parse().unwrap()));
        assert!(trunk.names("198.51.100.1".parse().unwrap()));
    }
}
