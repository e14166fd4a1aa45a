//! Tells the networks, the subscribers and the authorities what a site has posted: one file per channel, all behind
//! [`Channel`].
//!
//! This room knows no database: who calls it has claimed a row and writes down what comes back. A channel may be
//! called twice for the same [`Announcement`], and says each time by the same [`Announcement::key`] which one it is.
//! Each kind has a module with its `Settings` (one table of the configuration) and `Settings::open`, which takes a
//! [`Home`] and gives the channel, and a line among the [`ChannelKind`]s.

mod announcement;
pub mod bluesky;
pub mod cap_hook;
mod channel;
mod home;
mod http;
mod kinds;
pub mod mail;
pub mod mastodon;
pub mod relay;
mod rules;
mod secret;
pub mod sms;
pub mod webhook;
mod wording;
pub mod x;

pub use announcement::{Announcement, Sender, Sound};
pub use channel::{Channel, Checked, Failure, Receipt, Told};
pub use home::Home;
pub use http::{Answer, Endpoint, Http, HttpError, MOST_OCTETS, Reach, Request};
pub use kinds::{CapWriter, ChannelKind, Tools};
pub use rules::{QuietHours, Rules};
pub use secret::{Secret, SecretText};
pub use wording::Hashtag;
