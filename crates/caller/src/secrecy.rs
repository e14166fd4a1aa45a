//! The keys of an encrypted call (SRTP, RFC 3711), as its caller uses them: every packet of the line is verified.

use media::srtp::{
    EMPTY_ROOM, Keys, MasterKey, Mki, Opener, ReportOpener, ReportSealer, Room, Sealer, Suite,
};
use net::MediaSocket;
use serde::Serialize;
use sip::sdp::{self, Srtp};

/// The sound of one call.
#[derive(Debug)]
pub(crate) struct Secrecy {
    suite: Suite,
    sealer: Sealer,
    opener: Opener,
    refused: u64,
}

/// The reports of one call.
#[derive(Debug)]
pub(crate) struct ReportSecrecy {
    sealer: ReportSealer,
    opener: ReportOpener,
}

/// How a call was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Encryption {
    /// The suite that the line chose, as SDP names it.
    pub suite: &'static str,
    /// Packets of the line that were not authentic, or came twice; they count as not received.
    pub refused: u64,
}

impl Secrecy {
    /// Begins with what was agreed on.
    pub(crate) fn begin(srtp: &Srtp) -> Self {
        let keys = keys_of(srtp);
        Self {
            suite: keys.suite,
            sealer: Sealer::new(keys.suite, &keys.ours),
            opener: Opener::new(keys.suite, &keys.theirs, keys.mki),
            refused: 0,
        }
    }

    /// How it went.
    pub(crate) fn report(&self) -> Encryption {
        Encryption {
            suite: self.suite.name(),
            refused: self.refused,
        }
    }

    fn open<'r>(&mut self, datagram: &[u8], clear: &'r mut Clear) -> Option<&'r [u8]> {
        let copy = clear.get_mut(..datagram.len())?;
        copy.copy_from_slice(datagram);
        match self.opener.open(copy) {
            Ok(length) => copy.get(..length),
            Err(_) => {
                self.refused += 1;
                None
            }
        }
    }
}

impl ReportSecrecy {
    /// Begins with what was agreed on.
    pub(crate) fn begin(srtp: &Srtp) -> Self {
        let keys = keys_of(srtp);
        Self {
            sealer: ReportSealer::new(&keys.ours),
            opener: ReportOpener::new(&keys.theirs, keys.mki),
        }
    }

    /// Seals a report in its place.
    pub(crate) fn seal(&mut self, report: &mut Vec<u8>) {
        self.sealer.seal(report);
    }

    /// A report of the line in the clear, if it is the line's.
    pub(crate) fn open(&mut self, report: &[u8]) -> Option<Vec<u8>> {
        let mut report = report.to_vec();
        let length = self.opener.open(&mut report).ok()?;
        report.truncate(length);
        Some(report)
    }
}

/// A packet of the line in the clear, in `clear` if it was sealed; `None` if it is not the line's.
pub(crate) fn open<'d>(
    secrecy: Option<&mut Secrecy>,
    datagram: &'d [u8],
    clear: &'d mut Clear,
) -> Option<&'d [u8]> {
    match secrecy {
        None => Some(datagram),
        Some(secrecy) => secrecy.open(datagram, clear),
    }
}

/// Sends a packet, sealed if the call is encrypted. One that cannot be sent is a lost one.
pub(crate) fn send(
    secrecy: Option<&mut Secrecy>,
    sound: &MediaSocket,
    header: &[u8; 12],
    payload: &[u8],
) {
    let mut room: Room = EMPTY_ROOM;
    let payload = match secrecy {
        None => Some(payload),
        Some(secrecy) => secrecy.sealer.seal(header, payload, &mut room),
    };
    if let Some(payload) = payload {
        let _ = sound.send_frame(header, payload);
    }
}

/// Where a packet is opened: as long as any that a batch holds.
pub(crate) type Clear = [u8; 1_024];

fn keys_of(srtp: &Srtp) -> Keys {
    Keys {
        suite: match srtp.suite {
            sdp::Suite::AesCm128HmacSha1_80 => Suite::AesCm128HmacSha1_80,
            sdp::Suite::AesCm128HmacSha1_32 => Suite::AesCm128HmacSha1_32,
        },
        ours: MasterKey::new(srtp.ours.0),
        theirs: MasterKey::new(srtp.theirs.0),
        mki: srtp.mki.and_then(|mki| Mki::new(mki.value, mki.octets)),
    }
}
