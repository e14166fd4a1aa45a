//! How keys come over RTP: `telephone-event` (RFC 4733 § 2.4).

/// A payload type for keys, and the clock of their timestamps and durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The payload type in RTP.
    pub payload_type: u8,
    /// Ticks a second: 8,000, or 16,000 and 48,000 of telephones that offer wider codecs too.
    pub clock: u32,
}

impl TelephoneEvent {
    /// The clocks that are taken, preferred first: that of every codec here (§ 2.1), then what wide telephones offer
    /// alone.
    pub(super) const CLOCKS: [u32; 3] = [8_000, 16_000, 48_000];
}
