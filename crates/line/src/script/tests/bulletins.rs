//! What is said around bulletins: how long ago it was, and of how many sites there is none.

use bulletin::Kind;

use super::stage::{Caller, at, bulletin, on_air, sound, territory, words};
use crate::on_air::BulletinOnAir;

#[test]
fn of_an_unplanned_event_it_is_said_how_long_ago_it_began_and_was_published() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![unplanned("flare")])]));

    let heard = caller.listens_to("closing");

    assert_eq!(
        words(&heard)[2..],
        [
            "flare.today",
            "flare.body",
            "began",
            "ago_hours_6",
            "published",
            "ago_hours_5",
            "closing"
        ]
    );
    assert_eq!(caller.script.heard()[0].whole.as_micros() % 125, 0);
}

#[test]
fn a_beginning_that_nobody_knows_or_that_lies_ahead_is_not_said() {
    for began_at in [None, Some("2026-11-23T13:00:00Z")] {
        let mut one = unplanned("flare");
        one.began_at = began_at.map(at);
        let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![one])]));

        let heard = caller.listens_to("closing");

        assert!(!heard.contains(&"began".to_owned()));
        assert!(heard.contains(&"published".to_owned()));
    }
}

#[test]
fn after_a_day_the_date_says_enough() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![unplanned("flare")])]));
    caller.now = at("2026-11-24T08:00:00Z");

    let heard = caller.listens_to("closing");

    assert_eq!(words(&heard)[2..], ["flare.dated", "flare.body", "closing"]);
}

#[test]
fn it_is_left_out_of_the_short_programme_and_of_what_has_ended() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![unplanned("flare")])]));
    caller.script.shorten(true);
    assert!(
        !caller
            .listens_to_the_end()
            .contains(&"published".to_owned())
    );

    let mut over = territory("rouen", vec![]);
    over.ended = vec![unplanned("flare")];
    let mut caller = Caller::calls(on_air(vec![over]));
    caller.presses('8');
    assert!(
        !caller
            .listens_to("closing")
            .contains(&"published".to_owned())
    );
}

#[test]
fn without_a_bulletin_a_territory_says_how_many_members_have_declared_nothing() {
    let mut quiet = territory("rouen", vec![]);
    quiet.french.no_event = Some(sound("none of three"));
    let mut caller = Caller::calls(on_air(vec![quiet]));

    let heard = caller.listens_to("closing");

    assert_eq!(
        heard[2..],
        [
            "checked_at",
            "hour_13",
            "minute_30",
            "pause 350",
            "none of three",
            "pause 700",
            "closing"
        ]
    );
}

/// Of 09:00 in Paris, begun at 07:30.
fn unplanned(name: &str) -> BulletinOnAir {
    BulletinOnAir {
        kind: Kind::Unplanned,
        began_at: Some(at("2026-11-23T06:30:00Z")),
        ..bulletin(name)
    }
}
