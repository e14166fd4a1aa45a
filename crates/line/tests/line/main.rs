//! The line on loopback, called by a telephone made of `sip`'s builders and `media`'s readers.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod answering;
mod death;
mod dialogs;
mod dictation;
mod gate;
mod hold;
mod keys;
mod latching;
mod listeners;
mod programme;
mod ptime;
mod registering;
mod reports;
mod sound;
mod srtp;
mod tcp;
mod telephone;
mod tls;
mod watch;
mod wire;
