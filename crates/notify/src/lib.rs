//! Tells the networks, the subscribers and the authorities what a site has posted: one file per channel, all behind
//! [`Channel`].
//!
//! This room knows no database: who calls it has claimed a row and writes down what comes back. A channel may be
//! called twice for the same [`Announcement`], and says each time by the same [`Announcement::key`] which one it is.

mod announcement;
mod channel;

pub use announcement::{Announcement, Sender};
pub use channel::{Channel, Failure, Receipt, Told};
