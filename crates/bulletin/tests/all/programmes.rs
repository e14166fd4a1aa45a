//! What callers hear: who is in, who is out, in which order.

use bulletin::{Bulletin, Kind, Lifetime, Programme, State, TerritorySlug, Update, programme};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::support::{at, compose_as, draft, territory};

#[test]
fn unplanned_events_come_first_then_ongoing_then_announced_ones_newest_first() {
    let bulletins = [
        announced(1, Kind::Planned, 0, Some(48)),
        announced(2, Kind::Planned, 1, Some(49)),
        announced(3, Kind::Drill, 2, None),
        announced(4, Kind::Planned, 3, None),
        event(5, 4),
        event(6, 5),
    ];
    let heard = heard_at(&bulletins, 6);
    assert_eq!(ids(&heard.ongoing), ids_of(&[6, 5, 4, 3, 2, 1]));
    assert!(heard.ended.is_empty());
}

#[test]
fn an_update_brings_a_bulletin_to_the_front_of_its_rank() {
    let mut bulletins = [
        event(1, 0),
        event(2, 1),
        announced(3, Kind::Planned, 2, None),
    ];
    update(&mut bulletins[0], 3);
    assert_eq!(ids(&heard_at(&bulletins, 4).ongoing), ids_of(&[1, 2, 3]));
}

#[test]
fn ended_bulletins_stand_apart_and_withdrawn_ones_nowhere() {
    let mut bulletins = [event(1, 0), event(2, 1), event(3, 2), event(4, 3)];
    bulletins[1].end(None, "anne", hour(4)).unwrap();
    bulletins[0].end(None, "anne", hour(5)).unwrap();
    bulletins[2].withdraw(None, "anne", hour(6)).unwrap();
    let heard = heard_at(&bulletins, 7);
    assert_eq!(ids(&heard.ongoing), ids_of(&[4]));
    assert_eq!(ids(&heard.ended), ids_of(&[1, 2]));
}

#[test]
fn callers_of_one_territory_do_not_hear_another() {
    let elsewhere = TerritorySlug::parse("estuaire").unwrap();
    assert_eq!(
        programme(&[event(1, 0)], &elsewhere, hour(1)),
        Programme::default()
    );
}

#[test]
fn a_bulletin_leaves_both_lists_at_the_instant_its_lifetime_ends() {
    let ongoing = event(1, 0);
    let mut ended = event(2, 0);
    ended.end(None, "anne", hour(1)).unwrap();
    let end = ongoing.expires_at;
    let bulletins = [ongoing, ended];

    let before = programme(
        &bulletins,
        &territory().slug,
        end - SignedDuration::from_nanos(1),
    );
    assert_eq!((before.ongoing.len(), before.ended.len()), (1, 1));
    assert_eq!(
        programme(&bulletins, &territory().slug, end),
        Programme::default()
    );
}

#[test]
fn two_bulletins_of_the_same_instant_keep_one_order_on_every_node() {
    let (one, two) = (event(1, 0), event(2, 0));
    let heard = heard_at(&[one.clone(), two.clone()], 1);
    assert_eq!(heard, heard_at(&[two, one], 1));
}

proptest! {
    #[test]
    fn each_live_bulletin_is_heard_once_and_none_past_its_lifetime(
        lives in prop::collection::vec(life(), 0..12),
        now in 0_i64..24 * 40,
    ) {
        let bulletins: Vec<Bulletin> =
            (0_u64..).zip(&lives).map(|(number, life)| live(number, life)).collect();
        let heard = programme(&bulletins, &territory().slug, hour(now));

        for it in &bulletins {
            let ongoing = heard.ongoing.iter().filter(|heard| heard.id == it.id).count();
            let ended = heard.ended.iter().filter(|heard| heard.id == it.id).count();
            let expected = match it.state(hour(now)) {
                State::Scheduled | State::Ongoing | State::UnderControl => (1, 0),
                State::Ended => (0, 1),
                State::Cancelled | State::Expired => (0, 0),
            };
            prop_assert_eq!((ongoing, ended), expected);
            prop_assert!(it.expires_at > hour(now) || (ongoing, ended) == (0, 0));
        }
        let first_other = heard.ongoing.iter().position(|it| it.kind != Kind::Unplanned);
        let last_event = heard.ongoing.iter().rposition(|it| it.kind == Kind::Unplanned);
        prop_assert!(last_event < first_other || first_other.is_none());
    }
}

/// Kind, hour of post, lifetime in hours, hour of start, what happens in the end and how many hours later.
type Life = (Kind, i64, u16, Option<i64>, u8, i64);

fn life() -> impl Strategy<Value = Life> {
    (
        prop::sample::select(Kind::ALL),
        0_i64..240,
        1_u16..=720,
        prop::option::of(-48_i64..96),
        0_u8..4,
        0_i64..100,
    )
}

fn live(number: u64, &(kind, posted, lifetime, start, fate, later): &Life) -> Bulletin {
    let mut it = draft(kind, "Torche allumée.");
    it.lifetime = Lifetime::from_hours(lifetime).unwrap();
    it.starts_at = start
        .filter(|start| *start < i64::from(lifetime))
        .map(|start| hour(posted + start));
    let mut it = compose_as(number, it, hour(posted)).unwrap();
    let at = hour(posted + later);
    // Past its lifetime an action is refused, which is one of the lives wanted here.
    let _ = match fate {
        0 => Ok(it.current().clone()),
        1 => it.end(None, "anne", at),
        2 => it.withdraw(None, "anne", at),
        _ => it.correct("La torche brûle depuis midi.", "anne", at),
    };
    it
}

fn event(number: u64, posted: i64) -> Bulletin {
    compose_as(
        number,
        draft(Kind::Unplanned, "Torche allumée."),
        hour(posted),
    )
    .unwrap()
}

fn announced(number: u64, kind: Kind, posted: i64, start: Option<i64>) -> Bulletin {
    let mut it = draft(kind, "Travaux.");
    it.starts_at = start.map(hour);
    compose_as(number, it, hour(posted)).unwrap()
}

fn update(it: &mut Bulletin, hours: i64) {
    let change = Update {
        text: "Suite.".into(),
        under_control: false,
        lifetime: None,
    };
    it.update(change, &territory(), "anne", hour(hours))
        .unwrap();
}

fn heard_at(bulletins: &[Bulletin], now: i64) -> Programme {
    programme(bulletins, &territory().slug, hour(now))
}

fn ids(bulletins: &[Bulletin]) -> Vec<String> {
    bulletins.iter().map(|it| it.id.to_string()).collect()
}

fn ids_of(numbers: &[u64]) -> Vec<String> {
    numbers
        .iter()
        .map(|number| event(*number, 0).id.to_string())
        .collect()
}

fn hour(hours: i64) -> Timestamp {
    at("2027-03-20T00:00:00Z") + SignedDuration::from_hours(hours)
}
