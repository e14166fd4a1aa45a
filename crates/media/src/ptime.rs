//! How much sound one packet carries (`a=ptime`, RFC 8866 § 6.4).

use std::time::Duration;

/// The length of a packet: 10, 20, 30, 40 or 60 ms.
///
/// Every codec of this room makes 8 octets a millisecond and runs an RTP clock of 8 ticks a millisecond, so that one
/// number is both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ptime {
    /// 100 packets a second.
    Ms10,
    /// 50 packets a second, the default of RFC 3551.
    #[default]
    Ms20,
    /// 33 packets a second.
    Ms30,
    /// 25 packets a second.
    Ms40,
    /// 17 packets a second.
    Ms60,
}

impl Ptime {
    /// Every length, the shortest first.
    pub const ALL: [Self; 5] = [Self::Ms10, Self::Ms20, Self::Ms30, Self::Ms40, Self::Ms60];

    /// A whole number of packets of any length: 120 ms.
    pub(crate) const COMMON_OCTETS: usize = 960;

    /// The length of so many milliseconds; `None` for any other.
    #[must_use]
    pub fn from_ms(ms: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ptime| ptime.ms() == ms)
    }

    /// In milliseconds.
    #[must_use]
    pub const fn ms(self) -> u32 {
        match self {
            Self::Ms10 => 10,
            Self::Ms20 => 20,
            Self::Ms30 => 30,
            Self::Ms40 => 40,
            Self::Ms60 => 60,
        }
    }

    /// From one packet to the next.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.ms() as u64)
    }

    /// Ticks of the RTP clock from one packet to the next.
    #[must_use]
    pub const fn ticks(self) -> u32 {
        self.ms() * 8
    }

    /// Octets of sound in one packet.
    #[must_use]
    pub const fn octets(self) -> usize {
        self.ticks() as usize
    }
}

/// Octets in the longest packet.
pub(crate) const LONGEST_FRAME: usize = Ptime::Ms60.octets();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lengths_of_telephones_exist() {
        for ptime in Ptime::ALL {
            assert_eq!(Ptime::from_ms(ptime.ms()), Some(ptime));
            assert_eq!(ptime.octets(), ptime.duration().as_millis() as usize * 8);
            assert_eq!(Ptime::COMMON_OCTETS % ptime.octets(), 0);
        }
        assert_eq!(Ptime::from_ms(25), None);
        assert_eq!(Ptime::default().octets(), 160);
    }
}
