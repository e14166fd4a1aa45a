//! A bulletin's life: entries, states, hours, and what each refuses.

use bulletin::{
    Bulletin, EntryKind, Event, Kind, Language, Lifetime, RecordingKey, Refusal, SiteSlug, State,
    TerritorySlug, UNDO, Update,
};
use jiff::{SignedDuration, Timestamp};

use crate::support::{at, compose, draft, site, territory};

const POSTED: &str = "2026-11-23T14:30:00+01:00";

#[test]
fn a_day_of_leak_mastered_leak_and_normal_keeps_every_text() {
    let mut it = unplanned(
        "Le POI de l'usine a été déclenché ce matin. Des odeurs sont possibles à l'extérieur.",
    );
    assert_eq!(it.state(hours_later(0)), State::Ongoing);

    update(
        &mut it,
        "À 12h, la fuite est maîtrisée. La levée du POI est attendue.",
        true,
        1,
    )
    .unwrap();
    assert_eq!(it.state(hours_later(1)), State::UnderControl);

    let end = it
        .end(
            Some(
                "La fuite a été maîtrisée vers 4h00. Le POI, déclenché à 3h00, a été levé à 15h40.",
            ),
            "bruno",
            hours_later(2),
        )
        .unwrap();
    assert_eq!(it.state(hours_later(2)), State::Ended);
    assert_eq!(
        (end.number, end.kind, end.author.as_str()),
        (3, EntryKind::End, "bruno")
    );
    assert_eq!(it.current(), &end);
    assert_eq!(it.updated_at(), hours_later(2));
    assert_eq!(numbers(&it), [1, 2, 3]);
    assert!(it.entries[0].text.starts_with("Le POI de l'usine"));
}

#[test]
fn an_update_can_say_that_the_event_is_out_of_hand_again() {
    let mut it = unplanned("Fumée noire.");
    update(&mut it, "Feu maîtrisé.", true, 1).unwrap();
    update(&mut it, "Reprise du feu.", false, 2).unwrap();
    assert_eq!(it.state(hours_later(2)), State::Ongoing);
}

#[test]
fn a_correction_hides_neither_the_earlier_text_nor_the_state() {
    let mut it = unplanned("Nous torchons depuis cet après-midi.");
    update(&mut it, "Situation maîtrisée.", true, 1).unwrap();
    let text = "Rectificatif de notre bulletin précédent : il y a eu un rejet d'H2S plus de 40 min avant notre annonce. Deux personnes sont décédées et 35 sont blessées. Suivez les consignes des autorités.";
    let correction = it.correct(text, "anne", hours_later(2)).unwrap();
    assert_eq!(correction.kind, EntryKind::Correction);
    assert_eq!(it.state(hours_later(2)), State::UnderControl);
    assert_eq!(it.entries[0].text, "Nous torchons depuis cet après-midi.");
    assert_eq!(it.current().text, text);
}

#[test]
fn an_ended_bulletin_can_be_corrected_and_stays_ended() {
    let mut it = unplanned("Torche allumée.");
    it.end(None, "anne", hours_later(1)).unwrap();
    assert!(
        it.correct("La torche a brûlé 40 min.", "anne", hours_later(2))
            .is_ok()
    );
    assert_eq!(it.state(hours_later(2)), State::Ended);
}

#[test]
fn ending_and_withdrawing_need_no_words_of_their_own() {
    let mut ended = unplanned("Torche allumée.");
    assert_eq!(
        ended.end(None, "anne", hours_later(1)).unwrap().text,
        "Retour à la normale."
    );
    let mut withdrawn = unplanned("Torche allumée.");
    assert_eq!(
        withdrawn
            .withdraw(None, "anne", hours_later(1))
            .unwrap()
            .text,
        "Ce bulletin est retiré."
    );
    let mut english = draft(Kind::Unplanned, "Black smoke.");
    english.language = Language::English;
    let mut english = compose(english, at(POSTED)).unwrap();
    assert_eq!(
        english.end(None, "anne", hours_later(1)).unwrap().text,
        "Back to normal."
    );
}

#[test]
fn a_closed_thread_refuses_with_the_reason_and_does_not_change() {
    let mut ended = unplanned("Torche allumée.");
    ended.end(None, "anne", hours_later(1)).unwrap();
    let mut withdrawn = unplanned("Torche allumée.");
    withdrawn.withdraw(None, "anne", hours_later(1)).unwrap();
    let expired = unplanned("Torche allumée.");

    for (it, hours, refusal) in [
        (ended, 2, Refusal::Ended),
        (withdrawn, 2, Refusal::Withdrawn),
        (expired, 9 * 24, Refusal::Expired),
    ] {
        let mut changed = it.clone();
        let now = hours_later(hours);
        assert_eq!(
            update(&mut changed, "Suite.", false, hours),
            Err(refusal.clone())
        );
        assert_eq!(changed.end(None, "anne", now), Err(refusal.clone()));
        assert_eq!(changed.withdraw(None, "anne", now), Err(refusal.clone()));
        if refusal != Refusal::Ended {
            assert_eq!(changed.correct("Suite.", "anne", now), Err(refusal));
        }
        assert_eq!(changed, it);
    }
}

#[test]
fn a_refused_text_leaves_the_thread_and_its_expiry_as_they_were() {
    let mut it = unplanned("Torche allumée.");
    let before = it.clone();
    let change = Update {
        text: "  ".into(),
        under_control: true,
        lifetime: Some(Lifetime::Days(30)),
    };
    assert_eq!(
        it.update(change, &territory(), "anne", hours_later(1)),
        Err(Refusal::Empty)
    );
    let change = Update {
        text: "Suite.".into(),
        under_control: true,
        lifetime: Some(Lifetime::Days(31)),
    };
    assert_eq!(
        it.update(change, &territory(), "anne", hours_later(1)),
        Err(Refusal::Lifetime)
    );
    assert_eq!(it, before);
}

#[test]
fn a_lifetime_given_with_an_update_counts_from_the_update() {
    let mut it = unplanned("Torche allumée.");
    let first = it.expires_at;
    update(&mut it, "La torche brûle toujours.", false, 24).unwrap();
    assert_eq!(it.expires_at, first);

    let change = Update {
        text: "Encore deux heures.".into(),
        under_control: false,
        lifetime: Some(Lifetime::Hours(2)),
    };
    it.update(change, &territory(), "anne", hours_later(48))
        .unwrap();
    assert_eq!(it.expires_at, hours_later(50));
}

#[test]
fn an_announced_event_is_scheduled_then_ongoing_then_ended_by_its_hours() {
    let mut planned = draft(Kind::Planned, "La torche pourra s'allumer.");
    planned.starts_at = Some(hours_later(24));
    planned.ends_at = Some(hours_later(36));
    let mut it = compose(planned, at(POSTED)).unwrap();

    assert_eq!(it.state(hours_later(23)), State::Scheduled);
    assert_eq!(it.state(hours_later(24)), State::Ongoing);
    assert_eq!(it.state(hours_later(36)), State::Ended);
    assert_eq!(update(&mut it, "Suite.", false, 36), Err(Refusal::Ended));
}

#[test]
fn a_withdrawal_can_be_undone_for_a_minute_and_both_stay_in_the_thread() {
    let mut it = unplanned("Torche allumée.");
    update(&mut it, "La torche est maîtrisée.", true, 1).unwrap();
    let (withdrawn_at, second) = (hours_later(2), SignedDuration::from_secs(1));
    it.withdraw(None, "anne", withdrawn_at).unwrap();
    let mut late = it.clone();

    let entry = it.restore("bruno", withdrawn_at + UNDO).unwrap();

    assert_eq!(entry.kind, EntryKind::Restoration);
    assert_eq!(entry.text, "La torche est maîtrisée.");
    assert_eq!(it.state(hours_later(3)), State::UnderControl);
    assert_eq!(numbers(&it), [1, 2, 3, 4]);
    assert_eq!(
        it.restore("bruno", withdrawn_at + UNDO),
        Err(Refusal::NothingToUndo)
    );
    assert_eq!(
        late.restore("bruno", withdrawn_at + UNDO + second),
        Err(Refusal::NothingToUndo)
    );
    assert_eq!(late.state(hours_later(3)), State::Cancelled);
    it.withdraw(None, "anne", hours_later(3)).unwrap();
    assert_eq!(it.state(hours_later(3)), State::Cancelled, "and again");
}

#[test]
fn a_restored_bulletin_is_heard_as_the_person_recorded_it() {
    let mut it = unplanned("Torche allumée.");
    let recording = RecordingKey::parse(&"a".repeat(64)).unwrap();
    it.attach_recording(recording.clone());
    it.withdraw(None, "anne", hours_later(1)).unwrap();
    let entry = it.restore("anne", hours_later(1)).unwrap();
    assert_eq!(entry.recording, Some(recording));
    assert_eq!(it.current(), &entry);
}

#[test]
fn an_announced_event_that_does_not_take_place_is_cancelled() {
    let mut planned = draft(Kind::Planned, "Arrêt ce week-end.");
    planned.starts_at = Some(hours_later(24));
    let mut it = compose(planned, at(POSTED)).unwrap();
    it.withdraw(Some("L'arrêt n'aura pas lieu."), "anne", hours_later(1))
        .unwrap();
    assert_eq!(it.state(hours_later(30)), State::Cancelled);
}

#[test]
fn the_end_of_an_unplanned_event_is_an_estimate_and_its_start_cannot_put_it_off() {
    let mut wrong_date = draft(Kind::Unplanned, "Fumée noire.");
    wrong_date.starts_at = Some(hours_later(24));
    wrong_date.ends_at = Some(hours_later(25));
    let it = compose(wrong_date, at(POSTED)).unwrap();
    assert_eq!(it.state(hours_later(0)), State::Ongoing);
    assert_eq!(it.state(hours_later(26)), State::Ongoing);
}

#[test]
fn the_lifetime_ends_it_whatever_the_state() {
    let mut ended = unplanned("Torche allumée.");
    ended.end(None, "anne", hours_later(1)).unwrap();
    let mut withdrawn = unplanned("Torche allumée.");
    withdrawn.withdraw(None, "anne", hours_later(1)).unwrap();
    for it in [unplanned("Torche allumée."), ended, withdrawn] {
        let last = it.expires_at - SignedDuration::from_nanos(1);
        assert_ne!(it.state(last), State::Expired);
        assert_eq!(it.state(it.expires_at), State::Expired);
    }
}

#[test]
fn an_event_told_after_it_began_is_accepted_and_its_delay_is_known() {
    let mut late = draft(
        Kind::Unplanned,
        "Un échappement de vapeur a duré 30 minutes.",
    );
    late.starts_at = Some(hours_later(-168));
    let it = compose(late, at(POSTED)).unwrap();
    assert_eq!(it.posting_delay(), Some(SignedDuration::from_hours(168)));

    let mut announced = draft(Kind::Planned, "Arrêt ce week-end.");
    announced.starts_at = Some(hours_later(24));
    assert_eq!(
        compose(announced, at(POSTED)).unwrap().posting_delay(),
        None
    );
}

#[test]
fn hours_that_cannot_be_are_refused() {
    let refused = |kind, starts: Option<i64>, ends: Option<i64>| {
        let mut it = draft(kind, "Torche allumée.");
        it.starts_at = starts.map(hours_later);
        it.ends_at = ends.map(hours_later);
        compose(it, at(POSTED)).err()
    };
    use Kind::{Drill, Planned, Unplanned};
    assert_eq!(
        refused(Planned, Some(2), Some(2)),
        Some(Refusal::EndsBeforeStart)
    );
    assert_eq!(
        refused(Unplanned, Some(2), Some(1)),
        Some(Refusal::EndsBeforeStart)
    );
    assert_eq!(refused(Planned, None, Some(-1)), Some(Refusal::AlreadyOver));
    assert_eq!(
        refused(Drill, Some(-3), Some(-1)),
        Some(Refusal::AlreadyOver)
    );
    assert_eq!(
        refused(Planned, Some(9 * 24), None),
        Some(Refusal::ExpiresBeforeStart)
    );
    assert_eq!(refused(Unplanned, Some(-3), Some(-1)), None);
    assert_eq!(refused(Planned, Some(-3), Some(1)), None);
}

#[test]
fn a_lifetime_out_of_range_is_refused_however_it_was_made() {
    for lifetime in [
        Lifetime::Days(0),
        Lifetime::Days(31),
        Lifetime::Hours(0),
        Lifetime::Hours(721),
    ] {
        let mut it = draft(Kind::Unplanned, "Torche allumée.");
        it.lifetime = lifetime;
        assert_eq!(compose(it, at(POSTED)).err(), Some(Refusal::Lifetime));
    }
}

#[test]
fn a_site_does_not_speak_in_another_territory() {
    let mut elsewhere = territory();
    elsewhere.slug = TerritorySlug::parse("estuaire").unwrap();
    let id = unplanned("Torche allumée.").id;
    let posted = Bulletin::compose(
        id,
        &site(),
        &elsewhere,
        draft(Kind::Unplanned, "Torche allumée."),
        "anne",
        at(POSTED),
    );
    assert_eq!(posted.err(), Some(Refusal::WrongTerritory));

    let mut it = unplanned("Torche allumée.");
    let change = Update {
        text: "Suite.".into(),
        under_control: false,
        lifetime: None,
    };
    assert_eq!(
        it.update(change, &elsewhere, "anne", hours_later(1)),
        Err(Refusal::WrongTerritory)
    );
}

#[test]
fn the_bulletin_carries_what_the_form_said_without_repeats() {
    let mut it = draft(Kind::Unplanned, "  Torche allumée.  ");
    it.events = vec![Event::Flaring, Event::Noise, Event::Flaring];
    let it = compose(it, at(POSTED)).unwrap();
    assert_eq!(it.events, [Event::Flaring, Event::Noise]);
    assert_eq!(it.site, SiteSlug::parse("raffinerie-du-meandre").unwrap());
    assert_eq!(it.posted_at, at(POSTED));
    let first = it.current();
    assert_eq!(
        (first.number, first.kind, first.text.as_str()),
        (1, EntryKind::First, "Torche allumée.")
    );
}

fn unplanned(text: &str) -> Bulletin {
    compose(draft(Kind::Unplanned, text), at(POSTED)).unwrap()
}

fn update(
    it: &mut Bulletin,
    text: &str,
    under_control: bool,
    hours: i64,
) -> Result<bulletin::Entry, Refusal> {
    let change = Update {
        text: text.into(),
        under_control,
        lifetime: None,
    };
    it.update(change, &territory(), "anne", hours_later(hours))
}

fn hours_later(hours: i64) -> Timestamp {
    at(POSTED) + SignedDuration::from_hours(hours)
}

fn numbers(it: &Bulletin) -> Vec<u32> {
    it.entries.iter().map(|entry| entry.number).collect()
}
