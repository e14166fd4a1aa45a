//! What those who watch the line can see.

use std::time::Duration;

use crate::programme::{ROUEN, line, long_greeting};
use crate::telephone::{PATIENCE, Telephone, wait_until};

#[test]
fn a_line_without_calls_is_alive_and_accepting() {
    let (line, _records) = line(long_greeting());

    let health = line.health();

    assert!(health.alive() && health.accepting);
    assert_eq!(
        (
            health.calls,
            health.media_threads,
            health.media_threads_alive
        ),
        (0, 2, 2)
    );
}

#[test]
fn calls_and_packets_are_counted() {
    let (line, _records) = line(long_greeting());
    let mut telephones: Vec<_> = (0..4)
        .map(|_| Telephone::call(line.local_addr(), ROUEN))
        .collect();
    for telephone in &mut telephones {
        telephone.listen(20);
    }

    wait_until(|| line.health().packets_sent >= 80);
    let health = line.health();

    assert_eq!((health.calls, health.calls_answered), (4, 4));
    assert_eq!(health.faults, 0);
}

#[test]
fn records_nobody_takes_are_no_reason_to_stop() {
    let (line, records) = line(long_greeting());
    drop(records);
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(3);
    telephone.hang_up();

    let mut next = Telephone::call(line.local_addr(), ROUEN);

    assert!(next.next_packet(PATIENCE).is_some());
    wait_until(|| line.health().records_dropped == 1);
    assert!(next.next_packet(Duration::from_secs(1)).is_some());
}
