//! Whatever is typed, pasted or forged: words come out, or an error, never a panic.

use bulletin::{
    Bulletin, BulletinId, Draft, Event, Kind, Language, Lifetime, Site, SiteSlug, Territory,
    TerritorySlug,
};
use proptest::prelude::*;
use speech::{Lexicon, normalise, script};

/// What a `Spoken` may hold; a voice trusts it.
fn is_sayable(c: char) -> bool {
    c.is_ascii_alphabetic()
        || "àâäæçéèêëîïñôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÑÔÖŒÙÛÜŸ".contains(c)
        || "'- .,;:?!".contains(c)
}

fn check(text: &str) {
    let lexicon = lexicon();
    for language in [Language::French, Language::English] {
        let Ok(words) = normalise(text, language, lexicon) else {
            continue;
        };
        let words = words.as_str();
        let strange = words.chars().find(|c| !is_sayable(*c));
        assert_eq!(strange, None, "{text:?} became {words:?}");
        assert!(words.chars().count() <= 4000);
        assert!(words.chars().any(char::is_alphabetic));
        assert!(!words.contains("  ") && words.trim() == words, "{words:?}");
        let stops = |c: char| ".,;:?!".contains(c);
        let doubled = words.split(' ').any(|word| word.matches(stops).count() > 1);
        assert!(
            !doubled && !words.starts_with(stops),
            "{text:?} became {words:?}"
        );
    }
}

fn lexicon() -> &'static Lexicon {
    static LEXICON: std::sync::LazyLock<Lexicon> = std::sync::LazyLock::new(Lexicon::built_in);
    &LEXICON
}

proptest! {
    #[test]
    fn any_characters(text in any::<String>()) {
        check(&text);
    }

    /// Dense in what the rules look for.
    #[test]
    fn what_looks_like_numbers(text in "[0-9+/:.,h°%m3²jx \\-n€()<>\\n]{0,60}") {
        check(&text);
    }

    #[test]
    fn what_looks_like_writing(text in "([A-Za-zé0-9@#./:'\\-]{1,12}[ ,.!?\n]){0,20}") {
        check(&text);
    }

    /// What bulletins are made of, in an order that nobody would write.
    #[test]
    fn what_looks_like_bulletins(pieces in prop::collection::vec(prop::sample::select(PIECES), 1..25), glue in "[ ,./(\\n-]{1,2}") {
        check(&pieces.join(&glue));
    }

    /// The house's words around any text: the facts, the plans told once, the summary.
    #[test]
    fn any_bulletin_has_words_or_a_reason(text in "(\\PC{0,40}|POI |PPI.|Torche allumée à 14h30, ){0,20}", english in any::<bool>()) {
        let language = if english { Language::English } else { Language::French };
        check_bulletin(&text, language);
    }

    /// No figure is lost: each written digit leaves at least a word behind.
    #[test]
    fn numbers_are_said(number in 0_u64..10_000_000, decimals in 0_u32..1000) {
        let words = normalise(&format!("{number},{decimals} km"), Language::French, lexicon()).unwrap();
        prop_assert!(words.as_str().ends_with("kilomètres") || words.as_str().ends_with("kilomètre"));
        prop_assert!(words.as_str().contains(" virgule "));
    }

    /// What is said once is not changed by saying it again.
    #[test]
    fn words_stay_words(text in "([a-zéè]{1,9}[ ,.]){1,12}") {
        if let Ok(once) = normalise(&text, Language::French, lexicon()) {
            let twice = normalise(once.as_str(), Language::French, lexicon()).unwrap();
            prop_assert_eq!(once, twice);
        }
    }
}

#[test]
fn a_capital_makes_nothing_else_of_a_word_between_stops() {
    for (text, said) in [
        ("è.m.a ", "è. m. A"),
        ("vanne.mme.fin", "vanne. mme. Fin"),
        ("odeur.pb. fuite", "odeur. pb. Fuite"),
        ("odeur.14h. vu", "odeur. Quatorze heures. Vu"),
        ("fin. M. Dupont", "fin. Monsieur Dupont"),
    ] {
        let once = normalise(text, Language::French, lexicon()).unwrap();
        let twice = normalise(once.as_str(), Language::French, lexicon()).unwrap();
        assert_eq!((once.as_str(), twice.as_str()), (said, said));
    }
}

fn check_bulletin(text: &str, language: Language) {
    let at: jiff::Timestamp = "2026-11-23T13:30:00Z".parse().unwrap();
    let territory = Territory {
        slug: TerritorySlug::parse("baie").unwrap(),
        name: "La Baie".to_owned(),
        spoken_name: String::new(),
        zone: jiff::tz::TimeZone::UTC,
        numbers: vec![],
    };
    let site = Site {
        slug: SiteSlug::parse("verrerie").unwrap(),
        territory: territory.slug.clone(),
        name: "Verrerie de l'Anse".to_owned(),
        spoken_name: String::new(),
        commune: "Le Port".to_owned(),
    };
    let draft = Draft {
        kind: Kind::Drill,
        events: vec![Event::Siren],
        nuisances: vec![],
        text: "Sirène.".to_owned(),
        language,
        starts_at: None,
        ends_at: None,
        lifetime: Lifetime::default(),
    };
    let id = BulletinId::from_random([7; 8]);
    let mut bulletin = Bulletin::compose(id, &site, &territory, draft, "astreinte", at).unwrap();
    bulletin.entries[0].text = text.to_owned();
    let Ok(script) = script::bulletin(&bulletin, &site, &territory, lexicon()) else {
        return;
    };
    let closing = script.closing.expect("a drill ends as one");
    assert!(script.body.as_str().ends_with(closing.as_str()), "{text:?}");
    for words in [&script.today, &script.dated, &script.body] {
        assert_eq!(
            words.as_str().chars().find(|c| !is_sayable(*c)),
            None,
            "{words}"
        );
        assert!(words.length() <= 4600);
    }
}

const PIECES: &[&str] = &[
    "14h30",
    "9h-12h",
    "1 à 2 h",
    "2h1/2",
    "24h/24",
    "7j/7",
    "26/09/2019",
    "27-28 mars",
    "lun. 3 nov.",
    "du 1 au 3 mai",
    "1er",
    "3e",
    "02 35 00 12 34",
    "0 805 691 282",
    "+33 (0)2 35 00 12 34",
    "le 39 39",
    "12 m3",
    "-5 °C",
    "3,5 µg/m³",
    "85 dB(A)",
    "15-20 km/h",
    "< 5 ppm",
    "2 x 500",
    "1/2",
    "50 %",
    "10 €",
    "H2SO4",
    "NOx",
    "PM2,5",
    "POI",
    "P.O.I.",
    "ICPE",
    "phase II",
    "A131",
    "RD18E",
    "T-204B",
    "n° 3",
    "M. Dupont",
    "Mme",
    "art. 5",
    "tél.",
    "etc.",
    "N-NO",
    "J+2",
    "riverain·e·s",
    "www.exemple.fr/a?b=1",
    "exemple.fr",
    "a@b.fr",
    "#Rouen",
    "@Sdis76",
    "->",
    "…",
    "«",
    "»",
    "😊",
    "ATTENTION",
    "NE PAS",
    "Seveso",
    "de 1 km",
    "Grand-Quevilly",
    "9:00-12:00",
    "3 November",
    "24/7",
    "e.g.",
    "112",
    "SW",
];

#[test]
fn the_longest_texts_take_no_noticeable_time() {
    let started = std::time::Instant::now();
    for text in [
        "1-",
        "((",
        "A1",
        "1 à 2 h ",
        "27-28 mars",
        "x.fr ",
        "J+2",
        "a•e",
        "lun. 3 ",
        "@a.",
        "24h/",
        "+33 ",
        "é",
        "www.",
        "1 000 ",
        "POI, ",
        "'-",
    ] {
        let long = text.repeat(4000 / text.chars().count());
        for language in [Language::French, Language::English] {
            let _ = normalise(&long, language, lexicon());
        }
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
