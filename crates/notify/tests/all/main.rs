//! Each channel against a server on loopback that behaves like the real one.
//!
//! What the servers answer follows the sources that the channels' modules name; which requests are good they judge
//! themselves, signatures included.

#![expect(
    clippy::unwrap_used,
    reason = "Clippy allows it in test functions only, not in their helpers"
)]

mod bluesky;
mod guide;
mod http;
mod letters;
mod mail;
mod mastodon;
mod nonsense;
#[path = "../postbox/mod.rs"]
mod postbox;
mod programs;
mod samples;
mod smpp;
mod sms;
mod stub;
mod x;
