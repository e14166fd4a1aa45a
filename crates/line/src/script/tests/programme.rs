//! What is posted, changed, ended and withdrawn while a caller listens.

use super::stage::{Caller, at, bulletin, id, on_air, territory, version, words};

#[test]
fn a_listener_keeps_the_old_version_to_its_end_and_the_repeat_has_the_new() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    caller.listens_to("flare.today");

    let changed = version("flare", "flare-out");
    caller.publish(on_air(vec![territory("rouen", vec![changed])]));

    let heard = caller.listens_to_the_end();
    let first_round = ["flare.body", "closing", "keys_help", "once_more"];
    let second_round = [
        "count_1",
        "flare-out.today",
        "flare-out.body",
        "goodbye",
        "hang up",
    ];
    assert_eq!(words(&heard), [&first_round[..], &second_round].concat());
    assert_eq!(caller.heard(), [id("flare")]);
}

#[test]
fn a_change_before_its_turn_is_heard_in_its_turn() {
    let both = vec![bulletin("flare"), bulletin("odour")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));
    caller.listens_to("flare.body");

    let changed = vec![version("odour", "odour-gone"), bulletin("flare")];
    caller.publish(on_air(vec![territory("rouen", changed)]));

    let heard = caller.listens_to("closing");
    assert_eq!(
        words(&heard),
        ["odour-gone.today", "odour-gone.body", "closing"]
    );
}

#[test]
fn a_withdrawn_bulletin_is_skipped_when_its_turn_comes() {
    let three = vec![bulletin("flare"), bulletin("odour"), bulletin("siren")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", three)]));
    caller.listens_to("flare.today");

    let left = vec![bulletin("flare"), bulletin("siren")];
    caller.publish(on_air(vec![territory("rouen", left)]));

    let heard = caller.listens_to("siren.body");
    assert_eq!(words(&heard), ["flare.body", "siren.today", "siren.body"]);
    assert_eq!(caller.heard(), [id("flare"), id("siren")]);
}

#[test]
fn a_bulletin_that_expires_while_others_are_read_is_skipped_by_the_lines_own_clock() {
    let both = vec![bulletin("flare"), bulletin("odour")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));
    caller.listens_to("flare.body");

    caller.now = at("2026-12-02T08:00:00Z");

    let heard = caller.listens_to_the_end();
    assert_eq!(heard[..2], ["pause 700", "closing"]);
    assert!(heard.contains(&"no_event".to_owned()));
}

#[test]
fn an_expired_bulletin_is_not_counted() {
    let mut expired = bulletin("odour");
    expired.expires_at = at("2026-11-23T12:30:00Z");
    let both = vec![bulletin("flare"), expired];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));

    let heard = caller.listens_to("closing");

    assert_eq!(
        words(&heard),
        [
            "greeting",
            "count_1",
            "flare.today",
            "flare.body",
            "closing"
        ]
    );
}

#[test]
fn a_new_bulletin_appears_in_the_repeat() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    caller.listens_to("flare.today");

    let both = vec![bulletin("siren"), bulletin("flare")];
    caller.publish(on_air(vec![territory("rouen", both)]));

    let heard = caller.listens_to("once_more");
    assert_eq!(
        words(&heard),
        ["flare.body", "closing", "keys_help", "once_more"]
    );
    let heard = caller.listens_to("flare.today");
    assert_eq!(
        words(&heard),
        ["count_2", "siren.today", "siren.body", "flare.today"]
    );
}

#[test]
fn a_bulletin_that_ended_since_it_was_counted_is_still_said_with_its_end() {
    let both = vec![bulletin("flare"), bulletin("odour")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));
    caller.listens_to("flare.today");

    let mut over = territory("rouen", vec![bulletin("flare")]);
    over.ended = vec![version("odour", "odour-end")];
    caller.publish(on_air(vec![over]));

    let heard = caller.listens_to("closing");
    assert_eq!(
        words(&heard),
        ["flare.body", "odour-end.today", "odour-end.body", "closing"]
    );
}

#[test]
fn a_territory_taken_off_the_air_keeps_its_last_programme_for_its_callers() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    caller.listens_to("greeting");

    caller.publish(on_air(vec![]));

    let heard = caller.listens_to("closing");
    assert_eq!(
        words(&heard),
        ["count_1", "flare.today", "flare.body", "closing"]
    );
    assert_eq!(caller.presses_and_hears('0'), "greeting");
}
