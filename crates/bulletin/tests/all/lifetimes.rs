//! Nine days on the wall clock of a territory, across every kind of night.

use bulletin::{Lifetime, Refusal};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;

use crate::support::at;

#[test]
fn nine_days_end_at_the_same_hour_across_the_spring_night() {
    assert_expiry("2027-03-19T14:30:00+01:00", "2027-03-28T14:30:00+02:00");
    assert_expiry("2027-03-27T23:59:59+01:00", "2027-04-05T23:59:59+02:00");
}

#[test]
fn an_hour_that_the_spring_night_skips_is_taken_one_hour_later() {
    assert_expiry("2027-03-19T01:59:59+01:00", "2027-03-28T00:59:59Z");
    assert_expiry("2027-03-19T02:00:00+01:00", "2027-03-28T01:00:00Z");
    assert_expiry("2027-03-19T02:30:00+01:00", "2027-03-28T03:30:00+02:00");
    assert_expiry("2027-03-19T03:00:00+01:00", "2027-03-28T01:00:00Z");
}

#[test]
fn nine_days_end_at_the_same_hour_across_the_autumn_night() {
    assert_expiry("2027-10-22T14:30:00+02:00", "2027-10-31T14:30:00+01:00");
    assert_expiry("2027-10-30T12:00:00+02:00", "2027-11-08T12:00:00+01:00");
}

#[test]
fn of_an_hour_that_the_autumn_night_repeats_the_first_is_taken() {
    assert_expiry("2027-10-22T02:30:00+02:00", "2027-10-31T00:30:00Z");
    assert_expiry("2027-10-22T03:00:00+02:00", "2027-10-31T02:00:00Z");
}

#[test]
fn a_bulletin_posted_in_either_of_the_repeated_hours_ends_at_that_hour() {
    assert_expiry("2027-10-31T00:30:00Z", "2027-11-09T02:30:00+01:00");
    assert_expiry("2027-10-31T01:00:00Z", "2027-11-09T02:00:00+01:00");
    assert_expiry("2027-10-31T01:30:00Z", "2027-11-09T02:30:00+01:00");
}

#[test]
fn nine_days_count_the_leap_day_and_the_end_of_the_year() {
    assert_expiry("2028-02-20T08:00:00+01:00", "2028-02-29T08:00:00+01:00");
    assert_expiry("2027-02-20T08:00:00+01:00", "2027-03-01T08:00:00+01:00");
    assert_expiry("2028-02-29T08:00:00+01:00", "2028-03-09T08:00:00+01:00");
    assert_expiry("2027-12-27T23:30:00+01:00", "2028-01-05T23:30:00+01:00");
}

#[test]
fn hours_are_hours_whatever_the_wall_clock_does() {
    let posted = at("2027-03-27T20:00:00+01:00");
    let expiry = Lifetime::from_hours(12).unwrap().expiry(posted, &paris());
    assert_eq!(expiry, at("2027-03-28T09:00:00+02:00"));
}

#[test]
fn one_to_thirty_days_or_one_to_720_hours() {
    assert_eq!(Lifetime::default(), Lifetime::Days(9));
    for days in 0..=u8::MAX {
        let expected = if (1..=30).contains(&days) {
            Ok(Lifetime::Days(days))
        } else {
            Err(Refusal::Lifetime)
        };
        assert_eq!(Lifetime::from_days(days), expected);
    }
    assert_eq!(Lifetime::from_hours(0), Err(Refusal::Lifetime));
    assert_eq!(Lifetime::from_hours(720), Ok(Lifetime::Hours(720)));
    assert_eq!(Lifetime::from_hours(721), Err(Refusal::Lifetime));
}

#[test]
fn the_last_instant_of_the_calendar_does_not_overflow() {
    assert_eq!(
        Lifetime::Days(30).expiry(Timestamp::MAX, &paris()),
        Timestamp::MAX
    );
    assert_eq!(
        Lifetime::Hours(720).expiry(Timestamp::MAX, &paris()),
        Timestamp::MAX
    );
}

proptest! {
    #[test]
    fn days_keep_the_wall_clock_or_move_by_a_skipped_hour(
        second in 0_i64..4_102_444_800, // 1970 to 2099
        days in 1_u8..=30,
        zone in prop::sample::select(&ZONES),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let posted = Timestamp::from_second(second).unwrap();
        let expiry = Lifetime::from_days(days).unwrap().expiry(posted, &zone);

        let expected = SignedDuration::from_hours(24 * i64::from(days));
        let shift = (expiry.duration_since(posted) - expected).abs();
        prop_assert!(shift <= SignedDuration::from_hours(1), "{posted} to {expiry}");

        let (begin, end) = (posted.to_zoned(zone.clone()), expiry.to_zoned(zone.clone()));
        let wanted = begin.datetime().checked_add(jiff::Span::new().days(days)).unwrap();
        let offset = zone.to_ambiguous_zoned(wanted).offset();
        let skipped = matches!(offset, jiff::tz::AmbiguousOffset::Gap { .. });
        prop_assert!(skipped || end.datetime() == wanted, "{begin} to {end}");
    }

    #[test]
    fn a_later_post_of_the_same_lifetime_never_expires_earlier_by_more_than_an_hour(
        second in 0_i64..4_102_444_800, later in 0_i64..86_400,
    ) {
        let posted = Timestamp::from_second(second).unwrap();
        let next = posted + SignedDuration::from_secs(later);
        let expiry = |it| Lifetime::default().expiry(it, &paris());
        prop_assert!(expiry(next) >= expiry(posted) - SignedDuration::from_hours(1));
    }
}

fn assert_expiry(posted: &str, expected: &str) {
    let expiry = Lifetime::default().expiry(at(posted), &paris());
    assert_eq!(expiry, at(expected), "posted at {posted}");
}

fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

/// Summer time of both halves of the world, of half an hour, and none.
const ZONES: [&str; 6] = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Indian/Reunion",
    "UTC",
];
