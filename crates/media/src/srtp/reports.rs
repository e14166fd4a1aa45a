//! SRTCP (RFC 3711 § 3.4): reports sealed and opened.
//!
//! A call has one report in five seconds, so keys are made ready for each: that costs less than keeping them ready.

use super::streams::Streams;
use super::transform::{Purpose, SessionKeys, Transform};
use super::{MasterKey, Mki, SrtpError};

/// Seals the reports of one call.
#[derive(Debug)]
pub struct ReportSealer {
    keys: SessionKeys,
    next: u32,
}

impl ReportSealer {
    /// No report sealed yet. Both suites seal reports alike (RFC 4568 § 6.2).
    #[must_use]
    pub fn new(key: &MasterKey) -> Self {
        Self {
            keys: SessionKeys::derive(key, Purpose::Reports),
            next: 0,
        }
    }

    /// Encrypts a datagram of RTCP in its place and appends its index and tag, 14 octets. What is too short to be one
    /// is emptied rather than sent in the clear.
    pub fn seal(&mut self, report: &mut Vec<u8>) {
        let Some((ssrc, hidden)) = split(report) else {
            return report.clear();
        };
        let transform = Transform::new(&self.keys);
        transform.apply(ssrc, self.next.into(), hidden);
        report.extend_from_slice(&(IS_ENCRYPTED | self.next).to_be_bytes());
        let tag = transform.tag(&[report]);
        report.extend_from_slice(&tag[..TAG_OCTETS]);
        self.next = (self.next + 1) & !IS_ENCRYPTED;
    }
}

/// Opens the reports of the other side.
#[derive(Debug)]
pub struct ReportOpener {
    keys: SessionKeys,
    mki: Option<Mki>,
    streams: Streams,
}

impl ReportOpener {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(key: &MasterKey, mki: Option<Mki>) -> Self {
        Self {
            keys: SessionKeys::derive(key, Purpose::Reports),
            mki,
            streams: Streams::default(),
        }
    }

    /// Decrypts one datagram in its place; answers how many octets of it are RTCP in the clear. One that says that it is
    /// not encrypted is refused, as nobody agreed on that.
    ///
    /// # Errors
    /// [`SrtpError`]: the report is to be ignored.
    pub fn open(&mut self, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        let octets = datagram.len();
        let not_srtp = SrtpError::NotSrtp { octets };
        let trailer = INDEX_OCTETS + Mki::len(self.mki) + TAG_OCTETS;
        let end = octets.checked_sub(trailer).ok_or(not_srtp)?;
        let (packet, trailer) = datagram.split_at_mut(end);
        let (ssrc, _) = split(packet).ok_or(not_srtp)?;
        let (index, behind) = trailer.split_at(INDEX_OCTETS);
        let (mki, tag) = behind.split_at(Mki::len(self.mki));
        let &[a, b, c, d] = index else {
            return Err(not_srtp);
        };
        let flagged = u32::from_be_bytes([a, b, c, d]);
        let number = u64::from(flagged & !IS_ENCRYPTED);
        let heard = self.streams.find(ssrc);
        if heard.is_some_and(|heard| !heard.is_new(number)) {
            return Err(SrtpError::Replayed);
        }
        if heard.is_none() && self.streams.is_full() {
            return Err(SrtpError::TooManyStreams);
        }
        let transform = Transform::new(&self.keys);
        let is_ours = Mki::is(self.mki, mki) && flagged & IS_ENCRYPTED != 0;
        if !is_ours || !transform.verifies(&[packet, index], tag) {
            return Err(SrtpError::NotAuthentic);
        }
        if let Some((_, hidden)) = split(packet) {
            transform.apply(ssrc, number, hidden);
        }
        self.streams.note(ssrc, number);
        Ok(end)
    }
}

/// The author of a report, and what of it is encrypted: all but its first header.
fn split(report: &mut [u8]) -> Option<(u32, &mut [u8])> {
    let (&mut [first, _, _, _, a, b, c, d], hidden) = report.split_first_chunk_mut()?;
    (first >> 6 == 2).then_some((u32::from_be_bytes([a, b, c, d]), hidden))
}

/// The first bit of the word that holds the index.
const IS_ENCRYPTED: u32 = 1 << 31;
const INDEX_OCTETS: usize = 4;
/// Of both suites.
const TAG_OCTETS: usize = 10;
