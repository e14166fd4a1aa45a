//! The sentence that stands for an operator's voice: published at once, before anybody has written a report.

use crate::{DialledNumber, Event, Kind, Site};

/// What is known from the choices of a keypad alone, in French: who tells what, and where to hear or when to read more.
///
/// - `heard_at`: the number where an operator's recording is heard; without one a report is to follow.
///
/// It names what can be perceived, so that [`crate::Bulletin::compose`] takes it for an unplanned event whose word does.
pub fn notice(site: &Site, kind: Kind, event: Event, heard_at: Option<&DialledNumber>) -> String {
    let tells = match kind {
        Kind::Unplanned => "signale",
        Kind::Planned | Kind::Drill | Kind::Test => "annonce",
    };
    let (name, what) = (&site.name, in_words(event));
    match heard_at {
        Some(number) => format!(
            "{name} {tells} : {what}. Un message enregistré par l'exploitant est à écouter au {}.",
            number.as_printed()
        ),
        None => format!("{name} {tells} : {what}. Un compte rendu suivra."),
    }
}

/// As a neighbour would be told.
fn in_words(event: Event) -> &'static str {
    match event {
        Event::Flaring => "torche allumée",
        Event::ReliefValve => "ouverture d'une soupape",
        Event::SteamRelease => "rejet de vapeur",
        Event::GasVent => "mise à l'évent de gaz",
        Event::Smoke => "fumée",
        Event::Odour => "odeur",
        Event::Noise => "bruit",
        Event::Bang => "détonation",
        Event::Explosion => "explosion",
        Event::Glow => "flamme ou lueur visible",
        Event::Fire => "incendie",
        Event::Leak => "fuite",
        Event::Spill => "déversement",
        Event::Siren => "sirène",
        Event::Drill => "exercice",
        Event::Test => "essai technique",
        Event::Shutdown => "arrêt d'une unité",
        Event::Startup => "redémarrage d'une unité",
        Event::Maintenance => "maintenance ou travaux",
        Event::UtilityLoss => "perte d'électricité ou de vapeur",
        Event::Trip => "déclenchement ou avarie d'une unité",
        Event::Transport => "événement de transport",
        Event::Other => "événement sur le site",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SiteSlug, TerritorySlug, perception};

    #[test]
    fn it_says_who_tells_what_and_where_the_voice_is_heard() {
        let number = DialledNumber::parse("0805691282", "33").unwrap();
        assert_eq!(
            notice(&site(), Kind::Unplanned, Event::Flaring, Some(&number)),
            "Raffinerie du Méandre signale : torche allumée. Un message enregistré par l'exploitant est à écouter au 0805 691 282."
        );
        assert_eq!(
            notice(&site(), Kind::Drill, Event::Siren, None),
            "Raffinerie du Méandre annonce : sirène. Un compte rendu suivra."
        );
    }

    #[test]
    fn what_can_be_perceived_is_named_as_such() {
        for &event in Event::ALL {
            if event.is_perceptible() && event != Event::GasVent {
                let said = notice(&site(), Kind::Unplanned, event, None);
                assert!(perception::is_named_in(&said), "{said}");
            }
        }
    }

    fn site() -> Site {
        Site {
            slug: SiteSlug::parse("raffinerie-du-meandre").unwrap(),
            territory: TerritorySlug::parse("rouen_metropole").unwrap(),
            name: "Raffinerie du Méandre".into(),
            spoken_name: String::new(),
            commune: "Val-de-Seine".into(),
        }
    }
}
