//! How much of a message is read before it is refused, so that time and memory stay bounded.
//!
//! The figures are a choice of ours (`docs/sip.md`, § 7 and § 18): generous enough for chains of
//! Identity headers, small enough that no datagram costs more than a few hundred of the others.

/// Octets of a message: what a UDP datagram can hold.
pub const MAX_MESSAGE: usize = 65_535;
/// Headers of a message.
pub const MAX_HEADERS: usize = 256;
/// Octets of one header with its name and folds.
pub const MAX_HEADER: usize = 32 * 1024;
/// Octets of the headers that a call keeps together: chains of proxies and what a dialog is known by.
pub const MAX_KEPT: usize = 8 * 1024;
/// Folded lines of one header.
pub const MAX_FOLDS: usize = 512;
