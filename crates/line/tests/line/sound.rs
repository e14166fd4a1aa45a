//! What reaches the ear: every octet, in order, without a seam.

use std::time::{Duration, Instant};

use line::EndCause;
use media::Codec;

use crate::programme::{LE_HAVRE, ROUEN, bulletin, expected, line, two_territories};
use crate::telephone::{Heard, PATIENCE, Telephone};

#[test]
fn who_presses_nothing_hears_every_octet_of_the_programme_in_order_and_then_a_bye() {
    let on_air = two_territories();
    let (line, records) = line(on_air.clone());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);

    let heard = telephone.listen_out(Duration::from_millis(500));

    assert!(telephone.wait_for_bye().contains("cause=16"));
    assert_eq!(octets(&heard), expected(&on_air, ROUEN, Codec::Pcma));
    assert_without_seam(&heard);
    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!(record.end, EndCause::Completed);
    assert_eq!(record.packets_sent, u64::try_from(heard.len()).unwrap());
    let heard = record.heard.iter();
    let heard: Vec<_> = heard
        .map(|one| (&one.bulletin, one.played == one.whole))
        .collect();
    assert_eq!(
        heard,
        [(&bulletin(1, 0).id, true), (&bulletin(2, 3).id, true)]
    );
    assert_eq!(record.territory.unwrap().as_str(), "rouen_metropole");
    assert_eq!(record.dialled.unwrap().as_str(), "+33805691282");
    assert_eq!(record.call_id, telephone.call_id());
    assert_eq!(record.codec, Some(Codec::Pcma));
}

#[test]
fn two_callers_of_two_territories_hear_each_their_own_in_their_own_law() {
    let on_air = two_territories();
    let (line, _records) = line(on_air.clone());
    let mut rouen = Telephone::call(line.local_addr(), ROUEN);
    let mut le_havre = Telephone::new(line.local_addr(), LE_HAVRE).only(Codec::Pcmu);
    assert_eq!(le_havre.dial(), 200);
    le_havre.acknowledge(None);

    let (in_rouen, in_le_havre) = (rouen.listen(60), le_havre.listen(45));

    let programme =
        |number, codec, packets: usize| expected(&on_air, number, codec)[..packets * 160].to_vec();
    assert_eq!(octets(&in_rouen), programme(ROUEN, Codec::Pcma, 60));
    assert_eq!(octets(&in_le_havre), programme(LE_HAVRE, Codec::Pcmu, 45));
    assert_without_seam(&in_le_havre);
    assert!(in_rouen.iter().all(|packet| packet.payload_type == 8));
    assert!(in_le_havre.iter().all(|packet| packet.payload_type == 0));
}

#[test]
fn sound_begins_within_half_a_second_of_the_ack_and_keeps_its_rhythm() {
    let (line, _records) = line(two_territories());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    assert_eq!(telephone.dial(), 200);
    let acknowledged = Instant::now();
    telephone.acknowledge(None);

    let heard = telephone.listen(101);

    assert!(heard[0].at - acknowledged < Duration::from_millis(500));
    let lasted = heard[100].at - heard[0].at;
    assert!(
        lasted > Duration::from_millis(1_850) && lasted < Duration::from_millis(2_300),
        "{lasted:?}"
    );
}

#[test]
fn a_new_programme_is_heard_by_the_next_caller_at_once_and_without_one_the_line_goes_on() {
    let (line, _records) = line(two_territories());
    let mut before = Telephone::call(line.local_addr(), LE_HAVRE);
    before.listen(3);
    let mut changed = two_territories();
    changed.territories[1].ongoing.push(bulletin(7, 0));
    line.publish(changed.clone());

    let mut after = Telephone::call(line.local_addr(), LE_HAVRE);

    let whole = expected(&changed, LE_HAVRE, Codec::Pcma);
    assert_eq!(octets(&after.listen(80)), whole[..80 * 160]);
}

#[test]
fn a_caller_in_the_menu_gets_the_territories_when_the_number_is_unknown() {
    let on_air = two_territories();
    let (line, _records) = line(on_air.clone());
    let mut telephone = Telephone::call(line.local_addr(), "trunk-account");

    let heard = telephone.listen(40);

    assert_eq!(
        octets(&heard),
        expected(&on_air, "", Codec::Pcma)[..40 * 160]
    );
}

pub(crate) fn octets(heard: &[Heard]) -> Vec<u8> {
    heard
        .iter()
        .flat_map(|packet| packet.payload.clone())
        .collect()
}

/// Sequence +1, timestamp +160, 160 octets, the marker on the first packet alone.
pub(crate) fn assert_without_seam(heard: &[Heard]) {
    assert!(heard[0].marker);
    for pair in heard.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
        assert!(!pair[1].marker);
    }
    assert!(heard.iter().all(|packet| packet.payload.len() == 160));
}
