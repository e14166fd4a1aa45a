//! "What do you notice?", behind key 6, for territories that ask.

use bulletin::Noticed;

use super::stage::{Caller, bulletin, on_air, territory, words};
use crate::on_air::{BulletinOnAir, OnAir};

#[test]
fn where_nobody_asks_nothing_is_said_of_it_and_six_is_no_key() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    assert_eq!(caller.presses_and_hears('6'), "key_unknown");

    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    let heard = caller.listens_to_the_end();
    assert!(
        !heard.iter().any(|step| step.starts_with("notice")),
        "{heard:?}"
    );
}

#[test]
fn it_is_offered_after_the_count_and_with_the_keys_and_stands_in_nobody_s_way() {
    let mut caller = Caller::calls(asking());

    let heard = caller.listens_to("once_more");

    let round = [
        "greeting",
        "count_3",
        "notice_offer",
        "flare.today",
        "flare.body",
    ];
    assert_eq!(words(&heard)[..5], round);
    assert_eq!(
        words(&heard)[9..],
        [
            "closing",
            "emergency_reminder",
            "keys_help",
            "notice_offer",
            "once_more"
        ]
    );
    assert!(caller.script.noticed().is_empty());
}

#[test]
fn the_short_programme_has_no_time_to_offer_it() {
    let mut caller = Caller::calls(asking());
    caller.script.shorten(true);

    let heard = caller.listens_to_the_end();

    assert!(!heard.contains(&"notice_offer".to_owned()));
}

#[test]
fn what_speaks_of_it_comes_first() {
    let mut caller = Caller::calls(asking());
    caller.listens_to("count_3");

    assert_eq!(caller.presses_and_hears('6'), "notice_intro");
    assert_eq!(caller.presses_and_hears('2'), "notice_thanks");

    let heard = caller.listens_to("closing");
    assert_eq!(
        words(&heard),
        [
            "notice_found",
            "odour.today",
            "odour.body",
            "flare.today",
            "flare.body",
            "siren.today",
            "siren.body",
            "closing"
        ]
    );
    assert_eq!(caller.script.noticed(), [Noticed::Smell]);
    let heard = caller.listens_to("flare.today");
    assert!(
        heard.contains(&"odour.today".to_owned()),
        "in the repeat too"
    );
}

#[test]
fn what_no_bulletin_speaks_of_is_counted_and_the_programme_follows() {
    let mut caller = Caller::calls(asking());
    caller.presses('6');

    assert_eq!(caller.presses_and_hears('1'), "notice_thanks");
    assert_eq!(
        words(&caller.listens_to("flare.today")),
        ["notice_none", "count_3", "notice_offer", "flare.today"]
    );
    assert_eq!(caller.script.noticed(), [Noticed::Noise]);
}

#[test]
fn without_a_bulletin_the_answer_counts_too() {
    let mut quiet = territory("rouen", vec![]);
    quiet.asks_noticed = true;
    let mut caller = Caller::calls(on_air(vec![quiet]));
    assert_eq!(
        caller.listens_to("notice_offer").last().unwrap(),
        "notice_offer"
    );
    caller.presses('6');

    assert_eq!(caller.presses_and_hears('4'), "notice_thanks");
    assert_eq!(caller.script.noticed(), [Noticed::Siren]);
    assert_eq!(
        words(&caller.listens_to("checked_at")),
        ["notice_none", "checked_at"]
    );
}

#[test]
fn each_answer_counts_once_and_several_count() {
    let mut caller = Caller::calls(asking());
    for key in "62626361".chars() {
        caller.presses(key);
    }

    let all = [Noticed::Smell, Noticed::FlameOrSmoke, Noticed::Noise];
    assert_eq!(caller.script.noticed(), all);
}

#[test]
fn who_says_nothing_is_asked_twice_more_then_hears_the_programme() {
    let mut caller = Caller::calls(asking());
    caller.presses('6');

    let heard = caller.listens_to("count_3");

    assert_eq!(
        heard,
        [
            "notice_intro",
            "pause 3000",
            "notice_again",
            "pause 3000",
            "notice_again",
            "pause 3000",
            "count_3"
        ]
    );
}

#[test]
fn every_other_key_while_it_is_asked() {
    for (key, expected) in [
        ('*', "notice_intro"),
        ('#', "count_3"),
        ('7', "count_3"),
        ('8', "ended_none"),
        ('0', "greeting"),
        ('9', "key_unknown"),
        ('5', "hold 60000"),
    ] {
        let mut caller = Caller::calls(asking());
        caller.presses('6');
        caller.listens_to("notice_again");

        assert_eq!(caller.presses_and_hears(key), expected, "{key}");
    }
}

#[test]
fn an_answer_is_an_answer_only_while_that_is_the_question() {
    let mut caller = Caller::calls(asking());
    caller.listens_to("flare.today");

    assert_eq!(caller.presses_and_hears('2'), "key_unknown");
    assert!(caller.script.noticed().is_empty());
}

/// A flare, an odour and a siren.
fn asking() -> OnAir {
    let noticed = |name, noticed_as| BulletinOnAir {
        noticed_as,
        ..bulletin(name)
    };
    let mut rouen = territory(
        "rouen",
        vec![
            noticed("flare", vec![Noticed::FlameOrSmoke]),
            noticed("odour", vec![Noticed::Smell]),
            noticed("siren", vec![Noticed::Siren]),
        ],
    );
    rouen.asks_noticed = true;
    on_air(vec![rouen])
}
