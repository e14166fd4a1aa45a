//! An inbox where it matters: reader and writer share a core, and the reader comes first.

use std::time::{Duration, Instant};

use net::{Over, Priority};

const LETTERS: u32 = 1_000_000;

/// With a channel of the standard library instead, three runs of eight stood still for ever.
#[test]
fn a_reader_that_stops_its_writer_on_their_only_core_does_not_wait_for_it() {
    let (writer, mut inbox) = net::inbox();
    let writing = std::thread::spawn(move || {
        on_the_same_core(Priority::Signalling);
        (0..LETTERS).for_each(|letter| writer.write(letter));
    });
    let reading = std::thread::spawn(move || {
        on_the_same_core(Priority::Media);
        let mut due = Instant::now();
        let mut read = 0;
        loop {
            due += Duration::from_micros(50);
            net::sleep_until(due);
            loop {
                match inbox.look() {
                    Ok(Some(letter)) => assert_eq!(letter, read),
                    Ok(None) => break,
                    Err(Over) => return read,
                }
                read += 1;
            }
        }
    });
    writing.join().expect("the writer comes to its end");
    assert_eq!(reading.join().expect("so does the reader"), LETTERS);
}

/// Where priorities are not allowed, both take turns and are equals.
fn on_the_same_core(priority: Priority) {
    net::keep_to_core(0, 1).expect("a core");
    let _ = net::raise_priority(priority);
}
