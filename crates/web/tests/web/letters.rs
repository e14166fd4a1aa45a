//! What authorities and people of the desk are written.

use bulletin::{
    Authority, Bulletin, BulletinId, Contact, ContactId, DialledNumber, Draft, EmailAddress, Event,
    Kind, Language, Lifetime, Rank, Reach, Site, SiteSlug, Territory, TerritorySlug, Update,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;
use store::{Alert, AlertKind, NewAlert};
use web::{AuthorityLetter, Letter, alert_letter};

#[test]
fn a_mail_to_an_authority_stands_alone() {
    let letter = written(&flare(Kind::Unplanned), Rank::First, Language::French, ASKS);
    assert_eq!(
        plain(&letter.subject),
        "Raffinerie du Méandre (Petit-Couronne) – torche, fumée, en cours"
    );
    assert_eq!(
        plain(&letter.text),
        "Raffinerie du Méandre, Petit-Couronne\n\
         inopiné : torche, fumée\n\
         État : en cours\n\
         Début : lundi 23 novembre à 14 h 07\n\
         \n\
         premier message, lundi 23 novembre à 14 h 32 :\n\
         La torche brûle avec une fumée noire visible de loin.\n\
         \n\
         Dire que ce message est lu :\n\
         https://allo.example/acknowledge/secret\n\
         Sans réponse d’ici 14 h 42, le second contact sera prévenu.\n\
         \n\
         L’événement sur la page publique :\n\
         https://allo.example/rouen_metropole/aaaaaaaaaaaa\n\
         Au téléphone : 0805 691 282\n\
         \n\
         Information publiée par le site pour les riverains. Elle ne remplace ni l’alerte, ni la déclaration \
         réglementaire de l’événement.\n\
         Envoyé à CODIS 76 (premier contact), Allo Rouen Métropole.\n"
    );
}

#[test]
fn a_drill_and_a_test_say_so_before_anything_else_by_every_means() {
    for (kind, language, word) in [
        (Kind::Drill, Language::French, "EXERCICE"),
        (Kind::Drill, Language::English, "DRILL"),
        (Kind::Test, Language::French, "ESSAI"),
        (Kind::Test, Language::English, "TEST"),
    ] {
        for rank in [Rank::First, Rank::Second] {
            let letter = written(&flare(kind), rank, language, ASKS);
            assert!(
                letter.subject.starts_with(&format!("{word} – ")),
                "{letter:?}"
            );
            assert!(letter.text.starts_with(&format!("{word}\n")), "{letter:?}");
        }
    }
}

#[test]
fn the_second_contact_is_told_why_and_an_end_asks_for_nothing() {
    let mut it = flare(Kind::Unplanned);
    let letter = written(&it, Rank::Second, Language::English, ASKS);
    assert!(
        letter
            .subject
            .starts_with("No answer from the first contact – "),
        "{letter:?}"
    );
    assert!(
        letter
            .text
            .contains("an alert will tell the territory manager"),
        "{letter:?}"
    );
    assert!(letter.text.contains("State: ongoing"), "{letter:?}");

    let change = Update {
        text: "La torche brûle moins.".into(),
        under_control: true,
        lifetime: None,
    };
    it.update(change, &territory(), "anne", minutes(20))
        .unwrap();
    it.end(None, "anne", minutes(30)).unwrap();
    let letter = written(&it, Rank::Second, Language::French, "");
    assert!(!letter.subject.contains("Sans réponse"), "{letter:?}");
    assert_eq!(
        plain(&letter.subject),
        "Raffinerie du Méandre (Petit-Couronne) – fin – torche, fumée, terminé"
    );
    let text = plain(&letter.text);
    assert!(
        text.contains("fin, lundi 23 novembre à 15 h 02 :\nRetour à la normale.\n"),
        "{text}"
    );
    assert!(
        !text.contains("/acknowledge/") && !text.contains("Sans réponse"),
        "{text}"
    );
    let before = text.split("Ce qui a été dit avant").nth(1).unwrap();
    assert!(
        before.contains("- mise à jour, lundi 23 novembre à 14 h 52 : La torche brûle moins.")
            && before.contains("- premier message, lundi 23 novembre à 14 h 32 :"),
        "{before}"
    );
}

#[test]
fn an_alert_is_written_in_the_language_of_its_reader_with_what_to_do() {
    let alert = Alert {
        id: 7,
        what: NewAlert {
            kind: AlertKind::Reminder,
            territory: territory().slug,
            site: Some(site().slug),
            bulletin: BulletinId::parse("aaaaaaaaaaaa").ok(),
            told: json!({}),
        },
        at: minutes(0),
        ended_at: None,
        acknowledged: None,
    };
    let write = |language| {
        alert_letter(
            &alert,
            &[territory()],
            &[site()],
            language,
            "https://allo.example",
        )
    };
    let french = write(Language::French);
    assert!(
        french.subject.starts_with("Alerte : Raffinerie du Méandre"),
        "{french:?}"
    );
    assert!(
        french
            .text
            .contains("https://allo.example/admin/bulletins/aaaaaaaaaaaa"),
        "{french:?}"
    );
    assert!(
        french.text.contains("https://allo.example/admin/alerts"),
        "{french:?}"
    );
    let english = write(Language::English);
    assert!(english.text.contains("Is the event over?"), "{english:?}");
}

/// What a contact is written 30 minutes after the post.
fn written(it: &Bulletin, rank: Rank, language: Language, acknowledge: &str) -> Letter {
    let contact = Contact {
        id: ContactId::parse("codisaaaaaaa").unwrap(),
        territory: territory().slug,
        authority: Authority::FireService,
        name: "CODIS 76".into(),
        communes: vec![],
        language,
        telephone: String::new(),
        first: Reach::default(),
        second: Reach {
            email: EmailAddress::parse("officier@example.org").ok(),
            webhook: None,
        },
    };
    AuthorityLetter {
        bulletin: it,
        site: &site(),
        territory: &territory(),
        contact: &contact,
        rank,
        acknowledge: acknowledge.to_owned(),
        due_at: (!acknowledge.is_empty()).then(|| minutes(10)),
        public_url: "https://allo.example",
        now: minutes(30),
    }
    .write()
}

fn flare(kind: Kind) -> Bulletin {
    let draft = Draft {
        kind,
        events: vec![Event::Flaring, Event::Smoke],
        nuisances: vec![],
        text: "La torche brûle avec une fumée noire visible de loin.".into(),
        language: Language::French,
        starts_at: Some(minutes(-25)),
        ends_at: None,
        lifetime: Lifetime::default(),
    };
    let id = BulletinId::parse("aaaaaaaaaaaa").unwrap();
    Bulletin::compose(id, &site(), &territory(), draft, "anne", minutes(0)).unwrap()
}

/// So many minutes after Monday 23 November 2026, 14:32 in Paris.
fn minutes(minutes: i64) -> Timestamp {
    let posted: Timestamp = "2026-11-23T13:32:00Z".parse().unwrap();
    posted + SignedDuration::from_mins(minutes)
}

fn territory() -> Territory {
    Territory {
        slug: TerritorySlug::parse("rouen_metropole").unwrap(),
        name: "Rouen Métropole".into(),
        spoken_name: "Rouen Métropole".into(),
        zone: TimeZone::get("Europe/Paris").unwrap(),
        numbers: vec![DialledNumber::parse("0805691282", "33").unwrap()],
    }
}

fn site() -> Site {
    Site {
        slug: SiteSlug::parse("raffinerie").unwrap(),
        territory: territory().slug,
        name: "Raffinerie du Méandre".into(),
        spoken_name: "Raffinerie du Méandre".into(),
        commune: "Petit-Couronne".into(),
    }
}

/// With ordinary spaces, to be compared with what a person types.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

const ASKS: &str = "https://allo.example/acknowledge/secret";
