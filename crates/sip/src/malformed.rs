//! Why a datagram, a header or a body could not be read.

/// What is wrong with the octets, and where.
///
/// - `offset` counts octets from the start of what was read: the datagram for
///   [`crate::message::Message::parse`], the value alone for a typed header.
/// - `status` is the refusal a request deserves: 400, or 505 for another version of SIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at octet {offset}")]
pub struct Malformed {
    /// What an integrator looks for in the capture.
    pub reason: &'static str,
    /// Where it is.
    pub offset: usize,
    /// The status code of the refusal.
    pub status: u16,
}

impl Malformed {
    /// A fault that deserves a 400.
    pub(crate) const fn new(reason: &'static str, offset: usize) -> Self {
        Self {
            reason,
            offset,
            status: 400,
        }
    }

    /// The same fault seen from `by` octets further out.
    pub(crate) const fn shifted(self, by: usize) -> Self {
        Self {
            reason: self.reason,
            offset: self.offset.saturating_add(by),
            status: self.status,
        }
    }
}
