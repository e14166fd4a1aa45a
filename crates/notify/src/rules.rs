//! Who gets what: which bulletins a channel is for, and when it stays quiet.

use std::fmt;

use bulletin::{Bulletin, Event, Kind, Severity, SiteSlug};
use jiff::civil::Time;
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// What a channel is told of; everything, at every hour, unless something is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Bulletins of these kinds; of all kinds where none is named.
    pub kinds: Vec<Kind>,
    /// Bulletins in which at least one of these happens; whatever happens where none is named.
    pub events: Vec<Event>,
    /// Bulletins of these sites; of all sites where none is named.
    pub sites: Vec<SiteSlug>,
    /// Bulletins whose first entry says one of these; of every severity where none is named.
    pub severities: Vec<Severity>,
    /// When planned events wait.
    pub quiet_hours: Option<QuietHours>,
}

impl Rules {
    /// Whether the channel is for this bulletin. Nothing that an entry can change is looked at, so that the answer is
    /// the same for the first entry and for the end.
    #[must_use]
    pub fn want(&self, bulletin: &Bulletin) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&bulletin.kind))
            && (self.sites.is_empty() || self.sites.contains(&bulletin.site))
            && (self.severities.is_empty() || self.want_severity(bulletin))
            && (self.events.is_empty() || bulletin.events.iter().any(|it| self.events.contains(it)))
    }

    fn want_severity(&self, bulletin: &Bulletin) -> bool {
        let mut first = bulletin.entries.iter().take(1);
        first.any(|entry| {
            self.severities
                .contains(&Severity::of(bulletin.kind, entry))
        })
    }

    /// When what is known in advance may be told; `None` if at once. What just happens never waits.
    #[must_use]
    pub fn held_until(&self, kind: Kind, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let quiet = self.quiet_hours.filter(|_| kind == Kind::Planned)?;
        quiet.end_after(now, zone)
    }
}

/// Hours of the territory's clock, every day, from the first to just before the second; over midnight where the first
/// is later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

impl QuietHours {
    /// Reads `22:00-07:00`; `None` for anything else, and for hours that are the same.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let [from, until] = [from, until].map(|hour| Time::strptime("%H:%M", hour.trim()).ok());
        let quiet = Self {
            from: from?,
            until: until?,
        };
        (quiet.from != quiet.until).then_some(quiet)
    }

    /// When they are over, if they last at `now`.
    fn end_after(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let clock = now.to_zoned(zone.clone()).datetime();
        let hour = clock.time();
        let lasts = if self.from < self.until {
            (self.from..self.until).contains(&hour)
        } else {
            hour >= self.from || hour < self.until
        };
        if !lasts {
            return None;
        }
        let day = if hour < self.until {
            clock.date()
        } else {
            clock.date().checked_add(1.day()).ok()?
        };
        // An hour that the spring night leaves out is the one after it; the later of two in autumn keeps the quiet.
        let end = zone.to_ambiguous_timestamp(day.to_datetime(self.until));
        end.later().ok().filter(|end| *end > now)
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, until] = [self.from, self.until].map(|at| at.strftime("%H:%M").to_string());
        write!(f, "{from}-{until}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn planned_events_wait_for_the_end_of_quiet_hours_and_nothing_else_does() {
        let rules = Rules {
            quiet_hours: QuietHours::parse("22:00-07:00"),
            ..Rules::default()
        };
        let held = |kind, now: &str| rules.held_until(kind, at(now), &paris());

        let morning = Some(at("2026-11-26T07:00:00+01:00"));
        assert_eq!(held(Kind::Planned, "2026-11-25T23:30:00+01:00"), morning);
        assert_eq!(held(Kind::Planned, "2026-11-26T06:59:59+01:00"), morning);
        assert_eq!(held(Kind::Planned, "2026-11-26T07:00:00+01:00"), None);
        assert_eq!(held(Kind::Planned, "2026-11-25T21:59:59+01:00"), None);
        for kind in [Kind::Unplanned, Kind::Drill, Kind::Test] {
            assert_eq!(held(kind, "2026-11-25T23:30:00+01:00"), None, "{kind:?}");
        }
    }

    #[test]
    fn quiet_hours_end_on_the_nights_when_clocks_change() {
        let quiet = QuietHours::parse("22:00-02:30").unwrap();
        let end = |now: &str| quiet.end_after(at(now), &paris());

        // 28 March 2027 has no 2:30, 31 October 2027 has two.
        let spring = end("2027-03-28T01:59:00+01:00");
        assert_eq!(spring, Some(at("2027-03-28T03:30:00+02:00")));
        let autumn = end("2027-10-31T02:10:00+02:00");
        assert_eq!(autumn, Some(at("2027-10-31T02:30:00+01:00")));
    }

    #[test]
    fn what_cannot_be_quiet_hours_is_none() {
        for text in ["", "22-7", "22:00", "25:00-07:00", "07:00-07:00", "-"] {
            assert_eq!(QuietHours::parse(text), None, "{text}");
        }
        let quiet = QuietHours::parse(" 22:00 - 07:00 ").unwrap();
        assert_eq!(quiet.to_string(), "22:00-07:00");
    }

    proptest! {
        #[test]
        fn quiet_hours_are_always_over_within_a_day_and_a_bit(
            second in 1_700_000_000_i64..1_900_000_000, from in 0_i8..24, until in 0_i8..24, text in any::<String>(),
        ) {
            let _ = QuietHours::parse(&text);
            let now = Timestamp::from_second(second).unwrap();
            let Some(quiet) = QuietHours::parse(&format!("{from}:00-{until}:00")) else {
                prop_assert_eq!(from, until);
                return Ok(());
            };
            if let Some(end) = quiet.end_after(now, &paris()) {
                let wait = end.duration_since(now).as_secs();
                prop_assert!((1..=25 * 3600).contains(&wait), "{}", wait);
                prop_assert_eq!(quiet.end_after(end, &paris()), None);
            }
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }
}
