//! What the scenarios share: a house at work on loopback, a telephone, a poster's hand.

mod chromium;
#[path = "../../crates/store/tests/cluster/mod.rs"]
#[allow(dead_code, reason = "the store's own tests start and stop more of it")]
pub(crate) mod cluster;
mod demonstration;
mod desk;
mod house;
mod journey;
#[allow(dead_code, reason = "the faults do more to it than the scenarios")]
mod kamailio;
#[path = "../../crates/notify/tests/postbox/mod.rs"]
pub(crate) mod post_office;
mod postbox;
mod program;
#[path = "../../crates/speech/tests/service/mod.rs"]
pub(crate) mod service;
mod telephone;
mod transcript;
mod turns;

pub(crate) use chromium::chromium;
pub(crate) use demonstration::copy_to as copy_demonstration_to;
pub(crate) use desk::{address_of, hire, open_login};
pub(crate) use house::House;
pub(crate) use journey::{keep_picture, walk};
pub(crate) use kamailio::Kamailio;
pub(crate) use postbox::{Postbox, Taken};
pub(crate) use program::{Program, allo, free_port, run};
pub(crate) use telephone::{find, listen, options};
pub(crate) use transcript::{Sounds, Transcript};
pub(crate) use turns::take_turn;

use std::time::{Duration, Instant};

/// Asks again every few milliseconds until the answer is there.
///
/// # Panics
/// When it is not there in time; the panic names what was awaited.
pub(crate) fn eventually<T>(
    what: &str,
    patience: Duration,
    mut ask: impl FnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            start.elapsed() < patience,
            "waited {patience:?} in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
