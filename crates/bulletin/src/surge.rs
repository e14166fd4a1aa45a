//! Callers as a sensor: many of them while no bulletin tells why, or some who say by a key what they notice.
//!
//! Start with [`SurgeWatch`], one for each territory. It counts callers over the last minutes and says once that an
//! episode begins and once that it is over, however long it lasts. It reads no clock: every look carries `now`.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::{Bulletin, Noticed, State};

/// How many callers are worth an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurgeThresholds {
    /// New calls within the minutes while no bulletin tells of anything.
    pub calls: u32,
    /// Callers within the minutes who say that they notice the same thing, of which no bulletin tells.
    pub noticed: u32,
    /// How far back callers are counted, in minutes.
    pub minutes: u16,
}

impl Default for SurgeThresholds {
    /// Ten calls, or three who notice the same, in five minutes: a line without a bulletin has a few calls a day, and
    /// an event that is smelt in a town hundreds an hour.
    fn default() -> Self {
        Self {
            calls: 10,
            noticed: 3,
            minutes: 5,
        }
    }
}

/// Those who have called since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCallers {
    /// Calls answered.
    pub calls: u64,
    /// What they said is noticed, and how many said so.
    pub noticed: BTreeMap<Noticed, u64>,
}

/// What callers can hear about at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Whether a bulletin of the territory goes on.
    pub is_told: bool,
    /// As what the bulletins that go on are noticed.
    pub told_as: Vec<Noticed>,
}

impl Told {
    /// What these bulletins of one territory tell at `now`. One that is only announced, over or withdrawn tells nobody
    /// why something is to be heard now.
    pub fn by<'a>(bulletins: impl IntoIterator<Item = &'a Bulletin>, now: Timestamp) -> Self {
        let goes_on =
            |one: &&Bulletin| matches!(one.state(now), State::Ongoing | State::UnderControl);
        let ongoing: Vec<_> = bulletins.into_iter().filter(goes_on).collect();
        Self {
            is_told: !ongoing.is_empty(),
            told_as: ongoing.into_iter().flat_map(Noticed::of).collect(),
        }
    }
}

/// The callers of one territory over the last minutes.
#[derive(Clone, Debug)]
pub struct SurgeWatch {
    thresholds: SurgeThresholds,
    recent: VecDeque<(Timestamp, NewCallers)>,
    is_open: bool,
    calm_since: Option<Timestamp>,
}

impl SurgeWatch {
    /// Knows of no caller yet.
    ///
    /// - `is_open`: whether an episode was going on when the program was started.
    #[must_use]
    pub fn new(thresholds: SurgeThresholds, is_open: bool) -> Self {
        Self {
            thresholds,
            recent: VecDeque::new(),
            is_open,
            calm_since: None,
        }
    }

    /// Whether an episode goes on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether nothing at all needs to be looked at: no caller in the window, and no episode.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.recent.is_empty() && !self.is_open
    }

    /// Takes in those who have called since the last look; answers what begins or ends.
    ///
    /// Whoever calls while a bulletin tells of what goes on is not counted, then or later. An episode ends as soon as a
    /// bulletin tells why, or when for the whole window there were fewer than half of what began it.
    pub fn look(&mut self, now: Timestamp, new: &NewCallers, told: &Told) -> Option<SurgeTurn> {
        let window = SignedDuration::from_mins(i64::from(self.thresholds.minutes));
        while self
            .recent
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) >= window)
        {
            self.recent.pop_front();
        }
        let unexplained = unexplained(new, told);
        if unexplained != NewCallers::default() {
            self.recent.push_back((now, unexplained));
        }
        let surge = self.sum(told);
        if !self.is_open {
            self.is_open = self.is_reached(&surge, 1);
            return self.is_open.then_some(SurgeTurn::Begins(surge));
        }
        let was_answered = told.is_told && surge.noticed.is_empty();
        if was_answered {
            self.recent.clear();
        } else if self.is_reached(&surge, 2) {
            self.calm_since = None;
            return None;
        }
        let calm_since = *self.calm_since.get_or_insert(now);
        if !was_answered && now.duration_since(calm_since) < window {
            return None;
        }
        (self.is_open, self.calm_since) = (false, None);
        Some(SurgeTurn::Ends)
    }

    /// Everybody of the window whom no bulletin tells why they call.
    fn sum(&self, told: &Told) -> Surge {
        let mut noticed: BTreeMap<Noticed, u64> = BTreeMap::new();
        for (_, callers) in &self.recent {
            for (what, count) in &callers.noticed {
                *noticed.entry(*what).or_default() += count;
            }
        }
        noticed.retain(|what, _| !told.told_as.contains(what));
        let calls = self.recent.iter().map(|(_, callers)| callers.calls).sum();
        Surge {
            calls: if told.is_told { 0 } else { calls },
            noticed,
            minutes: self.thresholds.minutes,
        }
    }

    /// Whether there are as many as the thresholds, divided by `share`.
    fn is_reached(&self, surge: &Surge, share: u64) -> bool {
        let reaches = |count: u64, threshold: u32| count * share >= u64::from(threshold.max(1));
        reaches(surge.calls, self.thresholds.calls)
            || surge
                .noticed
                .values()
                .any(|count| reaches(*count, self.thresholds.noticed))
    }
}

/// What a look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurgeTurn {
    /// There are as many as the thresholds say.
    Begins(Surge),
    /// It is calm again, or a bulletin tells why.
    Ends,
}

/// The callers that make an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surge {
    /// Calls of the window; none where a bulletin goes on.
    pub calls: u64,
    /// What callers said is noticed, without what a bulletin tells of.
    pub noticed: BTreeMap<Noticed, u64>,
    /// The length of the window.
    pub minutes: u16,
}

/// Those of whom no bulletin tells why they call.
fn unexplained(new: &NewCallers, told: &Told) -> NewCallers {
    let noticed = new.noticed.iter();
    NewCallers {
        calls: if told.is_told { 0 } else { new.calls },
        noticed: noticed
            .filter(|(what, count)| **count > 0 && !told.told_as.contains(what))
            .map(|(what, count)| (*what, *count))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ten_callers_in_five_minutes_without_a_bulletin_are_one_alert() {
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
        for second in 0..9 {
            assert_eq!(watch.look(at(second), &calls(1), &nothing()), None);
        }
        let begins = watch.look(at(9), &calls(1), &nothing());
        let Some(SurgeTurn::Begins(surge)) = begins else {
            panic!("{begins:?}");
        };
        assert_eq!((surge.calls, surge.minutes), (10, 5));
        for second in 10..60 {
            assert_eq!(watch.look(at(second), &calls(3), &nothing()), None);
        }
    }

    #[test]
    fn callers_spread_over_an_hour_are_none() {
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
        for minute in 0..60 {
            assert_eq!(watch.look(at(60 * minute), &calls(1), &nothing()), None);
        }
    }

    #[test]
    fn callers_who_hear_why_are_none_even_after_the_bulletin() {
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
        assert_eq!(watch.look(at(0), &calls(500), &told(&[])), None);
        assert_eq!(watch.look(at(1), &calls(9), &nothing()), None);
    }

    #[test]
    fn three_who_smell_something_are_an_alert_and_three_who_notice_different_things_are_none() {
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
        for (second, what) in [Noticed::Noise, Noticed::Smell, Noticed::Siren]
            .into_iter()
            .enumerate()
        {
            let second = i64::try_from(second).unwrap();
            assert_eq!(watch.look(at(second), &noticing(what), &nothing()), None);
        }
        assert_eq!(
            watch.look(at(10), &noticing(Noticed::Smell), &nothing()),
            None
        );
        let begins = watch.look(at(11), &noticing(Noticed::Smell), &nothing());
        let Some(SurgeTurn::Begins(surge)) = begins else {
            panic!("{begins:?}");
        };
        assert_eq!(surge.noticed[&Noticed::Smell], 3);
    }

    #[test]
    fn what_a_bulletin_tells_of_is_no_alert_and_what_it_does_not_tell_of_is_one() {
        let flare = told(&[Noticed::Noise, Noticed::FlameOrSmoke]);
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
        for second in 0..20 {
            let look = watch.look(at(second), &noticing(Noticed::Noise), &flare);
            assert_eq!(look, None);
        }
        for second in 20..22 {
            let look = watch.look(at(second), &noticing(Noticed::Smell), &flare);
            assert_eq!(look, None);
        }
        let begins = watch.look(at(22), &noticing(Noticed::Smell), &flare);
        assert!(matches!(begins, Some(SurgeTurn::Begins(_))), "{begins:?}");
    }

    #[test]
    fn an_alert_ends_with_a_bulletin_and_the_same_callers_begin_no_second_one() {
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
        assert!(watch.look(at(0), &calls(50), &nothing()).is_some());
        let ends = watch.look(at(30), &calls(20), &told(&[]));
        assert_eq!(ends, Some(SurgeTurn::Ends));
        assert_eq!(watch.look(at(31), &calls(0), &nothing()), None);
    }

    #[test]
    fn an_alert_ends_after_five_calm_minutes_and_half_as_many_callers_keep_it_open() {
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
        assert!(watch.look(at(0), &calls(10), &nothing()).is_some());
        for minute in 1..30 {
            let look = watch.look(at(60 * minute), &calls(1), &nothing());
            assert_eq!(look, None, "minute {minute}: five calls in five minutes");
        }
        let mut ended = vec![];
        for minute in 30..60 {
            if watch.look(at(60 * minute), &calls(0), &nothing()) == Some(SurgeTurn::Ends) {
                ended.push(minute);
            }
        }
        assert_eq!(ended, [35]);
    }

    #[test]
    fn an_episode_from_before_the_start_is_not_told_again_but_ended() {
        let mut watch = SurgeWatch::new(SurgeThresholds::default(), true);
        assert_eq!(watch.look(at(0), &calls(50), &nothing()), None);
        assert_eq!(
            watch.look(at(1), &calls(0), &told(&[])),
            Some(SurgeTurn::Ends)
        );
        assert!(watch.is_idle());
    }

    proptest! {
        #[test]
        fn beginnings_and_ends_take_turns(looks in prop::collection::vec((0..120_i64, 0..12_u64, 0..4_u64, any::<bool>()), 1..200)) {
            let mut watch = SurgeWatch::new(SurgeThresholds::default(), false);
            let (mut now, mut is_open) = (0, false);
            for (pause, count, smelt, is_told) in looks {
                now += pause;
                let new = NewCallers { calls: count, noticed: BTreeMap::from([(Noticed::Smell, smelt)]) };
                let told = if is_told { told(&[]) } else { nothing() };
                match watch.look(at(now), &new, &told) {
                    Some(SurgeTurn::Begins(_)) => { prop_assert!(!is_open); is_open = true; }
                    Some(SurgeTurn::Ends) => { prop_assert!(is_open); is_open = false; }
                    None => {}
                }
                prop_assert_eq!(watch.is_open(), is_open);
            }
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn calls(calls: u64) -> NewCallers {
        NewCallers {
            calls,
            ..NewCallers::default()
        }
    }

    fn noticing(what: Noticed) -> NewCallers {
        NewCallers {
            calls: 0,
            noticed: BTreeMap::from([(what, 1)]),
        }
    }

    fn nothing() -> Told {
        Told::default()
    }

    fn told(told_as: &[Noticed]) -> Told {
        Told {
            is_told: true,
            told_as: told_as.to_vec(),
        }
    }
}
