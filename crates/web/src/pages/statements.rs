//! What must be said once and be found from everywhere: how bulletins are read, accessibility, private life, contact.

use askama::Template;
use bulletin::{Conformance, DialledNumber, EntryKind, Imprint, Kind, Language, State};

use super::reading::Reading;
use super::territory::Number;
use super::{Shell, html};
use crate::rendered::Rendered;
use crate::words::pick;

/// Their names in addresses.
pub(super) const NAMES: [&str; 4] = ["categories", "accessibilite", "confidentialite", "contact"];

/// One of them, by its name.
///
/// - `call_records_days`: for how many days the records of calls are kept, 0 for not at all.
pub(super) fn page(reading: Reading<'_>, name: &str, call_records_days: u16) -> Rendered {
    let place = &reading.territory.name;
    let shell = |french: &str, english: &str| {
        let title = reading.say(french, english);
        reading
            .shell(&format!("/{name}"))
            .called(title)
            .about(&format!("{title}, {place}"))
    };
    let imprint = reading.imprint;
    match name {
        "accessibilite" => html(&AccessibilityPage {
            shell: shell("Déclaration d’accessibilité", "Accessibility statement"),
            url: format!("{}/{}", reading.public_url, reading.territory.slug),
            is_audited: !imprint.audit.is_empty(),
            name: place,
            shortcomings: match imprint.shortcomings_en.as_str() {
                "" => &imprint.shortcomings,
                english => reading.say(&imprint.shortcomings, english),
            },
            is_foreign: imprint.shortcomings_en.is_empty() && reading.language == Language::English,
            imprint,
        }),
        "confidentialite" => html(&PrivacyPage {
            shell: shell("Vie privée", "Privacy"),
            name: place,
            call_records_days,
            imprint,
        }),
        "contact" => html(&ContactPage {
            shell: shell("Contact", "Contact"),
            name: place,
            number: DialledNumber::parse(&imprint.telephone, "33").map(|it| Number::new(&it)),
            address: imprint.address.lines().collect(),
            imprint,
        }),
        _ => html(&CategoriesPage {
            shell: shell("Lire les bulletins", "How to read bulletins"),
            name: place,
            lists: lists(&reading),
        }),
    }
}

/// A list of words with what they mean here.
struct List {
    title: &'static str,
    words: Vec<(String, &'static str)>,
}

fn lists(reading: &Reading<'_>) -> Vec<List> {
    let say = |french, english| pick(reading.language, french, english);
    let word = |french, english| super::card::capitalised(say(french, english));
    vec![
        List {
            title: say("Pourquoi le site publie", "Why the site posts"),
            words: Kind::ALL
                .iter()
                .map(|it| (word(it.as_french(), it.as_english()), kind(reading, *it)))
                .collect(),
        },
        List {
            title: say("Où en est l’événement", "Where the event stands"),
            words: State::ALL
                .iter()
                .map(|it| (word(it.as_french(), it.as_english()), state(reading, *it)))
                .collect(),
        },
        List {
            title: say(
                "Ce qui s’ajoute à un bulletin",
                "What is added to a bulletin",
            ),
            words: EntryKind::ALL
                .iter()
                .map(|it| (word(it.as_french(), it.as_english()), entry(reading, *it)))
                .collect(),
        },
    ]
}

fn kind(reading: &Reading<'_>, kind: Kind) -> &'static str {
    let (french, english) = match kind {
        Kind::Planned => (
            "Le site l’a décidé et l’annonce\u{a0}: travaux, arrêt, redémarrage, torche prévue. Les heures sont celles qu’il a prévues.",
            "The site has decided it and announces it: works, a stop, a restart, planned flaring. The hours are those it expects.",
        ),
        Kind::Unplanned => (
            "Cela arrive sans avoir été prévu\u{a0}: une torche, une fumée, un bruit, une odeur. Le site dit ce qui se perçoit du dehors, même s’il n’en sait pas encore la cause.",
            "It happens and was not foreseen: a flare, smoke, noise, a smell. The site says what is perceived outside, even if it does not know the cause yet.",
        ),
        Kind::Drill => (
            "Des personnes s’entraînent. Il n’y a pas d’accident, même si des sirènes, des véhicules ou de la fumée se remarquent.",
            "People train. There is no accident, even if sirens, vehicles or smoke are noticed.",
        ),
        Kind::Test => (
            "Une sirène, une alarme ou cette ligne est essayée. Il ne se passe rien.",
            "A siren, an alarm or this line is tried. Nothing happens.",
        ),
    };
    pick(reading.language, french, english)
}

fn state(reading: &Reading<'_>, state: State) -> &'static str {
    let (french, english) = match state {
        State::Scheduled => ("Cela n’a pas encore commencé.", "It has not begun yet."),
        State::Ongoing => ("Cela dure.", "It goes on."),
        State::UnderControl => (
            "Le site maîtrise la situation, mais ce n’est pas fini\u{a0}: une flamme ou une odeur peut encore se percevoir.",
            "The site masters it, but it is not over: a flame or a smell may still be perceived.",
        ),
        State::Ended => (
            "C’est fini, ou l’heure de fin annoncée est passée. Le bulletin reste ici jusqu’à la fin de sa durée.",
            "It is over, or its announced end has passed. The bulletin stays here until its time is up.",
        ),
        State::Cancelled => (
            "Le site a retiré son bulletin\u{a0}: ce qu’il annonçait n’a pas lieu, ou il s’était trompé.",
            "The site has withdrawn its bulletin: what it announced does not take place, or it was wrong.",
        ),
        State::Expired => (
            "Sa durée est passée\u{a0}: il n’est plus sur la ligne, et se lit ici à la même adresse.",
            "Its time is up: it is on the line no more, and is read here at the same address.",
        ),
    };
    pick(reading.language, french, english)
}

fn entry(reading: &Reading<'_>, kind: EntryKind) -> &'static str {
    let (french, english) = match kind {
        EntryKind::First => ("Ce que le site a dit d’abord.", "What the site said first."),
        EntryKind::Update => ("Ce qui a changé depuis.", "What has changed since."),
        EntryKind::Correction => (
            "Ce qui était faux\u{a0}; le texte corrigé reste lisible, et marqué.",
            "What was wrong; the text that was corrected can still be read, and is marked.",
        ),
        EntryKind::End => ("Le retour à la normale.", "Back to normal."),
        EntryKind::Withdrawal => (
            "Le site retire ce qu’il avait dit.",
            "The site takes back what it said.",
        ),
        EntryKind::Restoration => (
            "Un retrait fait par erreur est annulé.",
            "A withdrawal made by mistake is undone.",
        ),
    };
    pick(reading.language, french, english)
}

#[derive(Template)]
#[template(path = "categories.html")]
struct CategoriesPage<'a> {
    shell: Shell,
    name: &'a str,
    lists: Vec<List>,
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct AccessibilityPage<'a> {
    shell: Shell,
    name: &'a str,
    url: String,
    imprint: &'a Imprint,
    is_audited: bool,
    shortcomings: &'a str,
    /// They are in French on an English page.
    is_foreign: bool,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage<'a> {
    shell: Shell,
    name: &'a str,
    imprint: &'a Imprint,
    call_records_days: u16,
}

#[derive(Template)]
#[template(path = "contact.html")]
struct ContactPage<'a> {
    shell: Shell,
    name: &'a str,
    imprint: &'a Imprint,
    number: Option<Number>,
    address: Vec<&'a str>,
}
