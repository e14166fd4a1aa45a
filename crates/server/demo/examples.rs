//! Territories, sites and bulletins of the demonstration; every site's name is invented.

use bulletin::{
    DialledNumber, Draft, Event, Kind, Language, Lifetime, Nuisance, Site, SiteSlug, Territory,
    TerritorySlug,
};
use jiff::{SignedDuration, Timestamp};

use super::DemoError;

/// What follows the first message of an example.
pub(super) enum Then {
    Nothing,
    UnderControl(&'static str),
    End(&'static str),
}

/// Two territories with the numbers of the design.
pub(super) fn territories() -> Result<Vec<Territory>, DemoError> {
    [
        ("rouen_metropole", "Rouen Métropole", "+33805691282"),
        ("le_havre", "Le Havre", "+33800101092"),
    ]
    .into_iter()
    .map(|(slug, name, number)| {
        Ok(Territory {
            slug: TerritorySlug::parse(slug)?,
            name: name.into(),
            spoken_name: name.into(),
            zone: jiff::tz::TimeZone::get("Europe/Paris")
                .map_err(|_| DemoError::Example("Europe/Paris".into()))?,
            numbers: vec![
                DialledNumber::parse(number, "33")
                    .ok_or_else(|| DemoError::Example(number.into()))?,
            ],
        })
    })
    .collect()
}

/// Five sites with invented names.
pub(super) fn sites() -> Result<Vec<Site>, DemoError> {
    [
        (
            "rouen_metropole",
            "raffinerie-du-meandre",
            "Raffinerie du Méandre",
            "Petit-Couronne",
        ),
        (
            "rouen_metropole",
            "engrais-de-la-boucle",
            "Engrais de la Boucle",
            "Grand-Quevilly",
        ),
        (
            "rouen_metropole",
            "huiles-du-fleuve",
            "Huiles du Fleuve",
            "Rouen",
        ),
        (
            "le_havre",
            "raffinerie-du-cap",
            "Raffinerie du Cap",
            "Gonfreville-l'Orcher",
        ),
        (
            "le_havre",
            "engrais-de-l-estuaire",
            "Engrais de l'Estuaire",
            "Le Havre",
        ),
    ]
    .into_iter()
    .map(|(territory, slug, name, commune)| {
        Ok(Site {
            slug: SiteSlug::parse(slug)?,
            territory: TerritorySlug::parse(territory)?,
            name: name.into(),
            spoken_name: name.into(),
            commune: commune.into(),
        })
    })
    .collect()
}

/// Site, first message, age of it, what followed.
pub(super) fn examples(now: Timestamp) -> Vec<(&'static str, Draft, SignedDuration, Then)> {
    let tomorrow = now + SignedDuration::from_hours(24);
    vec![
        (
            "raffinerie-du-meandre",
            Draft {
                events: vec![Event::Flaring, Event::Smoke],
                nuisances: vec![Nuisance::Visual, Nuisance::Noise],
                starts_at: Some(now - SignedDuration::from_mins(70)),
                ..draft(
                    Kind::Unplanned,
                    "L'arrivée de gaz naturel du site est interrompue. Pour évacuer les produits en sécurité, la torche est en service ; par manque de vapeur, elle dégage une fumée noire visible de loin. Nos équipes rétablissent le gaz. Prochaine information à 18h30.",
                )
            },
            SignedDuration::from_mins(50),
            Then::Nothing,
        ),
        (
            "engrais-de-la-boucle",
            Draft {
                events: vec![Event::Drill, Event::Siren],
                nuisances: vec![Nuisance::Noise],
                starts_at: Some(tomorrow),
                ends_at: Some(tomorrow + SignedDuration::from_hours(1)),
                ..draft(
                    Kind::Drill,
                    "La sirène PPI sonnera à Grand-Quevilly et à Petit-Quevilly pendant une heure au plus. Vous n'avez rien à faire.",
                )
            },
            SignedDuration::from_hours(5),
            Then::Nothing,
        ),
        (
            "huiles-du-fleuve",
            Draft {
                events: vec![Event::Odour],
                nuisances: vec![Nuisance::Odour],
                ..draft(
                    Kind::Unplanned,
                    "Une odeur de soufre (H2S) peut être perçue sur la rive gauche depuis 9h15. Sa teneur dans l'air est contrôlée en continu.",
                )
            },
            SignedDuration::from_hours(8),
            Then::End("Retour à la normale. La vanne en cause a été remplacée, l'odeur disparaît."),
        ),
        (
            "raffinerie-du-cap",
            Draft {
                events: vec![Event::Maintenance, Event::Flaring],
                nuisances: vec![Nuisance::Visual, Nuisance::Noise],
                starts_at: Some(now - SignedDuration::from_hours(20)),
                ends_at: Some(now + SignedDuration::from_hours(24 * 6)),
                ..draft(
                    Kind::Planned,
                    "Un entretien prévu de longue date est en cours. La torche pourra s'allumer par moments pendant une semaine, avec un bruit un peu plus fort que d'habitude.",
                )
            },
            SignedDuration::from_hours(30),
            Then::Nothing,
        ),
        (
            "engrais-de-l-estuaire",
            Draft {
                events: vec![Event::ReliefValve, Event::Noise],
                nuisances: vec![Nuisance::Noise],
                ..draft(
                    Kind::Unplanned,
                    "Une soupape s'est ouverte sur l'unité ammoniac (NH3) et siffle fortement. La teneur de l'air est contrôlée en continu, dedans comme au dehors.",
                )
            },
            SignedDuration::from_hours(2),
            Then::UnderControl(
                "La soupape est refermée, le bruit a cessé. Nos équipes restent mobilisées.",
            ),
        ),
    ]
}

fn draft(kind: Kind, text: &str) -> Draft {
    Draft {
        kind,
        events: vec![],
        nuisances: vec![],
        text: text.into(),
        language: Language::French,
        starts_at: None,
        ends_at: None,
        lifetime: Lifetime::default(),
    }
}
