//! A bare sender answers, sends and lets go; the storm that measures it finds nothing wrong.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{thread::JoinHandle, time::Duration};

use caller::{BareSender, CallPlan, EndedBy, StormPlan, place_call, storm};
use media::{Codec, Ptime};
use net::Waker;

#[test]
fn a_call_hears_sound_of_the_length_it_wished_for_until_it_hangs_up() {
    let bare = Bare::open();
    for ptime in [Ptime::Ms20, Ptime::Ms60] {
        let mut plan = CallPlan::new(&bare.target);
        plan.limit = Duration::from_millis(1_200);
        plan.ptime = ptime;

        let report = place_call(&plan).unwrap();

        assert_eq!((report.status, report.ended_by), (200, EndedBy::Caller));
        assert_eq!(report.packet_ms, Some(ptime.ms()));
        let due = u64::from(1_200 / ptime.ms());
        assert!((due - 2..=due + 1).contains(&report.counts.packets));
        assert_eq!((report.counts.lost, report.counts.timestamp_steps), (0, 0));
        let silent = report
            .octets
            .iter()
            .filter(|&&octet| octet == Codec::Pcma.silence());
        assert!(silent.count() < report.octets.len() / 10);
    }
    bare.close();
}

#[test]
fn every_call_of_a_storm_is_answered_and_sent_fifty_packets_a_second() {
    let bare = Bare::open();
    let plan = StormPlan::new(&bare.target, 60, 300.0, Duration::from_secs(1));

    let report = storm(&plan).unwrap();

    assert_eq!((report.answered, report.failed, report.lost), (60, 0, 0));
    assert_eq!(
        (report.duplicates, report.out_of_order, report.strays),
        (0, 0, 0)
    );
    assert_eq!((report.timestamp_steps, report.wrong_size), (0, 0));
    assert!((60 * 48..=60 * 52).contains(&report.packets), "{report}");
    assert!(bare.close() >= report.packets);
}

struct Bare {
    target: String,
    stop: Waker,
    thread: JoinHandle<u64>,
}

impl Bare {
    fn open() -> Self {
        let bare = BareSender::open("127.0.0.1:0".parse().unwrap(), 2).unwrap();
        let target = format!("sip:bare@{}", bare.address());
        let stop = Waker::new().unwrap();
        let woken = stop.clone();
        let thread = std::thread::spawn(move || bare.run(&woken).unwrap());
        Self {
            target,
            stop,
            thread,
        }
    }

    /// How many packets it has sent.
    fn close(self) -> u64 {
        self.stop.wake();
        self.thread.join().unwrap()
    }
}
