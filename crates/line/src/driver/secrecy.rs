//! The keys of an encrypted call at work (SRTP, RFC 3711): what the caller sends counts only when it is the caller's.
//!
//! The kernel's filter still sees payload type and sequence number, which are not encrypted; whatever passes it is
//! opened here before anybody looks at it, so that no forged key acts, no forged packet draws the sound elsewhere, and no
//! forged report keeps a call alive. What is needed for each packet sent lies in the track.

use media::srtp::{Keys, Opener, ReportOpener, ReportSealer, Sealer, Suite};

/// The keys of one call, but for the one that seals its sound.
#[derive(Debug)]
pub(super) struct Secrecy {
    keys: Keys,
    opener: Opener,
    report_opener: ReportOpener,
    report_sealer: ReportSealer,
    refused: u64,
}

impl Secrecy {
    /// Keys just agreed on, and what seals sound with them.
    pub(super) fn begin(keys: Keys) -> (Self, Sealer) {
        let this = Self {
            keys,
            opener: Opener::new(keys.suite, &keys.theirs, keys.mki),
            report_opener: ReportOpener::new(&keys.theirs, keys.mki),
            report_sealer: ReportSealer::new(&keys.ours),
            refused: 0,
        };
        (this, Sealer::new(keys.suite, &keys.ours))
    }

    /// Goes on with other keys. A direction whose key stays goes on counting, or its packets would be sealed like
    /// earlier ones; answers a new sealer where ours has changed.
    pub(super) fn change(&mut self, keys: Keys) -> Option<Sealer> {
        let before = std::mem::replace(&mut self.keys, keys);
        let (same_ours, same_theirs) = (before.ours == keys.ours, before.theirs == keys.theirs);
        if before == keys {
            return None;
        }
        let (next, sealer) = Self::begin(keys);
        if before.suite != keys.suite || before.mki != keys.mki || !same_theirs {
            self.opener = next.opener;
            self.report_opener = next.report_opener;
        }
        if before.suite == keys.suite && same_ours {
            return None;
        }
        self.report_sealer = next.report_sealer;
        Some(sealer)
    }

    /// How packets are sealed.
    pub(super) fn suite(&self) -> Suite {
        self.keys.suite
    }

    /// Seals a report in its place.
    pub(super) fn seal_report(&mut self, octets: &mut Vec<u8>) {
        self.report_sealer.seal(octets);
    }

    /// Packets and reports refused since this was last asked.
    pub(super) fn news_of_refusals(&mut self) -> u64 {
        std::mem::take(&mut self.refused)
    }

    fn open<'d>(&mut self, datagram: &'d mut [u8], kind: Kind) -> Option<&'d [u8]> {
        let opened = match kind {
            Kind::Sound => self.opener.open(datagram),
            Kind::Report => self.report_opener.open(datagram),
        };
        match opened {
            Ok(length) => datagram.get(..length),
            Err(_) => {
                self.refused += 1;
                None
            }
        }
    }
}

/// What a datagram of the caller says in the clear; `None` if the call is encrypted and it is not the caller's, or was
/// heard before.
pub(super) fn open<'d>(
    secrecy: Option<&mut Secrecy>,
    datagram: &'d mut [u8],
    kind: Kind,
) -> Option<&'d [u8]> {
    match secrecy {
        None => Some(datagram),
        Some(secrecy) => secrecy.open(datagram, kind),
    }
}

/// What a datagram is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sound,
    Report,
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::rtp::encode_header;
    use media::srtp::{EMPTY_ROOM, MasterKey};

    #[test]
    fn a_forged_packet_is_counted_and_says_nothing() {
        let (mut secrecy, _) = Secrecy::begin(keys(1, 2));
        let mut forged = [&encode_header(101, true, 1, 2, 3)[..], &[0; 14]].concat();

        assert_eq!(open(Some(&mut secrecy), &mut forged, Kind::Sound), None);
        assert_eq!(open(Some(&mut secrecy), &mut forged, Kind::Report), None);

        assert_eq!(
            (secrecy.news_of_refusals(), secrecy.news_of_refusals()),
            (2, 0)
        );
        assert!(
            open(None, &mut forged, Kind::Sound).is_some(),
            "in the clear"
        );
    }

    #[test]
    fn a_direction_whose_key_stays_goes_on_counting() {
        let (mut secrecy, _) = Secrecy::begin(keys(1, 2));
        let mut theirs = Sealer::new(Suite::AesCm128HmacSha1_80, &MasterKey::new([2; 30]));
        let packet = sealed(&mut theirs, 5);
        assert!(open(Some(&mut secrecy), &mut packet.clone(), Kind::Sound).is_some());

        assert!(secrecy.change(keys(1, 2)).is_none());
        assert!(secrecy.change(keys(9, 2)).is_some());
        assert_eq!(
            open(Some(&mut secrecy), &mut packet.clone(), Kind::Sound),
            None,
            "heard before"
        );

        assert!(secrecy.change(keys(9, 3)).is_none());
        let mut theirs = Sealer::new(Suite::AesCm128HmacSha1_80, &MasterKey::new([3; 30]));
        assert!(open(Some(&mut secrecy), &mut sealed(&mut theirs, 5), Kind::Sound).is_some());
    }

    fn sealed(sealer: &mut Sealer, sequence: u16) -> Vec<u8> {
        let header = encode_header(101, false, sequence, 0, 7);
        let mut room = EMPTY_ROOM;
        let behind = sealer.seal(&header, &[1, 2, 3, 4], &mut room).unwrap();
        [&header[..], behind].concat()
    }

    fn keys(ours: u8, theirs: u8) -> Keys {
        Keys {
            suite: Suite::AesCm128HmacSha1_80,
            ours: MasterKey::new([ours; 30]),
            theirs: MasterKey::new([theirs; 30]),
            mki: None,
        }
    }
}
