//! Packets as long as the caller wants them.

use line::{Config, Line, Trunk};
use media::{Codec, Ptime};

use crate::programme::{ROUEN, config, expected, line, long_greeting, two_territories};
use crate::sound::octets;
use crate::telephone::{Heard, Telephone};

#[test]
fn packets_of_every_length_carry_the_same_sound_without_a_seam() {
    let on_air = two_territories();
    let (line, _records) = line(on_air.clone());
    // The half second before the first word and what is said at once after it, in whole packets of each length.
    let sound = expected(&on_air, ROUEN, Codec::Pcma);
    for ptime in Ptime::ALL {
        let mut telephone = call(&line, &format!("a=ptime:{}", ptime.ms()));
        let answer = String::from_utf8(telephone.answer.clone()).unwrap();
        assert!(
            answer.contains(&format!("a=ptime:{}\r\n", ptime.ms())),
            "{answer}"
        );

        let heard = telephone.listen(480 / usize::try_from(ptime.ms()).unwrap());

        assert_rhythm(&heard, ptime);
        assert_eq!(octets(&heard), sound[..480 * 8], "{ptime:?}");
    }
}

#[test]
fn a_caller_who_wants_other_packets_in_mid_call_gets_them_at_the_same_place() {
    let (line, _records) = line(long_greeting());
    let mut telephone = call(&line, "a=ptime:20");
    telephone.listen(30);
    telephone.reoffer(|offer| offer.replace("a=ptime:20", "a=ptime:60"));
    let heard = telephone.listen(20);
    let first_long = heard.iter().position(|packet| packet.payload.len() == 480);
    let (short, long) = heard.split_at(first_long.unwrap());

    assert_rhythm(long, Ptime::Ms60);
    assert!(long.len() > 10);
    if let Some(last) = short.last() {
        assert_eq!(long[0].timestamp, last.timestamp.wrapping_add(160));
    }
    // Each 20 ms of the greeting begins with its own number, wherever packets begin.
    let numbers: Vec<u16> = octets(&long[1..])
        .chunks(160)
        .map(|part| u16::from_be_bytes([part[0], part[1]]))
        .collect();
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
}

#[test]
fn under_load_a_trunk_that_wants_it_gets_longer_packets_where_the_offer_allows() {
    let crowded = Config {
        max_calls: 5,
        trunks: vec![Trunk {
            longer_ptime: Some(Ptime::Ms40),
            ..Trunk::new("carrier")
        }],
        ..config()
    };
    let (line, _records) = Line::start(&crowded, long_greeting()).unwrap();
    let mut before: Vec<_> = (0..4)
        .map(|_| call(&line, "a=ptime:20\r\na=maxptime:60"))
        .collect();
    assert!(
        before
            .iter_mut()
            .all(|one| one.listen(1)[0].payload.len() == 160)
    );

    let mut under_load = call(&line, "a=ptime:20\r\na=maxptime:60");
    assert_rhythm(&under_load.listen(10), Ptime::Ms40);
    under_load.hang_up();
    crate::telephone::wait_until(|| line.health().calls == 4);

    let mut no_longer = call(&line, "a=ptime:20\r\na=maxptime:20");
    assert_eq!(no_longer.listen(1)[0].payload.len(), 160);
}

/// A call whose offer says this of its packets.
fn call(line: &Line, packets: &str) -> Telephone {
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let offer = offer.replace("a=ptime:20\r\na=maxptime:60", packets);
    assert!(offer.contains(packets));
    assert_eq!(telephone.dial_with(Some(offer.as_bytes()), b""), 200);
    telephone.acknowledge(None);
    telephone
}

fn assert_rhythm(heard: &[Heard], ptime: Ptime) {
    assert!(
        heard
            .iter()
            .all(|packet| packet.payload.len() == ptime.octets())
    );
    for pair in heard.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert_eq!(
            pair[1].timestamp,
            pair[0].timestamp.wrapping_add(ptime.ticks())
        );
    }
}
