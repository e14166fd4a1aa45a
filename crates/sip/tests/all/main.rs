//! The `sip` room through its public doors: single messages, whole calls, two parties over a bad
//! network, and a second reader.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "helpers of tests are tests, and a test may look at the clock"
)]

mod calls;
mod differential;
mod gates;
mod goodbyes;
mod lossy_network;
mod memory;
mod nasty_input;
mod overload;
mod random_input;
mod refreshes;
mod reliable;
mod reoffers;
mod repeats;
mod replies;
mod sessions;
mod streams;
mod support;
mod torture;
mod updates;
