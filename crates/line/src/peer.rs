//! Where sound may be sent: only to one machine that is not this one.
//!
//! The address comes out of a stranger's SDP. Sound to a group would make the line an amplifier, and sound to the
//! line's own ports would make it talk to itself.

use std::net::{IpAddr, SocketAddr};

/// Judges the address of an offer or answer.
///
/// - `family_of`: the address our own port is bound to; the other must be of the same family.
/// - `is_ours`: whether the line itself listens there.
pub(crate) fn judge(
    peer: SocketAddr,
    family_of: IpAddr,
    is_ours: impl Fn(SocketAddr) -> bool,
) -> Result<(), PeerRefusal> {
    let address = peer.ip().to_canonical();
    let group = match address {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.is_multicast() || v6.is_unspecified(),
    };
    if group || peer.port() == 0 {
        return Err(PeerRefusal::NotOneMachine);
    }
    // An address of IPv4 mapped into IPv6 is one of IPv4, whatever it is written as.
    if address.is_ipv4() != family_of.is_ipv4() {
        return Err(PeerRefusal::OtherFamily);
    }
    if is_ours(SocketAddr::new(address, peer.port())) {
        return Err(PeerRefusal::Ourselves);
    }
    Ok(())
}

/// Why no sound goes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PeerRefusal {
    /// Multicast, broadcast, no address or no port.
    #[error("the address for sound is not that of one machine")]
    NotOneMachine,
    /// IPv4 sound cannot go to an IPv6 address, nor the other way.
    #[error("the address for sound is of the other IP family")]
    OtherFamily,
    /// The line would talk to itself.
    #[error("the address for sound is a port of this line")]
    Ourselves,
    /// The trunk names the addresses that hear its callers' sound, and this is none of them.
    #[error("the address for sound is not among the media-peers of the trunk")]
    NotOfTheTrunk,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_address_gets_sound() {
        assert_eq!(judged("192.0.2.7:4000"), Ok(()));
        assert_eq!(judged("127.0.0.1:4000"), Ok(()));
    }

    #[test]
    fn no_sound_goes_to_groups_nor_to_nowhere() {
        for text in [
            "224.0.0.1:4000",
            "239.255.255.250:1900",
            "255.255.255.255:4000",
            "0.0.0.0:4000",
            "0.1.2.3:4000",
            "192.0.2.7:0",
            "[ff02::1]:4000",
            "[::]:4000",
            "[::ffff:224.0.0.1]:4000",
        ] {
            assert_eq!(judged(text), Err(PeerRefusal::NotOneMachine), "{text}");
        }
    }

    #[test]
    fn the_line_does_not_talk_to_itself() {
        assert_eq!(judged("127.0.0.1:5060"), Err(PeerRefusal::Ourselves));
        assert_eq!(judged("192.0.2.7:5060"), Ok(()));
    }

    #[test]
    fn sound_stays_in_the_family_of_our_own_address() {
        assert_eq!(judged("[2001:db8::1]:4000"), Err(PeerRefusal::OtherFamily));
        let six = "2001:db8::1".parse().unwrap();
        let mapped = "[::ffff:192.0.2.7]:4000".parse().unwrap();
        assert_eq!(judge(mapped, six, |_| false), Err(PeerRefusal::OtherFamily));
        assert_eq!(
            judge("[2001:db8::2]:4000".parse().unwrap(), six, |_| false),
            Ok(())
        );
    }

    fn judged(text: &str) -> Result<(), PeerRefusal> {
        let is_ours = |address: SocketAddr| address.ip().is_loopback() && address.port() == 5060;
        judge(text.parse().unwrap(), "127.0.0.1".parse().unwrap(), is_ours)
    }
}
