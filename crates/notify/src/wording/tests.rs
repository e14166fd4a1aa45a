use bulletin::{
    Bulletin, BulletinId, Draft, Event, Kind, Language, Lifetime, Site, SiteSlug, Territory,
    TerritorySlug, Update,
};
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

use super::*;
use crate::Sender;

const ALL: [Measure; 6] = [
    Measure::X,
    Measure::Mastodon { characters: 500 },
    Measure::Bluesky,
    Measure::Sms { parts: 1 },
    Measure::Sms { parts: 2 },
    Measure::Sms { parts: 8 },
];
const LINK: &str = "https://allo.example/rouen_metropole/abcdefghijkl";

#[test]
fn a_first_text_says_who_where_when_and_leads_to_more() {
    let wording = Wording::of(
        &first(Kind::Unplanned, Language::French, "Torche visible."),
        &tags(),
        Measure::X,
    );
    assert_eq!(
        wording.text,
        format!(
            "Raffinerie du Méandre (Val-de-Seine), 26/11 à 14\u{a0}h\u{a0}32\u{a0}: Torche visible.\n{LINK}\n#Rouen #Allo"
        )
    );
    assert_eq!(&wording.text[wording.link.clone()], LINK);
    let tags: Vec<_> = wording
        .tags
        .iter()
        .map(|place| &wording.text[place.clone()])
        .collect();
    assert_eq!(tags, ["#Rouen", "#Allo"]);
}

#[test]
fn every_kind_of_entry_is_named_in_both_languages() {
    let told = |language, entry: fn(&mut Announcement)| {
        let mut announcement = first(Kind::Unplanned, language, "Torche visible.");
        entry(&mut announcement);
        let text = Wording::of(&announcement, &[], Measure::X).text;
        text.split(" – ")
            .next()
            .map(str::to_owned)
            .filter(|_| text.contains(" – "))
    };
    for (entry, french, english) in [
        (update as fn(&mut Announcement), "Mise à jour", "Update"),
        (mastered, "Mise à jour, maîtrisé", "Update, under control"),
        (correct, "Rectificatif", "Correction"),
        (end, "Fin", "End"),
        (withdraw, "Retrait", "Withdrawn"),
        (restore, "Rétabli", "Restored"),
    ] {
        assert_eq!(told(Language::French, entry).as_deref(), Some(french));
        assert_eq!(told(Language::English, entry).as_deref(), Some(english));
    }
    assert_eq!(told(Language::French, |_| {}), None);
}

#[test]
fn a_drill_and_a_test_say_so_first_on_every_network_and_in_every_entry() {
    for (kind, french, english) in [
        (Kind::Drill, "EXERCICE", "EXERCISE"),
        (Kind::Test, "CECI EST UN ESSAI", "THIS IS A TEST"),
    ] {
        for (language, mark) in [(Language::French, french), (Language::English, english)] {
            for entry in [
                (|_: &mut Announcement| {}) as fn(&mut Announcement),
                update,
                correct,
                end,
                withdraw,
            ] {
                let mut announcement =
                    first(kind, language, &"La sirène du site retentit. ".repeat(30));
                entry(&mut announcement);
                for measure in ALL {
                    let text = Wording::of(&announcement, &tags(), measure).text;
                    assert!(text.starts_with(&format!("{mark} ")), "{measure:?}: {text}");
                }
            }
        }
    }
}

#[test]
fn an_announced_event_says_its_hours_so_that_it_is_not_taken_for_another() {
    let told = |language, hours: (Option<&str>, Option<&str>)| {
        let mut announcement = first(Kind::Planned, language, "Travaux.");
        let at = |text: Option<&str>| text.map(|text| text.parse::<Timestamp>().unwrap());
        announcement.bulletin.starts_at = at(hours.0);
        announcement.bulletin.ends_at = at(hours.1);
        let text = Wording::of(&announcement, &[], Measure::X).text;
        text.split(" – ").next().unwrap().replace('\u{a0}', " ")
    };
    let (one, same, next) = (
        "2026-11-27T07:00:00Z",
        "2026-11-27T17:30:00Z",
        "2026-11-28T17:30:00Z",
    );
    for (hours, french, english) in [
        (
            (Some(one), Some(same)),
            "Prévu le 27/11 de 8 h à 18 h 30",
            "Planned 27 Nov, 8:00 to 18:30",
        ),
        (
            (Some(one), Some(next)),
            "Prévu du 27/11 à 8 h au 28/11 à 18 h 30",
            "Planned from 27 Nov 8:00 to 28 Nov 18:30",
        ),
        (
            (Some(one), None),
            "Prévu à partir du 27/11 à 8 h",
            "Planned from 27 Nov 8:00",
        ),
        (
            (None, Some(same)),
            "Prévu jusqu’au 27/11 à 18 h 30",
            "Planned until 27 Nov 18:30",
        ),
        ((None, None), "Prévu", "Planned"),
    ] {
        assert_eq!(told(Language::French, hours), french);
        assert_eq!(told(Language::English, hours), english);
    }
}

#[test]
fn the_hour_that_comes_twice_says_which_one_it_is() {
    for (at, said) in [
        ("2027-10-31T00:30:00Z", "31/10 à 2 h 30 (heure d’été)"),
        ("2027-10-31T01:30:00Z", "31/10 à 2 h 30 (heure d’hiver)"),
        ("2027-03-28T01:00:00Z", "28/03 à 3 h"),
        ("2026-12-31T23:05:00Z", "01/01 à 0 h 05"),
    ] {
        let mut announcement = first(Kind::Unplanned, Language::French, "Torche visible.");
        announcement.entry.at = at.parse().unwrap();
        let text = Wording::of(&announcement, &[], Measure::X)
            .text
            .replace('\u{a0}', " ");
        assert!(text.contains(&format!("), {said} : Torche")), "{text}");
    }
}

#[test]
fn hashtags_go_before_a_word_of_the_sites_does() {
    let long = "Fumée visible à l’est du site, sans gêne attendue. ".repeat(3);
    let wording = Wording::of(
        &first(
            Kind::Unplanned,
            Language::French,
            &format!("{long}Prochain point à 16 h ou avant 17 h."),
        ),
        &tags(),
        Measure::X,
    );
    assert!(
        wording
            .text
            .contains("Prochain point à 16 h ou avant 17 h.\n"),
        "{}",
        wording.text
    );
    assert!(wording.tags.is_empty());
}

#[test]
fn a_long_text_ends_behind_a_whole_sentence_where_that_keeps_most_of_it() {
    let sentences = "Une fumée noire est visible à l’est du site. ".repeat(10);
    let text = Wording::of(
        &first(Kind::Unplanned, Language::French, &sentences),
        &[],
        Measure::X,
    )
    .text;
    assert!(text.contains("à l’est du site…\n"), "{text}");

    let one = "fumée noire ".repeat(60);
    let text = Wording::of(
        &first(Kind::Unplanned, Language::French, &one),
        &[],
        Measure::X,
    )
    .text;
    assert!(
        text.contains("fumée noire…\n") || text.contains("noire fumée…\n"),
        "{text}"
    );
}

#[test]
fn a_short_message_is_one_line_in_letters_that_telephones_have() {
    let told = first(Kind::Unplanned, Language::French, "Odeur d’œuf\nà l’est…");
    let text = Wording::of(&told, &[], Measure::Sms { parts: 2 }).text;
    assert_eq!(
        text,
        format!(
            "Raffinerie du Méandre (Val-de-Seine), 26/11 à 14 h 32 : Odeur d'oeuf à l'est... {LINK}"
        )
    );
    assert!(is_plain_sms(&text));
}

#[test]
fn a_commune_that_the_name_says_is_not_said_twice() {
    let mut told = first(Kind::Unplanned, Language::French, "Torche visible.");
    told.site.name = "Raffinerie de Val-de-Seine".to_owned();
    let text = Wording::of(&told, &[], Measure::X).text;
    assert!(
        text.starts_with("Raffinerie de Val-de-Seine, 26/11"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_told_fits_and_leads_to_more(
        text in "\\PC{1,1200}",
        name in "\\PC{1,80}",
        place in 0..ALL.len(),
        drill in any::<bool>(),
    ) {
        let kind = if drill { Kind::Drill } else { Kind::Unplanned };
        let mut told = first(Kind::Drill, Language::French, "Torche visible.");
        told.bulletin.kind = kind;
        told.entry.text = text;
        told.site.name = name;
        let measure = ALL[place];
        let wording = Wording::of(&told, &tags(), measure);
        prop_assert!(measure.fits(&wording.text), "{:?}: {}", measure, wording.text);
        prop_assert_eq!(&wording.text[wording.link.clone()], LINK);
        prop_assert!(!drill || wording.text.starts_with("EXERCICE"), "{}", wording.text);
    }
}

fn update(announcement: &mut Announcement) {
    change(announcement, false);
}

fn mastered(announcement: &mut Announcement) {
    change(announcement, true);
}

fn change(announcement: &mut Announcement, under_control: bool) {
    let change = Update {
        text: "La torche baisse. ".repeat(30),
        under_control,
        lifetime: None,
    };
    let territory = announcement.territory.clone();
    announcement.entry = announcement
        .bulletin
        .update(change, &territory, "op", now())
        .unwrap();
}

fn correct(announcement: &mut Announcement) {
    announcement.entry = announcement
        .bulletin
        .correct("Depuis 14 h.", "op", now())
        .unwrap();
}

fn end(announcement: &mut Announcement) {
    announcement.entry = announcement.bulletin.end(None, "op", now()).unwrap();
}

fn withdraw(announcement: &mut Announcement) {
    announcement.entry = announcement.bulletin.withdraw(None, "op", now()).unwrap();
}

fn restore(announcement: &mut Announcement) {
    withdraw(announcement);
    announcement.entry = announcement.bulletin.restore("op", now()).unwrap();
}

fn tags() -> Vec<Hashtag> {
    ["Rouen", "Allo"]
        .map(|tag| Hashtag::try_from(tag.to_owned()).unwrap())
        .to_vec()
}

fn now() -> Timestamp {
    "2026-11-26T13:32:00Z".parse().unwrap()
}

fn first(kind: Kind, language: Language, text: &str) -> Announcement {
    let territory = Territory {
        slug: TerritorySlug::parse("rouen_metropole").unwrap(),
        name: "Rouen Métropole".into(),
        spoken_name: String::new(),
        zone: TimeZone::get("Europe/Paris").unwrap(),
        numbers: vec![],
    };
    let site = Site {
        slug: SiteSlug::parse("raffinerie-du-meandre").unwrap(),
        territory: territory.slug.clone(),
        name: "Raffinerie du Méandre".into(),
        spoken_name: String::new(),
        commune: "Val-de-Seine".into(),
    };
    let draft = Draft {
        kind,
        events: vec![Event::Flaring],
        nuisances: vec![],
        text: text.to_owned(),
        language,
        starts_at: None,
        ends_at: None,
        lifetime: Lifetime::default(),
    };
    let id = BulletinId::parse("abcdefghijkl").unwrap();
    let bulletin = Bulletin::compose(id, &site, &territory, draft, "op", now()).unwrap();
    Announcement {
        entry: bulletin.current().clone(),
        bulletin,
        site,
        territory,
        sender: Sender {
            public_url: "https://allo.example".into(),
            number: None,
        },
        sound: None,
    }
}
