//! What people read in their mail.

use bulletin::{EmailAddress, Kind, Language};
use notify::mail::subscription::{self, Reader};
use notify::mail::{story, subject};

use crate::samples::{TEXT, at, end, first, of, update};

#[test]
fn a_mail_says_what_where_since_when_and_where_to_learn_more() {
    let mut announcement = first();
    announcement.bulletin.starts_at = Some(at("2026-11-26T13:10:00Z"));
    assert_eq!(
        plain(&subject(&announcement, Language::French)),
        "Inopiné : torche – Raffinerie du Méandre, Val-de-Seine"
    );
    let text = plain(&story(&announcement, Language::French));
    for part in [
        "Raffinerie du Méandre, Val-de-Seine\nInopiné : torche\n",
        TEXT,
        "Premier message, 26/11/2026 à 14 h 32 (UTC+01:00)",
        "État : en cours",
        "Début : 26/11/2026 à 14 h 10 (UTC+01:00)",
        "https://allo.example/rouen_metropole/abcdefghijkl",
        "0805 691 282",
        "18 ou le 112",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn an_update_and_an_end_tell_the_thread_the_latest_first() {
    let later = update(&first());
    let over = end(&later);
    let text = plain(&story(&over, Language::French));
    assert_eq!(
        plain(&subject(&over, Language::French)),
        "Fin : torche – Raffinerie du Méandre, Val-de-Seine"
    );
    let places: Vec<_> = [
        "Retour à la normale.",
        "> La torche baisse.",
        &format!("> {TEXT}"),
    ]
    .map(|part| text.find(part))
    .into();
    assert!(
        places.is_sorted() && places[0].is_some(),
        "{places:?} in {text}"
    );
    assert!(text.contains("État : terminé"), "{text}");
    let text = plain(&story(&later, Language::French));
    assert!(text.contains("État : en cours"), "as it stood then: {text}");
}

#[test]
fn a_correction_marks_what_it_sets_right() {
    let mut announcement = first();
    let told = announcement.bulletin.correct(
        "Pas la torche : un essai.",
        "op",
        at("2026-11-26T13:40:00Z"),
    );
    announcement.entry = told.unwrap();
    let text = plain(&story(&announcement, Language::French));
    assert!(
        text.contains("Premier message, 26/11/2026 à 14 h 32 (UTC+01:00) (rectifié ensuite)"),
        "{text}"
    );
}

#[test]
fn an_exercise_and_a_test_say_so_first() {
    for (kind, french, english) in [
        (Kind::Drill, "EXERCICE", "DRILL"),
        (Kind::Test, "ESSAI", "TEST"),
    ] {
        let announcement = of(kind, "La sirène est entendue.");
        for (language, word) in [(Language::French, french), (Language::English, english)] {
            assert!(subject(&announcement, language).starts_with(word));
            assert!(story(&announcement, language).starts_with(word));
        }
    }
}

#[test]
fn an_english_reader_reads_english_around_the_words_of_the_site() {
    let text = plain(&story(&first(), Language::English));
    for part in [
        "Unplanned: flaring",
        "First message, 2026-11-26 at 14:32 (UTC+01:00)",
        "State: ongoing",
        TEXT,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn the_hour_that_comes_twice_is_told_apart() {
    let mut announcement = first();
    announcement.entry.at = at("2027-10-31T00:30:00Z");
    let summer = story(&announcement, Language::French);
    announcement.entry.at = at("2027-10-31T01:30:00Z");
    let winter = story(&announcement, Language::French);
    assert!(
        summer.contains("31/10/2027 à 02 h 30 (UTC+02:00)"),
        "{summer}"
    );
    assert!(
        winter.contains("31/10/2027 à 02 h 30 (UTC+01:00)"),
        "{winter}"
    );
}

#[test]
fn the_mails_of_one_event_make_one_thread_and_each_can_be_ended() {
    let reader = reader(Language::French);
    let start = subscription::bulletin(&reader, &first());
    let end = subscription::bulletin(&reader, &end(&update(&first())));
    assert_eq!(start.key, "abcdefghijkl-1.s2s2s2s2s2s2");
    assert_eq!(start.follows, [""; 0]);
    assert_eq!(
        end.follows,
        [start.key.clone(), "abcdefghijkl-2.s2s2s2s2s2s2".to_owned()]
    );
    for mail in [start, end] {
        assert_eq!(mail.unsubscribe.as_deref(), Some("https://allo.example/u"));
        assert!(
            mail.text.contains("https://allo.example/u")
                && mail.text.contains("https://allo.example/c")
        );
    }
}

#[test]
fn the_question_has_one_link_and_no_way_out_of_what_has_not_begun() {
    for language in [Language::French, Language::English] {
        let first = first();
        let mail =
            subscription::confirmation(&reader(language), &first.territory, &first.sender, "7.s");
        assert!(
            mail.text.contains("https://allo.example/y"),
            "{}",
            mail.text
        );
        assert!(
            !mail.text.contains("https://allo.example/u"),
            "{}",
            mail.text
        );
        assert_eq!(mail.unsubscribe, None);
        assert!(mail.subject.contains("Rouen Métropole"));
    }
}

fn reader(language: Language) -> Reader {
    Reader {
        to: EmailAddress::parse("anne@example.org").unwrap(),
        id: "s2s2s2s2s2s2".to_owned(),
        language,
        confirm: "https://allo.example/y".to_owned(),
        choices: "https://allo.example/c".to_owned(),
        unsubscribe: "https://allo.example/u".to_owned(),
    }
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}
