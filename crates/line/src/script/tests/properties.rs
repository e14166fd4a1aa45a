//! Whatever is pressed and published, a caller left alone reaches the end.

use proptest::prelude::*;

use bulletin::{Kind, Language, Noticed};

use super::stage::{Caller, at, bulletin, long, on_air, sound, territory, version};
use crate::on_air::{BulletinOnAir, CrisisOnAir, OnAir};

proptest! {
    #[test]
    fn a_caller_left_alone_reaches_the_end(
        number in prop_oneof![Just("0805691282"), Just("0800101092"), Just("0")],
        first in 0..PROGRAMMES,
        doings in proptest::collection::vec(doing(), 0..60),
    ) {
        let mut caller = Caller::dials(programme(first), number);
        for doing in doings {
            match doing {
                Doing::Listen => drop(caller.hears()),
                Doing::Press(key) => drop(caller.presses(key)),
                Doing::Publish(which) => caller.publish(programme(which)),
                Doing::Wait(now) => caller.now = at(now),
            }
        }

        let steps = (1..).find(|_| caller.hears() == "hang up").unwrap();

        prop_assert!(steps <= MOST_STEPS, "{steps} steps");
        prop_assert_eq!(caller.presses('*'), "nothing");
    }
}

#[derive(Clone, Debug)]
enum Doing {
    Listen,
    Press(char),
    Publish(usize),
    Wait(&'static str),
}

fn doing() -> impl Strategy<Value = Doing> {
    let keys = "0123456789*#A".chars().collect::<Vec<_>>();
    let instants = [
        "2026-11-23T12:30:00Z",
        "2026-11-24T00:00:00Z",
        "2027-01-01T00:00:00Z",
    ];
    prop_oneof![
        4 => Just(Doing::Listen),
        4 => proptest::sample::select(keys).prop_map(Doing::Press),
        1 => any::<char>().prop_map(Doing::Press),
        2 => (0..PROGRAMMES).prop_map(Doing::Publish),
        1 => proptest::sample::select(instants.to_vec()).prop_map(Doing::Wait),
    ]
}

fn programme(which: usize) -> OnAir {
    let some = |names: &[&str]| names.iter().map(|one| bulletin(one)).collect::<Vec<_>>();
    let with_ended = |slug, ongoing: Vec<BulletinOnAir>, ended| {
        let mut one = territory(slug, ongoing);
        one.ended = ended;
        one
    };
    let changed = vec![version("odour", "odour-two"), version("flare", "flare-two")];
    let settled = |asks_noticed, crisis: Option<u8>, authorities| {
        let english = BulletinOnAir {
            language: Language::English,
            noticed_as: vec![Noticed::Smell],
            kind: Kind::Unplanned,
            began_at: Some(at("2026-11-23T06:30:00Z")),
            ..bulletin("odour")
        };
        let mut one = with_ended("rouen", vec![long("flare"), english], some(&["smoke"]));
        one.asks_noticed = asks_noticed;
        one.authorities = authorities;
        one.crisis = crisis.map(|number| CrisisOnAir {
            set_at: at(&format!("2026-11-23T12:00:0{number}Z")),
            words: sound("crisis"),
        });
        on_air(vec![one, territory("havre", vec![])])
    };
    match which {
        0 => on_air(vec![]),
        1 => on_air(vec![territory("rouen", vec![])]),
        2 => on_air(vec![
            territory("rouen", some(&["flare", "odour"])),
            with_ended("havre", some(&["siren"]), some(&["smoke"])),
        ]),
        3 => on_air(vec![with_ended("havre", changed, some(&["siren"]))]),
        4 => settled(true, None, false),
        5 => settled(true, Some(1), false),
        6 => settled(false, Some(2), true),
        7 => settled(true, None, true),
        _ => on_air(
            (0..9)
                .map(|one| territory(&format!("t{one}"), some(&["noise"])))
                .collect(),
        ),
    }
}

const PROGRAMMES: usize = 9;
/// Three menus of five, three questions, then everything twice, with the ended events between, and a word to everybody.
const MOST_STEPS: usize = 3 * 13 + 3 * 2 + 2 * (6 + 3 * 10) + 3 * 8 + 20;
