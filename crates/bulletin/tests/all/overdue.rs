//! When the author of a bulletin is asked whether it is over.

use bulletin::{Bulletin, Draft, Kind, Update};
use jiff::{SignedDuration, Timestamp};

use crate::support::{at, compose, draft, territory};

const POSTED: &str = "2026-11-23T14:30:00+01:00";
const PATIENCE: SignedDuration = SignedDuration::from_hours(4);

#[test]
fn an_unplanned_event_is_asked_about_after_hours_of_silence_until_it_is_ended() {
    let mut it = unplanned(None);
    assert_eq!(overdue(&it, 3), None);
    assert_eq!(overdue(&it, 4), Some(hours_later(4)));
    assert_eq!(overdue(&it, 9), Some(hours_later(4)));

    let change = Update {
        text: "La torche brûle toujours.".into(),
        under_control: false,
        lifetime: None,
    };
    it.update(change, &territory(), "anne", hours_later(5))
        .unwrap();
    assert_eq!(overdue(&it, 8), None);
    assert_eq!(overdue(&it, 9), Some(hours_later(9)));
    it.end(None, "anne", hours_later(10)).unwrap();
    assert_eq!(overdue(&it, 99), None);
}

#[test]
fn one_whose_end_was_foreseen_is_asked_about_at_that_hour() {
    let it = unplanned(Some(hours_later(2)));
    assert_eq!(overdue(&it, 1), None);
    assert_eq!(overdue(&it, 3), Some(hours_later(2)));
}

#[test]
fn planned_works_are_asked_about_when_their_window_is_over_and_not_before() {
    let planned = |ends_at| {
        let draft = Draft {
            starts_at: Some(hours_later(24)),
            ends_at,
            ..draft(
                Kind::Planned,
                "Travaux d'entretien, torche allumée par moments.",
            )
        };
        compose(draft, at(POSTED)).unwrap()
    };
    let it = planned(Some(hours_later(48)));
    assert_eq!(overdue(&it, 47), None);
    assert_eq!(overdue(&it, 48), Some(hours_later(48)));
    let endless = planned(None);
    assert_eq!(overdue(&endless, 27), None);
    assert_eq!(overdue(&endless, 28), Some(hours_later(28)));
}

#[test]
fn what_is_withdrawn_or_expired_is_not_asked_about() {
    let mut it = unplanned(None);
    assert_eq!(overdue(&it, 24 * 9), None);
    it.withdraw(None, "anne", hours_later(1)).unwrap();
    assert_eq!(overdue(&it, 9), None);
}

fn unplanned(ends_at: Option<Timestamp>) -> Bulletin {
    let draft = Draft {
        ends_at,
        ..draft(Kind::Unplanned, "Torche allumée.")
    };
    compose(draft, at(POSTED)).unwrap()
}

fn overdue(it: &Bulletin, hours: i64) -> Option<Timestamp> {
    it.overdue_since(PATIENCE, hours_later(hours))
}

fn hours_later(hours: i64) -> Timestamp {
    at(POSTED) + SignedDuration::from_hours(hours)
}
