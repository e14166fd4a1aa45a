//! What is posted, changed, ended and withdrawn while a caller listens.

use super::stage::{Caller, at, bulletin, id, long, on_air, territory, version, words};

#[test]
fn a_listener_keeps_the_old_version_to_its_end_and_the_repeat_has_the_new() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    caller.listens_to("flare.today");

    let changed = version("flare", "flare-out");
    caller.publish(on_air(vec![territory("rouen", vec![changed])]));

    let heard = caller.listens_to_the_end();
    let first_round = [
        "flare.body",
        "closing",
        "emergency_reminder",
        "keys_help",
        "once_more",
    ];
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
        [
            "flare.body",
            "closing",
            "emergency_reminder",
            "keys_help",
            "once_more"
        ]
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

#[test]
fn a_bulletin_withdrawn_while_it_is_said_stops_at_the_end_of_its_sentence() {
    let both = vec![long("flare"), bulletin("odour")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));
    caller.listens_to("flare.1");

    caller.publish(on_air(vec![territory("rouen", vec![bulletin("odour")])]));

    let heard = caller.listens_to("odour.body");
    assert_eq!(
        heard,
        ["withdrawn", "pause 700", "odour.today", "odour.body"]
    );
}

#[test]
fn one_withdrawn_during_its_last_sentence_is_over_anyway() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![long("flare")])]));
    caller.listens_to("flare.3");

    caller.publish(on_air(vec![territory("rouen", vec![])]));

    assert_eq!(caller.listens_to("closing"), ["pause 700", "closing"]);
}

#[test]
fn a_bulletin_withdrawn_in_the_silence_before_its_turn_is_not_said() {
    let both = vec![bulletin("flare"), bulletin("odour")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));
    caller.listens_to("pause 700");

    caller.publish(on_air(vec![territory("rouen", vec![bulletin("odour")])]));

    let heard = caller.listens_to("odour.body");
    assert_eq!(heard, ["pause 700", "odour.today", "odour.body"]);
    assert_eq!(caller.heard(), [id("odour")]);
}

#[test]
fn a_bulletin_changed_while_it_is_said_is_heard_to_its_end_as_it_was() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![long("flare")])]));
    caller.listens_to("flare.1");

    let changed = version("flare", "flare-out");
    caller.publish(on_air(vec![territory("rouen", vec![changed])]));
    assert_eq!(caller.presses('5'), "hold 60000");
    assert_eq!(caller.presses('5'), "resume");

    let heard = caller.listens_to("flare-out.body");
    assert_eq!(words(&heard)[..3], ["flare.2", "flare.3", "closing"]);
}

#[test]
fn a_bulletin_whose_time_is_up_while_it_is_said_is_heard_to_its_end() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![long("flare")])]));
    caller.listens_to("flare.1");

    caller.now = at("2026-12-02T08:00:00Z");
    caller.publish(on_air(vec![territory("rouen", vec![])]));

    let heard = caller.listens_to("closing");
    assert_eq!(heard, ["flare.2", "flare.3", "pause 700", "closing"]);
}

#[test]
fn how_much_was_heard_counts_every_sentence() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![long("flare")])]));
    caller.listens_to("flare.2");
    caller.presses('#');

    let heard = &caller.script.heard()[0];
    let octets = |time: std::time::Duration| time.as_micros() / 125;
    assert_eq!(
        octets(heard.whole),
        ["flare.today", "flare.1", "flare.2", "flare.3"]
            .concat()
            .len() as u128
    );
    assert_eq!(
        octets(heard.played),
        ["flare.today", "flare.1"].concat().len() as u128
    );
}

#[test]
fn seven_goes_back_past_what_was_withdrawn() {
    let three = vec![bulletin("flare"), bulletin("odour"), bulletin("siren")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", three)]));
    caller.listens_to("siren.today");

    let left = vec![bulletin("flare"), bulletin("siren")];
    caller.publish(on_air(vec![territory("rouen", left)]));

    assert_eq!(caller.presses_and_hears('7'), "flare.today");
    assert_eq!(caller.presses_and_hears('7'), "count_2");
    assert_eq!(caller.presses_and_hears('7'), "greeting");
    assert_eq!(caller.presses_and_hears('7'), "greeting");
}
