//! What the line asks of others by itself: REGISTER at its carriers' registrars, OPTIONS to see whether a peer lives.
//!
//! Three types to know: [`Registration`] keeps one account registered at one registrar, [`PeerWatch`] asks one peer
//! again and again, [`Hop`] is a way to either. Both have the shape of [`crate::Agent`]: after anything goes in poll
//! `poll_output` until it answers `Timeout`. Nothing here can open a call: `request` knows two methods.

mod account;
mod backoff;
mod granted;
mod hop;
mod registration;
mod request;
mod transaction;
mod watch;

pub use account::Account;
pub use hop::Hop;
pub use registration::{Failure, Registration, RegistrationEvent, RegistrationOutput};
pub use watch::{PeerWatch, WatchEvent, WatchOutput};
