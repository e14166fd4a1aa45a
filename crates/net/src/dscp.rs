//! How urgent a packet is to the routers on its way (RFC 2474).

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;

use socket2::SockRef;

/// A code point of Differentiated Services, 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dscp(u8);

impl Dscp {
    /// Expedited forwarding (RFC 3246): sound, in RFC 4594 § 4.1.
    pub const EF: Self = Self(46);
    /// Class selector 3 (RFC 2474 § 4.2.2): signalling on many trunks; RFC 4594 § 4.2 has CS5.
    pub const CS3: Self = Self(24);

    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The first six bits of the octet that has been the type of service.
    pub(crate) fn of_octet(octet: u8) -> Self {
        Self(octet >> 2)
    }

    /// Marks what a socket bound to this address sends. Routers that do not know the class forward the packet all the
    /// same, so a refusal of the system is no reason to fail.
    pub(crate) fn mark(self, socket: &SockRef<'_>, address: SocketAddr) {
        let octet = u32::from(self.0) << 2;
        let _: io::Result<()> = match address {
            SocketAddr::V4(_) => socket.set_tos_v4(octet),
            SocketAddr::V6(_) => socket.set_tclass_v6(octet),
        };
    }
}

impl FromStr for Dscp {
    type Err = NoDscp;

    /// Reads a number, or a name of RFC 2474, 2597, 3246 or 5865 in any case: `CS3`, `AF31`, `EF`, `VA`.
    fn from_str(text: &str) -> Result<Self, NoDscp> {
        let no_dscp = || NoDscp(text.to_owned());
        let text = text.trim();
        if let Ok(number) = text.parse::<u8>() {
            return (number < 64).then_some(Self(number)).ok_or_else(no_dscp);
        }
        let named = NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        named.map(|&(_, number)| Self(number)).ok_or_else(no_dscp)
    }
}

impl fmt::Display for Dscp {
    /// Its name, or its number if it has none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|&&(_, number)| number == self.0) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// What was written is no code point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no DSCP; write a number from 0 to 63, or a name such as CS3, AF31 or EF")]
pub struct NoDscp(pub String);

/// Every name that is registered.
const NAMES: [(&str, u8); 22] = [
    ("CS0", 0),
    ("CS1", 8),
    ("CS2", 16),
    ("CS3", 24),
    ("CS4", 32),
    ("CS5", 40),
    ("CS6", 48),
    ("CS7", 56),
    ("AF11", 10),
    ("AF12", 12),
    ("AF13", 14),
    ("AF21", 18),
    ("AF22", 20),
    ("AF23", 22),
    ("AF31", 26),
    ("AF32", 28),
    ("AF33", 30),
    ("AF41", 34),
    ("AF42", 36),
    ("AF43", 38),
    ("EF", 46),
    ("VA", 44),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_read_and_said_again() {
        for (text, number, said) in [
            ("CS3", 24, "CS3"),
            (" af31 ", 26, "AF31"),
            ("46", 46, "EF"),
            ("0", 0, "CS0"),
            ("63", 63, "63"),
        ] {
            let dscp: Dscp = text.parse().unwrap();
            assert_eq!((dscp.number(), dscp.to_string().as_str()), (number, said));
            assert_eq!(dscp.to_string().parse(), Ok(dscp));
        }
    }

    #[test]
    fn what_is_no_code_point_is_refused_with_what_to_write() {
        for text in ["", "64", "256", "-1", "AF14", "fast"] {
            let refused = text.parse::<Dscp>().unwrap_err().to_string();
            assert!(refused.contains("0 to 63"), "{refused}");
        }
    }
}
