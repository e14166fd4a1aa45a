//! Texts that nobody should read aloud, and names nobody should take.

use bulletin::{BulletinId, Kind, MAX_TEXT_CHARACTERS, Refusal, SiteSlug, TerritorySlug};
use proptest::prelude::*;

use crate::support::{at, compose, draft};

#[test]
fn one_to_1200_characters_count_as_people_count_them() {
    assert_eq!(accepted(" \n\t "), Err(Refusal::Empty));
    assert_eq!(accepted("5"), Ok("5".into()));
    let longest = "é".repeat(MAX_TEXT_CHARACTERS);
    assert_eq!(accepted(&format!("  {longest}\n")), Ok(longest.clone()));
    assert_eq!(
        accepted(&format!("{longest}é")),
        Err(Refusal::TooLong {
            length: 1201,
            limit: 1200
        })
    );
}

#[test]
fn control_characters_are_refused_with_their_place() {
    assert_eq!(
        accepted("Fumée\0 noire"),
        Err(Refusal::ControlCharacter { position: 6 })
    );
    assert_eq!(
        accepted("a\u{1b}[2J"),
        Err(Refusal::ControlCharacter { position: 2 })
    );
    assert_eq!(
        accepted("é\u{85}a"),
        Err(Refusal::ControlCharacter { position: 2 })
    );
    assert_eq!(
        accepted("a\rb"),
        Err(Refusal::ControlCharacter { position: 2 })
    );
}

#[test]
fn line_breaks_and_tabs_are_kept_and_those_of_web_forms_made_plain() {
    assert_eq!(
        accepted("Un.\r\n\r\nDeux.\tTrois."),
        Ok("Un.\n\nDeux.\tTrois.".into())
    );
}

#[test]
fn characters_that_turn_the_writing_round_are_refused() {
    for c in [
        '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
    ] {
        assert_eq!(
            accepted(&format!("ab{c}cd")),
            Err(Refusal::DirectionControl { position: 3 }),
            "{c:?}"
        );
    }
}

#[test]
fn a_text_needs_a_letter_or_a_digit() {
    assert_eq!(accepted("🔥🔥🔥"), Err(Refusal::NoWords));
    assert_eq!(accepted("… ?!"), Err(Refusal::NoWords));
    assert_eq!(accepted("🔥 Feu"), Ok("🔥 Feu".into()));
}

#[test]
fn every_refusal_is_a_sentence_in_both_languages_with_a_code_of_its_own() {
    let refusals = [
        Refusal::TerritorySlug,
        Refusal::SiteSlug,
        Refusal::BulletinId,
        Refusal::Empty,
        Refusal::TooLong {
            length: 1300,
            limit: 1200,
        },
        Refusal::ControlCharacter { position: 3 },
        Refusal::DirectionControl { position: 3 },
        Refusal::NoWords,
        Refusal::NoPerception,
        Refusal::EndsBeforeStart,
        Refusal::AlreadyOver,
        Refusal::ExpiresBeforeStart,
        Refusal::Lifetime,
        Refusal::WrongTerritory,
        Refusal::Ended,
        Refusal::Withdrawn,
        Refusal::Expired,
    ];
    let mut codes: Vec<&str> = refusals.iter().map(Refusal::code).collect();
    for refusal in &refusals {
        for sentence in [refusal.to_string(), refusal.english()] {
            assert!(
                sentence.ends_with('.') && sentence.contains(' '),
                "{sentence}"
            );
        }
        let kebab = |b: u8| b.is_ascii_lowercase() || b == b'-';
        assert!(refusal.code().bytes().all(kebab));
    }
    assert!(refusals[4].to_string().contains("1300"));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), refusals.len());
}

proptest! {
    #[test]
    fn any_text_is_accepted_clean_or_refused(text in any::<String>()) {
        if let Ok(kept) = accepted(&text) {
            prop_assert_eq!(kept.trim(), &kept);
            prop_assert!((1..=MAX_TEXT_CHARACTERS).contains(&kept.chars().count()));
            prop_assert!(!kept.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            prop_assert_eq!(accepted(&kept), Ok(kept.clone()));
        }
    }

    #[test]
    fn any_name_is_read_or_refused(text in any::<String>()) {
        let _ = TerritorySlug::parse(&text);
        let _ = SiteSlug::parse(&text);
        let _ = BulletinId::parse(&text);
    }
}

fn accepted(text: &str) -> Result<String, Refusal> {
    let now = at("2026-11-23T14:30:00Z");
    compose(draft(Kind::Planned, text), now).map(|it| it.current().text.clone())
}
