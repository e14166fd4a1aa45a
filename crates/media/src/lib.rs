//! Sound on the wire without I/O: G.711, G.722, reels, players, RTP, SRTP and the caller's keypad.
//!
//! Three types to know: a [`Reel`] is finished sound cut into frames ready to send and shared by every
//! caller; a [`Player`] walks one call through reels and owns nothing but that call's sequence number,
//! timestamp and place; a [`Keypad`] turns RFC 4733 packets into one [`Key`] per press.
//!
//! This room never opens a socket, reads a clock, draws a random number or encodes anything per call.
//! Where it leaves the RTP documents on purpose, `docs/rtp.md` says so and why.

mod codec;
mod conceal;
pub mod g711;
pub mod g722;
pub mod keypad;
mod pauses;
mod player;
mod ptime;
mod reel;
pub mod rtcp;
pub mod rtp;
#[cfg(test)]
mod sine;
pub mod srtp;
mod tones;
mod widen;

pub use codec::{Codec, Decoder, SAMPLE_RATE};
pub use conceal::{conceal, rejoin};
pub use keypad::{Key, Keypad};
pub use player::{Frame, Player};
pub use ptime::Ptime;
pub use reel::{Reel, Reels};
pub use tones::ToneKeypad;
pub use widen::widen;
