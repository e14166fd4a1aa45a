//! Callers who are gone without a word, and those who only say nothing.

use std::time::{Duration, Instant};

use line::{CallRecord, Config, EndCause, Line, MediaDeath, Trunk};
use media::rtp;
use std::sync::mpsc::Receiver;

use crate::programme::{ROUEN, config, line, long_greeting};
use crate::telephone::{PATIENCE, Telephone};

#[test]
fn a_call_whose_sound_is_refused_all_the_time_ends_with_a_bye() {
    let (line, records) = line(long_greeting());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(10);
    let closed = Instant::now();
    telephone.move_ear();

    assert!(telephone.wait_for_bye().contains("cause=102"));

    let lasted = closed.elapsed();
    assert!(
        (Duration::from_millis(1_900)..Duration::from_secs(4)).contains(&lasted),
        "{lasted:?}"
    );
    assert_eq!(
        records.recv_timeout(PATIENCE).unwrap().end,
        EndCause::MediaDead
    );
    assert_eq!(line.health().media_deaths, 1);
}

#[test]
fn a_call_of_which_nothing_is_heard_ends_when_its_trunk_says_so() {
    let (line, records) = quick_line();
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);

    assert!(telephone.wait_for_bye().contains("cause=102"));

    assert_eq!(
        records.recv_timeout(PATIENCE).unwrap().end,
        EndCause::MediaDead
    );
}

#[test]
fn a_caller_whose_telephone_sends_sound_is_kept() {
    let (line, records) = quick_line();
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    for sequence in 0..100 {
        telephone.listen(1);
        let header = rtp::encode_header(8, false, sequence, u32::from(sequence) * 160, 5);
        telephone.say(&[&header[..], &[0xD5; 160]].concat());
    }
    telephone.hang_up();

    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!(record.end, EndCause::CallerHungUp);
}

#[test]
fn on_hold_nobody_need_say_anything() {
    let (line, records) = quick_line();
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(5);
    telephone.reoffer(|offer| offer.replace("a=sendrecv", "a=sendonly"));

    telephone.listen_out(Duration::from_millis(2_000));
    telephone.hang_up();

    assert_eq!(
        records.recv_timeout(PATIENCE).unwrap().end,
        EndCause::CallerHungUp
    );
}

/// A line whose only trunk gives up on silence after a second and a half.
fn quick_line() -> (Line, Receiver<CallRecord>) {
    let quick = Config {
        trunks: vec![Trunk {
            media_death: MediaDeath {
                rtp_silence: Duration::from_millis(1_500),
                ..MediaDeath::default()
            },
            ..Trunk::new("carrier")
        }],
        ..config()
    };
    Line::start(&quick, long_greeting()).unwrap()
}
