//! What becomes of a delivery before anybody is told: told, left out, given up as too late, or kept for the morning.

use bulletin::{Bulletin, Entry, EntryKind, State};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use notify::Rules;
use store::{Delivery, DeliveryState};

/// What to do with a delivery now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Tell,
    /// The channel is not for this entry; the word of [`store::Settled::Skipped`].
    Skip(&'static str),
    /// It is too late to be worth telling; the word of [`store::Settled::Cancelled`].
    Cancel(&'static str),
    /// By a rule, not before this instant.
    Hold(Timestamp),
}

/// What a decision is made of.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// The thread as it stands: it may have grown since the entry.
    pub(super) bulletin: &'a Bulletin,
    pub(super) entry: &'a Entry,
    /// What became of the earlier entries on this channel.
    pub(super) earlier: &'a [Delivery],
    pub(super) rules: &'a Rules,
    /// The territory's.
    pub(super) zone: &'a TimeZone,
}

impl Case<'_> {
    /// An end goes to whoever was told of the event, and to nobody else. What comes late is told only while it still
    /// helps somebody: not the beginning of what is over, nor an update that an end overtakes.
    pub(super) fn decide(self, now: Timestamp) -> Decision {
        let Self {
            bulletin,
            entry,
            earlier,
            rules,
            zone,
        } = self;
        if !rules.want(bulletin) {
            return Decision::Skip("rules");
        }
        let was_told = earlier.iter().any(|it| it.state == DeliveryState::Sent);
        let of_the_end = closes(entry.kind) || self.follows_the_end();
        if of_the_end && !was_told {
            return Decision::Skip("start-untold");
        }
        let is_late = now.duration_since(entry.at) > LATE;
        if is_late && !of_the_end && (self.is_overtaken() || (!was_told && is_over(bulletin, now)))
        {
            return Decision::Cancel("over");
        }
        match rules.held_until(bulletin.kind, now, zone) {
            Some(until) => Decision::Hold(until),
            None => Decision::Tell,
        }
    }

    /// Whether the entry sets right what was said of an event that had ended.
    fn follows_the_end(&self) -> bool {
        let before = self.bulletin.entries.iter();
        let mut before = before.filter(|one| one.number < self.entry.number);
        before.any(|one| one.kind == EntryKind::End)
    }

    /// Whether a later entry says that it is over.
    fn is_overtaken(&self) -> bool {
        let mut latest_first = self.bulletin.entries.iter().rev();
        let last_word =
            latest_first.find(|one| closes(one.kind) || one.kind == EntryKind::Restoration);
        last_word.is_some_and(|one| one.number > self.entry.number && closes(one.kind))
    }
}

fn closes(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::End | EntryKind::Withdrawal)
}

fn is_over(bulletin: &Bulletin, now: Timestamp) -> bool {
    let state = bulletin.state(now);
    matches!(state, State::Ended | State::Cancelled | State::Expired)
}

/// What is told within this time is told in its order, whatever came after it.
const LATE: SignedDuration = SignedDuration::from_secs(60);

#[cfg(test)]
mod tests {
    use bulletin::{
        BulletinId, Draft, Event, Kind, Language, Lifetime, Nuisance, Severity, Site, SiteSlug,
        Territory, TerritorySlug, Update,
    };
    use notify::QuietHours;

    use super::*;

    #[test]
    fn what_was_just_posted_is_told_in_its_order_though_it_is_over_already() {
        let mut thread = thread(Kind::Unplanned);
        thread.end(None, "anne", at(5)).unwrap();

        assert_eq!(decide(&thread, 1, &[], at(6)), Decision::Tell);
        assert_eq!(decide(&thread, 2, &[told(1)], at(6)), Decision::Tell);
    }

    #[test]
    fn a_late_first_delivery_of_what_is_over_is_cancelled_and_its_end_told_nowhere() {
        let mut thread = thread(Kind::Unplanned);
        thread.end(None, "anne", at(300)).unwrap();
        thread.correct("Rectificatif.", "anne", at(310)).unwrap();

        let late = at(400);
        assert_eq!(decide(&thread, 1, &[], late), Decision::Cancel("over"));
        let cancelled = [not_told(1, DeliveryState::Cancelled)];
        let untold = Decision::Skip("start-untold");
        assert_eq!(decide(&thread, 2, &cancelled, late), untold);
        assert_eq!(decide(&thread, 3, &cancelled, late), untold);
    }

    #[test]
    fn the_end_goes_to_whoever_got_the_start_however_late() {
        let mut thread = thread(Kind::Unplanned);
        let change = Update {
            text: "Le bruit diminue.".into(),
            under_control: true,
            lifetime: None,
        };
        thread
            .update(change, &territory(), "anne", at(100))
            .unwrap();
        thread.end(None, "anne", at(300)).unwrap();

        let late = at(7_200);
        let overtaken = decide(&thread, 2, &[told(1)], late);
        assert_eq!(
            overtaken,
            Decision::Cancel("over"),
            "the end is told in its place"
        );
        let earlier = [told(1), not_told(2, DeliveryState::Cancelled)];
        assert_eq!(decide(&thread, 3, &earlier, late), Decision::Tell);
        let dead = [
            not_told(1, DeliveryState::Dead),
            not_told(2, DeliveryState::Dead),
        ];
        assert_eq!(
            decide(&thread, 3, &dead, late),
            Decision::Skip("start-untold")
        );
    }

    #[test]
    fn a_correction_after_the_end_is_told_where_the_event_was() {
        let mut thread = thread(Kind::Unplanned);
        thread.end(None, "anne", at(300)).unwrap();
        thread.correct("Rectificatif.", "anne", at(900)).unwrap();

        let earlier = [told(1), told(2)];
        assert_eq!(decide(&thread, 3, &earlier, at(1_900)), Decision::Tell);
    }

    #[test]
    fn a_withdrawal_undone_lets_a_late_start_be_told() {
        let mut thread = thread(Kind::Unplanned);
        thread.withdraw(None, "anne", at(10)).unwrap();
        assert_eq!(decide(&thread, 1, &[], at(200)), Decision::Cancel("over"));
        thread.restore("anne", at(20)).unwrap();
        assert_eq!(decide(&thread, 1, &[], at(200)), Decision::Tell);
    }

    #[test]
    fn a_planned_event_whose_window_is_over_is_not_begun_late() {
        let thread = thread(Kind::Planned);
        assert_eq!(decide(&thread, 1, &[], at(3_599)), Decision::Tell);
        assert_eq!(decide(&thread, 1, &[], at(3_601)), Decision::Cancel("over"));
    }

    #[test]
    fn rules_leave_out_and_quiet_hours_hold() {
        let planned = thread(Kind::Planned);
        let zone = territory().zone;
        let decide = |rules: &Rules| {
            let case = Case {
                bulletin: &planned,
                entry: planned.current(),
                earlier: &[],
                rules,
                zone: &zone,
            };
            case.decide(at(1))
        };
        let unplanned_only = Rules {
            kinds: vec![Kind::Unplanned],
            ..Rules::default()
        };
        assert_eq!(decide(&unplanned_only), Decision::Skip("rules"));
        let not_mastered = Rules {
            severities: vec![Severity::Unknown],
            ..Rules::default()
        };
        assert_eq!(decide(&not_mastered), Decision::Skip("rules"));
        let mut unplanned = thread(Kind::Unplanned);
        let mastered = Update {
            text: "C'est maîtrisé.".into(),
            under_control: true,
            lifetime: None,
        };
        unplanned
            .update(mastered, &territory(), "anne", at(1))
            .unwrap();
        assert!(
            not_mastered.want(&unplanned),
            "whoever was told how it starts is told how it goes on"
        );
        let quiet = Rules {
            quiet_hours: QuietHours::parse("22:00-07:00"),
            ..Rules::default()
        };
        let morning = "2027-03-20T07:00:00+01:00".parse().unwrap();
        assert_eq!(decide(&quiet), Decision::Hold(morning));
    }

    fn decide(thread: &Bulletin, number: u32, earlier: &[Delivery], now: Timestamp) -> Decision {
        let entry = thread.entries.iter().find(|one| one.number == number);
        let case = Case {
            bulletin: thread,
            entry: entry.unwrap(),
            earlier,
            rules: &Rules::default(),
            zone: &territory().zone,
        };
        case.decide(now)
    }

    fn told(entry: u32) -> Delivery {
        not_told(entry, DeliveryState::Sent)
    }

    fn not_told(entry: u32, state: DeliveryState) -> Delivery {
        Delivery {
            bulletin: BulletinId::from_random([7; 8]),
            entry,
            channel: "codis".into(),
            state,
            attempts: 1,
            created_at: at(0),
            due_at: at(0),
            run_at: at(0),
            is_held: false,
            tried_at: None,
            done_at: None,
            receipt: None,
            why: None,
        }
    }

    /// Posted at 0 in the night, over after an hour if it is planned.
    fn thread(kind: Kind) -> Bulletin {
        let site = Site {
            slug: SiteSlug::parse("raffinerie").unwrap(),
            territory: territory().slug,
            name: "Raffinerie".into(),
            spoken_name: "la raffinerie".into(),
            commune: "Rives".into(),
        };
        let draft = Draft {
            kind,
            events: vec![Event::Noise],
            nuisances: vec![Nuisance::Noise],
            text: "Un bruit est audible.".into(),
            language: Language::French,
            starts_at: Some(at(-60)),
            ends_at: (kind == Kind::Planned).then(|| at(3_600)),
            lifetime: Lifetime::default(),
        };
        let id = BulletinId::from_random([7; 8]);
        Bulletin::compose(id, &site, &territory(), draft, "anne", at(0)).unwrap()
    }

    fn territory() -> Territory {
        Territory {
            slug: TerritorySlug::parse("rives").unwrap(),
            name: "Rives".into(),
            spoken_name: "Rives".into(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
            numbers: vec![],
        }
    }

    fn at(second: i64) -> Timestamp {
        let night: Timestamp = "2027-03-20T00:00:00Z".parse().unwrap();
        night + SignedDuration::from_secs(second)
    }
}
